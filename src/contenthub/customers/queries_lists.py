"""Reads of lists that others made: their jobs, whom a line names, what models' results say now."""

import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import exists, func, select, text

from contenthub.customers import listrows, queries_bitmaps, scoring
from contenthub.customers.bitmaps import Key
from contenthub.customers.listrows import ListRow
from contenthub.customers.models_lists import CustomerList, ListAct, ListScore
from contenthub.customers.queries import among
from contenthub.customers.scoring import SCORE_SLICES, Sums
from contenthub.db import Platform, Read
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id, keyring
from contenthub.uploads import headers
from contenthub.uploads import queries as uploads
from contenthub.uploads.queries import Due
from contenthub.uploads.sorts import Sort

SORT = Sort("customers.import_list", "customers.import_list", "customers.drop_list")
KEPT_DAYS = 90
"""So long after it has ended to count a model's result is kept."""
_WHO = """
select phone_index, no from customers
where tenant_id = :bank and phone_index = any(cast(:phones as bytea[]))
"""
_WHO_BY_NUMBER = """
select crm_no, no from customers where tenant_id = :bank and crm_no = any(cast(:numbers as text[]))
"""


async def job(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of a list; raises NotFound."""
    return await uploads.upload(db, SORT, job_id, lock=lock)


async def loaded_before(db: Read, sha256: str, kind: str) -> LongJob | None:
    """Return the newest job that loads, or has loaded, a list of this kind and content."""
    found = await uploads.loaded_before(db, SORT, sha256)
    return found if found is not None and found.params["kind"] == kind else None


def guessed_for(kind: str, names: Sequence[str]) -> dict[str, str]:
    """Return field -> header as the headers of a file say."""
    known = {field.name for field in listrows.fields_of(kind)}
    synonyms = {name: words for name, words in listrows.SYNONYMS.items() if name in known}
    return headers.guess(names, synonyms)


async def defaults_for(
    db: Read, kind: str, names: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return (field -> header, name -> text) for a file: as last time, else as the names say."""
    guessed = guessed_for(kind, names)
    last = await uploads.last_params(db, SORT, LongJob.params["kind"].as_string() == kind)
    mapping = headers.as_before(names, last.get("mapping", {}), guessed)
    said = last.get("wish", {})
    again = ("source", "topic", "act", "half_life_days", "scale")
    return mapping, {name: str(said[name]) for name in again if said.get(name)}


async def found(db: Read, rows: Collection[ListRow]) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return phone -> customer, and customer number of the bank -> customers that bear it."""
    ring, bank = keyring(db), bank_id(db)
    phones = sorted({row.phone for row in rows if row.phone})
    indexes = dict(zip(ring.index_all(bank, phones), phones, strict=True))
    asked = {"bank": bank, "phones": list(indexes)}
    by_phone = {indexes[bytes(index)]: no for index, no in await db.execute(text(_WHO), asked)}
    by_number: dict[str, list[int]] = {}
    numbers = sorted({row.crm_no for row in rows if row.crm_no and row.phone not in by_phone})
    if numbers:
        asked = {"bank": bank, "numbers": numbers}
        for number, no in await db.execute(text(_WHO_BY_NUMBER), asked):
            by_number.setdefault(number, []).append(no)
    return by_phone, by_number


def model_key(list_id: UUID, topic: str, bit: int) -> Key:
    """Return the bitmap of who has bit `bit` set in what a model's result gives on a topic."""
    return ("model", f"{list_id}:{topic}:{bit}")


def model_keys(list_id: UUID, topic: str, points: int) -> list[Key]:
    """Return the keys somebody with so many points of a result stands in."""
    return [model_key(list_id, topic, bit) for bit in range(SCORE_SLICES) if points >> bit & 1]


async def at_work(db: Read, topic: str, *, today: date) -> list[CustomerList]:
    """Return the results that count on a topic: the newest of each model, while it holds."""
    return _counting(await _on(db), topic, today=today)


async def _on(db: Read) -> Sequence[CustomerList]:
    """Return the results that were loaded to the end, the newest first."""
    rows = await db.scalars(
        select(CustomerList)
        .where(
            CustomerList.tenant_id == bank_id(db),
            CustomerList.kind == listrows.SCORES,
            CustomerList.state == "on",
        )
        .order_by(CustomerList.said_on.desc(), CustomerList.created_at.desc(), CustomerList.id)
    )
    return rows.all()


def _counting(some: Sequence[CustomerList], topic: str, *, today: date) -> list[CustomerList]:
    newest: dict[str, CustomerList] = {}
    for one in some:
        if topic in one.topics.split():
            newest.setdefault(one.source, one)
    return [one for one in newest.values() if one.until_on and one.until_on >= today]


def keys_read(some: Collection[CustomerList], topic: str) -> set[Key]:
    """Return every bitmap that results read."""
    return {model_key(one.id, topic, bit) for one in some for bit in range(SCORE_SLICES)}


def worth_milli(one: CustomerList, points: int, today: date) -> int:
    """Return what points of a result are worth on a day, in thousandths."""
    age = max((today - one.said_on).days, 0)
    if one.half_life_days is None:
        return points * scoring.MILLI
    return round(points * scoring.MILLI * math.pow(0.5, age / one.half_life_days))


async def given(
    db: Read, some: Collection[CustomerList], topic: str, *, room: int, today: date
) -> Sums:
    """Return what results give everybody on a topic, in thousandths: of several the most."""
    best = np.zeros(room, np.int64)
    for one in some:
        slices = await queries_bitmaps.whole(db, keys_read([one], topic))
        points = scoring.spread(
            {
                bit: slices.get(model_key(one.id, topic, bit), BitMap())
                for bit in range(SCORE_SLICES)
            },
            room,
        )
        worth = [worth_milli(one, value, today) for value in range(1 << SCORE_SLICES)]
        best = np.maximum(best, np.array(worth, np.int64)[points])
    return best


class Said(Struct, frozen=True):
    """What a model's result says of a customer on a topic, as long as it counts."""

    topic: str
    source: str
    said_on: date
    until_on: date | None
    points: int
    milli: int
    """What it is worth today, in thousandths."""
    half_life_days: int | None = None


async def said_of(db: Read, nos: Collection[int], *, today: date) -> dict[tuple[int, str], Said]:
    """Return (customer, topic) -> the result that counts, the highest of several models."""
    rows = await db.scalars(
        select(ListScore).where(
            ListScore.tenant_id == bank_id(db), among(ListScore.customer_no, nos)
        )
    )
    scores = rows.all()
    some = await _on(db) if scores else []
    counts = {
        (one.id, topic): one
        for topic in {score.topic for score in scores}
        for one in _counting(some, topic, today=today)
    }
    best: dict[tuple[int, str], Said] = {}
    for score in scores:
        topic = score.topic
        one = counts.get((score.list_id, topic))
        if one is None:
            continue
        milli = worth_milli(one, score.points, today)
        told = Said(
            topic, one.source, one.said_on, one.until_on, score.points, milli, one.half_life_days
        )
        need = (score.customer_no, topic)
        if need not in best or best[need].milli < milli:
            best[need] = told
    return best


async def kept_of(db: Read, customer_no: int) -> list[dict[str, object]]:
    """Return every result and every act that lists tell of a customer, for their own copy."""
    mine = CustomerList.tenant_id == bank_id(db)
    scores = await db.execute(
        select(
            CustomerList.source,
            CustomerList.said_on,
            CustomerList.until_on,
            ListScore.topic,
            ListScore.points,
        )
        .join(
            ListScore,
            (ListScore.tenant_id == CustomerList.tenant_id)
            & (ListScore.list_id == CustomerList.id),
        )
        .where(mine, ListScore.customer_no == customer_no)
        .order_by(CustomerList.said_on.desc(), ListScore.topic)
    )
    acts = await db.execute(
        select(ListAct.source, ListAct.kind, ListAct.topic, ListAct.day_on)
        .where(ListAct.tenant_id == bank_id(db), ListAct.customer_no == customer_no)
        .order_by(ListAct.day_on.desc(), ListAct.kind)
    )
    return [dict(row._mapping) for row in (*scores, *acts)]


async def sources_of(db: Read, customer_no: int) -> dict[tuple[str, str, date], str]:
    """Return (act, topic, day) -> the lists that tell of it."""
    rows = await db.execute(
        select(ListAct.kind, ListAct.topic, ListAct.day_on, ListAct.source)
        .where(ListAct.tenant_id == bank_id(db), ListAct.customer_no == customer_no)
        .order_by(ListAct.source)
    )
    told: dict[tuple[str, str, date], list[str]] = {}
    for kind, topic, on, source in rows:
        told.setdefault((kind, topic, on), []).append(source)
    return {done: "、".join(sources) for done, sources in told.items()}


async def the_list(db: Read, list_id: UUID, *, lock: bool = False) -> CustomerList | None:
    """Return a list that was begun to be loaded, or None."""
    return await db.get(CustomerList, (bank_id(db), list_id), with_for_update=lock or None)


async def lists(db: Read, ids: Collection[UUID]) -> dict[UUID, CustomerList]:
    """Return lists by the id of their job."""
    rows = await db.scalars(
        select(CustomerList).where(
            CustomerList.tenant_id == bank_id(db), CustomerList.id.in_(list(ids))
        )
    )
    return {one.id: one for one in rows}


async def people_in(db: Read, list_id: UUID) -> int:
    """Return how many customers a list tells of."""
    total = 0
    for model in (ListScore, ListAct):
        total += int(
            await db.scalar(
                select(func.count(model.customer_no.distinct())).where(
                    model.tenant_id == bank_id(db), model.list_id == list_id
                )
            )
            or 0
        )
    return total


async def past(db: Platform, now: datetime) -> Due:
    """Return lists of all banks with results that have long ended to count."""
    has_rows = exists().where(
        ListScore.tenant_id == CustomerList.tenant_id, ListScore.list_id == CustomerList.id
    )
    rows = await db.execute(
        select(CustomerList.tenant_id, CustomerList.id)
        .where(
            CustomerList.kind == listrows.SCORES,
            CustomerList.until_on < (now - timedelta(days=KEPT_DAYS)).date(),
            has_rows,
        )
        .limit(20)
    )
    return [(row[0], {"list_id": str(row[1])}) for row in rows]
