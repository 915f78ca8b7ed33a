"""Worker entry of long exports of the audit trail."""

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import actions_audit_export as exports
from contenthub.tenants import auditsheet, queries, queries_audit, queries_audit_names
from contenthub.tenants.models import AuditEntry

Words = Callable[[AuditEntry], tuple[str, str, str]]
"""An entry's event, subject and details as a clerk reads them (web/audit_words.py)."""


@job(exports.JOB)
async def export_audit(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Write the entries that the export `job_id` looks for into a CSV, newest first."""
    async with database.unit_of_work(tenant) as db:
        turn = await exports.claim(db, UUID(ids["job_id"]))
    if turn is None:
        return
    with tempfile.TemporaryDirectory(prefix="contenthub-audit-") as folder:
        path = Path(folder) / "audit.csv"
        ended = await _write(database, tenant, turn, path)
        if ended is None:
            return
        storage = storage_of(database.resources)
        key = f"{tenant}/exports/{turn.job_id}.csv"
        await storage.put_file(key, path, mime="text/csv")
    async with database.unit_of_work(tenant) as db:
        await exports.finish(db, ended, key=key, at=datetime.now(UTC))


def _cells(
    entry: AuditEntry, words: Words, zone: str, *, names: Mapping[UUID, str]
) -> tuple[str, ...]:
    at = entry.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    event, kind, detail = words(entry)
    name = names.get(entry.subject_id, "") if entry.subject_id else ""
    return (at, entry.actor_name, event, kind, name, str(entry.subject_id or ""), detail)


async def _write(
    database: Database, tenant: TenantId, turn: exports.Turn, path: Path
) -> exports.Turn | None:
    words: Words = database.resources["audit_words"]  # type: ignore[assignment]  # house.py puts it there
    before: UUID | None = None
    done, held = 0, turn
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(auditsheet.lines([auditsheet.HEADERS]))
        while done < exports.MOST:
            async with database.reading(tenant) as read:
                zone = (await queries.bank(read)).zone
                some = await queries_audit.trail(
                    read, turn.wanted, before=before, limit=exports.PAGE
                )
                names = await queries_audit_names.names(read, some)
            file.write(auditsheet.lines(_cells(e, words, zone, names=names) for e in some))
            done += len(some)
            async with database.unit_of_work(tenant) as db:
                told = await exports.tell(db, held, done=done)
            if told is None:
                return None
            held = told
            if len(some) < exports.PAGE:
                break
            before = some[-1].id
    return held


@sweep(exports.JOB)
async def due_exports(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return exports that nobody works on."""
    return await queries.idle_jobs(db, exports.KIND)
