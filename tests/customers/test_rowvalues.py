from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.customers import rowvalues
from contenthub.customers.rowvalues import CellInvalid

TODAY = date(2026, 1, 1)


def phone(cell: str) -> str:
    return rowvalues.phone_number(rowvalues.cleaned(cell))


def birthday(cell: str) -> date:
    return rowvalues.birthday_date(rowvalues.cleaned(cell), today=TODAY)


def yuan(cell: str) -> float:
    return rowvalues.asset_fen(rowvalues.cleaned(cell)) / 100


def refusal(read: Callable[[str], Any], cell: str) -> str:
    with pytest.raises(CellInvalid) as caught:
        read(cell)
    return caught.value.detail


@pytest.mark.parametrize(
    "cell",
    [
        "13800000001",
        "+86 138-0000-0001",
        "0086 13800000001",
        "86-138 0000 0001",
        "'13800000001",
        "’13800000001",
        "１３８０００００００１",
        "＋８６（138）00000001",
        "13800000001.0",
        "\u200b13800000001\u00a0",
        "138\u20110000\u20110001",
    ],
)
def test_a_phone_reads_right_however_it_was_written(cell: str) -> None:
    assert phone(cell) == "13800000001"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1.38E+10", "Excel 把手机号变成了科学计数"),
        ("1.38e10", "科学计数"),
        ("1380000000", "应为 11 位，这里是 10 位"),
        ("138000000012", "应为 11 位，这里是 12 位"),
        ("12800000001", "应以 13 至 19 开头"),
        ("0571-88888888", "像是固定电话"),
        ("+852 6123 4567", "是香港号码"),
        ("00853 66123456", "是澳门号码"),
        ("+886912345678", "是台湾号码"),
        ("张三", "不是手机号"),
        ("13800000001/13900000001", "不是手机号"),
        ("١٣٨٠٠٠٠٠٠٠١", "不是手机号"),
    ],
)
def test_a_phone_that_cannot_be_used_is_refused_with_its_reason(cell: str, words: str) -> None:
    assert words in refusal(phone, cell)


@pytest.mark.parametrize(
    "cell",
    [
        "1965-05-01",
        "1965/5/1",
        "1965.5.1",
        "19650501",
        "1965年5月1日",
        "1965 年 05 月 01 日",
        "1965-05-01 00:00:00",
        "1965-05-01T00:00",
        "23863",
        "23863.0",
        "１９６５／５／１",
    ],
)
def test_a_birthday_reads_right_in_every_form(cell: str) -> None:
    assert birthday(cell) == date(1965, 5, 1)


def test_excel_day_numbers_count_as_excel_counts() -> None:
    assert birthday("45999") == date(2025, 12, 8)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2026/2/30", "没有 2026 年 2 月 30 日"),
        ("1965-13-01", "没有 1965 年 13 月"),
        ("2026-01-02", "在今天之后"),
        ("60000", "在今天之后"),
        ("1899-12-31", "超过 120 年"),
        ("0000-00-00", "没有 0 年"),
        ("1965", "请写成 年-月-日"),
        ("05-20", "请写成 年-月-日"),
        ("65-5-1", "请写成 年-月-日"),
        ("5/1/1965", "请写成 年-月-日"),
        ("农历1965年四月初一", "农历"),
        ("正月初五", "农历"),
        ("11010519491231002X", "像是身份证号"),
    ],
)
def test_a_birthday_that_cannot_be_is_refused(cell: str, words: str) -> None:
    assert words in refusal(birthday, cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("50000", 50_000),
        ("50,000.00", 50_000),
        ("５０，０００．００", 50_000),
        ("¥50,000", 50_000),
        ("人民币 50000元", 50_000),
        ("5万", 50_000),
        ("5.5万元", 55_000),
        ("1.2亿", 120_000_000),
        ("5-20万", 50_000),
        ("5万-20万", 50_000),
        ("5万～20万(含)", 50_000),
        ("5000—20000", 5_000),
        ("5万以上", 50_000),
        ("50万及以上", 500_000),
        ("≥5万", 50_000),
        (">=50000", 50_000),
        ("5万+", 50_000),
        ("5万以下", 0),
        ("<5万", 0),
        ("0", 0),
        ("0.004", 0),
        ("0.01", 0.01),
    ],
)
def test_assets_read_right_and_a_band_gives_its_lower_bound(cell: str, amount: float) -> None:
    assert yuan(cell) == amount


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-5", "不能是负数"),
        ("5E+05", "科学计数"),
        ("20-5万", "上限比下限小"),
        ("5-10-20", "看不懂这个金额"),
        ("很多", "看不懂这个金额"),
        ("5,00", "看不懂这个金额"),
        ("200亿", "超过 100 亿元"),
        ("$", "看不懂这个金额"),
    ],
)
def test_assets_that_cannot_be_are_refused(cell: str, words: str) -> None:
    assert words in refusal(yuan, cell)


def test_a_bare_number_counts_in_the_unit_of_its_header_unless_it_names_one() -> None:
    assert rowvalues.asset_fen("5", unit=10_000) == 5_000_000
    assert rowvalues.asset_fen("5-20", unit=10_000) == 5_000_000
    assert rowvalues.asset_fen("5万", unit=10_000) == 5_000_000


def test_tags_split_on_every_mark_banks_use_and_count_once() -> None:
    read = rowvalues.tag_names(
        rowvalues.cleaned("银发；代发工资;商户、亲子，有车|外出务工/新市民,银发,无")
    )
    assert read == ("银发", "代发工资", "商户", "亲子", "有车", "外出务工", "新市民")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("银发;=1+1", "以“=”开头，会被表格软件当成公式"),
        ("x" * 41, "最多 40 个"),
        (";".join(f"t{n}" for n in range(51)), "最多 50 个"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(cell: str, words: str) -> None:
    assert words in refusal(rowvalues.tag_names, cell)


def test_refused_topics_become_slugs() -> None:
    assert rowvalues.refused_topics("理财;保险、理财") == ("wealth", "insurance")
    assert rowvalues.refused_topics("否") == ()
    assert "没有“期货”这个业务类别" in refusal(rowvalues.refused_topics, "期货")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" 张　三 ", "张 三"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("ＡＢＣ商店", "ABC商店"),
        ("㐂𠮷", "㐂𠮷"),
        ("张\u200b三", "张三"),
        ("Åsa", "Åsa"),
    ],
)
def test_a_name_is_kept_and_only_its_dress_is_straightened(cell: str, name: str) -> None:
    assert rowvalues.person_name(rowvalues.cleaned(cell)) == name


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=HYPERLINK(1)", "以“=”开头"),
        ("@SUM", "以“@”开头"),
        ("+张三", "以“+”开头"),
        ("13800000001", "列是否错位"),
        ("张" * 41, "最多 40 个"),
        ("张\x07三", "控制字符"),
        ("张\u202e三", "控制字符"),
        ("张\x00", "控制字符"),
    ],
)
def test_a_name_that_cannot_be_is_refused(cell: str, words: str) -> None:
    assert words in refusal(lambda raw: rowvalues.person_name(rowvalues.cleaned(raw)), cell)


def test_gender_and_codes() -> None:
    assert [rowvalues.gender_word(w) for w in ("男", "女", "F", "1", "未知")] == [
        "male",
        "female",
        "female",
        "male",
        "",
    ]
    assert "男 或 女" in refusal(rowvalues.gender_word, "先生")
    assert rowvalues.code_word("1001.0") == "1001"
    assert "科学计数" in refusal(rowvalues.code_word, "6.2E+15")
    assert "编号只能是" in refusal(rowvalues.code_word, "王经理")


READERS: list[Callable[[str], Any]] = [
    phone,
    birthday,
    yuan,
    lambda cell: rowvalues.tag_names(rowvalues.cleaned(cell)),
    lambda cell: rowvalues.refused_topics(rowvalues.cleaned(cell)),
    lambda cell: rowvalues.person_name(rowvalues.cleaned(cell)),
    lambda cell: rowvalues.gender_word(rowvalues.cleaned(cell)),
    lambda cell: rowvalues.code_word(rowvalues.cleaned(cell)),
]


@pytest.mark.parametrize("read", READERS)
@given(cell=st.text(max_size=30) | st.text("0123456789-/.,+E万亿年月日至~ \x00٣²", max_size=16))
def test_any_cell_is_read_or_refused_in_chinese(read: Callable[[str], Any], cell: str) -> None:
    detail = "请"
    try:
        read(cell)
    except CellInvalid as refused:
        detail = refused.detail
    assert "请" in detail
