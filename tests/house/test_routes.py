"""Every route × {nobody, wrong role, another bank}: a new route joins by itself (T1).

For each route that is not public by name:
  nobody signed in         → 401 (a page sends to /login)
  a role without the right → 403
  another bank's id, in the path, the body or the query → exactly what an id that does
  not exist gets, 404 in the path; nothing of that bank changes; our own id is answered.
"""

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image
from sqlalchemy import text
from tests.faults import Faults
from tests.house.foreign_ids import FACTORIES, absent, factory_of
from tests.house.routing import (
    PUBLIC_BY_NATURE,
    UNSAFE,
    Route,
    application,
    body_ids,
    has_file,
    minimal,
    routes,
)
from tests.personas import Personas, Side, make_personas

from contenthub.migrations.metadata import metadata
from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.web.house import House

Windows = Callable[[Staff | None], Awaitable[httpx.AsyncClient]]
OTHER_DOOR = "/platform"
"""Operators have a door of their own, judged by tests/web/test_platform.py."""
ALL = [r for r in routes() if not r.path.startswith((*PUBLIC_BY_NATURE, OTHER_DOOR))]
GUARDED = [r for r in ALL if r.permission != "public"]
WITH_ID = [r for r in GUARDED if r.parameters]
ROLES = (
    "bank_admin author campaign_manager reviewer branch_manager employee auditor"  # widest first
).split()
PERSON = {"bank_admin": "admin"}

PUBLIC = {
    "GET /",
    "GET /brand/{slug}/look.css",
    "GET /brand/{slug}/logo",
    "GET /livez",
    "GET /readyz",
    "GET /login",
    "POST /login",
    "POST /login/code",
    "GET /setup",
    "POST /setup",
    "POST /api/v1/login",
    "GET /static/{file_path}",
    "GET /preview/{token}",
    "GET /preview/{token}/assets/{asset_id}",
    "POST /preview/{token}/open",
    "GET /s/{code}",
    "GET /s/{code}/assets/{asset_id}",
    "GET /s/{code}/cover",
    "GET /c/{code}/card.jpg",
    "GET /c/{code}/card.vcf",
    "GET /c/{code}/contact.png",
    "GET /s/{code}/photo.jpg",
    "GET /s/{code}/poster.jpg",
    "GET /s/{code}/refuse",
    "GET /s/{code}/signup",  # how many places this browser's own cookie holds, nothing else
    "POST /s/{code}/refuse",
    "POST /s/{code}/beacon",
    "POST /s/{code}/lead",
    "POST /s/{code}/related",
    "POST /s/{code}/signup",
    "POST /s/{code}/share",
    # Its token is signed by us for one bank, one file, one length and 15 minutes.
    "PUT /uploads/{token}",
    "GET /wecom/{bank}/callback",
    "POST /wecom/{bank}/callback",
    "GET /metrics",
    # Published by the bank, under names that only our signing key makes (decision 0042).
    "GET /published/{folder}/{name}",
}
"""Public by name, and by this list: a new one needs a second thought."""

CANVAS = "/console/posters/canvas"
_DESIGN = {"design": {"width_px": 400, "height_px": 400, "layers": []}}
# Bodies whose smallest valid value the types do not tell; ids are filled in by name.
BODIES: dict[str, dict[str, Any]] = {
    "POST /console/library/{item_id}/recall": {"reason": "活动结束"},
    "POST /console/assets/{asset_id}/crop": {
        **{"left_px": "0", "top_px": "0"},
        **{"width_px": "64", "height_px": "64"},
    },
    "POST /console/library/{item_id}/restore": {"no": "1"},
    "POST /console/library/{item_id}/call-off": {"no": "1"},
    "POST /api/v1/tag-changes": {"kind": "put"},
    **{f"POST {CANVAS}{step}": _DESIGN for step in ("", "/preview", "/check")},
}
MINE_ONLY = "the phone shows one's own rows only, whatever the role (tests/web/test_h5_*.py)"
# Own ids that are rightly answered 404 with a bare row (nothing to download yet …), and why.
OWN_IS_ABSENT: dict[str, str] = {
    "POST /api/v1/me/sessions/{ref}/end": "only Redis knows sessions (tests/web/test_account.py)",
    "POST /account/sessions/{ref}/end": "only Redis knows sessions (tests/web/test_account.py)",
    "DELETE /api/v1/customers/{customer_id}/refusals/{topic}": "a bare customer refuses nothing",
    "DELETE /api/v1/customers/{customer_id}/tags/{tag_id}": "a bare customer has no tag",
    "POST /console/customers/{customer_id}/tags/take": "a bare customer has no tag",
    "GET /m/tasks/{task_id}": MINE_ONLY,
    "POST /m/tasks/{task_id}/confirm": MINE_ONLY,
    "POST /m/notices/{notice_id}/seen": MINE_ONLY,
    "POST /api/v1/notices/{notice_id}/seen": MINE_ONLY,
    "GET /m/leads/{lead_id}": MINE_ONLY,
    "POST /m/leads/{lead_id}/call": MINE_ONLY,
    "POST /m/leads/{lead_id}/state": MINE_ONLY,
    "GET /m/customers/{customer_id}": MINE_ONLY,
    "POST /m/customers/{customer_id}/call": MINE_ONLY,
    "POST /m/customers/{customer_id}/refuse": MINE_ONLY,
    "POST /m/customers/{customer_id}/unrefuse": MINE_ONLY,
    "GET /m/links/{code}/qr.png": MINE_ONLY,
}


def _ids(route: Route) -> str:
    return route.name


def test_every_route_is_guarded_or_public_by_name() -> None:
    assert [r.name for r in ALL if not r.permission] == []


def test_no_route_is_public_without_a_second_thought() -> None:
    public = {r.name for r in ALL if r.permission == "public"}
    assert public - PUBLIC == set()


def test_every_permission_of_a_route_is_in_the_table() -> None:
    unknown = {r.permission for r in GUARDED} - set(access.PERMISSIONS) - {"*", ""}
    assert unknown == set()


def test_every_id_in_a_route_has_a_row_to_stand_for_it() -> None:
    names = {name for r in GUARDED for name, _ in r.parameters}
    names |= {n for r in GUARDED for n in (*body_ids(r.body), *r.queries) if n != "cursor"}
    for name in sorted(names):
        factory_of(name)


def test_an_unmapped_id_is_named_with_what_to_add() -> None:
    with pytest.raises(AssertionError, match=r"wine_id.*FACTORIES"):
        factory_of("wine_id")


@dataclass
class World:
    """Two banks shared by the matrix, and one row of each kind in each of them."""

    people: Personas
    foreign: dict[str, str] = field(default_factory=dict)
    theirs: str = ""
    """The other bank's rows as we made them; nothing but `foreign_id` may add to them."""
    kept: dict[str, object] = field(default_factory=dict)

    async def fresh(self, side: Side, names: list[str]) -> dict[str, object]:
        """Make a row for each name on a side."""
        made: dict[str, object] = {}
        async with self.people.house.database.unit_of_work(side.tenant) as db:
            for name in names:
                made[name] = str(await factory_of(name)(db, side))
        return made

    async def ours(self, route: Route, names: list[str]) -> dict[str, object]:
        """Return our own rows: fresh ones for a route that may change them, else kept ones."""
        if route.method in UNSAFE:
            return await self.fresh(self.people.ours, names)
        for name in names:
            if name not in self.kept:
                self.kept.update(await self.fresh(self.people.ours, [name]))
        return {name: self.kept[name] for name in names}

    async def foreign_id(self, name: str) -> str:
        """Return another bank's real id of a kind, made once."""
        if name not in self.foreign:
            made = await self.fresh(self.people.theirs, [name])
            self.foreign[name] = str(made[name])
            self.theirs = await self._their_rows()
        return self.foreign[name]

    async def is_untouched(self) -> None:
        """Fail when a row of the other bank is not as we made it."""
        # Kept first: a change is told once, and the next route answers for itself.
        before, self.theirs = self.theirs, await self._their_rows()
        assert self.theirs == before

    async def _their_rows(self) -> str:
        """Return a fingerprint of every row of the other bank."""
        theirs = self.people.theirs.tenant
        async with self.people.house.database.reading(theirs) as db:
            return repr(sorted(tuple(row) for row in await db.execute(ALL_ROWS, {"t": theirs})))


ALL_ROWS = text(
    " union all ".join(
        f"select '{t.name}', count(*), md5(string_agg(x::text, ',' order by x::text)) "
        f"from {t.name} x where tenant_id = :t"
        for t in metadata.tables.values()
        if "tenant_id" in t.columns
    )
)


@pytest.fixture(scope="session")
async def world(house: House) -> World:
    return World(await make_personas(house))


def person_for(side: Side, route: Route, *, may: bool) -> Staff | None:
    """Return somebody who may (or may not) use a route, the widest data scope first.

    The phone pages are an employee's own: there the row's owner comes first.
    """
    own = may and route.path.startswith("/m")
    for role in ("employee", *ROLES) if own else ROLES:
        if (route.permission == "*" or access.may([role], route.permission)) == may:
            found: Staff = getattr(side, PERSON.get(role, role))
            return found
    return None


async def send(
    client: httpx.AsyncClient,
    route: Route,
    values: dict[str, object],
    *,
    query: dict[str, object] | None = None,
) -> httpx.Response:
    """Send the smallest valid request of a route with these ids."""
    url = route.url(values)
    params = {n: str(v) for n, v in (query or {}).items()}
    if route.method not in UNSAFE:
        return await client.request(route.method, url, params=params)
    body = {**minimal(route.body, values), **BODIES.get(route.name, {})}
    body.update({n: str(values[n]) for n in body if n in values})
    if route.is_api and not has_file(route.body):
        return await client.request(
            route.method, url, params=params, json=body if route.body or body else None
        )
    token = await csrf(client)
    headers = {"x-csrftoken": token}
    if route.path.startswith(CANVAS):  # a page's own script speaks JSON, not forms
        return await client.request(route.method, url, params=params, json=body, headers=headers)
    files = {"file": ("x.jpg", picture(), "image/jpeg")} if has_file(route.body) else None
    return await client.request(
        route.method, url, params=params, data=body, files=files, headers=headers
    )


@lru_cache
def picture() -> bytes:
    """Return a small JPEG that every upload accepts."""
    held = io.BytesIO()
    Image.new("RGB", (400, 400), "white").save(held, "JPEG")
    return held.getvalue()


async def csrf(client: httpx.AsyncClient) -> str:
    """Return the token a form sends back."""
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    return str(client.cookies["csrftoken"])


_CHANGING = re.compile(
    r'"request_id":"[^"]*"|nonce="[^"]*"|name="_csrf_token" value="[^"]*"|<code>[^<]*</code>'
    r'|content="[0-9a-f]{64,}"|"took_ms":[0-9.]+'
)


def told(answer: httpx.Response, *ids: object) -> tuple[int, str, str]:
    """Return what an answer says, without what differs from request to request."""
    body = _CHANGING.sub("", answer.text)
    for one in ids:
        body = body.replace(str(one), "ID")
    return answer.status_code, answer.headers.get("content-type", ""), body


@pytest.fixture
async def windows(world: World) -> AsyncIterator[Windows]:
    """One client a person, opened when they are first asked for."""
    async with AsyncExitStack() as opened:
        clients: dict[UUID | None, httpx.AsyncClient] = {}

        async def window(who: Staff | None) -> httpx.AsyncClient:
            key = who.id if who else None
            if key not in clients:
                clients[key] = await opened.enter_async_context(world.people.client(who))
            return clients[key]

        yield window


def nothing(route: Route) -> dict[str, object]:
    """Return ids of a route's path that nobody has."""
    return {name: absent(name, kind) for name, kind in route.parameters}


async def test_nobody_is_let_in(windows: Windows) -> None:
    faults, client = Faults(), await windows(None)
    for route in GUARDED:
        with faults.of(route.name):
            answer = await send(client, route, nothing(route))
            if route.is_api:
                assert answer.status_code == 401
                assert answer.json()["code"] == "not_signed_in"
            else:
                assert answer.status_code == 303
                assert answer.headers["location"].startswith("/login")
    faults.none()


NARROW = [r for r in GUARDED if r.permission != "*"]


async def test_a_role_without_the_right_is_refused(world: World, windows: Windows) -> None:
    faults = Faults()
    for route in NARROW:
        stranger = person_for(world.people.ours, route, may=False)
        with faults.of(route.name):
            if stranger is None:
                # Every role has it; then nobody can be refused, and the table must say so.
                assert all(access.may([role], route.permission) for role in access.ROLES)
                continue
            answer = await send(await windows(stranger), route, nothing(route))
            assert answer.status_code == 403
            if route.is_api:
                assert answer.json()["code"] == "forbidden"
    faults.none()


@pytest.mark.parametrize("route", WITH_ID, ids=_ids)
async def test_another_banks_id_in_the_path_is_as_absent_as_none(
    world: World, route: Route
) -> None:
    person = person_for(world.people.ours, route, may=True)
    assert person is not None
    names = [name for name, _ in route.parameters]
    ours = await world.ours(route, [*names, *body_ids(route.body)])
    async with world.people.client(person) as client:
        for name, _ in route.parameters:
            await world.foreign_id(name)
        for name, kind in route.parameters:
            foreign, nobody = await world.foreign_id(name), absent(name, kind)
            theirs = await send(client, route, {**ours, name: foreign})
            none = await send(client, route, {**ours, name: nobody})
            assert theirs.status_code == 404, f"{name}: {theirs.status_code} {theirs.text[:300]}"
            assert told(theirs, foreign) == told(none, nobody)
        await world.is_untouched()
        own = await send(client, route, ours)
    if route.name not in OWN_IS_ABSENT:
        # Else the 404 above would prove nothing: the same request with our id is answered.
        assert own.status_code != 404, own.text[:300]
    assert own.status_code < 500, own.text[:300]


WITH_BODY_ID = [r for r in GUARDED if body_ids(r.body)]


@pytest.mark.parametrize("route", WITH_BODY_ID, ids=_ids)
async def test_another_banks_id_in_the_body_is_as_absent_as_none(
    world: World, route: Route
) -> None:
    person = person_for(world.people.ours, route, may=True)
    assert person is not None
    paths = [name for name, _ in route.parameters]
    for name in body_ids(route.body):
        foreign, nobody = await world.foreign_id(name), uuid4()
        ours = await world.fresh(world.people.ours, [*paths, *body_ids(route.body)])
        answers = []
        async with world.people.client(person) as client:
            for planted in (foreign, nobody):
                sent = await send(client, route, {**ours, name: planted})
                answers.append(told(sent, planted, *ours.values()))
        assert answers[0] == answers[1]
        # 403: a rule that looks at the id first (only one's own links), the same for any id.
        # A form's fragment may be drawn again (200): it must say the same for any absent id.
        drawn = () if route.is_api else (200,)
        assert answers[0][0] in (403, 404, 409, 422, *drawn), answers[0]
        await world.is_untouched()


WITH_QUERY_ID = [r for r in GUARDED if r.queries]


@pytest.mark.parametrize("route", WITH_QUERY_ID, ids=_ids)
async def test_another_banks_id_in_the_query_is_as_absent_as_none(
    world: World, route: Route
) -> None:
    person = person_for(world.people.ours, route, may=True)
    assert person is not None
    ours = await world.fresh(world.people.ours, [name for name, _ in route.parameters])
    async with world.people.client(person) as client:
        for name in route.queries:
            # A cursor is the id of the last row seen: any bank's id is only a place.
            if name == "cursor":
                continue
            foreign, nobody = await world.foreign_id(name), uuid4()
            theirs = await send(client, route, ours, query={name: foreign})
            none = await send(client, route, ours, query={name: nobody})
            assert told(theirs, foreign) == told(none, nobody)
            assert theirs.status_code < 500


FORMS = [r for r in GUARDED if r.method in UNSAFE and not r.is_api]


async def test_a_form_without_our_token_is_refused(world: World, windows: Windows) -> None:
    faults = Faults()
    for route in FORMS:
        with faults.of(route.name):
            client = await windows(person_for(world.people.ours, route, may=True))
            answer = await client.request(route.method, route.url(nothing(route)), data={})
            assert answer.status_code == 403
    faults.none()


UNSAFE_ROUTES = [r for r in GUARDED if r.method in UNSAFE]


async def test_another_sites_page_cannot_make_the_request(world: World, windows: Windows) -> None:
    faults = Faults()
    for route in UNSAFE_ROUTES:
        with faults.of(route.name):
            client = await windows(person_for(world.people.ours, route, may=True))
            client.headers.pop("sec-fetch-site", None)
            await csrf(client)
            client.headers["sec-fetch-site"] = "cross-site"
            answer = await send(client, route, nothing(route))
            assert answer.status_code == 403
    faults.none()


async def test_a_disabled_person_is_nobody(world: World) -> None:
    ours = world.people.ours
    async with world.people.house.database.unit_of_work(ours.tenant) as db:
        gone = await FACTORIES["staff_id"](db, ours)
        staff = await db.get_one(Staff, (ours.tenant, gone))
        staff.state = "disabled"
    async with world.people.client(staff) as client:
        assert (await client.get("/api/v1/me")).status_code == 401


def test_the_matrix_covers_every_operation_of_the_openapi_document() -> None:
    document = application().openapi_schema.to_schema()
    described = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert described
    assert described - {r.name for r in ALL} == set()


def test_the_comparison_is_not_blind() -> None:
    one = httpx.Response(404, json={"detail": "没有", "request_id": "a"})
    two = httpx.Response(404, json={"detail": "没有", "request_id": "b"})
    other = httpx.Response(404, json={"detail": "不属于本行", "request_id": "b"})
    assert told(one) == told(two)
    assert told(one) != told(other)
    assert told(one) != told(httpx.Response(403, json={"detail": "没有", "request_id": "a"}))
