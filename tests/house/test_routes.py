"""Every route × {nobody, wrong role, another bank}: a new route joins by itself (T1).

For each route that is not public by name:
  nobody signed in         → 401 (a page sends to /login)
  a role without the right → 403
  another bank's id, in the path, the body or the query → exactly what an id that does
  not exist gets, 404 in the path; nothing of that bank changes; our own id is answered.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import httpx
import pytest
from tests.faults import Faults
from tests.house.foreign_ids import FACTORIES, absent, factory_of
from tests.house.matrix import (
    ALL,
    GUARDED,
    OWN_IS_ABSENT,
    World,
    csrf,
    ids_of,
    nothing,
    person_for,
    send,
    told,
)
from tests.house.routing import UNSAFE, Route, application, body_ids
from tests.personas import make_personas

from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.web.house import House

pytestmark = pytest.mark.timeout(600)  # one test asks hundreds of routes
Windows = Callable[[Staff | None], Awaitable[httpx.AsyncClient]]
WITH_ID = [r for r in GUARDED if r.parameters]

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


def test_every_route_is_guarded_or_public_by_name() -> None:
    assert [r.name for r in ALL if not r.permission] == []


def test_no_route_is_public_without_a_second_thought() -> None:
    public = {r.name for r in ALL if r.permission == "public"}
    assert public - PUBLIC == set()


def test_every_permission_of_a_route_is_in_the_table() -> None:
    unknown = {r.permission for r in GUARDED} - set(access.PERMISSIONS) - {"*", ""}
    assert unknown == set()


def test_every_id_in_a_route_has_a_row_to_stand_for_it() -> None:
    for name in sorted({name for route in GUARDED for name in ids_of(route)}):
        factory_of(name)


def test_an_unmapped_id_is_named_with_what_to_add() -> None:
    with pytest.raises(AssertionError, match=r"wine_id.*FACTORIES"):
        factory_of("wine_id")


@pytest.fixture(scope="session")
async def world(house: House) -> World:
    made = World(await make_personas(house))
    await made.begin()
    return made


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


def allowed(world: World, route: Route) -> Staff:
    person = person_for(world.people.ours, route, may=True)
    assert person is not None
    return person


def path_and_body(route: Route) -> list[str]:
    return [*(name for name, _ in route.parameters), *body_ids(route.body)]


async def test_another_banks_id_in_the_path_is_as_absent_as_none(
    world: World, windows: Windows
) -> None:
    faults = Faults()
    for route in WITH_ID:
        with faults.of(route.name):
            client = await windows(allowed(world, route))
            names = path_and_body(route)
            ours = await world.ours(names)
            for name, kind in route.parameters:
                foreign, nobody = world.foreign[name], absent(name, kind)
                theirs = await send(client, route, {**ours, name: foreign})
                none = await send(client, route, {**ours, name: nobody})
                assert theirs.status_code == 404, f"{name}: {theirs.status_code} {theirs.text}"
                assert told(theirs, foreign) == told(none, nobody)
            own = await send(client, route, ours)
            world.used(route, names, own)
            if route.name not in OWN_IS_ABSENT:
                # Else the 404 above would prove nothing: the same request with our id is answered.
                assert own.status_code != 404, own.text[:300]
            assert own.status_code < 500, own.text[:300]
            await world.untouched(route)
    with faults.of("the last routes"):
        await world.untouched()
    faults.none()


WITH_BODY_ID = [r for r in GUARDED if body_ids(r.body)]


async def test_another_banks_id_in_the_body_is_as_absent_as_none(
    world: World, windows: Windows
) -> None:
    faults = Faults()
    for route in WITH_BODY_ID:
        with faults.of(route.name):
            client = await windows(allowed(world, route))
            ours = await world.ours(path_and_body(route))
            for name in body_ids(route.body):
                answers = []
                for planted in (world.foreign[name], uuid4()):
                    sent = await send(client, route, {**ours, name: planted})
                    answers.append(told(sent, planted, *ours.values()))
                assert answers[0] == answers[1]
                # 403: a rule that looks at the id first (only one's own links), the same for any
                # id. A form's fragment may be drawn again (200): the same for any absent id.
                drawn = () if route.is_api else (200,)
                assert answers[0][0] in (403, 404, 409, 422, *drawn), answers[0]
            await world.untouched(route)
    with faults.of("the last routes"):
        await world.untouched()
    faults.none()


WITH_QUERY_ID = [r for r in GUARDED if r.queries]


async def test_another_banks_id_in_the_query_is_as_absent_as_none(
    world: World, windows: Windows
) -> None:
    faults = Faults()
    for route in WITH_QUERY_ID:
        with faults.of(route.name):
            client = await windows(allowed(world, route))
            ours = await world.ours([name for name, _ in route.parameters])
            for name in (name for name in route.queries if name in world.foreign):
                foreign, nobody = world.foreign[name], uuid4()
                theirs = await send(client, route, ours, query={name: foreign})
                none = await send(client, route, ours, query={name: nobody})
                assert told(theirs, foreign) == told(none, nobody)
                assert theirs.status_code < 500
    faults.none()


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
