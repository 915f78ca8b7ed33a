"""Idea: one field of a library item: how it is asked for, read, kept and shown.

A kept value is always JSON-safe (fieldnumbers says how numbers and days are kept), lists are
lists of text, tables lists of rows of kept cells. What people type ("2.05", "20万元",
"2026年12月1日") comes in as text; reading a kept value again changes nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from contenthub.library import fieldnumbers, messagetext, phonetext, richtext
from contenthub.library.fieldtypes import CODE_PREFIXES, Field, FieldType, Place, WrongValue
from contenthub.tenants import shorttext

__all__ = [
    "CODE_PREFIXES",
    "Field",
    "FieldType",
    "Place",
    "WrongValue",
    "clean_text",
    "clean_value",
    "plain_text",
    "rows_of",
    "show",
    "table_rows",
    "typed",
]

_MAX_ROWS = 30
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|｛\s*｛|｝\s*｝")
_BARS = re.compile(r"[|｜\t]")


def clean_value(field: Field, value: object) -> Any:
    """Return the JSON-safe value to keep, or None when nothing was filled in.

    Raises WrongValue with a Chinese message that names the fix (not the field), or Invalid.
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


def typed(field: Field, value: object) -> str | list[str]:
    """Return a kept value as an input or a spreadsheet cell shows it: clean_value reads it back.

    A list of choices stays a list; other lists and tables are one line a row.
    """
    if value is None:
        return [] if field.type == "list" and field.choices else ""
    if isinstance(value, str):
        return value
    if field.type == "list" and isinstance(value, list):
        return [str(each) for each in value] if field.choices else "\n".join(map(str, value))
    if field.type == "table" and isinstance(value, list):
        return "\n".join(_typed_row(field, row) for row in value)
    if field.type == "rate_bp":
        return show(field, value).removesuffix("%")
    return show(field, value).replace(" ", "")


def _typed_row(field: Field, row: object) -> str:
    kept = row if isinstance(row, Mapping) else {}
    # A choice by its word: nobody who fills in a sheet knows "goods", and 实物 reads back as it.
    cells = (
        typed(cell, kept[cell.name])
        if cell.name in kept and cell.type != "choice"
        else _shown_cell(cell, row)
        for cell in field.cells
    )
    return "｜".join(map(str, cells)).rstrip("｜")


def rows_of(fields: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the rows of a table among kept fields, none where it is not filled."""
    rows = fields.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def table_rows(field: Field, value: object) -> list[list[str]]:
    """Return the rows of a kept table as shown text, one text a column of the field."""
    rows = value if isinstance(value, list) else []
    return [[_shown_cell(cell, row) for cell in field.cells] for row in rows]


def _shown_cell(cell: Field, row: object) -> str:
    kept = row.get(cell.name) if isinstance(row, Mapping) else None
    if kept is None and isinstance(row, Mapping):
        # A row kept before its column was typed is shown as it was written.
        return str(next((row[name] for name in cell.was if name in row), ""))
    try:
        return show(cell, kept)
    except (ValueError, TypeError):
        return str(kept)


def clean_text(value: object, max_chars: int, *, lines: bool) -> str | None:
    """Return trimmed text in NFC; raises WrongValue for what cannot be stored or is too long."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise WrongValue("请填写文字")
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    # What turns the writing round shows customers other words than the rules read.
    text = shorttext.unturned(text)
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
        raise WrongValue("含有无法保存的特殊字符，请删除后重新输入")
    text = text.strip() if lines else " ".join(text.split())
    if len(text) > max_chars:
        raise WrongValue(f"最多 {max_chars} 个字，现在有 {len(text)} 个，请缩短")
    return text or None


def plain_text(value: object, max_chars: int, *, lines: bool = False) -> str | None:
    """Return clean_text of what knows no variables; raises WrongValue for braces too.

    Only a body and a message are filled in: anywhere else customers would read the braces.
    """
    text = clean_text(value, max_chars, lines=lines)
    if text and (found := _BRACES.search(text)):
        part = text[found.start() : found.start() + 20]
        raise WrongValue(f"不能使用变量“{part}”，请直接写明；变量只能用在正文和话术里")
    return text


def _clean_line(field: Field, value: object) -> str | None:
    text = plain_text(value, field.max_chars)
    if text and field.check and (why := _CHECKS[field.check](text)):
        raise WrongValue(why)
    return text


def _fund_code_flaw(text: str) -> str:
    return "" if re.fullmatch(r"[0-9]{6}", text) else "应是 6 位数字，例如 000123"


_CHECKS: dict[str, Callable[[str], str]] = {
    "phone": phonetext.flaw,
    "fund_code": _fund_code_flaw,
}


def _clean_lines(field: Field, value: object) -> str | None:
    return plain_text(value, field.max_chars, lines=True)


def _clean_message(field: Field, value: object) -> str | None:
    text = clean_text(value, field.max_chars, lines=True)
    messagetext.check_text(text or "", field=field.name)
    return text


def _clean_rich(field: Field, value: object) -> str | None:
    html = richtext.clean(clean_text(value, 500_000, lines=True) or "")
    length = len(richtext.plain(html))
    if length > field.max_chars:
        raise WrongValue(f"最多 {field.max_chars} 个字，现在有 {length} 个，请缩短")
    return html or None


def _clean_choice(field: Field, value: object) -> str:
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    for kept, shown in (*field.choices, *field.former):
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
                text = plain_text(row, field.max_chars)
        except WrongValue as error:
            raise WrongValue(f"第 {number} 条：{error}") from error
        if text and text not in kept:
            kept.append(text)
    _refuse_many(field, kept)
    return kept or None


def _refuse_many(field: Field, kept: list[str]) -> None:
    counted = [one for one in kept if one not in field.free]
    if field.max_items is None or len(counted) <= field.max_items:
        return
    words = dict(field.choices)
    beside = "、".join(words[one] for one in field.free)
    told = f"除{beside}外最多选 {field.max_items} 项" if beside else f"最多 {field.max_items} 项"
    chosen = "、".join(words.get(one, one) for one in counted)
    raise WrongValue(f"{told}，现在选了 {len(counted)} 项（{chosen}），请去掉用不着的")


def _clean_table(field: Field, value: object) -> list[dict[str, Any]] | None:
    example = "｜".join(label for _, label in field.columns)
    kept: list[dict[str, Any]] = []
    for number, row in enumerate(_rows(value), start=1):
        cells = cells_of(field, row)
        if cells is None:
            raise WrongValue(f"第 {number} 行请按“{example}”填写")
        if not any(str(cell).strip() for cell in cells.values()):
            continue
        kept.append(_clean_row(field, cells, where=f"第 {number} 行"))
    return kept or None


def cells_of(field: Field, row: object) -> dict[str, Any] | None:
    """Return a row's cells by name, or None for what is no row of this table."""
    if isinstance(row, str):
        parts = _BARS.split(row)
        if len(parts) > len(field.cells) and any(part.strip() for part in parts):
            return None
        return dict(zip((cell.name for cell in field.cells), parts, strict=False))
    if not isinstance(row, Mapping):
        return None
    renamed = {old: cell.name for cell in field.cells for old in cell.was}
    known = {cell.name for cell in field.cells}
    said = {str(name): "" if each is None else each for name, each in row.items()}
    cells = {renamed.get(name, name): each for name, each in said.items()}
    return cells if set(cells) <= known else None


def _clean_row(field: Field, cells: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for cell in field.cells:
        said = cells.get(cell.name, "")
        try:
            found = clean_value(cell, said.strip() if isinstance(said, str) else said)
        except WrongValue as error:
            raise WrongValue(f"{where}“{cell.label}”{error}") from error
        if found is not None:
            kept[cell.name] = found
        elif cell.required:
            example = "｜".join(label for _, label in field.columns)
            raise WrongValue(f"{where}不完整，缺少“{cell.label}”，请按“{example}”填写")
    return kept


_ASSET = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SORTS = {"image/": "图片", "audio/": "音频", "video/": "视频"}


def _clean_asset(field: Field, value: object) -> str:
    text = value.strip().lower().removeprefix("/assets/") if isinstance(value, str) else ""
    if not _ASSET.fullmatch(text):
        sort = _SORTS.get(field.mimes[0], "文件")
        raise WrongValue(f"请先上传{sort}，再从素材中选择")
    return text


def _clean_item(field: Field, value: object) -> str:
    text = unicodedata.normalize("NFKC", value).strip().upper() if isinstance(value, str) else ""
    prefixes = [CODE_PREFIXES[kind] for kind in field.item_kinds or CODE_PREFIXES]
    if not re.fullmatch(f"[{''.join(prefixes)}]-[0-9]{{4,12}}", text):
        example = "、".join(f"{prefix}-1001" for prefix in prefixes[:2])
        raise WrongValue(f"请填写另一条内容的编号，例如 {example}")
    return text


def _show_choice(field: Field, value: object) -> str:
    return dict(field.choices).get(str(value), str(value))


def _show_list(field: Field, value: object) -> str:
    rows = value if isinstance(value, list) else [value]
    return "；".join(_show_choice(field, row) for row in rows)


def _show_table(field: Field, value: object) -> str:
    return "；".join(" ".join(filter(None, cells)) for cells in table_rows(field, value))


def _show_rich(field: Field, value: object) -> str:
    return richtext.plain(str(value))


_CLEANERS: dict[str, Callable[[Field, object], Any]] = {
    **fieldnumbers.CLEANERS,
    "text": _clean_line,
    "longtext": _clean_lines,
    "message": _clean_message,
    "rich": _clean_rich,
    "choice": _clean_choice,
    "list": _clean_list,
    "asset": _clean_asset,
    "item": _clean_item,
    "table": _clean_table,
}
_SHOWERS: dict[str, Callable[[Field, object], str]] = {
    **fieldnumbers.SHOWERS,
    "rich": _show_rich,
    "choice": _show_choice,
    "list": _show_list,
    "table": _show_table,
}
