"""Counts and sums inside the data scope (S3): of tags, deliveries and reports, to the unit."""

import io
import re
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook
from tests.personas import Personas
from tests.tenants.scope_world import LEVELS, Seat, World, build

from contenthub.tenants import access
from contenthub.tenants.models import Staff


def _inside(world: World, levels: set[str]) -> list[Seat]:
    return [world.seats[level] for level in LEVELS if level in levels]


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    answer = await client.get(url)
    assert answer.status_code == 200, (url, answer.text)
    return answer.json()


async def test_a_tag_counts_only_customers_of_the_scope(people: Personas) -> None:
    world = await build(people)
    for viewer, levels in world.viewers():
        if not access.may(viewer.roles, "customers.view"):
            continue
        async with people.client(viewer) as client:
            rows = (await _json(client, "/api/v1/tags"))["items"]
            page = (await client.get("/console/tags")).text
        counted = {row["name"]: row["customers"] for row in rows}
        expected = {seat.tag: int(seat in _inside(world, levels)) for seat in world.seats.values()}
        assert {tag: counted[tag] for tag in expected} == expected, viewer.roles
        for seat in world.seats.values():
            row = re.split(rf"<td><span[^>]*>{seat.tag}</span>", page, maxsplit=1)[1].split(
                "</tr>", 1
            )[0]
            cell = re.search(r'data-label="客户">\D*?(?:tag_id=[^>]*>)?(\d+)', row)
            assert cell is not None, (viewer.roles, row)
            assert int(cell[1]) == expected[seat.tag], (viewer.roles, row)


async def test_a_push_counts_only_deliveries_of_the_scope(people: Personas) -> None:
    world = await build(people)
    for viewer, levels in world.viewers():
        if not access.may(viewer.roles, "pushes.view"):
            continue
        inside = _inside(world, levels)
        async with people.client(viewer) as client:
            one = await _json(client, f"/api/v1/pushes/{world.push_id}")
            lines = (await _json(client, "/api/v1/pushes"))["items"]
            may_list = access.may(viewer.roles, "pushes.ledger")
            ledger = await client.get(f"/api/v1/pushes/{world.push_id}/deliveries")
        assert one["counts"]["skipped"] == len(inside), viewer.roles
        assert sum(reason["customers"] for reason in one["reasons"]) == len(inside)
        assert [line["counts"]["skipped"] for line in lines] == [len(inside)]
        assert ledger.status_code == (200 if may_list else 403)
        rows = ledger.json()["items"] if may_list else []
        assert {row["employee"] for row in rows} == {s.staff.name for s in inside if may_list}


async def test_every_report_sums_only_the_scope(people: Personas) -> None:
    world = await build(people)
    for viewer, levels in world.viewers():
        if not access.may(viewer.roles, "reports.view"):
            continue
        inside = _inside(world, levels)
        total = sum(seat.views for seat in inside)
        async with people.client(viewer) as client:
            for by in ("employee", "branch"):
                rows = (await _json(client, f"/api/v1/reports/ranking?by={by}"))["items"]
                assert sum(row["figures"]["views"] for row in rows) == total, (viewer.roles, by)
            chain = (await _json(client, f"/api/v1/reports/chain?item_id={world.item_id}"))["items"]
            assert sum(node["figures"]["views"] for node in chain) == total, viewer.roles
            sheet = await client.get("/api/v1/reports/ranking?format=xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content))
        names = {str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row}
        assert {s.staff.name for s in world.seats.values()} & names == {
            s.staff.name for s in inside
        }


async def test_an_audience_is_shown_to_nobody_whose_scope_is_not_the_bank(people: Personas) -> None:
    """A preview counts the whole bank and shows a sample: no role of a narrower scope has it."""
    world = await build(people)
    body = {"expr": world.seats["aside"].tag, "topic": "deposit"}
    tried = 0
    for viewer, levels in world.viewers():
        async with people.client(viewer) as client:
            answer = await client.post("/api/v1/audiences/preview", json=body)
            pages = [
                await client.get("/console/audiences", params=body),
                await client.get("/console/audiences/people", params={**body, "part": "matched"}),
            ]
        if access.may(viewer.roles, "audiences.view"):
            assert levels == set(LEVELS)
            assert answer.json()["matched"] == 1
            tried += 1
        else:
            assert [a.status_code for a in (answer, *pages)] == [403, 403, 403]
    assert tried >= 2


@pytest.mark.parametrize(
    "permission",
    [
        "audiences.view",
        "pushes.write",
        "customers.import",
        "staff.manage",
        "audit.view",
        "audit.export",
        "security.manage",
        "bank.view",
        "members.view",
        "reviews.decide",
    ],
)
def test_what_shows_the_whole_bank_is_given_to_bank_wide_roles_only(permission: str) -> None:
    holders = [role for role in access.ROLES if access.may([role], permission)]
    assert holders
    assert {access.scope([role]) for role in holders} == {"bank"}


async def test_an_employee_is_refused_the_picture_of_a_colleague(people: Personas) -> None:
    world = await build(people)
    mine, other = world.seats["outlet"], world.seats["aside"]

    async def statuses(viewer: Staff, seat: Seat) -> list[int]:
        async with people.client(viewer) as client:
            return [
                (await client.get(f"/api/v1/employees/{seat.staff.id}/card.jpg")).status_code,
                (await client.get(f"/api/v1/employees/{seat.staff.id}/qr.png")).status_code,
                (
                    await client.get(
                        f"/api/v1/poster-templates/{world.template_id}/preview.jpg",
                        params={"employee_id": str(seat.staff.id)},
                    )
                ).status_code,
            ]

    assert await statuses(mine.staff, other) == [404, 404, 404]
    assert (await statuses(mine.staff, mine))[:2] == [200, 200]
