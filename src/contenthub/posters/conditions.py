"""Idea: what a poster says in words of the conditions of an offer, held to those of its content.

What it costs, who may have it and for what, how soon, how often, for how much of a chance: each
class finds its claims in a text and in the content alike, and a poster makes only those that the
content makes. A claim that its clause denies (不兑现) is none.
"""

import re
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from contenthub.posters.held import Held, N, Places, value

_IN = r"[^,。!?;\n]"
_DENIED = re.compile(
    r"(?:不得|不能|不可|不予|不支持|禁止|严禁|切勿|请勿|不要|并非|不是|不属|是否|无关)"
    rf"{_IN}*$|(?:不|非|勿|别|未|无)$"
)
_REFUSED_AFTER = re.compile(rf"{_IN}{{0,5}}(?:不得|不能|不可|不予|无关|不支持|请勿|除外)")
_CLAUSE = re.compile(rf"{_IN}*$")


class _Class(NamedTuple):
    """Claims of one sort: how they are said, and what makes two of them the same."""

    found: re.Pattern[str]
    key: Callable[[re.Match[str]], Hashable]


def _of(pattern: str, key: Callable[[re.Match[str]], Hashable] | None = None) -> _Class:
    """Return a class whose claims are all one when no key is given."""
    return _Class(re.compile(pattern), key or (lambda _: ""))


def _first(match: re.Match[str]) -> str:
    """Return what the first group that takes part holds."""
    return next(one for one in match.groups() if one is not None)


def _count(match: re.Match[str]) -> float:
    return value(_first(match))


def _fee_scope(match: re.Match[str]) -> str:
    scope = re.search(r"首年|次年", match[0])
    if not scope and _SPENT.search(match.string, max(0, match.start() - 12), match.start()):
        return "次年"  # 刷满6笔免年费 is said of the year that follows
    return scope[0] if scope else ""


_SPENT = re.compile(rf"满{N}[笔次元]{_IN}{{0,3}}$")
_MONEY = ("放款", "到账", "下款", "结算")
_SOON = ("当日", "当天", "即日")


def _how_soon(match: re.Match[str]) -> tuple[Hashable, str]:
    """Return how long it takes, and what is done by then."""
    deed = "money" if match[4] in _MONEY else "confirm" if match[4] == "确认" else "answer"
    if match[1]:
        return ("当日" if match[1] in _SOON else match[1]), deed
    return (value(match[2]), match[3].removeprefix("个").replace("日", "天")), deed


# ---- what it costs
_YEAR_FEE = _of(
    rf"(?:首年|次年)?免(?:收|除|交|掉)?(?:首年|次年)?的?年费|(?:首年|次年)?年费{_IN}{{0,3}}?"
    r"(?:全免|免除|免收|不收|永久免|终身免|为零|[零0]元)|终身(?:不收|免)|(?:首年|次年)也?免(?!年费)",
    _fee_scope,
)
_INSTALMENT = _of(rf"分期{_IN}{{0,4}}(?:免息|免手续费|[零0]利|[零0](?:手续)?费|不收)")
_OVERDUE = _of(
    rf"逾期{_IN}{{0,4}}(?:不|免|无|零){_IN}{{0,3}}(?:罚息|利息|计息|收费|违约金|滞纳金|影响)"
    r"|(?:不(?:加?收|计|算)|免)罚息"
)
_PREPAID = _of(
    r"提前(?:还款?|还贷|结清)[^。!?;\n]{0,5}(?:不收|免收?|无|零)"
    rf"{_IN}{{0,4}}(?:违约金|手续费|费用?|罚)"
)
_FLOATING = _of(
    rf"(?:利率|利息){_IN}{{0,3}}(?:浮动|上浮|水涨船高|随{_IN}{{0,3}}(?:涨|上调|浮))|浮动利率|水涨船高"
    r"|随行就市|[年逐]年上?涨"
)

# ---- how soon, how often, by when
_ANSWER = _of(
    rf"(?:(当[日天]|即[日时]|实时|半[天日])|({N})\s?(个?工作日|个?小时|分钟|[天日]))(?:之?内)?"
    rf"{_IN}{{0,3}}?(答复|审批|审核|批复|出结果|办[结好完]|回复|放款|到账|下款|确认|结算)",
    _how_soon,
)
_AT_ONCE = _of(
    rf"(?:实时|当[日天]|即[日时]|秒|{N}\s?个?(?:小时|分钟)){_IN}{{0,3}}(到账|确认)", _first
)
_ANY_TIME = _of(
    rf"(?:随时|每[日天]|每?个?工作日|天天){_IN}{{0,4}}(?:赎回|支取|取[用出款])|随[用存]随取|随取随用"
)
_UNLIMITED = _of(r"不限次数?|次数不限|无限次")
_DAILY = _of(rf"(?:每[天日]|天天|日日|工作日){_IN}{{0,8}}(?:减|折|优惠|享|洗|返)")
_BY_HOUR = _of(r"(?<!\d)(\d{1,2}:\d\d)(?:之?前|以前|截止)", _first)
_REMINDED = _of(rf"(?:到期|还款日?|账单日)前({N})[天日]", _count)

# ---- how many, where
_SITES = "(?:加油站|药店|超市|门店|商户|洗车店)"
_SITE_COUNT = _of(
    rf"({N})\s?[座个家处]{_IN}{{0,4}}?{_SITES}|{_SITES}(?:共|有|达)?({N})\s?[座个家处]", _count
)
_REACH = _of(rf"(全[国省市县镇]|跨省){_IN}{{0,8}}(?:通用|可用|都能用|都可用)", _first)
_PLACES_LEFT = _of(rf"名额{_IN}{{0,3}}?({N})\s?[个名份张]|({N})\s?个名额", _count)
_SEATS = _of(rf"({N})座(?:及?以[下内]|车|小)", _count)

# ---- who may have it, with what
_NO_PAPERS = _of(r"(?:无需|不用|不要|不需要?|免)(?:任何|什么)?(?:证件|身份证|材料|资料|证明)")
_CARD = _of(
    r"(?:持|凭|刷|用)(?:本行|我行)?的?(信用卡|借记卡|储蓄卡|社保卡|工资卡|贷记卡|市民卡)", _first
)

# ---- what secures a loan
_SECURED = _of(
    rf"(?:抵押|质押)(?:贷款?|办理|即可|担保)|[凭拿用]{_IN}{{0,2}}(?:房本|房产|车辆)"
    rf"|(?:提供|要有){_IN}{{0,4}}(?:抵押|担保|保证人|联保)"
)
_UNSECURED = _of(
    r"(?:无需|不用|不需要?|不要|免|无)(?:任何)?(?:抵押|担保|质押)|信用(?:方式|贷款|放款|发放)"
)

# ---- a chance, a prize, a voucher
_CHANCE = re.compile(
    rf"(?:中|得|获)奖(?:率|概率|机会|几率){_IN}{{0,3}}?(百分之?百|\d[\d.]*%)"
    r"|(百分之?百|100%|人人|个个|必)(?:都|能|可|定)?[中得]奖"
)
_BOUGHT_CHANCE = _of(
    rf"(?:办理|办[张个]?卡|开[卡户]|存款|贷款|购买|认购){_IN}{{0,6}}(?:抽|领奖|参[加与])"
)
_MORE_CHANCE = _of(rf"抽奖?{_IN}{{0,2}}{N}轮|机会(?:翻倍|加倍)|多抽")
_ABSENT = _of(rf"[没未不](?:到场|来){_IN}{{0,3}}[也仍照都]{_IN}{{0,2}}[能可行领送有]")
_PRIZE_LATER = _of(
    rf"奖品{_IN}{{0,6}}?(下周|次日|隔天|(?:{N}|几)(?:天|日|周|个月|个工作日)内|邮寄|寄)", _first
)
_CASH = _of(r"[抵兑换折退](?:换|成|为|作|付|算)*现(?:金|钱)?(?!场)")
_CHANGE = _of(rf"找零|(?:余额|剩余|差额){_IN}{{0,4}}[退找返]")
_PASSED_ON = _of(r"转[让赠送]")

# ---- who speaks, how to get there
_ROLES = "(医生|律师|民警|警官|教授|老师|专家|法官|检察官|院长|主任|大夫)"
_SPEAKER = _of(
    rf"{_ROLES}{_IN}{{0,3}}(?:主讲|授课|开讲)|主讲(?:人|嘉宾)?{_IN}{{0,6}}?{_ROLES}", _first
)
_BUS = _of(rf"({N})路(?=公交|车|汽车|直达|可?到|、)", _count)

_OF_ANY = (_NO_PAPERS, _UNLIMITED, _SITE_COUNT, _REACH)
_OF_PRODUCT = (_ANY_TIME, _BY_HOUR, _REMINDED, _PLACES_LEFT)
_OF_TOPIC: dict[str, tuple[_Class, ...]] = {
    "deposit": (_FLOATING,),
    "loan": (_ANSWER, _OVERDUE, _PREPAID),
    "wealth": (_AT_ONCE,),
    "fund": (_AT_ONCE,),
    "payment": (_ANSWER,),
    "card": (_ANSWER, _YEAR_FEE, _INSTALMENT, _OVERDUE, _DAILY),
}
_OF_KIND: dict[str, tuple[_Class, ...]] = {
    "right": (_CASH, _CHANGE, _PASSED_ON, _SEATS, _CARD, _DAILY),
    "activity": (_BOUGHT_CHANCE, _MORE_CHANCE, _ABSENT, _PRIZE_LATER, _SPEAKER, _BUS),
}
_WHERE_TOLD = (_BUS,)
"""Claims that promise nothing: only another one than the content's is wrong."""

# ---- words that are to stand in the content, too
_ASSETS = re.compile("股票|黄金|白银|原油|期货|期权|房地产|债券|存单|外汇|信托|国债|股权")
_INVESTED = re.compile(rf"(?:投(?:资|向)?于?|配置){_IN}*")
_USES = (
    re.compile("购房|买房|住房|房款|首付"),
    re.compile("装修"),
    re.compile("[购买]车"),
    re.compile("婚嫁|结婚|彩礼"),
    re.compile("旅游|留学|看病|医疗"),
    re.compile("股票|炒股|股市|理财"),
)
_LEVEL = re.compile(r"(?<![a-z\d])c([1-5])(?!\d)")
_LEAST = re.compile(r"c([1-5])(?:级|类|客户)*及以上")
_WHO = re.compile(
    rf"(企业|公司|对公|机构|(?:城里|城镇|城市|外[地县省市]|异地|全[县市省国镇])的?"
    rf"(?:户口|户籍|客户|人|居民|村民|市民|农户))(?:客户)?{_IN}{{0,2}}(?:可以?|能|参加|申请)"
)
_ONLY = re.compile(rf"[仅只]限{_IN}{{0,2}}(新客户|老客户|新开户|首次)")
_IS_REGISTERED = re.compile(rf"(?:网点|柜面|柜台){_IN}{{0,4}}(?:登记|领取)")
_ONLINE = re.compile(rf"(手机银行|网上银行|小程序|线上|在线){_IN}{{0,4}}[领兑]")
_HOST = re.compile(
    r"(?:主办|承办|协办)(?:单位|方)?(?:为|是|:)+([\u4e00-\u9fff]{2,15})"
    r"|([\u4e00-\u9fff]{1,11}(?:局|行|部|社|会|公司|中心|院|站|所|厅))(?:主办|承办|协办)"
)
_ISSUED = re.compile(r"由([\u4e00-\u9fff]{2,16}?)(?:发行|管理|承保)")
_ANY_ISSUER = frozenset({"理财公司", "理财子公司", "基金公司", "保险公司"})
_SESSION = re.compile("(上午|下午|晚上?|夜)场")


def strange(text: str, held: Held) -> Places:
    """Yield where a folded text states a condition that the content does not."""
    if held.kind not in ("product", "right", "activity"):
        return
    for one in _classes(held.kind, held.topic):
        told = _told(one, held.said)
        is_asked = told or one not in _WHERE_TOLD
        for match in one.found.finditer(text) if is_asked else ():
            if not _is_denied(match) and one.key(match) not in told:
                yield match.span()
    yield from _unsaid(_ONLY, text, held)
    yield from _unsaid(_WHO, text, held)
    if held.kind == "product":
        yield from _of_product(text, held)
    elif held.kind == "activity":
        yield from _of_activity(text, held)
    elif _IS_REGISTERED.search(held.said):
        yield from _unsaid(_ONLINE, text, held)


@lru_cache(64)
def _classes(kind: str, topic: str) -> tuple[_Class, ...]:
    if kind == "product":
        return (*_OF_ANY, *_OF_PRODUCT, *_OF_TOPIC.get(topic, ()))
    return (*_OF_ANY, *_OF_KIND[kind])


@lru_cache(512)
def _told(one: _Class, said: str) -> frozenset[Hashable]:
    found = one.found.finditer(said)
    return frozenset(one.key(match) for match in found if not _is_denied(match))


def _is_denied(match: re.Match[str]) -> bool:
    """Return whether the clause around a claim says that it is not so."""
    before = match.string[max(0, match.start() - 24) : match.start()]
    clause = _CLAUSE.search(before)
    return bool(
        (clause and _DENIED.search(clause[0])) or _REFUSED_AFTER.match(match.string, match.end())
    )


def _unsaid(pattern: re.Pattern[str], text: str, held: Held) -> Places:
    """Yield claims whose own word the content does not have."""
    for match in pattern.finditer(text):
        if _first(match) not in held.said and not _is_denied(match):
            yield match.span()


def _of_product(text: str, held: Held) -> Places:
    if held.topic == "loan":
        yield from _uses(text, held)
        yield from _security(text, held)
    if held.topic in ("wealth", "fund"):
        yield from _levels(text, held)
        for clause in _INVESTED.finditer(text):
            for match in _ASSETS.finditer(text, *clause.span()):
                if match[0] not in held.said and not _is_denied(match) and not _is_denied(clause):
                    yield match.span()
    issuer = str(held.fields.get("issuer") or "")
    for match in _ISSUED.finditer(text) if issuer else ():
        name = match[1]
        if name not in issuer and issuer not in name and name not in _ANY_ISSUER:
            yield match.span()


def _uses(text: str, held: Held) -> Places:
    """Yield what a loan is said to be for where the content names no such use."""
    for use in _USES:
        if not any(not _is_denied(match) for match in use.finditer(held.said)):
            yield from (one.span() for one in use.finditer(text) if not _is_denied(one))


def _security(text: str, held: Held) -> Places:
    kept = held.fields.get("guarantee") or ()
    ways = {kept} if isinstance(kept, str) else set(kept)
    for one, is_so in (
        (_SECURED, bool(ways - {"credit"})),
        (_UNSECURED, "credit" in ways),
    ):
        if not (is_so if ways else _told(one, held.said)):
            found = one.found.finditer(text)
            yield from (match.span() for match in found if not _is_denied(match))


def _levels(text: str, held: Held) -> Places:
    """Yield a class of customers (C1 to C5) that may not buy a product of its risk."""
    least = _LEAST.search(held.said)
    risk = re.search(r"[1-5]", str(held.fields.get("risk_level") or ""))
    lowest = int(least[1]) if least else int(risk[0]) if risk else 0
    for match in _LEVEL.finditer(text):
        if int(match[1]) < lowest and not _is_denied(match):
            yield match.span()


def _of_activity(text: str, held: Held) -> Places:
    yield from _unsaid(_CHANCE, text, held)
    for match in _HOST.finditer(text):
        name = _first(match)
        if name not in held.said and name not in ("本行", "我行"):
            yield match.span()
    first, last = _hour(held, "starts_at"), _hour(held, "ends_at")
    if first is None or last is None:
        return
    for match in _SESSION.finditer(text):
        low, high = {"上": (0.0, 12.0), "下": (12.0, 18.0)}.get(match[1][0], (18.0, 24.0))
        if not (first < high and low < last):
            yield match.span()


def _hour(held: Held, name: str) -> float | None:
    try:
        at = datetime.fromisoformat(str(held.fields.get(name)))
    except ValueError:
        return None
    return at.hour + at.minute / 60
