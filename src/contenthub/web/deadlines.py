"""Deadlines at the edge: slow headers, slow bodies and readers that stop reading are cut.

uvicorn itself keeps such sockets for ever (reliability A14).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
"""Any ASGI application: each framework names the three arguments' types differently."""

HEADER_SECONDS = 10.0
HEADER_BYTES = 64 * 1024
WRITE_SECONDS = 60.0
BODY_SECONDS = 30.0
BODY_BYTES_PER_SECOND = 50 * 1024

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOO_SLOW = (
    '{"type":"about:blank","title":"上传太慢，连接已断开，请检查网络后重试",'
    '"status":408,"code":"too_slow"}'
)


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that gives a request's headers ten seconds and 64 KiB."""

    def __init__(
        self,
        *args: Any,
        header_seconds: float = HEADER_SECONDS,
        header_bytes: int = HEADER_BYTES,
        write_seconds: float = WRITE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._header_seconds = header_seconds
        self._header_bytes = header_bytes
        self._write_seconds = write_seconds
        self._header_seen_bytes = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the first request's clock with the connection, before any byte came."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks."""
        self._headers_done()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a request that is not complete yet keeps its clock running."""
        if self._header_timer is not None:
            self._header_seen_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._header_timer is not None:
            if self._header_seen_bytes > self._header_bytes:
                self._refuse(b"431 Request Header Fields Too Large")
        elif self.cycle is None or self.cycle.response_complete:
            # Bytes between two requests (a dripped first line) cancel uvicorn's keep-alive clock.
            self._expect_headers(len(data))

    def on_headers_complete(self) -> None:
        """Stop the clock: the request is on its way to the application."""
        self._headers_done()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Give a reader that stopped reading its time, then drop it."""
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._write_seconds, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """The reader reads again."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()

    def _expect_headers(self, seen_bytes: int = 0) -> None:
        self._header_seen_bytes = seen_bytes
        self._header_timer = self.loop.call_later(
            self._header_seconds, self._refuse, b"408 Request Timeout"
        )

    def _headers_done(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _refuse(self, status: bytes) -> None:
        self._headers_done()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()


def body_deadline(
    app: ASGIApp,
    *,
    body_seconds: float = BODY_SECONDS,
    bytes_per_second: int = BODY_BYTES_PER_SECOND,
) -> ASGIApp:
    """Wrap `app` so that a request body gets 30 s and then has to keep 50 KiB a second.

    Only time spent waiting for the client counts. A client that is too slow reads 408
    and the application sees a disconnect.
    """

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            await app(scope, receive, send)
            return
        body = _Body(receive, send, body_seconds, bytes_per_second)
        await app(scope, body.receive, body.send)

    return guarded


class _Body:
    """One request's body under its deadline."""

    def __init__(
        self, receive: Receive, send: Send, body_seconds: float, bytes_per_second: int
    ) -> None:
        self._receive, self._send = receive, send
        self._left_seconds = body_seconds
        self._bytes_per_second = bytes_per_second
        self._complete = self._cut = self._answered = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        if self._cut:
            return {"type": "http.disconnect"}
        loop = asyncio.get_running_loop()
        before = loop.time()
        try:
            async with asyncio.timeout(self._left_seconds):
                message = await self._receive()
        except TimeoutError:
            await self._refuse()
            return {"type": "http.disconnect"}
        self._left_seconds -= loop.time() - before
        if message["type"] == "http.request":
            self._left_seconds += len(message["body"]) / self._bytes_per_second
            self._complete = not message["more_body"]
        return message

    async def send(self, message: Message) -> None:
        if not self._cut:
            self._answered = True
            await self._send(message)

    async def _refuse(self) -> None:
        self._cut = True
        if self._answered:
            return
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await self._send({"type": "http.response.start", "status": 408, "headers": headers})
        body = _TOO_SLOW.encode()
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
