"""A small HTTP load generator over keep-alive connections: next request after a whole answer."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Round:
    """What one round of load saw."""

    answers: int = 0
    broken: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    waits_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0


class _Client(asyncio.Protocol):
    """One connection; `next_request` gives the bytes to send, None when the round is over."""

    def __init__(
        self,
        seen: Round,
        next_request: Callable[[], bytes | None],
        keep: Callable[[bytes], None] | None,
        over: asyncio.Future[None],
    ) -> None:
        self._seen, self._next, self._keep, self._over = seen, next_request, keep, over
        self._held = b""
        self._whole = -1
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        request = self._next()
        if request is None or self._transport is None:
            self._finish()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._held = self._held + data if self._held else data
        if self._whole < 0:
            head = self._held.find(b"\r\n\r\n")
            if head < 0:
                return
            low = self._held[:head].lower()
            start = low.find(b"content-length:")
            length = int(low[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
            self._whole = head + 4 + length
        if len(self._held) < self._whole:
            return
        seen = self._seen
        seen.answers += 1
        seen.waits_ms.append((time.perf_counter() - self._sent_at) * 1000)
        status = int(self._held[9:12])
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        if self._keep is not None and status == 200:
            self._keep(self._held)
        self._held, self._whole = b"", -1
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._over.done():
            self._seen.broken += 1
        self._finish()

    def _finish(self) -> None:
        if self._transport is not None:
            self._transport.close()
        if not self._over.done():
            self._over.set_result(None)


async def load(
    port: int,
    requests: list[bytes],
    *,
    seconds: float,
    connections: int = 64,
    keep: Callable[[bytes], None] | None = None,
) -> Round:
    """Send `requests` round robin over keep-alive connections for some seconds."""
    seen = Round()
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    at = 0

    def next_request() -> bytes | None:
        nonlocal at
        if time.perf_counter() >= until:
            return None
        at += 1
        return requests[at % len(requests)]

    async def one() -> None:
        while time.perf_counter() < until:
            over: asyncio.Future[None] = loop.create_future()
            client = _Client(seen, next_request, keep, over)
            try:
                await loop.create_connection(lambda made=client: made, "127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)  # the server was killed; it comes back
                continue
            await over

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    seen.seconds = time.perf_counter() - started
    return seen


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def until_up(port: int, *, seconds: float = 60) -> None:
    """Return when the port takes connections."""
    until = time.perf_counter() + seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.perf_counter() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its living children; 0 where /proc is absent."""
    total = 0.0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(") ", 1)[1].split()
            children = Path(f"/proc/{current}/task/{current}/children").read_text().split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS
        waiting += [int(child) for child in children]
    return total
