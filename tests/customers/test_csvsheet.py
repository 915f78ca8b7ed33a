import tracemalloc
from pathlib import Path

import pytest

from contenthub.customers.csvsheet import inspect
from contenthub.customers.sheets import open_sheet
from contenthub.workbooks.sheetlimits import SheetInvalid

TEXT = "姓名,手机号,备注\n张三,13800000001,城关支行\n李㐂,13800000002,𠮷祥村\n"
CELLS = [["张三", "13800000001", "城关支行"], ["李㐂", "13800000002", "𠮷祥村"]]


def cells(path: Path, data: bytes) -> list[list[str]]:
    path.write_bytes(data)
    return [row for _, row in open_sheet(path, "客户.csv").rows()]


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(SheetInvalid) as caught:
        open_sheet(path, "客户.csv")
    return caught.value.fields["file"]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (b"\xef\xbb\xbf" + TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_every_encoding_banks_export_reads_right(
    tmp_path: Path, data: bytes, encoding: str
) -> None:
    path = tmp_path / "a.csv"
    assert cells(path, data) == CELLS
    assert inspect(path).encoding == encoding


def test_a_gbk_file_larger_than_one_block_reads_right(tmp_path: Path) -> None:
    many = "姓名,手机号,备注\n" + "张三,13800000001,城关支行\n" * 90_000
    data = many.encode("gbk")
    assert len(data) > 2 << 20
    assert cells(tmp_path / "a.csv", data)[-1] == CELLS[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_separator_and_line_end_is_found(
    tmp_path: Path, separator: str, line_end: str
) -> None:
    data = TEXT.replace(",", separator).replace("\n", line_end).encode()
    assert cells(tmp_path / "a.csv", data) == CELLS


def test_quoted_cells_keep_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    data = '姓名,备注\n张三,"东街 3 号,""老张""\r\n二楼"\n'.encode()
    assert cells(tmp_path / "a.csv", data) == [["张三", '东街 3 号,"老张"\r\n二楼']]


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('a,b\n1,2\n"张三,3\n4,5\n', 3),
        ('a,b\n1,2\n3,"x"y\n4,5\n', 3),
        ('a,b\n"two\nlines",2\n"torn,4\n', 4),
        ("a,b\n1,2\n" + '"' + "x" * 70_000 + "\n" + "3,4\n" * 40_000, 3),
    ],
)
def test_a_torn_quote_is_named_by_its_line(tmp_path: Path, broken: str, line: int) -> None:
    message = refusal(tmp_path / "a.csv", broken.encode())
    assert message.startswith(f"第 {line} 行：双引号没有成对")


def test_a_utf8_file_with_gbk_pasted_in_is_named_by_its_line(tmp_path: Path) -> None:
    data = TEXT.encode() * 3 + "王五,13800000003,城关\n".encode("gbk")
    message = refusal(tmp_path / "a.csv", data)
    assert message.startswith("第 10 行：文件是 UTF-8，这一行却混有别的编码")
    assert "另存为“CSV UTF-8”" in message


def test_bytes_no_encoding_knows_are_named_by_their_line(tmp_path: Path) -> None:
    message = refusal(tmp_path / "a.csv", "姓名,备注\n张三,x\n".encode("gbk") + b"\xff\xff,x\n")
    assert message.startswith("第 3 行：既不是 UTF-8 也不是 GB18030")


def test_utf16_without_its_mark_is_explained(tmp_path: Path) -> None:
    assert "UTF-16" in refusal(tmp_path / "a.csv", TEXT.encode("utf-16-le"))


def test_utf16_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    assert "声明是 UTF-16" in refusal(tmp_path / "a.csv", TEXT.encode("utf-16")[:-1])


def test_nul_is_refused_by_line(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.csv", b"a,b\n1,2\n3,\x00\n").startswith("第 3 行：有空字符")


def test_a_file_that_is_one_endless_line_is_refused(tmp_path: Path) -> None:
    assert "请检查换行和分隔符" in refusal(tmp_path / "a.csv", b"a," * 700_000)


def test_memory_stays_small_however_long_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("姓名,备注\n" + f"张三,{'x' * 3_000}\n" * 20_000).encode())
    tracemalloc.start()
    assert sum(1 for _ in open_sheet(path, "a.csv").rows()) == 20_000
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 60_000_000
    assert peak_bytes < 10_000_000
