"""Idea: what a product's poster says of it without naming what it is: a level, a term, a cut.

R3 on a poster of an R2 product, 180天滚动开放 of one that opens every 90 days, 满200减100 where it
is 20: no word before them says what they are, the poster is of one product all the same.
"""

import re
from functools import lru_cache

from contenthub.posters.held import (
    TERM,
    Held,
    N,
    Places,
    alike,
    length,
    value,
    whole_numbers,
)

_LEVEL = re.compile(r"(?<![a-z\d至到~、/—-])r\s?([1-5])(?![\d至到~、/a-z—-])")
_LEVEL_WORD = re.compile(
    r"(?:^|(?<=[,。;!\s|·]))(中低|中高|低|中等?|高)风险(?=$|[,。;!\s|·]|产品|等级|理财)"
)
_WORDS = {"低": "1", "中低": "2", "中等": "3", "中": "3", "中高": "4", "高": "5"}
_APART = re.compile(
    r"不是|并非|而非|不属于|不同于|区别|相比|其[他它]|别的|远离|谨防|警惕|以上|分为|共分"
)
_MANY = 2
"""Who names more levels explains what there are."""

_TERM = re.compile(
    rf"(?<![\d.第近前后年月内])(?<!过去)(?<!到期前){TERM}(?!前|后|内|一?[届次]|之?[前后]|[\d初末底]|短信|[年月])"
)
_NO_TERM = re.compile(
    r"近[一二三四五六\d]|过去|成立|服务|连续|参考|工作日|营业|业绩|历史|提醒|从业|专注|相伴|陪伴|携手"
    r"|电话|客服|热线|日期|周年"
    r"|(?:19|20)\d\d年|\d月|每天|每日|天天|一年一度|全年|一年之计|来年|新年|百年|节|年化"
)
_EVERY = re.compile(
    rf"每(?:({N}|半)?(年|个?月|个?季度?|周|天|日))[^。;,!?\n]{{0,6}}?(?:开放|可?赎回|申赎|可取|开门)"
)
_OPENS = re.compile(
    rf"{TERM}[^。;,!?\n]{{0,6}}?(?:开放|滚动|封闭|持有期?|周期|赎回)"
    rf"|(?:期限|封闭期|持有期|周期)(?:为|是|:|\s|最短|仅)*{TERM}"
)
_OF_ALL = re.compile(
    rf"授信(?:期限?|有效期?|额度)*(?:为|是|长达|最长|可达|,|:|\s)*{TERM}"
    rf"|{TERM}(?:之?内)?(?:可|的)?(?:循环|授信|有效)(?!期?限?[为:]?(?:{N}|半)(?:年|个?月))|循环(?:使用)?(?:为|期|:)*{TERM}"
)
_OF_ONE = re.compile(
    rf"(?:单笔|每笔|单次|用款)[^。;,!?\n零一二两三四五六七八九十半\d]{{0,10}}{TERM}"
)

_CUT = re.compile(
    rf"(满|立?减|抵扣?|直降|优惠|返)\s?({N})(?![\d.元块万亿千百十%人名位户笔次张份个件岁天日周月年折期斤米公里步分积家台])(?!\s?[%元])"
)
_PAIR = re.compile(rf"满\s?({N})\s?元?[^。;!?\n\d]{{0,4}}?(?:减|抵扣?|返|送|优惠)\s?({N})")
_FEN = re.compile(
    rf"(?:利率|利息|年化|年息|月息|收益率?)(?:为|是|仅|低至|高达|达|:|\s)*"
    rf"({N}(?:点{N})?)分(?![钟之期行支类段档红布])"
)
_FROM = re.compile(
    rf"起[存购投买](?:金额|门槛|点)?(?:为|是|:|\s)*(?:仅需|只需|只要|低至|仅要|仅)({N})([万千百w]?)"
)
_MINIMA = ("minimum_fen", "purchase_minimum_fen")
_TIMES = {"万": 10_000, "w": 10_000, "千": 1_000, "百": 100, "": 1}
_EARLY = re.compile(
    r"(?:提前支?取|随时支?取|中途支?取|随存随取|随取)[^。;!?\n]{0,8}?"
    r"(?:不(?:损失|影响|减少|扣减?|打折|降低?|少)[^。;!?\n]{0,3}(?:利息|收益|息)?|利息(?:照付|照算|不少|不变|不减|全给)"
    r"|(?:仍|照样|依然|依旧|还是|同样|都)?按[^。;,!?\n活]{0,10}(?:计息|利率|付息)|靠档计息)"
)
_EARLY_TIMES = re.compile(rf"支取({N})次")


def strange(text: str, held: Held) -> Places:
    """Yield where a folded text says a level, term, cut or early interest that is not its."""
    if held.kind in ("product", "right", "activity"):
        yield from _cuts(text, held)
    if held.kind != "product":
        return
    yield from _levels(text, str(held.fields.get("risk_level") or ""))
    if held.topic in ("wealth", "fund", "insurance"):
        yield from _openings(text, held)
    if held.topic == "loan":
        yield from _bound(text, held)
    yield from _interest(text, held)


def _levels(text: str, level: str) -> Places:
    own = re.search(r"[1-5]", level)
    if own is None:
        return
    said = [(match, match[1]) for match in _LEVEL.finditer(text)]
    said += [(match, _WORDS[match[1]]) for match in _LEVEL_WORD.finditer(text)]
    if len({one for _, one in said}) > _MANY or _APART.search(text):
        return
    for match, one in said:
        if one != own[0]:
            yield match.span()


def _openings(text: str, held: Held) -> Places:
    if not held.fields.get("term"):
        return
    own, every = _terms(held.said, str(held.fields["term"])), _everies(held.said)
    for match in _EVERY.finditer(text):
        is_its = alike(length(match[1] or "一", match[2])) & every
        if not is_its and (every or "开放" not in held.said):
            yield match.span()
    kept = _terms(str(held.fields["term"]), "")
    for match in _OPENS.finditer(text):
        number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        is_its = alike(length(number, unit)) & (kept | every)
        if kept and not is_its and not _NO_TERM.search(match[0]):
            yield match.span()
    for match in _TERM.finditer(text):
        line = text[max(0, match.start() - 8) : match.end() + 6]
        if not alike(length(match[1], match[2])) & own and not _NO_TERM.search(line):
            yield match.span()


def _bound(text: str, held: Held) -> Places:
    """Yield a term of the whole line of credit, or of one draw, that is the other's or nobody's."""
    for pattern in (_OF_ALL, _OF_ONE):
        own = _lengths(pattern, held.said) or _terms(held.said, "")
        for match in pattern.finditer(text):
            number, unit = _said(match)
            if own and not alike(length(number, unit)) & own:
                yield match.span()


def _said(match: re.Match[str]) -> tuple[str, str]:
    number, unit = [one for one in match.groups() if one][:2]
    return number, unit


@lru_cache(64)
def _lengths(pattern: re.Pattern[str], said: str) -> frozenset[tuple[str, float]]:
    return frozenset(length(*_said(match)) for match in pattern.finditer(said))


@lru_cache(64)
def _terms(said: str, more: str) -> frozenset[tuple[str, float]]:
    found = re.finditer(TERM, f"{said}\n{more}")
    return frozenset(length(match[1], match[2]) for match in found)


@lru_cache(64)
def _everies(said: str) -> frozenset[tuple[str, float]]:
    found = _EVERY.finditer(said)
    return frozenset(length(match[1] or "一", match[2]) for match in found)


def _cuts(text: str, held: Held) -> Places:
    known, pairs = _numbers(held.said), _pairs(held.said)
    taken: list[tuple[int, int]] = []
    for match in _PAIR.finditer(text):
        if pairs and (value(match[1]), value(match[2])) not in pairs:
            taken.append(match.span())
            yield match.span()
    for match in _CUT.finditer(text):
        is_told = any(low <= match.start() < high for low, high in taken)
        if not is_told and value(match[2]) not in known:
            yield match.span()
    for match in _FEN.finditer(text):
        if match[0] not in held.said:
            yield match.span()


@lru_cache(64)
def _numbers(said: str) -> frozenset[float]:
    return frozenset(value(match[0]) for match in re.finditer(N, said))


@lru_cache(64)
def _pairs(said: str) -> frozenset[tuple[float, float]]:
    return frozenset((value(match[1]), value(match[2])) for match in _PAIR.finditer(said))


def _interest(text: str, held: Held) -> Places:
    """Yield what promises more of an early withdrawal than the content, and a start of less."""
    early = str(held.fields.get("early_withdrawal") or "")
    if "活期" in early:
        for match in _EARLY.finditer(text):
            clause = text[max(0, match.start() - 4) : match.end() + 4]
            if "活期" not in clause and "剩余" not in clause and match[0] not in held.said:
                yield match.span()
        times = {value(match[1]) for match in _EARLY_TIMES.finditer(early)}
        for match in _EARLY_TIMES.finditer(text):
            if times and value(match[1]) not in times:
                yield match.span()
    rows = (held.fields, *held.rows("rate_table"))
    least = {fen / 100 for row in rows for fen in whole_numbers(row, *_MINIMA)}
    for match in _FROM.finditer(text):
        if least and value(match[1]) * _TIMES[match[2]] not in least:
            yield match.span()
