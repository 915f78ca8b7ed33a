"""Writes a customer file as a bank would hand it over, good rows and, if asked, bad ones."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

import xlsxwriter

from contenthub.customers.people import Person, band_of, customers
from contenthub.customers.suitability import grade_word
from contenthub.errors import Invalid

#: As they stand in the file; headers.py knows them all.
HEADERS = (
    "客户号",
    "客户姓名",
    "性别",
    "手机号",
    "出生日期",
    "开户支行",
    "管户经理工号",
    "日均资产(元)",
    "资产区间",
    "客户标签",
    "拒绝业务",
    "external_userid",
    "风险承受等级",
    "风险测评有效期",
)
_PLACE = {header: place for place, header in enumerate(HEADERS)}
_FIRST_CRM_NO = 60_000_001
_EXCEL_DAY_ZERO = date(1899, 12, 30)


def write_customers(
    path: Path,
    *,
    count: int,
    branches: Sequence[tuple[str, str]],
    employees: Sequence[str],
    seed: int,
    year: int = 2026,
    bad_share: float = 0.0,
    home: Mapping[str, str] | None = None,
) -> None:
    """Write `count` made-up customers: GB18030 CSV, or xlsx when `path` ends so.

    `branches` are (code, name), `employees` staff numbers; `home` (staff number -> branch code)
    puts customers into the branch of their employee. `bad_share` (0..1) of the rows are wrong in
    the ways banks' files are. The same arguments give the same CSV. Raises Invalid.
    """
    if count < 0 or not 0 <= bad_share <= 1:
        raise Invalid.of("customers", "客户数不能是负数，坏行比例要在 0 到 1 之间")
    if not branches:
        raise Invalid.of("branches", "至少要有一个机构，才能生成客户")
    rng = Random(f"file {seed}")  # noqa: S311  (demo data must repeat, nothing is secret)
    seats = _seats(branches, employees, home or {})
    people = customers(count, seed=seed, year=year)
    rows = _broken(_rows(people, seats, rng, year=year), rng, share=bad_share)
    if path.suffix.lower() == ".xlsx":
        _write_xlsx(path, rows)
    else:
        _write_csv(path, rows)


def _seats(
    branches: Sequence[tuple[str, str]], employees: Sequence[str], home: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return (branch name, staff number) pairs to seat customers at."""
    by_code = dict(branches)
    names = [name for _, name in branches]
    seated = [
        (by_code.get(home.get(employee, ""), names[place % len(names)]), employee)
        for place, employee in enumerate(employees)
    ]
    return seated or [(name, "") for name in names]


def _rows(
    people: Iterator[Person], seats: list[tuple[str, str]], rng: Random, *, year: int
) -> Iterator[list[str]]:
    for place, person in enumerate(people):
        branch, employee = seats[int(rng.random() * len(seats))]
        yield [
            str(_FIRST_CRM_NO + place),
            person.name,
            "男" if person.gender == "male" else "女",
            _dressed_phone(person.phone, rng),
            _dressed_day(person.birthday, rng),
            branch,
            "" if rng.random() < 0.04 else employee,
            f"{person.aum_fen / 100:.2f}" if rng.random() < 0.9 else "",
            band_of(person.aum_fen),
            ";".join(person.tags),
            "、".join(person.refused),
            person.external_userid,
            grade_word(person.risk),
            date(year + 1, 1 + place % 12, 28).isoformat() if person.risk else "",
        ]


def _dressed_phone(phone: str, rng: Random) -> str:
    chance = rng.random()
    if chance > 0.03:
        return phone
    if chance > 0.015:
        return f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}"


def _dressed_day(day: date, rng: Random) -> str:
    chance = rng.random()
    if chance > 0.04:
        return day.isoformat()
    if chance > 0.02 or day.year < 1930:
        return f"{day.year}/{day.month}/{day.day}"
    return str((day - _EXCEL_DAY_ZERO).days)


def _broken(rows: Iterator[list[str]], rng: Random, *, share: float) -> Iterator[list[str]]:
    first_phone = ""
    for row in rows:
        first_phone = first_phone or row[_PLACE["手机号"]]
        if share and rng.random() < share:
            header, spoil = rng.choice(_FAULTS)
            row[_PLACE[header]] = spoil(row[_PLACE[header]])
        elif share and rng.random() < share / len(_FAULTS):
            row[_PLACE["手机号"]] = first_phone
        yield row


#: What is wrong in real files: the column, and what somebody did to it.
_FAULTS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("手机号", lambda phone: "1.38E+10"),
    ("手机号", lambda phone: phone[:-1]),
    ("手机号", lambda phone: "0571-88886666"),
    ("手机号", lambda phone: ""),
    ("客户姓名", lambda name: ""),
    ("客户姓名", lambda name: f'=HYPERLINK("http://x","{name}")'),
    ("客户姓名", lambda name: "13800000000"),
    ("出生日期", lambda day: "2026/2/30"),
    ("出生日期", lambda day: "农历正月初五"),
    ("出生日期", lambda day: "2099-01-01"),
    ("日均资产(元)", lambda amount: "-500"),
    ("日均资产(元)", lambda amount: "约五万"),
    ("拒绝业务", lambda topics: "期货"),
    ("性别", lambda gender: "先生"),
)


def _write_csv(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(rows)


def _write_xlsx(path: Path, rows: Iterator[list[str]]) -> None:
    # constant_memory writes each row out at once; nothing is taken for a formula or a link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with closing(xlsxwriter.Workbook(str(path), options)) as book:
        sheet = book.add_worksheet("客户")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, HEADERS)
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(line, place, cell)
