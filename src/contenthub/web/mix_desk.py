"""The mix of content as pages and the API tell it: by segment, employee, topic, and of a plan."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pyroaring import BitMap

from contenthub.customers import queries as customers
from contenthub.customers import queries_audience, tagexpr
from contenthub.db import Read
from contenthub.errors import ContentHubError, Invalid
from contenthub.library import mix, queries_service
from contenthub.library.kinds import KINDS
from contenthub.library.mix import Mix
from contenthub.library.models import Item
from contenthub.scheduler import queries_mix
from contenthub.scheduler.models import Push
from contenthub.scheduler.queries_mix import Feed, Received
from contenthub.tenants import queries as tenants
from contenthub.tenants import queries_staff
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.tenants.topics import TOPICS

By = Literal["segment", "employee", "content"]
"""What a report has rows of."""
SEGMENTS = 100
"""Saved segments of one report; a bank has a handful."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report: a segment, an employee or a sort of content."""

    id: UUID | None
    name: str
    second: str
    mix: Mix
    customers: int
    """How many customers it reached; of an employee, how often customers were reached."""
    is_over: bool
    problem: str = ""
    """Why nothing can be said of a segment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push would make of what its customers received: before it, and after."""

    sells: bool
    before: Mix
    after: Mix
    reachable: int
    most_percent: int
    is_over: bool
    suggestions: Sequence[Item] = ()
    """Published service content that would go instead, when the limit is passed."""


def limit_of(bank: Bank) -> int:
    """Return how many in a hundred may sell."""
    return int(effective(bank.settings)["selling_most_percent"])


def since(at: datetime) -> datetime:
    """Return from when on what was received counts."""
    return at - timedelta(days=mix.DAYS)


async def report(
    db: Read, by: By, bank: Bank, *, staff_ids: Collection[UUID] | None, at: datetime
) -> tuple[Line, list[Line]]:
    """Return what all customers in a scope got together, and the rows of one report."""
    got = await queries_mix.received(db, since=since(at), staff_ids=staff_ids)
    whole = _line(None, "全部客户", "", got=got, who=None, bank=bank)
    if by == "segment":
        return whole, await _by_segment(db, bank, got, at=at)
    if by == "employee":
        return whole, await _by_employee(db, bank, staff_ids=staff_ids, at=at)
    return whole, await _by_content(db, staff_ids=staff_ids, at=at)


async def _by_segment(db: Read, bank: Bank, got: Received, *, at: datetime) -> list[Line]:
    """Return each saved segment with what its customers got, the most selling first."""
    found = []
    for segment in (await customers.segments(db))[:SEGMENTS]:
        try:
            who = await queries_audience.matching(db, tagexpr.parse(segment.expr), at=at)
        except ContentHubError as error:  # a tag it names is gone: the rest is told all the same
            empty = (Mix(), 0, False, f"客群条件已不能计算：{error.detail}")
            found.append(Line(segment.id, segment.name, segment.expr, *empty))
            continue
        found.append(_line(segment.id, segment.name, segment.expr, got=got, who=who, bank=bank))
    return sorted(found, key=lambda line: (not line.is_over, -line.mix.share_bp, line.name))


def _line(
    row_id: UUID | None, name: str, second: str, *, got: Received, who: BitMap | None, bank: Bank
) -> Line:
    held, reached = got.mix(who), got.reached(who)
    fewest = mix.FEWEST_PER_CUSTOMER * reached
    is_over = held.is_over(limit_of(bank), fewest=fewest)
    return Line(row_id, name, second, held, reached, is_over)


async def _by_employee(
    db: Read, bank: Bank, *, staff_ids: Collection[UUID] | None, at: datetime
) -> list[Line]:
    """Return each employee who sent anything, those over the limit first."""
    feeds = await queries_mix.by_employee(db, since=since(at), staff_ids=staff_ids)
    people = await _people(db, feeds)
    found = [
        Line(staff.id, staff.name, branch.name, feed.mix, feed.customers, _is_over(feed, bank))
        for staff, branch, feed in people
    ]
    return sorted(found, key=lambda line: (not line.is_over, -line.mix.share_bp, line.name))


async def _people(db: Read, feeds: dict[UUID, Feed]) -> list[tuple[Staff, Branch, Feed]]:
    known = {branch.id: branch for branch in await tenants.branches(db)}
    people = await queries_staff.by_ids(db, feeds)
    return [(one, known[one.branch_id], feeds[one.id]) for one in people]


def _is_over(feed: Feed, bank: Bank) -> bool:
    return feed.mix.is_over(limit_of(bank), fewest=mix.FEWEST_POSTS)


async def _by_content(db: Read, *, staff_ids: Collection[UUID] | None, at: datetime) -> list[Line]:
    """Return each sort of content customers got, most often first, and whether it sells."""
    rows = await queries_mix.by_content(db, since=since(at), staff_ids=staff_ids)
    found = []
    for kind, topic, times in rows:
        sells = mix.sells(kind, topic)
        name = f"{KINDS[kind].label}·{TOPICS.get(topic, topic)}"
        of = Mix().plus(times, sells=sells)
        found.append(Line(None, name, mix.WORDS[sells], of, times, is_over=False))
    return found


async def mine(db: Read, me: Staff, bank: Bank, *, at: datetime) -> tuple[Feed, bool]:
    """Return what one employee sent lately, and whether too much of it sold."""
    feeds = await queries_mix.by_employee(db, since=since(at), staff_ids={me.id})
    feed = feeds.get(me.id, Feed(Mix(), Mix(), 0))
    return feed, _is_over(feed, bank)


async def selling(db: Read, pushes: Collection[Push]) -> set[UUID]:
    """Return which of some pushes sell; nothing is asked about none."""
    ids = {push.id for push in pushes}
    return await queries_mix.selling_pushes(db, ids) if ids else set()


def planned(sells: Iterable[bool]) -> Mix:
    """Return the mix of firings, told of each whether it sells."""
    found = Mix()
    for sold in sells:
        found = found.plus(1, sells=sold)
    return found


async def plan(
    db: Read, expr: str, item: Item, *, topic: str, bank: Bank, at: datetime
) -> Plan | None:
    """Return what sending an item to an audience would do to its mix; None without an audience.

    What is on its way counts as received: two pushes of one day do not overlook each other.
    """
    try:
        node = tagexpr.parse(expr)
        who = (await queries_audience.audience(db, node, topic=topic, at=at)).reachable
    except Invalid:
        return None
    got = await queries_mix.received(db, since=since(at), with_coming=True)
    sells = mix.sells(item.kind, topic)
    before = got.mix(who)
    after = before.plus(len(who), sells=sells)
    fewest = mix.FEWEST_PER_CUSTOMER * len(who)
    is_over = sells and after.is_over(limit_of(bank), fewest=fewest)
    found = await queries_service.service_items(db, at=at) if is_over else ()
    return Plan(sells, before, after, len(who), limit_of(bank), is_over, found)


async def plan_of(db: Read, push: Push, item: Item, *, bank: Bank, at: datetime) -> Plan | None:
    """Return what a push that has not started would do; None when it has, or reaches nobody."""
    if push.state not in ("draft", "returned", "in_review", "scheduled"):
        return None
    found = await plan(db, push.expr, item, topic=push.topic, bank=bank, at=at)
    return found if found is not None and found.reachable else None
