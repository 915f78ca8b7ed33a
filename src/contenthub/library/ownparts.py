"""Idea: what a text says of an item in pairs and in names: 满200减20, a year's past result, a code,
a telephone number, a floor, against what the item's fields keep of the same.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contenthub.library.folding import fold
from contenthub.library.quantities import plain, sum_of
from contenthub.library.setapart import standing

Found = Iterator[tuple[int, int]]
_SUM = r"[\d.零一二两三四五六七八九十百千万]+"
_PAIRS = (
    ("card_offers", re.compile(rf"满({_SUM})元?[^,。;!?\n\d]{{0,3}}(?:立|直)?减({_SUM})元?")),
    ("past_performance", re.compile(r"(20\d\d)年度?[^,。;!?\n\d]{0,8}(-?\d+(?:\.\d+)?)%")),
)
_CODE = re.compile(r"(?:代码|基金)[^,。;!?\n\d]{0,6}(?<!\d)(\d{6})(?!\d)")
_PHONE = re.compile(
    r"(?<![\d.])(?:(0\d{2,3})[- ]?)?(\d{7,8}|400[- ]?\d{3}[- ]?\d{4}|9\d{4})(?![\d.]|\s?[元万%])"
)
_PHONES = ("contact", "merchant_phone")
_SPOT = re.compile(
    r"([\u4e00-\u9fff]{2,8}?(?:路|街|巷|道|广场|大厦|楼|中心|大楼|支行|村委会|小区)?)(?:的)?(\d+|[一二三四五六七八九十]+)(号|楼|层|栋|幢|单元|室)"
)
_SPOTS = ("place", "merchant_address")
_NAME = 3


def other_parts(text: str, fields: Mapping[str, Any], kind: str) -> Found:
    """Yield where folded text gives another pair, code, number or spot than the fields keep."""
    text = plain(text)
    found = [*_pairs(text, fields), *_codes(text, fields), *_phones(text, fields)]
    if kind != "product":
        found += _spots(text, fields)
    for start, end in found:
        if standing(text, start, end) == "own":
            yield start, end


def _words(fields: Mapping[str, Any], *names: str) -> str:
    """Return the fields' texts as rules read them, a line each."""
    said = []
    for name in names:
        value = fields.get(name)
        said += [str(one) for one in (value if isinstance(value, list) else [value]) if one]
    return plain(fold("\n".join(said)).text)


def _pairs(text: str, fields: Mapping[str, Any]) -> Found:
    for name, pattern in _PAIRS:
        own = {_pair(match) for match in pattern.finditer(_words(fields, name))}
        firsts = {first for first, _ in own}
        for match in pattern.finditer(text) if own else ():
            pair = _pair(match)
            # Another year has a result of its own; an offer has one of each.
            if pair not in own and (name == "card_offers" or pair[0] in firsts):
                yield match.span()


def _pair(match: re.Match[str]) -> tuple[float | None, float | None]:
    return sum_of(match[1]), sum_of(match[2].removeprefix("-"))


def _codes(text: str, fields: Mapping[str, Any]) -> Found:
    own = str(fields.get("fund_code") or "")
    for match in _CODE.finditer(text) if own else ():
        if match[1] != own:
            yield match.span(1)


def _phones(text: str, fields: Mapping[str, Any]) -> Found:
    """Yield numbers that are one of the fields' but for a slip of one or two digits."""
    own = {_digits(match) for match in _PHONE.finditer(_words(fields, *_PHONES))}
    for match in _PHONE.finditer(text) if own else ():
        said = _digits(match)
        if said not in own and any(_is_slip(said, kept) for kept in own):
            yield match.span()


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[2])


_SLIPS = 2


def _is_slip(said: str, kept: str) -> bool:
    wrong = sum(one != other for one, other in zip(said, kept, strict=False))
    return len(said) == len(kept) > len("96588") and wrong <= _SLIPS


def _spots(text: str, fields: Mapping[str, Any]) -> Found:
    """Yield a house or a floor other than the place's, behind the same name."""
    own: dict[tuple[str, str], set[float | None]] = {}
    for match in _SPOT.finditer(_words(fields, *_SPOTS)):
        own.setdefault((match[1][-_NAME:], match[3]), set()).add(sum_of(match[2]))
    for match in _SPOT.finditer(text) if own else ():
        kept = own.get((match[1][-_NAME:], match[3]))
        if kept and sum_of(match[2]) not in kept:
            yield match.start(2), match.end()
