"""Idea: when an activity is, as a poster says it: no other day, hour or weekday than its own.

Its own are those that its fields, agenda or text name. A bank's opening hours, a festival and the
day of a law are of something else.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from contenthub.posters.held import Held, N, Places, value

Day: TypeAlias = tuple[int, int, int]
_DAY = re.compile(
    rf"(?:(\d{{4}})\s?年\s?)?(?<![\d.])(\d{{1,2}}|[一二三四五六七八九十]{{1,2}})\s?月\s?({N})\s?[日号]?"
    rf"|(?<![\d.])(\d{{4}})[-./](\d{{1,2}})[-./](\d{{1,2}})(?![\d.])"
)
_SHORT = re.compile(
    r"(?<![\d.:/%-])(\d{1,2})[./](\d{1,2})(?![\d./]|\s?[%‰元折万亿千百倍分米公斤克吨升度平个点级版期])"
)
_TO_DAY = re.compile(
    r"(?<!\d)(\d{1,2}|[一二三四五六七八九十]{1,2})月\d{1,2}[日号]?\s?(?:[-~—–―−]{1,3}|至|到)\s?(\d{1,2})[日号]"
)
_RATE_BEFORE = re.compile(r"(?:利率|年化|收益|息|电话|版本)[^,。;\n]{0,4}$")
_OF_ALL = re.compile(
    r"\s?[(（]?(?:是|为|的|,)?\s?(?:第[^,。;\n]{1,4}个)?(?:[“\"])?"
    r"(?:消费者|妇女|劳动|五一|儿童|青年|植树|建党|建军|国庆|元旦|教师|国家|全民|世界|国际|全国|中国|宪法|除夕|春节"
    r"|中秋|端午|清明|重阳|母亲|父亲|腊八|小年|元宵|冬至|立[春夏秋冬]|记者|护士|消防|烈士|网络安全|反诈|起?(?:施行|实施|生效|成立))"
)
_AS_OF = re.compile(r"(?:数据|统计|余额|规模|信息|截至|成立于|始建于)[^,。;\n]{0,8}$")
_HELD_BEHIND = re.compile(
    r"\s?(?:[(（][^)）\n]{0,6}[)）])?\s?(?:[上下中]午|晚上?|早上?)?(?:\d{1,2}[:点时]\d{0,2}分?)?\s?"
    r"(?:隆重|正式|盛大|准时)?(?:举行|举办|开幕|开场|开讲|开课|开始|启幕|开赛|见|不见不散|相见|等你|来)"
)
_HELD_BEFORE = re.compile(r"(?:定于|将于|谨定于|相约|约定)[^,。;\n\d]{0,4}$")
_DRAWN = re.compile(
    r"\s?(?:[上下中]午)?(?:\d{1,2}[:点时]\d{0,2}分?)?\s?(?:现场|公开|准时)*(?:开抽|开奖|抽奖|抽取)"
)

_HELD, _DRAW = ("starts_at", "ends_at"), ("draw_at", "draw_at")
_BOUNDS = ("signup_until", "draw_at", "prize_until")
_BOUND = re.compile(r"报名|截止|止|前|登记|预约|领|兑|抽|开奖|[至到]")
"""What a day is said of that is not when the activity is held."""

_PART = r"(上午|早上|早晨|清晨|早|中午|下午|午后|傍晚|晚上|晚间|晚|凌晨)"
_CLOCK = re.compile(
    rf"{_PART}?\s?(?<![\d.])(?<!\d:)(\d{{1,2}}):([0-5]\d)(?!\d)"
    rf"|{_PART}\s?({N})[点时](?:(半)|(?:({N})分)|([0-5]\d)(?!\d))?"
    rf"|(?<![\d.第])(\d{{1,2}})(?:点|时(?!代|尚|间|期|长))(?:(半)|(?:({N})分)|([0-5]\d)(?!\d)|整|钟|准时|开始|开场|开抽|开讲|见|到场|集合|入场|至|到|-|~|—|前|\s|[,。;!]|$)"
    rf"|([一二两三四五六七八九十]{{1,3}})点(?:(半)|整|钟|准时|开始|开场|开抽|开讲|集合|入场)"
)
_NOON = 12
_OFFICE = re.compile(
    r"营业|网点|柜[面台]|工作日|办公|客服|热线|服务时间|咨询|电话|办理时间|24小时|每天|周一[至到\-~—]|支行"
)

_WEEKDAY = re.compile(
    r"(?<![一二三四五六每两几])(?:(?:本|这|下|这个|本个)?(?:周|星期|礼拜))([一二三四五六日天末])(?![周岁])"
)
_BESIDE = re.compile(r"[\s(（,]{0,2}")
_BARE = re.compile(
    r"[\d\s年月日号时点分:(),/.~-]|(?:周|星期)[一二三四五六日天]|[上下中]午|晚上?|早上?"
)
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")
_EVERY = re.compile(r"每(?:个)?(?:周|星期)([一二三四五六日天末])")
_OF_WEEK = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKEND = "末"
_WEEK = 7


class _When(NamedTuple):
    days: frozenset[Day]
    clocks: frozenset[tuple[int, int]]
    weekdays: frozenset[int]


def strange(text: str, held: Held) -> Places:
    """Yield where a folded text names a day, an hour or a weekday that is not the activity's."""
    if held.kind != "activity":
        return
    own = _own(held.said)
    for start, end, day in _days(text):
        if _is_of_something_else(text, start, end):
            continue
        if not _is_named(day, own) or not _is_when_held(text, (start, end), day, held=held):
            yield start, end
    for start, end, times in _clocks(text):
        if not times & own.clocks and not _OFFICE.search(_line(text, start)):
            yield start, end
    yield from _other_weekdays(text, own, held)


def _other_weekdays(text: str, own: _When, held: Held) -> Places:
    of_its, first = own.weekdays | _weekdays_between(held), _date(held, "starts_at")
    days = list(_days(text))
    for match in _WEEKDAY.finditer(text):
        said = {5, 6} if match[1] == _WEEKEND else {_OF_WEEK[match[1]]}
        beside = [day for _, end, day in days if _BESIDE.fullmatch(text[end : match.start()])]
        if beside and first and _fits(year := beside[-1][0] or first.year, beside[-1]):
            is_its = date(year, *beside[-1][1:]).weekday() in said
        else:
            is_its = bool(said & of_its or _OFFICE.search(_line(text, match.start())))
        if not is_its:
            yield match.span()


@lru_cache(64)
def _own(said: str) -> _When:
    days = {day for _, _, day in _days(said)}
    clocks = {one for _, _, times in _clocks(said, both=False) for one in times}
    weekdays = set[int]()
    for pattern in (_WEEKDAY, _EVERY):
        for match in pattern.finditer(said):
            weekdays |= {5, 6} if match[1] == _WEEKEND else {_OF_WEEK[match[1]]}
    return _When(frozenset(days), frozenset(clocks), frozenset(weekdays))


def _days(text: str) -> Iterator[tuple[int, int, Day]]:
    for match in _DAY.finditer(text):
        year, month, day = match[1] or match[4], match[2] or match[5], match[3] or match[6]
        if found := _day(year or "0", month, day):
            yield match.start(), match.end(), found
    for match in _TO_DAY.finditer(text):
        if found := _day("0", match[1], match[2]):
            yield match.start(2), match.end(), found
    for match in _SHORT.finditer(text):
        found = _day("0", match[1], match[2])
        if found and not _RATE_BEFORE.search(text[: match.start()]):
            yield match.start(), match.end(), found


def _day(year: str, month: str, day: str) -> Day | None:
    found = int(year), int(value(month)), int(value(day))
    try:
        date(found[0] or 2024, *found[1:])
    except ValueError:
        return None
    return found


def _is_named(day: Day, own: _When) -> bool:
    years = {year for year, *rest in own.days if tuple(rest) == day[1:]}
    return bool(years) and (not day[0] or day[0] in years or years == {0})


def _is_of_something_else(text: str, start: int, end: int) -> bool:
    return bool(_OF_ALL.match(text, end) or _AS_OF.search(text[:start]))


def _is_when_held(text: str, place: tuple[int, int], day: Day, *, held: Held) -> bool:
    """Return whether a day on which it is said to be held, or drawn, is one of those days."""
    start, end = place
    is_drawn = bool(_DRAWN.match(text, end)) and bool(held.fields.get("draw_at"))
    is_held = _HELD_BEHIND.match(text, end) or _HELD_BEFORE.search(text[:start])
    bounds = [_date(held, name) for name in _BOUNDS]
    first, last = (_date(held, name) for name in (_DRAW if is_drawn else _HELD))
    if first is None or last is None:
        return True
    years = {first.year, last.year}
    told = [date(year, *day[1:]) for year in years if _fits(year, day)]
    if any(first <= one <= last for one in told):
        return True
    line = _line(text, start)
    # What a day alone in its layer is of, the layer beside it says.
    is_told = _WORDS.search(_BARE.sub("", line)) and not _BOUND.search(line)
    is_bound = any(one in bounds for one in told) and bool(is_told)
    return not (is_drawn or is_held or is_bound)


def _fits(year: int, day: Day) -> bool:
    return day[0] in (0, year) and _day(str(year), str(day[1]), str(day[2])) is not None


def _date(held: Held, name: str) -> date | None:
    try:
        return date.fromisoformat(str(held.fields.get(name))[:10])
    except ValueError:
        return None


def _weekdays_between(held: Held) -> set[int]:
    first, last = _date(held, "starts_at"), _date(held, "ends_at")
    if first is None or last is None:
        return set()
    count = min((last - first).days + 1, _WEEK)
    return {(first + timedelta(days=days)).weekday() for days in range(count)}


def _clocks(text: str, *, both: bool = True) -> Iterator[tuple[int, int, set[tuple[int, int]]]]:
    """Yield (start, end, the times it may be): with `both`, 8:30 may be of the evening."""
    for match in _CLOCK.finditer(text):
        part = match[1] or match[4] or ""
        hour = next(one for one in (match[2], match[5], match[9], match[13]) if one)
        half = any((match[6], match[10], match[14]))
        minute = next(
            (one for one in (match[3], match[7], match[8], match[11], match[12]) if one), "0"
        )
        at = int(value(hour)), 30 if half else int(value(minute))
        yield match.start(), match.end(), _times(at, part) if both or part or not match[2] else {at}


def _times(at: tuple[int, int], part: str) -> set[tuple[int, int]]:
    hour, minute = at
    later = hour + _NOON if hour < _NOON else hour
    if part in ("下午", "午后", "傍晚", "晚上", "晚间", "晚"):
        return {(later, minute)}
    if part == "中午":
        return {(hour if hour >= 10 else later, minute)}
    return {(hour, minute)} if part else {(hour, minute), (later, minute)}


def _line(text: str, start: int) -> str:
    """Return the line that a place stands in: what says of whom an hour is."""
    low = text.rfind("\n", 0, start) + 1
    high = text.find("\n", start)
    return text[low : high if high >= 0 else len(text)]
