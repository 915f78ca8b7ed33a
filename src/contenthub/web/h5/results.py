"""战绩: what an employee's links brought, who passed them on, and their place in the branch."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.db import Read
from contenthub.sharing import queries_mine, queries_reports
from contenthub.sharing.chain import Node
from contenthub.sharing.queries_reports import FIGURES, Wanted
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.web.bankdays import start_of
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.h5 import today, words
from contenthub.web.pages import page
from contenthub.web.signin import May

PERIODS = {"week": "本周", "month": "本月"}
ITEMS, CHAINS, PLACES = 8, 5, 20


@dataclass(frozen=True, slots=True)
class Passed:
    """A link of mine that customers passed on, with the tree below it."""

    title: str
    root: Node


@get("/m/results", guards=[May("links.write")], include_in_schema=False)
async def results_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    period: FromQuery[str] = "week",
) -> Template:
    """Show this week or this month."""
    day = bank_day(bank, now)
    period = period if period in PERIODS else "week"
    begin = words.week_start(day) if period == "week" else day.replace(day=1)
    wanted = Wanted(staff_ids={me.id}, from_on=begin, to_on=day)
    totals = await queries_reports.totals(db, wanted)
    places = await today.ranking(db, me, from_on=begin, to_on=day)
    since = start_of(begin, bank.zone)
    return page(
        request,
        "h5/results.html",
        chips=[(label, f"/m/results?period={p}", p == period) for p, label in PERIODS.items()],
        period_word=PERIODS[period],
        totals=totals,
        reshared=await queries_mine.reshare_leads(db, me.id, since=since),
        days=await _days(db, wanted, begin, until=_last(begin, period)),
        items=await queries_reports.by_item(db, wanted, limit=ITEMS),
        chains=await chains(db, me),
        places=_shown(places),
        place=next((row[0] for row in places if row[3]), 0),
    )


def _last(begin: date, period: str) -> date:
    """Return the last day of the period, so that the bars keep their places as it goes by."""
    if period == "week":
        return begin + timedelta(days=6)
    return (begin + timedelta(days=32)).replace(day=1) - timedelta(days=1)


async def _days(
    db: Read, wanted: Wanted, begin: date, *, until: date
) -> list[tuple[date, queries_reports.Figures]]:
    """Return the figures of every day of the period, zero where there is nothing."""
    found = dict(await queries_reports.trend(db, wanted))
    nothing = dict.fromkeys(FIGURES, 0)
    every = [begin + timedelta(days=n) for n in range((until - begin).days + 1)]
    return [(day, found.get(day, nothing)) for day in every]


async def chains(db: Read, me: Staff) -> list[Passed]:
    """Return my links that were passed on, those that brought most first; customers are numbers."""
    roots = await queries_reports.chain(db, item_id=None, root_id=None, staff_ids={me.id})
    passed = sorted(
        (root for root in roots if root.children),
        key=_brought,
        reverse=True,
    )[:CHAINS]
    titles = await queries_mine.titles_of(db, [root.link_id for root in passed])
    return [Passed(titles.get(root.link_id, ""), root) for root in passed]


def _brought(root: Node) -> tuple[int, int]:
    """Return what orders links: the people below one who left a number, then the views."""
    return root.counts["sub_leads"] + root.counts["sub_signups"], root.counts["sub_views"]


def _shown(places: list[today.Place]) -> list[today.Place]:
    """Return the first places, and mine at the end when it lies beyond them."""
    return places[:PLACES] + [row for row in places[PLACES:] if row[3]]


HANDLERS = [results_page]
