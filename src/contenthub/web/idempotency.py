"""Idempotency-Key: a request that is sent again gets the first answer and does no work.

The key is claimed and its answer kept in the very transaction of the write
(docs/decisions/0003). A handler of the request's own unit of work gets this from web/deps.py;
one that opens its unit late, because a file travels or pixels are painted before, says
opt={"idempotent": True} and uses `Once`.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants.models import IdempotencyRecord
from contenthub.web.house import house_of
from contenthub.web.signin import principal_of

KEEP = timedelta(hours=24)
FORGET_AT_ONCE = 100
_IN_FLIGHT = 0

RecordKey = tuple[UUID, str]
"""(bank, person and key) of a kept answer."""


class Replay(Exception):  # not an error: an answer that was given before
    """The request was answered before; the handler must not run again."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def record_key(request: Request[Any, Any, Any]) -> RecordKey | None:
    """Return where the answer of a request is kept, or None when it came without a key.

    Raises:
        Invalid: a key of more than 200 characters.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        return None
    if len(key) > 200:
        raise Invalid.of("Idempotency-Key", "幂等键最多 200 个字符")
    principal = principal_of(request)
    return principal.tenant, f"{principal.staff.id}:{key}"


def fingerprint(request: Request[Any, Any, Any], *parts: bytes) -> str:
    """Return what tells two requests under one key apart: the path and what was sent."""
    return sha256(b"\x00".join([request.url.path.encode(), *parts])).hexdigest()


async def claim(db: Write, key: RecordKey, digest: str) -> None:
    """Take a key for this transaction.

    Raises:
        Replay: it was answered before. Invalid: the key was used for another request.
    """
    now = datetime.now(UTC)
    table = IdempotencyRecord
    await _forget_old(db, key, before=now - KEEP)
    # A second request with the same key waits here for the first one's commit.
    added = await db.execute(
        insert(table)
        .values(
            tenant_id=key[0],
            key=key[1],
            request_hash=digest,
            status=_IN_FLIGHT,
            body=b"",
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(table.key)
    )
    if added.first() is None:
        _answer_again(await db.get_one(table, key), digest)


async def keep(db: Write, key: RecordKey, content: Any, *, status: int) -> None:
    """Leave the answer of a claimed key beside its writes."""
    record = await db.get_one(IdempotencyRecord, key)
    record.status = status
    record.body = _kept(content)


class Once:
    """The key of a request whose handler opens its own unit of work; without one, nothing."""

    def __init__(self, request: Request[Any, Any, Any], *parts: bytes) -> None:
        self._request = request
        self._key = record_key(request)
        self._digest = fingerprint(request, *parts)

    async def replay(self) -> None:
        """Raise Replay when the request was answered before, ahead of any work.

        Raises:
            Replay; Invalid: the key was used for another request.
        """
        if self._key is None:
            return
        async with house_of(self._request).database.reading(
            principal_of(self._request).tenant
        ) as db:
            known = await db.get(IdempotencyRecord, self._key)
        if known is not None and known.created_at >= datetime.now(UTC) - KEEP:
            _answer_again(known, self._digest)

    async def claim(self, db: Write) -> None:
        """Take the key first thing in the unit of work that writes; raises as `replay` does."""
        if self._key is not None:
            await claim(db, self._key, self._digest)

    async def keep(self, db: Write, answer: Any) -> None:
        """Leave the answer last thing in the same unit of work."""
        if self._key is not None:
            status = int(self._request.route_handler.status_code)
            await keep(db, self._key, answer, status=status)


def _answer_again(known: IdempotencyRecord, digest: str) -> None:
    if known.request_hash != digest:
        raise Invalid.of("Idempotency-Key", "同一个幂等键已用于另一个请求，请换一个新的键")
    if known.status == _IN_FLIGHT:
        raise Conflict("同一个请求正在处理中，请稍后再查")
    raise Replay(known.status, known.body)


async def _forget_old(db: Write, own: RecordKey, *, before: datetime) -> None:
    """Delete some answers older than `before`, this key's own among them.

    Never in each other's way: without SKIP LOCKED a request would wait here until the one
    that forgets the same rows has committed.
    """
    table = IdempotencyRecord
    old = (table.tenant_id == own[0], table.created_at < before)
    some = select(table.key).where(*old).limit(FORGET_AT_ONCE).with_for_update(skip_locked=True)
    await db.execute(delete(table).where(table.tenant_id == own[0], table.key.in_(some)))
    await db.execute(delete(table).where(*old, table.key == own[1]))


def _kept(content: Any) -> bytes:
    if content is None:
        return b""
    return content if isinstance(content, bytes) else msgspec.json.encode(content, enc_hook=str)
