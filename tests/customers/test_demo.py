from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contenthub.customers.demo import write_customers
from contenthub.customers.headers import guess_mapping
from contenthub.customers.rows import REQUIRED, CustomerRow, read_cells
from contenthub.customers.sheets import open_sheet
from contenthub.errors import Invalid
from contenthub.uploads.headers import columns_of, unmapped
from contenthub.uploads.sorts import RowProblem

BRANCHES = [("0100", "城关支行"), ("0200", "东街支行")]
TODAY = date(2026, 12, 31)


def written(path: Path, **over: Any) -> Path:
    options: dict[str, Any] = {
        "count": 300,
        "branches": BRANCHES,
        "employees": ["1001", "1002", "1003"],
        "seed": 5,
    }
    write_customers(path, **options | over)
    return path


def read(path: Path) -> list[CustomerRow | RowProblem]:
    sheet = open_sheet(path, path.name)
    columns = columns_of(sheet.headers, guess_mapping(sheet.headers))
    width = len(sheet.headers)
    return [
        read_cells(cells, columns, width=width, line=line, today=TODAY)
        for line, cells in sheet.rows()
    ]


def test_the_file_is_gb18030_with_headers_the_import_knows(tmp_path: Path) -> None:
    sheet = open_sheet(written(tmp_path / "a.csv"), "a.csv")
    mapping = guess_mapping(sheet.headers)
    assert sheet.encoding == "gb18030"
    assert sheet.row_count == 300
    assert set(REQUIRED) <= mapping.keys()
    assert unmapped(sheet.headers, mapping) == []


def test_every_good_row_is_imported_the_same_from_csv_and_xlsx(tmp_path: Path) -> None:
    from_csv = read(written(tmp_path / "a.csv"))
    assert all(isinstance(row, CustomerRow) for row in from_csv)
    assert len({row.phone for row in from_csv if isinstance(row, CustomerRow)}) == 300
    assert read(written(tmp_path / "a.xlsx")) == from_csv


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv").read_bytes()
    assert first == written(tmp_path / "b.csv").read_bytes()
    assert first != written(tmp_path / "c.csv", seed=6).read_bytes()


def test_customers_sit_in_the_branch_of_their_employee(tmp_path: Path) -> None:
    home = {"1001": "0200", "1002": "0100", "1003": "0200"}
    rows = read(written(tmp_path / "a.csv", home=home))
    pairs = {(row.owner, row.branch) for row in rows if isinstance(row, CustomerRow) and row.owner}
    assert pairs == {("1001", "东街支行"), ("1002", "城关支行"), ("1003", "东街支行")}


def test_a_share_of_bad_rows_is_refused_each_with_field_and_fix(tmp_path: Path) -> None:
    rows = read(written(tmp_path / "a.csv", count=2_000, bad_share=0.3))
    problems = [row for row in rows if isinstance(row, RowProblem)]
    assert 0.25 < len(problems) / len(rows) < 0.35
    assert {problem.field for problem in problems} == {
        *("phone", "name", "birthday", "aum", "refused", "gender"),
    }
    assert all("请" in problem.message for problem in problems)
    phones = [row.phone for row in rows if isinstance(row, CustomerRow)]
    assert len(set(phones)) < len(phones)


def test_a_bank_without_employees_still_gets_customers(tmp_path: Path) -> None:
    rows = read(written(tmp_path / "a.csv", employees=[]))
    assert {row.owner for row in rows if isinstance(row, CustomerRow)} == {""}


def test_senseless_orders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="至少要有一个机构"):
        written(tmp_path / "a.csv", branches=[])
    with pytest.raises(Invalid, match="0 到 1 之间"):
        written(tmp_path / "a.csv", bad_share=2)
