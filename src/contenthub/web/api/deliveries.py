"""GET /pushes/{id}/deliveries: the ledger of a push, as JSON or xlsx."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery, QueryParameter

from contenthub.scheduler import queries, queries_ledger
from contenthub.web import push_desk, sheets
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.keyset import page_size
from contenthub.web.openapi import answers
from contenthub.web.signin import May

PAGE = 50


class DeliveryView(msgspec.Struct, kw_only=True):
    """One customer of one firing, masked."""

    step: int
    customer_no: int
    customer_id: UUID | None
    name: str
    phone: str
    employee_id: UUID | None
    employee: str
    state: str
    state_label: str
    reason: str
    reason_label: str
    updated_at: datetime


class DeliveryPage(msgspec.Struct):
    """One page of a ledger, by firing and customer number."""

    items: list[DeliveryView]
    next_cursor: str | None


@get(
    "/pushes/{push_id:uuid}/deliveries",
    guards=[May("pushes.ledger")],
    summary="送达明细",
    tags=["pushes"],
    responses=answers(DeliveryPage),
    opt=sheets.AS_SHEET_TOO,
)
async def list_deliveries(  # the filters of a list are its parameters
    push_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    reason: FromQuery[str] = "",
    employee_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
    form: Annotated[Literal["json", "xlsx"], QueryParameter(name="format")] = "json",
) -> Response[DeliveryPage] | Response[bytes]:
    """Return the ledger inside the caller's data scope, masked."""
    push = await queries.push(db, push_id)
    which = await push_desk.wanted(db, me, state=in_state, reason=reason, employee_id=employee_id)
    if form == "xlsx":
        data = await push_desk.workbook(db, push, which, bank=bank, by=me, at=now)
        return sheets.download(data, f"{push.title}送达明细.xlsx")
    limit = page_size(limit)
    found = await queries_ledger.ledger(
        db, push_id, which, after=push_desk.place_of(cursor), limit=limit + 1
    )
    more = push_desk.cursor_of(found[limit - 1]) if len(found) > limit else None
    return Response(DeliveryPage([_delivery(row) for row in found[:limit]], more))


def _delivery(row: queries_ledger.Row) -> DeliveryView:
    labels = ("state_label", "reason_label")
    return DeliveryView(
        state_label=push_desk.STATE_WORDS[row.state][0],
        reason_label=push_desk.reason_word(row.reason),
        **{n: getattr(row, n) for n in DeliveryView.__struct_fields__ if n not in labels},
    )


HANDLERS = [Router("/api/v1", route_handlers=[list_deliveries])]
