"""会员权益: which of an employee's customers may be given a club's right this month."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.sharing import actions_grants, queries_grants
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = "/m/clubs"
SHOWN = 100


@get(HERE, guards=[May("tasks.view")], include_in_schema=False)
async def my_members(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Show, by right, the employee's own members, who waits for it first."""
    waiting = await queries_grants.waiting(db, me.id, at=now)
    rights = [one for one in await queries_grants.given(db, at=now) if one.right.id in waiting]
    due = {
        one.right.id: await queries_grants.due_of(
            db, one.right.id, owner_ids={me.id}, at=now, limit=SHOWN
        )
        for one in rights
    }
    live = {one.item.id for one in rights if one.item.live_revision_id is not None}
    return page(
        request, "h5/clubs.html", rights=rights, waiting=waiting, due=due, live=live, shown=SHOWN
    )


@post(
    f"{HERE}/{{club_right_id:uuid}}/{{customer_id:uuid}}/hand-over",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def hand_over(
    request: Request[Any, Any, Any],
    club_right_id: FromPath[UUID],
    customer_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Note that a member was handed a piece."""
    await actions_grants.hand_over(db, club_right_id, customer_id, by=me, at=now)
    return go(request, HERE)


@post(
    f"{HERE}/{{club_right_id:uuid}}/{{customer_id:uuid}}/take-back",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def take_back(
    request: Request[Any, Any, Any],
    club_right_id: FromPath[UUID],
    customer_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Undo that a member was handed a piece."""
    await actions_grants.take_back(db, club_right_id, customer_id, by=me, at=now)
    return go(request, HERE)


HANDLERS = [my_members, hand_over, take_back]
