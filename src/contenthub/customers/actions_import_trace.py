"""What a batch of a file did is kept with it, so that the whole import can be taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers.actions_import import Trace
from contenthub.customers.actions_known import Change, Known
from contenthub.customers.models_imports import ImportChange, ImportStep
from contenthub.db import Write
from contenthub.tenants.sealing import bank_id, keyring

REMARK = "remark"


def change_id(job_id: UUID, no: int) -> UUID:
    """Return the id of what an import changed of a customer: one, however many lines say it."""
    return uuid5(job_id, str(no))


async def keep(db: Write, job_id: UUID, last_line: int, trace: Trace, *, at: datetime) -> None:
    """Keep what the batch of a load that ends at `last_line` wrote, and what was there before."""
    db.add(
        ImportStep(
            tenant_id=bank_id(db),
            job_id=job_id,
            last_line=last_line,
            at=at,
            people=trace.people.serialize(),
            added=trace.added.serialize(),
            tags_put=trace.tags_put,
            tags_were=msgspec.to_builtins(list(trace.tags_were)),
            refusals_were=msgspec.to_builtins(list(trace.refusals_were)),
        )
    )
    if not trace.changes:
        return
    statement = insert(ImportChange)
    new = statement.excluded
    # Of a customer whom two batches changed, the first one's `was` holds, and the last one's time.
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "id"],
        set_={
            "at": new.at,
            "was": new.was.op("||")(ImportChange.was),
            "name_sealed": _first(ImportChange.name_sealed, new.name_sealed),
            "remark_sealed": _first(ImportChange.remark_sealed, new.remark_sealed),
        },
    )
    await db.execute(statement, [_row(db, job_id, one, trace, at=at) for one in trace.changes])


def _first(kept: Any, new: Any) -> Any:
    return func.coalesce(func.nullif(kept, b""), new)


def _row(
    db: Write, job_id: UUID, change: Change, trace: Trace, *, at: datetime
) -> dict[str, object]:
    before, after = change.before, change.after
    was = {
        name: value
        for name, value, now in zip(Known._fields, before, after, strict=True)
        if value != now
    }
    name, remark = trace.sealed[before.no]
    if remark is not None:
        was[REMARK] = True
    row_id = change_id(job_id, before.no)
    return {
        "tenant_id": bank_id(db),
        "id": row_id,
        "job_id": job_id,
        "customer_no": before.no,
        "at": at,
        "was": msgspec.to_builtins(was),
        "name_sealed": _moved(db, f"name:{before.id}", name, to=f"name:{row_id}"),
        "remark_sealed": _moved(db, f"remark:{before.id}", remark, to=f"remark:{row_id}"),
        "reason": "",
    }


def _moved(db: Write, place: str, sealed: bytes | None, *, to: str) -> bytes:
    """Return what was sealed for a customer's row, sealed for the row that remembers it."""
    if not sealed:
        return b""
    ring, bank = keyring(db), bank_id(db)
    return ring.seal(bank, f"import_changes.{to}", ring.open(bank, f"customers.{place}", sealed))
