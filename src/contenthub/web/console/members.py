"""成员行: what a parent sees of its member banks: sums, never a customer."""

from typing import Any

from litestar import Request, Response, get
from litestar.response import Template

from contenthub.tenants import memberfigures, queries_members
from contenthub.web.api.members import members_sheet
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.signin import May


@get("/console/members", guards=[May("members.view")], include_in_schema=False)
async def members_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the member banks with their sums."""
    found = await queries_members.members(db)
    return page(
        request,
        "console/members.html",
        members=found,
        totals=memberfigures.totals(found),
        figures=memberfigures.FIGURES,
    )


@get("/console/members/export", guards=[May("members.view")], include_in_schema=False)
async def export_members(db: Db, me: Me, bank: OurBank, now: Now) -> Response[bytes]:
    """Return the page's table as xlsx."""
    return await members_sheet(db, await queries_members.members(db), me=me, bank=bank, at=now)


HANDLERS = [members_page, export_members]
