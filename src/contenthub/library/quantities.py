"""Idea: the quantities of a text with their units: per cent, yuan, days, ages, counts, hours.

They are read wherever they stand; what a quantity is of, the words beside it tell (slots.py).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from contenthub.library.saidnumbers import number_of

Unit: TypeAlias = Literal["%", "元", "天", "岁", "笔", "个", "日", "时"]
Value: TypeAlias = float | tuple[int, int, int]


class Quantity(NamedTuple):
    """A quantity and its place; `joins` where it ends a range that has its unit once (6至12岁)."""

    unit: Unit
    value: Value
    start: int
    end: int
    joins: bool = False


_H = "零一二两三四五六七八九"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|[{_H}十百千]+(?:点[{_H}]+)?)"
_SUM = rf"(?:(?:{_NUMBER})[万亿千百]{{0,2}}(?:[{_H}\d]+[千百]?)?|[百千]|半)"
_TO = r"\s?(?:[-~—–―−]{1,3}|至|到)\s?"
COUNTED = "份张名人位组袋桶只条盒台件套瓶箱壶提个把本包辆对副盆棵册支"
_UNITS: dict[str, Unit] = {
    "%": "%",
    "个点": "%",
    "个百分点": "%",
    "百分点": "%",
    "‰": "%",
    "成": "%",
    "元": "元",
    "块钱": "元",
    "块": "元",
    "毛钱": "元",
    "毛": "元",
    "分钱": "元",
    "周岁": "岁",
    "岁": "岁",
    "笔": "笔",
    "次": "笔",
    "回": "笔",
    "年半": "天",
    "年": "天",
    "个月": "天",
    "月": "天",
    "天": "天",
    "周": "天",
    "个工作日": "天",
    "日": "日",
    "号": "日",
    "点半": "时",
    "点": "时",
    "时": "时",
}
_WORDS = "|".join(sorted((re.escape(one) for one in _UNITS), key=len, reverse=True))
_READ = re.compile(
    rf"(?<![\d.])(?:(?P<year>\d{{4}})\s?[年.-])?(?P<month>{_NUMBER})(?:月(?P<day>{_NUMBER})[日号]|-(?P<short>\d{{1,2}})(?![\d%元万]))"
    rf"|(?P<whole>[百千万])分之(?P<part>{_NUMBER})"
    r"|(?<![\d.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?!\d)"
    rf"|(?<![\da-z.])(?:(?P<low>{_SUM}){_TO})?(?P<sum>{_SUM})(?:\s?(?P<unit>{_WORDS}|[{COUNTED}](?!月)))?"
)
"""Figures with their units; a sum of 万 needs none."""
_PARTS = {"百": 1.0, "千": 0.1, "万": 0.01}
_DAYS = {"年": 365.0, "个月": 30.4, "月": 30.4, "周": 7.0, "天": 1.0, "个工作日": 1.0}
_YEARS_MAX = 60
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇俩", "一二三四五六七八九十百千零两")
_PEOPLE = re.compile(r"[余多]?[人户家次份位亩斤公米股]")
_ABOUT = re.compile(r"[一二三四五六七八九]{2}")
"""三五天 is a few days."""
_TALLY = re.compile(r"(?:名额|份数|人数|总数|数量)[为是有:]?\s?$")
_EACH = frozenset({"一", "1"})
_TAIL = re.compile(rf"([{_H}])(?![{_H}十百千万]|天|年|个|元)")
_NOON = re.compile(r"(下午|傍晚|晚上?|中午|夜里)[^,。;!?\n\d]{0,2}$")
_HALF_DAY = 12 * 60
_TEXTS_KEPT = 64
"""Several readers ask for those of one text; few texts are read at once."""
_MINUTES = re.compile(rf"({_NUMBER})分(?!之|钱)|([{_H}十]{{2,3}})")


@lru_cache(maxsize=_TEXTS_KEPT)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of folded text, in their order."""
    return tuple(one for match in _READ.finditer(plain(text)) for one in _of(match))


def plain(text: str) -> str:
    """Return a text with the numerals of contracts as everyday ones, each in its place."""
    return text.translate(_CAPITALS)


def _of(match: re.Match[str]) -> Iterator[Quantity]:
    start, end = match.span()
    if match["month"]:
        if match["day"]:
            when = (int(match["year"] or 0), int(number_of(match["month"])))
            yield Quantity("日", (*when, int(number_of(match["day"]))), start, end)
        elif match["year"] and match["short"]:
            day = (int(match["year"]), int(number_of(match["month"])), int(match["short"]))
            yield Quantity("日", day, start, end)
    elif match["whole"]:
        share = round(number_of(match["part"]) * _PARTS[match["whole"]], 6)
        yield Quantity("%", share, start, end)
    elif match["hour"]:
        minutes = int(match["hour"]) * 60 + int(match["minute"])
        yield Quantity("时", _of_day(match, minutes), start, end)
    else:
        yield from _summed(match)


def _summed(match: re.Match[str]) -> Iterator[Quantity]:
    number, word = match["sum"], match["unit"] or ""
    end = match.end()
    if not word:
        if _TALLY.search(match.string, max(0, match.start() - 6), match.start()):
            word = "个"
        elif number[-1] not in "万亿" or _PEOPLE.match(match.string, end):
            return
        else:
            word = "元"
    if word in COUNTED and number in _EACH and word in "人位个" and not match["low"]:
        return  # 一人一份: each of them
    unit = _UNITS.get(word, "个")
    value = _valued(number, word, match)
    if value is None:
        return
    low = _valued(match["low"], word, match) if match["low"] else None
    if low is not None:
        yield Quantity(unit, low, match.start("low"), match.end("low"))
    if word in ("块", "毛", "点"):
        end = _behind(match, word, end)
    yield Quantity(unit, value, match.start("sum"), end, joins=low is not None)


def _behind(match: re.Match[str], word: str, end: int) -> int:
    found = (_MINUTES if word == "点" else _TAIL).match(match.string, end)
    return found.end() if found else end


def _valued(number: str, word: str, match: re.Match[str]) -> Value | None:
    value = sum_of(number)
    if value is None:
        return None
    unit = _UNITS.get(word, "个")
    if unit == "日":
        return (0, 0, int(value)) if value == int(value) and 0 < value <= 31 else None
    if unit == "时":
        return _hours(value, word, match)
    if unit == "天":
        if word.startswith("年"):
            years = value + (0.5 if word == "年半" else 0)
            return years * 365 if years <= _YEARS_MAX else None
        return value * _DAYS[word]
    if word == "成":
        return value * 10
    if word == "‰":
        return round(value / 10, 6)
    if word in ("毛", "毛钱", "分钱", "块"):
        tail = _TAIL.match(match.string, match.end()) if word in ("块", "毛") else None
        tenth = number_of(tail[1]) / 10 if tail else 0.0
        return round((value + tenth) * {"毛": 0.1, "分": 0.01, "块": 1}[word[0]], 4)
    return value


def _hours(value: float, word: str, match: re.Match[str]) -> float | None:
    if value > 24 or value != int(value):
        return None
    minutes = value * 60 + (30 if word == "点半" else 0)
    if word == "点" and (found := _MINUTES.match(match.string, match.end())):
        minutes += number_of(found[1] or found[2])
    return _of_day(match, minutes)


def _of_day(match: re.Match[str], minutes: float) -> float:
    """Return the minutes since midnight: two in the afternoon is fourteen o'clock."""
    is_late = _NOON.search(match.string, max(0, match.start() - 6), match.start())
    return minutes + _HALF_DAY if is_late and minutes < _HALF_DAY else float(minutes)


def sum_of(number: str) -> float | None:
    """Return the value of 1,000, 2.5万, 一万五千, 三十 or 半; None where it is none."""
    if number == "半":
        return 0.5
    if _ABOUT.fullmatch(number):
        return None
    try:
        return round(_parts(number.strip(",").replace(",", "")), 6)
    except (ValueError, KeyError):
        return None


def _parts(number: str) -> float:
    for unit, times in (("亿", 1e8), ("万", 1e4)):
        if unit in number:
            most, _, rest = number.partition(unit)
            behind = _parts(rest) if rest else 0.0
            if len(rest) == 1:  # 一万五 is 15,000
                behind *= times / 10
            return (_parts(most) if most else 1.0) * times + behind
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)([千百])", number):
        return float(found[1]) * (1000 if found[2] == "千" else 100)
    if found := re.fullmatch(rf"([{_H}]?)([百千])([{_H}])", number):  # 三百二 is 320
        times = 100.0 if found[2] == "百" else 1000.0
        return (number_of(found[1]) if found[1] else 1) * times + number_of(found[3]) * times / 10
    return number_of(number)
