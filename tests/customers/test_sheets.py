from pathlib import Path

import pytest
from tests.customers.files import write_xlsx

from contenthub.customers.sheets import Sheet, open_sheet, safe_cell
from contenthub.workbooks.sheetlimits import SheetInvalid

TEXT = "姓名,手机号\n张三,13800000001\n\n李㐂,13800000002\n"


def opened(path: Path, data: bytes, name: str = "客户.csv") -> Sheet:
    path.write_bytes(data)
    return open_sheet(path, name)


def refusal(path: Path, data: bytes, name: str = "客户.csv") -> str:
    with pytest.raises(SheetInvalid) as caught:
        opened(path, data, name)
    assert list(caught.value.fields) == ["file"]
    return caught.value.fields["file"]


def test_csv_and_xlsx_of_the_same_list_read_the_same(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["姓名", "手机号"],
        ["张三", 13800000001],
        [],
        ["李四", "13800000002"],
    ]
    book = open_sheet(write_xlsx(tmp_path / "a.xlsx", rows), "a.xlsx")
    text = opened(tmp_path / "a.csv", TEXT.replace("㐂", "四").encode())
    assert book.headers == text.headers == ("姓名", "手机号")
    assert list(book.rows()) == [(2, ["张三", "13800000001"]), (4, ["李四", "13800000002"])]
    assert list(book.rows()) == list(text.rows())
    assert (book.kind, text.kind) == ("xlsx", "csv")
    assert book.row_count == text.row_count == 2


def test_rows_can_be_read_again_from_the_line_after_a_crash(tmp_path: Path) -> None:
    sheet = opened(tmp_path / "a.csv", TEXT.encode())
    assert [line for line, _ in sheet.rows()] == [2, 4]
    assert [line for line, _ in sheet.rows(after_line=2)] == [4]


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    data = "城关支行客户清单\n制表日期 2026-01-01\n\n" + TEXT
    sheet = opened(tmp_path / "a.csv", data.encode())
    assert sheet.headers == ("姓名", "手机号")
    assert [line for line, _ in sheet.rows()] == [5, 7]


def test_a_file_of_one_column_has_its_first_line_as_header(tmp_path: Path) -> None:
    assert opened(tmp_path / "a.csv", b"phone\n13800000001\n").headers == ("phone",)


def test_an_xlsx_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.csv", [["姓名", "手机号"], ["张三", "1"]])
    assert open_sheet(path, "客户.csv").kind == "xlsx"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "文件是空的"),
        (b"\n\n  \n", "a.csv", "文件里没有内容"),
        ("姓名,手机号\n".encode(), "a.csv", "只有表头，没有客户"),
        ("姓名,手机号,姓名\n1,2,3\n".encode(), "a.csv", "第 1 行：表头“姓名”出现了两次"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "旧版 .xls 或加了密码"),
        (b"%PDF-1.7", "a.csv", "不是表格文件"),
        (b"<html><table>", "a.xls", "网页文件改名"),
        ("姓名,手机号\n".encode(), "a.xlsx", "内容却不是有效的 .xlsx"),
        (b"PK\x03\x04 torn", "a.xlsx", "已损坏或没有传完整"),
        (",".join(f"c{n}" for n in range(10_000)).encode(), "a.csv", "最多 200 列"),
        (("a,b\n" + "," * 300 + "x\n").encode(), "a.csv", "第 2 行：有 301 列"),
        (b"a,b\n" + b"x" * 40_000 + b",1\n", "a.csv", "第 2 行：有一格超过 32,767 个字"),
    ],
)
def test_a_file_that_is_no_customer_list_is_refused_with_the_fix(
    tmp_path: Path, data: bytes, name: str, words: str
) -> None:
    assert words in refusal(tmp_path / "f", data, name)


def test_nobody_can_smuggle_a_formula_into_a_file_we_write() -> None:
    assert [safe_cell(v) for v in ["=1+1", "+86", "-1", "@x", "张三"]] == [
        "'=1+1",
        "'+86",
        "'-1",
        "'@x",
        "张三",
    ]
