"""Reads of need scores: the rules, what they say of everybody now, and why somebody has so many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from pyroaring import BitMap
from sqlalchemy import func, select

from contenthub.customers import bitmaps, queries_bitmaps, queries_lists, queries_preview, scoring
from contenthub.customers import queries_audience as audiences
from contenthub.customers.behaviour import MAX_DAYS, MAX_TIMES, Act, act_key, done_words, window
from contenthub.customers.bitmaps import Key
from contenthub.customers.models_scores import ScoreCrossing, ScoreRule, ScoreTopic
from contenthub.customers.queries_preview import Sampled
from contenthub.customers.scoring import MATCH, SCORE_SLICES, Points, Sums, Weight, score_key
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import said
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

SAMPLE = 5


async def rule(
    db: Read, rule_id: UUID, *, lock: bool = False, with_deleted: bool = False
) -> ScoreRule:
    """Return one rule; raises NotFound, also for a deleted one unless asked for."""
    found = await db.get(
        ScoreRule, (bank_id(db), rule_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or (found.deleted_at is not None and not with_deleted):
        raise NotFound("没有找到这条评分规则，可能已被删除，请刷新后再试")
    return found


async def rules(db: Read, *, topic: str | None = None, only_on: bool = False) -> list[ScoreRule]:
    """Return the bank's rules by topic and name, or those of a topic, or those at work."""
    asked = [ScoreRule.tenant_id == bank_id(db), ScoreRule.deleted_at.is_(None)]
    if topic is not None:
        asked.append(ScoreRule.topic == topic)
    if only_on:
        asked.append(ScoreRule.state == "on")
    rows = await db.scalars(
        select(ScoreRule).where(*asked).order_by(ScoreRule.topic, ScoreRule.name)
    )
    return list(rows)


async def topics(db: Read) -> dict[str, ScoreTopic]:
    """Return the settings of every topic the bank ever had a rule of."""
    rows = await db.scalars(select(ScoreTopic).where(ScoreTopic.tenant_id == bank_id(db)))
    found = {one.topic: one for one in rows}
    return {topic: found[topic] for topic in scoring.SCORED if topic in found}


async def topic_settings(db: Read, topic: str, *, lock: bool = False) -> ScoreTopic:
    """Return a topic's settings; raises NotFound for one without any rule so far."""
    key = (bank_id(db), topic)
    found = await db.get(ScoreTopic, key, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("这个业务类别还没有评分规则，请先新建一条规则")
    return found


async def counts(db: Read, held: ScoreTopic) -> tuple[int, int]:
    """Return how many have a score of a topic, and how many have reached its threshold."""
    kept = await standing(db, held.topic)
    return int(np.count_nonzero(kept)), int(np.count_nonzero(kept >= held.threshold))


async def crossings(db: Read) -> dict[str, dict[str, int]]:
    """Return topic -> state -> how many who reached its threshold are in it."""
    rows = await db.execute(
        select(ScoreCrossing.topic, ScoreCrossing.state, func.count())
        .where(ScoreCrossing.tenant_id == bank_id(db))
        .group_by(ScoreCrossing.topic, ScoreCrossing.state)
    )
    found: dict[str, dict[str, int]] = {}
    for topic, state, count in rows:
        found.setdefault(topic, {})[state] = count
    return found


def weight_of(found: ScoreRule) -> Weight:
    """Return what of a rule its arithmetic needs."""
    return Weight(found.basis, found.points, found.half_life_days, found.at_most)


def words_of(found: ScoreRule) -> str:
    """Return for what a rule gives points, in words."""
    if found.basis == MATCH:
        return said(parse(found.expr))
    fading = f"，每 {found.half_life_days} 天减半" if found.half_life_days else ""
    most = f"，合计最多 {abs(found.at_most)} 分" if found.at_most else ""
    done = f"每次{done_words(found.basis, found.topic)}"
    return f"{done}{fading}{most}"


async def keys_read(db: Read, some: Iterable[ScoreRule], *, today: date) -> set[Key]:
    """Return every bitmap that rules of one topic read.

    Raises ExpressionInvalid for a name the bank does not have.
    """
    keys: set[Key] = {("all", "")}
    for one in some:
        if one.basis == MATCH:
            node = parse(one.expr)
            keys |= bitmaps.dims_of(node, resolve=await audiences.resolve(db, node), today=today)
        else:
            keys.update(_act_keys(one, today))
    return keys


def _act_keys(one: ScoreRule, today: date) -> dict[Key, int]:
    """Return the bitmaps of an act, and what standing in each is worth in thousandths."""
    weight = weight_of(one)
    return {
        act_key(Act(one.basis, one.topic, on), time): scoring.per_time_milli(weight, age)
        for age, on in enumerate(window(today, MAX_DAYS))
        for time in range(1, MAX_TIMES + 1)
    }


async def totals(db: Read, some: Iterable[ScoreRule], *, models_of: str = "", at: datetime) -> Sums:
    """Return what rules of one topic give everybody together, in thousandths.

    With `models_of` a topic, what models' results give on it is added. Raises
    ExpressionInvalid for a name the bank does not have.
    """
    today = await tenants.today(db, at=at)
    everyone = await queries_bitmaps.united(db, [("all", "")])
    found = np.zeros(everyone.max() + 1 if everyone else 0, np.int64)
    for one in some:
        found += await _given(db, one, len(found), today=today, at=at)
    if models_of:
        told = await queries_lists.at_work(db, models_of, today=today)
        found += await queries_lists.given(db, told, models_of, room=len(found), today=today)
    return found


def scores_of(found: Sums, cap: int) -> Points:
    """Return whole points, from 0 to the cap, of sums in thousandths."""
    return np.clip((found + scoring.MILLI // 2) // scoring.MILLI, 0, cap).astype(np.int32)


async def _given(db: Read, one: ScoreRule, room: int, *, today: date, at: datetime) -> Sums:
    """Return what one rule gives everybody, in thousandths."""
    found = np.zeros(room, np.int64)
    weight = weight_of(one)
    if one.basis == MATCH:
        found[scoring.places(await audiences.matching(db, parse(one.expr), at=at), room)] = (
            weight.points * scoring.MILLI
        )
        return found
    worth = _act_keys(one, today)
    for key, who in (await queries_bitmaps.whole(db, worth)).items():
        found[scoring.places(who, room)] += worth[key]
    if weight.at_most is not None:
        most = weight.at_most * scoring.MILLI
        found = np.clip(found, -most, most)
    return found


async def standing(db: Read, topic: str) -> Points:
    """Return everybody's score of a topic as the index holds it."""
    slices = await queries_bitmaps.whole(db, [score_key(topic, b) for b in range(SCORE_SLICES)])
    room = max((one.max() + 1 for one in slices.values() if one), default=0)
    bits = {bit: slices.get(score_key(topic, bit), BitMap()) for bit in range(SCORE_SLICES)}
    return scoring.spread(bits, room)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would change: who gets points of it, and who is worth a call before and after."""

    said: str
    given: int
    """How many customers get, or lose, points by the rule."""
    reached: int
    """How many have reached the threshold as the other rules at work stand, …"""
    will_reach: int
    """… and with this one at work too."""
    threshold: int
    best: list[tuple[Sampled, int]]
    """Some of those the rule touches, masked, with the score they would have."""


async def preview(
    db: Read, draft: ScoreRule, *, stored: ScoreRule | None = None, at: datetime
) -> Preview:
    """Return what a rule would change; `stored` is the kept one it would replace.

    Raises ExpressionInvalid for a name the bank does not have.
    """
    at_work = await rules(db, topic=draft.topic, only_on=True)
    others = [one for one in at_work if stored is None or one.id != stored.id]
    held = (await topics(db)).get(draft.topic)
    cap, threshold = (held.cap, held.threshold) if held else (scoring.MAX_SCORE, scoring.THRESHOLD)
    total = await totals(db, others, models_of=draft.topic, at=at)
    given = await totals(db, [draft], at=at)
    before, after = scores_of(total, cap), scores_of(total + given, cap)
    touched = np.flatnonzero(given)
    best = touched[np.argsort(-after[touched], kind="stable")][:SAMPLE]
    people = await queries_preview.people(db, BitMap(best.tolist()), limit=SAMPLE)
    some = sorted(((one, int(after[one.no])) for one in people), key=lambda pair: -pair[1])
    return Preview(
        words_of(draft),
        len(touched),
        int(np.count_nonzero(before >= threshold)),
        int(np.count_nonzero(after >= threshold)),
        threshold,
        some,
    )
