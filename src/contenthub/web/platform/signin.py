"""Operators at the platform's own door: their own cookie, password and code each time."""

import secrets
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from redis.exceptions import RedisError

from contenthub import log
from contenthub.errors import Forbidden, NotFound, NotSignedIn, Unavailable
from contenthub.tenants import actions_operators, passwords, queries_platform
from contenthub.tenants.models_security import Operator
from contenthub.web.house import House, house_of
from contenthub.web.tries import DOWN, Tries

WRONG = "登录名、密码或动态验证码不正确；验证码每个只能用一次，请等下一个再试"
ABSOLUTE_SECONDS = 8 * 3600


class OperatorFirst(NotSignedIn):
    """Nobody is signed in at the platform's own door."""

    code = "operator_not_signed_in"
    title = "请先登录平台"


class Kept(msgspec.Struct):
    """A log-in at the platform's door: whose, since when, from which device and network."""

    operator: UUID
    since: float
    proof: str
    device: str = ""
    address: str = ""

    @property
    def since_at(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.since, UTC)


def cookie(house: House, sid: str) -> Cookie:
    """Return the cookie of an operator's session; an empty id deletes it."""
    return Cookie(
        key=cookie_name(house),
        value=sid,
        path="/",
        httponly=True,
        secure=house.settings.secure_cookies,
        samesite="strict",
        max_age=ABSOLUTE_SECONDS if sid else 0,
    )


def cookie_name(house: House) -> str:
    """Return the name of the operator's cookie, which no bank's session uses."""
    return "__Host-operator" if house.settings.secure_cookies else "operator"


def ref_of(sid: str) -> str:
    """Return the name of a session for its owner's list: it opens nothing."""
    return sha256(sid.encode()).hexdigest()


def _key(sid: str) -> str:
    return "operator:" + ref_of(sid)


def _list_key(operator_id: UUID) -> str:
    return f"operator-sessions:{operator_id}"


def _proof(operator: Operator) -> str:
    return sha256(operator.password_hash.encode() + operator.totp_sealed).hexdigest()[:16]


async def sign_in(
    house: House, login: str, password: str, *, code: str, address: str, device: str = ""
) -> str:
    """Return a new session id for an operator; password and code are both asked, always.

    The code is the telephone's, or a recovery code.

    Raises:
        NotSignedIn: either is wrong, the same answer for each; TooMany: tried too often.
    """
    refuse_unless_open(house)
    name = login.strip().lower()
    tries = Tries(house.redis, f"platform/{name}", address)
    await tries.count()
    async with house.database.platform_unit_of_work() as db:
        operator = await queries_platform.operator_by_login(db, name)
    stored = operator.password_hash if operator and operator.state == "active" else ""
    if not await passwords.matches(stored, password) or operator is None:
        log.event("operator.refused", address=address)
        raise NotSignedIn(WRONG)
    await tries.count_code()
    async with house.database.platform_unit_of_work() as db:
        fits = await actions_operators.accept_code(
            db, operator.id, code, keyring=house.keyring, at=datetime.now(UTC)
        )
    if not fits:
        log.event("operator.refused", address=address)
        raise NotSignedIn(WRONG)
    await tries.forget()
    return await open_session(house, operator, address=address, device=device)


async def open_session(house: House, operator: Operator, *, address: str, device: str) -> str:
    """Return the id of a new session of an operator who has proven who they are."""
    sid = secrets.token_urlsafe(32)
    kept = Kept(operator.id, time.time(), _proof(operator), device, address)
    try:
        async with house.redis.pipeline(transaction=True) as steps:
            raw = msgspec.json.encode(kept)
            steps.set(_key(sid), raw, ex=house.settings.session_idle_seconds)
            steps.sadd(_list_key(operator.id), ref_of(sid))
            steps.expire(_list_key(operator.id), ABSOLUTE_SECONDS)
            await steps.execute()
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return sid


async def sessions(house: House, operator: Operator) -> list[tuple[str, Kept]]:
    """Return an operator's sessions that still open something, by reference, newest first."""
    found: list[tuple[str, Kept]] = []
    over: list[str] = []
    try:
        async with house.redis.pipeline(transaction=False) as steps:
            steps.smembers(_list_key(operator.id))
            (named,) = await steps.execute()
            refs = [ref.decode() for ref in named]
            for ref in refs:
                steps.get("operator:" + ref)
            answers = await steps.execute()
        for ref, raw in zip(refs, answers, strict=True):
            kept = msgspec.json.decode(raw, type=Kept) if raw is not None else None
            if kept is None or not _holds(kept, operator):
                over.append(ref)
            else:
                found.append((ref, kept))
        await _drop(house, operator, over)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return sorted(found, key=lambda each: -each[1].since)


def _holds(kept: Kept, operator: Operator) -> bool:
    return time.time() - kept.since <= ABSOLUTE_SECONDS and kept.proof == _proof(operator)


async def end_session(house: House, operator: Operator, ref: str) -> None:
    """End one of an operator's own sessions; raises NotFound for any other."""
    if ref not in {each for each, _ in await sessions(house, operator)}:
        raise NotFound("没有找到这个登录，可能已经退出")
    await _end(house, operator, [ref])


async def end_sessions(house: House, operator: Operator, *, but: str) -> int:
    """End all of an operator's own sessions but the one named `but`; return how many."""
    others = [ref for ref, _ in await sessions(house, operator) if ref != but]
    await _end(house, operator, others)
    return len(others)


async def _end(house: House, operator: Operator, refs: list[str]) -> None:
    try:
        await _drop(house, operator, refs)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error


async def _drop(house: House, operator: Operator, refs: list[str]) -> None:
    if not refs:
        return
    async with house.redis.pipeline(transaction=True) as steps:
        steps.delete(*("operator:" + ref for ref in refs))
        steps.srem(_list_key(operator.id), *refs)
        await steps.execute()


async def sign_out(house: House, sid: str) -> None:
    """End an operator's session; silent if it is gone."""
    try:
        await house.redis.delete(_key(sid))
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error


async def _operator(house: House, sid: str | None) -> Operator | None:
    if not sid or not 20 <= len(sid) <= 100:
        return None
    try:
        raw = await house.redis.getex(_key(sid), ex=house.settings.session_idle_seconds)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    if raw is None:
        return None
    kept = msgspec.json.decode(raw, type=Kept)
    async with house.database.platform_unit_of_work() as db:
        found = await db.get(Operator, kept.operator)
    if found is None or found.state != "active" or not _holds(kept, found):
        await sign_out(house, sid)
        return None
    return found


def refuse_unless_open(house: House) -> None:
    """Raise NotFound where this process does not serve the platform's console."""
    if not house.settings.platform_console or house.database.platform_engine is None:
        raise NotFound()


class ForOperator:
    """A guard: an operator of one of these kinds must be signed in at the platform's door."""

    permission = "platform"

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    async def __call__(self, connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotFound, OperatorFirst or Forbidden unless such an operator is signed in."""
        house = house_of(connection)
        refuse_unless_open(house)
        found = await _operator(house, connection.cookies.get(cookie_name(house)))
        if found is None:
            raise OperatorFirst()
        if found.kind not in self.kinds:
            raise Forbidden("这个页面不对您的账号开放")
        connection.scope["state"]["operator"] = found


def operator_of(request: Request[Any, Any, Any]) -> Operator:
    """Return the operator of a guarded request."""
    found = request.scope["state"].get("operator")
    if not isinstance(found, Operator):
        raise OperatorFirst()
    return found
