"""What every answer carries, whoever gives it: headers, a fresh nonce, cookies with their flags."""

import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from litestar import Request
from litestar.exceptions import InternalServerException
from tests.faults import Faults
from tests.house.foreign_ids import absent
from tests.house.routing import Route, routes
from tests.make import make_customer
from tests.personas import Personas, make_personas

from contenthub import log
from contenthub.settings import Settings
from contenthub.tenants import actions as tenants
from contenthub.tenants import passwords
from contenthub.tenants.queries import bank as bank_of
from contenthub.web.edge import Edge
from contenthub.web.house import House, close_house, make_house
from contenthub.web.problems import problem_of

FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
}
READ = [r for r in routes() if r.method == "GET"]
WRITTEN = [r for r in routes() if r.method != "GET"]
ODD = (
    ("GET", "/nobody/here"),
    ("GET", "/api/v1/nobody"),
    ("DELETE", "/console"),
    ("PUT", "/api/v1/me"),
    ("GET", "/static/nobody.js"),
    ("GET", "/static/ch.css"),
    ("GET", "/static/../app.py"),
    ("GET", "/s/0000000000"),
    ("POST", "/s/0000000000/beacon"),
    ("OPTIONS", "/api/v1/items"),
    ("TRACE", "/console"),
    ("CONNECT", "/"),
    ("BREW", "/api/v1/items"),
    ("GET", "/"),
    ("GET", "/schema/openapi.json"),
    ("GET", "//evil.example/console"),
)


@pytest.fixture(scope="module")
async def bank(house: House) -> Personas:
    return await make_personas(house)


def carries_all(answer: httpx.Response) -> None:
    for name, value in FIXED.items():
        assert answer.headers.get(name) == value, name
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors" in policy
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}'", policy)
    assert answer.headers["x-request-id"]


def _url(route: Route) -> str:
    return route.url({name: absent(name, kind) for name, kind in route.parameters})


async def test_every_page_and_answer_carries_the_headers(bank: Personas) -> None:
    faults = Faults()
    for person in (bank.ours.admin, None):
        async with bank.client(person) as client:
            for route in READ:
                with faults.of(route.name):
                    carries_all(await client.get(_url(route)))
    faults.none()


async def test_every_refused_write_carries_the_headers(bank: Personas) -> None:
    faults = Faults()
    async with bank.client() as client:
        for route in WRITTEN:
            with faults.of(route.name):
                answer = await client.request(route.method, _url(route))
                assert answer.status_code < 500
                carries_all(answer)
    faults.none()


@pytest.mark.parametrize(("method", "path"), ODD)
async def test_odd_methods_and_paths_carry_them_too(bank: Personas, method: str, path: str) -> None:
    async with bank.client(bank.ours.author) as client:
        answer = await client.request(method, path)
    carries_all(answer)
    assert answer.status_code < 500
    if method in ("TRACE", "CONNECT", "BREW", "DELETE", "PUT"):
        assert answer.status_code == 405
        assert "cookie" not in answer.text.lower()


async def test_a_crash_carries_them_too() -> None:
    async def crashing(scope: dict[str, Any], receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})  # type: ignore[operator]  # a bare ASGI app
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]  # a bare ASGI app

    edge: Any = Edge(crashing, secure=False)
    transport = httpx.ASGITransport(app=edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        carries_all(await client.get("/"))


async def test_a_crash_is_logged_with_its_trace_and_request_id() -> None:
    seen: list[str] = []

    class Seeing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(log.JsonFormatter().format(record))

    async def crashing(scope: dict[str, Any], receive: object, send: object) -> None:
        raise LookupError("nobody expected this")

    logger, listener = logging.getLogger("contenthub"), Seeing()
    logger.addHandler(listener)
    try:
        edge: Any = Edge(crashing, secure=False)
        transport = httpx.ASGITransport(app=edge, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            await client.get("/", headers={"x-request-id": "crash-0001"})
    finally:
        logger.removeHandler(listener)
    (trace,) = [json.loads(line) for line in seen if "request.trace" in line]
    assert trace["request_id"] == "crash-0001"
    assert "nobody expected this" in trace["trace"]


async def test_an_error_of_the_framework_is_logged_and_answered_in_chinese(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scope: Any = {"type": "http", "state": {"request_id": "r-1"}}
    request: Any = Request(scope)
    problem = problem_of(request, InternalServerException("odd"))
    assert (problem.status, problem.code) == (500, "bug")
    assert "系统内部错误" in problem.title
    (record,) = [r for r in caplog.records if r.message == "request.trace"]
    assert record.exc_info is not None


async def test_the_nonce_is_fresh_at_every_answer_and_is_the_pages_own(bank: Personas) -> None:
    seen = set()
    async with bank.client(bank.ours.author) as client:
        for _ in range(5):
            answer = await client.get("/console")
            found = re.search(r"'nonce-([\w-]+)'", answer.headers["content-security-policy"])
            assert found is not None
            assert f'nonce="{found[1]}"' in answer.text
            seen.add(found[1])
    assert len(seen) == 5


async def test_a_request_id_is_kept_when_it_is_one_and_replaced_when_not(bank: Personas) -> None:
    async with bank.client() as client:
        kept = await client.get("/livez", headers={"x-request-id": "abc-12345678"})
        odd = await client.get("/livez", headers={"x-request-id": "a\tb<script>"})
    assert kept.headers["x-request-id"] == "abc-12345678"
    assert "<" not in odd.headers["x-request-id"]


@pytest.fixture
async def secure(settings: Settings) -> AsyncIterator[Personas]:
    """A bank in a house that is served over HTTPS."""
    house = make_house(replace(settings, secure_cookies=True, pool_size=2))
    yield await make_personas(house)
    await close_house(house)


def _flags(answer: httpx.Response, name: str) -> str:
    found = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}=")]
    assert found, answer.headers
    return found[0].lower()


async def _log_in(people: Personas, client: httpx.AsyncClient) -> httpx.Response:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await db.merge(people.ours.author)
        staff.password_hash = passwords.hash_password("zhi-ma-kai-men-8")
        slug, login = (await bank_of(db)).slug, staff.login
    body = {"bank": slug, "login": login, "password": "zhi-ma-kai-men-8"}
    return await client.post("/api/v1/login", json=body)


async def test_cookies_behind_https_are_bound_to_this_host(secure: Personas) -> None:
    async with secure.client() as client:
        session = _flags(await _log_in(secure, client), "__Host-session")
        page = await client.get("/login")
        token = _flags(page, "__Host-csrftoken")
    assert all(flag in session for flag in ("secure", "httponly", "samesite=lax", "path=/"))
    assert "domain=" not in session
    assert "secure" in token
    assert "samesite" in token
    assert "max-age=31536000" in page.headers["strict-transport-security"]


async def test_cookies_without_https_still_hide_from_scripts(bank: Personas) -> None:
    async with bank.client() as client:
        session = _flags(await _log_in(bank, client), "session")
    assert "httponly" in session
    assert "samesite=lax" in session
    assert "secure" not in session


async def test_a_forwarded_address_is_not_believed(bank: Personas) -> None:
    statuses = []
    async with bank.client() as client:
        for number in range(40):
            headers = {
                "x-forwarded-for": f"203.0.113.{number}",
                "forwarded": f"for=10.0.0.{number}",
            }
            answer = await client.get(f"/s/{number:012d}", headers=headers)
            statuses.append(answer.status_code)
    assert statuses[0] == 404
    assert statuses[-1] == 429


async def test_a_foreign_host_header_makes_no_link_to_it(bank: Personas) -> None:
    async with bank.client() as client:
        answer = await client.get("/console", headers={"host": "evil.example"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


async def test_the_log_of_a_days_requests_holds_no_secret(
    people: Personas, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    phone, password = "13912345678", "zhi-ma-kai-men-8"
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, phone=phone, name="钱多多")
        _, clear = await tenants.create_key(
            db, people.ours.author, "脚本", by=people.ours.admin, at=people.ours.author.created_at
        )
    async with people.client() as client:
        assert (await _log_in(people, client)).status_code == 200
        sid = client.cookies["session"]
        await client.get("/login")
        token = client.cookies["csrftoken"]
        await client.get("/api/v1/customers", params={"q": phone})
        await client.get(f"/console/customers?q={phone}")
        await client.get(f"/nobody/{phone}/{phone}")
        await client.post("/api/v1/customers", json={"name": "钱多多", "phone": phone})
        await client.post("/api/v1/customers", json={"name": "钱多多", "phone": "13x"})
        await client.get("/api/v1/me", headers={"authorization": f"Bearer {clear}"})
        await client.get("/api/v1/me", headers={"authorization": "Bearer ch_wrong"})
    lines = [log.JsonFormatter().format(record) for record in caplog.records]
    assert len(lines) >= 8
    for secret in (phone, password, sid, token, clear, "钱多多"):
        assert [line for line in lines if secret in line] == [], secret
    assert any("139****5678" in line for line in lines)
