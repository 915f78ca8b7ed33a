"""Idea: the items a demo bank starts with; every one passes the rule pack without a block."""

import re
import tomllib
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, TypedDict

_DAYS = re.compile(r"\+(\d{1,3})d(?: (\d\d:\d\d))?")


class StarterItem(TypedDict):
    """What an author would type: `fields` in the form's wording, `script` for the share."""

    kind: str
    topic: str
    title: str
    fields: dict[str, Any]
    body: str
    script: str


def starter_items(bank_no: int, *, on: date) -> list[StarterItem]:
    """Return the items of demo bank 1 or 2, with dates counted from the day `on`."""
    return [
        StarterItem(
            kind=row["kind"],
            topic=row["topic"],
            title=row["title"],
            fields={name: _dated(value, on) for name, value in row["fields"].items()},
            body=row.get("body", "").strip(),
            script=row.get("script", ""),
        )
        for row in _rows()
        if bank_no in row["banks"]
    ]


@cache
def _rows() -> list[dict[str, Any]]:
    text = resources.files("contenthub.library").joinpath("starter_items.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["items"]
    return rows


def _dated(value: Any, on: date) -> Any:
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    day = (on + timedelta(days=int(match[1]))).isoformat()
    return f"{day} {match[2]}" if match[2] else day
