"""Every list of the API says what is wrong with a page size or a place it cannot read."""

from itertools import product
from typing import Any

import pytest
from tests.faults import Faults
from tests.personas import Personas
from tests.web.test_openapi import schema

from contenthub.errors import Invalid
from contenthub.web.keyset import id_of, page_size, place_of, staff_cursor, staff_no_of

LISTS = {
    "/assets": "author",
    "/audit": "admin",
    "/cadence-runs": "admin",
    "/cadences": "admin",
    "/customers": "author",
    "/items": "author",
    "/kits/adopted": "author",
    "/leads": "admin",
    "/poster-templates": "author",
    "/pushes": "author",
    "/review-comments": "author",
    "/review-records": "admin",
    "/reviews": "reviewer",
    "/rules/failing": "admin",
    "/security/accounts": "admin",
    "/signups": "admin",
    "/staff": "admin",
}
CANNOT_BE = (
    *("limit=0", "limit=-1", "limit=201"),
    *("cursor=garbage", "cursor=%E4%B8%AD", "cursor=bm9uc2Vuc2U"),
)
DELIVERIES = "/pushes/{push_id}/deliveries"
"""Asks for a push first: its page size and cursor are tested with its push."""
EVENTS_SENT = "/webhooks/{endpoint_id}/deliveries"
"""The same with an endpoint (test_webhooks.py)."""
HISTORY = "/items/{item_id}/history"
"""The same with an item."""
IMPORTED = "/items/imports/{workbook_id}/rows"
"""The same with an import of items (test_item_sheets.py)."""

MEMBERS = "/clubs/{club_id}/members"
"""The same with a club."""
PUBLISHED = "/poster-templates/{template_id}/published"
"""The same with a poster template (test_poster_cdn.py)."""


def _asked(operation: dict[str, Any]) -> dict[str, Any]:
    return {p["name"]: p["schema"] for p in operation.get("parameters", [])}


def test_the_table_of_lists_is_whole_and_the_document_names_the_bounds() -> None:
    paged = {
        path: _asked(methods["get"])["limit"]
        for path, methods in schema()["paths"].items()
        if "get" in methods and {"limit", "cursor"} <= _asked(methods["get"]).keys()
    }
    assert set(paged) == {
        f"/api/v1{path}"
        for path in (*LISTS, DELIVERIES, EVENTS_SENT, HISTORY, IMPORTED, MEMBERS, PUBLISHED)
    }
    assert {(s["minimum"], s["maximum"]) for s in paged.values()} == {(1, 200)}


@pytest.mark.parametrize("role", sorted(set(LISTS.values())))
async def test_a_page_that_cannot_be_is_refused_by_its_field(people: Personas, role: str) -> None:
    faults = Faults()
    told = {"limit": "limit 应在 1 到 200 之间", "cursor": "翻页位置不正确"}
    async with people.client(getattr(people.ours, role)) as client:
        for path, query in product([path for path in LISTS if LISTS[path] == role], CANNOT_BE):
            with faults.of(f"{path}?{query}"):
                answer = await client.get(f"/api/v1{path}?{query}")
                assert answer.status_code == 422, answer.text
                fault, field = answer.json()["errors"][0], query.partition("=")[0]
                assert fault["pointer"] == f"/{field}"
                assert told[field] in fault["message"]
    faults.none()


@pytest.mark.parametrize("rows", [1, 200])
def test_the_ends_of_the_range_are_inside(rows: int) -> None:
    assert page_size(rows) == rows


@pytest.mark.parametrize("staff_no", ["A-101", "员工7", "0~1", ""])
def test_a_staff_cursor_comes_back_as_it_was(staff_no: str) -> None:
    assert staff_no_of(staff_cursor(staff_no) or "") == staff_no


def test_no_cursor_is_the_first_page() -> None:
    assert (id_of(""), place_of(""), staff_no_of(""), staff_cursor(None)) == (None, None, "", None)


@pytest.mark.parametrize("cursor", ["A-101", "bm8", "***", "MjAyNi0wMS0wMQ"])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    for read in (id_of, place_of, staff_no_of):
        with pytest.raises(Invalid):
            read(cursor)
