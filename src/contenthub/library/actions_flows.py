"""Writes of a bank's review flows and reasons; they hold for what is submitted afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.library import flows, queries_flows
from contenthub.library.flows import FlowStep
from contenthub.library.models_reviews import ReviewFlow, ReviewReasons
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def set_flow(
    db: Write, subject: str, said: Sequence[Mapping[str, Any]], *, by: Staff, at: datetime
) -> tuple[FlowStep, ...]:
    """Set the steps of a kind of item, of 'template' or 'push'; what waits keeps its own.

    Raises:
        Invalid: an unknown subject, or wrong steps, each field named.
    """
    before = await queries_flows.flow(db, subject)
    steps = flows.checked(said)
    values = {
        "steps": [step.as_dict() for step in steps],
        "updated_by": by.id,
        "updated_at": at,
    }
    await db.execute(
        insert(ReviewFlow)
        .values(tenant_id=bank_id(db), subject=subject, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "subject"], set_=values)
    )
    await _forget(db, ReviewFlow, subject)
    _record(db, subject, before, steps, by=by, at=at)
    return steps


async def reset_flow(db: Write, subject: str, *, by: Staff, at: datetime) -> tuple[FlowStep, ...]:
    """Let the default steps hold again for a subject; silent if they do."""
    before = await queries_flows.flow(db, subject)
    own = await db.get(ReviewFlow, (bank_id(db), subject), with_for_update=True)
    if own is None:
        return before
    await db.delete(own)
    await db.flush()
    steps = await queries_flows.default_flow(db)
    _record(db, subject, before, steps, by=by, at=at)
    return steps


def _record(
    db: Write,
    subject: str,
    before: tuple[FlowStep, ...],
    after: tuple[FlowStep, ...],
    *,
    by: Staff,
    at: datetime,
) -> None:
    tenants.record(
        db,
        "review_flow.changed",
        "bank",
        bank_id(db),
        by=by,
        at=at,
        flow=flows.SUBJECTS[subject],
        steps_before=words(before),
        steps_after=words(after),
    )


def words(steps: Sequence[FlowStep]) -> str:
    """Return steps in one line, for the trail: 业务初审（业务审核员，8 小时）→ …."""
    return " → ".join(f"{s.name}（{s.whose}，{s.hours} 工作小时）" for s in steps)


async def set_reasons(db: Write, said: Sequence[str], *, by: Staff, at: datetime) -> list[str]:
    """Set the reasons for a return that reviewers pick from; raises Invalid (`reasons`)."""
    reasons = flows.checked_reasons(said)
    values = {"reasons": reasons, "updated_by": by.id, "updated_at": at}
    await db.execute(
        insert(ReviewReasons)
        .values(tenant_id=bank_id(db), **values)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )
    await _forget(db, ReviewReasons)
    tenants.record(db, "review_reasons.changed", "bank", bank_id(db), by=by, at=at, reasons=reasons)
    return reasons


async def _forget(db: Write, model: type[ReviewFlow] | type[ReviewReasons], *key: str) -> None:
    """Let the session read a row anew that was written past it."""
    known = await db.get(model, (bank_id(db), *key))
    if known is not None:
        await db.refresh(known)
