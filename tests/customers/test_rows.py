from datetime import date
from typing import Any

import pytest

from contenthub.customers import rows
from contenthub.customers.headers import guess_mapping
from contenthub.customers.rows import (
    FIELDS,
    LABELS,
    REQUIRED,
    CustomerRow,
    read_cells,
    read_row,
)
from contenthub.errors import Invalid
from contenthub.uploads.headers import check_mapping, columns_of
from contenthub.uploads.sorts import RowProblem

TODAY = date(2026, 1, 1)
GOOD = {"name": "张三丰", "phone": "+86 138-0000-0001"}


def read(**over: str) -> CustomerRow | RowProblem:
    return read_row(GOOD | over, line=7, today=TODAY)


def test_a_whole_row_becomes_a_clean_customer() -> None:
    row = read(
        gender="女",
        birthday="23863",
        branch=" 城关支行 ",
        owner="1001",
        aum="50,000.00",
        aum_band="20-50万",
        tags="银发；代发工资",
        refused="理财",
        crm_no="'6200001",
        external_userid="wmAbcdefghij-_1234567890",
    )
    assert row == CustomerRow(
        line=7,
        name="张三丰",
        phone="13800000001",
        gender="female",
        birthday=date(1965, 5, 1),
        branch="城关支行",
        owner="1001",
        aum_fen=5_000_000,
        tags=("银发", "代发工资"),
        refused=("wealth",),
        crm_no="6200001",
        external_userid="wmAbcdefghij-_1234567890",
    )


def test_what_the_file_does_not_say_stays_unsaid() -> None:
    row = read(birthday="无", aum="-", tags="", owner="/")
    assert row == CustomerRow(line=7, name="张三丰", phone="13800000001")


@pytest.mark.parametrize(
    ("field", "cell"), [("aum_band", "5-20万"), ("aum_wan", "5"), ("aum_band_wan", "5-20")]
)
def test_assets_come_from_the_band_or_the_other_unit_when_no_amount_is_given(
    field: str, cell: str
) -> None:
    row: Any = read(**{field: cell})
    assert row.aum_fen == 5_000_000


@pytest.mark.parametrize(
    ("field", "cell", "value_shown", "words"),
    [
        ("phone", "+86 138-0000-000", "+861", "应为 11 位"),
        ("phone", "1.38E+10", "1.38E+10", "手机号：Excel 把手机号变成了科学计数"),
        ("phone", "", "", "手机号是空的，请补上"),
        ("name", "  ", "", "姓名是空的，请补上"),
        ("name", "=张三丰", "****", "姓名：以“=”开头"),
        ("birthday", "2026/2/30", "2026/2/30", "出生日期：没有 2026 年 2 月 30 日"),
        ("birthday", "11010519491231002X", "110*", "身份证号"),
        ("tags", "x" * 100, "x" * 39 + "…", "标签：有 100 个字"),
        ("refused", "期货", "期货", "拒绝业务：没有“期货”"),
    ],
)
def test_a_problem_names_line_field_and_fix_and_hides_the_person(
    field: str, cell: str, value_shown: str, words: str
) -> None:
    problem = read(**{field: cell})
    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.field) == (7, field)
    assert words in problem.message
    assert problem.message.count(f"{LABELS[field]}：{LABELS[field]}") == 0
    assert "0000000" not in problem.value_shown
    assert problem.value_shown.startswith(value_shown[:4])


def test_a_row_that_slipped_is_refused_whole_and_its_phone_hidden() -> None:
    headers = ["姓名", "备注", "手机号"]
    columns = columns_of(headers, guess_mapping(headers))
    cells = ["张三", "东街", "3号", "13812345678"]
    problem = read_cells(cells, columns, width=3, line=9, today=TODAY)
    assert isinstance(problem, RowProblem)
    assert problem.field == ""
    assert problem.value_shown == "138****5678"
    assert "有 4 格，表头只有 3 列" in problem.message
    padded = ["张三", "", "13812345678", " "]
    assert read_cells(padded, columns, width=3, line=9, today=TODAY) == CustomerRow(
        line=9, name="张三", phone="13812345678"
    )


def test_name_and_phone_must_be_mapped() -> None:
    facts: dict[str, Any] = {"labels": LABELS, "required": REQUIRED}
    with pytest.raises(Invalid) as refused:
        check_mapping({"name": "甲", "tags": "乙"}, ["甲", "乙"], **facts)
    assert set(refused.value.fields) == {"mapping.phone"}
    assert "手机号" in refused.value.fields["mapping.phone"]
    whole = {field.name: field.label for field in FIELDS}
    assert check_mapping(whole, list(whole.values()), **facts) == whole


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("+86 175-9429-0143", "+86 175****0143"),
        ("175 9429 0143", "175****0143"),
        ("电话：175·9429·0143，姓王", "电话：175****0143，姓王"),
        ("1956-11-10", "1956-11-10"),
        ("133352.61", "133352.61"),
    ],
)
def test_a_phone_is_masked_however_it_is_written(cell: str, safe: str) -> None:
    assert rows.shown(cell) == safe
