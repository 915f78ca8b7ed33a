"""The list of customers: found by facts and conditions of the URL, exported, tagged alike."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from tests.customers.test_actions_import import _load, _row
from tests.personas import Personas
from tests.web.desk import post_form

from contenthub.customers import queries
from contenthub.db import clock
from contenthub.errors import Invalid
from contenthub.tenants import queries as tenants
from contenthub.web.customer_filters import NAMES, Asked


@pytest.fixture
async def here(people: Personas) -> None:
    """Two customers of our employee: one with facts, one without."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        today = await tenants.today(db, at=await clock(db))
        facts: dict[str, Any] = {"products": "term", "grid": "柳树村", "is_merchant": True}
        facts |= {"deposit_due_on": today + timedelta(days=20), "birthday": today}
        facts |= {"contacted_on": today - timedelta(days=40), "lunar_birthday": "08-15"}
        no = ours.employee.staff_no
        await _load(db, _row(name="赵小敏", owner=no, aum_fen=9_000_000, **facts))
        await _load(db, _row(name="李娜", phone="13900000002", owner=no, tags=("到期跟进",)))


FOUND = (
    ({"product": "term"}, "赵*敏"),
    ({"due": "30"}, "赵*敏"),
    ({"due": "7"}, ""),
    ({"idle": "30"}, "赵*敏 李*"),
    ({"idle": "90"}, "李*"),
    ({"birthday": "1"}, "赵*敏"),
    ({"merchant": "no"}, "李*"),
    ({"grid": "柳树村"}, "赵*敏"),
    ({"expr": "资产>=5万 且 存款到期 within 30天"}, "赵*敏"),
    ({"expr": "not holds(定期存款)"}, "李*"),
    ({"product": "term", "expr": "aum < 5"}, ""),
)


@pytest.mark.parametrize(("asked", "names"), FOUND)
async def test_facts_and_conditions_of_the_url_find_customers(
    people: Personas, here: None, asked: dict[str, str], names: str
) -> None:
    async with people.client(people.ours.author) as client:
        page = (await client.get("/console/customers", params=asked)).text
    assert " ".join(name for name in ("赵*敏", "李*") if name in page) == names


@pytest.mark.parametrize(
    ("asked", "field", "fix"),
    [
        ({"product": "futures"}, "product", "重新选择"),
        ({"due": "31"}, "due", "到期"),
        ({"idle": "x"}, "idle", "没有联系"),
        ({"expr": "aum >"}, "expr", "数字"),
    ],
)
async def test_what_cannot_be_asked_is_named_with_the_fix(
    people: Personas, asked: dict[str, str], field: str, fix: str
) -> None:
    with pytest.raises(Invalid) as caught:
        Asked.of_text(urlencode(asked))
    assert list(caught.value.fields) == [field]
    assert fix in caught.value.fields[field]
    async with people.client(people.ours.author) as client:
        answer = await client.get("/console/customers", params=asked)
        assert answer.status_code == 422
        assert fix in answer.text


async def test_a_village_nobody_lives_in_is_said_so(people: Personas, here: None) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.get("/console/customers", params={"grid": "无人村"})
    assert answer.status_code == 422
    assert "无人村" in answer.text


def test_a_filter_is_spelt_one_way_and_said_in_words() -> None:
    asked = Asked.of_text("expr=age>=60&grid=柳树村&product=term&due=30&merchant=yes&idle=90")
    assert Asked.of_text(asked.query()) == asked
    assert [name for name in NAMES if f"{name}=" in asked.query()]
    words = asked.words({}, {})
    for part in ("定期存款", "30 天内到期", "90 天没联系", "是商户", "柳树村", "年龄不低于 60 岁"):
        assert part in words, part


async def test_exactly_what_is_found_is_exported_and_tagged(people: Personas, here: None) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        tag = next(one for one in await queries.tags(db) if one.name == "到期跟进")
    kept = urlencode({"due": "30"})
    async with people.client(people.ours.author) as client:
        answer = await client.get(f"/console/customers/export.xlsx?{kept}")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = {str(c.value) for row in book.worksheets[0].iter_rows() for c in row if c.value}
        assert {"赵*敏", "八月十五", "柳树村", "定期存款", "是"} <= cells
        assert "李*" not in cells
        form = {"kind": "put", "scope": "found", "tag_id": str(tag.id), "back": kept}
        await post_form(client, "/console/customers/tags", form)
        listed = await client.get(
            "/api/v1/customers", params={"expr": "到期跟进 且 持有(定期存款)"}
        )
        assert [one["name"] for one in listed.json()["items"]] == ["赵*敏"]
        bad = await client.get("/api/v1/customers", params={"expr": "aum >"})
        assert bad.status_code == 422


async def test_a_condition_reaches_no_further_than_the_scope(people: Personas, here: None) -> None:
    for who in (people.ours.colleague, people.theirs.author):
        async with people.client(who) as client:
            listed = await client.get("/api/v1/customers", params={"expr": "everyone()"})
            assert listed.json()["items"] == []
