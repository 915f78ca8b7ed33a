"""Who is suited to a product's risk, how files say it, and what the index does with it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.personas import Personas

from contenthub.customers import (
    actions,
    actions_import,
    queries,
    queries_audience,
    queries_truth,
    suitability,
    tagexpr,
)
from contenthub.customers.rows import CustomerRow, read_row
from contenthub.db import Read, Write
from contenthub.uploads.sorts import RowProblem

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("grade", "until_on", "kept"),
    [
        (0, None, (0, None)),
        (0, date(2027, 1, 1), (0, None)),
        (3, None, (3, date(2027, 11, 26))),
        (3, TODAY, (3, TODAY)),
        (3, date(2026, 11, 25), (0, date(2026, 11, 25))),
    ],
)
def test_an_assessment_holds_to_its_last_day(
    grade: int, until_on: date | None, kept: tuple[int, date | None]
) -> None:
    assert suitability.standing(grade, until_on, today=TODAY) == kept


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        *(("C3", 3), ("c1", 1), ("5", 5), ("C2稳健型", 2), ("C4(成长型)", 4)),
        *(("平衡型", 3), ("3级", 3), ("未测评", 0), ("-", 0)),
    ],
)
def test_files_say_a_grade_in_many_ways(cell: str, grade: int) -> None:
    row = _read(risk=cell)
    assert isinstance(row, CustomerRow)
    assert row.risk == grade


@pytest.mark.parametrize(
    ("field", "cell", "words"),
    [
        ("risk", "谨慎型", "C1 至 C5"),
        ("risk", "C6", "C1 至 C5"),
        ("risk", "R3", "C1 至 C5"),
        ("risk_until", "明年", "看不懂这个日期"),
    ],
)
def test_what_banks_mean_differently_is_asked_back(field: str, cell: str, words: str) -> None:
    wrong = _read(**{field: cell})
    assert isinstance(wrong, RowProblem)
    assert (wrong.field, words in wrong.message) == (field, True)


def _read(**cells: str) -> CustomerRow | RowProblem:
    facts = {"name": "王小明", "phone": "13800000001", **cells}
    return read_row(facts, line=1, today=TODAY)


async def _load(db: Write, *grades: tuple[str, str]) -> None:
    rows = []
    for place, (risk, until) in enumerate(grades):
        row = read_row(
            {
                "name": "王小明",
                "phone": f"1390000000{place}",
                "external_userid": f"wm{place}",
                "risk": risk,
                "risk_until": until,
            },
            line=place,
            today=TODAY,
        )
        assert isinstance(row, CustomerRow)
        rows.append(row)
    await actions_import.add_batch(db, rows, dry_run=False, by=None, at=NOW)


async def _unsuited(db: Read, risk: int) -> int:
    found = await queries_audience.audience(
        db, tagexpr.parse("everyone()"), topic="wealth", at=NOW, risk=risk
    )
    assert len(found.matched) == len(found.reachable) + sum(map(len, found.removed.values()))
    return len(found.removed["unsuitable"])


async def test_who_is_not_suited_is_taken_out_with_that_reason(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, ("C1", ""), ("C3", ""), ("C5", ""), ("", ""), ("C5", "2026-11-25"))
        assert [await _unsuited(db, risk) for risk in (0, 1, 2, 3, 4, 5)] == [0, 2, 3, 3, 4, 4]
        assert await queries_truth.disagreements(db, 0, 65_535) == {}


async def test_a_new_assessment_replaces_the_old_and_an_ended_one_ends(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _load(db, ("C4", "2026-12-01"))
        await _load(db, ("C2", "2026-12-31"))
        assert [await _unsuited(db, risk) for risk in (2, 4)] == [0, 1]
        await _load(db, ("", ""))  # a file that says nothing of it changes nothing
        assert await _unsuited(db, 2) == 0
        over = datetime(2026, 12, 31, 17, tzinfo=UTC)  # 2027 has begun on the bank's clock
        assert await actions.end_assessments(db, at=over - timedelta(hours=2)) == 0
        assert await actions.end_assessments(db, at=over) == 1
        assert await actions.end_assessments(db, at=over) == 0
        assert await _unsuited(db, 1) == 1
        found = await queries.by_phone(db, "13900000000")
        assert found is not None
        assert (found.risk_grade, found.risk_until) == (0, date(2026, 12, 31))
        assert await queries_truth.disagreements(db, 0, 65_535) == {}
