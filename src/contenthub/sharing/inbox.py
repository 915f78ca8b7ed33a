"""Idea: the inbox of visits: one group commit records whatever arrived while the last one ran.

No timer: an idle site waits for one round trip, a busy one shares it (design/performance.md
A1). A visit counts as acknowledged only after its batch was committed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec

from contenthub.db import Database
from contenthub.errors import Unavailable

FETCH, VIEW = "fetch", "view"
WAITING_AT_MOST = 20_000
HUNG_SECONDS = 5.0
"""A database that says nothing for so long has not taken the batch: its visitors are told."""


class Seen(msgspec.Struct, array_like=True, frozen=True):
    """One fetch or view on its way to the table; ids are 16 raw bytes, instants in µs (UTC)."""

    kind: str
    bank: bytes
    link: bytes
    item: bytes
    employee: bytes
    visitor: bytes | None
    id: bytes
    at_us: int
    dwell_ms: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Seen])


def pack(batch: list[Seen]) -> bytes:
    """Return a batch as one msgpack value."""
    return _encoder.encode(batch)


def unpack(packed: bytes) -> list[Seen]:
    """Return the visits of a batch; raises msgspec.DecodeError when the bytes are damaged."""
    return _decoder.decode(packed)


Write = Callable[[list[Seen]], Awaitable[None]]
"""Makes a batch durable; returning means that not even a power loss takes it back."""
Sink = Callable[[], AbstractAsyncContextManager[Write]]
"""Opens the way to the disk for as long as visits keep coming."""


class Coalescer:
    """Collects visits and hands them to the sink, one batch at a time."""

    def __init__(
        self,
        sink: Sink,
        *,
        waiting_at_most: int = WAITING_AT_MOST,
        hung_seconds: float = HUNG_SECONDS,
    ) -> None:
        self._sink = sink
        self._hung_seconds = hung_seconds
        self._waiting_at_most = waiting_at_most
        self._waiting: list[Seen] = []
        self._batch: asyncio.Future[None] | None = None
        self._flushing: asyncio.Task[None] | None = None

    async def submit(self, seen: Seen) -> None:
        """Return when this visit is durable.

        Raises:
            Unavailable: the database did not take the batch or hangs, or too many visits wait.
        """
        if len(self._waiting) >= self._waiting_at_most:
            raise Unavailable()
        if self._batch is None:
            self._batch = asyncio.get_running_loop().create_future()
        self._waiting.append(seen)
        batch = self._batch
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        # A visitor who hangs up must not cancel the batch of all the others.
        await asyncio.shield(batch)

    async def _flush(self) -> None:
        tries_left = 2
        taken: tuple[list[Seen], asyncio.Future[None]] | None = None
        try:
            while taken or self._batch:
                try:
                    async with asyncio.timeout(self._hung_seconds) as limit, self._sink() as write:
                        while taken := taken or self._take():
                            limit.reschedule(_from_now(self._hung_seconds))
                            await write(taken[0])
                            _settle(taken[1], None)
                            taken, tries_left = None, 2
                except TimeoutError as error:
                    # Whoever came meanwhile has waited long enough too.
                    for _, batch in filter(None, (taken, self._take())):
                        _settle(batch, error)
                    taken, tries_left = None, 2
                except Exception as error:
                    # A second try is safe: a batch that was stored after all is drained
                    # twice and counted once, by the key of each visit.
                    tries_left -= 1
                    if tries_left == 0 or taken is None:
                        for _, batch in filter(None, (taken or self._take(),)):
                            _settle(batch, error)
                        taken, tries_left = None, 2
        finally:
            self._flushing = None

    def _take(self) -> tuple[list[Seen], "asyncio.Future[None]"] | None:
        if self._batch is None:
            return None
        taken = (self._waiting, self._batch)
        self._waiting, self._batch = [], None
        return taken


def _from_now(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _settle(batch: "asyncio.Future[None]", error: Exception | None) -> None:
    if error is None:
        batch.set_result(None)
        return
    refused = Unavailable()
    refused.__cause__ = error
    batch.set_exception(refused)
    batch.exception()  # marks it as seen: every waiter may have hung up already


_INSERT = "insert into visit_inbox (packed) values ($1)"


def inbox_sink(database: Database) -> Sink:
    """Return the sink that writes a batch as one `visit_inbox` row."""

    @asynccontextmanager
    async def open_inbox() -> AsyncIterator[Write]:
        async with database.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            if driver is None:
                raise Unavailable()

            async def write(batch: list[Seen]) -> None:
                try:
                    # The driver's own autocommit: one round trip for begin, insert and commit.
                    await driver.execute(_INSERT, pack(batch))
                except BaseException:
                    # Its answer may still come: nobody else must read it as theirs.
                    driver.terminate()
                    await connection.invalidate()
                    raise

            yield write

    return open_inbox
