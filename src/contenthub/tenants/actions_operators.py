"""Writes of operators: people of the platform and of agencies, who belong to no bank."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from contenthub.db import Platform, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions_security, passwords, queries_platform, totp
from contenthub.tenants.actions_platform import note
from contenthub.tenants.models_security import AgencyInvitation, Operator, PlatformVisit
from contenthub.tenants.sealing import Keyring

KINDS = {"platform": "平台运营", "agency": "代运营"}
PLATFORM = UUID(int=0)
"""Whose key seals what belongs to no bank."""
ISSUER = "contenthub 平台"


@dataclass(frozen=True, slots=True)
class NewLogIn:
    """What is shown of a new log-in, this once only."""

    login: str
    password: str
    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """Random credentials made by the caller: a password and the secret of one-time codes."""

    password: str
    secret: bytes


async def create_operator(  # who, and what proves it
    db: Platform,
    login: str,
    *,
    name: str,
    kind: str,
    fresh: Fresh,
    keyring: Keyring,
    at: datetime,
    company: str = "",
) -> NewLogIn:
    """Add an operator with a generated password and the secret of their one-time codes.

    Raises:
        Invalid: the log-in, name or kind cannot be; Conflict: the log-in is in use.
    """
    login, name = login.strip().lower(), name.strip()
    if not (3 <= len(login) <= 60 and login.isascii() and login.isprintable() and " " not in login):
        raise Invalid.of("login", "登录名应为 3–60 个字母、数字或符号，不含空格")
    if not 1 <= len(name) <= 20 or not name.isprintable():
        raise Invalid.of("name", "请填写姓名，最多 20 字")
    company = company.strip()
    if len(company) > 60 or not company.isprintable():
        raise Invalid.of("company", "公司名称最多 60 字")
    if kind not in KINDS:
        raise Invalid.of("kind", f"类型应为 {' 或 '.join(KINDS)}")
    if await queries_platform.operator_by_login(db, login) is not None:
        raise Conflict(f"登录名 {login} 已被使用，请换一个")
    operator = Operator(
        id=new_id(), login=login, name=name, kind=kind, company=company, created_at=at
    )
    shown = await _renew(operator, fresh, keyring=keyring, at=at)
    db.add(operator)
    note(db, "operator.created", "", by=None, at=at, login=login, kind=kind)
    return shown


async def reset_operator(
    db: Platform, login: str, *, fresh: Fresh, keyring: Keyring, at: datetime
) -> NewLogIn:
    """Give an operator a new password and new one-time codes; the old ones end at once."""
    operator = await _locked(db, login)
    shown = await _renew(operator, fresh, keyring=keyring, at=at)
    note(db, "operator.reset", "", by=None, at=at, login=operator.login)
    return shown


async def _renew(operator: Operator, fresh: Fresh, *, keyring: Keyring, at: datetime) -> NewLogIn:
    operator.password_hash = await passwords.hashed(fresh.password)
    operator.totp_sealed = keyring.seal(PLATFORM, _place(operator.id), fresh.secret.hex())
    operator.totp_confirmed_at, operator.totp_last_step = at, 0
    operator.recovery_hashes = []
    operator.state = "active"
    return NewLogIn(
        operator.login,
        fresh.password,
        totp.base32(fresh.secret),
        totp.uri(fresh.secret, issuer=ISSUER, account=operator.login),
    )


async def disable_operator(db: Platform, login: str, *, at: datetime) -> Operator:
    """Keep an operator out of the platform and of every bank that let them in."""
    operator = await _locked(db, login)
    operator.state = "disabled"
    await db.execute(
        update(PlatformVisit)
        .where(PlatformVisit.operator_id == operator.id, PlatformVisit.ended_at.is_(None))
        .values(ended_at=at)
    )
    await db.execute(
        update(AgencyInvitation)
        .where(
            AgencyInvitation.operator_login == operator.login,
            AgencyInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )
    note(db, "operator.disabled", "", by=None, at=at, login=operator.login)
    return operator


async def _locked(db: Platform, login: str) -> Operator:
    found = await db.scalar(
        select(Operator).where(Operator.login == login.strip().lower()).with_for_update()
    )
    if found is None:
        raise Invalid.of("login", f"没有登录名为 {login[:60]} 的平台人员")
    return found


async def accept_code(
    db: Platform, operator_id: UUID, code: str, *, keyring: Keyring, at: datetime
) -> bool:
    """Return whether `code`, of the telephone or for recovery, is good; it is used up now."""
    operator = await queries_platform.operator(db, operator_id, lock=True)
    if operator.state != "active" or not _use_up(operator, code, keyring=keyring, at=at, db=db):
        return False
    note(db, "operator.signed_in", "", by=operator, at=at)
    return True


def _use_up(operator: Operator, code: str, *, keyring: Keyring, at: datetime, db: Platform) -> bool:
    secret = bytes.fromhex(keyring.open(PLATFORM, _place(operator.id), operator.totp_sealed))
    step = totp.matching_step(secret, code, at=at, after=operator.totp_last_step)
    if step is not None:
        operator.totp_last_step = step
        return True
    kept = totp.recovery_hash(operator.id, code)
    if kept is None or kept not in operator.recovery_hashes:
        return False
    operator.recovery_hashes = [each for each in operator.recovery_hashes if each != kept]
    left = len(operator.recovery_hashes)
    note(db, "operator.recovery_used", "", by=operator, at=at, left=left)
    return True


async def renew_recovery(
    db: Platform, code: str, *, by: Operator, keyring: Keyring, at: datetime
) -> list[str]:
    """Return ten new recovery codes, this once; the old ones are void.

    Raises:
        Invalid: `code` is neither of the telephone nor an unused recovery code.
    """
    operator = await queries_platform.operator(db, by.id, lock=True)
    if not _use_up(operator, code, keyring=keyring, at=at, db=db):
        raise Invalid.of("code", "验证码不正确或已用过，请等验证器显示下一个再试")
    codes = actions_security.fresh_codes()
    operator.recovery_hashes = [totp.recovery_hash(operator.id, each) or "" for each in codes]
    note(db, "operator.recovery_renewed", "", by=operator, at=at)
    return [totp.shown_recovery(each) for each in codes]


async def change_own_password(
    db: Platform, old: str, new: str, *, by: Operator, at: datetime
) -> Operator:
    """Set an operator's own new password; every session made with the old one ends.

    Raises:
        Invalid: the old one is wrong, or the new one is weak or the same.
        Conflict: it was changed meanwhile.
    """
    known = await queries_platform.operator(db, by.id)
    old_hash = known.password_hash
    if not await passwords.matches(old_hash, old):
        raise Invalid.of("old_password", "原密码不正确，请重新输入")
    if old == new:
        raise Invalid.of("password", "新密码和原密码一样，请换一个")
    names = passwords.own_words(slug="", bank=(ISSUER,), person=(known.login, known.name))
    # Before the lock: nobody waits for the row while a password is hashed.
    fresh = await passwords.hashed(new, names=names)
    operator = await queries_platform.operator(db, by.id, lock=True)
    if operator.password_hash != old_hash:
        raise Conflict("密码刚刚被改过，请重新登录后再试")
    operator.password_hash = fresh
    note(db, "operator.password_changed", "", by=operator, at=at)
    return operator


def _place(operator_id: UUID) -> str:
    return f"operators.totp:{operator_id}"
