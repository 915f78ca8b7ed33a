"""Idea: one field of a library item: how it is asked for, read, kept and shown.

A kept value is always JSON-safe: money in fen (int), rates in basis points (int),
days and times as ISO text in the bank's own zone, lists as lists of text.
What people type ("2.05", "20万元", "2026年12月1日") comes in as text; an int
that comes in is taken as already kept, so reading a kept value changes nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from contenthub.library import richtext

FieldType = Literal[
    "text",
    "longtext",
    "rich",
    "rate_bp",
    "money_fen",
    "date",
    "datetime",
    "int",
    "choice",
    "list",
    "asset",
    "table",
]
_MAX_ROWS = 30
_MAX_INT = 2**53 - 1  # what every JSON reader keeps exactly


class WrongValue(ValueError):
    """A value cannot be kept; the message tells a clerk how to mend it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item kind, declared once for form, API, import, diff and page.

    `choices` are (kept value, shown text) pairs; `columns` are the (name, label) pairs of
    a table; an empty `topics` means every topic. `required` is asked for at submission.
    """

    name: str
    label: str
    type: FieldType = "text"
    required: bool = False
    max_chars: int = 200
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    topics: frozenset[str] = frozenset()
    max_value: int | None = None


def clean_value(field: Field, value: object) -> Any:
    """Return the JSON-safe value to keep, or None when nothing was filled in.

    Raises WrongValue with a Chinese message that names the fix (not the field).
    """
    if value is None or (isinstance(value, (str, list, tuple)) and not value):
        return None
    return _CLEANERS[field.type](field, value)


def show(field: Field, value: object) -> str:
    """Return a kept value as the Chinese text a customer reads, for example "20 万元"."""
    if value is None or value == "":
        return ""
    shower = _SHOWERS.get(field.type)
    return shower(field, value) if shower else str(value)


def clean_text(value: object, max_chars: int, *, lines: bool) -> str | None:
    """Return trimmed text in NFC; raises WrongValue for what cannot be stored or is too long."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise WrongValue("请填写文字")
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
        raise WrongValue("含有无法保存的特殊字符，请删除后重新输入")
    text = text.strip() if lines else " ".join(text.split())
    if len(text) > max_chars:
        raise WrongValue(f"最多 {max_chars} 个字，现在有 {len(text)} 个，请缩短")
    return text or None


def _clean_line(field: Field, value: object) -> str | None:
    return clean_text(value, field.max_chars, lines=False)


def _clean_lines(field: Field, value: object) -> str | None:
    return clean_text(value, field.max_chars, lines=True)


def _clean_rich(field: Field, value: object) -> str | None:
    html = richtext.clean(clean_text(value, 500_000, lines=True) or "")
    length = len(richtext.plain(html))
    if length > field.max_chars:
        raise WrongValue(f"最多 {field.max_chars} 个字，现在有 {length} 个，请缩短")
    return html or None


def _typed(value: object) -> str:
    """Return typed text in half-width without spaces or thousands separators."""
    if isinstance(value, bool) or not isinstance(value, str):
        raise WrongValue('请填写文字或整数，小数请写成文字，例如 "2.05"')
    if len(value) > 60:
        raise WrongValue("填写的内容太长，请只写数字")
    return re.sub(r"[\s,_]", "", unicodedata.normalize("NFKC", value))


def _kept_int(field: Field, value: int) -> int:
    top = field.max_value if field.max_value is not None else _MAX_INT
    if not 0 <= value <= top:
        limit = show(field, top) if field.max_value is not None else str(top)
        raise WrongValue(f"应在 0 到 {limit} 之间")
    return value


def _decimal(text: str, fix: str) -> Decimal:
    # Decimal() also reads "1e9", "NaN" and other scripts' digits: only plain digits count.
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", text):
        raise WrongValue(fix)
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern rules it out
        raise WrongValue(fix) from error


def _clean_rate(field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kept_int(field, value)
    fix = "请填写百分数，最多两位小数，例如 2.05"
    bp = _decimal(_typed(value).removesuffix("%"), fix) * 100
    if bp != int(bp):
        raise WrongValue(fix)
    return _kept_int(field, int(bp))


_UNITS = (("亿", 100_000_000), ("千万", 10_000_000), ("百万", 1_000_000), ("万", 10_000))


def _clean_money(field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kept_int(field, value)
    fix = "请填写金额，例如 50000、20万元或 99.50 元"
    text = _typed(value).removeprefix("¥").removesuffix("元")
    times = 1
    for unit, unit_times in _UNITS:
        if text.endswith(unit):
            text, times = text.removesuffix(unit), unit_times
            break
    fen = _decimal(text, fix) * times * 100
    if fen != int(fen):
        raise WrongValue("金额最多精确到分，请减少小数位")
    return _kept_int(field, int(fen))


def _clean_int(field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kept_int(field, value)
    text = _typed(value)
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise WrongValue("请填写整数，例如 100")
    return _kept_int(field, int(text))


_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2})[:点时]([0-9]{2})分?(?::[0-9]{2})?")


def _clean_date(field: Field, value: object) -> str:
    fix = "请填写真实存在的日期，例如 2026-12-31"
    match = _DAY.fullmatch(_typed(value))
    if not match:
        raise WrongValue(fix)
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError as error:
        raise WrongValue(fix) from error


def _clean_datetime(field: Field, value: object) -> str:
    fix = "请填写日期和时间，例如 2026-12-31 09:00"
    if not isinstance(value, str) or len(value) > 60:
        raise WrongValue(fix)
    text = re.sub(r"\s+", "T", unicodedata.normalize("NFKC", value).strip(), count=1)
    day, _, clock = text.partition("T")
    match = _TIME.fullmatch(clock.replace(" ", "") or "0:00")
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise WrongValue(fix)
    return f"{_clean_date(field, day)}T{int(match[1]):02}:{match[2]}"


def _clean_choice(field: Field, value: object) -> str:
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    for kept, shown in field.choices:
        if text.casefold() in (kept.casefold(), shown.casefold()):
            return kept
    raise WrongValue(f"请从这些选项中选择：{'、'.join(shown for _, shown in field.choices)}")


def _rows(value: object) -> list[object]:
    rows = value.splitlines() if isinstance(value, str) else value
    if not isinstance(rows, (list, tuple)):
        raise WrongValue("请每行填写一条")
    if len(rows) > _MAX_ROWS:
        raise WrongValue(f"最多 {_MAX_ROWS} 条，请合并或删减")
    return list(rows)


def _clean_list(field: Field, value: object) -> list[str] | None:
    kept: list[str] = []
    for number, row in enumerate(_rows(value), start=1):
        try:
            if field.choices:
                text: str | None = _clean_choice(field, row)
            else:
                text = clean_text(row, field.max_chars, lines=False)
        except WrongValue as error:
            raise WrongValue(f"第 {number} 条：{error}") from error
        if text and text not in kept:
            kept.append(text)
    return kept or None


def _clean_table(field: Field, value: object) -> list[dict[str, str]] | None:
    names = [name for name, _ in field.columns]
    example = "｜".join(label for _, label in field.columns)
    kept: list[dict[str, str]] = []
    for number, row in enumerate(_rows(value), start=1):
        if isinstance(row, str):
            row = dict(zip(names, re.split(r"[|｜\t]", row), strict=False))
        if not isinstance(row, dict) or not set(row) <= set(names):
            raise WrongValue(f"第 {number} 行请按“{example}”填写")
        cells = {name: clean_text(row.get(name) or "", 80, lines=False) or "" for name in names}
        if not any(cells.values()):
            continue
        if not all(cells.values()):
            raise WrongValue(f"第 {number} 行不完整，请按“{example}”填写")
        kept.append(cells)
    return kept or None


def _clean_asset(field: Field, value: object) -> str:
    text = value.strip().lower().removeprefix("/assets/") if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        raise WrongValue("请先上传图片，再从素材中选择")
    return text


def _plain_number(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _show_rate(field: Field, value: object) -> str:
    return f"{int(str(value)) / 100:.2f}%"


def _show_money(field: Field, value: object) -> str:
    fen = int(str(value))
    for unit, unit_fen in (("亿元", 10_000_000_000), ("万元", 1_000_000)):
        if fen >= unit_fen and fen % (unit_fen // 100) == 0:
            return f"{_plain_number(Decimal(fen) / unit_fen)} {unit}"
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02} 元" if rest else f"{yuan:,} 元"


def _show_date(field: Field, value: object) -> str:
    day = date.fromisoformat(str(value))
    return f"{day.year}年{day.month}月{day.day}日"


def _show_datetime(field: Field, value: object) -> str:
    at = datetime.fromisoformat(str(value))
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _show_choice(field: Field, value: object) -> str:
    return dict(field.choices).get(str(value), str(value))


def _show_list(field: Field, value: object) -> str:
    rows = value if isinstance(value, list) else [value]
    return "；".join(_show_choice(field, row) for row in rows)


def _show_table(field: Field, value: object) -> str:
    rows = value if isinstance(value, list) else []
    names = [name for name, _ in field.columns]
    return "；".join(" ".join(str(row.get(name, "")) for name in names) for row in rows)


def _show_rich(field: Field, value: object) -> str:
    return richtext.plain(str(value))


_CLEANERS: dict[str, Callable[[Field, object], Any]] = {
    "text": _clean_line,
    "longtext": _clean_lines,
    "rich": _clean_rich,
    "rate_bp": _clean_rate,
    "money_fen": _clean_money,
    "date": _clean_date,
    "datetime": _clean_datetime,
    "int": _clean_int,
    "choice": _clean_choice,
    "list": _clean_list,
    "asset": _clean_asset,
    "table": _clean_table,
}
_SHOWERS: dict[str, Callable[[Field, object], str]] = {
    "rich": _show_rich,
    "rate_bp": _show_rate,
    "money_fen": _show_money,
    "date": _show_date,
    "datetime": _show_datetime,
    "choice": _show_choice,
    "list": _show_list,
    "table": _show_table,
}
