"""Scores at work: what everybody's are now, a portion of those that differ in each transaction.

What is left to do is worked out anew each time, from the index and the rules: so a worker that
dies loses nothing and does nothing twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import delete, select, text

from contenthub.customers import actions_tagging as tagging
from contenthub.customers import queries_bitmaps, queries_lists, queries_scores, scoring
from contenthub.customers.actions_audience import mark
from contenthub.customers.bitmaps import Key
from contenthub.customers.models_lists import ListScore
from contenthub.customers.models_scores import (
    CustomerScore,
    ScoreCrossing,
    ScoreRule,
    ScoreTopic,
)
from contenthub.customers.queries import among
from contenthub.customers.scoring import SCORE_SLICES, Points, score_key, score_keys
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read, Write, new_id
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id

STEP = 5_000

_KEEP = """
insert into customer_scores as c (tenant_id, customer_no, topic, points)
select :bank, w.no, :topic, w.points
from unnest(cast(:nos as int[]), cast(:points as int[])) as w (no, points) where w.points > 0
on conflict (tenant_id, customer_no, topic) do update set points = excluded.points
"""
_DROP = """
delete from customer_scores where tenant_id = :bank and topic = :topic
  and customer_no = any(cast(:nos as int[]))
"""


_CROSS = """
insert into score_crossings
  (tenant_id, id, customer_no, topic, points, crossed_on, crossed_at, state, reason, next_at)
select :bank, w.id, w.no, :topic, w.points, :today, :at, 'waiting', '', :at
from unnest(cast(:ids as uuid[]), cast(:nos as int[]), cast(:points as int[]))
  as w (id, no, points)
where not exists (select from score_crossings x where x.tenant_id = :bank
  and x.customer_no = w.no and x.topic = :topic and x.crossed_on > :since)
"""
HAND_OVER = "scheduler.hand_over_needs"


async def take_step(db: Write, topic: str, *, at: datetime) -> bool:
    """Bring the next portion of a topic's scores up to date; return whether there is more.

    Nothing is done when nothing they depend on has changed since, or another worker has them.
    """
    held = await db.scalar(
        select(ScoreTopic)
        .where(ScoreTopic.tenant_id == bank_id(db), ScoreTopic.topic == topic)
        .with_for_update(skip_locked=True)
    )
    if held is None:
        return False
    held.checked_at = at
    rules = await queries_scores.rules(db, topic=topic, only_on=True)
    try:
        # Before the rows are read: what changes meanwhile is seen as a change the next time.
        seen = await _seen(db, held, rules, at=at)
        held.problem = ""
        is_more = seen != held.seen and await _step(db, held, rules, at=at)
    except ExpressionInvalid as error:
        held.problem = error.detail
        return False
    if not is_more:
        _finish(db, held, seen, at=at)
    await db.flush()
    return is_more


async def _seen(db: Read, held: ScoreTopic, rules: list[ScoreRule], *, at: datetime) -> str:
    """Return a word that is another one whenever what a topic's scores depend on has changed."""
    today = await tenants_queries.today(db, at=at)
    told = await queries_lists.at_work(db, held.topic, today=today)
    keys = await queries_scores.keys_read(db, rules, today=today)
    word = await queries_bitmaps.written(db, keys | queries_lists.keys_read(told, held.topic))
    models = ",".join(one.id.hex for one in told)
    said = ",".join(f"{one.id.hex}@{one.changed_at.timestamp()}" for one in rules)
    return f"{today}:{held.cap}:{said}:{models}:{word}"


async def _step(db: Write, held: ScoreTopic, rules: list[ScoreRule], *, at: datetime) -> bool:
    total = await queries_scores.totals(db, rules, models_of=held.topic, at=at)
    now = queries_scores.scores_of(total, held.cap)
    was = await queries_scores.standing(db, held.topic)
    room = max(len(now), len(was))
    now, was = _wide(now, room), _wide(was, room)
    differ = np.flatnonzero(now != was)
    some = differ[:STEP].tolist()
    # Their rows are held now: nobody of them is erased before we are done.
    there = await tagging.lock(db, some) if some else []
    if there:
        await _write(db, held.topic, there, was=was, now=now)
        reached = [no for no in there if was[no] < held.threshold <= now[no]]
        if held.hands_over and reached:
            await _cross(db, held, {no: int(now[no]) for no in reached}, at=at)
        if not held.is_running:
            held.is_running, held.last_moved = True, 0
        held.last_moved += len(there)
        held.ran_at = at
    return bool(there) and len(differ) > len(some)


def _wide(points: Points, room: int) -> Points:
    return np.pad(points, (0, room - len(points)))


async def _write(db: Write, topic: str, nos: list[int], *, was: Points, now: Points) -> None:
    """Keep new scores of customers whose rows are held, and set and clear the bits that follow."""
    facts = {
        "bank": bank_id(db),
        "topic": topic,
        "nos": nos,
        "points": [int(now[no]) for no in nos],
    }
    await db.execute(text(_KEEP), facts)
    gone = [no for no in nos if not now[no]]
    if gone:
        await db.execute(text(_DROP), {"bank": bank_id(db), "topic": topic, "nos": gone})
    add, remove = _moved(topic, nos, now, ~was), _moved(topic, nos, was, ~now)
    await mark(db, add, remove)


async def _cross(db: Write, held: ScoreTopic, reached: Mapping[int, int], *, at: datetime) -> None:
    """Remember who reached the threshold, but nobody who did so lately."""
    today = await tenants_queries.today(db, at=at)
    facts = {
        "bank": bank_id(db),
        "topic": held.topic,
        "ids": [new_id() for _ in reached],
        "nos": list(reached),
        "points": list(reached.values()),
        "today": today,
        "since": today - timedelta(days=held.again_days),
        "at": at,
    }
    await db.execute(text(_CROSS), facts)
    enqueue(db, HAND_OVER)


def _moved(topic: str, nos: list[int], has: Points, lacks: Points) -> Mapping[Key, list[int]]:
    """Return whom each slice holds by `has` and not by the other."""
    found = {
        score_key(topic, bit): [no for no in nos if (has[no] & lacks[no]) >> bit & 1]
        for bit in range(SCORE_SLICES)
    }
    return {key: some for key, some in found.items() if some}


def _finish(db: Write, held: ScoreTopic, seen: str, *, at: datetime) -> None:
    held.seen = seen
    if not held.is_running:
        return
    held.is_running = False
    facts = {"topic": held.topic, "moved": held.last_moved}
    subject = scoring.topic_id(held.topic)
    tenants.record(db, "score_topic.ran", "score_topic", subject, by=None, at=at, **facts)


async def forget_customers(db: Write, nos: Collection[int]) -> dict[Key, list[int]]:
    """Delete customers' scores; return which keys of the index they stand in no more.

    That they reached a threshold is forgotten, too.
    """
    await db.execute(
        delete(ScoreCrossing).where(
            ScoreCrossing.tenant_id == bank_id(db), among(ScoreCrossing.customer_no, nos)
        )
    )
    gone: dict[Key, list[int]] = {}
    told = await db.execute(
        delete(ListScore)
        .where(ListScore.tenant_id == bank_id(db), among(ListScore.customer_no, nos))
        .returning(ListScore.list_id, ListScore.topic, ListScore.points, ListScore.customer_no)
    )
    for list_id, topic, points, no in told:
        for key in queries_lists.model_keys(list_id, topic, points):
            gone.setdefault(key, []).append(no)
    rows = await db.execute(
        delete(CustomerScore)
        .where(CustomerScore.tenant_id == bank_id(db), among(CustomerScore.customer_no, nos))
        .returning(CustomerScore.topic, CustomerScore.points, CustomerScore.customer_no)
    )
    for topic, points, no in rows:
        for key in score_keys(topic, points):
            gone.setdefault(key, []).append(no)
    return gone
