"""Every list of the API says what is wrong with a page size or a place it cannot read."""

from typing import Any

import pytest
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


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=201", "limit"),
        ("cursor=garbage", "cursor"),
        ("cursor=%E4%B8%AD", "cursor"),
        ("cursor=bm9uc2Vuc2U", "cursor"),
    ],
)
async def test_a_page_that_cannot_be_is_refused_by_its_field(
    people: Personas, path: str, query: str, field: str
) -> None:
    async with people.client(getattr(people.ours, LISTS[path])) as client:
        answer = await client.get(f"/api/v1{path}?{query}")
    assert answer.status_code == 422, answer.text
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == f"/{field}"
    assert ("limit 应在 1 到 200 之间" if field == "limit" else "翻页位置不正确") in fault[
        "message"
    ]


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
