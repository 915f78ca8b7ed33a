"""Deadlines and limits at the edge: slow or huge headers, slow bodies, readers that stop reading.

uvicorn itself keeps such sockets for ever (reliability A14). What is refused before any
application saw it carries the house's security headers and says in Chinese what is wrong.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from contenthub.web.readingpace import (
    READ_BYTES_PER_SECOND,
    READ_SECONDS,
    Counted,
    ReadingPace,
)
from contenthub.web.safeheaders import content_security_policy, fixed_headers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
"""Any ASGI application: each framework names the three arguments' types differently."""

HEADER_SECONDS = 10.0
HEADER_BYTES = 32 * 1024
"""Of a request's first line and headers together; browsers and proxies stay below 16 KiB."""
BODY_SECONDS = 30.0
BODY_BYTES_PER_SECOND = 50 * 1024
UNREAD_BYTES = 64 * 1024 * 1024
"""Of a body still arriving after its request was answered (413, 401); then the socket closes."""
UNREAD_SECONDS = 30.0

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")
# Status: what whoever wrote the request reads, and its code.
_REFUSALS = {
    400: ("请求不是正确的 HTTP，请检查方法、请求行、Host 和请求头的写法", "bad_request"),
    408: ("请求发送太慢，连接已断开，请检查网络后重试", "too_slow"),
    431: ("请求地址和请求头合计太大，请清除本站的 Cookie 后重试", "headers_too_large"),
}
_TOO_SLOW_BODY = "上传太慢，连接已断开，请检查网络后重试"


def _problem(status: int, *, title: str, code: str) -> bytes:
    said = f'{{"type":"about:blank","title":"{title}","status":{status},"code":"{code}"}}'
    return said.encode()


class _Refused(Exception):  # never leaves the parser, which wraps it
    """A request whose headers cannot be served: `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that gives a request's headers ten seconds and 32 KiB."""

    def __init__(
        self,
        *args: Any,
        header_seconds: float = HEADER_SECONDS,
        header_bytes: int = HEADER_BYTES,
        read_seconds: float = READ_SECONDS,
        read_bytes_per_second: int = READ_BYTES_PER_SECOND,
        unread_bytes: int = UNREAD_BYTES,
        unread_seconds: float = UNREAD_SECONDS,
        secure: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._fixed = fixed_headers(secure=secure)
        self._header_seconds = header_seconds
        self._header_bytes = header_bytes
        self._read_seconds = read_seconds
        self._read_bytes_per_second = read_bytes_per_second
        self._unread_bytes = unread_bytes
        self._unread_seconds = unread_seconds
        self._header_seen_bytes = self._parsed_bytes = self._unread_seen_bytes = 0
        self._in_body = False
        self._refused_status = 400
        self._header_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._pace: ReadingPace | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the first request's clock with the connection, before any byte came."""
        counted = Counted(transport)
        self._pace = ReadingPace(
            self.loop,
            counted,
            every_seconds=self._read_seconds,
            bytes_per_second=self._read_bytes_per_second,
        )
        super().connection_made(counted)  # type: ignore[arg-type]  # a transport in all but name
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks."""
        self._headers_done()
        self._body_done()
        if self._pace is not None:
            self._pace.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a request that is not complete yet keeps its clock running."""
        if self._header_timer is not None:
            self._header_seen_bytes += len(data)
        was_in_body = self._in_body
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._header_timer is not None:
            self._limit_headers()
        elif self.cycle is None or self.cycle.response_complete:
            self._after_answer(len(data), was_in_body=was_in_body)

    def _after_answer(self, length_bytes: int, *, was_in_body: bool) -> None:
        # Whatever comes cancels uvicorn's keep-alive clock, so each case needs one of ours.
        if self._in_body:
            self._drop_unread(length_bytes)
        elif was_in_body:
            # The body that nobody read ended: the connection waits for the next request. What
            # came of that one with the body's end is not counted, nobody knows where it begins.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self._expect_headers(length_bytes)
            self._limit_headers()

    def _limit_headers(self) -> None:
        if self._header_seen_bytes > self._header_bytes:
            self._refuse(431)

    def _drop_unread(self, length_bytes: int) -> None:
        # Closing at once would reset the connection, and the client might lose the answer.
        self._unread_seen_bytes += length_bytes
        if self._unread_seen_bytes > self._unread_bytes:
            self.transport.close()
        elif self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self._unread_seconds, self.transport.close)

    def on_message_begin(self) -> None:
        """Count the bytes of the next request's headers from nothing."""
        self._parsed_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address; raises when the request's head is too large."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; raises when the request's head is too large."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the clock: the request is on its way to the application.

        One that names no host, two, or none that could be is refused (RFC 9112, 3.2).
        """
        self._headers_done()
        hosts = [value for name, value in self.headers if name == b"host"]
        needed = self.parser.get_http_version() == "1.1"
        if len(hosts) > 1 or (needed and not hosts) or not all(map(_HOST.fullmatch, hosts)):
            self._stop(400)
        super().on_headers_complete()
        self._in_body = True

    def on_message_complete(self) -> None:
        """Know that what comes next is another request's head."""
        self._body_done()
        super().on_message_complete()

    def _count(self, length_bytes: int) -> None:
        self._parsed_bytes += length_bytes
        if self._parsed_bytes > self._header_bytes:
            self._stop(431)

    def _stop(self, status: int) -> None:
        # The parser wraps what its callbacks raise; uvicorn then asks for the 400 below.
        self._refused_status = status
        raise _Refused(status)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read, or what `_stop` stopped.

        A request before it on the same connection is still answered: its answer is the last.
        """
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            cycle.keep_alive = False
            return
        self._refuse(self._refused_status)

    def pause_writing(self) -> None:
        """Watch the pace of a reader who does not keep up."""
        self._watch_pace()
        super().pause_writing()

    def on_response_complete(self) -> None:
        """Watch who has not taken all of an answer that is written whole."""
        self._watch_pace()
        super().on_response_complete()

    def _watch_pace(self) -> None:
        if self._pace is not None:
            self._pace.watch()

    def _expect_headers(self, seen_bytes: int = 0) -> None:
        self._header_seen_bytes = seen_bytes
        self._header_timer = self.loop.call_later(self._header_seconds, self._refuse, 408)

    def _headers_done(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _body_done(self) -> None:
        self._in_body = False
        self._unread_seen_bytes = 0
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _is_answerable(self) -> bool:
        # Nonsense in a body whose request was answered already gets no second answer.
        if self.cycle is None or not self.cycle.response_started:
            return True
        return self.cycle.response_complete and not self._in_body

    def _refuse(self, status: int) -> None:
        self._headers_done()
        if self.transport.is_closing():
            return
        if self._is_answerable():
            title, code = _REFUSALS[status]
            body = _problem(status, title=title, code=code)
            self.transport.write(self._head(status, len(body)) + body)
        self.transport.close()

    def _head(self, status: int, length_bytes: int) -> bytes:
        policy = content_security_policy(secrets.token_urlsafe(16))
        headers = (
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(length_bytes).encode()),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", policy.encode()),
            *self._fixed,
        )
        return STATUS_LINE[status] + b"".join(b"%s: %s\r\n" % one for one in headers) + b"\r\n"


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
        body = _problem(408, title=_TOO_SLOW_BODY, code="too_slow")
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
