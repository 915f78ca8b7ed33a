"""What a handler may ask for: `db`, `me`, `bank`, `now`, `house`.

`db` is the request's one unit of work: it commits after the answer was rendered and
before its first byte; anything raised rolls it back. A POST with an Idempotency-Key
leaves its answer in the same transaction (docs/decisions/0003), unless the handler says
opt={"idempotent": False} because its answer is a secret.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency, Provide
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants.models import Bank, IdempotencyRecord, Staff
from contenthub.web.edge import current_scope
from contenthub.web.house import House, house_of
from contenthub.web.signin import principal_of

KEEP = timedelta(hours=24)
FORGET_AT_ONCE = 100
_IN_FLIGHT = 0


class Replay(Exception):  # not an error: an answer that was given before
    """The request was answered before; the handler must not run again."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


async def provide_db(request: Request[Any, Any, Any]) -> AsyncGenerator[Write, None]:
    """Open the request's unit of work for the signed-in person's bank."""
    house, principal = house_of(request), principal_of(request)
    async with house.database.unit_of_work(principal.tenant) as db:
        key = request.headers.get("idempotency-key", "")
        # A page's form is no script that repeats itself, and keeps no answer to give again.
        if key and request.method == "POST" and request.url.path.startswith("/api/"):
            await _claim(request, db, key)
        yield db


async def _claim(request: Request[Any, Any, Any], db: Write, key: str) -> None:
    if not request.route_handler.opt.get("idempotent", True):
        return  # its answer holds a secret that is shown once and kept nowhere
    principal = principal_of(request)
    if len(key) > 200:
        raise Invalid.of("Idempotency-Key", "幂等键最多 200 个字符")
    scoped = f"{principal.staff.id}:{key}"
    body = await request.body()
    digest = sha256(b"\x00".join([request.url.path.encode(), body])).hexdigest()
    now = datetime.now(UTC)
    table = IdempotencyRecord
    await _forget_old(db, (principal.tenant, scoped), before=now - KEEP)
    # A second request with the same key waits here for the first one's commit.
    added = await db.execute(
        insert(table)
        .values(
            tenant_id=principal.tenant,
            key=scoped,
            request_hash=digest,
            status=_IN_FLIGHT,
            body=b"",
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(table.key)
    )
    if added.first() is None:
        known = await db.get_one(table, (principal.tenant, scoped))
        if known.request_hash != digest:
            raise Invalid.of("Idempotency-Key", "同一个幂等键已用于另一个请求，请换一个新的键")
        if known.status == _IN_FLIGHT:
            raise Conflict("同一个请求正在处理中，请稍后再查")
        raise Replay(known.status, known.body)
    request.scope["state"]["idempotent"] = (db, (principal.tenant, scoped))


async def _forget_old(db: Write, own: tuple[UUID, str], *, before: datetime) -> None:
    """Delete some answers older than `before`, this key's own among them.

    Never in each other's way: without SKIP LOCKED a request would wait here until the one
    that forgets the same rows has committed.
    """
    table = IdempotencyRecord
    old = (table.tenant_id == own[0], table.created_at < before)
    some = select(table.key).where(*old).limit(FORGET_AT_ONCE).with_for_update(skip_locked=True)
    await db.execute(delete(table).where(table.tenant_id == own[0], table.key.in_(some)))
    await db.execute(delete(table).where(*old, table.key == own[1]))


async def keep_answer(response: Response[Any]) -> Response[Any]:
    """Leave the answer of an idempotent request beside its writes (an `after_request` hook)."""
    scope = current_scope.get()
    claimed = None if scope is None else scope["state"].get("idempotent")
    if claimed is not None:
        db, key = claimed
        record = await db.get_one(IdempotencyRecord, key)
        record.status = response.status_code or 201
        record.body = _kept(response.content)
    return response


def _kept(content: Any) -> bytes:
    if content is None:
        return b""
    return content if isinstance(content, bytes) else msgspec.json.encode(content, enc_hook=str)


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
    "me": Provide(provide_me),
    "bank": Provide(provide_bank),
    "now": Provide(provide_now),
    "house": Provide(provide_house),
}

Db = NamedDependency[Write]
Me = NamedDependency[Staff]
OurBank = NamedDependency[Bank]
Now = NamedDependency[datetime]
TheHouse = NamedDependency[House]
"""What handlers write: `async def handler(db: Db, me: Me, now: Now)`."""
