"""Reads of people, branches and keys for lists and forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants import queries
from contenthub.tenants.models import ApiKey, Branch, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Filter:
    """Which people a list shows; empty values do not filter."""

    q: str = ""
    """Part of a name, or the start of a staff number, log-in or phone."""
    branch_ids: frozenset[UUID] | None = None
    role: str = ""
    state: str = ""
    visible_ids: frozenset[UUID] | None = None
    """The viewer's data scope: None is the whole bank."""


async def lock(db: Read, staff_id: UUID) -> Staff:
    """Return one person, locked against changes meanwhile; raises NotFound."""
    found = await db.get(
        Staff, (bank_id(db), staff_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise NotFound("没有找到这位员工")
    return found


async def visible(db: Read, staff_id: UUID, *, viewer: Staff) -> Staff:
    """Return one person whom `viewer` may see; raises NotFound for all others."""
    reach = await queries.visible_staff_ids(db, viewer)
    if reach is not None and staff_id not in reach:
        raise NotFound("没有找到这位员工")
    return await queries.staff(db, staff_id)


async def staff_list(
    db: Read, wanted: Filter, *, after: str = "", limit: int = 50
) -> Sequence[Staff]:
    """Return people by staff number, after the number `after`."""
    query = select(Staff).where(Staff.tenant_id == bank_id(db), Staff.staff_no > after)
    if wanted.visible_ids is not None:
        query = query.where(Staff.id.in_(wanted.visible_ids))
    if wanted.branch_ids is not None:
        query = query.where(Staff.branch_id.in_(wanted.branch_ids))
    if wanted.role:
        query = query.where(Staff.roles.contains([wanted.role]))
    if wanted.state:
        query = query.where(Staff.state == wanted.state)
    if text := wanted.q.strip():
        query = query.where(
            or_(
                Staff.name.contains(text, autoescape=True),
                Staff.staff_no.startswith(text, autoescape=True),
                Staff.login.startswith(text, autoescape=True),
                Staff.phone.startswith(text, autoescape=True),
            )
        )
    rows = await db.scalars(query.order_by(Staff.staff_no).limit(limit))
    return rows.all()


async def branch(db: Read, branch_id: UUID) -> Branch:
    """Return one branch; raises NotFound."""
    found = await db.get(Branch, (bank_id(db), branch_id))
    if found is None:
        raise NotFound("没有找到这个机构")
    return found


async def keys(db: Read) -> Sequence[tuple[ApiKey, Staff]]:
    """Return the bank's API keys with their owners, newest first."""
    rows = await db.execute(
        select(ApiKey, Staff)
        .join(Staff, (Staff.tenant_id == ApiKey.tenant_id) & (Staff.id == ApiKey.staff_id))
        .where(ApiKey.tenant_id == bank_id(db))
        .order_by(ApiKey.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


async def keys_of(db: Read, staff_id: UUID) -> Sequence[ApiKey]:
    """Return every key that acts as one person."""
    rows = await db.scalars(
        select(ApiKey).where(ApiKey.tenant_id == bank_id(db), ApiKey.staff_id == staff_id)
    )
    return rows.all()


async def key(db: Read, key_id: UUID, *, lock: bool = False) -> ApiKey:
    """Return one key; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(ApiKey, (bank_id(db), key_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个接口密钥")
    return found


async def by_number_or_login(db: Read, text: str) -> Staff | None:
    """Return the person with this staff number, else with this log-in, or None."""
    rows = await db.scalars(
        select(Staff)
        .where(Staff.tenant_id == bank_id(db), or_(Staff.staff_no == text, Staff.login == text))
        .order_by((Staff.staff_no == text).desc())
        .limit(1)
    )
    return rows.first()
