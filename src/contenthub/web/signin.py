"""Who is asking: a session cookie or an API key becomes a person of one bank."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from contenthub import log
from contenthub.db import TenantId
from contenthub.errors import Forbidden, NotFound, NotSignedIn
from contenthub.settings import Settings
from contenthub.tenants import access, queries, queries_guests, quotas
from contenthub.tenants.duties import Duty, first_duty, refuse_until_done
from contenthub.tenants.models import ApiKey, Bank, Staff
from contenthub.tenants.queries_guests import Stay
from contenthub.web import keysignin, ratelimit
from contenthub.web.addresses import client_address
from contenthub.web.house import House, house_of
from contenthub.web.ratelimit import Bucket, RateLimit
from contenthub.web.sessions import Session, close_session, cookie_name, find_session, proof_of

CACHE_SECONDS = 3.0
"""A disabled person is out within 5 s (reliability S2): the cache must be shorter."""
_CACHE_SIZE = 5000
API_PATHS = ("/api/", "/schema")
"""Where a key is taken: every call below /api/ is charged to it; the schema is everybody's."""
VISITOR_MAY = ("/console/leave", "/logout", "/api/v1/logout")
"""What a visitor from the platform may do besides looking: go."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, their bank, and how they proved it."""

    staff: Staff
    bank: Bank
    tenant: TenantId
    by_key: bool
    duty: Duty = ""
    """What this person must do before anything else; until then their keys are refused too."""
    key: ApiKey | None = None
    stay: Stay | None = None
    """What lets somebody from outside be here, and until when; None for the bank's own people."""

    @property
    def lender(self) -> frozenset[str]:
        """What a key of some scopes may do; empty for a person and for a key of all scopes."""
        return frozenset(self.key.scopes) if self.key is not None else frozenset()


_known: dict[object, tuple[float, Principal | None]] = {}


class SignIn(AbstractAuthenticationMiddleware):
    """Sets `request.user` to a Principal or None; it refuses nobody, guards do."""

    async def authenticate_request(self, connection: ASGIConnection) -> AuthenticationResult:  # type: ignore[type-arg]  # the base class leaves it open
        """Return who is asking.

        Raises:
            Forbidden: an unsafe request that another site's page made, a key from elsewhere, or
                one on a page.
            TooMany: an API call above the key's, bank's, person's or network's rate.
        """
        house = house_of(connection)
        refuse_foreign_origin(connection)
        address = client_address(connection.scope)
        bearer = connection.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            _refuse_pages(connection.scope["path"])
            principal = await _by_key(house, bearer[7:].strip(), address)
        else:
            principal = await _by_cookie(house, connection.cookies.get(cookie_name(house.settings)))
        if principal is not None:
            log.tenant.set(principal.bank.slug)
            log.actor.set(str(principal.staff.id))
        if connection.scope["path"].startswith("/api/"):
            buckets = _buckets(house.settings, principal, address)
            judge: RateLimit = connection.app.state["ratelimit"]
            await judge.charge(buckets, connection.scope)  # type: ignore[arg-type]  # Litestar's TypedDict is an ASGI scope
        return AuthenticationResult(user=principal, auth=None)


def _refuse_pages(path: str) -> None:
    # Pages have no rate limit and no scopes of their own in mind: they are for people.
    if not path.startswith(API_PATHS):
        raise Forbidden(
            "接口密钥只能调用 /api/v1 下的接口，不能打开页面；"
            "请改用接口（见 /schema），或去掉 Authorization 后登录"
        )


def _buckets(settings: Settings, principal: Principal | None, address: str) -> list[Bucket]:
    if principal is None:
        return ratelimit.of_stranger(address, per_minute=settings.api_stranger_per_minute)
    bank, key = principal.bank, principal.key
    if key is None:
        limit = settings.api_person_per_minute
        return ratelimit.of_person(bank.id, principal.staff.id, per_minute=limit)
    share = quotas.limits(bank.quotas)["api_per_minute"]
    return ratelimit.of_key(bank.id, key.id, per_minute=key.per_minute, bank_per_minute=share)


def refuse_foreign_origin(connection: ASGIConnection) -> None:  # type: ignore[type-arg]  # any connection
    """Raise Forbidden when a browser says that another site's page made an unsafe request.

    Scripts send neither header and are judged by their credentials alone
    (docs/decisions/0003).
    """
    if str(connection.scope.get("method")) in ("GET", "HEAD", "OPTIONS"):
        return
    site = connection.headers.get("sec-fetch-site", "")
    origin = connection.headers.get("origin", "")
    foreign = site == "cross-site" or (
        origin != "" and urlsplit(origin).netloc != connection.headers.get("host", "")
    )
    if foreign:
        raise Forbidden("请求来自其他网站的页面，已被拒绝；请从本系统页面操作")


async def _by_cookie(house: House, sid: str | None) -> Principal | None:
    if not sid:
        return None
    session = await find_session(house.redis, house.settings, sid)
    if session is None:
        return None
    principal = await _cached(house, session.tenant, session.staff_id)
    if not _opened_by(session, principal):
        # What is remembered may be older than the session itself.
        principal = await _cached(house, session.tenant, session.staff_id, fresh=True)
    if _opened_by(session, principal):
        return principal
    # Disabled, or password, roles or one-time codes are others by now: out for good.
    await close_session(house.redis, sid)
    return None


def _opened_by(session: Session, principal: Principal | None) -> bool:
    return principal is not None and session.proof in ("", proof_of(principal.staff))


async def _cached(
    house: House, tenant: TenantId, staff_id: UUID, *, fresh: bool = False
) -> Principal | None:
    key = (id(house), tenant, staff_id)
    now = time.monotonic()
    if not fresh and (hit := _known.get(key)) is not None and hit[0] > now:
        return hit[1]
    principal = await _load(house, tenant, staff_id)
    if len(_known) >= _CACHE_SIZE:
        _known.clear()
    _known[key] = (now + CACHE_SECONDS, principal)
    return principal


async def _load(house: House, tenant: TenantId, staff_id: UUID) -> Principal | None:
    async with house.database.reading(tenant) as db:
        try:
            staff = await queries.staff(db, staff_id)
            bank = await queries.bank(db)
        except NotFound:
            return None
        stay = None
        if staff.operator_id is not None:
            stay = await queries_guests.stay_of(db, staff, at=datetime.now(UTC))
            if stay is None or not set(staff.roles) <= set(access.BY_INVITATION):
                return None
    if staff.state != "active" or bank.state != "active":
        return None
    return Principal(staff, bank, tenant, by_key=False, duty=duty_of(staff, bank), stay=stay)


def duty_of(staff: Staff, bank: Bank) -> Duty:
    """Return what somebody must do before anything else, or the empty word.

    Who comes from outside gave password and code on the platform's own page.
    """
    if staff.operator_id is not None:
        return ""
    return first_duty(
        staff.roles,
        bank.settings,
        must_change_password=staff.must_change_password,
        has_totp=staff.totp_confirmed_at is not None,
    )


def admitted(connection: ASGIConnection, handler: BaseRouteHandler) -> Principal:  # type: ignore[type-arg]  # any connection
    """Return who is signed in and has nothing to do first: what every guard begins with.

    A route with opt={"unfinished": True} takes those too who have a duty to do.

    Raises:
        NotSignedIn: nobody is.
        DutyFirst: a password of their own or one-time codes are still missing.
    """
    principal = connection.user
    if not isinstance(principal, Principal):
        raise NotSignedIn()
    if principal.stay is not None and principal.stay.visit_id is not None:
        _refuse_visitor(connection)
    if not handler.opt.get("unfinished"):
        refuse_until_done(principal.duty)
    return principal


def _refuse_visitor(connection: ASGIConnection) -> None:  # type: ignore[type-arg]  # any connection
    # A visit looks: whatever a permission to view lets others start, it starts nothing.
    method, path = str(connection.scope.get("method")), connection.scope["path"]
    if method not in ("GET", "HEAD") and path not in VISITOR_MAY:
        raise Forbidden("平台临时访问只能查看，不能做任何修改")


async def _by_key(house: House, clear: str, address: str) -> Principal | None:
    holder = await keysignin.find_holder(house, clear, address=address)
    if holder is None:
        return None
    duty = duty_of(holder.staff, holder.bank)
    return Principal(
        holder.staff, holder.bank, holder.tenant, by_key=True, duty=duty, key=holder.key
    )


class May:
    """A guard: the signed-in person's roles must grant a permission.

    The house test finds it on every route that is not public by name.
    """

    def __init__(self, permission: str) -> None:
        if permission not in access.PERMISSIONS:
            raise KeyError(permission)
        self.permission = permission

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn or Forbidden unless the person may."""
        principal = admitted(connection, handler)
        if not access.may(principal.staff.roles, self.permission):
            wanted = access.PERMISSIONS[self.permission]
            if self.permission in principal.lender or not principal.lender:
                raise Forbidden(f"您的角色没有“{wanted}”的权限，请联系本行管理员")
            raise Forbidden(
                f"这个接口密钥的范围不含“{wanted}”（{self.permission}），"
                "请由管理员在“接口密钥”页修改范围"
            )


class SignedIn:
    """A guard for routes that every signed-in person may use."""

    permission = "*"

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn unless somebody is signed in."""
        admitted(connection, handler)


class InPerson(SignedIn):
    """A guard for one's own account: a key, which scripts hold, is not the person."""

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn, or Forbidden for an API key."""
        if admitted(connection, handler).by_key:
            raise Forbidden("接口密钥不能管理个人账号，请本人登录后操作")


def principal_of(request: Request) -> Principal:  # type: ignore[type-arg]  # any request
    """Return the signed-in person of a request; raises NotSignedIn."""
    if not isinstance(request.user, Principal):
        raise NotSignedIn()
    return request.user
