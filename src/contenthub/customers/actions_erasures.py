"""Writes of erasures: who asked to be erased is not brought back by the next file.

What is kept is a keyed blind index of the phone, made for this purpose alone: it names
nobody, equals no other index of ours, and without the bank's key finds nothing.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import queries
from contenthub.customers.models import ErasedPhone
from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def remember(db: Write, phone: str, *, at: datetime) -> None:
    """Remember that the owner of a phone asked to be erased."""
    said = insert(ErasedPhone).values(
        tenant_id=bank_id(db), phone_index=queries.erased_index(db, phone), erased_at=at
    )
    await db.execute(
        said.on_conflict_do_update(
            index_elements=["tenant_id", "phone_index"], set_={"erased_at": at}
        )
    )


async def lift(db: Write, phone: str, *, text_version: str, by: Staff, at: datetime) -> bool:
    """Forget that a phone's owner asked to be erased, for they agreed anew to `text_version`.

    Returns whether they had asked; the agreement is an audit entry.
    """
    gone = await db.scalar(
        delete(ErasedPhone)
        .where(
            ErasedPhone.tenant_id == bank_id(db),
            ErasedPhone.phone_index == queries.erased_index(db, phone),
        )
        .returning(ErasedPhone.erased_at)
    )
    if gone is None:
        return False
    tenants.record(db, "erasure.lifted", "customer", None, by=by, at=at, text_version=text_version)
    return True
