"""Asking WeCom again for 「联系我」 codes it refused, from where a poster names whom it lacks."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath

from contenthub.posters import actions_contact
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go
from contenthub.web.poster_work import shown_template
from contenthub.web.signin import May


@post(
    "/console/posters/{template_id:uuid}/contacts/retry",
    guards=[May("posters.batch")],
    include_in_schema=False,
)
async def ask_again(
    request: Request[Any, Any, Any], template_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Ask again for the refused codes of whom one sees, and go back to everybody's posters."""
    await shown_template(db, template_id, viewer=me)
    reach = await tenants.visible_staff_ids(db, me)
    await actions_contact.ask_again(db, staff_ids=reach, by=me, at=now)
    return go(request, f"/console/posters/{template_id}/employees")


HANDLERS = [ask_again]
