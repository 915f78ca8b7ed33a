"""GET /calendar: what fires on which day."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import QueryParameter

from contenthub.tenants.bankday import bank_day
from contenthub.web import push_desk
from contenthub.web.deps import Db, Now, OurBank
from contenthub.web.hygiene import within_reach
from contenthub.web.signin import May

DAYS = 31


class EntryView(msgspec.Struct, kw_only=True):
    """One firing of a push; `has_fired` is false for one to come."""

    push_id: UUID
    title: str
    state: str
    fire_at: datetime
    has_fired: bool


class DayView(msgspec.Struct):
    """One day of the bank's calendar."""

    on: date
    pushes: list[EntryView]


class CalendarView(msgspec.Struct):
    """The days of a range on which something fires, in order."""

    items: list[DayView]


@get("/calendar", guards=[May("pushes.view")], summary="营销日历", tags=["pushes"])
async def show_calendar(
    db: Db,
    bank: OurBank,
    now: Now,
    first: Annotated[date | None, QueryParameter(name="from")] = None,
    last: Annotated[date | None, QueryParameter(name="to")] = None,
) -> CalendarView:
    """Return the pushes of each day, from today for a month unless asked otherwise."""
    begin = within_reach("from", first) if first else bank_day(bank, now)
    end = within_reach("to", last) if last else begin + timedelta(days=DAYS - 1)
    days = await push_desk.calendar(db, begin, end, bank=bank)
    return CalendarView([DayView(on, [_entry(e) for e in found]) for on, found in days.items()])


def _entry(entry: push_desk.Entry) -> EntryView:
    push = entry.push
    return EntryView(
        push_id=push.id,
        title=push.title,
        state=push.state,
        fire_at=entry.at,
        has_fired=entry.has_fired,
    )


HANDLERS = [Router("/api/v1", route_handlers=[show_calendar])]
