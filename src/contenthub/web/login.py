"""Signing a person in, for the page and the API alike: password, then one-time code."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from redis.exceptions import RedisError

from contenthub import log
from contenthub.db import TenantId
from contenthub.errors import Forbidden, NotSignedIn, Unavailable
from contenthub.tenants import (
    actions_security,
    bankstates,
    duties,
    passwords,
    queries,
    queries_banks,
    queries_staff,
)
from contenthub.tenants.models import Staff
from contenthub.web.devices import device_words
from contenthub.web.house import House
from contenthub.web.sessions import Place, close_session, open_session, proof_of
from contenthub.web.tries import DOWN, Tries, network_of

WRONG = "银行、登录名或密码不正确；请检查后重试，忘记密码请联系本行管理员"
ENDED = "初始密码已过期（72 小时内有效），请联系本行管理员重新生成"
ON_LEAVE = "您的账号当前为休假状态，请联系本行管理员"
TICKET_SECONDS = 300
# A hundred log-ins at once wait here, not in the database's pool and the event loop.
_AT_THE_DOOR = asyncio.Semaphore(2 * passwords.AT_ONCE)


class LogInFailed(NotSignedIn):
    """Bank, login, password or one-time code is wrong, or the account has ended."""

    title = "登录失败"


class CodeNeeded(NotSignedIn):
    """The password was right and the account has one-time codes; `ticket` stands for it."""

    code = "totp_code_required"
    title = "请输入手机上的 6 位动态验证码"

    def __init__(self, ticket: str) -> None:
        super().__init__()
        self.ticket = ticket


class OnLeave(Forbidden):
    """The password was right, but the person is on leave."""

    code = "on_leave"
    title = ON_LEAVE


class TicketExpired(NotSignedIn):
    """The password was typed too long ago."""

    title = "登录已超时，请重新输入密码"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a log-in comes from, and the session the browser brought along."""

    address: str
    user_agent: str = ""
    old_sid: str = ""

    @property
    def place(self) -> Place:
        """What the list of sessions will show."""
        return Place(device_words(self.user_agent), network_of(self.address))


class _Ticket(msgspec.Struct):
    """A password that was right, for five minutes."""

    tenant: UUID
    staff: UUID
    proof: str
    account: str
    needs_code: bool


async def sign_in(
    house: House, bank: str, login: str, *, password: str, visitor: Visitor, code: str = ""
) -> tuple[Staff, str]:
    """Return the person and a new session id; the browser's old session ends.

    Raises:
        LogInFailed: bank, login or password is wrong, the same answer and time for each; or
            the code is.
        CodeNeeded: all is right, and a code is wanted.
        TooMany: this account or address has tried too often.
        BankResting: all is right, but the bank is suspended; the reason is told.
        OnLeave: all is right, but the person is on leave.
    """
    slug, name = bank.strip().lower(), login.strip()
    account = f"{slug}/{name}"
    await Tries(house.redis, account, visitor.address).count()
    async with _AT_THE_DOOR:
        tenant, staff, is_right = await _look_up(house, slug, name, password=password)
        if not is_right or staff is None or tenant is None:
            log.event("login.refused", bank=slug, address=visitor.address)
            if tenant is not None:
                await _note_refusal(house, tenant, staff, visitor=visitor, reason="password")
            raise LogInFailed(WRONG)
    await _refuse_resting(house, tenant)
    await _refuse_leave(house, tenant, staff, visitor=visitor)
    await _refuse_ended(house, tenant, staff, visitor=visitor)
    proof = await _renewed(house, tenant, staff, password=password)
    needs_code = staff.totp_confirmed_at is not None
    ticket = _Ticket(tenant, staff.id, proof, account, needs_code)
    if needs_code and not code.strip():
        raise CodeNeeded(await _keep(house, ticket))
    return await _let_in(house, ticket, code, visitor=visitor)


async def _look_up(
    house: House, slug: str, name: str, *, password: str
) -> tuple[TenantId | None, Staff | None, bool]:
    """Return bank and person, each if there is one, and whether the password is theirs."""
    async with house.database.unscoped_reading() as session:
        found = await queries_banks.find_bank_state(session, slug)
    tenant = found[0] if found is not None else None
    staff: Staff | None = None
    if tenant is not None:
        async with house.database.reading(tenant) as db:
            staff = await queries.staff_by_login(db, name)
    stored = staff.password_hash if staff and staff.state in ("active", "leave") else ""
    # Whoever is asked for, one hash is made: an unknown name takes as long as a known one.
    return tenant, staff, await passwords.matches(stored, password)


async def finish_sign_in(
    house: House, ticket: str, code: str, *, visitor: Visitor
) -> tuple[Staff, str]:
    """Return what sign_in returns, for a ticket of CodeNeeded and a code.

    Raises:
        NotSignedIn: the ticket is too old, or (LogInFailed) the code is wrong or was used before.
        TooMany: this account or address has tried too often.
    """
    key = _ticket_key(ticket)
    try:
        raw = await house.redis.get(key)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    if raw is None:
        raise TicketExpired()
    known = msgspec.json.decode(raw, type=_Ticket)
    await Tries(house.redis, known.account, visitor.address).count()
    signed_in = await _let_in(house, known, code, visitor=visitor)
    await house.redis.delete(key)
    return signed_in


async def _let_in(
    house: House, ticket: _Ticket, code: str, *, visitor: Visitor
) -> tuple[Staff, str]:
    tenant, now = TenantId(ticket.tenant), datetime.now(UTC)
    tries = Tries(house.redis, ticket.account, visitor.address)
    if ticket.needs_code:
        await tries.count_code()
    how, refused = "password", ""
    async with house.database.unit_of_work(tenant) as db:
        staff = await queries_staff.lock(db, ticket.staff)
        if staff.state != "active" or proof_of(staff) != ticket.proof:
            refused = WRONG
        elif ticket.needs_code:
            how = await actions_security.accept_code(db, staff, code, at=now)
            refused = "" if how else actions_security.WRONG_CODE
        if not refused:
            network = visitor.place.network
            actions_security.note_log_in(db, staff, network=network, how=how, at=now)
    if refused:
        log.event("login.refused", staff=str(staff.id), address=visitor.address)
        await _note_refusal(house, tenant, staff, visitor=visitor, reason="code")
        raise LogInFailed(refused)
    await tries.forget()
    if visitor.old_sid:
        await close_session(house.redis, visitor.old_sid)
    sid = await open_session(
        house.redis,
        house.settings,
        tenant,
        staff.id,
        proof=ticket.proof,
        place=visitor.place,
    )
    log.event("login.accepted", staff=str(staff.id), how=how)
    return staff, sid


async def _refuse_resting(house: House, tenant: TenantId) -> None:
    # Only who knows a password of the bank is told why it rests.
    async with house.database.reading(tenant) as db:
        bank = await queries.bank(db)
    bankstates.refuse_resting(bank.state, bank.state_reason)


async def _refuse_leave(house: House, tenant: TenantId, staff: Staff, *, visitor: Visitor) -> None:
    if staff.state == "leave":
        log.event("login.refused", staff=str(staff.id), address=visitor.address)
        await _note_refusal(house, tenant, staff, visitor=visitor, reason="leave")
        raise OnLeave()


async def _refuse_ended(house: House, tenant: TenantId, staff: Staff, *, visitor: Visitor) -> None:
    # Told only to who has typed it right: nobody learns from it whether a guess was.
    has_ended = duties.has_first_password_ended(
        must_change_password=staff.must_change_password,
        set_at=staff.password_set_at,
        at=datetime.now(UTC),
    )
    if has_ended:
        log.event("login.refused", staff=str(staff.id), address=visitor.address)
        await _note_refusal(house, tenant, staff, visitor=visitor, reason="ended")
        raise LogInFailed(ENDED)


async def _renewed(house: House, tenant: TenantId, staff: Staff, *, password: str) -> str:
    """Return the proof of a right password, hashed anew first if its parameters are too weak."""
    fresh = await passwords.renewed(staff.password_hash, password)
    if fresh == staff.password_hash:
        return proof_of(staff)
    async with house.database.unit_of_work(tenant) as db:
        now_kept = await queries_staff.lock(db, staff.id)
        if now_kept.password_hash == staff.password_hash:  # nobody set another meanwhile
            now_kept.password_hash = fresh
    return proof_of(now_kept)


async def _note_refusal(
    house: House, tenant: TenantId, staff: Staff | None, *, visitor: Visitor, reason: str
) -> None:
    async with house.database.unit_of_work(tenant) as db:
        actions_security.note_refusal(
            db, staff, network=visitor.place.network, reason=reason, at=datetime.now(UTC)
        )


async def _keep(house: House, ticket: _Ticket) -> str:
    name = secrets.token_urlsafe(32)
    try:
        await house.redis.set(_ticket_key(name), msgspec.json.encode(ticket), ex=TICKET_SECONDS)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return name


def _ticket_key(name: str) -> str:
    return "login:ticket:" + sha256(name.encode()).hexdigest()
