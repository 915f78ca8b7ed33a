"""Changes of people and keys: facts, photo, resignation, revoking."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import (
    access,
    passwords,
    queries,
    queries_banks,
    queries_branches,
    queries_staff,
    shorttext,
    staffphone,
    staffstates,
)
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants.actions import record
from contenthub.tenants.models import ApiKey, DirectoryEntry, Staff
from contenthub.tenants.queries_security import words_of
from contenthub.tenants.sealing import bank_id

FACTS = (
    "name title phone branch_id roles wecom_userid qualification_no authorised_until state"
).split()
"""What may be changed of a person after the invitation; log-in and number stay."""


async def change_staff(
    db: Write, staff_id: UUID, *, facts: Mapping[str, Any], by: Staff, at: datetime
) -> Staff:
    """Change some of a person's facts; a `password` among them is set anew.

    Raises:
        Invalid: an unknown role, an empty name, a weak password, no telephone number, or a
            WeCom userid that is somebody else's.
        Conflict: a change of state the table does not allow, or one of oneself.
    """
    # Before the lock: nobody waits for the row while a password is hashed.
    fresh = await _fresh(db, staff_id, facts, by=by) if facts.get("password") else ""
    staff = await queries_staff.lock(db, staff_id)
    wanted = {name: value for name, value in facts.items() if name in FACTS}
    if staff.state == "resigned":
        raise Conflict("这位员工已离职，资料不能再修改")
    if staff.operator_id is not None:
        raise Conflict("这是外部人员，请在“代运营”或“平台访问记录”页收回或结束")
    if staff.state == "disabled" and wanted.get("state", "disabled") != "disabled":
        await queries_banks.check_staff(db)
    await _check(db, staff, wanted, by=by)
    changed = sorted(name for name, value in wanted.items() if getattr(staff, name) != value)
    for name in changed:
        setattr(staff, name, wanted[name])
    if fresh:
        staff.password_hash = fresh
        staff.password_set_at = at
        staff.must_change_password = True
        changed.append("password")
    if changed:
        staff.updated_at = at
        # Which facts changed is history; a phone number itself is not for the log.
        record(db, "staff.changed", "staff", staff.id, by=by, at=at, facts=changed)
    await db.flush()
    return staff


async def _fresh(db: Write, staff_id: UUID, facts: Mapping[str, Any], *, by: Staff) -> str:
    if staff_id == by.id:
        raise Conflict("修改自己的密码请用“登录安全”页，需要先输入原密码")
    who = await queries.staff(db, staff_id)
    words = await words_of(
        db, login=who.login, name=facts.get("name", who.name), phone=facts.get("phone", who.phone)
    )
    return await passwords.hashed(facts["password"], names=words)


async def _check(db: Write, staff: Staff, wanted: dict[str, Any], *, by: Staff) -> None:
    if "name" in wanted and not str(wanted["name"]).strip():
        raise Invalid.of("name", "姓名不能为空")
    if wanted.get("phone", staff.phone) != staff.phone:
        wanted["phone"] = staffphone.checked(wanted["phone"])
    if wanted.get("wecom_userid", staff.wecom_userid) != staff.wecom_userid:
        wanted["wecom_userid"] = shorttext.code("wecom_userid", wanted["wecom_userid"])
        await queries_staff.check_userid(db, wanted["wecom_userid"], but=staff.id)
    # What stands there already stays: only a new number is held to the rule.
    if wanted.get("qualification_no", staff.qualification_no) != staff.qualification_no:
        wanted["qualification_no"] = shorttext.code("qualification_no", wanted["qualification_no"])
    if "roles" in wanted:
        wanted["roles"] = access.check_roles(
            wanted["roles"], is_invited=staff.operator_id is not None
        )
    if wanted.get("branch_id", staff.branch_id) != staff.branch_id:
        await queries_branches.open_branch(db, wanted["branch_id"])
    if "state" in wanted:
        wanted["state"] = staffstates.towards(staff.state, wanted["state"])
    if staff.id == by.id and {"roles", "state"} & {
        name for name in wanted if getattr(staff, name) != wanted[name]
    }:
        raise Conflict("不能修改自己的角色或状态，请由另一位管理员操作")


async def set_photo(db: Write, staff_id: UUID, photo_key: str, *, by: Staff, at: datetime) -> Staff:
    """Remember where a person's photo lies in the store."""
    staff = await queries_staff.lock(db, staff_id)
    staff.photo_key = photo_key
    staff.updated_at = at
    record(db, "staff.photo_set", "staff", staff.id, by=by, at=at)
    return staff


async def resign_staff(
    db: Write, staff_id: UUID, successor_id: UUID, *, by: Staff, at: datetime
) -> Staff:
    """Let a person go: log-in and keys end, new traffic goes to the successor.

    Past credit and links stay; whoever had named this person as successor now
    leads to the new one.

    Raises:
        Conflict: already gone, oneself, or the successor is not at work.
    """
    staff = await queries_staff.lock(db, staff_id)
    successor = await queries.staff(db, successor_id)
    if staff.id == by.id:
        raise Conflict("不能给自己办理离职，请由另一位管理员操作")
    if successor.id == staff.id or successor.state != "active":
        raise Invalid.of("successor_id", "接手人应为另一位在职员工")
    staff.state = staffstates.move(staff.state, "resign")
    staff.successor_id = successor.id
    staff.resigned_at = staff.updated_at = at
    await db.execute(
        update(Staff)
        .where(Staff.tenant_id == bank_id(db), Staff.successor_id == staff.id)
        .values(successor_id=successor.id, updated_at=at)
    )
    for key in await queries_staff.keys_of(db, staff.id):
        await _revoke(db, key, by=by, at=at)
    record(db, "staff.resigned", "staff", staff.id, by=by, at=at, successor_id=str(successor.id))
    facts = {"staff_id": staff.id, "successor_id": successor.id}
    await webhooks.tell(db, "staff.resigned", at=at, **facts)
    await db.flush()
    return staff


async def revoke_key(db: Write, key_id: UUID, *, by: Staff, at: datetime) -> ApiKey:
    """End an API key at once; revoking twice is harmless."""
    key = await queries_staff.key(db, key_id)
    await _revoke(db, key, by=by, at=at)
    return key


async def _revoke(db: Write, key: ApiKey, *, by: Staff, at: datetime) -> None:
    if key.revoked_at is not None:
        return
    key.revoked_at = at
    await db.execute(
        delete(DirectoryEntry).where(
            DirectoryEntry.bank_id == bank_id(db),
            DirectoryEntry.kind == "key",
            DirectoryEntry.name == key.hash,
        )
    )
    record(db, "key.revoked", "key", key.id, by=by, at=at, name=key.name)
