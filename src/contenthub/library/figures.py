"""Idea: the rates, terms, amounts and days that a text says, however they are written.

2.6%, 百分之二点六, 2.6个点, 贰点六的利率 and 2 above .6% are one rate. What makes a statement (a
poster, a product's title and text) is read strictly (`claims`: only what is surely such a figure),
what it is held against generously (`known`: all that may be one).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias

from contenthub.library.folding import Folded, fold
from contenthub.library.itemfields import rows_of
from contenthub.library.saidnumbers import apart, number_of

Kind: TypeAlias = Literal["rate", "term", "money", "day"]
Key: TypeAlias = tuple[str, float] | tuple[int, int, int]


class Claim(NamedTuple):
    """A figure: what it is of, its value, and its place in the text as it is written."""

    kind: Kind
    key: Key
    start: int
    end: int


_H = "零一二两三四五六七八九"
_N = rf"(?:\d[\d,]*(?:\.\d+|点[{_H}\d]+)?|\.\d+|[{_H}十百千]+(?:点[{_H}\d]+)?)"
_AT = rf"(?<![\d.{_H}十百千点])"
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇", "一二三四五六七八九十百千零")
_DASH = r"\s?(?:[-~—–―−]{1,3}|至|到)\s?"
_UNITS = (
    "万亿千百元块年月日天折倍人户名次份家位分周岁号楼时米里期项步条张款件点个档层路栋组届套秒站%‰w"
)

# ---- how digits that were set apart are brought together
_STOP = re.compile(r"(?<=\d)[。·](?=\d{1,2}\s?(?:%|个点))|(?<=\d),(?=\d{1,2}\s?%)")
_GAPS = re.compile(
    rf"(?<=\d)\s+(?=\.\s*\d)|(?<=\d\.)\s+(?=\d+\s*(?:%|个点|‰))|(?<=[\d.])\s+(?=[%‰])"
    rf"|(?<=[\d{_H}十百千点万])\n+(?=[万亿千百元年个点%])"
    r"|(?<=(?<![\d.])\d)\s(?=[\d.](?!\d))|(?<=[\s.]\d)\s(?=\d(?:\s?[%‰]|\s))"
)
_NUMERAL = re.compile(rf"[\d{_H}十百千万半]")
_ENDS_CLAUSE = re.compile(r"[,，。;；!！?？、\n/|]")
_TURNS = 3
"""A gap may be seen only once the one before it is closed."""

# ---- rates, in per cent
_NAMED = r"(?:利率|年化|年息|收益率?|(?:业绩)?比较基准|利息)"
_TENTH = rf"[{_H}](?![\d.{_H}十百千{_UNITS}])"
"""What follows a whole of per cent: 两个点六 is 2.6."""
_RATES: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(rf"{_AT}({_N})\s?(?:%|个点(?!{_TENTH})|个?百分点)"), 1),
    (re.compile(rf"{_AT}({_N})(?={_DASH}{_N}\s?(?:%|个点))"), 1),
    (re.compile(rf"百分之({_N})"), 1),
    (re.compile(rf"{_AT}({_N})\s?‰|千分之({_N})"), 0.1),
    (re.compile(rf"万分之({_N})|息万({_N})"), 0.01),
    (re.compile(rf"{_NAMED}[^\d,。;!?\n%{_H}十]{{0,6}}?({_N})(?![\d.{_H}十百千{_UNITS}])"), 1),
    (re.compile(rf"(?<!\d)\d{{1,2}}(?:年|个月)期?\s?(\d\.\d+)(?![\d.{_UNITS}])"), 1),
    (re.compile(rf"(?:低至|高至|高达|仅|只要)(\d+\.\d+)(?![\d.{_UNITS}])"), 1),
    (re.compile(rf"{_AT}(\d+[.点][\d{_H}]+|[{_H}十]+点[{_H}]+)的?(?:高息|年?{_NAMED})"), 1),
)
_LONE = re.compile(r"\s*(\d{1,2}\.\d{1,2})\s*[起+]?\s*")
_POINT_TENTH = re.compile(rf"{_AT}({_N})个点({_TENTH})")
_LAST = rf"((?:[{_H}\d](?![\d.{_H}十百千{_UNITS}年个月天日]))?)"
"""The tenth that ends a rate (二厘五), not the number of what is said behind it (2.5厘 20万)."""
_LI = re.compile(
    rf"{_AT}(?:({_N})分)?({_N})厘{_LAST}(?!米)"
    rf"|[年月]?(?:息|[年月]利)(?:只要|仅|低至|为)?({_N})分{_LAST}(?![{_H}\d]?(?:钟|之|期))"
)
_POINTS = re.compile(rf"{_AT}({_N})个?(?:基点|bp)")
WHOLLY: Key = ("%", 100.0)
"""100% says "wholly", of anything; it is no rate."""

# ---- terms, in months or days
_TERM_UNIT = r"(年半|年|个月|天|日)"
_YEARS_MAX = 60
_TERMS = (
    re.compile(rf"{_AT}({_N}|半)(年|个?月|天|日)期(?!间|待|望|初|末|货|刊|lpr)"),
    re.compile(
        rf"{_AT}({_N}|半){_TERM_UNIT}(?=的?(?:定期|定存|存单|存款|整存|大额|理财|封闭|贷款|利率|年化|通知存|起[存购])|[\d.]+\s?%)"
    ),
    re.compile(
        rf"(?:期限|存期|封闭期|最长|最久|定期|定存|存满|可[贷借存]|[贷借]款?|存)(?:为|是|达|:|约|到|最长|可){{0,2}}"
        rf"({_N}|半){_TERM_UNIT}(?!前|后|内)"
    ),
)
_LONE_TERM = re.compile(rf"\s*({_N}|半)(年|个月)\s*")
_ANY_TERM = re.compile(rf"({_N}|半)(年半|年|个?月|天|日)")

# ---- amounts, in yuan
_SUM = rf"(?:(?<=\d),(?=\d{{3}}(?!\d))|[\d.{_H}十百千万亿w])+"
_COUNTED = r"(?![余多]?(?:名|户|人|位|次|份|张|家|台|公?里|亩|斤|吨|步|积?分|个|客户|粉丝|用户))"
_MONIES = (
    re.compile(rf"(?<![\da-z.])({_SUM})(?:人民币)?(?:元(?![旦宵素复化论里村桥镇]|月)|块钱?(?!儿))"),
    re.compile(r"[¥￥]\s?(\d[\d,.]*[万亿w]?)"),
    re.compile(rf"(?<![\da-z.])({_SUM})(?=起[存购投买贷]|起点)"),
    re.compile(
        rf"(?<![\d.])({_N}[万亿w])(?=起|就[能可]|即可|额度|的?额度|存(?!折)|贷|授信|以[上内下](?!客户|用户|户)|封顶|保额|保障|本金|[+]|\s*$|[,。;!?\n])"
    ),
    re.compile(
        rf"(?:存|贷|借|额度|授信|最高|最多|起购|起点|门槛|满|限额|偿付|保额|赔付?)[^\d,。;!?\n{_H}十百千]{{0,6}}?"
        rf"({_N}[万亿w]){_COUNTED}"
    ),
)
_ANY_SUM = re.compile(rf"({_N}[万亿w])")
_VAGUE = re.compile(r"[数几上多单][十百千]?$")
_INSURED_YUAN = 500_000.0
_INSURED = re.compile(r"存款保险|偿付|限额")

# ---- days
_DAY = re.compile(
    rf"(?:(\d{{4}})\s?年)?(?<!\d)({_N})月({_N})[日号]|(?<![\d.])(\d{{4}})[-./](\d{{1,2}})[-./](\d{{1,2}})(?![\d.])"
)
_SHORT_DAYS = re.compile(
    rf"(?<![\d.])(\d{{1,2}})\.(\d{{1,2}}){_DASH}(\d{{1,2}})\.(\d{{1,2}})(?![\d.%])"
)
_DAY_SPAN = re.compile(rf"(?<!\d)(\d{{1,2}})月(\d{{1,2}})日?{_DASH}(\d{{1,2}})[日号]")
_UNTIL = re.compile(
    r"(?:至|到|截止|止于|有效期|时间|期限|日期|[行购集动换名取]期|报名|领取|兑换)(?:间|为|至|到|日期|是|于|:|\s){0,3}$"
)
_ENDS = re.compile(r"\s?(?:截止|止|前|之前|为止|结束|到期)")
_NEXT_DAY = re.compile(rf"(?:\d{{1,2}}:\d\d)?(?:{_DASH}|\s?)(?:\d{{4}}年)?{_N}月{_N}[日号]")
_AS_OF = re.compile(r"(?:数据|统计|余额|规模|信息)[^,。;\n]{0,8}$")


def claims(text: str, *, has_rates: bool = False) -> list[Claim]:
    """Return what a text surely says, in its order; of figures that overlap, the longest.

    With `has_rates` a decimal that stands alone is a rate: the poster is of a product with some.
    """
    folded = closed(text)
    if not _NUMERAL.search(folded.text):
        return []
    found = [*_rates(folded.text, has_rates=has_rates), *_terms(folded.text)]
    found += [*_monies(folded.text), *_deadlines(folded.text)]
    kept: list[Claim] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return [
        one._replace(start=low, end=high)
        for one in sorted(kept, key=lambda one: one.start)
        for low, high in (folded.span(one.start, one.end),)
    ]


def known(said: Iterable[str]) -> dict[Kind, set[Key]]:
    """Return all that texts of a content may be taken to say, by what it is of."""
    found: dict[Kind, set[Key]] = {"rate": {WHOLLY}, "term": set(), "money": set()}
    found["day"] = set()
    for text in said:
        plain = closed(text).text
        for one in (*_rates(plain, has_rates=True), *_monies(plain)):
            found[one.kind].add(one.key)
        for match in _ANY_TERM.finditer(plain):
            found["term"].update(term_keys(match[1], match[2]))
        for match in _ANY_SUM.finditer(plain):
            found["money"].update(_sum_key(match[1]))
        for _, _, day in _days(plain):
            found["day"] |= {day, (0, *day[1:])}
    return found


def pairs(said: Iterable[Claim], text: str) -> tuple[list[tuple[Claim, Claim]], ...]:
    """Return the (term, rate) pairs of a text's claims: the term before, and behind, each rate."""
    found = [one for one in said if one.kind in ("term", "rate")]
    before, behind = [], []
    for one, other in pairwise(found):
        between = text[one.end : other.start]
        if len(between) > APART_MAX or _ENDS_CLAUSE.search(between):
            continue
        if (one.kind, other.kind) == ("term", "rate"):
            before.append((one, other))
        if (one.kind, other.kind) == ("rate", "term"):
            behind.append((other, one))
    return before, behind


APART_MAX = 10


def rates_of(fields: Mapping[str, Any]) -> Iterator[tuple[Key, Key]]:
    """Yield the (term, rate) of a deposit's rows, or of the deposit that has one of each."""
    for row in (*rows_of(fields, "rate_table"), fields):
        term, rate = row.get("term"), row.get("rate")
        if term and isinstance(rate, int):
            terms = known([str(term)])["term"]
            if len(terms) == 1:
                yield terms.pop(), ("%", rate / 100)


def closed(text: str) -> Folded:
    """Return a folded text whose figures stand in one piece: 2 . 6 % and 2 above .6% are 2.6%."""
    folded = fold(text)
    plain = apart(folded.text.translate(_CAPITALS))
    kept = list(range(len(plain)))
    for _ in range(_TURNS):
        plain = _STOP.sub(".", plain)
        gone = {at for gap in _GAPS.finditer(plain) for at in range(*gap.span())}
        if not gone:
            break
        kept = [origin for at, origin in enumerate(kept) if at not in gone]
        plain = "".join(char for at, char in enumerate(plain) if at not in gone)
    return Folded(
        plain,
        tuple(folded.origins[at] for at in kept),
        tuple(folded.ends[at] for at in kept) if folded.ends else (),
    )


def _rates(text: str, *, has_rates: bool) -> Iterator[Claim]:
    for pattern, times in _RATES:
        for match in pattern.finditer(text):
            number = next(one for one in match.groups() if one)
            yield Claim("rate", ("%", round(_value(number) * times, 6)), *match.span())
    if has_rates and (lone := _LONE.fullmatch(text)):
        yield Claim("rate", ("%", float(lone[1])), *lone.span(1))
    for match in _POINT_TENTH.finditer(text):
        tenths = round(_value(match[1]) + _value(match[2]) / 10, 6)
        yield Claim("rate", ("%", tenths), *match.span())
    for match in _LI.finditer(text):
        tenth = match[3] or match[5] or "0"
        if match[4]:
            value = _value(match[4]) * 10 + _value(tenth)
        else:
            value = _value(match[1] or "0") * 10 + _value(match[2]) + _value(tenth) / 10
        yield Claim("rate", ("厘", value), *match.span())
    for match in _POINTS.finditer(text):
        yield Claim("rate", ("bp", _value(match[1])), *match.span())


def _terms(text: str) -> Iterator[Claim]:
    for pattern in _TERMS:
        for match in pattern.finditer(text):
            for key in term_keys(match[1], match[2]):
                yield Claim("term", key, match.start(1), match.end())
    if lone := _LONE_TERM.fullmatch(text):
        for key in term_keys(lone[1], lone[2]):
            yield Claim("term", key, lone.start(1), lone.end(2))


_ABOUT = re.compile(r"一[二两]|[二两]三|三[四五]|四五|五六|六七|七八|八九")
"""三五天 is a few days; 一三年期 says one term or the other."""


def term_keys(number: str, unit: str) -> list[Key]:
    """Return a term's months or days as a key; nothing for a year of the calendar."""
    if _ABOUT.fullmatch(number):
        return []
    value = _value(number)
    if unit.startswith("年"):
        if value > _YEARS_MAX:
            return []
        return [("月", (value + (0.5 if unit == "年半" else 0)) * 12)]
    return [("天" if unit in "天日" else "月", value)]


def _monies(text: str) -> Iterator[Claim]:
    for pattern in _MONIES:
        for match in pattern.finditer(text):
            if _VAGUE.search(text[: match.start(1)]) and match[1][0] in "十百千万亿":
                continue
            for key in _sum_key(match[1]):
                if key[1] == _INSURED_YUAN and _INSURED.search(text):
                    continue
                yield Claim("money", key, match.start(1), match.end())


def _sum_key(text: str) -> list[Key]:
    """Return the yuan of 10万, 一万五千, 1,000 or 万 as a key; nothing where it is no number."""
    plain = text.strip(",.").replace(",", "").replace("w", "万")
    if not plain:
        return []
    try:
        return [("元", round(_sum(plain), 2))]
    except (ValueError, KeyError):
        return []


def _sum(text: str) -> float:
    for unit, times in (("亿", 1e8), ("万", 1e4)):
        if unit in text:
            most, _, rest = text.partition(unit)
            return (_sum(most) if most else 1) * times + (_sum(rest) if rest else 0)
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([千百])", text):
        return float(match[1]) * (1000 if match[2] == "千" else 100)
    return _value(text)


def _value(number: str) -> float:
    """Return the value of what _N matches, or 半."""
    if re.fullmatch(r"[\d,.]+", number):
        return float(number.replace(",", ""))
    whole, _, part = number.partition("点")
    if part and whole[:1].isdecimal():
        return float(whole.replace(",", "")) + number_of(f"零点{_words(part)}")
    return number_of(f"{whole}点{_words(part)}" if part else whole)


def _words(digits: str) -> str:
    return "".join("零一二三四五六七八九"[int(one)] if one.isdecimal() else one for one in digits)


def _deadlines(text: str) -> Iterator[Claim]:
    """Yield the days that begin or end something; a day that is only named binds nobody."""
    found = list(_days(text))
    for place, (start, end, day) in enumerate(found):
        before = text[:start]
        is_next = place > 0 and _NEXT_DAY.fullmatch(text[found[place - 1][1] : end])
        begins = _NEXT_DAY.match(text[end:])
        is_bound = _UNTIL.search(before) or _ENDS.match(text[end:]) or is_next or begins
        is_short = "月" not in text[start:end] and "." in text[start:end]
        if (is_bound or is_short) and not _AS_OF.search(before):
            yield Claim("day", day, start, end)


def _days(text: str) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """Yield (start, end, (year, month, day)) of each day; the year is 0 where none is said."""
    for match in _DAY.finditer(text):
        year, month, day = match[1] or match[4], match[2] or match[5], match[3] or match[6]
        yield match.start(), match.end(), (int(year or 0), int(_value(month)), int(_value(day)))
    for pattern in (_SHORT_DAYS, _DAY_SPAN):
        for match in pattern.finditer(text):
            first_month, first, *later, last = map(int, match.groups())
            last_month = later[0] if later else first_month
            if max(first_month, last_month) <= 12 and max(first, last) <= 31:
                yield match.start(1), match.end(2), (0, first_month, first)
                yield match.start(3), match.end(), (0, last_month, last)
