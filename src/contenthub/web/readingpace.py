"""The pace at which a client takes its answer: a reader that drips is dropped too.

A resumed transport is no proof of reading: a client that takes fifty bytes now and then lets it
resume each time. What counts is how much of what was written has left this process.
"""

import asyncio
import socket
from typing import Any

READ_SECONDS = 30.0
"""How often is looked; a telephone in a tunnel may stand still for so long."""
READ_BYTES_PER_SECOND = 1024
SEND_BUFFER_BYTES = 128 * 1024
"""Of the kernel, which doubles it. Larger ones take a whole page at once, and then no pace of the
client is seen here; this one still lets 2 MB a second through at a delay of 100 ms."""


class Counted:
    """A transport that knows how many bytes were given to it."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._given_bytes = 0

    def write(self, data: bytes) -> None:
        """Write, and count."""
        self._given_bytes += len(data)
        self._transport.write(data)

    @property
    def taken_bytes(self) -> int:
        """How many bytes have left this process."""
        return self._given_bytes - int(self._transport.get_write_buffer_size())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class ReadingPace:
    """Watches one connection for as long as anything waits to be taken."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: Counted,
        *,
        every_seconds: float,
        bytes_per_second: int,
    ) -> None:
        self._loop, self._transport = loop, transport
        self._every_seconds, self._least = every_seconds, every_seconds * bytes_per_second
        self._timer: asyncio.TimerHandle | None = None
        self._taken_bytes = 0
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def watch(self) -> None:
        """Begin to watch, unless nothing waits or somebody watches already."""
        if self._timer is None and self._transport.get_write_buffer_size() > 0:
            self._taken_bytes = self._transport.taken_bytes
            self._timer = self._loop.call_later(self._every_seconds, self._look)

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._transport.get_write_buffer_size() == 0:
            return
        if self._transport.taken_bytes - self._taken_bytes < self._least:
            self._transport.abort()
        else:
            self.watch()
