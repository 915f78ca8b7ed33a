"""Idea: what a poster promises in words beside its figures: by whom, to whom, where, until when.

本行自营 of what the bank only sells, 前三个月免息 of a loan that says nothing of it, 长期有效 of a
voucher that ends: each is read only where it is plainly promised, and passes where the content
says it.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from contenthub.posters.held import Held, N, Places, value

_OFFERED = ("product", "right", "activity")

# ---- who sells it
_OWN = re.compile(
    r"(?:本|我|咱|自家)行?(?:自营|自主(?:发行|研发|管理)|自研|发行(?:的|,|。|$)|独家发行)|自营(?:理财|产品|基金|保险)"
)
_SOLD = re.compile(r"代(?:理)?销售?|代理保险")

# ---- what is waived, and what is fixed
_NO_INTEREST = re.compile(
    r"免(?:还|付|收|除|掉)?(?:前|首)?[^,。;!?\n]{0,6}?(?:利息|息费)|免息|[零0]利[息率]|不(?:收|要|付)利息|利息[^,。;!?\n\d]{0,2}(?:免|不收)"
)
_FEES = (
    r"(手续|管理|申购|认购|赎回|托管|销售服务|服务|年|工本|转账|汇款"
    r"|开卡|开户|评估|担保|保管|短信)费"
)
_NO_FEE = re.compile(
    rf"(?:免收?|[零0](?!点)|不收取?|减免)[^,。;!?\n费\d]{{0,4}}?{_FEES}"
    rf"|{_FEES}用?[^,。;!?\n]{{0,2}}(?:全免|免收|免除|为零|减半|一律免|[零0](?:元|%|$))"
)
_FIXED = re.compile(
    r"(?:固定|锁定|恒定)(?:年|的)*(?:化|利率|收益|息)?[^,。;!?\n\d]{0,3}(?=[\d.]+\s?%)|固定(?:年)?利率"
    r"|(?:利率|利息|收益|%)[^。;!?\n\d]{0,5}(?:全程|始终|永远|一直|终身)?(?:固定|不变|锁定|恒定)"
)
_STILL = re.compile(r"固定|不变|锁定")
_RATED = ("loan", "wealth", "fund")

# ---- when interest is paid
_PAID = re.compile(
    r"(?:按|每个?|逐)(月|季度?|半年|年|周|日|天)[^,。;!?\n\d]{0,2}?(付|派|结|返|领|给|拿|发|还)(息|利息|收益|本付?息?)"
    r"|(先息后本|等额本[息金]|到期一次性?还本付息|到期付息|利随本清)"
)

# ---- who may have it, where, until when
_ALL_PEOPLE = re.compile(
    r"(?:全体|所有|全部|任何|不限)[^,。;!?\s]{0,6}(?:客户|持卡人?|居民|市民|村民|年龄|用户)"
    r"|(?:人人|谁|个个|大家)(?:都|均|皆)?(?:可以?|能)(?:免费)?(?:领|享|兑|参)"
)
_OF_ALL = re.compile(r"全体|所有|不限|人人|全部|任何")
_FOR_EVER = re.compile(
    r"(?:长期|永久|永远|终身|一直|全年)有效|永不过期|不限(?:时间|期限|时)|没有期限"
)
_ENDS = ("redeem_until", "ends_at", "raise_until", "prize_until")
_OUTLETS = re.compile(
    rf"({N})\s?(?:家|个|处)(?:指定|合作|签约|连锁)?(?:门店|网点|商户|洗车店|店铺|店|商家|站点)"
)
_OUTLET = re.compile(r"([\u4e00-\u9fff]{2})店")
_NO_OUTLET = re.compile(
    r"(?<![东南西北])门$|[网商饭酒书药到本各进分总旗舰体锁作定约车家铺选在]$|^(?:合作|指定|实体|任意|任选|附近)"
)
_PLACE = re.compile(r"(?:地点|会场|地址|集合点)(?:设?在|为|是|:|\s)*([\u4e00-\u9fff]{3,14})")
_LASTS = re.compile(rf"(?:持续|为期|历时|连续|连办|连开)({N})[天日]")
_BEGINS = re.compile(rf"(?:\d{{4}}年)?(?<!\d)({N})月({N})[日号]\s?(?:起|开始|开[领兑抢]|后可)")
_MONTH_END = re.compile(rf"(?<!\d)({N})月(?:底|末|初|[上中下]旬)")
_ITS_MONTHS = re.compile(r"(?<!\d)(\d{1,2})\s?月|\d{4}[-./](\d{1,2})[-./]\d")
_EACH_TIME = re.compile(
    rf"每个?(月|周|季度?|年|天|日)(?:都|均|还)?(?:可|能|限|送|有)[^,。;!?\n]{{0,4}}?(?:领|兑|用|享|免费|洗)?[^,。;!?\n]{{0,3}}?(?:{N})\s?[张次份回]"
)
_OFF = re.compile(rf"({N})\s?折(?![扣叠旧返腰合算磨价])")
_FROM_MOST = re.compile(r"(\d[\d.]*)(万|千|元)?元?起(?:步|贷|批|(?=[,。!;\n]|$))(?!来)")
_YUAN = {"万": 10_000.0, "千": 1_000.0, "元": 1.0}


class _Told(NamedTuple):
    """What a content itself promises."""

    offs: frozenset[float]
    waived: frozenset[str]
    paid: frozenset[str]
    outlets: frozenset[float]
    has_named: bool
    each: frozenset[str]
    months: frozenset[int]
    is_own: bool
    is_sold: bool
    is_free: bool
    is_fixed: bool
    is_for_ever: bool


@lru_cache(64)
def _told(said: str) -> _Told:
    return _Told(
        offs=frozenset(value(one[1]) for one in _OFF.finditer(said)),
        waived=frozenset(one[1] or one[2] for one in _NO_FEE.finditer(said)),
        paid=frozenset(map(_paid, _PAID.finditer(said))),
        outlets=frozenset(value(one[1]) for one in _OUTLETS.finditer(said)),
        has_named=any(True for _ in _named(said)),
        each=frozenset(one[1][0] for one in _EACH_TIME.finditer(said)),
        months=frozenset(int(one[1] or one[2]) for one in _ITS_MONTHS.finditer(said)),
        is_own=bool(_OWN.search(said)),
        is_sold=bool(_SOLD.search(said)),
        is_free=bool(_NO_INTEREST.search(said)),
        is_fixed=bool(_STILL.search(said)),
        is_for_ever=bool(_FOR_EVER.search(said)),
    )


def strange(text: str, held: Held) -> Places:
    """Yield where a folded text promises what the content does not."""
    if held.kind not in _OFFERED:
        return
    if held.kind == "product":
        yield from _of_product(text, held)
    else:
        yield from _of_offer(text, held)
    told = _told(held.said).offs
    yield from (one.span() for one in _OFF.finditer(text) if value(one[1]) not in told)


def _of_product(text: str, held: Held) -> Places:
    told = _told(held.said)
    if told.is_sold or held.fields.get("issuer"):
        yield from _unless(told.is_own, _OWN, text)
    if held.topic == "loan":
        yield from _unless(told.is_free, _NO_INTEREST, text)
    if held.topic in ("loan", "card"):
        yield from _from_most(text, held)
    if held.topic in _RATED:
        yield from _unless(told.is_fixed, _FIXED, text)
    for match in _NO_FEE.finditer(text):
        if (match[1] or match[2]) not in told.waived:
            yield match.span()
    for match in _PAID.finditer(text):
        if _paid(match) not in told.paid and match[0] not in held.said:
            yield match.span()


def _paid(match: re.Match[str]) -> str:
    return match[4] or match[1].removesuffix("度")


def _from_most(text: str, held: Held) -> Places:
    """Yield the most that may be borrowed where it is said to be the least."""
    most = {fen / 100 for fen in held.numbers("amount_max_fen")}
    for match in _FROM_MOST.finditer(text):
        yuan = float(match[1].rstrip(".")) * _YUAN[match[2] or "元"]
        if yuan in most and match[0] not in held.said:
            yield match.span()


def _of_offer(text: str, held: Held) -> Places:
    """Yield what is said of whom, where and when a right or an activity is."""
    told = _told(held.said)
    if whom := str(held.fields.get("for_whom") or ""):
        yield from _unless(_OF_ALL.search(whom), _ALL_PEOPLE, text)
    if any(held.fields.get(name) for name in _ENDS):
        yield from _unless(told.is_for_ever, _FOR_EVER, text)
    yield from _outlets(text, held, told)
    yield from _places(text, held)
    if held.kind == "right":
        yield from _dates(text, held, told)
        is_monthly = bool(held.numbers("monthly_stock", "monthly_per_person"))
        for match in _EACH_TIME.finditer(text):
            if match[1][0] not in told.each and not (is_monthly and match[1] == "月"):
                yield match.span()


def _outlets(text: str, held: Held, told: _Told) -> Places:
    for match in _OUTLETS.finditer(text):
        if value(match[1]) not in told.outlets:
            yield match.span()
    if told.has_named:
        yield from (place for name, place in _named(text) if f"{name}店" not in held.said)


def _named(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each shop by its name, with its place."""
    for match in _OUTLET.finditer(text):
        if not _NO_OUTLET.search(match[1]):
            yield match[1], match.span()


def _places(text: str, held: Held) -> Places:
    """Yield a place that shares no two characters with what the content says of its own."""
    own = str(held.fields.get("place") or "")
    for match in _PLACE.finditer(text) if own else ():
        pieces = (match[1][at : at + 2] for at in range(len(match[1]) - 1))
        if not any(piece in held.said for piece in pieces):
            yield match.span()
    first, last = (_day(held, name) for name in ("starts_at", "ends_at"))
    for match in _LASTS.finditer(text):
        if first and last and value(match[1]) != (last - first).days + 1:
            yield match.span()


def _dates(text: str, held: Held, told: _Told) -> Places:
    days = {key[1:] for key in held.known["day"]}
    for match in _BEGINS.finditer(text):
        if days and (value(match[1]), value(match[2])) not in days:
            yield match.span()
    for match in _MONTH_END.finditer(text):
        if told.months and value(match[1]) not in told.months:
            yield match.span()


def _day(held: Held, name: str) -> date | None:
    try:
        return date.fromisoformat(str(held.fields.get(name))[:10])
    except ValueError:
        return None


def _unless(is_said: object, pattern: re.Pattern[str], text: str) -> Places:
    if not is_said:
        yield from (match.span() for match in pattern.finditer(text))
