"""Facts of customers: from a file, into the index, found by expression, own bank only."""

from datetime import timedelta
from typing import Any

import pytest
from tests.customers.test_actions_import import _load, _row, _versions, _who
from tests.make import NOW
from tests.personas import Personas

from contenthub.customers import actions_audience, actions_people, queries
from contenthub.customers import queries_truth as truths
from contenthub.customers.tagtree import ExpressionInvalid

TODAY = NOW.date()
FOUND = (
    "持有(定期存款)",
    "存款到期 within 30天",
    "到期 within 20天",
    "not 贷款到期 within 366天",
    "最近联系 within 2天",
    "not 最近联系 within 1天",
    "加微 within 60天",
    "村(柳树村)",
    "是商户()",
    "农历生日 within 7天",
    "生日 within 7天",
    "not 公历生日 within 366天",
    "stage(活跃)",
)


def _full(**over: Any) -> dict[str, Any]:
    return {
        "products": "term mobile_bank",
        "deposit_due_on": TODAY + timedelta(days=20),
        "contacted_on": TODAY - timedelta(days=1),
        "added_on": TODAY - timedelta(days=59),
        "grid": "柳树村",
        "is_merchant": True,
        "lunar_birthday": "10-20",  # 28 November 2026
        "stage": "active",
        "remark": "走村添加 2026-09-28",
        **over,
    }


async def test_what_a_file_tells_is_found_by_expression(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, _row(**_full()), _row(3, phone="13900000002"))
        one, other = [await queries.by_phone(db, f"1390000000{n}") for n in (1, 2)]
        assert one is not None
        assert other is not None
        for expr in FOUND:
            found = await _who(db, expr)
            assert one.no in found, expr
            assert (other.no in found) == expr.startswith("not "), expr
        assert await truths.disagreements(db, 0, 65_535) == {}
        assert "走村" not in repr(one.remark_sealed)
        assert queries.remark(db, one) == "走村添加 2026-09-28"
        assert queries.remark(db, other) == ""


async def test_a_later_file_moves_a_customer_and_an_empty_cell_does_not(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, _row(**_full()))
        places = await _versions(db)
        await _load(db, _row(), _row(**_full(remark="")))
        assert await _versions(db) == places
        later: dict[str, Any] = {"products": "wealth", "deposit_due_on": TODAY + timedelta(days=99)}
        await _load(db, _row(is_merchant=False, grid="王家庄", **later))
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        assert await _who(db, "持有(理财) and 村(王家庄) and not 是商户()") == {one.no}
        for expr in ("持有(定期存款)", "存款到期 within 30天", "村(柳树村)"):
            assert await _who(db, expr) == set(), expr
        assert one.lunar_birthday == "10-20"
        assert queries.remark(db, one) == "走村添加 2026-09-28"


async def test_the_index_is_mended_from_the_facts_and_erased_with_the_person(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _load(db, _row(**_full()))
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        await actions_audience.mark(db, {}, {("grid", "柳树村"): [one.no]})
        assert await actions_audience.mend(db, 0, 65_535) == 1
        assert await _who(db, "村(柳树村)") == {one.no}
        await actions_people.erase_customer(db, one, by=ours.admin, at=NOW)
        assert await truths.disagreements(db, 0, 65_535) == {}


async def test_another_banks_village_is_no_name_here(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        await _load(db, _row(**_full()))
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, _row(grid="王家庄"))
        with pytest.raises(ExpressionInvalid, match="柳树村"):
            await _who(db, "村(柳树村)")
        assert await _who(db, "持有(定期存款)") == set()
