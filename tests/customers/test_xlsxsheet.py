import struct
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from tests.customers.files import write_raw_xlsx, write_xlsx

from contenthub.customers.sheets import open_sheet
from contenthub.workbooks import xlsxsheet
from contenthub.workbooks.sheetlimits import NO_RESULT, SheetInvalid


def refusal(path: Path, name: str = "客户.xlsx") -> str:
    with pytest.raises(SheetInvalid) as caught:
        open_sheet(path, name)
    return caught.value.fields["file"]


def test_cells_read_as_a_clerk_would_type_them(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet("说明").hide()
    sheet = book.add_worksheet("客户")
    sheet.activate()
    sheet.set_first_sheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(1, 1, ["姓名", "手机号", "生日", "资产", "已加微", "比率"])
    sheet.write_row(2, 1, ["张三", 13800000001])
    sheet.write_datetime(2, 3, datetime(1965, 5, 1), day)  # noqa: DTZ001  (a cell has no zone)
    sheet.write_row(2, 4, [50000.5, True])
    sheet.write_formula(2, 6, "=1/0", None, "#DIV/0!")
    book.close()
    read = open_sheet(tmp_path / "a.xlsx", "a.xlsx")
    assert read.headers == ("姓名", "手机号", "生日", "资产", "已加微", "比率")
    assert list(read.rows()) == [(3, ["张三", "13800000001", "1965-05-01", "50000.5", "是", ""])]


def test_hand_made_sheet_xml_is_readable(tmp_path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}"><v>2</v></c></row>'
    path = write_raw_xlsx(tmp_path / "a.xlsx", row.format(1) + row.format(2))
    assert list(open_sheet(path, "a.xlsx").rows()) == [(2, ["1", "2"])]


@pytest.mark.parametrize(
    ("sheet_data", "words"),
    [
        ('<row r="1"><c r="A1"/><c r="XFD1"><v>1</v></c></row>', "有 16384 列，最多 200 列"),
        (
            '<row r="1"><c r="A1"/></row><row r="1048576"><c r="ZZ1048576"/></row>',
            "有 702 列，最多 200 列",
        ),
        (
            '<row r="1"><c r="A1"/></row><row r="1048576"><c r="GR1048576"/></row>',
            "太大（1,048,576 行 × 200 列）",
        ),
        ("<row><c><v>1</v></c></row>", "没有写明位置"),
        ("<c " * 300_000 + ">", "没有写明位置"),  # took minutes a block
    ],
)
def test_a_sheet_that_would_eat_the_memory_is_refused_unread(
    tmp_path: Path, sheet_data: str, words: str
) -> None:
    assert words in refusal(write_raw_xlsx(tmp_path / "a.xlsx", sheet_data))


def test_rows_without_numbers_are_counted_too(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{letter}1"/>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rows = ("<row></row>" * 1_000 for _ in range(200))
    path = write_raw_xlsx(tmp_path / "a.xlsx", [f"<row>{cells}</row>", *rows])
    assert "太大（200,001 行 × 26 列）" in refusal(path)


def test_a_zip_bomb_is_refused_by_what_it_really_unpacks_to(tmp_path: Path) -> None:
    path = write_raw_xlsx(tmp_path / "a.xlsx", ["x" * 1_000_000] * 30)
    assert "解压后大得不正常" in refusal(path)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = write_raw_xlsx(tmp_path / "a.xlsx", ["x" * 1_000_000] * 30)
    with zipfile.ZipFile(path) as archive:
        honest = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    data = path.read_bytes()
    assert struct.pack("<I", honest) in data
    path.write_bytes(data.replace(struct.pack("<I", honest), struct.pack("<I", 100)))
    assert "解压后大得不正常" in refusal(path)


def test_macros_are_refused(tmp_path: Path) -> None:
    rows = [["姓名", "手机号"], ["张三", "1"]]
    assert "带有宏" in refusal(write_xlsx(tmp_path / "a.xlsx", rows), "客户.xlsm")
    hidden = write_raw_xlsx(tmp_path / "b.xlsx", "", **{"xl/vbaProject.bin": b"x"})
    assert "带有宏" in refusal(hidden)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("客户.csv", "x")
    assert "这是压缩包" in refusal(tmp_path / "a.xlsx")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    assert "工作簿里没有内容" in refusal(write_xlsx(tmp_path / "a.xlsx", []))


def test_a_torn_workbook_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["姓名", "手机号"], ["张三", "1"]])
    path.write_bytes(path.read_bytes()[:-200])
    assert "没有传完整" in refusal(path)
    broken = write_raw_xlsx(tmp_path / "b.xlsx", '<row r="1"><c r="A1"></row>')
    assert refusal(broken)


def formulas(path: Path, places: list[tuple[int, int]], result: object = "") -> Path:
    """Write two sheets, with a formula at each (row, column) of the second."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明 & 口径").hide()
        sheet = book.add_worksheet("咨询 & 答复")
        sheet.activate()
        sheet.write_row(0, 0, ["姓名", "手机号"])
        sheet.write_row(1, 0, ["王芳", "13800000001"])
        for row, column in places:
            sheet.write_formula(row, column, "=3+4", None, result)
    return path


def test_what_stands_far_from_its_formula_is_soon_looked_through(tmp_path: Path) -> None:
    cell = f'<c r="A2"><f>1+1</f>{" " * 200_000}<v>2</v></c>'
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}</row>'
    path = write_raw_xlsx(tmp_path / "a.xlsx", rows)
    assert list(open_sheet(path, "a.xlsx").rows()) == [(2, ["2"])]


def read(path: Path) -> list[tuple[int, list[str]]]:
    return list(open_sheet(path, path.name).rows())


def test_a_formula_that_was_computed_is_its_result(tmp_path: Path) -> None:
    assert read(formulas(tmp_path / "a.xlsx", [(2, 0)], 7))[1] == (3, ["7", ""])


def test_a_formula_nobody_computed_is_told_in_its_own_cell(tmp_path: Path) -> None:
    rows = read(formulas(tmp_path / "a.xlsx", [(1, 1), (4, 0), (4, 2)]))
    assert rows[0] == (2, ["王芳", NO_RESULT])
    assert rows[-1] == (5, [NO_RESULT, "", NO_RESULT])


def test_formulas_are_told_wherever_the_file_is_torn_into_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = formulas(tmp_path / "a.xlsx", [(row, row % 2) for row in range(2, 40)])
    whole = read(path)
    for size in (150, 190, 257, 1000):
        monkeypatch.setattr(xlsxsheet, "_BLOCK_BYTES", size)
        assert read(path) == whole


def test_a_workbook_nobody_ever_computed_is_refused_with_its_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsxsheet, "MAX_UNREAD", 3)
    path = formulas(tmp_path / "a.xlsx", [(row, 0) for row in range(2, 8)])
    assert "工作表“咨询 & 答复”单元格 A6 等处的公式没有计算结果" in refusal(path)
