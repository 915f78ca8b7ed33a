"""Reads of people, branches and keys for lists and forms."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.tenants import access, qualification, queries
from contenthub.tenants.models import ApiKey, Branch, Staff
from contenthub.tenants.sealing import bank_id

Narrowed = TypeVar("Narrowed", bound=Select[*tuple[Any, ...]])
SHARING_ROLES = tuple(role for role in access.ROLES if access.may([role], "links.write"))
"""Roles whose people share, and so need a qualification for financial products."""


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
    qualification: str = ""
    """A standing of qualification.py, of the people at work who share, on the day `on`."""
    on: date | None = None
    is_outside: bool | None = None
    """Only the bank's own people (False), only who comes from outside (True), or everybody."""


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
    query = _narrowed(select(Staff).where(Staff.tenant_id == bank_id(db)), wanted)
    rows = await db.scalars(
        query.where(Staff.staff_no > after).order_by(Staff.staff_no).limit(limit)
    )
    return rows.all()


def _narrowed(query: Narrowed, wanted: Filter) -> Narrowed:
    if wanted.visible_ids is not None:
        query = query.where(Staff.id.in_(wanted.visible_ids))
    if wanted.branch_ids is not None:
        query = query.where(Staff.branch_id.in_(wanted.branch_ids))
    if wanted.is_outside is not None:
        query = query.where(Staff.operator_id.is_not(None) == wanted.is_outside)
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
    if wanted.qualification and wanted.on is not None:
        query = query.where(*_sharing(), _standing(wanted.on) == wanted.qualification)
    return query


def _sharing() -> tuple[ColumnElement[bool], ...]:
    return (Staff.state.in_(("active", "leave")), Staff.roles.overlap(list(SHARING_ROLES)))


def _standing(on: date) -> ColumnElement[str]:
    """Return qualification.standing as SQL: a bank's list is filtered where its rows are."""
    until = Staff.authorised_until
    return case(
        ((Staff.qualification_no == "") | until.is_(None), "missing"),
        (until < on, "ended"),
        (until <= on + qualification.SOON, "ending"),
        else_="valid",
    )


async def qualification_counts(db: Read, wanted: Filter, *, on: date) -> dict[str, int]:
    """Return standing -> how many of the people who share have it, inside the viewer's scope."""
    scope = Filter(visible_ids=wanted.visible_ids, branch_ids=wanted.branch_ids, is_outside=False)
    standing = _standing(on)
    query = _narrowed(
        select(standing, func.count()).where(Staff.tenant_id == bank_id(db), *_sharing()), scope
    )
    rows = await db.execute(query.group_by(standing))
    return dict.fromkeys(qualification.LABELS, 0) | {row[0]: int(row[1]) for row in rows}


async def role_counts(db: Read, *, visible_ids: set[UUID] | None) -> dict[str, int]:
    """Return role -> how many people at work have it, of those one may see (None: all)."""
    role = func.unnest(Staff.roles).label("role")
    query = select(role).where(Staff.tenant_id == bank_id(db), Staff.state != "resigned")
    if visible_ids is not None:
        query = query.where(Staff.id.in_(visible_ids))
    each = query.subquery()
    rows = await db.execute(select(each.c.role, func.count()).group_by(each.c.role))
    return {row[0]: int(row[1]) for row in rows}


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


async def by_ids(db: Read, staff_ids: Collection[UUID]) -> Sequence[Staff]:
    """Return some people of the bank by staff number; ids it does not know are left out."""
    rows = await db.scalars(
        select(Staff)
        .where(Staff.tenant_id == bank_id(db), Staff.id.in_(staff_ids))
        .order_by(Staff.staff_no)
    )
    return rows.all()


async def numbers(db: Read, *, limit: int) -> list[str]:
    """Return staff numbers of employees at work, the first `limit` of them."""
    rows = await db.scalars(
        select(Staff.staff_no)
        .where(Staff.tenant_id == bank_id(db), Staff.state == "active", Staff.staff_no != "")
        .order_by(Staff.staff_no)
        .limit(limit)
    )
    return list(rows)


async def check_number(db: Read, staff_no: str) -> None:
    """Refuse a staff number that is empty or that anybody of the bank has or had.

    Raises:
        Invalid: names who has it (field `staff_no`).
    """
    if not staff_no:
        raise Invalid.of("staff_no", "请填写工号")
    holder = await db.scalar(
        select(Staff).where(Staff.tenant_id == bank_id(db), Staff.staff_no == staff_no)
    )
    if holder is not None:
        raise Invalid.of(
            "staff_no", f"工号 {staff_no} 是{holder.name}的，离职后也不能给别人，请换一个"
        )


async def check_userid(db: Read, userid: str, *, but: UUID | None = None) -> None:
    """Refuse a WeCom userid that somebody else at work has, whatever its case.

    Raises:
        Invalid: names who has it (field `wecom_userid`).
    """
    if not userid:
        return
    holder = await db.scalar(
        select(Staff).where(
            Staff.tenant_id == bank_id(db),
            func.lower(Staff.wecom_userid) == userid.lower(),
            Staff.state != "resigned",
            Staff.id != but if but is not None else true(),
        )
    )
    if holder is not None:
        raise Invalid.of(
            "wecom_userid",
            f"企业微信账号 {userid} 已登记在{holder.name}（工号 {holder.staff_no}）名下，"
            "请核对；如已换人，请先清空对方的",
        )
