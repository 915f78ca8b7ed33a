"""Reads of why a customer has a score: each rule's points, with the days they come from."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers import queries_audience as audiences
from contenthub.customers import queries_lists, queries_scores, scoring
from contenthub.customers.models_behaviour import CustomerAct
from contenthub.customers.models_scores import CustomerScore, ScoreRule
from contenthub.customers.queries_lists import Said
from contenthub.customers.scoring import MATCH, Part
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

Need: TypeAlias = tuple[int, str]
"""A customer's number, and a topic."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule, or a model's result, gives a customer today, and the days it comes from."""

    rule: str
    said: str
    milli: int
    parts: list[Part] = field(default_factory=list)

    @property
    def points(self) -> float:
        """The points, with one decimal."""
        return round(self.milli / scoring.MILLI, 1)


@dataclass(frozen=True, slots=True)
class Scored:
    """A customer's score of a topic as it is kept, its threshold, and why it is what it is."""

    topic: str
    points: int
    threshold: int
    reasons: list[Reason]


async def of_customer(db: Read, customer_no: int, *, at: datetime) -> list[Scored]:
    """Return a customer's scores with their reasons as of now, the highest first."""
    kept = await kept_of(db, customer_no)
    if not kept:
        return []
    held = await queries_scores.topics(db)
    why = await reasons(db, [(customer_no, topic) for topic in kept], at=at)
    found = [
        Scored(topic, points, held[topic].threshold, why[customer_no, topic])
        for topic, points in kept.items()
    ]
    return sorted(found, key=lambda one: (-one.points, one.topic))


async def reasons(db: Read, wanted: Collection[Need], *, at: datetime) -> dict[Need, list[Reason]]:
    """Return what each rule at work gives some customers of some topics now, the most first."""
    found: dict[Need, list[Reason]] = {need: [] for need in wanted}
    today = await tenants.today(db, at=at)
    acts = await _acts(db, {no for no, _ in found})
    for one in await queries_scores.rules(db, only_on=True):
        nos = [no for no, topic in found if topic == one.topic]
        if not nos:
            continue
        # Who meets a condition is worked out of the whole bank: once, however many are asked of.
        matched = await _matching(db, one, at=at) if one.basis == MATCH else BitMap()
        for no in nos:
            if one.basis != MATCH:
                reason = _done(one, acts.get((no, one.topic, one.basis), []), today)
            else:
                reason = _matched(one) if no in matched else None
            if reason is not None:
                found[no, one.topic].append(reason)
    told = await queries_lists.said_of(db, {no for no, _ in found}, today=today)
    for need, said in told.items():
        if need in found and said.milli:
            found[need].append(_told(said))
    return {
        need: sorted(given, key=lambda reason: -abs(reason.milli)) for need, given in found.items()
    }


async def kept_of(db: Read, customer_no: int) -> dict[str, int]:
    """Return topic -> score of a customer, as it is kept."""
    mine = (CustomerScore.tenant_id == bank_id(db), CustomerScore.customer_no == customer_no)
    rows = await db.execute(select(CustomerScore.topic, CustomerScore.points).where(*mine))
    return {topic: points for topic, points in rows}


async def _acts(
    db: Read, nos: Collection[int]
) -> dict[tuple[int, str, str], list[tuple[date, int]]]:
    rows = await db.execute(
        select(
            CustomerAct.customer_no,
            CustomerAct.topic,
            CustomerAct.kind,
            CustomerAct.day_on,
            CustomerAct.times,
        )
        .where(CustomerAct.tenant_id == bank_id(db), CustomerAct.customer_no.in_(nos))
        .order_by(CustomerAct.day_on.desc())
    )
    found: dict[tuple[int, str, str], list[tuple[date, int]]] = {}
    for no, topic, kind, on, times in rows:
        found.setdefault((no, topic, kind), []).append((on, times))
    return found


async def _matching(db: Read, one: ScoreRule, *, at: datetime) -> BitMap:
    try:
        return await audiences.matching(db, parse(one.expr), at=at)
    except ExpressionInvalid:
        return BitMap()  # a name in it is gone: the topic says so where its rules stand


def _matched(one: ScoreRule) -> Reason:
    return Reason(one.name, queries_scores.words_of(one), one.points * scoring.MILLI)


def _told(said: Said) -> Reason:
    fading = f"，每 {said.half_life_days} 天减半" if said.half_life_days else ""
    words = f"{said.said_on} 给 {said.points} 分，有效到 {said.until_on}{fading}"
    return Reason(f"模型结果“{said.source}”", words, said.milli)


def _done(one: ScoreRule, acts: list[tuple[date, int]], today: date) -> Reason | None:
    weight = queries_scores.weight_of(one)
    parts = scoring.parts(weight, acts, today)
    milli = scoring.limit_milli(weight, sum(part.milli for part in parts))
    return Reason(one.name, queries_scores.words_of(one), milli, parts) if milli else None
