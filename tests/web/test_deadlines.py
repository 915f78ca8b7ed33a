"""Raw sockets against a real uvicorn: only the server's answer and the cut are asserted."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from functools import partial

import pytest
import uvicorn

from contenthub.web.deadlines import DeadlineProtocol, Message, Receive, Send, body_deadline


async def _echo_length(scope: Message, receive: Receive, send: Send) -> None:
    """Answer with the body's length, or with 499 when the client was cut."""
    length = 0
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        length += len(message["body"])
        if not message["more_body"]:
            break
    size = {"/big": 30_000_000, "/page": 2_000_000}.get(scope["path"], 0)
    body = b"x" * size or str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


_servers: dict[int, uvicorn.Server] = {}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        number = int(listening.getsockname()[1])
        app = body_deadline(_echo_length, body_seconds=0.3, bytes_per_second=10_000_000)
        config = uvicorn.Config(
            app,
            http=partial(  # type: ignore[arg-type]  # uvicorn calls it like the class
                DeadlineProtocol,
                header_seconds=0.3,
                header_bytes=4096,
                read_seconds=0.3,
                read_bytes_per_second=100_000,
                unread_bytes=1_000_000,
                unread_seconds=0.3,
                secure=True,
            ),
            lifespan="off",
            log_config=None,
            timeout_keep_alive=60,
        )
        server = uvicorn.Server(config)
        _servers[number] = server
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield number
        server.should_exit = True
        await serving


async def _talk(port: int, *parts: bytes, pause_seconds: float = 0.0) -> bytes:
    """Send the parts, then read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_seconds)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_socket_that_never_speaks_is_closed(port: int) -> None:
    assert (await _talk(port)).startswith(b"HTTP/1.1 408")


async def test_headers_that_drip_are_cut_although_bytes_keep_coming(port: int) -> None:
    drip = [b"GET / HTTP/1.1\r\n", *[b"x-a: 1\r\n"] * 20]
    heard = await _talk(port, *drip, pause_seconds=0.05)
    assert heard.startswith(b"HTTP/1.1 408") or heard == b""


async def test_blank_lines_between_requests_do_not_keep_a_socket_open(port: int) -> None:
    first = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
    heard = await _talk(port, first, *[b"\r\n"] * 10, pause_seconds=0.05)
    assert heard.startswith(b"HTTP/1.1 200") or heard == b""


async def test_endless_headers_are_refused(port: int) -> None:
    heard = await _talk(port, b"GET / HTTP/1.1\r\n" + b"x-a: 1\r\n" * 1000)
    assert heard.startswith(b"HTTP/1.1 431")


SAFE = (
    b"x-content-type-options: nosniff",
    b"referrer-policy: ",
    b"x-frame-options: ",
    b"permissions-policy: ",
    b"cross-origin-opener-policy: ",
    b"content-security-policy: default-src 'self'",
    b"strict-transport-security: max-age=",
    b"cache-control: no-store",
    b"connection: close",
)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"BREW / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nhost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS to the plain port
        (b"GET / HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost:\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nhost: a\r\nhost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a/b@c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 5000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 5000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x-a: 1\r\n" * 900 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: a\r\n", 408),
    ],
)
async def test_what_no_application_saw_is_refused_with_the_houses_headers_and_words(
    port: int, request_bytes: bytes, status: int
) -> None:
    head, _, body = (await _talk(port, request_bytes)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status)
    assert [wanted for wanted in SAFE if wanted not in head] == []
    said = json.loads(body)
    assert (said["status"], said["type"]) == (status, "about:blank")
    assert "请" in said["title"]


@pytest.mark.parametrize(
    "host", [b"a", b"a:8000", b"127.0.0.1:1", b"[::1]:8000", b"A-b_c.example."]
)
async def test_a_host_as_browsers_and_proxies_write_it_is_served(port: int, host: bytes) -> None:
    heard = await _talk(port, b"GET / HTTP/1.1\r\nconnection: close\r\nhost: " + host + b"\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 200")


async def test_an_old_probe_without_a_host_is_served(port: int) -> None:
    assert (await _talk(port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_headers_of_each_request_on_a_connection_are_counted_alone(port: int) -> None:
    one = b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 3000 + b"\r\n%s\r\n"
    heard = await _talk(port, one % b"", one % b"", one % b"connection: close\r\n")
    assert heard.count(b"HTTP/1.1 200") == 3


async def test_pipelined_requests_are_answered_in_order_until_one_is_wrong(port: int) -> None:
    good = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"
    heard = await _talk(port, good + good + b"GET / HTTP/1.1\r\n\r\n" + good)
    assert heard.count(b"HTTP/1.1 200") == 2
    assert heard.count(b"HTTP/1.1") == 2
    assert b"connection: close" in heard


async def test_a_body_that_breaks_off_in_nonsense_is_refused_once(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    heard = await _talk(port, head, b"3\r\nabc\r\n", b"zz\r\n", pause_seconds=0.02)
    assert heard.startswith(b"HTTP/1.1 400")
    assert heard.count(b"HTTP/1.1") == 1


async def test_a_body_that_stops_is_answered_408_and_closed(port: int) -> None:
    heard = await _talk(port, b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\nabc")
    assert heard.startswith(b"HTTP/1.1 408")
    assert heard.count(b"HTTP/1.1") == 1
    assert "上传太慢".encode() in heard


async def test_a_quick_body_is_read_whole_and_the_connection_kept(port: int) -> None:
    request = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n%s\r\nabc"
    heard = await _talk(port, request % b"", request % b"connection: close\r\n")
    assert heard.count(b"HTTP/1.1 200") == 2
    assert heard.endswith(b"\r\n\r\n3")


async def test_a_reader_that_stops_reading_is_dropped(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /big HTTP/1.1\r\nhost: a\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(3.0)  # ten looks; the kernels' own buffers fill during the first ones
    read = 0
    try:
        while part := await reader.read(1 << 20):
            read += len(part)
    except ConnectionError:
        pass
    writer.close()
    assert read < 30_000_000


@pytest.mark.parametrize("path", [b"/big", b"/page"])
async def test_a_reader_that_drips_is_dropped_although_it_reads(port: int, path: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64)
    connections = _servers[port].server_state.connections
    writer.write(b"GET " + path + b" HTTP/1.1\r\nhost: a\r\n\r\n")
    await writer.drain()
    assert await reader.read(50)
    dropped = False
    try:
        async with asyncio.timeout(20):
            while connections:
                await reader.read(50)
                await asyncio.sleep(0.02)
            dropped = True
    except ConnectionError:
        dropped = True
    writer.close()
    assert dropped


async def test_a_reader_who_takes_their_time_gets_the_whole_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
    writer.write(b"GET /page HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    read = 0
    while part := await reader.read(1 << 16):
        read += len(part)
        await asyncio.sleep(0.05)  # 65 KB of the 2 MB, more than the 100 KB a second
    writer.close()
    assert read > 2_000_000


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: +5\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"content-length : 5\r\n",
    ],
)
async def test_a_request_whose_end_is_disputed_is_refused(port: int, framing: bytes) -> None:
    smuggled = b"0\r\n\r\nGET /big HTTP/1.1\r\nhost: a\r\n\r\n"
    heard = await _talk(port, b"POST / HTTP/1.1\r\nhost: a\r\n" + framing + b"\r\n" + smuggled)
    assert heard.startswith(b"HTTP/1.1 400") or b"connection: close" in heard.lower()
    assert len(heard) < 1000  # the request hidden inside was not answered


EARLY = b"POST /early HTTP/1.1\r\nhost: a\r\n"
LAST = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc"
ALLOWED = b"y" * 400_000
"""More than a head may hold, less than what is dropped of a body."""
UNREAD = {
    "length": b"content-length: 400000\r\n\r\n" + ALLOWED,
    "chunked": b"transfer-encoding: chunked\r\n\r\n" + b"61a80\r\n" + ALLOWED + b"\r\n0\r\n\r\n",
}


async def _early(port: int, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection whose request was answered before any of its body was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(EARLY + head)
    assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
    return reader, writer


@pytest.mark.parametrize("framing", sorted(UNREAD))
@pytest.mark.parametrize("is_pipelined", [False, True])
async def test_a_body_nobody_read_is_no_part_of_the_next_requests_head(
    port: int, framing: str, is_pipelined: bool
) -> None:
    head, _, body = UNREAD[framing].partition(b"\r\n\r\n")
    for _ in range(2):
        reader, writer = await _early(port, head + b"\r\n\r\n")
        if is_pipelined:
            writer.write(body + LAST)
        else:
            writer.write(body)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(LAST)
        heard = await reader.read()
        writer.close()
        assert heard.startswith(b"HTTP/1.1 200")
        assert heard.endswith(b"\r\n\r\n3")


async def test_a_connection_is_kept_idle_after_a_body_nobody_read(port: int) -> None:
    head, _, body = UNREAD["length"].partition(b"\r\n\r\n")
    reader, writer = await _early(port, head + b"\r\n\r\n")
    writer.write(body)
    await writer.drain()
    await asyncio.sleep(0.6)  # twice what a head and an unread body get
    writer.write(LAST)
    heard = await reader.read()
    writer.close()
    assert heard.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (b"content-length: 9000000\r\n\r\n", [b"y" * 500_000] * 3),
        (b"content-length: 9000000\r\n\r\n", [b"y"] * 12),
        (b"transfer-encoding: chunked\r\n\r\n", [b"3\r\nabc\r\n", b"zz\r\n"]),
    ],
)
async def test_a_body_nobody_read_that_does_not_end_is_cut_without_a_second_answer(
    port: int, head: bytes, rest: list[bytes]
) -> None:
    reader, writer = await _early(port, head)
    heard = b""
    try:
        for part in rest:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            heard = await reader.read()
    except ConnectionError:
        pass  # the cut, seen while writing
    writer.close()
    assert heard == b""


async def test_after_a_body_nobody_read_a_head_is_still_limited(port: int) -> None:
    head, _, body = UNREAD["length"].partition(b"\r\n\r\n")
    reader, writer = await _early(port, head + b"\r\n\r\n")
    writer.write(body)
    await writer.drain()
    (kept,) = _servers[port].server_state.connections
    while kept._in_body:  # type: ignore[union-attr]  # the end of the body and the head apart
        await asyncio.sleep(0.01)
    writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 5000)
    heard = await reader.read()
    writer.close()
    assert heard.startswith(b"HTTP/1.1 431")
