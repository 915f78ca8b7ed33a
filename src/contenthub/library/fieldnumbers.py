"""Idea: numbers, amounts, odds and days: as people type them, as they are kept, as they are shown.

Money is kept in fen, rates in basis points, odds in parts of a million, days and times as ISO
text on the bank's own clock. An int that comes in is taken as already kept.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from contenthub.library.fieldtypes import Field, WrongValue

_MAX_INT = 2**53 - 1  # what every JSON reader keeps exactly
_PPM = 1_000_000


def _typed(value: object) -> str:
    """Return typed text in half-width without spaces or thousands separators."""
    if isinstance(value, bool) or not isinstance(value, str):
        raise WrongValue('请填写文字或整数，小数请写成文字，例如 "2.05"')
    if len(value) > 60:
        raise WrongValue("填写的内容太长，请只写数字")
    return re.sub(r"[\s,_]", "", unicodedata.normalize("NFKC", value))


def _kept_int(field: Field, value: int) -> int:
    low, top = field.min_value, field.max_value
    if low <= value <= (_MAX_INT if top is None else top):
        return value
    shower = SHOWERS.get(field.type, _show_plain)
    least = shower(field, low)
    told = f"不能小于 {least}" if top is None else f"应在 {least} 到 {shower(field, top)} 之间"
    if top is None and value >= low:
        told = "数太大，请检查是不是多写了位数"
    raise WrongValue(told + (f"；{field.empty_means}请留空" if field.empty_means else ""))


def _decimal(text: str, fix: str) -> Decimal:
    if re.fullmatch(r"-[0-9.]+", text):
        raise WrongValue(f"不能是负数，{fix}")
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
        raise WrongValue("最多精确到分，请减少小数位")
    return _kept_int(field, int(fen))


_COUNTED = re.compile(r"(-?[0-9]{1,15})[份个台张名次位人件套部袋瓶天岁]?")


def _clean_int(field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kept_int(field, value)
    match = _COUNTED.fullmatch(_typed(value))
    if not match:
        raise WrongValue("请填写整数，例如 100")
    return _kept_int(field, int(match[1]))


_ODDS_UNITS = {"%": 100, "‰": 1000, "百分之": 100, "千分之": 1000, "万分之": 10_000}
_ODDS = re.compile(
    r"(?:(百分之|千分之|万分之)([0-9]{1,6}(?:\.[0-9]{1,4})?)"
    r"|([0-9]{1,3}(?:\.[0-9]{1,4})?)([%‰])"
    r"|([0-9]{1,9})/([1-9][0-9]{0,8}))"
)


def _clean_odds(field: Field, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kept_int(field, value)
    text = re.sub(r"\(.*\)$", "", _typed(value)).replace("⁄", "/")
    match = _ODDS.fullmatch(text)
    if not match:
        raise WrongValue("请填写中奖概率，例如 1%、0.05% 或 1/2000")
    if match[5]:
        share = Fraction(int(match[5]), int(match[6]))
    else:
        share = Fraction(match[2] or match[3]) / _ODDS_UNITS[match[1] or match[4]]
    ppm = round(share * _PPM)
    if share > 1 or (share > 0 and ppm == 0):
        raise WrongValue("中奖概率应大于百万分之一、不超过 100%")
    return _kept_int(field, ppm)


_YEARS = (2000, 2100)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2})[:点时]([0-9]{2})分?(?::[0-9]{2})?")


def _clean_date(field: Field, value: object) -> str:
    fix = "请填写真实存在的日期，例如 2026-12-31"
    match = _DAY.fullmatch(_typed(value))
    if not match:
        raise WrongValue(fix)
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise WrongValue(fix) from error
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise WrongValue(f"的年份应在 {_YEARS[0]} 到 {_YEARS[1]} 之间，请检查")
    return day.isoformat()


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


def _plain_number(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _show_plain(_field: Field, value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _show_rate(_field: Field, value: object) -> str:
    return f"{int(str(value)) / 100:.2f}%"


def _show_odds(_field: Field, value: object) -> str:
    ppm = int(str(value))
    shown = f"{_plain_number(Decimal(ppm) / 10_000) if ppm else '0'}%"
    return f"{shown}（约 1/{round(_PPM / ppm)}）" if 0 < ppm < 10_000 else shown


def _show_money(_field: Field, value: object) -> str:
    fen = int(str(value))
    for unit, unit_fen in (("亿元", 10_000_000_000), ("万元", 1_000_000)):
        if fen >= unit_fen and fen % (unit_fen // 100) == 0:
            return f"{_plain_number(Decimal(fen) / unit_fen)} {unit}"
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02} 元" if rest else f"{yuan:,} 元"


def _show_date(_field: Field, value: object) -> str:
    day = date.fromisoformat(str(value))
    return f"{day.year}年{day.month}月{day.day}日"


def _show_datetime(_field: Field, value: object) -> str:
    at = datetime.fromisoformat(str(value))
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


CLEANERS = {
    "rate_bp": _clean_rate,
    "odds_ppm": _clean_odds,
    "money_fen": _clean_money,
    "date": _clean_date,
    "datetime": _clean_datetime,
    "int": _clean_int,
}
"""Type -> what makes the kept value of a typed one; raises WrongValue."""
SHOWERS = {
    "rate_bp": _show_rate,
    "odds_ppm": _show_odds,
    "money_fen": _show_money,
    "date": _show_date,
    "datetime": _show_datetime,
}
"""Type -> what a customer reads of a kept value."""
