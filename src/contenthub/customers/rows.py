"""One row of a bank's file made a customer, or a problem with its line, field and fix."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from contenthub.customers import factvalues, rowvalues, suitability
from contenthub.customers.rowvalues import CellInvalid
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.uploads.headers import pick
from contenthub.uploads.sorts import RowProblem

MAX_SHOWN_CHARS = 40


class Field(NamedTuple):
    """A field of a customer file: its name, what a clerk reads, and whether it must be there."""

    name: str
    label: str
    is_required: bool


FIELDS: tuple[Field, ...] = (
    Field("name", "姓名", True),
    Field("phone", "手机号", True),
    Field("gender", "性别", False),
    Field("birthday", "出生日期", False),
    Field("branch", "所属机构（名称或机构号）", False),
    Field("owner", "客户经理工号", False),
    Field("aum", "资产（元）", False),
    Field("aum_wan", "资产（万元）", False),
    Field("aum_band", "资产区间", False),
    Field("aum_band_wan", "资产区间（万元）", False),
    Field("risk", "风险承受等级", False),
    Field("risk_until", "风险测评有效期", False),
    Field("tags", "标签", False),
    Field("refused", "拒绝业务", False),
    Field("crm_no", "客户号", False),
    Field("external_userid", "企微 external_userid", False),
    Field("lunar_birthday", "农历生日", False),
    Field("products", "持有产品", False),
    Field("deposit_due_on", "存款到期日", False),
    Field("wealth_due_on", "理财到期日", False),
    Field("loan_due_on", "贷款到期日", False),
    Field("is_merchant", "是否商户", False),
    Field("grid", "村（网格）", False),
    Field("contacted_on", "最近联系日期", False),
    Field("added_on", "加微日期", False),
    Field("stage", "客户阶段", False),
    Field("remark", "备注", False),
    Field("as_of", "数据日期", False),
)
LABELS: dict[str, str] = {field.name: field.label for field in FIELDS}
REQUIRED = tuple(field.name for field in FIELDS if field.is_required)


REPEATED = "repeated"
"""The field of a hint about a line whose phone a later line has again; nothing was wrong in it."""


def field_label(field: str) -> str:
    """Return what a clerk reads for the field of a problem or hint."""
    return LABELS["phone"] if field == REPEATED else LABELS.get(field, "整行")


def level_label(field: str) -> str:
    """Return whether the line of a problem was left out (未导入) or is only pointed at (提示)."""
    return "提示" if field == REPEATED else "未导入"


class CustomerRow(Struct, frozen=True, gc=False):
    """A clean customer; what the file did not say is None or empty, and changes nothing.

    `aum_fen` is the amount, or else the lower bound of the band, in fen. `risk_until` is the
    last day of an assessment, its own or one a year ahead; `risk` is 0 when it is over.
    """

    line: int
    name: str
    phone: str
    gender: str = ""
    birthday: date | None = None
    branch: str = ""
    owner: str = ""
    aum_fen: int | None = None
    risk: int = 0
    risk_until: date | None = None
    tags: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    crm_no: str = ""
    external_userid: str = ""
    lunar_birthday: str = ""
    products: str = ""
    deposit_due_on: date | None = None
    wealth_due_on: date | None = None
    loan_due_on: date | None = None
    is_merchant: bool | None = None
    grid: str = ""
    contacted_on: date | None = None
    added_on: date | None = None
    stage: str = ""
    remark: str = ""
    as_of: date | None = None
    """The day the row is of, where a fact is only as good as its day."""


_Reader: TypeAlias = Callable[[str, date], object]
ASSET_FIELDS = ("aum", "aum_wan", "aum_band", "aum_band_wan")
"""Where assets may stand; the first that says something holds."""


def read_cells(
    cells: Sequence[str], columns: Mapping[str, int], *, width: int, line: int, today: date
) -> CustomerRow | RowProblem:
    """Return the customer of a row of a Sheet, or its first problem.

    `width` is the number of headers: a longer row has slipped, and none of it can be trusted.
    """
    if any(cell.strip() for cell in cells[width:]):
        message = f"这一行有 {len(cells)} 格，表头只有 {width} 列，列已错位；请检查多出的分隔符"
        return RowProblem(line, "", shown(" ".join(cells[width:])), message)
    return read_row(pick(cells, columns), line=line, today=today)


def read_row(raw: Mapping[str, str], *, line: int, today: date) -> CustomerRow | RowProblem:
    """Return the customer of one row (field -> cell), or the first problem in FIELDS order."""
    found: dict[str, object] = {}
    field = ""
    try:
        for field, reader in READERS.items():
            cell = raw.get(field)
            if cell and (value := reader(cell, today)) is not None:
                found[field] = value
        for field in ("name", "phone"):
            if field not in found:
                raise CellInvalid(f"{LABELS[field]}是空的，请补上")
    except CellInvalid as wrong:
        return RowProblem(
            line=line,
            field=field,
            value_shown=shown_field(field, raw.get(field, "")),
            message=_said_once(LABELS[field], wrong.detail),
        )
    amounts = [found.pop(name) for name in ASSET_FIELDS if name in found]
    if amounts:
        found["aum_fen"] = amounts[0]
    if "risk" in found or "risk_until" in found:
        said: Any = (found.get("risk", 0), found.get("risk_until"))
        found["risk"], found["risk_until"] = suitability.standing(*said, today=today)
    return CustomerRow(line=line, **found)  # type: ignore[arg-type]  # each reader gives its field's type


def repeated(line: int, kept_line: int, *, phone: str) -> RowProblem:
    """Return the hint that `kept_line` was put together with `line`, for the error file."""
    message = (
        f"第 {line} 行与第 {kept_line} 行手机号相同，已合成一位："
        f"标签和拒绝业务都保留，其余第 {kept_line} 行填了的再按合并规则写入"
    )
    return RowProblem(line, REPEATED, mask_phone(phone), message)


def shown(value: str, *, most_chars: int = MAX_SHOWN_CHARS) -> str:
    """Return a cell for a screen or the error file: cut short, phones and long numbers masked."""
    one_line = _PHONE_LIKE.sub(_bare, " ".join(value.split()))
    masked = re.sub(r"\d{7,}", lambda run: mask_phone(run[0]), one_line)
    return masked if len(masked) <= most_chars else masked[: most_chars - 1] + "…"


#: A mobile number with blanks or hyphens in it, which would hide it from the masking of runs.
_PHONE_LIKE = re.compile(r"(?<!\d)1[3-9]\d(?:[\s\-—–()·.]{0,2}\d){8}(?!\d)")


def _bare(found: re.Match[str]) -> str:
    return re.sub(r"\D", "", found[0])


def _said_once(label: str, detail: str) -> str:
    """Return the sentence with its field in front, unless it begins with it already."""
    return detail if detail.startswith(label) else f"{label}：{detail}"


_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def shown_field(field: str, value: str) -> str:
    """Return a cell of `field` as a screen may show it: who it is stays hidden."""
    if field in ("crm_no", "external_userid"):
        return mask_phone(shown(value))
    if field == "name" and value.strip(" '").startswith(_FORMULA_STARTS):
        # A formula's last characters are the name's: nothing of it may be seen.
        return "*" * len(shown(value))
    if field == "phone":
        # Spaces and hyphens would hide a number from the masking of runs.
        return shown(re.sub(r"(?<=\d)[\s\-—–()·]+(?=\d)", "", value))
    if field == "remark":
        return "*" * min(len(shown(value)), 8)
    return mask_name(shown(value)) if field == "name" else shown(value)


def _dated(read: Callable[[str, date], object]) -> _Reader:
    """Read a cell as it was written; None when it says that there is no value."""

    def reader(cell: str, today: date) -> object:
        text = rowvalues.cleaned(cell)
        return None if rowvalues.is_nothing(text) else read(text, today)

    return reader


def _once(read: Callable[[str], object]) -> _Reader:
    """Read what differs from row to row."""
    return _dated(lambda text, _: read(text))


def _repeating(read: Callable[[str], object], *, most: int = 4_096) -> _Reader:
    """Remember the answers: a bank has few branches, bands and combinations of tags."""
    kept = lru_cache(maxsize=most)(_once(read))
    return lambda cell, _: kept(cell, date.min)


def _plain(most_chars: int) -> Callable[[str], object]:
    return partial(rowvalues.plain_text, most_chars=most_chars)


_DAYS = 32_768
"""Days of birth that are remembered: about as many as there are among the living."""

READERS: dict[str, _Reader] = {
    "name": _once(rowvalues.person_name),
    "phone": _once(rowvalues.phone_number),
    "gender": _repeating(rowvalues.gender_word),
    "birthday": lru_cache(maxsize=_DAYS)(
        _dated(lambda text, today: rowvalues.birthday_date(text, today=today))
    ),
    "branch": _repeating(_plain(60)),
    "owner": _repeating(rowvalues.code_word),
    "aum": _once(rowvalues.asset_fen),
    "aum_wan": _once(partial(rowvalues.asset_fen, unit=10_000)),
    "aum_band": _repeating(rowvalues.asset_fen),
    "aum_band_wan": _repeating(partial(rowvalues.asset_fen, unit=10_000)),
    "risk": _repeating(rowvalues.risk_grade),
    "risk_until": _repeating(rowvalues.last_day),
    "tags": _repeating(rowvalues.tag_names),
    "refused": _repeating(rowvalues.refused_topics),
    "crm_no": _once(rowvalues.code_word),
    "external_userid": _once(rowvalues.code_word),
    "lunar_birthday": _repeating(factvalues.lunar_birthday),
    "products": _repeating(factvalues.held_products),
    "deposit_due_on": _repeating(factvalues.due_day, most=_DAYS),
    "wealth_due_on": _repeating(factvalues.due_day, most=_DAYS),
    "loan_due_on": _repeating(factvalues.due_day, most=_DAYS),
    "is_merchant": _repeating(factvalues.yes_or_no),
    "grid": _repeating(_plain(factvalues.MAX_GRID_CHARS)),
    "contacted_on": lru_cache(maxsize=_DAYS)(_dated(factvalues.past_day)),
    "added_on": lru_cache(maxsize=_DAYS)(_dated(factvalues.past_day)),
    "stage": _repeating(factvalues.stage),
    "remark": _once(_plain(factvalues.MAX_REMARK_CHARS)),
    "as_of": lru_cache(maxsize=_DAYS)(_dated(factvalues.past_day)),
}
"""Field → what its cells are read by; a reader returns None for a cell that says nothing."""
