"""Batches of imported rows: added, updated, twice the same, wrong words, own bank only."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import actions, actions_import, queries, queries_tags, tagexpr
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_import import Tally
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read, Write


def _row(line: int = 2, **over: Any) -> CustomerRow:
    return CustomerRow(**{"line": line, "name": "王小明", "phone": "13900000001", **over})


async def _load(db: Write, *rows: CustomerRow, dry_run: bool = False) -> Tally:
    return await actions_import.add_batch(db, rows, dry_run=dry_run, by=None, at=NOW)


async def _versions(db: Read) -> dict[int, str]:
    """Return where each customer's row lies: an update moves it, a lock does not."""
    rows = await db.execute(text("select no, ctid::text from customers"))
    return {no: place for no, place in rows}


async def _who(db: Read, expr: str) -> set[int]:
    found = await audiences.audience(db, tagexpr.parse(expr), topic="deposit", at=NOW)
    return set(found.matched)


async def test_the_same_batch_again_changes_nothing_more(people: Personas) -> None:
    row = _row(tags=("银发",), refused=("理财",), aum_fen=100, birthday=date(1950, 1, 1))
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        first = await _load(db, row)
        one = await queries.by_phone(db, row.phone)
        again = await _load(db, row)
        assert (first.added, first.updated) == (1, 0)
        assert (again.added, again.updated) == (0, 1)
        assert len(await queries.customers(db)) == 1
        assert one is not None
        for expr in ("银发", "refused(理财)", "aum = 1", "age > 70", "everyone()"):
            assert await _who(db, expr) == {one.no}, expr


async def test_a_refusal_in_a_file_outlasts_one_that_was_to_end(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, _row())
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        until = NOW.date() + timedelta(days=3)
        await actions.record_refusal(db, one.no, "理财", until_on=until, by=None, at=NOW)
        await _load(db, _row(refused=("理财",)))
        assert await actions.end_refusals(db, at=NOW + timedelta(days=30)) == 0
        assert await _who(db, "refused(理财)") == {one.no}


async def test_a_later_file_updates_what_it_says_and_leaves_the_rest(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        old = await make_customer(
            db,
            phone="13900000001",
            owner=ours.employee,
            tags=["银发"],
            aum_fen=100,
            birthday=date(1950, 5, 20),
        )
        await _load(
            db,
            _row(name="王大明", aum_fen=300, owner=ours.colleague.staff_no, tags=("商户",)),
        )
        new = await queries.customer(db, old.id)
        assert queries.clear(db, new) == ("王大明", "13900000001")
        assert (new.aum_fen, new.birthday) == (300, date(1950, 5, 20))
        assert (new.owner_id, new.branch_id) == (ours.colleague.id, ours.other_branch.id)
        assert await _who(db, "aum = 1") == set()
        assert await _who(db, "aum = 3") == {old.no}
        assert await _who(db, "银发 and 商户") == {old.no}
        assert await _who(db, f"owner({ours.employee.staff_no})") == set()
        assert await _who(db, f"owner({ours.colleague.staff_no})") == {old.no}
        assert await _who(db, "branch(城关支行)") == set()
        assert await _who(db, "branch(总行营业部)") == {old.no}


async def test_the_same_phone_twice_in_a_batch_is_one_customer_with_the_later_word(
    people: Personas,
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        tally = await _load(db, _row(2, aum_fen=1), _row(3, name="李娜", aum_fen=2))
        assert (tally.added, tally.updated, tally.repeated) == (1, 0, 1)
        assert tally.problems == []
        (hint,) = tally.warnings
        assert (hint.line, hint.value_shown) == (2, "139****0001")
        assert hint.message == (
            "第 2 行与第 3 行手机号相同，已合成一位："
            "标签和拒绝业务都保留，其余第 3 行填了的再按合并规则写入"
        )
        found = await queries.customers(db)
        assert [(c.name_masked, c.aum_fen) for c in found] == [("李*", 2)]


async def test_unknown_branch_and_employee_are_problems_and_the_others_are_kept(
    people: Personas,
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        tally = await _load(
            db,
            _row(2, phone="13900000001", owner="9999"),
            _row(3, phone="13900000002", branch="月球支行"),
            _row(4, phone="13900000003", branch="柳河支行"),
        )
        assert [(p.line, p.field) for p in tally.problems] == [(2, "owner"), (3, "branch")]
        assert "请先导入员工" in tally.problems[0].message
        assert (tally.added, len(await queries.customers(db))) == (1, 1)


async def test_without_branch_the_employees_then_the_head_office_is_taken(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        alone = await make_customer(db)
        owned = await make_customer(db, owner=ours.colleague)
        assert alone.branch_id == ours.head.id
        assert owned.branch_id == ours.other_branch.id


@pytest.mark.parametrize("bank", ["ours", "theirs"])
async def test_another_banks_words_and_people_do_not_exist(people: Personas, bank: str) -> None:
    one, other = (people.ours, people.theirs) if bank == "ours" else (people.theirs, people.ours)
    async with people.house.database.unit_of_work(one.tenant) as db:
        await make_customer(db, phone="13900000001", tags=["银发"])
    async with people.house.database.unit_of_work(other.tenant) as db:
        tally = await _load(db, _row(owner=one.employee.staff_no))
        assert [p.field for p in tally.problems] == ["owner"]
        assert (await _load(db, _row())).added == 1


async def test_a_dry_run_leaves_no_trace(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone="13900000001")
        tally = await _load(
            db,
            _row(2, phone="13900000001", aum_fen=9),
            _row(3, phone="13900000002", tags=("新标签",)),
            dry_run=True,
        )
        assert (tally.added, tally.updated) == (1, 1)
        assert await queries.by_phone(db, "13900000002") is None
        assert [t.name for t in await queries.tags(db)] == []
        assert await _who(db, "aum > 0") == set()


async def test_new_words_become_tags_of_one_group(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, _row(tags=("银发", "商户", "银发")))
        await _load(db, _row(3, phone="13900000002", tags=("商户", "亲子")))
        groups = await queries_tags.groups(db)
        assert [group.name for group, _ in groups] == [actions_import.IMPORT_GROUP]
        assert {t.name for t in await queries.tags(db)} == {"银发", "商户", "亲子"}


async def test_a_file_loaded_again_writes_no_customer_and_one_that_differs_only_that_one(
    people: Personas,
) -> None:
    ours = people.ours
    first = [_row(line=n, phone=f"1391000000{n}", aum_fen=n, crm_no=f"C{n}") for n in range(1, 4)]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _load(db, *first)
        before = await _versions(db)
    second = [*first[:2], _row(line=3, phone="13910000003", aum_fen=7)]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        tally = await _load(db, *second)
        after = await _versions(db)
    assert (tally.added, tally.updated) == (0, 3)
    assert {no for no in after if after[no] != before[no]} == {max(before)}
