"""Idea: the rows of a bank's file, read in portions and made ready for customers' rows.

What does not depend on the bank's other rows is done here, one batch ahead of who writes: cells
read, phones indexed, names and phones sealed as a new customer's. It needs no database.
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from msgspec import Struct
from pyroaring import BitMap
from uuid_utils import uuid7

from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import FACTS, grouped_columns
from contenthub.customers.packed import joined
from contenthub.customers.rowbatches import read_batch
from contenthub.customers.rows import CustomerRow
from contenthub.customers.sheets import open_sheet
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.tenants.sealer import Sealer, SealingKeys
from contenthub.uploads.headers import columns_of
from contenthub.uploads.sorts import RowProblem

_SAID_ALIKE = ("gender", "birthday", "risk_until", "external_userid", "crm_no", *FACTS)
"""Columns that are called the same in a row of a file."""
_SELDOM = {
    **dict.fromkeys(FACTS),
    **dict.fromkeys(("lunar_birthday", "products", "grid"), ""),
    "remark_sealed": b"",
}
"""Columns that few files have, with what the table says of who has nothing there."""
_BYTES = ("name_sealed", "phone_sealed", "remark_sealed")
"""Columns of bytes, which go over as their digits."""
_INDEXES = ("name_index", "phone_index")
"""Columns of 16 bytes each, which go over as one run of them."""


class Task(Struct, frozen=True):
    """A file to read: where it lies, what its columns are, from which line on, and how."""

    path: str
    filename: str
    is_checked: bool
    """These very bytes were read through before."""
    mapping: Mapping[str, str]
    after_line: int
    rows_at_once: int
    today: date
    keys: SealingKeys
    seals: bool
    """Whether the rows are to be written: a trial needs nothing sealed."""


class Prepared(Struct, frozen=True):
    """Rows, in their order, as they are kept when they are new customers.

    Only their numbers, branches and owners are missing: the bank's to say, when they are written.
    """

    head: bytes
    """What values begin with that were sealed by the same key."""
    columns: dict[str, list[Any]]
    facts: dict[str, Any]
    """The columns as parameters of the statement that writes them all."""
    bits: dict[Key, BitMap]
    """Where they stand in the index, counted from 0."""
    lines: list[int]
    """The line of the file that each was."""


class Batch(Struct, frozen=True):
    """Rows and problems of a file up to and including `last_line`."""

    after_line: int
    last_line: int
    rows: list[CustomerRow]
    problems: list[RowProblem]
    phone_indexes: list[bytes]
    """Of each row, in their order."""
    prepared: Prepared | None


def batches(task: Task) -> Generator[Batch, None, None]:
    """Yield the file's rows, some at once; raises SheetInvalid."""
    sheet = open_sheet(Path(task.path), task.filename, is_checked=task.is_checked)
    columns = columns_of(sheet.headers, task.mapping)
    width, after, sealer = len(sheet.headers), task.after_line, Sealer(task.keys)
    lines = sheet.rows(after_line=after)
    while some := list(islice(lines, task.rows_at_once)):
        rows, problems = read_batch(some, columns, width=width, today=task.today)
        before, after = after, some[-1][0]
        # What was read is not kept while others work on it: a batch takes megabytes.
        del some
        batch = [_batch(task, sealer, rows=rows, problems=problems, lines=(before, after))]
        del rows, problems
        yield batch.pop()


def _batch(
    task: Task,
    sealer: Sealer,
    *,
    rows: list[CustomerRow],
    problems: list[RowProblem],
    lines: tuple[int, int],
) -> Batch:
    made = prepared(sealer, task.keys.head, rows) if task.seals and rows else None
    if made is None:
        phone_indexes = sealer.index_all([row.phone for row in rows])
    else:
        phone_indexes = made.columns["phone_index"]
    return Batch(*lines, rows, problems, phone_indexes, made)


def prepared(sealer: Sealer, head: bytes, rows: Sequence[CustomerRow]) -> Prepared:
    """Return rows ready for customers of new ids: whole columns cost a third of row by row."""
    # As text: a quarter of the time that UUIDs take.
    ids = [str(uuid7()) for _ in rows]
    names, phones = [row.name for row in rows], [row.phone for row in rows]

    def sealed(name: str, texts: Sequence[str]) -> list[bytes]:
        places = [f"customers.{name}:{customer_id}" for customer_id in ids]
        return sealer.seal_all(zip(places, texts, strict=True))

    remarks: list[bytes] = []
    if any(row.remark for row in rows):
        kept = sealed("remark", [row.remark for row in rows])
        remarks = [cell if row.remark else b"" for cell, row in zip(kept, rows, strict=True)]
    columns: dict[str, list[Any]] = {
        "id": ids,
        "name_sealed": sealed("name", names),
        "name_masked": list(map(mask_name, names)),
        "name_index": sealer.index_all(names),
        "phone_sealed": sealed("phone", phones),
        "phone_masked": list(map(mask_phone, phones)),
        "phone_index": sealer.index_all(phones),
        "remark_sealed": remarks,
        "aum_fen": [row.aum_fen or 0 for row in rows],
        "risk_grade": [row.risk for row in rows],
        "stage": [row.stage or ("added" if row.external_userid else "public") for row in rows],
        **{name: list(map(attrgetter(name), rows)) for name in _SAID_ALIKE},
    }
    return _prepared(head, columns, [row.line for row in rows])


def only(made: Prepared, places: Sequence[int]) -> Prepared:
    """Return some of the rows, by their places among all."""
    columns = {
        name: [column[place] for place in places] for name, column in made.columns.items() if column
    }
    return _prepared(made.head, columns, [made.lines[place] for place in places])


def _prepared(head: bytes, columns: dict[str, list[Any]], lines: list[int]) -> Prepared:
    count = len(columns["id"])
    for name, nothing in _SELDOM.items():
        if columns.get(name, []).count(nothing) == count:
            columns[name] = []
    facts: dict[str, Any] = dict.fromkeys(_SELDOM, "")
    for name, column in columns.items():
        if name in _BYTES:
            facts[name] = joined([cell.hex() for cell in column])
        elif name in _INDEXES:
            facts[name] = b"".join(column)
        else:
            facts[name] = joined(column) if column else ""
    bits = grouped_columns({**columns, "no": range(count)}, {})
    return Prepared(head=head, columns=columns, facts=facts, bits=bits, lines=lines)
