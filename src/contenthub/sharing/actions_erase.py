"""Erasing a person from what they left: the figures stay, name and phone go."""

from datetime import datetime

from sqlalchemy import select

from contenthub.db import Write
from contenthub.sharing.models import Lead, Signup
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring

ERASED = "已删除"


async def erase_person(db: Write, phone_index: bytes, *, by: Staff, at: datetime) -> int:
    """Take name and phone out of every lead and sign-up of a phone; return how many there were."""
    count = 0
    for table, model in (("leads", Lead), ("signups", Signup)):
        for row in await db.scalars(
            select(model)
            .where(model.tenant_id == bank_id(db), model.phone_index == phone_index)
            .with_for_update()
        ):
            _blank(db, table, row)
            count += 1
    if count:
        tenants.record(db, "person.erased", "lead", None, by=by, at=at, rows=count)
    return count


def _blank(db: Write, table: str, row: Lead | Signup) -> None:
    ring, bank = keyring(db), bank_id(db)
    row.name_sealed = ring.seal(bank, f"{table}.name:{row.id}", "")
    row.phone_sealed = ring.seal(bank, f"{table}.phone:{row.id}", "")
    row.name_masked = row.phone_masked = ERASED
    # The index stays unique per item, and finds nobody: no phone reads like this.
    row.phone_index = ring.index(bank, f"erased:{row.id}")
