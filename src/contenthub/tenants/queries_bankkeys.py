"""Reads of a bank's data keys, and of what is sealed by which."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, text

from contenthub.db import Base, Platform, Read
from contenthub.errors import NotFound
from contenthub.tenants import bankkeys, envelope, sealedcolumns
from contenthub.tenants.models import Staff
from contenthub.tenants.models_security import BankKey
from contenthub.tenants.sealedcolumns import SealedTable
from contenthub.tenants.sealing import bank_id

HEADER_BYTES = 3


async def data_keys(db: Read, *, lock: bool = False) -> Sequence[BankKey]:
    """Return the bank's data keys, newest first (its root is none)."""
    query = select(BankKey).where(BankKey.tenant_id == bank_id(db), BankKey.no > envelope.ROOT)
    query = query.order_by(BankKey.no.desc())
    return (await db.scalars(query.with_for_update() if lock else query)).all()


async def active_key(db: Read) -> BankKey | None:
    """Return the key that seals now, or None before a bank's first."""
    return next((k for k in await data_keys(db) if k.state == bankkeys.ACTIVE), None)


async def first_admin(db: Read) -> Staff:
    """Return the bank's longest-serving administrator: who an operator's command works for.

    Raises:
        NotFound: the bank has none.
    """
    found = await db.scalar(
        select(Staff)
        .where(Staff.tenant_id == bank_id(db), Staff.roles.contains(["bank_admin"]))
        .order_by(Staff.created_at)
        .limit(1)
    )
    if found is None:
        raise NotFound("这家银行还没有管理员，请先用 contenthub staff invite 新增")
    return found


def stale(known: SealedTable, header: bytes) -> ColumnElement[bool]:
    """Return the condition of rows with a value that another key than `header`'s sealed."""
    table = table_of(known)
    return or_(
        *(
            and_(
                table.c[name] != b"",
                func.substring(table.c[name], 1, HEADER_BYTES) != header,
            )
            for name, _ in known.columns
        )
    )


def table_of(known: SealedTable) -> Table:
    """Return the table that a room registered."""
    return Base.metadata.tables[known.table]


async def stale_rows(db: Read, header: bytes) -> int:
    """Return how many rows of the bank hold a value not sealed by `header`'s key."""
    found = 0
    for known in sealedcolumns.tables():
        table = table_of(known)
        query = select(func.count()).where(table.c.tenant_id == bank_id(db), stale(known, header))
        found += int(await db.scalar(query.select_from(table)) or 0)
    return found


async def stale_batch(
    db: Read, known: SealedTable, header: bytes, *, after: UUID, limit: int
) -> Sequence[Any]:
    """Return (id, value of each column) of rows still to be sealed anew, by id after `after`."""
    table = table_of(known)
    columns = [table.c[name] for name, _ in known.columns]
    rows = await db.execute(
        select(table.c.id, *columns)
        .where(table.c.tenant_id == bank_id(db), table.c.id > after, stale(known, header))
        .order_by(table.c.id)
        .limit(limit)
    )
    return rows.all()


async def banks_with_due_keys(db: Platform, *, limit: int = 100) -> list[UUID]:
    """Return banks without a data key, and those whose waiting key may be used."""
    rows = await db.execute(
        text(
            "select b.id from banks b where b.state in ('active', 'suspended') and not exists "
            "(select 1 from bank_keys k where k.tenant_id = b.id and k.no > 0) "
            "union select k.tenant_id from bank_keys k where k.state = 'waiting' "
            "and k.created_at <= clock_timestamp() - make_interval(secs => :wait) limit :limit"
        ),
        {"wait": bankkeys.WAIT.total_seconds(), "limit": limit},
    )
    return [row[0] for row in rows]
