"""A field is declared once: form, API, difference, spreadsheet and page then know it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.make import approve, make_item, make_link
from tests.personas import Personas
from tests.web.landing import visitor

from contenthub.library import actions as library
from contenthub.library import diff, kinds
from contenthub.library.itemfields import Field
from contenthub.tenants import actions as tenants

NEW = Field(
    "branch_hours",
    "网点营业时间",
    "table",
    cells=(
        Field("branch", "网点", required=True),
        Field("opens", "时间", required=True),
        Field("fee_fen", "上门费", "money_fen"),
    ),
    topics=frozenset({"deposit"}),
    place="table",
    help="每行：网点｜时间｜上门费",
)
ROWS = "城关支行｜9:00—17:00｜10元"
KEPT = [{"branch": "城关支行", "opens": "9:00—17:00", "fee_fen": 1_000}]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line that a new field takes."""
    product = kinds.KINDS["product"]
    grown = replace(product, fields=(*product.fields, NEW))
    monkeypatch.setitem(kinds.KINDS, "product", grown)


def fields_in(answer: Any) -> dict[str, Any]:
    product = next(k for k in answer.json()["items"] if k["kind"] == "product")
    return {f["name"]: f for f in product["fields"]}


@pytest.mark.usefixtures("declared")
async def test_the_form_asks_for_a_new_field_and_shows_it_again(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        empty = await client.get("/console/library/new?kind=product&topic=deposit")
        other = await client.get("/console/library/new?kind=product&topic=loan")
        made = await client.post(
            "/console/library",
            data={
                "kind": "product",
                "topic": "deposit",
                "title": "大额存单",
                "fields.branch_hours": ROWS,
            },
            headers={"x-csrftoken": client.cookies["csrftoken"]},
        )
        edit = await client.get(made.headers["location"])
    assert 'name="fields.branch_hours"' in empty.text
    assert "网点营业时间" in empty.text
    assert 'name="fields.branch_hours"' not in other.text
    assert ROWS in edit.text


@pytest.mark.usefixtures("declared")
async def test_the_api_tells_of_a_new_field_checks_and_keeps_it(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        told = fields_in(await client.get("/api/v1/kinds"))["branch_hours"]
        body = {"kind": "product", "topic": "deposit", "title": "大额存单"}
        bad = await client.post("/api/v1/items", json={**body, "fields": {"branch_hours": "城关"}})
        good = await client.post("/api/v1/items", json={**body, "fields": {"branch_hours": ROWS}})
        kept = await client.get(f"/api/v1/items/{good.json()['id']}")
    assert (told["label"], told["type"], told["topics"]) == ("网点营业时间", "table", ["deposit"])
    assert [c["label"] for c in told["columns"]] == ["网点", "时间", "上门费"]
    assert bad.status_code == 422
    assert "branch_hours" in bad.text
    assert kept.json()["revision"]["fields"]["branch_hours"] == KEPT


@pytest.mark.usefixtures("declared")
def test_a_difference_names_a_new_field_and_marks_its_words() -> None:
    facts = {"kind": "product", "topic": "deposit", "title": "大额存单"}
    changed = [{**KEPT[0], "fee_fen": 2_000}]
    (found,) = diff.diff(
        {**facts, "fields": {"branch_hours": KEPT}}, {**facts, "fields": {"branch_hours": changed}}
    )
    assert found.label == "网点营业时间"
    assert "10 元" in found.before
    assert "20 元" in found.after


@pytest.mark.usefixtures("declared")
def test_a_spreadsheet_names_a_new_field_by_its_label() -> None:
    kept = kinds.check("product", "deposit", "大额存单", {"网点营业时间": ROWS})
    assert kept == {"branch_hours": KEPT}
    assert kinds.typed(NEW, KEPT) == ROWS  # and the export writes what the import reads


@pytest.mark.usefixtures("declared")
async def test_the_page_shows_a_new_field(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, _ = await make_item(db, ours.author, fields={"rate": 205, "branch_hours": ROWS})
        await library.submit(db, item.id, by=ours.author, at=item.created_at)
        await approve(db, item, ours.reviewer, item.created_at)
        link = await make_link(db, item, ours.employee)
    async with visitor(people) as client:
        page = (await client.get(f"/s/{link.code}")).text
    for words in ("网点营业时间", "城关支行", "10 元"):
        assert words in page, words


async def test_a_reward_is_told_of_and_taken_only_where_it_is_switched_on(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = people.ours
    # Else a session knows its bank's settings of three seconds ago.
    monkeypatch.setattr("contenthub.web.signin.CACHE_SECONDS", 0.0)
    body = {
        "kind": "activity",
        "topic": "life",
        "title": "亲子烘焙",
        "fields": {"referral_reward_fen": "10元", "referral_reward_act": "attendance"},
    }

    async def tried(topic: str = "life") -> tuple[int, str, bool]:
        async with people.client(ours.author) as client:
            answer = await client.post("/api/v1/items", json={**body, "topic": topic})
            told = await client.get("/api/v1/kinds?topic=life")
            form = await client.get("/console/library/new?kind=activity&topic=life")
        asked = "fields.referral_reward_fen" in form.text
        assert ("referral_reward_fen" in told.text) == asked
        return answer.status_code, answer.text, asked

    status, text, asked = await tried()
    assert (status, asked) == (422, False)
    assert "奖励开关" in text
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await tenants.set_settings(db, {"rewards": "true"}, by=ours.admin, at=ours.admin.created_at)
    status, _, asked = await tried()
    assert (status, asked) == (201, True)
    status, text, _ = await tried("deposit")
    assert status == 422
    assert "只用于" in text


async def test_the_kinds_of_an_unknown_topic_are_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        assert (await client.get("/api/v1/kinds?topic=stocks")).status_code == 422
        whole = await client.get("/api/v1/kinds")
    assert "annual_rate" in fields_in(whole)
    async with people.client() as client:
        assert (await client.get("/api/v1/kinds")).status_code == 401


async def test_the_api_tells_which_fields_each_bank_fills_in_itself(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        found = fields_in(await client.get("/api/v1/kinds?topic=deposit"))
    local = {name for name, field in found.items() if field["is_local"]}
    assert {"rate", "contact"} <= local
    assert "summary" not in local
