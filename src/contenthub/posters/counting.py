"""Idea: how many, for whom and what is won, as a poster says it: no other number, no other prize.

A count is held against the fields that say how many there are and against the numbers of its unit
in the content's text; a prize against the table of prizes and the text.
"""

import re
from functools import lru_cache

from contenthub.posters.held import Held, N, Places, value, whole_numbers

_PEOPLE = "人名位户"
_THINGS = "份张个台件支把套双副只瓶桶袋箱部辆盒包组"
_UNIT = rf"([{_PEOPLE}{_THINGS}次]|周岁|岁)"
_NOT_ITS_UNIT = (
    r"(?!月|工作|点|百分|基点|环节|步骤|网点|支行|乡|村|县|镇|区|身份证|小时|性化|行业"
    r"|问|字|城|门店|渠道)"
)
_OCCASION = r"(?:课堂|大会|盛会|讲座|齐聚|集结|现场|规模|座谈|等[您你]来?领|待领|免费送|大派送)"
_EACH = re.compile(
    rf"每(?:人|户|卡|位|组|个?家庭|名?客户|张?卡)(?:每[月周日天])?\s?(?:限领|限购|限兑|限|可领|可享|可兑|领取?|最多|仅限|仅)?\s?(?:可?领取?|为)?\s?({N}){_UNIT}{_NOT_ITS_UNIT}"
)
_EACH_WIDE = re.compile(rf"每[人户卡位组月周][^。;!?\n\d]{{0,8}}?({N})\s?({_UNIT[1:-1]})")
_IN_ALL = re.compile(
    rf"(总量|总数|备有|准备了?|投放|仅限|限量|限额|限招|限|总共|一共|共计|共有|共|前|名额|首批|只有|仅有|仅|送出|发放|满)(?:为|是|:)?\s?({N})\s?{_UNIT}{_NOT_ITS_UNIT}"
)
_UNTIL_GONE = re.compile(
    rf"(?<![\d每])({N})\s?([份张个名])(?:名额)?[,\s]?(?:领完|送完|抢完|发完|用完|兑完|先到|即止|为止|额满)"
)
_GATHERED = re.compile(rf"(?<![\d多])({N})\s?([人份张])(?:的)?[^,。;!?\n\d]{{0,8}}?{_OCCASION}")
_AGED = re.compile(rf"(?:年满|须满|需满|已满|满|年龄)\s?({N})\s?周?岁")
_AGES = re.compile(rf"({N})\s?(?:周?岁)?\s?(?:[-~—–至到]{{1,2}}|及|以)?\s?({N})?\s?周?岁")
_COUNTED = re.compile(rf"({N})\s?{_UNIT}")
_TOTALS = (
    *("capacity", "stock", "per_person", "monthly_stock", "monthly_per_person"),
    *("insured_age_min", "insured_age_max"),
)
_KINDS = ("product", "right", "activity")
_FEW = ("仅", "只有", "仅有", "满")

# ---- prizes
_RANK = re.compile(
    r"(?:[特头一二三四五六]等奖|头奖|大奖|末奖|金奖|银奖|铜奖|幸运奖|参与奖|纪念奖|阳光普照奖)"
    rf"(?:奖品)?(?:为|是|送|得|:|,|\s|-|—){{0,3}}(?:{N}[名位个]\s?[,:]?)?\s?(?:价值[^,。;\s]{{1,8}}的?)?(?P<thing>[\u4e00-\u9fff]{{2,12}})"
)
_RANKED = re.compile(r"(?:[特头一二三四五六]等|参与|幸运|纪念|鼓励|入围)奖")
_HANDED = re.compile(
    r"(?:送|赠|领|奖|抽|得|赢)(?:您|你|出|取|给?每人|一|到|走|得)?(?P<thing>[\u4e00-\u9fff]{0,8}?"
    r"(?:油|大米|面粉|鸡蛋|牛奶|白酒|啤酒|茶叶|茶具|糖果|炒锅|电锅|壶|水杯|杯子|碗|脸盆|雨伞|电动车|自行车|汽车|摩托车|洗衣机|冰箱|电视机?|空调"
    r"|手机(?!银行|号|上|短)|平板|电脑|手套|手电筒?|毛巾|纸巾|抽纸|洗衣液|洗衣粉|电饭煲|风扇|礼包|礼盒|购物卡|话费|加油卡|红包|被子|毛毯|床品|四件套|玩具|书包|手表|金条|微波炉|烤箱|热水器|音箱))"
)
_TAIL = re.compile(rf"(?:{N}?[台部辆支个份把套双只瓶桶袋箱盒张件名位打]|等)?$")
_NO_THING = re.compile(
    r"^(?:奖品|名额|等|由|将|在|现场|抽|是谁|花落|若干|丰厚|惊喜|各|共|领取|兑|公布|名单|得主|获得?者|和|与|及|揭晓|开|有机会|不|的|以|每)"
)
_ALL_WIN = re.compile(
    r"(?:人人|个个|全员|每人都?|百分之?百|100%)(?:都)?(?:有奖|有礼|中奖|得奖|获奖|拿奖|有份|可得奖)"
    r"|到场(?:即|就|都|均|人人|者)可?(?:送|领|赠|有奖|有礼|得)|(?:签到|登记|报名|进门|扫码)(?:即|就)可?(?:送|领|赠|有礼|有奖|得)"
    r"|奖奖不空|抽就中|必中|零空奖|不空奖"
)
_SURE_PPM = 1_000_000
_HEAD = 2


def strange(text: str, held: Held) -> Places:
    """Yield where a folded text says a number of things or people, or a prize, that is not its."""
    if held.kind not in _KINDS:
        return
    yield from _counts(text, held)
    if held.kind == "activity":
        yield from _prizes(text, held)


def _counts(text: str, held: Held) -> Places:
    told, each = _told(held.said), _told_each(held.said)
    totals = held.numbers(*_TOTALS) | _quantities(held)
    for match in _EACH.finditer(text):
        own = held.numbers("per_person", "monthly_per_person") | each
        known = own or {number for number, unit in told if unit == _sort(match[2])}
        if value(match[1]) not in known:
            yield match.span()
    for match in _IN_ALL.finditer(text):
        number, unit = value(match[2]), _sort(match[3])
        few = number == 1 and match[1] in _FEW
        if unit == "岁" or few or number in totals or (number, unit) in told:
            continue
        yield match.span()
    for match in _UNTIL_GONE.finditer(text):
        number, unit = value(match[1]), _sort(match[2])
        if number not in totals and (number, unit) not in told:
            yield match.span()
    for match in _GATHERED.finditer(text):
        if value(match[1]) not in totals and (value(match[1]), _sort(match[2])) not in told:
            yield match.span()
    yield from _of_ages(text, held)
    yield from _of_prizes(text, held)


def _of_ages(text: str, held: Held) -> Places:
    """Yield an age that the content does not name; of one that names none, only who is let in."""
    own = _ages(held.said) | held.numbers(*_TOTALS[-2:])
    told = list(_AGED.finditer(text))
    inside = [one.span() for one in told]
    for match in _AGES.finditer(text) if own else ():
        if not any(low <= match.start() < high for low, high in inside):
            told.append(match)
    for match in told:
        if any(value(one) not in own for one in match.groups() if one):
            yield match.span()


def _of_prizes(text: str, held: Held) -> Places:
    """Yield a prize with another number of it than its row says."""
    yield from _of_ranks(text, held)
    for row in held.rows("prizes"):
        head, quantity = _head(str(row.get("prize") or "")), row.get("quantity")
        if len(head) < _HEAD or not isinstance(quantity, int):
            continue
        pattern = rf"{re.escape(head)}\s?[x×*:]?\s?(?:共|各)?({N})\s?[{_THINGS}打]"
        for match in re.finditer(pattern, text):
            number = value(match[1])
            if number not in (1, quantity) and match[0] not in held.said:
                yield match.span()


def _of_ranks(text: str, held: Held) -> Places:
    """Yield a rank with another number of prizes than its row says: 一等奖三名."""
    for row in held.rows("prizes"):
        rank, quantity = _RANKED.match(str(row.get("prize") or "")), row.get("quantity")
        if rank is None or not isinstance(quantity, int):
            continue
        between = r"[^,。;!?\d等一二两三四五六七八九十百]{0,10}?"
        pattern = rf"{rank[0]}{between}(?:({N})\s?[名位个份{_THINGS}]|(\d{{1,5}})(?=\s*(?:\n|$)))"
        for match in re.finditer(pattern, text):
            # One of them may be told of by itself; a bare number is how many there are.
            if value(match[1] or match[2]) not in ({quantity, 1} if match[1] else {quantity}):
                yield match.span()


def _prizes(text: str, held: Held) -> Places:
    for pattern in (_RANK, _HANDED):
        for match in pattern.finditer(text):
            thing = match["thing"]
            is_thing = not _NO_THING.match(thing)
            if is_thing and _head(thing) and _head(thing) not in held.said:
                yield match.span()
    if not _wins_surely(held):
        for match in _ALL_WIN.finditer(text):
            yield match.span()


def _wins_surely(held: Held) -> bool:
    """Return whether the content gives everybody something: a prize that is sure, or its words."""
    sure = any(row.get("odds_ppm") == _SURE_PPM for row in held.rows("prizes"))
    return sure or _ALL_WIN.search(held.said) is not None


def _head(thing: str) -> str:
    """Return the end of a thing's name, without its number: what it is called for short."""
    return _TAIL.sub("", thing)[-_HEAD:]


def _quantities(held: Held) -> set[float]:
    found = [one for row in held.rows("prizes") for one in whole_numbers(row, "quantity")]
    return {*found, sum(found)} - {0.0}


def _sort(unit: str) -> str:
    """Return what a unit counts, by one of its words: people, things, times or years of age."""
    if unit in _PEOPLE:
        return "人"
    return "件" if unit in _THINGS else unit[-1]


@lru_cache(64)
def _told(said: str) -> frozenset[tuple[float, str]]:
    return frozenset((value(one[1]), _sort(one[2])) for one in _COUNTED.finditer(said))


@lru_cache(64)
def _told_each(said: str) -> frozenset[float]:
    return frozenset(value(one[1]) for one in _EACH_WIDE.finditer(said))


@lru_cache(64)
def _ages(said: str) -> frozenset[float]:
    found = (one for match in _AGES.finditer(said) for one in match.groups() if one)
    return frozenset(value(one) for one in found)
