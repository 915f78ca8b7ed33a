"""营销日历: a month of firings as a list of days."""

from calendar import monthrange
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.library import mix
from contenthub.tenants import access, workdays
from contenthub.tenants.bankday import bank_day
from contenthub.web import mix_desk, push_desk
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.signin import May

_WEEKDAYS = "一二三四五六日"


@get("/console/calendar", guards=[May("pushes.view")], include_in_schema=False)
async def calendar_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    month: FromQuery[str] = "",
) -> Template:
    """Show what fires on each day of a month (`2026-11`), this month by default."""
    today = bank_day(bank, now)
    first = _first(month) if month else today.replace(day=1)
    length = monthrange(first.year, first.month)[1]
    days = await push_desk.calendar(db, first, first.replace(day=length), bank=bank)
    rows = [
        {
            "on": day,
            "weekday": f"周{_WEEKDAYS[day.weekday()]}",
            "why_off": workdays.why_off(day),
            "is_worked_weekend": workdays.is_worked_weekend(day),
            "entries": days.get(day, []),
        }
        for day in (first.replace(day=n) for n in range(1, length + 1))
    ]
    entries = [entry for found in days.values() for entry in found]
    selling = await mix_desk.selling(db, [entry.push for entry in entries])
    return page(
        request,
        "console/calendar.html",
        selling=selling,
        mix=mix_desk.planned(entry.push.id in selling for entry in entries),
        most_percent=mix_desk.limit_of(bank),
        fewest=mix.FEWEST_POSTS,
        first=first,
        today=today,
        rows=rows,
        before=_month(first, -1),
        after=_month(first, 1),
        can_write=access.may(me.roles, "pushes.write"),
    )


def _first(month: str) -> date:
    try:
        found = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Invalid.of("month", "月份应写成 2026-11 这样") from error
    if not 2000 <= found.year <= 2100:
        raise Invalid.of("month", "月份应在 2000 年到 2100 年之间")
    return found


def _month(first: date, step: int) -> str:
    number = first.year * 12 + first.month - 1 + step
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


HANDLERS = [calendar_page]
