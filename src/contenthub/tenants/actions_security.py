"""Changes of accounts' safety: one-time codes, recovery codes, passwords, log-ins kept."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, delete, update

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import passwords, queries, queries_staff, totp
from contenthub.tenants.actions import record
from contenthub.tenants.models import Staff
from contenthub.tenants.models_security import RecoveryCode
from contenthub.tenants.queries_security import words_of
from contenthub.tenants.sealing import bank_id, keyring

WRONG_CODE = "动态验证码不正确或已经用过；请等手机上出现下一个 6 位数字再试，也可以输入一个恢复码"
IDENTITY_CHECKS = {
    "in_person": "当面核实",
    "call_back": "回拨本行登记的电话核实",
    "manager": "由其上级确认",
}
"""How an administrator makes sure that it is the colleague who lost the telephone."""
REASON_LEAST = 4
"""Characters of a reason that the trail keeps: one letter says nothing to who reads it."""
SET_UP_FIRST = "还没有设置动态验证码，请先设置"


def _place(staff_id: UUID) -> str:
    return f"staff.totp:{staff_id}"


async def start_totp(db: Write, *, by: Staff) -> bytes:
    """Give the person a new secret that is good for nothing until a code confirms it.

    Raises:
        Conflict: one-time codes are set up already; they are removed by a code first.
    """
    staff = await queries_staff.lock(db, by.id)
    if staff.totp_confirmed_at is not None:
        raise Conflict("动态验证码已经设置；换手机请先用现在的验证码或恢复码移除，再重新设置")
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    staff.totp_sealed = keyring(db).seal(bank_id(db), _place(staff.id), secret.hex())
    staff.totp_last_step = 0
    return secret


def waiting_secret(db: Write, staff: Staff) -> bytes | None:
    """Return the secret that waits for its first code, or None."""
    if not staff.totp_sealed or staff.totp_confirmed_at is not None:
        return None
    return _secret(db, staff)


def _secret(db: Write, staff: Staff) -> bytes:
    return bytes.fromhex(keyring(db).open(bank_id(db), _place(staff.id), staff.totp_sealed))


async def confirm_totp(
    db: Write, code: str, *, password: str, by: Staff, at: datetime
) -> list[str]:
    """Switch one-time codes on by the first good one; return the recovery codes, this once.

    The present password is asked for: whoever found an open session binds no telephone to it.

    Raises:
        Conflict: there is no secret that waits.
        Invalid: the password is wrong, or the code is not of this secret and this minute.
    """
    known = await queries.staff(db, by.id)
    if not await passwords.matches(known.password_hash, password):
        raise Invalid.of("password", "密码不正确；请输入您现在的登录密码")
    staff = await queries_staff.lock(db, by.id)
    secret = waiting_secret(db, staff)
    if secret is None:
        raise Conflict(SET_UP_FIRST)
    step = totp.matching_step(secret, code, at=at, after=staff.totp_last_step)
    if step is None:
        raise Invalid.of("code", "验证码不对：请核对手机上的 6 位数字，并确认手机时间是自动设置的")
    staff.totp_last_step = step
    staff.totp_confirmed_at = at
    staff.updated_at = at
    record(db, "totp.confirmed", "staff", staff.id, by=by, at=at)
    return await _fresh_recovery(db, staff, at=at)


async def accept_code(db: Write, staff: Staff, code: str, *, at: datetime) -> str:
    """Use up a one-time or recovery code; return `totp`, `recovery`, or '' for a wrong one.

    `staff` must be locked: of two log-ins with the same code at once, one wins.
    """
    if staff.totp_confirmed_at is None or not staff.totp_sealed:
        return ""
    step = totp.matching_step(_secret(db, staff), code, at=at, after=staff.totp_last_step)
    if step is not None:
        staff.totp_last_step = step
        return "totp"
    kept = totp.recovery_hash(staff.id, code)
    if kept is None:
        return ""
    done = await db.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.tenant_id == bank_id(db),
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.hash == kept,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
    )
    is_used = isinstance(done, CursorResult) and done.rowcount == 1
    if is_used:
        record(db, "recovery_code.used", "staff", staff.id, by=staff, at=at)
    return "recovery" if is_used else ""


async def _own_code(db: Write, code: str, *, by: Staff, at: datetime) -> Staff:
    staff = await queries_staff.lock(db, by.id)
    if staff.totp_confirmed_at is None:
        raise Conflict(SET_UP_FIRST)
    if not await accept_code(db, staff, code, at=at):
        raise Invalid.of("code", WRONG_CODE)
    return staff


async def renew_recovery(db: Write, code: str, *, by: Staff, at: datetime) -> list[str]:
    """Return ten new recovery codes, this once; the old ones are void. Needs a good code."""
    staff = await _own_code(db, code, by=by, at=at)
    record(db, "recovery_code.renewed", "staff", staff.id, by=by, at=at)
    return await _fresh_recovery(db, staff, at=at)


async def remove_totp(db: Write, code: str, *, by: Staff, at: datetime) -> Staff:
    """Switch one's own codes off, to set them up on another telephone. Needs a good code."""
    staff = await _own_code(db, code, by=by, at=at)
    await _forget_totp(db, staff, at=at)
    record(db, "totp.removed", "staff", staff.id, by=by, at=at)
    return staff


async def reset_totp(db: Write, staff_id: UUID, *, checked: str, by: Staff, at: datetime) -> Staff:
    """Switch off the codes of somebody who lost telephone and recovery codes.

    Their sessions end with it (web/sessions.py proof_of). `checked` is how the administrator
    made sure who asks (IDENTITY_CHECKS); the audit keeps it.

    Raises:
        Invalid: no such way of checking.
        Conflict: oneself: another administrator must look.
    """
    if staff_id == by.id:
        raise Conflict("不能重置自己的动态验证码；请用恢复码，或请另一位管理员操作")
    staff = await queries_staff.lock(db, staff_id)
    if checked not in IDENTITY_CHECKS:
        ways = "、".join(f"{name}（{words}）" for name, words in IDENTITY_CHECKS.items())
        raise Invalid.of("identity_check", f"请选择怎样核实了本人：{ways}")
    if staff.totp_confirmed_at is None:
        raise Conflict("这位员工没有设置动态验证码，不需要重置")
    await _forget_totp(db, staff, at=at)
    record(db, "totp.reset", "staff", staff.id, by=by, at=at, identity_check=checked)
    return staff


async def reset_login(
    db: Write, login: str, *, password: str, reason: str, by: Staff | None, at: datetime
) -> Staff:
    """Give a person a first password anew and take their one-time codes off: the operator's way.

    It is for a bank whose only administrator lost telephone and recovery codes; `by` is the
    platform's (actions_platform.actor).

    Raises:
        NotFound: nobody has this log-in. Invalid: no reason. Conflict: the person is not at work.
    """
    if len(reason.strip()) < REASON_LEAST:
        raise Invalid.of(
            "--reason",
            f"请写明原因，至少 {REASON_LEAST} 个字，例如 手机丢失，已与行方电话核实；记入留痕",
        )
    found = await queries.staff_by_login(db, login)
    if found is None or found.operator_id is not None:
        raise NotFound(f"本行没有登录名为 {login} 的员工")
    words = await words_of(db, login=found.login, name=found.name, phone=found.phone)
    fresh = await passwords.hashed(password, names=words)
    staff = await queries_staff.lock(db, found.id)
    if staff.state != "active":
        raise Conflict("这位员工已停用、休假或离职，不能重置登录；请由另一位管理员先恢复")
    staff.password_hash = fresh
    staff.password_set_at = at
    staff.must_change_password = True
    await _forget_totp(db, staff, at=at)
    record(db, "login.reset", "staff", staff.id, by=by, at=at, reason=reason.strip())
    return staff


async def _forget_totp(db: Write, staff: Staff, *, at: datetime) -> None:
    staff.totp_sealed = b""
    staff.totp_confirmed_at = None
    staff.totp_last_step = 0
    staff.updated_at = at
    await _drop_recovery(db, staff.id)


async def _drop_recovery(db: Write, staff_id: UUID) -> None:
    await db.execute(
        delete(RecoveryCode).where(
            RecoveryCode.tenant_id == bank_id(db), RecoveryCode.staff_id == staff_id
        )
    )


def fresh_codes() -> list[str]:
    """Return ten new recovery codes in clear, as they are hashed (not yet as they are shown)."""
    return [
        "".join(secrets.choice(totp.RECOVERY_ALPHABET) for _ in range(totp.RECOVERY_CHARS))
        for _ in range(totp.RECOVERY_CODES)
    ]


async def _fresh_recovery(db: Write, staff: Staff, *, at: datetime) -> list[str]:
    await _drop_recovery(db, staff.id)
    codes = fresh_codes()
    for code in codes:
        kept = totp.recovery_hash(staff.id, code) or ""
        db.add(RecoveryCode(tenant_id=bank_id(db), staff_id=staff.id, hash=kept, created_at=at))
    await db.flush()
    return [totp.shown_recovery(code) for code in codes]


async def change_own_password(db: Write, old: str, new: str, *, by: Staff, at: datetime) -> Staff:
    """Set one's own password; sessions opened with the old one end (web/sessions.py proof_of).

    Raises:
        Invalid: the old password is wrong, or the new one weak or the same.
        Conflict: it was changed meanwhile.
    """
    known = await queries.staff(db, by.id)
    old_hash = known.password_hash  # the lock reads this very row anew
    if not await passwords.matches(old_hash, old):
        raise Invalid.of("old_password", "原密码不正确；忘记原密码请联系本行管理员重置")
    if old == new:
        raise Invalid.of("password", "新密码不能和原密码相同")
    words = await words_of(db, login=known.login, name=known.name, phone=known.phone)
    # Before the lock: nobody waits for the row while a password is hashed.
    fresh = await passwords.hashed(new, names=words)
    staff = await queries_staff.lock(db, by.id)
    if staff.password_hash != old_hash:
        raise Conflict("密码刚刚被改过，请重新登录后再试")
    staff.password_hash = fresh
    staff.password_set_at = at
    staff.must_change_password = False
    staff.updated_at = at
    record(db, "password.changed", "staff", staff.id, by=by, at=at)
    return staff


def note_log_in(db: Write, staff: Staff, *, network: str, how: str, at: datetime) -> None:
    """Keep that a person signed in; `how` is password, totp or recovery."""
    staff.last_login_at = at
    record(db, "login.accepted", "staff", staff.id, by=staff, at=at, network=network, how=how)


def note_refusal(
    db: Write, staff: Staff | None, *, network: str, reason: str, at: datetime
) -> None:
    """Keep that a log-in was refused, never what was typed: it may be a password."""
    record(
        db,
        "login.refused",
        "staff",
        staff.id if staff else None,
        by=None,
        at=at,
        network=network,
        reason=reason,
    )


def note_ended(db: Write, staff: Staff, *, count: int, by: Staff, at: datetime) -> None:
    """Keep that somebody ended sessions of a person."""
    record(db, "session.ended", "staff", staff.id, by=by, at=at, done=count)
