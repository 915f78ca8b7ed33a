"""/matches: which customers of an employee may want which product and why; a task of one."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.errors import NotFound
from contenthub.web import matching_desk
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, OurBank, keep_answer
from contenthub.web.signin import May


class OfferView(msgspec.Struct):
    """A live product that suits the customer; `risk` is 1 to 5, 0 for none."""

    item_id: UUID
    title: Annotated[str, msgspec.Meta(examples=["惠农贷（整村授信专享）"])]
    risk: Annotated[int, msgspec.Meta(examples=[0])]


class MatchView(msgspec.Struct):
    """A topic a customer may want: how strongly, why, and what may be offered of it."""

    topic: Annotated[str, msgspec.Meta(examples=["loan"])]
    points: Annotated[int, msgspec.Meta(examples=[77])]
    reasons: Annotated[list[str], msgspec.Meta(examples=[["需求评分 72 分，已达标"]])]
    offers: list[OfferView]
    is_open: bool
    """Whether it is on somebody's list of tasks already."""


class MatchedCustomer(msgspec.Struct):
    """A customer, masked, with what they may want, the strongest first."""

    customer_id: UUID
    name: Annotated[str, msgspec.Meta(examples=["王*明"])]
    phone: Annotated[str, msgspec.Meta(examples=["138****0001"])]
    matches: list[MatchView]


class MatchList(msgspec.Struct):
    """One employee's customers who may want something; there is one page of the strongest."""

    employee_id: UUID
    total: int
    barred: list[str]
    """Topics the employee may not sell now."""
    items: list[MatchedCustomer]
    next_cursor: str | None = None


class NeedBody(msgspec.Struct, forbid_unknown_fields=True):
    """The topic to call a customer for."""

    topic: Annotated[str, msgspec.Meta(examples=["loan"])]


class NeedTask(msgspec.Struct):
    """The task that came of a match, and whose it is."""

    task_id: UUID
    employee_id: UUID
    title: str


@get("/matches", guards=[May("customers.view")], summary="智能匹配名单", tags=["customers"])
async def list_matches(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    employee_id: FromQuery[UUID | None] = None,
    topic: FromQuery[str] = "",
    item_id: FromQuery[UUID | None] = None,
) -> MatchList:
    """Return an employee's customers who may want something, of a topic or an item only.

    Without `employee_id` one's own, or those of whoever has the most.
    """
    owners = [] if employee_id else await matching_desk.owners(db, me)
    employee = await matching_desk.employee_of(db, me, employee_id, owners)
    if employee is None:
        raise NotFound("您的数据范围里还没有分给客户经理的客户")
    found = await matching_desk.matches(
        db, employee, bank, topic=topic, item_id=item_id, limit=matching_desk.SHOWN, at=now
    )
    return MatchList(employee.id, found.total, found.barred, [_view(row) for row in found.rows])


def _view(row: matching_desk.Row) -> MatchedCustomer:
    told = [
        MatchView(
            one.match.topic,
            one.match.points,
            one.match.reasons,
            [OfferView(offer.item_id, offer.title, offer.risk) for offer in one.offers],
            one.is_open,
        )
        for one in row.suggested
    ]
    return MatchedCustomer(
        row.customer.id, row.customer.name_masked, row.customer.phone_masked, told
    )


@post(
    "/customers/{customer_id:uuid}/needs",
    guards=[May("customers.write")],
    summary="把匹配的业务转成待办",
    tags=["customers"],
)
async def take_up(
    customer_id: FromPath[UUID], data: JSONBody[NeedBody], db: Db, me: Me, now: Now
) -> NeedTask:
    """Make a match a task of whoever serves the customer."""
    customer = await in_reach(db, customer_id, me, lock=True)
    task = await matching_desk.take_up(db, customer, data.topic, by=me, at=now)
    return NeedTask(task.id, task.employee_id, task.title)


HANDLERS: list[Any] = [
    Router("/api/v1", route_handlers=[list_matches, take_up], after_request=keep_answer)
]
