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
from contenthub.tenants import access, queries
from contenthub.tenants.models import Bank, Staff
from contenthub.web.house import House, house_of
from contenthub.web.sessions import close_session, cookie_name, find_session, proof_of

CACHE_SECONDS = 3.0
"""A disabled person is out within 5 s (reliability S2): the cache must be shorter."""
_CACHE_SIZE = 5000


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, their bank, and how they proved it."""

    staff: Staff
    bank: Bank
    tenant: TenantId
    by_key: bool


_known: dict[object, tuple[float, Principal | None]] = {}


class SignIn(AbstractAuthenticationMiddleware):
    """Sets `request.user` to a Principal or None; it refuses nobody, guards do."""

    async def authenticate_request(self, connection: ASGIConnection) -> AuthenticationResult:  # type: ignore[type-arg]  # the base class leaves it open
        """Return who is asking.

        Raises:
            Forbidden: an unsafe request that another site's page made.
        """
        house = house_of(connection)
        refuse_foreign_origin(connection)
        bearer = connection.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            principal = await _by_key(house, bearer[7:].strip())
        else:
            principal = await _by_cookie(house, connection.cookies.get(cookie_name(house.settings)))
        if principal is not None:
            log.tenant.set(principal.bank.slug)
            log.actor.set(str(principal.staff.id))
        return AuthenticationResult(user=principal, auth=None)


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
    if principal is None or session.proof in ("", proof_of(principal.staff.password_hash)):
        return principal
    # The password was set anew: whoever knew the old one is out.
    await close_session(house.redis, sid)
    return None


async def _cached(house: House, tenant: TenantId, staff_id: UUID) -> Principal | None:
    key = (id(house), tenant, staff_id)
    now = time.monotonic()
    if (hit := _known.get(key)) is not None and hit[0] > now:
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
    if staff.state != "active" or bank.state != "active":
        return None
    return Principal(staff, bank, tenant, by_key=False)


async def _by_key(house: House, key: str) -> Principal | None:
    digest = queries.key_hash(key)
    try:
        async with house.database.unscoped_reading() as session:
            found = await queries.find_in_directory(session, "key", digest)
    except NotFound:
        return None
    tenant = TenantId(found.bank_id)
    async with house.database.reading(tenant) as db:
        owner = await queries.staff_by_key(db, digest)
        bank = await queries.bank(db)
    if owner is None or bank.state != "active":
        return None
    staff, api_key = owner
    expired = api_key.expires_at is not None and api_key.expires_at <= datetime.now(UTC)
    if staff.state != "active" or api_key.revoked_at is not None or expired:
        return None
    return Principal(staff, bank, tenant, by_key=True)


class May:
    """A guard: the signed-in person's roles must grant a permission.

    The house test finds it on every route that is not public by name.
    """

    def __init__(self, permission: str) -> None:
        if permission not in access.PERMISSIONS:
            raise KeyError(permission)
        self.permission = permission

    async def __call__(self, connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn or Forbidden unless the person may."""
        principal = connection.user
        if not isinstance(principal, Principal):
            raise NotSignedIn()
        if not access.may(principal.staff.roles, self.permission):
            raise Forbidden(
                f"您的角色没有“{access.PERMISSIONS[self.permission]}”的权限，请联系本行管理员"
            )


class SignedIn:
    """A guard for routes that every signed-in person may use."""

    permission = "*"

    async def __call__(self, connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn unless somebody is signed in."""
        if not isinstance(connection.user, Principal):
            raise NotSignedIn()


def principal_of(request: Request) -> Principal:  # type: ignore[type-arg]  # any request
    """Return the signed-in person of a request; raises NotSignedIn."""
    if not isinstance(request.user, Principal):
        raise NotSignedIn()
    return request.user
