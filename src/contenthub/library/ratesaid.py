"""Idea: the rates a product's text claims, against those its fields keep."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from contenthub.library.itemfields import rows_of
from contenthub.library.saidnumbers import clause_of, months_of, number_of

Found = Iterator[tuple[int, int]]
_FIELDS = (
    "rate",
    "annual_rate",
    "annual_rate_max",
    "comprehensive_cost_rate",
    "instalment_rate",
    "revolving_rate",
)
_HAN = r"[一二两三四五六七八九十]+(?:点[零一二三四五六七八九]+)?"
_FIGURE = (
    rf"(?:(?P<figure>\d+(?:\.\d+)?)\s?(?:%|个点)|百分之(?P<words>{_HAN})|(?P<points>{_HAN})个点)"
)
_NAMES = r"年化|年利率|(?<![日月天])利率|(?<![日月天])利息|年息|业绩比较基准|融资成本|综合成本"
_SAID = re.compile(rf"(?:{_NAMES})(?P<gap>[^。!?;,\n\d%]{{0,10}}?){_FIGURE}")
_SAID_FIRST = re.compile(
    rf"{_FIGURE}[的高超低年化起仅优惠]{{0,4}}(?:年利率|利率|利息|低息|高息|年息|融资成本)"
)
_SAID_LAST = re.compile(rf"(?:降|调|优惠|低|涨|升|高)[至到为]{_FIGURE}")
_NAMED = re.compile(_NAMES)
_RANGE = re.compile(r"\s?[-~至到—–]{1,2}\s?(\d+(?:\.\d+)?)%")
_RANGE_BEFORE = re.compile(r"\d%?\s?[-~至到—–]{1,2}\s?$")
_CHANGED = re.compile(
    r"浮|优惠(?![至到为])|降(?![至到为])|升|涨|减|折|加|比|省|免|返|占|补|让|差|高于|低于|少|多|不到|罚|调(?![至到为])|的$"
)
_NOT_ITS = re.compile(
    r"活期|提前|逾期|罚息|违约|lpr|报价|基准利率|同期|同业|同类|他行|别家|其[他它]|市场|平均|原|以前|此前|过去"
    r"|去年|上[年月期次]|往年|曾|历史|过往|近[一二三半\d]|七日|7日|成立以来|例如|举例|比如|示例|假[设如定]|如果|若"
    r"|手续费|服务费|管理费|托管费|担保费|税|首付|比例|贴息|补贴|财政|通胀|物价|cpi|法定|司法|民间|高利贷|网贷"
    r"|借呗|信用卡|公积金|按揭|房贷|央行|人民银行|国债|余额宝|另[一外有]|别的|(?:下调|上调)(?!了?[至到为成])|不是|并非|没有|所谓"
    r"|骗|虚假|谎称|号称|声称"
)
_BEFORE = re.compile(r"(?:由|从|原)[^%]{0,8}%")
_BOUND = re.compile(r"不超过|不高于|以内|上限|封顶|不得超")
_TERM = re.compile(r"(\d+|[一二两三五六九十]+)\s?个?(年|月)(?!化|利|息|\d)")


def rates(text: str, fields: Mapping[str, object]) -> Found:
    """Yield the (start, end) of rates said in folded text that kept `fields` contradict."""
    kept = kept_rates(fields)
    if not kept:
        return
    found = chain(_SAID.finditer(text), _SAID_FIRST.finditer(text), _SAID_LAST.finditer(text))
    said = [match for match in found if _is_its(match, fields)]
    has_tiers = bool(fields.get("rate_table"))
    # Several figures, each with a term of its own, are a table of a product that names no term.
    is_table = len({_value(match) for match in said}) > 1 and not fields.get("term")
    for match in said:
        if is_table and _TERM.search(clause_of(match)):
            continue
        if _is_wrong(match, kept, fields, has_tiers=has_tiers):
            yield match.span()


def kept_rates(fields: Mapping[str, object]) -> list[float]:
    """Return the rates that fields of a product keep, in per cent."""
    kept = [value / 100 for name in _FIELDS if isinstance(value := fields.get(name), int)]
    rows = rows_of(fields, "rate_table")
    kept += [rate / 100 for row in rows if isinstance(rate := row.get("rate"), int)]
    return kept + [
        float(one) for one in re.findall(r"\d+(?:\.\d+)?", str(fields.get("benchmark") or ""))
    ]


def _is_wrong(
    match: re.Match[str], kept: list[float], fields: Mapping[str, object], *, has_tiers: bool
) -> bool:
    low = high = _value(match)
    if reach := _RANGE.match(match.string, match.end()):
        high = float(reach[1])
    least, most = min(kept), max(kept)
    if "annual_rate" in fields:
        is_bound = _BOUND.search(clause_of(match)) is not None
        return low < least or (high > most and not is_bound and low == high)
    if low != high:
        return high < least or low > most
    return high > most if has_tiers else not least <= low <= most


def _is_its(match: re.Match[str], fields: Mapping[str, object]) -> bool:
    """Return whether a figure is said to be a rate of this product."""
    text = match.string
    start = match.start()
    if _RANGE_BEFORE.search(text[max(0, start - 8) : start]):
        return False
    said = clause_of(match)
    if match.re is _SAID_LAST:  # what it was before stands in the same clause
        if not _NAMED.search(said):
            return False
        said = _BEFORE.sub("", said)
    if _NOT_ITS.search(said) or _CHANGED.search(match.groupdict().get("gap") or ""):
        return False
    return not _is_other_term(said, str(fields.get("term") or ""))


def _is_other_term(said: str, term: str) -> bool:
    """Return whether a clause names a term, and not that of the product."""
    own = [months_of(one[1], one[2]) for one in _TERM.finditer(term)]
    named = [months_of(one[1], one[2]) for one in _TERM.finditer(said)]
    return bool(own and named) and not set(own) & set(named)


def _value(match: re.Match[str]) -> float:
    return number_of(match["figure"] or match["words"] or match["points"])
