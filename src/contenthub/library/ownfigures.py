"""Idea: the terms, rates and amounts a product's text says in any writing, against its fields.

A title is always of the product itself. In sentences a figure that may be of another product or
of another term (也有三年期可选，利率2.35%) is in doubt: a person decides on it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from contenthub.library import figures
from contenthub.library.factsaid import kept_yuan
from contenthub.library.figures import Claim, Key
from contenthub.library.itemfields import rows_of
from contenthub.library.ownfees import fees
from contenthub.library.ratesaid import kept_rates
from contenthub.library.saidnumbers import NUMBER, apart, clause, number_of, yuan_of
from contenthub.library.sentences import SENTENCE_ENDS, behind_last

_BANKED = frozenset({"deposit", "loan"})
_INVESTED = frozenset({"wealth", "fund"})
_TERMED = _BANKED | _INVESTED
_WINDOW = re.compile(r"[^。!?;\n]+(?:\n(?=[.%‰万亿千百元年个点])[^。!?;\n]+)*")
_NUMERALS = "零一二两三四五六七八九十百千半壹贰叁肆伍陆柒捌玖拾"
_RUN = re.compile(rf"[\d.{_NUMERALS}]+")
_FIGURE = re.compile(
    rf"({NUMBER}|半)\s?(年半|年|个月|天|%|万|元|千|百|块)"
    rf"|(?P<odd>[\d.{_NUMERALS}]+\s?(?:厘|分之|个点|个?百分点)|[{_NUMERALS}]*[壹贰叁肆伍陆柒捌玖拾]"
    r"|\d\.\d{1,2}(?=[,。;!?\n、]|$)|\d+\s+[.\d]|\d+\.\s|\.\d|[\d.]*\d\n)"
)
"""What a figure looks like at the start of a run of numerals; `odd`: only a reader can tell."""
_AROUND_TERM = re.compile(r"[满放期存闭有定分资贷借长久动][^,。;!?\n]{0,4}$")
_BEHIND_TERM = re.compile(r"[期定存的利大理封贷整通\d]|年化|\s\d")
_BEFORE_RATE = re.compile(r"(?:[年月天期息存款单贷定化率][^,。;!?\n]{0,10})$")
_AROUND_START = re.compile(r"[点槛起要需低][^,。;!?\n]{0,7}$")
_MORE_TERMS = re.compile(
    rf"(?:封闭期?|持有期?|锁定期?|投资期限?|期限|存期|可分|分成?|滚动|存[够上足]|放[满够上]?|(?:买入|持有)后?[满够]|整整)(?:约?为|是|达|满|至少|:|\s){{0,2}}"
    rf"({NUMBER}|半)\s?(年半|年|个?月|天|日)(?!前|后|内|以上|[以之]内|份|底|初|末|化|利|息|\d)"
)
_OF_TERMS = re.compile(
    rf"({NUMBER}|半)(年半|年|个月|天)(?=的[^,。;!?\n\d]{{0,4}}(?:存款|存单|定期|理财|贷款))"
)
_HELD_TERMS = re.compile(
    rf"满({NUMBER})(年|个月|天)[之以]?后?(?:随时|即?可|就)[^,。;!?\n]{{0,6}}(?:赎|取(?!现)|卖)"
)
_TITLE_TERMS = re.compile(
    rf"(?<![近第前后\d.])({NUMBER}|半)(年半|年|个月|天)(?!前|后|内|[以之]内|度|货|龄|级|来|末|初|终|间|化|利|息|会|庆)"
)
_INSURED_TERMS = re.compile(
    rf"(?:保险期间|保障期间|保障期限?|保险期限?)(?:为|是|:|长?达|\s){{0,2}}({NUMBER})(年|个?月|天|日)"
)
_NOT_ITS_TERM = re.compile(
    r"活期|提前|通知|lpr|展期|授信|有效|国债|房贷|按揭|抵押贷|经营|会员|例如|比如|举例|举个例|假[如设定使]|如果|若"
    r"|以前|原[来先为本一二三五半\d]|停[售办]|下架|曾|过去|历史|往年|去年|近[一二三半\d]|上[年月期次]|成立|质保|合同|逾期|预约|公示|募集"
    r"|转让|挂单|审批|犹豫|宽限|等待|不满|不足|未满|工作日|不是|并非|没有|不?再|谨防|骗|虚假|谎称|冒充|号称|声称|同业|他行|别家"
    r"|发行|活动|挂失|居住|社保|流水|工作满|营业执照|注册|用款|单笔|宽限|信息|记录|保管|保存|查询|统计|自动转存|转存"
)
_ANOTHER = re.compile(
    r"其[他它余]|另|还有|也有|都有|也可|亦可|可选|任选|任您选|自选|选择|比|相较|别的|不如|多种|多档|各档|等期限|推荐|搭配|组合"
    r"|系列|一款|您[的那这]|到期日|[吗么呢]|多少|还是|差|不给|别存|要不要|到期后|之后|每"
)
_UP_TO = re.compile(r"最短|至少|以内|不超过")
_NOT_ITS_RATE = re.compile(
    r"活期|提前|逾期|罚息|违约|lpr|报价|基准利率|同期|同业|同类|他行|别家|其[他它]|市场|平均|以前|原[来先为]|此前|过去"
    r"|去年|上[年月期次]|往年|曾|历史|过往|近[一二三半\d]|七日|7日|成立以来|例如|举例|举个例|比如|示例|假[设如定]|如果|若"
    r"|费|税|首付|比例|占|贴息|补贴|财政|通胀|物价|cpi|法定|司法|民间|高利贷|网贷|借呗|信用卡|公积金|按揭|房贷|央行"
    r"|人民银行|国债|余额宝|另[一外有]|别的|不是|并非|没有|所谓|骗|虚假|谎称|号称|声称|覆盖|满意|客户|中奖|概率"
    r"|增长|增速|同比|环比|完成|(?:提[高升]|降低|下[降调]|上调)(?!了?[至到为成])|[^年]率达|折|浮|优惠|返|通过|达标|参与|准备金|准备率|不良|资本|保证金|存款人"
)
_RATE_NAMED = re.compile(r"(?:年利率|年化|利率|年息)[^,。;!?\n\d]{0,6}$")
_DEPOSITED = re.compile(r"(?:定期|定存|存单|存款|整存整取|贷款?|年息|月息)[^,。;!?\n\d]{0,6}$")
_LI_NAMED = re.compile(r"息|利率|年化|年利|月利")
_LI_TENTH = re.compile(r"厘(\d{1,2}|[一二三四五六七八九])")
_MONTHLY = re.compile(r"月(?:息|利)")
_DAILY = re.compile(r"日(?:息|利)")
_RATE_MAX = 36.0
_EXAMPLE = re.compile(r"例如|比如|举例|举个例|假[如设定使]|为例")
_STARTS = re.compile(r"(?:起点|门槛|起步价?|最低存|最低投|只要|仅需|只需)[^,。;!?\n\d]{0,6}$")
_START_AFTER = re.compile(
    r"(?:就|便|即)(?:能|可以?)(?:存|买|投)|(?:就|便|即可?|也)?(?:能|可以?)?(?:起(?![步床家飞点价诉])|起步(?!价)|起点|门槛)"
)
_NOT_ITS_MINIMUM = re.compile(
    r"追加|递增|定投|每[月日天次]|其[他它]|另[一外有]|别的|原|以前|曾|此前|整数倍|留存|费|保险|偿付|刷|消费|满|奖|券|礼|还款"
    r"|转账|单笔|单日|收入|工资|例如|比如|假如|不是|骗|价"
)
_DAYS_IN_MONTH = 30.4
_NEAR = 0.04
"""90 days are three months, 360 and 365 a year."""


class Said(NamedTuple):
    """A place of the text that differs from the fields; `is_sure` when it is of this product."""

    start: int
    end: int
    is_sure: bool


class _Own(NamedTuple):
    topic: str
    fields: Mapping[str, Any]
    days: list[float]
    rates: list[float]
    pairs: frozenset[tuple[Key, Key]]
    yuan: list[float]


def differing(
    text: str, fields: Mapping[str, Any], topic: str, *, is_title: bool = False
) -> Iterator[Said]:
    """Yield what folded text says of terms, rates, amounts and fees other than kept `fields`."""
    text = apart(text)
    for place in fees(text, fields, topic):
        yield Said(*place[:2], place[2] and not is_example(text, place[0]))
    own = _own(fields, topic)
    if not (own.days or own.rates or own.yuan):
        return
    asked = None if is_title else _doubted(text, own)
    for window in _WINDOW.finditer(text) if asked is None or asked else ():
        low, high = window.span()
        if asked is None or bisect_left(asked, low) < bisect_left(asked, high):
            for one in _in_sentence(window[0], own, is_title=is_title):
                yield Said(one.start + window.start(), one.end + window.start(), one.is_sure)


def _doubted(text: str, own: _Own) -> list[int]:
    """Return where figures stand that may be others than the fields': the rest is not read on.

    Reading a sentence in full costs as much as a page of it at a glance.
    """
    known: dict[tuple[str, str], bool] = {}
    found = []
    for run in _RUN.finditer(text):
        match = _FIGURE.match(text, run.start())
        if match is None:
            continue
        if match["odd"]:
            found.append(match.start())
            continue
        figure = (match[1], match[2])
        if figure not in known:
            known[figure] = _is_plain(*figure, own)
        if not known[figure] and _is_told(match, own):
            found.append(match.start())
    return found


def _is_plain(number: str, unit: str, own: _Own) -> bool:
    """Return whether a figure is one of the fields', or none that is compared."""
    if unit == "%":
        is_tiered = len(set(own.rates)) > 1 and own.fields.get("rate_table")
        return not own.rates or (number_of(number) in own.rates and not is_tiered)
    if unit in "年半个月天":
        keys = figures.term_keys(number, unit) if own.days else []
        days = [_days(key) for key in keys]
        if own.topic == "loan":
            return all(one <= max(own.days) for one in days)
        return all(any(_is_same(one, kept) for kept in own.days) for one in days)
    return not own.yuan or yuan_of(number, unit) in own.yuan


def _is_told(match: re.Match[str], own: _Own) -> bool:
    """Return whether the words beside a figure may make it one of the product."""
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 14) : start]
    if match[2] == "%":
        is_beside = _BEFORE_RATE.search(before) is not None
        return is_beside and not _NOT_ITS_RATE.search(text, *clause(text, start, end))
    if match[2] in "万元千百块":
        return (
            "起" in text[end : end + 8]
            or "门槛" in text[end : end + 6]
            or bool(_AROUND_START.search(before) or _START_AFTER.match(text, end))
        )
    return bool(_AROUND_TERM.search(before) or _BEHIND_TERM.match(text, end))


def is_example(text: str, at: int) -> bool:
    """Return whether the sentence of a place gives an example before it comes to the place."""
    return _EXAMPLE.search(text, behind_last(text, SENTENCE_ENDS, 0, at), at) is not None


def _own(fields: Mapping[str, Any], topic: str) -> _Own:
    rows = rows_of(fields, "rate_table")
    told = [str(fields.get("term") or ""), *(str(row.get("term") or "") for row in rows)]
    is_termed = topic in _TERMED or topic == "insurance"
    days = [_days(key) for key in figures.known(told)["term"]] if is_termed else []
    kept = ("minimum_fen", "purchase_minimum_fen") if topic != "loan" else ()
    yuan = kept_yuan(fields, *kept)
    if yuan:  # the rows' alone do not tell what the product begins with
        yuan += [one for row in rows for one in kept_yuan(row, "minimum_fen")]
    rates = kept_rates(fields) if topic in _BANKED | {"wealth"} else []
    return _Own(topic, fields, days, rates, frozenset(figures.rates_of(fields)), yuan)


def _in_sentence(text: str, own: _Own, *, is_title: bool) -> Iterator[Said]:
    claims = figures.claims(text, has_rates=is_title)
    terms = _terms_in(text, claims, own, is_title=is_title) if own.days else []
    names_own = any(_is_own_term(one, own) for one in terms)
    for one in terms:
        if not _is_own_term(one, own) and _is_broken(one, text, own):
            said = _clause(text, one)
            is_apart = names_own or (not is_title and _has_rate(one, claims))
            yield Said(one.start, one.end, not (is_apart or _ANOTHER.search(said)))
    for one in claims:
        if one.kind == "rate" and own.rates:
            yield from _rate(one, text, terms, own, is_title=is_title)
        if one.kind == "money" and own.yuan and _is_other_start(one, text, own):
            yield Said(one.start, one.end, is_sure=True)


def _terms_in(text: str, claims: list[Claim], own: _Own, *, is_title: bool) -> list[Claim]:
    """Return the terms a sentence says, in their order."""
    if own.topic == "insurance":
        patterns = [_INSURED_TERMS]
        found: list[Claim] = []
    else:
        patterns = [_MORE_TERMS, _OF_TERMS, _HELD_TERMS, *([_TITLE_TERMS] if is_title else [])]
        found = [one for one in claims if one.kind == "term"]
    for pattern in patterns:
        for match in pattern.finditer(text):
            for key in figures.term_keys(match[1], match[2]):
                if not any(one.start < match.end() and match.start(1) < one.end for one in found):
                    found.append(Claim("term", key, match.start(1), match.end()))
    kept = [one for one in found if not _NOT_ITS_TERM.search(_clause(text, one))]
    return sorted(kept, key=lambda one: one.start)


def _is_broken(one: Claim, text: str, own: _Own) -> bool:
    """Return whether a term that is not the product's promises or asks other than its fields."""
    days = _days(one.key)
    if own.topic == "loan":  # a loan may be paid back sooner
        return days > max(own.days)
    before = text[max(0, one.start - 8) : one.start]
    if own.topic in _INVESTED and "持有" in before:  # 最短持有90天 is its term
        return True
    return not _UP_TO.search(before) or days > max(own.days)


def _rate(
    one: Claim, text: str, terms: list[Claim], own: _Own, *, is_title: bool
) -> Iterator[Said]:
    values = _per_year(one, text)
    if not values or _NOT_ITS_RATE.search(_clause(text, one)):
        return
    beside = _beside(one, terms, text)
    if beside is not None:
        tiers = {rate[1] for term, rate in own.pairs if _is_same(_days(term), _days(beside.key))}
        if tiers and one.key[0] == "%" and own.topic == "deposit":
            if values[0] not in tiers:
                yield Said(min(one.start, beside.start), max(one.end, beside.end), is_sure=True)
            return
    is_more = _is_in_li(one, text) and own.topic == "loan" and min(values) > max(own.rates)
    if not is_more and not all(_is_wrong(value, own) for value in values):
        return
    is_named = _is_in_li(one, text) and _LI_NAMED.search(text)
    is_spelt = not text[one.start : one.end].endswith("%") and _RATE_NAMED.search(text[: one.start])
    if not (is_title or beside or is_named or is_spelt or _DEPOSITED.search(text[: one.start])):
        return
    is_other = beside is not None and own.days and not _is_own_term(beside, own)
    is_sure = not is_more and (is_title or not (is_other or _ANOTHER.search(_clause(text, one))))
    yield Said(one.start, one.end, bool(is_sure))


def _is_wrong(value: float, own: _Own) -> bool:
    least, most = min(own.rates), max(own.rates)
    if own.topic == "loan":  # a higher one promises nothing
        return value < least
    return value > most or (value < least and not own.fields.get("rate_table"))


def _per_year(one: Claim, text: str) -> list[float]:
    """Return what a rate may be in per cent a year; nothing where it can be no such rate."""
    unit, value = one.key[0], float(one.key[1])
    if one.key == figures.WHOLLY or unit == "bp" or not value:
        return []
    near = text[max(0, one.start - 6) : one.end]
    if _DAILY.search(near):
        return []
    if _is_in_li(one, text):
        if unit == "%" and (tenth := _LI_TENTH.match(text, one.end)):
            value += number_of(tenth[1]) / 10 ** (2 if len(tenth[1]) > 1 else 1)
        yearly, monthly = value, round(value * 1.2, 4)
        if "年" in near:
            return [yearly]
        return [monthly] if _MONTHLY.search(near) else [yearly, monthly]
    if _MONTHLY.search(near):
        return []
    return [value] if value <= _RATE_MAX else []


def _is_in_li(one: Claim, text: str) -> bool:
    return one.key[0] == "厘" or text.startswith("厘", one.end)


def _beside(one: Claim, terms: list[Claim], text: str) -> Claim | None:
    """Return the term that a rate is told of: before it, or else behind it."""
    for term in reversed(terms):
        if term.end <= one.start and _is_joined(text[term.end : one.start]):
            return term
    for term in terms:
        if one.end <= term.start and _is_joined(text[one.end : term.start]):
            return term
    return None


def _is_joined(between: str) -> bool:
    is_near = len(between) <= figures.APART_MAX
    return is_near and not re.search(r"[,;。!?、\n/|%]", _RATE_OF.sub("", between))


_RATE_OF = re.compile(r"^[期的]?,(?=年?(?:利率|化|息))")
"""存半年，年利率1.25%: the rate goes with the term."""


def _has_rate(term: Claim, claims: list[Claim]) -> bool:
    """Return whether a term has a rate of its own in its clause or the next."""
    return any(
        one.kind == "rate" and -NEXT_CLAUSE <= one.start - term.end <= NEXT_CLAUSE for one in claims
    )


NEXT_CLAUSE = 16


def _is_other_start(one: Claim, text: str, own: _Own) -> bool:
    said = _clause(text, one)
    is_start = _STARTS.search(text[: one.start]) or _START_AFTER.match(text, one.end)
    is_apart = _NOT_ITS_MINIMUM.search(said)
    return bool(is_start) and not is_apart and one.key[1] not in own.yuan


def _is_own_term(one: Claim, own: _Own) -> bool:
    return any(_is_same(_days(one.key), days) for days in own.days)


def _is_same(days: float, other: float) -> bool:
    return abs(days - other) <= _NEAR * max(days, other)


def _days(key: Key) -> float:
    return float(key[1]) * (_DAYS_IN_MONTH if key[0] == "月" else 1)


def _clause(text: str, one: Claim) -> str:
    low, high = clause(text, one.start, one.end)
    return text[low:high]
