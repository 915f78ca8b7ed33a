"""What a file does to what is there: four rules a field, each in every standing of both sides."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.make import NOW, make_branch, make_customer
from tests.personas import Personas

from contenthub.customers import actions_import, mergerules, queries
from contenthub.customers import queries_truth as truths
from contenthub.customers.mergerules import Rules
from contenthub.customers.models import Customer
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write
from contenthub.errors import Invalid

PHONE = "13900000001"
TODAY = NOW.date()
DAY = timedelta(days=1)


def _row(**over: Any) -> CustomerRow:
    return CustomerRow(**{"line": 2, "name": "王小明", "phone": PHONE, **over})


async def _merge(db: Write, merge: dict[str, str], **over: Any) -> Customer:
    await actions_import.add_batch(
        db, [_row(**over)], rules=Rules(merge), dry_run=False, by=None, at=NOW
    )
    found = await queries.by_phone(db, PHONE)
    assert found is not None
    await db.refresh(found)
    return found


async def test_what_is_empty_is_filled_and_what_is_there_stays(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=PHONE, name="王小明", grid="柳树村")
        said: dict[str, Any] = {"grid": "河东村", "gender": "male", "aum_fen": 5, "stage": "active"}
        only_empty = dict.fromkeys(("grid", "gender", "aum", "stage"), "empty")
        one = await _merge(db, only_empty, **said)
        assert (one.grid, one.gender, one.aum_fen, one.stage) == ("柳树村", "male", 5, "added")
        ours = await _merge(db, {"grid": "ours", "gender": "ours"}, grid="甲", gender="female")
        assert (ours.grid, ours.gender) == ("柳树村", "male")
        theirs = await _merge(db, {}, grid="河东村", gender="female")
        assert (theirs.grid, theirs.gender) == ("河东村", "female")
        assert await truths.disagreements(db, 0, 65_535) == {}


async def test_new_customers_get_what_the_file_says_whatever_the_rule(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        one = await _merge(db, {"grid": "ours", "name": "ours"}, grid="柳树村")
        assert (one.grid, one.name_masked) == ("柳树村", "王*明")
        renamed = await _merge(db, {"name": "empty"}, name="李娜")
        assert renamed.name_masked == "王*明", "a name is never empty"


async def test_the_newer_day_holds_and_an_undated_row_fills_only_what_is_empty(
    people: Personas,
) -> None:
    rules = {"aum": "newer", "grid": "newer"}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=PHONE, name="王小明", aum_fen=100)
        old = await _merge(db, rules, aum_fen=1, as_of=TODAY - 9 * DAY)
        assert old.aum_fen == 100, "what bears no day is of the day it was last written"
        same = await _merge(db, rules, aum_fen=2, as_of=TODAY)
        assert (same.aum_fen, same.dated) == (2, f"aum:{TODAY}")
        undated = await _merge(db, rules, aum_fen=3, grid="柳树村")
        assert (undated.aum_fen, undated.grid) == (2, "柳树村")
        other = await _merge(db, rules, grid="河东村", as_of=TODAY - DAY)
        assert other.grid == "柳树村"


async def test_a_fact_is_as_old_as_the_file_it_came_from(people: Personas) -> None:
    rules = {"aum": "newer"}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        first = await _merge(db, rules, aum_fen=1, as_of=TODAY - 9 * DAY)
        assert first.dated == f"aum:{TODAY - 9 * DAY}"
        late = await _merge(db, rules, aum_fen=2, as_of=TODAY - 10 * DAY)
        assert late.aum_fen == 1
        newer = await _merge(db, rules, aum_fen=3, as_of=TODAY - 2 * DAY)
        assert newer.aum_fen == 3, "written today, but of older data than the file"
        plain = await _merge(db, {}, aum_fen=4)
        assert (plain.aum_fen, plain.dated) == (4, ""), "another rule's fact keeps no day"


async def test_the_later_contact_is_the_newer_without_any_day(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=PHONE, name="王小明", contacted_on=TODAY - DAY)
        rules = {"contacted_on": "newer"}
        assert (await _merge(db, rules, contacted_on=TODAY - 5 * DAY)).contacted_on == TODAY - DAY
        assert (await _merge(db, rules, contacted_on=TODAY)).contacted_on == TODAY


async def test_an_assessment_is_taken_whole_or_not_at_all(people: Personas) -> None:
    until = TODAY + 90 * DAY
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=PHONE, name="王小明")
        filled = await _merge(db, {"risk": "empty"}, risk=2, risk_until=until)
        assert (filled.risk_grade, filled.risk_until) == (2, until)
        kept = await _merge(db, {"risk": "empty"}, risk=4, risk_until=until + DAY)
        assert (kept.risk_grade, kept.risk_until) == (2, until)


async def test_branch_follows_its_own_rule_or_that_of_the_owner(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        branch = await make_branch(db, "城关支行")
        await make_customer(db, phone=PHONE, name="王小明")
        placed = await _merge(db, {"branch": "empty"}, branch="城关支行")
        assert placed.branch_id == branch.id, "the head office is where nobody has placed them"
        kept = await _merge(db, {"branch": "ours", "owner": "empty"}, owner=ours.employee.staff_no)
        assert kept.owner_id == ours.employee.id
        assert kept.branch_id == ours.employee.branch_id, "whose a customer is says where"
        same = await _merge(db, {"owner": "ours"}, owner=ours.author.staff_no)
        assert (same.owner_id, same.branch_id) == (ours.employee.id, ours.employee.branch_id)


async def test_a_remark_is_kept_when_there_is_one(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=PHONE, name="王小明")
        first = await _merge(db, {"remark": "empty"}, remark="爱喝茶")
        assert queries.remark(db, first) == "爱喝茶"
        again = await _merge(db, {"remark": "empty"}, remark="不爱喝茶")
        assert queries.remark(db, again) == "爱喝茶"
        newer = await _merge(db, {"remark": "newer"}, remark="不爱喝茶", as_of=TODAY)
        assert queries.remark(db, newer) == "不爱喝茶"
        assert newer.dated == f"remark:{TODAY}"


def test_a_rule_that_is_none_is_named_with_its_field() -> None:
    mapping = {"name": "姓名", "phone": "电话", "aum_wan": "资产"}
    with pytest.raises(Invalid) as wrong:
        mergerules.check_rules({"aum": "newer", "tags": "ours", "grid": "perhaps"}, mapping)
    assert set(wrong.value.fields) == {"merge.aum", "merge.tags", "merge.grid"}
    assert "数据日期" in wrong.value.fields["merge.aum"]
    dated = mapping | {"as_of": "日期"}
    assert mergerules.check_rules({"aum": "newer", "grid": "file"}, dated) == {"aum": "newer"}
    kept = mergerules.check_rules({"grid": "newer"}, mapping)
    assert kept == {"grid": "newer"}, "a column that this file has not asks for no day"


def test_days_are_read_as_they_were_written() -> None:
    days = {"grid": date(2026, 11, 1), "aum": date(2026, 10, 31)}
    text = mergerules.days_text(days)
    assert mergerules.days_of(text) == days
    assert mergerules.without(text, "aum", "name") == "grid:2026-11-01"
    assert mergerules.without("", "aum") == ""
