"""Writes of what known customers did: noted where it happens, counted into truth and index."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, text

from contenthub.customers.actions_audience import hold, mark
from contenthub.customers.behaviour import KEPT_DAYS, MAX_TIMES, Act, act_key, levels
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import AudienceBitmap
from contenthub.customers.models_behaviour import CustomerAct, NotedAct
from contenthub.customers.models_lists import ListAct
from contenthub.db import Platform, Write, new_id
from contenthub.queue import enqueue
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

JOB = "customers.count_acts"
AT_ONCE = 5_000

_TAKE = """
delete from noted_acts where tenant_id = :bank and id in (
  select id from noted_acts where tenant_id = :bank order by id limit :n for update skip locked)
returning phone_index, kind, topic, day_on, times
"""
# In order of their numbers, as every writer of many customers takes them.
_WHO = """
select phone_index, no from customers where tenant_id = :bank
and phone_index = any(cast(:phones as bytea[])) order by no for no key update
"""
_COUNT = """
insert into customer_acts as c (tenant_id, customer_no, kind, topic, day_on, times)
select :bank, w.* from unnest(cast(:nos as int[]), cast(:kinds as text[]), cast(:topics as text[]),
  cast(:days as date[]), cast(:times as int[])) as w (no, kind, topic, day_on, times)
on conflict (tenant_id, customer_no, kind, topic, day_on) do update
set times = c.times + excluded.times
returning customer_no, kind, topic, day_on, times
"""
_NOTE = """
insert into noted_acts (tenant_id, id, phone_index, kind, topic, day_on, times)
select * from unnest(cast(:banks as uuid[]), cast(:ids as uuid[]),
  cast(:phones as bytea[]), cast(:kinds as text[]), cast(:topics as text[]),
  cast(:days as date[]), cast(:times as int[]))
"""


class Noted(NamedTuple):
    """Something done `times` times by the owner of a phone; below 0 takes it back."""

    bank: UUID
    phone_index: bytes
    act: Act
    times: int = 1


async def note(db: Write, phone_index: bytes, act: Act, *, times: int = 1) -> None:
    """Note what the owner of a phone did; it counts in a moment, if they are a customer."""
    await note_many(db, [Noted(bank_id(db), phone_index, act, times)])
    enqueue(db, JOB)


async def note_many(db: Write | Platform, some: Iterable[Noted]) -> None:
    """Note what owners of phones did, of any banks; the sweep rings for them."""
    noted = list(some)
    if not noted:
        return
    facts = {
        "banks": [one.bank for one in noted],
        "ids": [new_id() for _ in noted],
        "phones": [one.phone_index for one in noted],
        "kinds": [one.act.kind for one in noted],
        "topics": [one.act.topic for one in noted],
        "days": [one.act.on for one in noted],
        "times": [one.times for one in noted],
    }
    await db.execute(text(_NOTE), facts)


async def count_noted(db: Write, *, at: datetime) -> int:
    """Count some of what was noted into truth and index; return how many rows there were.

    Rows of phones that are no customer's, and of days no expression reaches, are dropped.
    """
    bank = bank_id(db)
    oldest = _oldest(await tenants.today(db, at=at))
    sums: Counter[tuple[bytes, Act]] = Counter()
    taken = 0
    for phone, kind, topic, on, times in await db.execute(
        text(_TAKE), {"bank": bank, "n": AT_ONCE}
    ):
        taken += 1
        if on >= oldest:
            sums[bytes(phone), Act(kind, topic, on)] += times
    phones = sorted({phone for phone, _ in sums})
    rows = await db.execute(text(_WHO), {"bank": bank, "phones": phones})
    whose = {bytes(phone): no for phone, no in rows}
    await add_up(
        db, {(whose[phone], act): n for (phone, act), n in sums.items() if n and phone in whose}
    )
    return taken


async def add_up(db: Write, sums: Mapping[tuple[int, Act], int]) -> None:
    """Add to what customers did, their rows held, and set or clear the bits that follow.

    Below 0 takes back.
    """
    if not sums:
        return
    done = sorted(sums)
    facts = {
        "bank": bank_id(db),
        "nos": [no for no, _ in done],
        "kinds": [act.kind for _, act in done],
        "topics": [act.topic for _, act in done],
        "days": [act.on for _, act in done],
        "times": [sums[pair] for pair in done],
    }
    add: dict[Key, list[int]] = {}
    remove: dict[Key, list[int]] = {}
    for no, kind, topic, on, times in await db.execute(text(_COUNT), facts):
        act = Act(kind, topic, on)
        for key in levels(act, times):
            add.setdefault(key, []).append(no)
        if sums[no, act] < 0:
            for time in range(max(times, 0) + 1, MAX_TIMES + 1):
                remove.setdefault(act_key(act, time), []).append(no)
    if remove:
        mine = CustomerAct.tenant_id == bank_id(db)
        nos = [no for no, _ in done]
        await db.execute(
            delete(CustomerAct).where(
                mine, CustomerAct.customer_no.in_(nos), CustomerAct.times <= 0
            )
        )
    await mark(db, add, remove)


async def forget_customer(db: Write, no: int, phone_index: bytes) -> list[Key]:
    """Delete what a customer did; return the keys of the index they stand in no more."""
    mine = (CustomerAct.tenant_id == bank_id(db), CustomerAct.customer_no == no)
    rows = await db.execute(
        delete(CustomerAct)
        .where(*mine)
        .returning(CustomerAct.kind, CustomerAct.topic, CustomerAct.day_on, CustomerAct.times)
    )
    keys = [key for kind, topic, on, n in rows for key in levels(Act(kind, topic, on), n)]
    await db.execute(
        delete(ListAct).where(ListAct.tenant_id == bank_id(db), ListAct.customer_no == no)
    )
    await db.execute(
        delete(NotedAct).where(
            NotedAct.tenant_id == bank_id(db), NotedAct.phone_index == phone_index
        )
    )
    return keys


async def forget_day(db: Write, *, at: datetime) -> date | None:
    """Drop the oldest day that no expression reaches any more; return it, None when none is."""
    limit = _oldest(await tenants.today(db, at=at))
    mine = CustomerAct.tenant_id == bank_id(db)
    oldest = await db.scalar(select(func.min(CustomerAct.day_on)).where(mine))
    if oldest is None or oldest >= limit:
        return None
    await hold(db)
    await db.execute(delete(CustomerAct).where(mine, CustomerAct.day_on == oldest))
    told = ListAct.tenant_id == bank_id(db)
    await db.execute(delete(ListAct).where(told, ListAct.day_on <= oldest))
    await db.execute(
        delete(AudienceBitmap).where(
            AudienceBitmap.tenant_id == bank_id(db),
            AudienceBitmap.dim == "did",
            AudienceBitmap.key < str(oldest + timedelta(days=1)),
        )
    )
    return oldest


def _oldest(today: date) -> date:
    return today - timedelta(days=KEPT_DAYS)
