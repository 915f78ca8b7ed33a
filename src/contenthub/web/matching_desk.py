"""Who may want which product: what both pages and the API show of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contenthub.customers import matching, queries_matching
from contenthub.customers.matching import Match
from contenthub.customers.models import Customer
from contenthub.customers.queries_matching import Matched
from contenthub.customers.scoring import SCORED, scored_slug
from contenthub.db import Read, Write
from contenthub.errors import Conflict, Invalid
from contenthub.library import queries as library
from contenthub.library import queries_rules, queries_shareable
from contenthub.library.models import Item
from contenthub.scheduler import actions_needs, queries_needs
from contenthub.scheduler.models import Task
from contenthub.tenants import qualification, queries_staff
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff

PRODUCTS_READ = 200
OFFERED = 2
"""So many products are named beside a topic."""
SHOWN = 100
"""So many customers a list shows on a desk and over the API."""


@dataclass
class NeedForm:
    """What a button of the list sends."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A product that may be offered now, with its risk, 1 to 5 or 0 for none."""

    item_id: UUID
    title: str
    topic: str
    risk: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """A topic to talk about with a customer, why, and what may be offered of it."""

    match: Match
    offers: list[Offer]
    is_open: bool
    """Whether it is on somebody's list of tasks already."""


@dataclass(frozen=True, slots=True)
class Row:
    """A customer and what they may want."""

    customer: Customer
    suggested: list[Suggested]


@dataclass(frozen=True, slots=True)
class Found:
    """One employee's matches, the strongest first, with how many customers there are by topic."""

    rows: list[Row]
    total: int
    by_topic: dict[str, int]
    barred: list[str]
    """Topics the employee may not sell now."""
    offer: Offer | None = None
    """The product somebody came from."""


async def owners(db: Read, me: Staff) -> list[tuple[UUID, int]]:
    """Return whose customers somebody sees, with how many each has, the most first."""
    return await queries_matching.owners(db, within=await tenants.visible_staff_ids(db, me))


async def employee_of(
    db: Read, me: Staff, asked: UUID | None, known: Sequence[tuple[UUID, int]]
) -> Staff | None:
    """Return the employee that was asked for; else oneself, or the first, of the `known` owners.

    Raises NotFound for somebody out of reach.
    """
    if asked is not None:
        return await queries_staff.visible(db, asked, viewer=me)
    ids = [owner for owner, _ in known]
    first = me.id if me.id in ids else next(iter(ids), None)
    return None if first is None else await tenants.staff(db, first)


async def offers(db: Read, *, at: datetime) -> dict[str, list[Offer]]:
    """Return topic -> the live products that may be shared now, the newest first."""
    found = await queries_shareable.shareable(db, kind="product", at=at, limit=PRODUCTS_READ)
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in found])
    by_topic: dict[str, list[Offer]] = {}
    for item, revision in found:
        if revision.id not in stopped:
            risk = await queries_rules.risk_of(db, revision)
            one = Offer(item.id, revision.title, item.topic, risk)
            by_topic.setdefault(item.topic, []).append(one)
    return by_topic


async def offer_of(db: Read, item_id: UUID, *, at: datetime) -> Offer:
    """Return a live item as something to offer; raises NotFound, and Invalid (`item_id`)."""
    item, revision = await library.live(db, item_id, at=at)
    if not is_matched(item):
        raise Invalid.of("item_id", "这条内容的业务类别没有需求评分，不能匹配客户")
    return Offer(item.id, revision.title, item.topic, await queries_rules.risk_of(db, revision))


def is_matched(item: Item) -> bool:
    """Return whether customers can be matched to an item: it sells something."""
    return item.topic in SCORED


async def matches(
    db: Read,
    employee: Staff,
    bank: Bank,
    *,
    topic: str = "",
    item_id: UUID | None = None,
    limit: int,
    at: datetime,
) -> Found:
    """Return which of an employee's customers may want what; of a topic or an item only.

    Raises NotFound or Invalid for an item that is not live or sells nothing, or another topic.
    """
    offer = await offer_of(db, item_id, at=at) if item_id else None
    topic = offer.topic if offer else (scored_slug(topic) if topic else "")
    barred = {
        slug for slug in SCORED if qualification.why_not(employee, topic=slug, bank=bank, at=at)
    }
    everybody = await queries_matching.of_employee(db, employee.id, at=at)
    products = await offers(db, at=at)
    kept = [replace(one, found=told) for one in everybody if (told := _told(one, products, barred))]
    counts = Counter(match.topic for one in kept for match in one.found)
    by_topic = {slug: counts[slug] for slug in SCORED if slug in counts}
    if topic:
        risk = offer.risk if offer else 0
        kept = [
            replace(one, found=[match])
            for one in kept
            if (match := matching.about(one.found, topic)) and matching.suits(one.standing, risk)
        ]
    kept.sort(key=lambda one: (-one.points, one.customer.no))
    shown = kept[:limit]
    waiting = await queries_needs.open_of(db, [one.customer.no for one in shown])
    rows = [Row(one.customer, _suggested(one, products, offer, waiting)) for one in shown]
    return Found(rows, len(kept), by_topic, [SCORED[slug] for slug in sorted(barred)], offer)


def _told(one: Matched, products: dict[str, list[Offer]], barred: set[str]) -> list[Match]:
    """Return the topics that may be talked about: an investment only if one in sale suits."""
    return [
        match
        for match in one.found
        if match.topic not in barred
        and (match.topic not in matching.RISKY or _suited(one, products.get(match.topic, [])))
    ]


def _suited(one: Matched, some: list[Offer]) -> list[Offer]:
    return [offer for offer in some if matching.suits(one.standing, offer.risk)]


def _suggested(
    one: Matched,
    products: dict[str, list[Offer]],
    offer: Offer | None,
    waiting: set[tuple[int, str]],
) -> list[Suggested]:
    return [
        Suggested(
            match,
            [offer] if offer else _suited(one, products.get(match.topic, []))[:OFFERED],
            (one.customer.no, match.topic) in waiting,
        )
        for match in one.found
    ]


async def take_up(db: Write, customer: Customer, topic: str, *, by: Staff, at: datetime) -> Task:
    """Make a task of a match of a (locked) customer, as it stands now.

    Raises Invalid (`topic`), and Conflict when the customer refused the topic meanwhile, there
    is nothing to talk about any more, or it is on somebody's list.
    """
    slug = scored_slug(topic)
    found = await queries_matching.of_customers(db, [customer], at=at)
    match = matching.about(found[0].found, slug) if found else None
    if match is None:
        raise Conflict(f"现在不适合和这位客户谈{SCORED[slug]}：没有匹配的理由，或客户已经拒绝")
    return await actions_needs.take_up(db, customer, match, by=by, at=at)
