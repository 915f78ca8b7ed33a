"""Reads of employees' 「联系我」 codes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from contenthub.db import Platform, Read
from contenthub.posters.models_contact import ContactWay
from contenthub.tenants import outside
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

UNCONNECTED = f"没有「联系我」二维码：{outside.NotConnected.title}"
NO_ACCOUNT = "员工资料里没有企业微信账号，没有「联系我」二维码：请管理员补填"
COMING = "「联系我」二维码正在向企业微信申请，一般几分钟就好，请稍后刷新"
REFUSED = "「联系我」二维码没有申请到："


async def texts(db: Read, staff_ids: Collection[UUID], *, channel: str) -> dict[UUID, str]:
    """Return what people's codes say, by their id; who has none yet is left out."""
    rows = await db.execute(
        select(ContactWay.employee_id, ContactWay.text).where(
            ContactWay.tenant_id == bank_id(db),
            ContactWay.employee_id.in_(staff_ids),
            ContactWay.channel == channel,
            ContactWay.gone_at.is_(None),
            ContactWay.text != "",
        )
    )
    return {row[0]: row[1] for row in rows}


async def lacking(db: Read, people: Sequence[Staff], *, channel: str) -> dict[UUID, str]:
    """Return why people have no code that can be drawn, by their id; who has one is left out."""
    rows = await db.execute(
        select(ContactWay.employee_id, ContactWay.text, ContactWay.problem).where(
            ContactWay.tenant_id == bank_id(db),
            ContactWay.employee_id.in_([one.id for one in people]),
            ContactWay.channel == channel,
            ContactWay.gone_at.is_(None),
        )
    )
    known = {row[0]: (row[1], row[2]) for row in rows}
    without = [one for one in people if not known.get(one.id, ("", ""))[0]]
    if not without:
        return {}
    if not await outside.is_connected(db):
        return {one.id: UNCONNECTED for one in without}
    found = {}
    for one in without:
        _, problem = known.get(one.id, ("", ""))
        if not one.wecom_userid:
            found[one.id] = NO_ACCOUNT
        else:
            found[one.id] = f"{REFUSED}{problem}" if problem else COMING
    return found


async def refusals(db: Read, people: Sequence[Staff], *, channel: str) -> dict[UUID, str]:
    """Return `lacking` without those whose code is on its way, or will be once it is asked for."""
    found = await lacking(db, people, channel=channel)
    return {one: why for one, why in found.items() if why != COMING}


async def config_ids(db: Read) -> set[str]:
    """Return WeCom's numbers of all codes whose answers came."""
    rows = await db.scalars(
        select(ContactWay.config_id).where(
            ContactWay.tenant_id == bank_id(db), ContactWay.config_id != ""
        )
    )
    return set(rows)


def is_over() -> ColumnElement[bool]:
    """Return the condition of codes that lead to nobody: who left, or has another account."""
    return exists().where(
        Staff.tenant_id == ContactWay.tenant_id,
        Staff.id == ContactWay.employee_id,
        or_(Staff.state == "resigned", Staff.wecom_userid != ContactWay.userid),
    )


def is_due(at: datetime) -> ColumnElement[bool]:
    """Return the condition of codes whose time to be tried, or looked after, has come."""
    return and_(ContactWay.gone_at.is_(None), ContactWay.try_after_at <= at)


def is_well() -> ColumnElement[bool]:
    """Return the condition of codes that are read and lead to somebody who is here."""
    return and_(ContactWay.text != "", ~is_over())


async def due(
    db: Read, *, at: datetime, limit: int
) -> tuple[Sequence[ContactWay], Sequence[ContactWay]]:
    """Return codes to be made (or read), and codes to be deleted, locked for this transaction."""
    found = (
        await db.execute(
            select(ContactWay, is_over())
            .where(ContactWay.tenant_id == bank_id(db), is_due(at), ~is_well())
            .order_by(ContactWay.try_after_at)
            .limit(limit)
            .with_for_update(of=ContactWay, skip_locked=True)
        )
    ).all()
    return [row[0] for row in found if not row[1]], [row[0] for row in found if row[1]]


async def banks_due(db: Platform, *, at: datetime) -> Sequence[UUID]:
    """Return the banks that have codes to make, or to look after."""
    rows = await db.scalars(select(ContactWay.tenant_id).where(is_due(at)).distinct())
    return rows.all()
