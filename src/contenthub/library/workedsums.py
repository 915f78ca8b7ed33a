"""Idea: sums that a text works out (存1万元一年利息130元), against a product's rates.

What is worked out holds for one of the product's rates over the term that the sentence names, or
one of its own; a sum that no rate gives is for a person to weigh.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from contenthub.library.folding import fold
from contenthub.library.itemfields import rows_of
from contenthub.library.quantities import Quantity, Unit, plain, quantities
from contenthub.library.ratesaid import kept_rates
from contenthub.library.setapart import standing

_SENTENCE = re.compile(r"[^。!?\n]+")
_INTEREST = re.compile(
    r"(?:利息|息钱)(?:总共|一共|合计|共计|约|大约|大概|就?是|为|有|能[有拿得]|得|到手|[^,。;!?\n\d]{0,3})$"
)
_PRINCIPAL = re.compile(r"(?:[存贷借取入以拿]|本金|每)[^,。;!?\n\d]{0,6}$")
_FEE = re.compile(r"(?:手续费|扣|[收付])(?:约|就?是|为|只[要收]|仅|[^,。;!?\n\d]{0,3})$")
_TAKEN = re.compile(r"(?:收款?|扫|刷|卖)[^,。;!?\n\d]{0,5}$")
_MONTHLY_SUM = re.compile(r"每个?月|一个月|按月|月供|月付|每天|一天|一日|每期|÷|/")
_DAILY = re.compile(r"(?:日[息利]率?|每[天日](?:的?利息|按|只要)?|按日|一天)[^,。;!?\n\d]{0,8}$")
_OF_A_DAY = re.compile(r"日[息利]|每[天日]|按日|一天")
_CLOSE = 0.03
_YEAR = 365.0
_YEARS = (360.0, 365.0)
_TOLD_MOST = 0.2
"""A daily rate over this in per cent is none."""


def miscounted(text: str, fields: Mapping[str, Any], topic: str) -> Iterator[tuple[int, int]]:
    """Yield the sums of folded text that none of the product's rates gives."""
    text = plain(text)
    if topic in ("deposit", "loan", "card"):
        yield from _daily(text, fields, topic)
    asked = _Asked(_rates_of(fields, topic), _terms_of(fields), topic == "payment")
    for match in _SENTENCE.finditer(text) if asked.rates else ():
        if "息" in match[0] or "费" in match[0]:
            for one in _sums(match[0], asked):
                start, end = one.start + match.start(), one.end + match.start()
                if standing(text, start, end) not in ("past", "other"):
                    yield start, end


class _Asked(NamedTuple):
    rates: list[float]
    years: list[float]
    is_fee: bool
    """A fee is of one payment, interest of a time."""


def _rates_of(fields: Mapping[str, Any], topic: str) -> list[float]:
    if topic == "payment":
        told = [str(fields.get("merchant_fee") or ""), *map(str, rows_of(fields, "fee_table"))]
        return [number for said in told for number in _numbers(quantities(said), "%")]
    return kept_rates(fields) if topic in ("deposit", "loan") else []


def _terms_of(fields: Mapping[str, Any]) -> list[float]:
    kept = [str(row.get("term")) for row in rows_of(fields, "rate_table")]
    told = quantities(plain(fold(" ".join([str(fields.get("term") or ""), *kept])).text))
    return [days / _YEAR for days in _numbers(told, "天")]


def _numbers(found: Iterable[Quantity], unit: Unit) -> list[float]:
    """Return the values of quantities of a unit that is counted in numbers."""
    return [one.value for one in found if one.unit == unit and isinstance(one.value, float | int)]


def _sums(text: str, asked: _Asked) -> Iterator[Quantity]:
    """Yield the interest (or the fee) of a sentence that follows from none of the rates."""
    ends, begins = (_FEE, _TAKEN) if asked.is_fee else (_INTEREST, _PRINCIPAL)
    found = quantities(text)
    named = [days / _YEAR for days in _numbers(found, "天")]
    years = [1.0] if asked.is_fee else [*named, *asked.years, 1.0]
    bases: list[float] = []
    for one in found:
        for yuan in _numbers([one], "元"):
            before = text[max(0, one.start - 12) : one.start]
            if bases and ends.search(before):
                around = text[max(0, one.start - 24) : one.end + 2]
                is_part = not asked.is_fee and _MONTHLY_SUM.search(around)
                if not is_part and not _follows(yuan, bases, asked.rates, years):
                    yield one
            elif begins.search(before) or text.startswith("为例", one.end):
                bases.append(yuan)


def _follows(said: float, bases: list[float], rates: list[float], years: list[float]) -> bool:
    return any(
        abs(said - base * rate / 100 * span) <= max(_CLOSE * said, 0.01)
        for base in bases
        for rate in rates
        for span in years
    )


def _daily(text: str, fields: Mapping[str, Any], topic: str) -> Iterator[tuple[int, int]]:
    """Yield daily rates that are another rate in a year than the product's."""
    kept = fields.get("revolving_rate") if topic == "card" else None
    own = [kept / 100] if isinstance(kept, int) else []
    own = own if topic == "card" else kept_rates(fields)
    yield from _per_wan(text, own, topic) if own else ()
    is_daily = own and _OF_A_DAY.search(text)
    for one in quantities(text) if is_daily else ():
        for rate in _numbers([one], "%"):
            named = _DAILY.search(text, max(0, one.start - 16), one.start)
            if named and rate <= _TOLD_MOST and not _is_daily_of(rate, own, topic):
                if standing(text, one.start, one.end) == "own":
                    yield one.start, one.end


def _per_wan(text: str, own: list[float], topic: str) -> Iterator[tuple[int, int]]:
    """Yield what ten thousand is said to cost a day, where no rate of the product's costs it."""
    for match in _WAN_A_DAY.finditer(text) if topic in ("loan", "deposit") else ():
        for one in quantities(text):
            for yuan in _numbers([one], "元") if one.start == match.end() else ():
                is_about = _ABOUT.match(text, one.end)
                if yuan <= _WAN_MOST and not is_about and not _is_daily_of(yuan / 100, own, topic):
                    yield one.start, one.end


_WAN_A_DAY = re.compile(
    r"(?:每|一|1)万[^,。;!?\n\d]{0,8}?(?:一天|每[天日]|日)[^,。;!?\n\d一二三四五六七八九]{0,6}"
)
_WAN_MOST = 20
_ABOUT = re.compile(r"[多出几]")
"""More than a figure that is not told out."""


def _is_daily_of(rate: float, own: list[float], topic: str) -> bool:
    said = [rate * days for days in _YEARS]
    if topic == "loan" and min(own) <= max(said) and min(said) <= max(own):
        return True
    return any(abs(year - kept) <= _CLOSE * kept for year in said for kept in own)
