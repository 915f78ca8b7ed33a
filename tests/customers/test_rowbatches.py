"""A batch read by columns says of every row exactly what reading it alone says."""

from datetime import date
from pathlib import Path

from tests.customers.test_rowvalues import TODAY

from contenthub.customers import rowbatches, rows
from contenthub.customers.demo import write_customers
from contenthub.customers.headers import guess_mapping
from contenthub.customers.rows import CustomerRow, read_cells
from contenthub.customers.sheets import open_sheet
from contenthub.uploads.headers import columns_of
from contenthub.workbooks.sheetlimits import Row

ODD = [
    *("", " ", "-", "无", "空", "null", "NaN", "男", "0", "王小明", "李", "王 小明", "=1+1"),
    *("139-0000-0001", "13900000001", "１３９０００００００１", "1.38E+10", "21916", "1960-02-30"),
    *(
        "1960/1/2",
        "2099-01-01",
        "5-20万",
        "12345.67",
        "0.00",
        "0012.50",
        "-3",
        "C3",
        "未测评",
    ),
    *("银发;商户", "理财、保险", "wmabc_DEF-12", "1e5", "8001", "8001.0", "00123", "城关支行"),
    *("a" * 70, "9" * 64, "9" * 65, "某\u200b某", "\u202e王明"),
    *("八月十五", "08-15", "定期;理财", "是", "否", "活跃"),
]


def _one_by_one(lines: list[Row], columns: dict[str, int], width: int, today: date) -> object:
    read = [read_cells(c, columns, width=width, line=n, today=today) for n, c in lines]
    good = [row for row in read if isinstance(row, CustomerRow)]
    return good, [row for row in read if not isinstance(row, CustomerRow)]


def test_files_as_banks_export_them_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    branches, employees = [("0100", "城关支行")], ["8001", "8002"]
    write_customers(
        path, count=1_500, branches=branches, employees=employees, seed=5, bad_share=0.3
    )
    sheet = open_sheet(path, "a.csv")
    columns, width = columns_of(sheet.headers, guess_mapping(sheet.headers)), len(sheet.headers)
    lines = list(sheet.rows())
    lines += [(9_001, lines[0][1][:5]), (9_002, [*lines[1][1], "多"]), (9_003, [*lines[2][1], ""])]
    found = rowbatches.read_batch(lines, columns, width=width, today=TODAY)
    assert len(found[0]) > 900
    assert len(found[1]) > 300
    assert found == _one_by_one(lines, columns, width, TODAY)


def test_every_odd_cell_in_every_column_reads_the_same() -> None:
    columns = {field.name: place for place, field in enumerate(rows.FIELDS)}
    plain = {"name": "王小明", "phone": "13900000001"}
    lines: list[Row] = []
    for field in columns:
        for cell in ODD:
            said = plain | {field: cell}
            lines.append((len(lines) + 2, [said.get(name, "") for name in columns]))
    width = len(columns)
    found = rowbatches.read_batch(lines, columns, width=width, today=TODAY)
    assert found == _one_by_one(lines, columns, width, TODAY)


def test_a_file_with_two_columns_and_none_of_its_rows_are_read() -> None:
    columns = {"name": 0, "phone": 1}
    lines: list[Row] = [(2, ["王小明", "13900000001"]), (3, ["", "13900000002"])]
    found = rowbatches.read_batch(lines, columns, width=2, today=TODAY)
    assert found == _one_by_one(lines, columns, 2, TODAY)
    assert rowbatches.read_batch([], columns, width=2, today=TODAY) == ([], [])
