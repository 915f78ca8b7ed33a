"""Writes of what a bank keeps in the store: room taken before a file is put there, and measured."""

from datetime import datetime

from sqlalchemy import func, update

from contenthub.db import Write
from contenthub.tenants import queries_banks
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id


async def take_room(db: Write, size_bytes: int) -> None:
    """Take room for a file that is about to be stored; two at once do not take the same.

    A file that is then not stored gives its room back at the next measurement.

    Raises:
        QuotaReached: the bank's store does not hold it.
    """
    await hold_room(db, size_bytes)
    await db.execute(
        update(Bank)
        .where(Bank.id == bank_id(db))
        .values(stored_added_bytes=Bank.stored_added_bytes + size_bytes)
    )


async def hold_room(db: Write, size_bytes: int) -> None:
    """Let nobody else take room until this transaction ends, whose own row counts the bytes.

    Raises:
        QuotaReached: the bank's store does not hold them.
    """
    await queries_banks.lock_quotas(db)
    await queries_banks.check_storage(db, size_bytes)


async def measured(db: Write, size_bytes: int, *, added_bytes: int, at: datetime) -> None:
    """Write down what the store was found to hold at `at`, `added_bytes` of before within it."""
    left = func.greatest(Bank.stored_added_bytes - added_bytes, 0)
    await db.execute(
        update(Bank)
        .where(Bank.id == bank_id(db))
        .values(stored_bytes=size_bytes, stored_at=at, stored_added_bytes=left)
    )
