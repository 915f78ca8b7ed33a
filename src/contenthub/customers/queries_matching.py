"""Reads of which of somebody's customers may want what, with the reasons."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from contenthub.customers import matching, queries_scores
from contenthub.customers.holdings import DUES
from contenthub.customers.matching import ACT_DAYS, Match, Standing
from contenthub.customers.models import Customer, CustomerTag, Refusal, Tag, TagGroup
from contenthub.customers.models_behaviour import CustomerAct
from contenthub.customers.models_scores import CustomerScore
from contenthub.customers.queries import among
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

MOST = 5_000
"""Of so many customers of one employee matches are looked for."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A customer with the topics they may want, the strongest first."""

    customer: Customer
    standing: Standing
    found: list[Match]

    @property
    def points(self) -> int:
        """How strong the strongest is."""
        return self.found[0].points


async def of_employee(db: Read, employee_id: UUID, *, at: datetime) -> list[Matched]:
    """Return an employee's customers who may want something, by number."""
    rows = await db.scalars(
        select(Customer)
        .where(Customer.tenant_id == bank_id(db), Customer.owner_id == employee_id)
        .order_by(Customer.no)
        .limit(MOST)
    )
    return await of_customers(db, rows.all(), at=at)


async def of_customers(db: Read, some: Collection[Customer], *, at: datetime) -> list[Matched]:
    """Return those of some customers who may want something, with what and why."""
    today = await tenants.today(db, at=at)
    thresholds = {name: held.threshold for name, held in (await queries_scores.topics(db)).items()}
    standings = await _standings(db, some, today=today)
    found = []
    for one in some:
        standing = standings[one.no]
        if wanted := matching.matches(standing, thresholds=thresholds, today=today):
            found.append(Matched(one, standing, wanted))
    return found


async def _standings(db: Read, some: Iterable[Customer], *, today: date) -> dict[int, Standing]:
    known = {
        one.no: Standing(
            risk_grade=one.risk_grade,
            products=one.products,
            is_merchant=bool(one.is_merchant),
            dues={topic: getattr(one, f"{topic}_due_on") for topic in DUES},
        )
        for one in some
    }
    if not known:
        return known
    await _add_wishes(db, known, today=today)
    await _add_signs(db, known, today=today)
    return known


async def _add_wishes(db: Read, known: dict[int, Standing], *, today: date) -> None:
    """Add scores, and what was refused."""
    bank, nos = bank_id(db), list(known)
    for no, topic, points in await db.execute(
        select(CustomerScore.customer_no, CustomerScore.topic, CustomerScore.points).where(
            CustomerScore.tenant_id == bank, among(CustomerScore.customer_no, nos)
        )
    ):
        known[no].scores[topic] = points
    for no, topic in await db.execute(
        select(Refusal.customer_no, Refusal.topic).where(
            Refusal.tenant_id == bank,
            among(Refusal.customer_no, nos),
            or_(Refusal.until_on.is_(None), Refusal.until_on >= today),
        )
    ):
        known[no].refused.add(topic)


async def _add_signs(db: Read, known: dict[int, Standing], *, today: date) -> None:
    """Add what they did lately, and the tags that say what they need."""
    bank, nos = bank_id(db), list(known)
    for no, topic, act, times in await db.execute(
        select(
            CustomerAct.customer_no,
            CustomerAct.topic,
            CustomerAct.kind,
            func.sum(CustomerAct.times),
        )
        .where(
            CustomerAct.tenant_id == bank,
            among(CustomerAct.customer_no, nos),
            CustomerAct.day_on > today - timedelta(days=ACT_DAYS),
        )
        .group_by(CustomerAct.customer_no, CustomerAct.topic, CustomerAct.kind)
    ):
        known[no].acts[topic, act] = int(times)
    for no, name in await db.execute(
        select(CustomerTag.customer_no, Tag.name)
        .join(Tag, and_(Tag.tenant_id == CustomerTag.tenant_id, Tag.id == CustomerTag.tag_id))
        .join(TagGroup, and_(TagGroup.tenant_id == Tag.tenant_id, TagGroup.id == Tag.group_id))
        .where(
            CustomerTag.tenant_id == bank,
            among(CustomerTag.customer_no, nos),
            TagGroup.dimension == "needs",
            Tag.deleted_at.is_(None),
        )
        .order_by(Tag.name)
    ):
        known[no].needs.append(name)


async def owners(db: Read, *, within: Collection[UUID] | None) -> list[tuple[UUID, int]]:
    """Return who has customers, with how many; of some people only, or None: of all."""
    query = (
        select(Customer.owner_id, func.count())
        .where(Customer.tenant_id == bank_id(db), Customer.owner_id.is_not(None))
        .group_by(Customer.owner_id)
        .order_by(func.count().desc())
    )
    if within is not None:
        query = query.where(Customer.owner_id.in_(list(within)))
    return [(owner_id, int(count)) for owner_id, count in await db.execute(query) if owner_id]
