"""Sealing everything anew by the bank's newest data key, while people go on working.

claim → (one batch: read, seal, compare and set)* → another pass for what was written meanwhile
→ retire the keys before. Each step is a transaction of its own; a killed worker's lease runs
out and another goes on behind the last row of `result`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, bindparam, column, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from contenthub.db import Write, clock
from contenthub.errors import Invalid
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_bankkeys, queries, queries_bankkeys, sealedcolumns
from contenthub.tenants.bankkeys import WAIT, KeyBusy
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealedcolumns import SealedTable
from contenthub.tenants.sealing import RECHECK_SECONDS, Keyring, bank_id, keyring

KIND = "keys.rotate"
JOB = "tenants.rotate_keys"
LEASE = timedelta(seconds=60)
BATCH = 1_000
HEARD = timedelta(seconds=2 * RECHECK_SECONDS)
"""So long after its activation every process seals with the new key, and has committed."""
SHOWN_FAULTS = 20
START = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed rotation: whose lease it is, and behind which row it stands."""

    job_id: UUID
    lease_until: datetime
    header: bytes
    table: int
    after: UUID


async def start_rotation(db: Write, *, by: Staff | None, at: datetime) -> LongJob:
    """Make the bank's next data key and the long job that seals everything anew with it.

    Raises:
        KeyBusy: a rotation is under way.
    """
    for known in await queries.long_jobs(db, KIND):
        if known.state in ("queued", "running"):
            raise KeyBusy()
    key = await actions_bankkeys.make_key(db, by=by, at=at)
    person = by or await queries_bankkeys.first_admin(db)
    title = f"数据密钥轮换：启用第 {key.no} 号密钥"
    job = tenants.start_job(db, KIND, title, params={"no": key.no}, by=person, at=at)
    # Nobody has it before the key may be used: the sweep finds a lease that ran out.
    job.lease_until = key.created_at + WAIT
    job.message = "新密钥正在分发到各个进程，约 30 秒后开始"
    tenants.record(db, "data_key.rotation_started", "job", job.id, by=by, at=at, no=key.no)
    enqueue(db, JOB, job_id=job.id)
    return job


async def claim(db: Write, job_id: UUID, *, at: datetime) -> Turn | None:
    """Take the rotation for one lease, or return None: not yet, somebody has it, or it ended."""
    job = await queries.free_job(db, job_id, KIND)
    if job is None:
        return None
    await actions_bankkeys.activate_key(db, at=at)
    key = await queries_bankkeys.active_key(db)
    if key is None or key.no != job.params["no"]:
        return None
    await keyring(db).reload(db, bank_id(db))
    header = keyring(db).current(bank_id(db))
    if job.state == "queued":
        job.total = await queries_bankkeys.stale_rows(db, header)
        job.result = {"table": 0, "after": str(START), "failed": 0, "faults": [], "passes": 1}
    job.state, job.lease_until, job.message = (
        "running",
        await clock(db) + LEASE,
        "正在用新密钥重新加密",
    )
    return _turn(job, header, job.lease_until)


def _turn(job: LongJob, header: bytes, lease_until: datetime) -> Turn:
    at = job.result
    return Turn(job.id, lease_until, header, int(at["table"]), UUID(at["after"]))


async def seal_batch(db: Write, turn: Turn, *, at: datetime) -> Turn | None:
    """Seal the next rows anew; None when all is done, or the rotation was taken away."""
    job = await queries.long_job(db, turn.job_id, lock=True)
    if job.state != "running" or job.lease_until != turn.lease_until:
        return None
    tables = sealedcolumns.tables()
    if turn.table >= len(tables):
        return await _end_of_pass(db, job, turn, at=at)
    known = tables[turn.table]
    rows = await queries_bankkeys.stale_batch(db, known, turn.header, after=turn.after, limit=BATCH)
    changed, faults = _sealed_anew(keyring(db), bank_id(db), known, rows=rows, header=turn.header)
    done = await _compare_and_set(db, known, changed)
    table, after = (turn.table, rows[-1][0]) if len(rows) == BATCH else (turn.table + 1, START)
    job.done, job.position = job.done + done, job.position + len(rows)
    job.total = max(job.total, job.done)
    job.result = {
        **job.result,
        "table": table,
        "after": str(after),
        "failed": int(job.result["failed"]) + len(faults),
        "faults": (job.result["faults"] + faults)[:SHOWN_FAULTS],
    }
    return await _renewed(db, job, turn)


async def _renewed(db: Write, job: LongJob, turn: Turn) -> Turn:
    job.lease_until = await clock(db) + LEASE
    return _turn(job, turn.header, job.lease_until)


def _sealed_anew(
    ring: Keyring, bank: UUID, known: SealedTable, *, rows: Sequence[Any], header: bytes
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Return (id, old and new value of each column) of rows, and the rows that do not open."""
    changed, faults = [], []
    for row_id, *values in rows:
        try:
            new = [
                value
                if not value or value.startswith(header)
                else _anew(ring, bank, f"{place}:{row_id}", value)
                for value, (_, place) in zip(values, known.columns, strict=True)
            ]
        except Invalid:
            faults.append(f"{known.table}:{row_id}")
            continue
        changed.append((row_id, *values, *new))
    return changed, faults


def _anew(ring: Keyring, bank: UUID, place: str, value: bytes) -> bytes:
    return ring.seal(bank, place, ring.open(bank, place, value))


async def _compare_and_set(db: Write, known: SealedTable, changed: list[tuple[Any, ...]]) -> int:
    """Write the new values of rows whose old ones still stand; return how many did.

    A row that somebody edited meanwhile keeps the edit: the next pass meets it again.
    """
    if not changed:
        return 0
    table, width = queries_bankkeys.table_of(known), len(known.columns)
    names = ["id", *(f"old{i}" for i in range(width)), *(f"new{i}" for i in range(width))]
    arrays = [
        bindparam(None, list(values), ARRAY(Uuid() if name == "id" else LargeBinary()))
        for name, values in zip(names, zip(*changed, strict=True), strict=True)
    ]
    given = func.unnest(*arrays).table_valued(*(column(n) for n in names)).render_derived("v")
    columns = [table.c[name] for name, _ in known.columns]
    done = await db.execute(
        update(table)
        .where(table.c.tenant_id == bank_id(db), table.c.id == given.c.id)
        .where(*(c == given.c[f"old{i}"] for i, c in enumerate(columns)))
        .values({c.name: given.c[f"new{i}"] for i, c in enumerate(columns)})
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result counts its rows


async def _end_of_pass(db: Write, job: LongJob, turn: Turn, *, at: datetime) -> Turn | None:
    """Finish when nothing is left; else rest until all have heard of the key, or pass again."""
    key = await queries_bankkeys.active_key(db)
    now = await clock(db)
    heard_at = (key.activated_at if key and key.activated_at else now) + HEARD
    failed = int(job.result["failed"])
    left = await queries_bankkeys.stale_rows(db, turn.header)
    if now >= heard_at and left <= failed:
        await _finish(db, job, left=left, at=at)
        return None
    again = {**job.result, "table": 0, "after": str(START), "failed": 0, "faults": []}
    job.result = {**again, "passes": int(job.result["passes"]) + 1}
    if now < heard_at and left <= failed:
        job.lease_until, job.message = heard_at, "正在等所有进程改用新密钥，随后做最后核对"
        return None
    return await _renewed(db, job, turn)


async def _finish(db: Write, job: LongJob, *, left: int, at: datetime) -> None:
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.total = job.done
    job.message = f"已用新密钥重新加密 {job.done} 行"
    if left:
        job.message += f"；有 {left} 行无法解密，旧密钥保留，请联系技术支持核对"
    else:
        await actions_bankkeys.retire_keys(db, at=at)
    tenants.record(
        db, "data_key.rotated", "job", job.id, by=None, at=at, no=job.params["no"], rows=job.done
    )
