"""Idea: what a product's text says of fees, of when money arrives and of a policy, against its
fields.

Yearly fees of cards, fees and settlement of collecting codes; days to cancel or to wait, ages and
premiums of policies. A field that is not filled bounds nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contenthub.library import figures
from contenthub.library.saidnumbers import NUMBER, clause, clause_of, number_of
from contenthub.library.sentences import SENTENCE_ENDS, behind_last

Place = tuple[int, int, bool]
_DENIED = re.compile(
    r"不能|不可|不得|无法|不再|不予|不支持|不接受|停止|不参[加与]|不享|谨防|骗|虚假|不是|并非|没有|不等于|例如|比如|假如|其[他它]|另[外有一]|别的"
)
_ASKED = re.compile(
    r"刷|满|首年|次年|条件|达标|当年|笔|优惠期|活动|期间|户|减半|政策|前\d|以[下内]|小微|新"
)
"""What a fee hangs on, or for whom it is waived."""
_FREE = re.compile(r"(?<![不减])免|不收|零|(?<![\d.])0\s?(?:元|%|费)|(?<!不)减(?!免)|优惠|无年?费")
_NO_YEARLY = re.compile(
    r"(?:终身|永久|永远|一直)?(?:免(?:收|交|缴|除|去)?年费|年费(?:全免|终身免|永久免|免[收交缴]?|0元|零元|为0元?|不收)|(?:0|零|无|没有|不收|不交)年费)"
)
_ANOTHER_CARD = re.compile(r"未激活|借记卡|社保卡|附属卡|副卡")
_ALWAYS = re.compile(r"终身|永久|永远|一直|无条件")
_YEARLY = re.compile(rf"年费[^,。;!?\n\d免]{{0,6}}?({NUMBER})元|({NUMBER})元(?:/年)?的?年费")
_NO_FEE = re.compile(
    r"手续费(?:全免|全部免除|免[收交缴除]?|0元|零元|为0(?![.\d])|为零|不收)|免(?:收|交|缴|除)?(?:商户|收款|交易)?手续费|(?<![\d.])(?:0|零)(?:手续费|费率)"
    r"|(?:不收|没有|无|不扣|不要)(?:商户|收款|交易|任何)?手续费|免费率|费率(?:全免|0(?![.\d])|为0(?![.\d])|零)"
)
_NOT_ITS_FEE = re.compile(
    r"提现|转账|取现|跨行|汇款|开户|年费|工本|挂失|查询|短信|退款|信用卡|线上|行内|本行|存款|取款|缴费|代缴|兑换|残损|账户管理"
)
_FEE = re.compile(r"手续费|费率")
_SPEEDS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (0, re.compile(r"实时|即时|秒到|秒级|立即|立刻|马上|当场|随收随到|即刻")),
    (1, re.compile(r"当日|当天|当晚|[dt]\s?\+?\s?0(?![\d.])|日结|今天")),
    (2, re.compile(r"次日|隔日|第二天|隔天|次一?工作日|[dt]\s?\+\s?1(?!\d)|[1一]个工作日|明天")),
    (3, re.compile(r"[dt]\s?\+\s?[2-9]|[2-9二两三]个工作日|隔周|次周")),
)
_ARRIVES = re.compile(
    r"(实时|即时|立即|立刻|马上|当场|当日|当天|当晚|即刻|次日|隔日|第二天|(?<![a-z])[dt]\s?\+?\s?[01])[^,。;!?\n]{0,4}?(?:到账|入账|结算|到卡|清算)"
    r"|秒到(?!站)|秒级到账|随收随到"
)
_AT_ALL = re.compile(r"[到入]账|结算|到卡|清算|秒到|随收")
_NOT_ITS_ARRIVAL = re.compile(
    r"播报|提醒|通知|语音|转账|信用卡|短信|查|可选|选择|另行|申请|开通|工资|代发|退款|放款|贷款|到账后"
)
_COOLING = re.compile(
    rf"犹豫期[^,。;!?\n\d]{{0,6}}?({NUMBER})个?(?:自然)?[天日]|({NUMBER})[天日]的?犹豫期"
)
_WAITING = re.compile(
    rf"等待期[^,。;!?\n\d]{{0,6}}?({NUMBER})个?(?:自然)?[天日]|({NUMBER})[天日]的?等待期"
)
_AGES = re.compile(rf"({NUMBER})(?:周岁|岁)?(?:[-~至到—–]{{1,2}}({NUMBER}))?周?岁")
_INSURED = re.compile(
    r"投保(?!人|单|时)|[能可]投|可以投|参保|承保|能买|可买|可以买|买得了|能上保险|被保险人年龄"
)
_NOT_AN_AGE = re.compile(
    r"保[障险]?[至到]|领取|起领|续保|给付|缴至|交至|缴到|投保人|每长|满期|出生|之后|周年|为例|比如|案例"
)
_PREMIUM_PAID = re.compile(
    rf"(?:每年|年)(?:只要|只需|仅需|仅|只)?(?:交|缴|保费)费?(?:保费)?(?:为|只要|仅)?({NUMBER}万?)元"
)
_PREMIUM_YEARS = re.compile(
    rf"(?:交|缴)(?:费|满|足)?(?:期)?(?:间|限)?(?:为|:)?({NUMBER})年(?!以上|后|内|前|间)|({NUMBER})年(?:交|缴)(?!多少|过)"
)
_NOT_ITS_PREMIUM = re.compile(
    r"例如|比如|举例|为例|案例|假[如设]|若|如果|社保|医保|其[他它]|另|可选|或|附加"
)
_FREE_DAYS = re.compile(
    rf"免息期?[^,。;!?\n\d]{{0,8}}?({NUMBER})(?:[-~至到—–]{{1,2}}({NUMBER}))?天|({NUMBER})天的?免息"
)


def fees(text: str, fields: Mapping[str, Any], topic: str) -> Iterator[Place]:
    """Yield (start, end, whether it is sure) of statements that kept fields contradict."""
    if topic == "card":
        yield from _yearly_fees(text, str(fields.get("annual_fee") or ""))
        yield from _free_days(text, str(fields.get("grace_days") or ""))
    if topic == "payment":
        yield from _merchant_fees(text, fields)
        yield from _arrivals(text, str(fields.get("settlement") or ""))
    if topic == "insurance":
        yield from _policy_days(text, fields)
        yield from _ages(text, fields)
        yield from _premiums(text, str(fields.get("premium") or ""))


def _yearly_fees(text: str, kept: str) -> Iterator[Place]:
    if not kept or "年费" not in text:
        return
    is_waived = bool(_FREE.search(kept))
    own = figures.known([kept])["money"]
    for match in _NO_YEARLY.finditer(text):
        said = clause_of(match)
        if _denied(match):
            continue
        hangs = bool(_ASKED.search(kept))
        if not is_waived or (hangs and _ALWAYS.search(said)):
            yield *match.span(), not _ANOTHER_CARD.search(_sentence(match))
        elif hangs and not _ASKED.search(_sentence(match)):
            yield *match.span(), False
    for match in _YEARLY.finditer(text):
        key = ("元", number_of(match[1] or match[2]))
        if key not in own and not (key[1] == 0 and is_waived) and not _denied(match):
            yield *match.span(), True


def _free_days(text: str, kept: str) -> Iterator[Place]:
    own = [int(one) for one in re.findall(r"\d+", kept)]
    for match in _FREE_DAYS.finditer(text) if own and "免息" in text else ():
        if number_of(match[2] or match[1] or match[3]) > max(own) and not _denied(match):
            yield *match.span(), True


def _merchant_fees(text: str, fields: Mapping[str, Any]) -> Iterator[Place]:
    kept = str(fields.get("merchant_fee") or "")
    if not kept or not _FEE.search(text):
        return
    rows = fields.get("fee_table")
    table = [str(row) for row in rows] if isinstance(rows, list) else []
    told = [kept, *table, str(fields.get("fees") or "")]
    own = figures.known(told)["rate"]
    is_free = any(_FREE.search(one) for one in told)
    for match in _NO_FEE.finditer(text):
        if not is_free and not _NOT_ITS_FEE.search(clause_of(match)) and not _denied(match):
            said = _sentence(match)
            yield *match.span(), not (_ASKED.search(said) or _NOT_ITS_FEE.search(said))
    for match in _FEE_SENTENCE.finditer(text):
        for one in figures.claims(match[0]):
            start, end = one.start + match.start(), one.end + match.start()
            low, high = clause(text, start, end)
            said = text[low:high]
            is_fen = (
                one.key[0] == "厘" and "分" in match[0][one.start : one.end]
            )  # 四分五厘 of a sale
            if one.kind != "rate" or is_fen or one.key in own or not _FEE.search(said):
                continue
            if not _NOT_ITS_FEE.search(said) and not _DENIED.search(said) and len(own) > 1:
                yield start, end, not re.search(r"原|同业|以前|市场|信用卡|降|减", said)


_FEE_SENTENCE = re.compile(r"[^。!?;\n]*(?:手续费|费率)[^。!?;\n]*")


def _arrivals(text: str, kept: str) -> Iterator[Place]:
    own = [speed for speed, words in _SPEEDS if words.search(kept)]
    for match in _ARRIVES.finditer(text) if own and _AT_ALL.search(text) else ():
        said = next((speed for speed, words in _SPEEDS if words.search(match[0])), max(own))
        is_apart = _NOT_ITS_ARRIVAL.search(clause_of(match)) or _denied(match)
        if said < min(own) and not is_apart:
            yield *match.span(), True


def _policy_days(text: str, fields: Mapping[str, Any]) -> Iterator[Place]:
    for name, pattern, word in (
        ("cooling_off_days", _COOLING, "犹豫期"),
        ("waiting_days", _WAITING, "等待期"),
    ):
        own = fields.get(name)
        for match in pattern.finditer(text) if isinstance(own, int) and word in text else ():
            if number_of(match[1] or match[2]) != own and not _denied(match):
                yield *match.span(), True


def _ages(text: str, fields: Mapping[str, Any]) -> Iterator[Place]:
    least, most = fields.get("insured_age_min"), fields.get("insured_age_max")
    if not isinstance(least, int) and not isinstance(most, int):
        return
    for match in _AGES.finditer(text) if "岁" in text else ():
        said = clause_of(match)
        if not _INSURED.search(said) or _NOT_AN_AGE.search(said) or _denied(match):
            continue
        low, high = number_of(match[1]), number_of(match[2] or match[1])
        is_low = isinstance(least, int) and low < least
        if is_low or (isinstance(most, int) and high > most):
            yield *match.span(), True


def _premiums(text: str, kept: str) -> Iterator[Place]:
    own = figures.known([kept])
    for match in _PREMIUM_PAID.finditer(text) if own["money"] else ():
        said = figures.known([f"{match[1]}元"])["money"]
        if not said & own["money"] and not _NOT_ITS_PREMIUM.search(clause_of(match)):
            yield *match.span(), True
    years = {key for key in own["term"] if key[0] == "月"}
    for match in _PREMIUM_YEARS.finditer(text) if years else ():
        key = ("月", number_of(match[1] or match[2]) * 12)
        if key not in years and not _NOT_ITS_PREMIUM.search(clause_of(match)):
            yield *match.span(), True


def _denied(match: re.Match[str]) -> bool:
    """Return whether the clause denies a statement; its own words deny nothing."""
    low, high = clause(match.string, *match.span())
    around = f"{match.string[low : match.start()]}\n{match.string[match.end() : high]}"
    return _DENIED.search(around) is not None


def _sentence(match: re.Match[str]) -> str:
    text = match.string
    low = behind_last(text, SENTENCE_ENDS, 0, match.start())
    return text[low : match.end() + 30]
