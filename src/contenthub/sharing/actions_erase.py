"""Erasing a person from what they left: the figures stay, name and phone go."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from contenthub.db import Write
from contenthub.sharing.actions_known import forget_browsers
from contenthub.sharing.models import Lead, Signup
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring

ERASED = "已删除"
Row = TypeVar("Row", Lead, Signup)


async def erase_person(db: Write, phone_index: bytes, *, by: Staff, at: datetime) -> int:
    """Take name and phone out of every lead and sign-up of a phone; return how many there were.

    Their browsers are nobody's again, for good.
    """
    await forget_browsers(db, phone_index)
    leads = await _rows(db, Lead, phone_index)
    signups = await _rows(db, Signup, phone_index)
    for lead in leads:
        _blank(db, "leads", lead)
    for signup in signups:
        _blank(db, "signups", signup)
    count = len(leads) + len(signups)
    if count:
        tenants.record(db, "person.erased", "lead", None, by=by, at=at, rows=count)
    return count


async def _rows(db: Write, model: type[Row], phone_index: bytes) -> Sequence[Row]:
    found = await db.scalars(
        select(model)
        .where(model.tenant_id == bank_id(db), model.phone_index == phone_index)
        .with_for_update()
    )
    return found.all()


def _blank(db: Write, table: str, row: Lead | Signup) -> None:
    ring, bank = keyring(db), bank_id(db)
    row.name_sealed = ring.seal(bank, f"{table}.name:{row.id}", "")
    row.phone_sealed = ring.seal(bank, f"{table}.phone:{row.id}", "")
    row.name_masked = row.phone_masked = ERASED
    row.note = ""
    # The index stays unique per item, and finds nobody: no phone reads like this.
    row.phone_index = ring.index(bank, f"erased:{row.id}")
