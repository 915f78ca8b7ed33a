"""Writes of the drain: from the inbox to visits and every roll-up, exactly once.

One transaction takes batches out of the inbox, adds the visits that were not there yet
and counts just those, so neither a replayed beacon nor a killed worker counts twice.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contenthub import log
from contenthub.db import Platform, savepoint
from contenthub.sharing.actions_known import View, viewed
from contenthub.sharing.inbox import FETCH, VIEW, Seen, unpack
from contenthub.sharing.tokens import instant

BATCHES = 200
"""Inbox rows taken by one transaction; it stays well under a second."""
_LOCK = 0x76697369
"""The advisory lock of the drain: two drains at once would only wait for each other."""
_TOKEN_LIFE = timedelta(hours=25)
_CLOCKS_APART = timedelta(minutes=10)
_DAY_MS = 86_400_000

_NOBODYS_FAULT = ("08", "40", "53", "55P03", "57")
"""SQLSTATEs of a lost connection, a deadlock, a full disk, a lock not had, a stop or time-out."""

Key = tuple[UUID, ...]


async def drain(db: Platform, *, at: datetime) -> int:
    """Move up to BATCHES inbox rows into visits and roll-ups; return how many rows it took.

    A batch that cannot be read or stored is set aside in the inbox with its error and
    the others go on without it.
    """
    if not (await db.execute(text("select pg_try_advisory_xact_lock(:k)"), {"k": _LOCK})).scalar():
        return 0
    rows = await db.execute(
        text(
            "select id, packed, received_at from visit_inbox where set_aside_at is null "
            "order by id limit :n for update skip locked"
        ),
        {"n": BATCHES},
    )
    readable: dict[int, list[Seen]] = {}
    taken = 0
    for row_id, packed, received_at in rows.all():
        taken += 1
        try:
            readable[row_id] = _plausible(unpack(packed), received_at)
        except (msgspec.DecodeError, ValueError, OverflowError) as error:
            await _set_aside(db, row_id, error, at=at)
    await _leave_out_erased(db, readable)
    if readable and await _refused(db, readable) is not None:
        for row_id, batch in readable.items():
            await _move_alone(db, row_id, batch, at=at)
    return taken


async def _leave_out_erased(db: Platform, batches: dict[int, list[Seen]]) -> None:
    """Take visits of banks that were erased out of their batches: nothing of them may return."""
    said = {seen.bank for batch in batches.values() for seen in batch if len(seen.bank) == 16}
    rows = await db.scalars(
        text("select id from banks where id = any(cast(:ids as uuid[]))"),
        {"ids": [UUID(bytes=bank) for bank in said]},
    )
    there = {found.bytes for found in rows}
    for row_id, batch in batches.items():
        batches[row_id] = [seen for seen in batch if seen.bank in there]


def _plausible(batch: list[Seen], received_at: datetime) -> list[Seen]:
    for seen in batch:
        age = received_at - instant(seen.at_us)
        fine = (
            seen.kind in (FETCH, VIEW)
            and -_CLOCKS_APART <= age <= _TOKEN_LIFE
            and 0 <= seen.dwell_ms <= _DAY_MS
            and all(len(i) == 16 for i in (seen.bank, seen.link, seen.item, seen.employee, seen.id))
            and (seen.visitor is None or len(seen.visitor) == 16)
        )
        if not fine:
            raise ValueError(f"implausible visit {seen.id.hex()}")
    return batch


async def _refused(db: Platform, batches: dict[int, list[Seen]]) -> Exception | None:
    """Move batches, all or none; return why they cannot be moved, None when they were.

    Whatever a record breaks, it breaks alone: only a database that is away, busy or full is
    nobody's fault, and raised.
    """
    try:
        async with savepoint(db):
            await _record(db, [seen for batch in batches.values() for seen in batch])
            await db.execute(
                text("delete from visit_inbox where id = any(cast(:ids as bigint[]))"),
                {"ids": list(batches)},
            )
    except (OSError, TimeoutError):
        raise
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", "") or "")
        if error.connection_invalidated or state.startswith(_NOBODYS_FAULT):
            raise
        return error
    except Exception as error:
        return error
    return None


async def _move_alone(db: Platform, row_id: int, batch: list[Seen], *, at: datetime) -> None:
    error = await _refused(db, {row_id: batch})
    if error is not None:
        await _set_aside(db, row_id, error, at=at)


async def _set_aside(db: Platform, row_id: int, error: Exception, *, at: datetime) -> None:
    log.event("visits.set_aside", level=logging.ERROR, inbox_id=row_id, error=str(error)[:200])
    await db.execute(
        text("update visit_inbox set set_aside_at = :at, error = :e where id = :id"),
        {"at": at, "e": str(error)[:500], "id": row_id},
    )


async def _record(db: Platform, batch: list[Seen]) -> None:
    unique: dict[tuple[bytes, int, bytes, str], Seen] = {}
    for seen in batch:
        key = (seen.bank, seen.at_us, seen.id, seen.kind)
        if key not in unique or unique[key].dwell_ms < seen.dwell_ms:
            unique[key] = seen
    paths = await _paths(db, unique.values())
    known = [s for s in unique.values() if (UUID(bytes=s.bank), UUID(bytes=s.link)) in paths]
    for month in {instant(s.at_us).strftime("%Y-%m-01") for s in known}:
        await db.execute(
            text("select ensure_visit_month(cast(cast(:m as text) as date))"), {"m": month}
        )
    fresh = await _insert(db, known)
    await _lengthen(db, [s for s in known if s.dwell_ms and _key(s) not in fresh])
    new = [s for s in known if _key(s) in fresh]
    zones = await _zones(db, {UUID(bytes=s.bank) for s in new})
    await _count_links(db, new, paths)
    await _count_days(db, new, zones)
    views = [s for s in new if s.kind == VIEW and s.visitor]
    await _tell(db, views, await _greet(db, views), zones)


def _key(seen: Seen) -> tuple[UUID, datetime, UUID, str]:
    return UUID(bytes=seen.bank), instant(seen.at_us), UUID(bytes=seen.id), seen.kind


async def _paths(db: Platform, batch: Iterable[Seen]) -> dict[tuple[UUID, UUID], list[UUID]]:
    pairs = sorted({(s.bank, s.link) for s in batch})
    rows = await db.execute(
        text(
            "select l.tenant_id, l.id, l.path from unnest(cast(:banks as uuid[]), "
            "cast(:links as uuid[])) as wanted (bank, link) "
            "join links l on l.tenant_id = wanted.bank and l.id = wanted.link"
        ),
        {
            "banks": [UUID(bytes=bank) for bank, _ in pairs],
            "links": [UUID(bytes=link) for _, link in pairs],
        },
    )
    return {(bank, link): path for bank, link, path in rows}


async def _zones(db: Platform, banks: set[UUID]) -> dict[UUID, ZoneInfo]:
    rows = await db.execute(
        text("select id, zone from banks where id = any(cast(:ids as uuid[]))"),
        {"ids": list(banks)},
    )
    return {bank: ZoneInfo(zone) for bank, zone in rows}


async def _insert(db: Platform, batch: list[Seen]) -> set[tuple[UUID, datetime, UUID, str]]:
    rows = await db.execute(
        text(
            "insert into visits (tenant_id, at, id, kind, link_id, item_id, employee_id, "
            "visitor_id, dwell_ms) select * from unnest(cast(:bank as uuid[]), "
            "cast(:at as timestamptz[]), cast(:id as uuid[]), cast(:kind as text[]), "
            "cast(:link as uuid[]), cast(:item as uuid[]), cast(:employee as uuid[]), "
            "cast(:visitor as uuid[]), cast(:dwell as int[])) "
            "on conflict do nothing returning tenant_id, at, id, kind"
        ),
        {
            "bank": [UUID(bytes=s.bank) for s in batch],
            "at": [instant(s.at_us) for s in batch],
            "id": [UUID(bytes=s.id) for s in batch],
            "kind": [s.kind for s in batch],
            "link": [UUID(bytes=s.link) for s in batch],
            "item": [UUID(bytes=s.item) for s in batch],
            "employee": [UUID(bytes=s.employee) for s in batch],
            "visitor": [UUID(bytes=s.visitor) if s.visitor else None for s in batch],
            "dwell": [s.dwell_ms for s in batch],
        },
    )
    return {(bank, at, visit, kind) for bank, at, visit, kind in rows}


async def _lengthen(db: Platform, batch: list[Seen]) -> None:
    for seen in batch:
        bank, at, visit, kind = _key(seen)
        await db.execute(
            text(
                "update visits set dwell_ms = greatest(dwell_ms, :dwell) "
                "where tenant_id = :bank and at = :at and id = :id and kind = :kind"
            ),
            {"dwell": seen.dwell_ms, "bank": bank, "at": at, "id": visit, "kind": kind},
        )


async def _count_links(
    db: Platform, batch: list[Seen], paths: dict[tuple[UUID, UUID], list[UUID]]
) -> None:
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for seen in batch:
        bank, link = UUID(bytes=seen.bank), UUID(bytes=seen.link)
        found[bank, link][seen.kind] += 1
        if seen.kind == VIEW:
            for above in paths[bank, link]:
                found[bank, above]["sub"] += 1
    await _add_up(db, _LINK_STATS, {k: [c[FETCH], c[VIEW], c["sub"]] for k, c in found.items()})


async def _count_days(db: Platform, batch: list[Seen], zones: dict[UUID, ZoneInfo]) -> None:
    by_employee: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    by_item: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for seen in batch:
        bank, employee = UUID(bytes=seen.bank), UUID(bytes=seen.employee)
        day_on = instant(seen.at_us).astimezone(zones[bank]).date()
        by_employee[bank, employee, day_on][seen.kind] += 1
        by_item[bank, UUID(bytes=seen.item), employee, day_on][seen.kind] += 1
    for statement, found in ((_EMPLOYEE_DAYS, by_employee), (_ITEM_DAYS, by_item)):
        await _add_up(db, statement, {k: [c[FETCH], c[VIEW]] for k, c in found.items()})


async def _add_up(db: Platform, statement: str, found: dict[tuple[Any, ...], list[int]]) -> None:
    """Run `statement` with the keys as arrays k0, k1 … and the numbers as n0, n1 ….

    Keys are locked in their order, as the forms' transactions do, so nobody deadlocks.
    """
    if not found:
        return
    keys = sorted(found)
    params: dict[str, list[Any]] = {f"k{n}": [key[n] for key in keys] for n in range(len(keys[0]))}
    for n in range(len(found[keys[0]])):
        params[f"n{n}"] = [found[key][n] for key in keys]
    await db.execute(text(statement), params)


_LINK_STATS = """
insert into link_stats as s (tenant_id, link_id, fetches, views, sub_views,
  leads, signups, shares, sub_leads, sub_signups)
select k0, k1, n0, n1, n2, 0, 0, 0, 0, 0
from unnest(cast(:k0 as uuid[]), cast(:k1 as uuid[]), cast(:n0 as bigint[]),
  cast(:n1 as bigint[]), cast(:n2 as bigint[])) as t (k0, k1, n0, n1, n2)
on conflict (tenant_id, link_id) do update set fetches = s.fetches + excluded.fetches,
  views = s.views + excluded.views, sub_views = s.sub_views + excluded.sub_views
"""
_EMPLOYEE_DAYS = """
insert into employee_days as s (tenant_id, employee_id, day_on, fetches, views,
  leads, signups, shares)
select k0, k1, k2, n0, n1, 0, 0, 0
from unnest(cast(:k0 as uuid[]), cast(:k1 as uuid[]), cast(:k2 as date[]),
  cast(:n0 as bigint[]), cast(:n1 as bigint[])) as t (k0, k1, k2, n0, n1)
on conflict (tenant_id, employee_id, day_on) do update set
  fetches = s.fetches + excluded.fetches, views = s.views + excluded.views
"""
_ITEM_DAYS = """
insert into item_days as s (tenant_id, item_id, employee_id, day_on, fetches, views,
  leads, signups, shares)
select k0, k1, k2, k3, n0, n1, 0, 0, 0
from unnest(cast(:k0 as uuid[]), cast(:k1 as uuid[]), cast(:k2 as uuid[]),
  cast(:k3 as date[]), cast(:n0 as bigint[]), cast(:n1 as bigint[])) as t (k0, k1, k2, k3, n0, n1)
on conflict (tenant_id, item_id, employee_id, day_on) do update set
  fetches = s.fetches + excluded.fetches, views = s.views + excluded.views
"""


async def _greet(db: Platform, batch: list[Seen]) -> dict[Key, tuple[bytes, datetime]]:
    """Remember browsers; return whose phone was left from which, and since when."""
    first: dict[tuple[UUID, UUID], Seen] = {}
    last: dict[tuple[UUID, UUID], int] = {}
    for seen in sorted(batch, key=lambda s: s.at_us):
        key = (UUID(bytes=seen.bank), UUID(bytes=seen.visitor or b""))
        first.setdefault(key, seen)
        last[key] = seen.at_us
    keys = sorted(first)
    rows = await db.execute(
        text(
            "insert into visitors as v (tenant_id, id, first_link_id, first_seen_at, last_seen_at) "
            "select * from unnest(cast(:bank as uuid[]), cast(:id as uuid[]), "
            "cast(:link as uuid[]), cast(:first as timestamptz[]), cast(:last as timestamptz[])) "
            "on conflict (tenant_id, id) do update set "
            "last_seen_at = greatest(v.last_seen_at, excluded.last_seen_at) "
            "returning tenant_id, id, phone_index, known_at"
        ),
        {
            "bank": [bank for bank, _ in keys],
            "id": [visitor for _, visitor in keys],
            "link": [UUID(bytes=first[key].link) for key in keys],
            "first": [instant(first[key].at_us) for key in keys],
            "last": [instant(last[key]) for key in keys],
        },
    )
    return {
        (bank, visitor): (phone_index, known_at)
        for bank, visitor, phone_index, known_at in rows
        if phone_index is not None
    }


async def _tell(
    db: Platform,
    batch: list[Seen],
    whose: dict[Key, tuple[bytes, datetime]],
    zones: dict[UUID, ZoneInfo],
) -> None:
    """Note views by people we know, from when they told us who they are."""
    views = []
    for seen in batch:
        bank, at = UUID(bytes=seen.bank), instant(seen.at_us)
        phone_index, known_at = whose.get((bank, UUID(bytes=seen.visitor or b"")), (b"", at))
        if phone_index and at >= known_at:
            on = at.astimezone(zones[bank]).date()
            views.append(View(bank, phone_index, UUID(bytes=seen.item), on))
    await viewed(db, views)
