"""每月权益 of a club: a live right added for its members, and stopped again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath, URLEncodedBody

from contenthub.errors import Invalid
from contenthub.sharing import actions_grants
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go
from contenthub.web.signin import May
from contenthub.web.tag_desk import chosen_id

MANAGE = [May("customers.tags")]


@dataclass
class RightForm:
    """What the form of a club's right sends."""

    item_id: str = ""
    monthly: str = "1"

    def pieces(self) -> int:
        """Return how many pieces a member gets a month; raises Invalid (`monthly`)."""
        text = self.monthly.strip()
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            raise Invalid.of("monthly", "每位会员每月份数请填整数，例如 1")
        return int(text)


@post("/console/clubs/{club_id:uuid}/rights", guards=MANAGE, include_in_schema=False)
async def add_right(
    request: Request[Any, Any, Any],
    club_id: FromPath[UUID],
    data: URLEncodedBody[RightForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Let a club give a right every month."""
    item_id = chosen_id(data.item_id, "item_id", "请选择一项已发布的权益")
    await actions_grants.add_right(db, club_id, item_id, monthly=data.pieces(), by=me, at=now)
    return go(request, f"/console/clubs/{club_id}")


@post("/console/club-rights/{club_right_id:uuid}/stop", guards=MANAGE, include_in_schema=False)
async def stop_right(
    request: Request[Any, Any, Any], club_right_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Let a club give a right no more."""
    stopped = await actions_grants.stop_right(db, club_right_id, by=me, at=now)
    return go(request, f"/console/clubs/{stopped.club_id}")


HANDLERS = [add_right, stop_right]
