"""Reads of the backgrounds employees chose for their posters."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.posters import choosing
from contenthub.posters.models import TemplateRevision
from contenthub.posters.models_choices import PosterChoice
from contenthub.tenants.sealing import bank_id


async def chosen(db: Read, revision: TemplateRevision, employee_id: UUID) -> int:
    """Return the number of the background an employee's poster of a revision has; 0 is its own."""
    found = await chosen_by(db, revision, [employee_id])
    return found.get(employee_id, 0)


async def chosen_by(
    db: Read, revision: TemplateRevision, employee_ids: Collection[UUID] | None = None
) -> dict[UUID, int]:
    """Return employee → background of a revision, of those whose poster has another than its own.

    None of `employee_ids` is everybody. Nothing is read for a revision that offers no choice.
    """
    if not choosing.stored_pictures(revision.layers):
        return {}
    table = PosterChoice
    query = select(table.employee_id, table.picture).where(
        table.tenant_id == bank_id(db), table.template_id == revision.template_id
    )
    if employee_ids is not None:
        query = query.where(table.employee_id.in_(employee_ids))
    rows = await db.execute(query)
    numbers = {row[0]: choosing.number_of(revision.layers, row[1]) for row in rows}
    return {employee: number for employee, number in numbers.items() if number}


async def chosen_among(
    db: Read, revisions: Collection[TemplateRevision], employee_id: UUID
) -> dict[UUID, int]:
    """Return revision → background of one employee's posters; those on their own are left out."""
    offering = [one for one in revisions if choosing.stored_pictures(one.layers)]
    if not offering:
        return {}
    table = PosterChoice
    rows = await db.execute(
        select(table.template_id, table.picture).where(
            table.tenant_id == bank_id(db),
            table.template_id.in_([one.template_id for one in offering]),
            table.employee_id == employee_id,
        )
    )
    pictures = {row[0]: row[1] for row in rows}
    numbers = {
        one.id: choosing.number_of(one.layers, pictures.get(one.template_id, ""))
        for one in offering
    }
    return {revision_id: number for revision_id, number in numbers.items() if number}
