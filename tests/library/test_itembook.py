"""Workbooks of items as clerks send them: any order, any sheet, our own notes left out."""

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from tests.library.workbooks import DEPOSIT, FAQ, faq, write_book

from contenthub.errors import Invalid
from contenthub.library import (
    itembook,
    itemexamples,
    itemheaders,
    itemmerge,
    itempages,
    itemsheets,
    kinds,
    sheetkinds,
)
from contenthub.library.fieldtypes import Field
from contenthub.tenants.topics import TOPICS
from contenthub.workbooks import xlsxsheet
from contenthub.workbooks.sheetlimits import SheetInvalid


def read(path: Path, kind: str = "") -> itembook.Book:
    return itembook.read_book(path, path.name, kind=kind)


def refusal(path: Path, kind: str = "") -> str:
    with pytest.raises(SheetInvalid) as refused:
        read(path, kind)
    return refused.value.fields["file"]


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_an_untouched_template_holds_nothing_and_its_examples_pass_the_kinds_checks(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "模板.xlsx"
    itemsheets.write_template(path, kind)
    assert "只有表头" in refusal(path)
    for page in itempages.pages(kind):
        example = itemexamples.example(kind, page.topics[0])
        said = itemmerge.said(example, kind, None, shown={}, named={}, zone="Asia/Shanghai")
        assert kinds.check(kind, said.topic, said.title, said.fields)


def test_a_template_has_every_field_of_its_kind_once_a_sheet_and_all_are_read_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "模板.xlsx"
    itemsheets.write_template(path, "product")
    seen: set[str] = set()
    for name, raw in xlsxsheet.pages(path, path.name):
        if name in itempages.ASIDE:
            continue
        heads = [str(cell) for cell in next(raw)[1]]
        names = [itempages.column_name("product", head) for head in heads]
        assert None not in names
        assert len(set(names) - {""}) == len([one for one in names if one])
        seen |= {one.removeprefix("fields.") for one in names if one}
    assert {spec.name for spec in kinds.KINDS["product"].fields} <= seen


def test_columns_stand_in_any_order_and_an_unknown_one_is_named_with_a_guess(
    tmp_path: Path,
) -> None:
    rows = [("年化利律", "业务类别（必填）", "标题 *", "客户经理"), ("2", "存款", "存单", "李")]
    book = read(write_book(tmp_path / "a.xlsx", {"产品库": rows}))
    assert book.rows[0].cells == {"topic": "存款", "title": "存单"}
    assert book.sheets[0].unknown == [("年化利律", "年化利率"), ("客户经理", "")]


def test_a_sheets_topic_is_its_rows_topic_when_they_do_not_say(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"产品（贷款）": [("标题", "期限"), ("农机贷", "一年")]})
    assert read(path).rows[0].cells["topic"] == "贷款"


def test_a_column_of_kinds_tells_each_row_apart(tmp_path: Path) -> None:
    rows = [
        ("类型", "标题", "业务类别", "答复", "话术"),
        ("咨询", "问", "存款", "答", ""),
        ("话术", "说", "存款", "", "您好"),
        ("海报", "画", "存款", "", ""),
        ("", "无", "存款", "", ""),
    ]
    book = read(write_book(tmp_path / "a.xlsx", {"Sheet1": rows}))
    assert [row.kind for row in book.rows] == ["faq", "script", "", ""]
    assert book.rows[0].cells["fields.answer"] == "答"
    assert book.rows[1].cells["fields.text"] == "您好"
    assert "没有“海报”这类内容" in book.rows[2].faults["kind"]
    assert "没有写明内容类型" in book.rows[3].faults[""]


def test_cells_are_read_as_they_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as file:
        day = file.add_format({"num_format": "yyyy-mm-dd"})
        sheet = file.add_worksheet("产品（理财）")
        sheet.write_row(0, 0, ["标题", "募集开始", "咨询电话", "有效期结束", "起购金额"])
        sheet.write_row(1, 0, ["理财一号"])
        sheet.write_datetime(1, 1, datetime(2026, 12, 1), day)  # noqa: DTZ001  (no zone in cells)
        sheet.write_row(1, 2, [95588, "2026-12-31 18:00", 10000.5])
    assert read(path).rows[0].cells == {
        "title": "理财一号",
        "fields.raise_from": "2026-12-01",
        "fields.contact": "95588",
        "valid_until": "2026-12-31 18:00",
        "fields.purchase_minimum_fen": "10000.5",
        "topic": "理财",
    }


@pytest.mark.parametrize(
    ("cell", "kept"), [(2.05, "2.05"), (0.0205, ""), ("0.02%", "0.02%"), (0.35, "0.35"), (3, "3")]
)
def test_a_number_that_may_be_a_percentage_is_doubted(
    tmp_path: Path, cell: object, kept: str
) -> None:
    row = ("", "存单", "存款", cell, "", "", "")
    (found,) = read(write_book(tmp_path / "a.xlsx", {"产品": [DEPOSIT, row]})).rows
    if kept:
        assert (found.cells["fields.rate"], found.faults) == (kept, {})
    else:
        assert "分不清是 0.0205% 还是 2.05%" in found.faults["fields.rate"]


def test_a_formula_nobody_computed_is_the_fault_of_its_own_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("咨询")
        sheet.write_row(0, 0, FAQ)
        sheet.write_row(1, 0, ("", "社保卡怎么激活", "存款", "", "带身份证到网点办理。"))
        sheet.write_row(2, 0, ("", "存单怎么挂失", "存款", ""))
        sheet.write_formula(2, 4, "=A1&B1", None, "")
        # What only looks like one is text.
        sheet.write_row(3, 0, ("", "+86 开头的号码怎么回拨", "存款", "", "-请拨打网点电话。"))
    good, bad, text = read(path).rows
    assert (good.faults, text.faults) == ({}, {})
    assert text.cells["fields.answer"] == "-请拨打网点电话。"
    assert "是公式，文件里没有它的计算结果" in bad.faults["fields.answer"]


def test_an_edited_example_row_is_pointed_at(tmp_path: Path) -> None:
    rows = [FAQ, ("示例（这一行不导入）", "我的问题", "存款", "", "答复")]
    (row,) = read(write_book(tmp_path / "a.xlsx", {"咨询": rows})).rows
    assert "请清空编号" in row.faults["code"]


def test_of_repeated_rows_the_first_is_taken(tmp_path: Path) -> None:
    rows = [*faq(1), faq(1)[1], ("Q-1001", "", "", "", "甲"), ("q-1001", "", "", "", "乙")]
    book = read(write_book(tmp_path / "a.xlsx", {"咨询": rows}))
    assert [bool(row.faults) for row in book.rows] == [False, True, False, True]
    assert "第 4 行重复" in book.rows[3].faults["code"]


@pytest.mark.parametrize(
    ("sheets", "told"),
    [
        ({"咨询": [("标题", "标题"), ("a", "b")]}, "有两列都是“标题”"),
        ({"Sheet1": [("标题", "正文"), ("a", "b")]}, "没有认出内容表"),
        ({"汇总": [("甲", "乙"), ("a", "b")]}, "没有认出内容表"),
        ({"咨询": [FAQ]}, "只有表头"),
    ],
)
def test_what_holds_no_items_is_refused_with_the_fix(
    tmp_path: Path, sheets: dict[str, list[tuple[str, ...]]], told: str
) -> None:
    assert told in refusal(write_book(tmp_path / "a.xlsx", sheets))


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itembook, "MAX_ROWS", 2)
    assert "一次最多导入 2 条" in refusal(write_book(tmp_path / "a.xlsx", {"咨询": faq(3)}))


def test_headers_of_one_kind_never_mean_two_columns() -> None:
    for kind in kinds.KINDS.values():
        labels: dict[str, Field] = {}
        for spec in kind.fields:
            assert itempages.folded(spec.label) not in labels, spec.name
            labels[itempages.folded(spec.label)] = spec
            assert itempages.column_name(kind.slug, spec.label) == f"fields.{spec.name}"


OWN_HEADS = ("产品名称", "年利率(%)", "起存点（万元）", "存期（月）", "经办人", "起点（千元）")
OWN_ROW = ("惠农存单", "2.05", "20", "12", "李", "5")


def test_a_banks_own_headers_are_guessed_with_their_units(tmp_path: Path) -> None:
    book = read(write_book(tmp_path / "a.xlsx", {"产品（存款）": [OWN_HEADS, OWN_ROW]}))
    assert book.rows[0].cells == {
        "title": "惠农存单",
        "fields.rate": "2.05",
        "fields.minimum_fen": "20万元",
        "fields.term": "12个月",
        "topic": "存款",
    }
    facts = book.sheets[0]
    assert [head.is_guess for head in facts.heads] == [True, True, True, True, False, False]
    # A unit that no column of ours has is left to a person.
    assert [word for word, _ in facts.unknown] == ["经办人", "起点（千元）"]
    assert facts.sample[0] == "惠农存单"


def test_what_was_chosen_goes_before_what_is_known_or_guessed(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"表一": [("标题", "名字", "备注"), ("甲", "乙", "丙")]})
    chosen = {"faq": {"标题": "", "名字": "title", "备注": "own.备注"}}
    book = itembook.read_book(
        path, path.name, reading=itembook.Reading("faq", chosen, {"表一": "card"})
    )
    assert book.rows[0].cells == {"title": "乙", "own.备注": "丙", "topic": TOPICS["card"]}


def test_a_sheet_of_strangers_is_read_so_that_its_columns_can_be_chosen(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"问答": [("甲", "乙"), ("a", "b"), ("", "")]})
    book = read(path, "faq")
    assert [row.faults for row in book.rows] == [{"title": itembook.NO_TITLE}]
    assert book.sheets[0].headers == ("甲", "乙")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["title", "title"], "有两列都选了“标题”"),
        (["title", "fields.nothing"], "“乙”选的要素不存在"),
        (["fields.answer", ""], "请指定哪一列是“标题”"),
    ],
)
def test_a_wrong_choice_of_columns_names_the_fix(names: list[str], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        itemheaders.check_choice("faq", ("甲", "乙"), names)
    assert told in refused.value.fields["columns"]


def test_no_word_is_guessed_for_two_columns_and_each_is_a_column() -> None:
    for kind in kinds.KINDS:
        known = dict(itemheaders.choices(kind))
        words = {**itemheaders.SHARED, **itemheaders.WORDS[kind]}
        said = [itempages.folded(word) for some in words.values() for word in some]
        assert len(said) == len(set(said))
        assert words.keys() <= known.keys()


@pytest.mark.parametrize(
    ("sheet", "kind", "topic"),
    [
        ("咨询", "faq", ""),
        ("咨询库", "faq", ""),
        ("FAQ", "faq", ""),
        ("常见问题", "faq", ""),
        ("产品问答", "faq", ""),
        ("2026年理财产品清单", "product", "wealth"),
        ("Products", "product", ""),
        ("权益表", "right", ""),
        ("网点活动", "activity", ""),
        ("活动话术", "script", ""),
        ("资讯文章", "article", ""),
        ("Sheet2", "", ""),
    ],
)
def test_a_sheet_is_known_by_what_banks_call_it(sheet: str, kind: str, topic: str) -> None:
    told = sheetkinds.named(sheet)
    assert (told.kind, told.topic) == (kind, topic)


@pytest.mark.parametrize("name", ["咨询", "咨询库", "FAQ", "问题", "Sheet2", "附件一 产品"])
def test_questions_and_answers_beside_products_are_read_whatever_their_sheet_is_called(
    tmp_path: Path, name: str
) -> None:
    rows = [("问题", "答案"), ("怎么挂失", "到网点办理")]
    book = read(
        write_book(tmp_path / "a.xlsx", {"产品": [("产品名称", "利率"), ("存单", "2")], name: rows})
    )
    assert [(row.kind, row.title) for row in book.rows] == [
        ("product", "存单"),
        ("faq", "怎么挂失"),
    ]
    assert book.rows[1].cells == {"title": "怎么挂失", "fields.answer": "到网点办理"}
    assert book.skipped == {}


def test_questions_with_a_title_of_their_own_stay_questions(tmp_path: Path) -> None:
    rows = [("标题", "问题", "答案"), ("挂失", "卡丢了怎么办", "到网点办理")]
    book = read(write_book(tmp_path / "a.xlsx", {"咨询": rows}))
    assert book.rows[0].cells["fields.question"] == "卡丢了怎么办"


def test_a_sheet_that_was_not_read_says_why_and_is_read_once_its_kind_is_chosen(
    tmp_path: Path,
) -> None:
    sheets = {
        "产品": [("标题", "利率"), ("存单", "2")],
        "咨询": [("疑", "解"), ("怎么挂失", "到网点办理")],
        "汇总": [("网点", "数量"), ("城关", "3")],
    }
    path = write_book(tmp_path / "a.xlsx", sheets)
    assert read(path).skipped == {"咨询": sheetkinds.NO_HEADER, "汇总": sheetkinds.NO_KIND}
    how = itembook.Reading(kinds={"咨询": "faq", "产品": sheetkinds.LEAVE_OUT})
    book = itembook.read_book(path, path.name, reading=how)
    assert book.skipped == {"产品": sheetkinds.UNWANTED, "汇总": sheetkinds.NO_KIND}
    assert [(one.name, one.kind, one.headers) for one in book.sheets] == [
        ("咨询", "faq", ("疑", "解"))
    ]
    nothing = itembook.Reading(kinds=dict.fromkeys(sheets, sheetkinds.LEAVE_OUT))
    with pytest.raises(SheetInvalid, match="没有留下要导入的工作表"):
        itembook.read_book(path, path.name, reading=nothing)


def test_a_row_of_an_unknown_topic_is_told_everything_else_that_is_wrong() -> None:
    cells = {
        "title": "长" * 61,
        "topic": "石油",
        "fields.rate": "900%",
        "fields.contact": "abc",
        "own.内部编号": "7",
    }
    with pytest.raises(Invalid) as refused:
        itemmerge.said(cells, "product", None, shown={}, named={}, zone="Asia/Shanghai")
    assert set(refused.value.fields) == {"title", "topic", "fields.rate", "fields.contact"}
    assert "没有“石油”这个业务类别" in refused.value.fields["topic"]
