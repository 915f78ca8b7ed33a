"""下架通知: an employee says that they saw what must not be shared any more."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath

from contenthub.scheduler import actions_gone
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go
from contenthub.web.signin import May


@post("/m/notices/{notice_id:uuid}/seen", guards=[May("tasks.view")], include_in_schema=False)
async def see_notice(
    request: Request[Any, Any, Any], notice_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Note that a notice was seen and show the day without it."""
    await actions_gone.see_notice(db, notice_id, by=me, at=now)
    return go(request, "/m")


HANDLERS = [see_notice]
