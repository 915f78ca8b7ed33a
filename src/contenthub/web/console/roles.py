"""角色与权限: the table of access.py as a page, and who has which role."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from contenthub.tenants import access, queries, queries_staff
from contenthub.tenants.duties import needs_totp
from contenthub.web.deps import Db, Me, OurBank
from contenthub.web.pages import page
from contenthub.web.signin import May

SCOPES = {"own": "只看自己的", "branch": "本机构及下级机构", "bank": "全行"}
AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("内容", ("library", "reviews", "posters")),
    ("客户与触达", ("customers", "audiences", "pushes", "leads", "tasks", "links")),
    ("效果", ("reports", "members")),
    ("管理", ("staff", "keys", "webhooks", "bank", "security", "audit")),
)
"""The page's groups of permissions, by the room a permission begins with."""


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every permission (slug, word) by area; what no area names comes last."""
    left = dict(access.PERMISSIONS)
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for area, rooms in AREAS:
        rows = [(slug, word) for slug, word in left.items() if slug.split(".")[0] in rooms]
        found.append((area, rows))
        for slug, _ in rows:
            del left[slug]
    return found + ([("其他", list(left.items()))] if left else [])


@get("/console/roles", guards=[May("staff.view")], include_in_schema=False)
async def roles_page(request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank) -> Template:
    """Show what each role may do, and how many of the people one sees have it."""
    reach = await queries.visible_staff_ids(db, me)
    return page(
        request,
        "console/roles.html",
        roles=list(access.ROLES.items()),
        groups=grouped(),
        granted={role: access.permissions([role]) for role in access.ROLES},
        scopes={role: SCOPES[access.scope([role])] for role in access.ROLES},
        counts=await queries_staff.role_counts(db, visible_ids=reach),
        by_invitation=access.BY_INVITATION,
        totp_required=[role for role in access.ROLES if needs_totp([role], bank.settings)],
    )


HANDLERS = [roles_page]
