"""战报: an employee's day and their branch's as a long picture, for colleagues."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.posters import figures, queries_plans
from contenthub.sharing import queries_own
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web.api.poster_pictures import picture
from contenthub.web.bankdays import end_of, start_of
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.h5 import today, words
from contenthub.web.pages import page
from contenthub.web.signin import May, principal_of

DAYS_BACK = 90
_COUNTED = ("views", "leads", "signups", "attended", "shares")
_WORDS = {"views": "浏览", "leads": "留资", "signups": "报名", "attended": "到场", "shares": "分享"}


@get("/m/results/day", guards=[May("links.write")], include_in_schema=False)
async def day_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    on: FromQuery[str] = "",
) -> Template:
    """Show the picture of a day, and the same in words."""
    last = bank_day(bank, now)
    day = _day(on, last)
    known = await day_figures(db, me, bank, on=day)
    return page(
        request,
        "h5/dayresult.html",
        day=day,
        first=last - timedelta(days=DAYS_BACK),
        last=last,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        word=words.day_word(day),
        said=said(known, me),
    )


@get("/m/results/day.jpg", guards=[May("links.write")], include_in_schema=False)
async def day_picture(
    request: Request[Any, Any, Any], house: TheHouse, now: Now, on: FromQuery[str] = ""
) -> Response[bytes]:
    """Return the picture of a day, or 304 when the asker has it."""
    who = principal_of(request)
    async with house.database.reading(who.tenant) as db:
        day = _day(on, bank_day(who.bank, now))
        known = await day_figures(db, who.staff, who.bank, on=day)
        url = f"{house.settings.public_url}/m/results/day"
        plan = await queries_plans.prepare_result(db, who.staff, day=known, qr_text=url)
    return await picture(request, house, plan)


def _day(on: str, last: date) -> date:
    """Return the day asked for, today without one; raises Invalid naming `on`."""
    if not on:
        return last
    try:
        day = date.fromisoformat(on)
    except ValueError as wrong:
        raise Invalid.of("on", "请选择日期，例如 2026-11-24") from wrong
    if not last - timedelta(days=DAYS_BACK) <= day <= last:
        raise Invalid.of("on", f"只能看今天和最近 {DAYS_BACK} 天的战报")
    return day


async def day_figures(db: Read, me: Staff, bank: Bank, *, on: date) -> dict[str, str]:
    """Return every figure a 战报 may show (posters/figures.py): counts, and colleagues' names."""
    places = await today.ranking(db, me, from_on=on, to_on=on)
    ids = await tenants.staff_of_branches(db, {me.branch_id}) | {me.id}
    attended = await queries_own.attended_between(
        db, ids, since=start_of(on, bank.zone), until=end_of(on, bank.zone)
    )
    shares = await queries_own.shared_on(db, ids, on=on)
    rows = {who.id: dict(counts) for _, who, counts, _ in places}
    for staff_id in ids:
        row = rows.setdefault(staff_id, {})
        row |= {"attended": attended.get(staff_id, 0), "shares": shares.get(staff_id, 0)}
    place = next((no for no, *_, is_me in places if is_me), 0)
    found = {f"result.{name}": str(rows[me.id].get(name, 0)) for name in _COUNTED}
    found |= {
        f"team.{name}": str(sum(row.get(name, 0) for row in rows.values())) for name in _COUNTED
    }
    found["result.day"] = words.day_word(on)
    found["result.rank"] = f"第 {place} 名" if place else "未上榜"
    found["team.people"] = str(len(ids))
    return found | _best(places)


def _best(places: list[today.Place]) -> dict[str, str]:
    found = {}
    for no in range(1, figures.BEST + 1):
        name, counts = "—", "—"
        if no <= len(places):
            _, who, row, _ = places[no - 1]
            name = who.name
            counts = f"浏览 {row['views']} · 留资 {row['leads']} · 报名 {row['signups']}"
        found[f"team.best{no}"], found[f"team.best{no}_counts"] = name, counts
    return found


def said(known: Mapping[str, str], me: Staff) -> str:
    """Return a day in words, to be pasted into the branch's group."""
    own = "，".join(f"{_WORDS[name]} {known['result.' + name]}" for name in _COUNTED)
    team = "，".join(f"{_WORDS[name]} {known['team.' + name]}" for name in _COUNTED)
    return (
        f"{known['result.day']} 战报\n{me.name}：{own}，支行{known['result.rank']}\n"
        f"支行 {known['team.people']} 人合计：{team}"
    )


HANDLERS = [day_page, day_picture]
