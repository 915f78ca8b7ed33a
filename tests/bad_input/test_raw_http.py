"""The "HTTP" list of reliability.md §6 by raw sockets: uvicorn, deadlines and the whole house.

What comes back is a clean 4xx (or the answer itself), with the house's headers, and the
connection is not left hanging; nothing of it reaches the database.
"""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select
from tests.personas import Personas, house_app

from contenthub.db import TenantId
from contenthub.library.models import Item
from contenthub.web.deadlines import DeadlineProtocol, body_deadline
from contenthub.web.sessions import cookie_name, open_session

HOST = b"host: hub.test\r\nconnection: close\r\n"
DEEP = b"[" * 10_000 + b"]" * 10_000
BOMB = gzip.compress(b"0" * 20_000_000)


@pytest.fixture
async def door(people: Personas) -> AsyncIterator[tuple[int, bytes, Personas]]:
    """A port of the whole house, and the headers of a signed-in author's API request."""
    house, author = people.house, people.ours.author
    tenant = TenantId(author.tenant_id)
    sid = await open_session(house.redis, house.settings, tenant, author.id)
    cookie = f"cookie: {cookie_name(house.settings)}={sid}\r\n".encode()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            body_deadline(house_app(house)),
            http=DeadlineProtocol,
            lifespan="off",
            log_config=None,
            ws="none",
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield int(listening.getsockname()[1]), HOST + cookie, people
        server.should_exit = True
        await serving


async def _talk(port: int, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        await writer.drain()
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _json(body: bytes, extra: bytes = b"") -> bytes:
    head = b"content-type: application/json\r\n" + extra
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


LINES = [
    (b"BREW /api/v1/items HTTP/1.1\r\n%s\r\n", {400}),
    (b"TRACE /console HTTP/1.1\r\n%s\r\n", {405}),
    (b"CONNECT hub.test:443 HTTP/1.1\r\n%s\r\n", {400, 404, 405}),
    (b"PROPFIND /api/v1/items HTTP/1.1\r\n%s\r\n", {405}),
    (b"GET http://evil.example/console HTTP/1.1\r\n%s\r\n", {200, 303, 404}),
    (b"OPTIONS * HTTP/1.1\r\n%s\r\n", {204, 400, 404, 405}),
    (b"GET /api/v1/items?limit=1&limit=2 HTTP/1.1\r\n%s\r\n", {200, 400, 422}),
    (b"GET /api/v1/items?limit[]=1 HTTP/1.1\r\n%s\r\n", {200, 400, 422}),
    (b"GET /api/v1/items?limit=1e400 HTTP/1.1\r\n%s\r\n", {400, 422}),
    (b"GET /api/v1/items?limit=-0 HTTP/1.1\r\n%s\r\n", {200, 400, 422}),
    (b"GET /api/v1/items?limit=NaN HTTP/1.1\r\n%s\r\n", {400, 422}),
    (b"GET /api/v1/items?q=%%ff%%fe HTTP/1.1\r\n%s\r\n", {200, 400, 422}),
    (b"GET /api/v1/items?q=%%00 HTTP/1.1\r\n%s\r\n", {200, 400, 422}),
    (b"GET /api/v1/items/1.5 HTTP/1.1\r\n%s\r\n", {404}),
    (b"GET /api/v1/items/%%2e%%2e%%2fstaff HTTP/1.1\r\n%s\r\n", {404}),
    (b"GET /static/%%2e%%2e/%%2e%%2e/app.py HTTP/1.1\r\n%s\r\n", {404}),
    (b"GET /api/v1/items HTTP/1.1\r\nx-pad: " + b"y" * 100_000 + b"\r\n%s\r\n", {431}),
    (b"GET /" + b"y" * 40_000 + b" HTTP/1.1\r\n%s\r\n", {431}),
]
BODIES = [
    (_json(DEEP), {400, 422}),
    (_json(b'{"kind":"product","kind":"faq","title":NaN}'), {400, 422}),
    (_json(b'{"kind":"product","title":1e400}'), {400, 422}),
    (_json(b'{"kind":["product"],"title":{"a":1}}'), {400, 422}),
    (_json(b"[]"), {400, 422}),
    (_json(b""), {400, 422}),
    (_json(b"\xff\xfe{\x00"), {400, 422}),
    (_json(b'{"title":"\\ud800"}'), {400, 422}),
    (_json(b'{"title":"a\\u0000b"}'), {400, 422}),
    (_json(BOMB, b"content-encoding: gzip\r\n"), {400, 413, 415, 422}),
    (b"content-type: application/json\r\ncontent-length: 3000000\r\n\r\n", {413}),
    (b"content-type: application/json; charset=utf-99\r\ncontent-length: 2\r\n\r\n{}", {400, 422}),
    (b"content-type: text/plain\r\ncontent-length: 2\r\n\r\n{}", {400, 415, 422}),
    (b"content-type: \xff\r\ncontent-length: 2\r\n\r\n{}", {400, 415, 422}),
    (b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    (b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n", {400}),
    (b"expect: 100-continue\r\ncontent-length: -1\r\n\r\n", {400}),
]


def _checked(heard: bytes, expected: set[int]) -> None:
    head = heard.partition(b"\r\n\r\n")[0]
    status = int(head.split(b" ")[1])
    assert status in expected, head[:300]
    assert b"x-content-type-options: nosniff" in head
    assert b"content-security-policy: default-src 'self'" in head
    if status >= 400 and b"application/problem+json" in head:
        assert json.loads(heard.partition(b"\r\n\r\n")[2])["status"] == status


async def test_odd_request_lines_and_headers_get_a_clean_answer(
    door: tuple[int, bytes, Personas],
) -> None:
    port, headers, _ = door
    for line, expected in LINES:
        _checked(await _talk(port, line % headers), expected)


async def test_odd_bodies_get_a_clean_answer_and_leave_no_row(
    door: tuple[int, bytes, Personas],
) -> None:
    port, headers, people = door
    for body, expected in BODIES:
        request = b"POST /api/v1/items HTTP/1.1\r\n" + headers + body
        _checked(await _talk(port, request), expected)
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(Item)) == 0


async def test_a_request_without_a_host_reaches_nobody(door: tuple[int, bytes, Personas]) -> None:
    port, headers, _ = door
    hostless = headers.replace(b"host: hub.test\r\n", b"")
    _checked(await _talk(port, b"GET /console HTTP/1.1\r\n" + hostless + b"\r\n"), {400})
    twice = b"host: hub.test\r\n" + headers
    _checked(await _talk(port, b"GET /console HTTP/1.1\r\n" + twice + b"\r\n"), {400})


async def test_pipelined_requests_are_answered_one_after_another(
    door: tuple[int, bytes, Personas],
) -> None:
    port, headers, _ = door
    open_one = headers.replace(b"connection: close\r\n", b"")
    one = b"GET /livez HTTP/1.1\r\n"
    heard = await _talk(port, (one + open_one + b"\r\n") * 5 + one + headers + b"\r\n")
    assert heard.count(b"HTTP/1.1 200 OK") == 6


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("is_signed_in", [False, True])
async def test_after_a_body_too_large_the_next_request_on_the_connection_is_answered(
    door: tuple[int, bytes, Personas], *, is_chunked: bool, is_signed_in: bool
) -> None:
    port, headers, _ = door
    cookie = headers.removeprefix(HOST).decode().partition(": ")[2].strip()
    large = b'{"name":"' + b"y" * 3_000_000 + b'"}'

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 100_000):
            yield large[start : start + 100_000]

    said = {"content-type": "application/json"} | ({"cookie": cookie} if is_signed_in else {})
    url = f"http://127.0.0.1:{port}/api/v1/items"
    async with httpx.AsyncClient(headers=said, trust_env=False) as client:
        for _ in range(3):
            first = await client.post(url, content=parts() if is_chunked else large)
            second = await client.post(url, content=b"[]")
            assert first.status_code == (413 if is_signed_in else 401), first.text
            assert second.status_code in ({400, 422} if is_signed_in else {401}), second.text


ABANDONED = [
    b"POST /api/v1/items HTTP/1.1\r\n%scontent-type: application/json\r\n",
    b"POST /api/v1/items HTTP/1.1\r\n%scontent-type: application/json\r\nidempotency-key: k1\r\n",
    b"POST /console/library HTTP/1.1\r\n%scontent-type: application/x-www-form-urlencoded\r\n",
    b"POST /login HTTP/1.1\r\n%scontent-type: multipart/form-data; boundary=b\r\n",
    b"POST /s/AAAAAAAA/lead HTTP/1.1\r\n%scontent-type: application/x-www-form-urlencoded\r\n",
]


@pytest.mark.parametrize("head", ABANDONED)
async def test_a_client_that_goes_away_is_a_line_of_the_log_and_no_error(
    door: tuple[int, bytes, Personas], caplog: pytest.LogCaptureFixture, head: bytes
) -> None:
    port, headers, _ = door
    caplog.set_level("INFO", logger="contenthub")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head % headers + b"content-length: 5000\r\n\r\n" + b'{"title":"')
    await writer.drain()
    await asyncio.sleep(0.2)  # the house waits for the rest by now
    writer.close()

    def served() -> list[int]:
        lines = [r for r in caplog.records if r.message == "request.served"]
        return [r.__dict__["fields"]["status"] for r in lines]

    async with asyncio.timeout(20):
        while not served():
            await asyncio.sleep(0.01)
    assert served() == [499]
    assert "request.abandoned" in [r.message for r in caplog.records]
    assert [r.message for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []
