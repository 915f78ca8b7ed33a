"""Reads of what was changed of a customer by hand."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select

from contenthub.customers.models_changes import CustomerChange
from contenthub.customers.rows import LABELS
from contenthub.db import Read
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring


@dataclass(frozen=True, slots=True)
class Changed:
    """Who changed what when: (field, label, before, after) as cells, empty for nothing."""

    at: datetime
    by: str
    fields: list[tuple[str, str, str, str]]


async def changes_of(db: Read, customer_no: int, *, limit: int = 20) -> list[Changed]:
    """Return the changes of a customer, the newest first."""
    bank, ring = bank_id(db), keyring(db)
    rows = await db.execute(
        select(CustomerChange, Staff.name)
        .join(
            Staff,
            (Staff.tenant_id == CustomerChange.tenant_id) & (Staff.id == CustomerChange.changed_by),
        )
        .where(CustomerChange.tenant_id == bank, CustomerChange.customer_no == customer_no)
        .order_by(CustomerChange.changed_at.desc(), CustomerChange.id.desc())
        .limit(limit)
    )
    found = []
    for change, by in rows:
        place = f"customer_changes.changes:{change.id}"
        said = msgspec.json.decode(
            ring.open(bank, place, change.changes_sealed), type=dict[str, tuple[str, str]]
        )
        fields = [(name, LABELS[name], was, now) for name, (was, now) in said.items()]
        found.append(Changed(change.changed_at, by, fields))
    return found
