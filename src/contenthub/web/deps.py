"""What a handler may ask for: `db`, `platform`, `me`, `bank`, `now`, `house`.

`db` (an operator's: `platform`) is the request's one unit of work: it commits after the answer
was rendered and before its first byte; anything raised rolls it back. A POST with an
Idempotency-Key leaves its answer in the same transaction (docs/decisions/0003), unless the
handler says opt={"idempotent": False} because its answer is a secret.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from contenthub.db import Platform, Write
from contenthub.tenants.models import Bank, Staff
from contenthub.web import idempotency
from contenthub.web.edge import current_scope
from contenthub.web.house import House, house_of
from contenthub.web.signin import principal_of


async def provide_db(request: Request[Any, Any, Any]) -> AsyncGenerator[Write, None]:
    """Open the request's unit of work for the signed-in person's bank."""
    house, principal = house_of(request), principal_of(request)
    async with house.database.unit_of_work(principal.tenant) as db:
        # A page's form is no script that repeats itself, and keeps no answer to give again.
        if request.method == "POST" and request.url.path.startswith("/api/"):
            await _claim(request, db)
        yield db


async def provide_platform(request: Request[Any, Any, Any]) -> AsyncGenerator[Platform, None]:
    """Open the request's unit of work over all banks; only guards of operators let anybody here."""
    async with house_of(request).database.platform_unit_of_work() as db:
        yield db


async def _claim(request: Request[Any, Any, Any], db: Write) -> None:
    if not request.route_handler.opt.get("idempotent", True):
        return  # its answer holds a secret that is shown once and kept nowhere
    key = idempotency.record_key(request)
    if key is None:
        return
    await idempotency.claim(db, key, idempotency.fingerprint(request, await request.body()))
    request.scope["state"]["idempotent"] = (db, key)


async def keep_answer(response: Response[Any]) -> Response[Any]:
    """Leave the answer of an idempotent request beside its writes (an `after_request` hook)."""
    scope = current_scope.get()
    claimed = None if scope is None else scope["state"].get("idempotent")
    if claimed is not None:
        db, key = claimed
        told = response.content
        # What is told once is not told again: the kept answer is without it.
        kept = told.without_secret() if hasattr(told, "without_secret") else told
        await idempotency.keep(db, key, kept, status=response.status_code or 201)
    return response


async def provide_me(request: Request[Any, Any, Any]) -> Staff:
    """Return the signed-in person."""
    return principal_of(request).staff


async def provide_bank(request: Request[Any, Any, Any]) -> Bank:
    """Return the signed-in person's bank."""
    return principal_of(request).bank


async def provide_now() -> datetime:
    """Return this instant (UTC); rooms below never read the clock themselves."""
    return datetime.now(UTC)


async def provide_house(request: Request[Any, Any, Any]) -> House:
    """Return the running house."""
    return house_of(request)


DEPENDENCIES = {
    "db": Provide(provide_db),
    "platform": Provide(provide_platform),
    "me": Provide(provide_me),
    "bank": Provide(provide_bank),
    "now": Provide(provide_now),
    "house": Provide(provide_house),
}

Db = NamedDependency[Write]
OverBanks = NamedDependency[Platform]
Me = NamedDependency[Staff]
OurBank = NamedDependency[Bank]
Now = NamedDependency[datetime]
TheHouse = NamedDependency[House]
InState = Annotated[str, QueryParameter(name="state")]
"""What handlers write: `async def handler(db: Db, me: Me, now: Now, in_state: InState = "")`;
an operator's write `platform: OverBanks`.

`InState` is a list's `?state=`: Litestar keeps the bare name `state` for itself.
"""
