"""Data scope over four levels and every role: lists, details, exports, aggregates (S3).

For each viewer each route answers either not at all (403: no permission) or with nothing of a
seat outside the scope; details outside are 404; totals are those of the scope to the unit.
"""

import httpx
import pytest
from tests.lots import share
from tests.personas import Personas, make_personas
from tests.tenants.scope_world import LEVELS, Seat, World, build, figures, leaks, text_of

from contenthub.tenants import access
from contenthub.tenants.models import Bank, Staff
from contenthub.web.house import House

LISTS = (
    "/api/v1/staff",
    "/api/v1/staff?format=xlsx",
    "/api/v1/branches",
    "/console/staff",
    "/console/branches?gone=true",
    "/console/roles",
    "/api/v1/customers",
    "/console/customers",
    "/console/customers/export.xlsx",
    "/m/customers",
    "/api/v1/leads",
    "/api/v1/leads?format=xlsx",
    "/console/leads",
    "/api/v1/signups",
    "/api/v1/signups?format=xlsx",
    "/console/signups",
    "/m/signups",
    "/api/v1/reports/funnel",
    "/api/v1/reports/ranking",
    "/api/v1/reports/ranking?format=xlsx",
    "/api/v1/reports/ranking?by=branch",
    "/api/v1/reports/trend",
    "/api/v1/reports/chain?item_id={item}",
    "/api/v1/reports/chain?format=xlsx&item_id={item}",
    "/console/reports/funnel",
    "/console/reports/ranking",
    "/console/reports/chain?item_id={item}",
    "/console/posters/people",
    "/api/v1/tasks",
    "/m",
    "/m/tasks",
    "/m/team",
    "/m/results",
    "/console",
    "/api/v1/pushes/{push}/deliveries",
    "/api/v1/pushes/{push}/deliveries?format=xlsx",
    "/console/pushes/{push}",
    "/console/pushes/{push}/live",
    "/console/pushes/{push}/deliveries",
    "/console/pushes/{push}/deliveries/export",
    "/console/posters/{template}/employees",
    "/console/reports/ranking?by=branch",
)
DETAILS = (
    ("staff.view", "/api/v1/staff/{s.staff.id}"),
    ("staff.view", "/console/staff/{s.staff.id}"),
    ("staff.manage", "/api/v1/staff/{s.staff.id}/handover"),
    ("staff.view", "/api/v1/branches/{s.branch.id}/history"),
    ("staff.view", "/console/branches/{s.branch.id}"),
    ("customers.view", "/api/v1/customers/{s.customer_id}"),
    ("customers.view", "/console/customers/{s.customer_id}"),
    ("customers.rights", "/api/v1/customers/{s.customer_id}/export"),
    ("leads.view", "/console/leads/{s.lead_id}"),
    ("leads.view", "/console/signups/{s.signup_id}"),
    ("library.view", "/api/v1/links/{s.code}"),
    ("tasks.view", "/api/v1/tasks?employee_id={s.staff.id}"),
    ("reports.view", "/api/v1/reports/funnel?employee_id={s.staff.id}"),
    ("pushes.ledger", "/api/v1/pushes/{s.push_id}/deliveries?employee_id={s.staff.id}"),
    ("pushes.ledger", "/console/pushes/{s.push_id}/deliveries?employee_id={s.staff.id}"),
    ("staff.view", "/console/staff/{s.staff.id}/photo.jpg"),
    ("posters.view", "/api/v1/employees/{s.staff.id}/card.jpg"),
    ("posters.view", "/api/v1/employees/{s.staff.id}/qr.png"),
    ("posters.view", "/api/v1/posters/{s.template_id}/{s.staff.id}.jpg"),
)


@pytest.fixture(scope="module")
async def world(house: House) -> World:
    """Seats on every level, for who only looks; a test that moves them builds its own."""
    return await build(await make_personas(house))


def _split(world: World, levels: set[str]) -> tuple[list[Seat], list[Seat]]:
    inside = [world.seats[level] for level in LEVELS if level in levels]
    return inside, [seat for seat in world.seats.values() if seat not in inside]


async def _each(world: World, check: str) -> None:
    faults: list[str] = []
    for viewer, levels in world.viewers():
        inside, outside = _split(world, levels)
        async with world.people.client(viewer) as client:
            faults += await _CHECKS[check](client, viewer, inside, outside)
    assert faults == []


async def _lists(
    client: httpx.AsyncClient, viewer: Staff, inside: list[Seat], outside: list[Seat]
) -> list[str]:
    faults = []
    # Who sees the whole bank can be shown nothing that lies outside: some lists tell that they
    # are answered, other ones to each.
    role = sorted(access.ROLES).index(viewer.roles[0])
    asked = LISTS if outside else share(LISTS, 3, begin=role)
    for pattern in asked:
        one = (inside + outside)[0]
        url = pattern.format(item=one.item_id, push=one.push_id, template=one.template_id)
        answer = await client.get(url)
        if answer.status_code not in (200, 403):
            faults.append(f"{viewer.roles} {url}: {answer.status_code}")
        faults += [f"{viewer.roles} {url}: {leak}" for leak in leaks(answer, outside)]
    for number, seat in enumerate(outside):
        words = (seat.staff.name, seat.staff.staff_no, seat.customer_phone)
        for q in share(words, 3, begin=number):
            answer = await client.get("/console/search", params={"q": q})
            # The page repeats what was asked for; a row would bring an id.
            ids = (str(seat.staff.id), str(seat.customer_id))
            found = [leak for leak in leaks(answer, outside) if leak.endswith(ids)]
            faults += [f"{viewer.roles} search {q}: {leak}" for leak in found]
    return faults


async def _details(
    client: httpx.AsyncClient, viewer: Staff, inside: list[Seat], outside: list[Seat]
) -> list[str]:
    faults = []
    for permission, pattern in DETAILS:
        may = access.may(viewer.roles, permission)
        # Whom one may see is counted to the unit elsewhere; here every other of them is opened,
        # and every other of those outside: at each address other ones.
        number = DETAILS.index((permission, pattern))
        some, others = (share(seats, 2, begin=number) for seats in (inside, outside))
        for seats, expected in ((some, {200}), (others, {404})):
            # Who lacks the right is stopped at the door, whosever row it is: one of each tells.
            for seat in seats if may else seats[:1]:
                url = pattern.format(s=seat)
                status = (await client.get(url)).status_code
                if status not in (expected if may else {403, 404}):
                    faults.append(f"{viewer.roles} {url}: {status}, expected {expected}")
    return faults


async def _totals(
    client: httpx.AsyncClient, viewer: Staff, inside: list[Seat], outside: list[Seat]
) -> list[str]:
    faults = []
    total = sum(seat.views for seat in inside)
    if access.may(viewer.roles, "reports.view"):
        for url in ("/api/v1/reports/funnel", "/api/v1/reports/trend"):
            found = figures(await client.get(url))
            # Every other sum of powers of two would be another set of people.
            if total not in found or {n for n in found if n > total and n < 2 ** len(LEVELS)}:
                faults.append(f"{viewer.roles} {url}: {sorted(found)} instead of {total}")
    for permission, url, mine in (
        ("leads.view", "/api/v1/leads", {str(seat.lead_id) for seat in inside}),
        ("customers.view", "/api/v1/customers", {str(seat.customer_id) for seat in inside}),
    ):
        if access.may(viewer.roles, permission):
            listed = {row["id"] for row in (await client.get(url)).json()["items"]}
            if listed != mine:
                faults.append(f"{viewer.roles} {url}: {len(listed)} instead of {len(mine)}")
    return faults + await _branches(client, viewer, inside, outside)


async def _branches(
    client: httpx.AsyncClient, viewer: Staff, inside: list[Seat], outside: list[Seat]
) -> list[str]:
    if not access.may(viewer.roles, "staff.view"):
        return []
    faults = []
    rows = (await client.get("/api/v1/branches")).json()["items"]
    if {row["id"] for row in rows} & {str(seat.branch.id) for seat in outside}:
        faults.append(f"{viewer.roles} sees branches outside")
    # Two people a seat; our own personas sit in the head office and the two branches.
    if len(inside) < len(LEVELS) and rows[0]["people_below"] > 2 * len(inside) + 2:
        faults.append(f"{viewer.roles} branches count {rows[0]['people_below']} people")
    return faults


async def _filters(
    client: httpx.AsyncClient, viewer: Staff, inside: list[Seat], outside: list[Seat]
) -> list[str]:
    """A filter that names somebody outside finds nothing, and never their figures."""
    faults = []
    for seat in outside:
        for url in (
            f"/api/v1/leads?employee_id={seat.staff.id}",
            f"/api/v1/staff?branch_id={seat.branch.id}",
            f"/api/v1/staff?q={seat.staff.staff_no}",
            f"/api/v1/customers?q={seat.customer_phone}",
            f"/api/v1/reports/ranking?branch_id={seat.branch.id}",
            f"/console/leads?employee_id={seat.staff.id}",
            f"/console/reports/ranking?branch_id={seat.branch.id}",
            f"/console/customers?q={seat.customer_phone}",
        ):
            answer = await client.get(url)
            if answer.status_code == 200 and (seen := leaks(answer, [seat])):
                # The page repeats the filter it was asked for; a row would show more than it.
                rest = [leak for leak in seen if not leak.endswith(url.split("=")[-1])]
                faults += [f"{viewer.roles} {url}: {leak}" for leak in rest]
    return faults


_CHECKS = {"lists": _lists, "details": _details, "totals": _totals, "filters": _filters}


async def test_no_list_or_export_shows_what_lies_outside_the_scope(world: World) -> None:
    await _each(world, "lists")


async def test_a_detail_outside_the_scope_is_as_absent_as_none(world: World) -> None:
    await _each(world, "details")


async def test_totals_are_those_of_the_scope_to_the_unit(world: World) -> None:
    await _each(world, "totals")


async def test_a_filter_naming_somebody_outside_finds_nothing(world: World) -> None:
    await _each(world, "filters")


async def test_a_leak_would_be_seen(world: World) -> None:
    """The test's own eyes: the same routes as an administrator show every seat's marks."""
    seats, people = list(world.seats.values()), world.people
    async with people.client(people.ours.admin) as client:
        for url, what in (("/api/v1/staff?format=xlsx", "staff_no"), ("/api/v1/leads", "lead")):
            answer = await client.get(url)
            seen = [leak for leak in leaks(answer, seats) if f" {what} " in leak]
            assert len(seen) == len(seats), text_of(answer)


async def test_a_new_branch_head_sees_what_moves_in_and_no_more_what_moves_out(
    people: Personas,
) -> None:
    world = await build(people)
    sub, aside = world.seats["sub"], world.seats["aside"]
    async with people.client(people.ours.admin) as client:
        body = {"parent_id": str(aside.branch.id)}
        moved = await client.patch(f"/api/v1/branches/{sub.branch.id}", json=body)
        assert moved.status_code == 200
    async with people.client(world.seats["branch"].manager) as client:
        assert leaks(await client.get("/api/v1/leads"), [sub, world.seats["outlet"]]) == []
        assert (await client.get(f"/api/v1/staff/{sub.staff.id}")).status_code == 404
    async with people.client(aside.manager) as client:
        rows = (await client.get("/api/v1/leads")).json()["items"]
    assert {row["id"] for row in rows} == {
        str(world.seats[level].lead_id) for level in ("aside", "sub", "outlet")
    }


@pytest.mark.parametrize(("totp_for", "count"), [("none", 0), ("privileged", 1), ("all", 2)])
async def test_the_roles_page_says_who_needs_codes_as_the_bank_has_set_it(
    people: Personas, totp_for: str, count: int
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.settings = {**bank.settings, "totp_for": totp_for}
    async with people.client(people.ours.auditor) as client:
        page = (await client.get("/console/roles")).text
    rows = [row for row in page.split("<tr>") if "数据范围" in row and "说明" in row]
    employee, auditor = (
        next("登录须用动态验证码" in r for r in rows if f">{access.ROLES[role]}<" in r)
        for role in ("employee", "auditor")
    )
    assert employee + auditor == count
    assert ("登录须用动态验证码" in page) == (count > 0)


async def test_the_roles_page_is_the_table_and_counts_only_whom_one_sees(people: Personas) -> None:
    world = await build(people)
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/roles")).text
        for word in (*access.ROLES.values(), *access.PERMISSIONS.values()):
            assert word in page, word
        assert "/console/staff?role=auditor" in page
        ticks = sum(len(access.permissions([role])) for role in access.ROLES)
        assert page.count('aria-label="可以"') == ticks
    async with people.client(world.seats["outlet"].manager) as client:
        page = (await client.get("/console/roles")).text
    assert "/console/staff?role=branch_manager" in page
    assert "/console/staff?role=auditor" not in page
    async with people.client(people.ours.employee) as client:
        assert (await client.get("/console/roles")).status_code == 403
