"""Idea: which column of a bank's file is which field, guessed by the headers banks use."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

from contenthub.errors import Invalid

WAN = re.compile(r"[(（\[【]?\s*万元?\s*[)）\]】]?$")
"""An amount in ten thousands, said at the end of a header."""
_BRACKETS = re.compile(r"[(\[【][^)\]】]*[)\]】]")
_NOISE = re.compile(r"[\s*_\-:：·.]+")


def normal(header: str) -> str:
    """Return a header in the one width and case that headers are compared in."""
    return unicodedata.normalize("NFKC", header).lower()


def without_brackets(text: str) -> str:
    """Return a normal header without its bracketed parts, such as a unit."""
    return _BRACKETS.sub("", text)


def plain(header: str) -> str:
    """Return what tells a header apart: no brackets, no unit, no spaces and marks."""
    return _NOISE.sub("", without_brackets(WAN.sub("", normal(header))))


def guess(headers: Sequence[str], synonyms: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return field -> header for every field whose column can be told by its name.

    A header goes to one field at most.
    """
    found = {header: plain(header) for header in headers}
    mapping: dict[str, str] = {}
    for field, words in synonyms.items():
        for word in words:
            header = next((h for h in headers if found[h] == word), None)
            if header is not None and header not in mapping.values():
                mapping[field] = header
                break
    return mapping


def as_before(
    headers: Sequence[str], last: Mapping[str, str], guessed: Mapping[str, str]
) -> dict[str, str]:
    """Return field -> header as somebody chose last time, else as guessed.

    A header goes to one field at most.
    """
    known = {field: header for field, header in last.items() if header in headers}
    taken = set(known.values())
    return known | {f: h for f, h in guessed.items() if f not in known and h not in taken}


def check_mapping(
    mapping: Mapping[str, str],
    headers: Sequence[str],
    *,
    labels: Mapping[str, str],
    required: Collection[str],
) -> dict[str, str]:
    """Return a choice of columns (field -> header) without empty ones.

    `labels` are the fields there are. Raises Invalid naming, as `mapping.<field>`, what is
    missing, unknown, not in the file or taken twice.
    """
    chosen = {field: header for field, header in mapping.items() if header}
    wrong: dict[str, str] = {}
    for field in required:
        if field not in chosen:
            wrong[f"mapping.{field}"] = (
                f"文件里没有认出“{labels[field]}”这一列，请指定是哪一列，"
                f"或把表头改成“{labels[field]}”"
            )
    for field, header in chosen.items():
        if field not in labels:
            wrong[f"mapping.{field}"] = "没有这个字段，请从字段列表里选择"
        elif header not in headers:
            wrong[f"mapping.{field}"] = f"文件里没有名为“{header[:40]}”的列，请重新选择"
        elif list(chosen.values()).count(header) > 1:
            wrong[f"mapping.{field}"] = f"“{header[:40]}”这一列被选了两次，请改选一个"
    if wrong:
        raise Invalid(fields=wrong)
    return chosen


def columns_of(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Return field -> place of its column, for the fields whose header the file has."""
    places = {header: place for place, header in enumerate(headers)}
    return {field: places[header] for field, header in mapping.items() if header in places}


def pick(cells: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    """Return field -> cell of one row; a row that ends early has empty cells."""
    width = len(cells)
    return {field: cells[place] if place < width else "" for field, place in columns.items()}


def unmapped(headers: Iterable[str], mapping: Mapping[str, str]) -> list[str]:
    """Return the headers no field took, to show them to the clerk."""
    taken = set(mapping.values())
    return [header for header in headers if header not in taken]
