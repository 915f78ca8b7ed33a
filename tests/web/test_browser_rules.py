"""What a browser, another site or a curious stranger may do with our answers."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.faults import Faults
from tests.house.foreign_ids import absent
from tests.house.routing import Route, routes
from tests.personas import Personas, make_personas

from contenthub import log
from contenthub.settings import Settings
from contenthub.web import signin
from contenthub.web.console.session import safe_next
from contenthub.web.house import House, close_house, make_house
from contenthub.web.landing import visitors
from contenthub.web.safeheaders import content_security_policy

ELSEWHERE = "https://evil.example"
READ = [r for r in routes() if r.method == "GET"]


@pytest.fixture(scope="module")
async def bank(house: House) -> Personas:
    return await make_personas(house)


def _url(route: Route) -> str:
    return route.url({name: absent(name, kind) for name, kind in route.parameters})


async def test_no_answer_is_shared_with_another_site(bank: Personas) -> None:
    faults = Faults()
    async with bank.client(bank.ours.admin) as client:
        for route in READ:
            with faults.of(route.name):
                answer = await client.get(_url(route), headers={"origin": ELSEWHERE})
                assert not [name for name in answer.headers if name.startswith("access-control-")]
                kind = answer.headers.get("content-type", "")
                if kind.startswith("text/"):
                    assert "charset=utf-8" in kind.lower(), kind
                if answer.content:
                    assert kind, "a body without a type is guessed at"
    faults.none()


async def test_a_preflight_of_another_site_is_not_granted(bank: Personas) -> None:
    headers = {"origin": ELSEWHERE, "access-control-request-method": "POST"}
    async with bank.client(bank.ours.admin) as client:
        answer = await client.options("/api/v1/items", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_loads_and_sends_nothing_elsewhere() -> None:
    rules = {
        name: values
        for name, *values in (part.split() for part in content_security_policy("n").split(";"))
    }
    assert rules["object-src"] == rules["base-uri"] == ["'none'"]
    assert rules["form-action"] == rules["frame-ancestors"] == rules["connect-src"] == ["'self'"]
    assert rules["script-src"] == ["'self'", "'nonce-n'"]
    assert not [value for values in rules.values() for value in values if "//" in value]


@pytest.mark.parametrize("path", ["/static/", "/static/vendor/", "/static/vendor", "/.git/HEAD"])
async def test_no_folder_is_listed(bank: Personas, path: str) -> None:
    async with bank.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert "jodit" not in answer.text  # a file that lies there and no page of an error names


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example/console",
        "/console//evil.example",
        "/console\\@evil.example",
        "/console@evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "/console\r\nset-cookie: a=b",
        "/static/x",
        "",
    ],
)
def test_a_log_in_leads_nowhere_but_into_the_house(wanted: str) -> None:
    assert safe_next(wanted, "/console") == "/console"
    assert safe_next("/console/library?q=1", "/m") == "/console/library?q=1"


@pytest.fixture(scope="module")
async def secure(settings: Settings) -> AsyncIterator[Personas]:
    """A bank in a house that is served over HTTPS."""
    house = make_house(replace(settings, secure_cookies=True, pool_size=2))
    yield await make_personas(house)
    await close_house(house)


@pytest.mark.parametrize("path", ["/login", "/nobody", "/static/ch.css", "/livez", "/api/v1/me"])
async def test_https_binds_the_browser_for_a_year_on_every_answer(
    secure: Personas, path: str
) -> None:
    async with secure.client() as client:
        answer = await client.get(path)
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_visitors_cookie_is_bound_to_this_host_behind_https(is_secure: bool) -> None:
    settings = Settings(secure_cookies=is_secure)
    visitor = visitors.new_visitor()
    told = visitors.header(visitor.bytes, settings).decode()
    assert told.startswith("__Host-ch_v=" if is_secure else "ch_v=")
    assert ("; Secure" in told) == is_secure
    assert "; Path=/;" in told
    assert visitors.visitor_in(told.partition(";")[0].encode(), settings) == visitor.bytes
    planted = f"ch_v={visitor.hex}".encode()
    assert (visitors.visitor_in(planted, settings) is None) == is_secure


async def test_a_log_out_clears_what_the_browser_kept(bank: Personas) -> None:
    async with bank.client(bank.ours.author) as client:
        answer = await client.post("/api/v1/logout")
    assert answer.headers["clear-site-data"] == '"cache"'
    async with bank.client(bank.ours.author) as client:
        await client.get("/login")
        form = {"_csrf_token": client.cookies["csrftoken"]}
        answer = await client.post("/logout", data=form)
    assert answer.headers["clear-site-data"] == '"cache"'


@pytest.mark.parametrize("path", ["/console", "/console/customers", "/m", "/api/v1/customers"])
async def test_what_a_signed_in_person_sees_is_kept_in_no_cache(bank: Personas, path: str) -> None:
    async with bank.client(bank.ours.employee) as client:
        answer = await client.get(path)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_bug_tells_its_number_and_nothing_of_itself(
    bank: Personas, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_args: object) -> None:
        raise ZeroDivisionError("select secret from tables")

    monkeypatch.setattr(signin.May, "__call__", broken)
    async with bank.client(bank.ours.admin) as client:
        answers = [await client.get(path) for path in ("/api/v1/items", "/console/library")]
    for answer in answers:
        assert answer.status_code == 500
        assert answer.headers["x-request-id"] in answer.text
        for word in ("ZeroDivision", "secret", "Traceback", ".py"):
            assert word not in answer.text
    kept = [log.JsonFormatter().format(record) for record in caplog.records]
    assert any("request.failed" in line and "ZeroDivisionError" in line for line in kept)


async def test_a_refusal_leaves_a_line_that_names_bank_person_path_and_status(
    bank: Personas, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seen: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(log.JsonFormatter().format(record))

    logger, handler = logging.getLogger("contenthub"), Kept()
    logger.addHandler(handler)
    try:
        async with bank.client(bank.ours.employee) as client:
            assert (await client.get("/api/v1/audit")).status_code == 403
    finally:
        logger.removeHandler(handler)
    (line,) = [text for text in seen if "/api/v1/audit" in text and "request.served" in text]
    assert '"status": 403' in line
    assert str(bank.ours.employee.id) in line
    assert '"request_id"' in line
    assert '+00:00"' in line  # instants of the log are UTC


@pytest.mark.parametrize("path", ["/login", "/account/password"])
async def test_a_password_is_hidden_and_left_to_the_password_manager(
    bank: Personas, path: str
) -> None:
    who = None if path == "/login" else bank.ours.admin
    async with bank.client(who) as client:
        answer = await client.get(path)
    fields = [
        tag
        for tag in re.findall(r"<input\b[^>]*>", answer.text)
        if re.search(r'name="(old_password|password|again)"', tag)
    ]
    assert fields, answer.status_code
    for tag in fields:
        assert 'type="password"' in tag
        assert re.search(r'autocomplete="(current|new)-password"', tag)
        assert "readonly" not in tag


PAGES = [r for r in READ if not r.parameters and r.path.startswith(("/console", "/account"))]


async def test_every_page_of_the_console_leads_out(bank: Personas) -> None:
    seen, without = set(), set()
    for person in (bank.ours.admin, bank.ours.author, bank.ours.employee):
        async with bank.client(person) as client:
            for route in PAGES:
                answer = await client.get(route.path)
                if answer.status_code != 200 or "<html" not in answer.text:
                    continue
                seen.add(route.path)
                if 'action="/logout"' not in answer.text:
                    without.add(route.path)
    assert len(seen) > 20
    assert without == set()


async def test_a_file_is_named_by_us_whatever_was_asked_for(bank: Personas) -> None:
    async with bank.client(bank.ours.admin) as client:
        asked = {"q": "王", "name": "../../a.sh", "filename": "a.sh"}
        answer = await client.get("/console/customers/export.xlsx", params=asked)
    assert answer.status_code == 200
    told = answer.headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9%._-]+\.xlsx", told)
    assert "a.sh" not in told
