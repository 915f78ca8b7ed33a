"""Idea: the figures of a bank's own deposits, loans, cards and collecting codes, by name."""

from collections.abc import Mapping
from typing import Any

from contenthub.library.quantities import Value
from contenthub.library.slots import Slot, values_of
from contenthub.library.slotvalues import all_in, percent, says_free, words_of, yuan


def deposit(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a deposit beside its rates, terms and least amount."""
    early = words_of(fields, "early_withdrawal")
    return [
        Slot("天", r"(?:转存|续存)[^,。;!?\n\d]{0,4}", said_in=words_of(fields, "rollover")),
        Slot(
            "%",
            r"提前(?:支取|取)[^。;!?\n\d%]{0,16}|[没未](?:有)?到期[^。;!?\n\d%]{0,16}",
            kept=all_in(early, "%"),
            sure=False,
        ),
    ]


def loan(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a loan: penalty, early repayment, whole cost, the most of it."""
    penalty = words_of(fields, "penalty")
    cost = words_of(fields, "comprehensive_cost")
    early = words_of(fields, "prepayment")
    free = "违约金|手续费|补偿金|费"
    early_free = frozenset[Value]({0.0}) if any(says_free(one) for one in early) else frozenset()
    return [
        Slot(
            "%",
            r"(?:罚息|逾期)[^。!?;\n%\d]{0,20}(?:上?浮动?|加收|多收|加)",
            kept=all_in(penalty, "%"),
            said_in=cost,
        ),
        Slot(
            "%",
            rf"提前(?:还|结清|归还)[^。!?;\n%\d]{{0,24}}(?:收|付|交|{free}|本金|金额)的?",
            kept=all_in(early, "%") | early_free,
        ),
        Slot(
            "%",
            r"(?:年化)?综合(?:融资)?成本率?[^,。;!?\n%\d]{0,8}",
            kept=percent(fields, "comprehensive_cost_rate"),
            least=True,
        ),
        Slot(
            "%",
            r"(?:年化|利率|年息)[^,。;!?\n%\d]{0,8}",
            kept=percent(fields, *_LOAN_RATES) if "annual_rate_max" in fields else frozenset(),
            ranged=True,
            sure=False,
        ),
        *_most(fields),
    ]


_LOAN_RATES = ("annual_rate", "annual_rate_max", "comprehensive_cost_rate")


_NOT_THE_MOST = (
    r"余额|规模|发放|累计|户|亿|单笔|每[月天日笔]|月供|保额|消费|年费|首付|评估|价值|奖|补|免|流水"
    r"|收入|工资|罚|费"
)


def _most(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what may be borrowed: less is as true."""
    kept = yuan(fields, "amount_max_fen")
    name = r"(?:额度|授信|[可能]贷|贷款?|最高|最多)[^,。;!?\n\d]{0,6}"
    return [Slot("元", name, kept=kept, most=True, skip=_NOT_THE_MOST)]


def card(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a credit card: fees, free days, how often to use it, offers."""
    late, cash = words_of(fields, "late_fee"), words_of(fields, "cash_fee")
    grace = words_of(fields, "grace_days")
    return [
        Slot("%", r"违约金|滞纳金", after=r"的?(?:违约金|滞纳金)", kept=all_in(late, "%")),
        Slot("元", r"违约金|滞纳金|不足", kept=all_in(late, "元") | all_in(cash, "元")),
        Slot("%", r"取现|预借现金|取款", kept=all_in(cash, "%"), skip="折|境外"),
        Slot(
            "元",
            r"取现[^。!?;\n]{0,14}最[低少]|手续费[^。!?;\n]{0,6}最[低少]",
            kept=all_in(cash, "元"),
        ),
        Slot(
            "%",
            r"分期[^,。;!?\n%\d]{0,10}(?:费率|利率|年化)",
            kept=percent(fields, "instalment_rate"),
            skip="折|首[期月]|每期|月费",
        ),
        Slot(
            "%",
            r"透支[^,。;!?\n%\d]{0,10}(?:利率|年化|利息)",
            kept=percent(fields, "revolving_rate"),
            skip="日",
        ),
        Slot(
            "天",
            r"免息期?[^,。;!?\n\d]{0,4}最?长?|最长(?=[^,。;!?\n\d]{0,6}$)",
            after=r"的?免息",
            kept=all_in(grace, "天"),
            sure=False,
            skip="最短|账单|分期|剩|至少",
        ),
        *_yearly(words_of(fields, "annual_fee")),
        *_most(fields),
        *_offers(fields),
    ]


def _yearly(told: tuple[str, ...]) -> list[Slot]:
    """Return the yearly fee, and how often or for how much a card is used to be free of it."""
    return [
        Slot(
            "笔",
            r"(?:刷|消费|交易|用卡?)(?:卡|够|满|足|上)*",
            after=r"[^,。;!?\n\d]{0,8}免",
            kept=all_in(told, "笔"),
        ),
        Slot(
            "元",
            r"(?:第二年|次年|次年起|第二年起|从第二年开始|以后)[^,。;!?\n\d]{0,4}每?年?|年费[^,。;!?\n\d]{0,4}|(?<!次)每年|刷不[够满]",
            kept=all_in(told, "元"),
            skip="满|刷满|消费|额度|省|积分|返",
        ),
        Slot(
            "元",
            r"(?:刷|消费)[卡够满足到上]*",
            kept=all_in(told, "元")
            if any("满" in one and "元" in one for one in told)
            else frozenset(),
            skip=r"减|返|立|单笔|每月|当月|省|收(?=\d)",
        ),
    ]


def _offers(fields: Mapping[str, Any]) -> list[Slot]:
    offers = words_of(fields, "card_offers")
    if not offers:
        return []
    return [
        Slot("元", r"满", said_in=offers, skip="年费|刷满"),
        Slot("元", r"(?:立|直)?减", said_in=offers),
        Slot("笔", r"每(?:个)?月(?:最多|限|可用)?", said_in=offers),
    ]


def payment(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a collecting code: fees by card, limits, what is left as a pledge."""
    told = words_of(fields, "merchant_fee", "fee_table", "fees")
    limits = words_of(fields, "limits")
    fee = all_in(words_of(fields, "merchant_fee"), "%")
    if not fee and any(says_free(one) or one.startswith("0") for one in told):
        fee = frozenset({0.0})
    every = fee | all_in(told, "%")
    is_split = any("信用卡" in one or "贷记卡" in one for one in told)
    return [
        Slot("%", r"(?<!非)(?:信用卡|贷记卡)[^,。;!?\n\d]{0,8}", said_in=told if is_split else ()),
        Slot("%", r"(?:借记卡|储蓄卡)[^,。;!?\n\d]{0,8}", said_in=told if is_split else ()),
        Slot(
            "%",
            r"(?:手续费|费率)(?:率|按|只要|低至|为|是|收|:)*",
            after=r"的?(?:手续费|费率)",
            kept=every if fee else frozenset(),
            skip="提现|转账|跨行|折",
        ),
        *_limits(limits),
        Slot("元", r"押金", said_in=told, none="押金", skip="超过|损坏|扣"),
        Slot("元", r"服务费|年费|月租", said_in=told),
        Slot("元", r"收(?=[^,。;!?\n\d]{0,2}$)|扫"),
        Slot("元", r"(?:最[高多])收?", after=r"封顶", said_in=told),
    ]


def _limits(said: tuple[str, ...]) -> list[Slot]:
    """Return a limit's slots: less than it may be told of a day, but not as the limit."""
    made = []
    for name in (r"单笔|每笔|一笔", r"单日|每[天日]|一天|全天|日累?计?", r"单月|每个?月|月累计"):
        told = rf"(?:{name})[^,。;!?\n\d]{{0,6}}"
        kept = values_of(Slot("元", told, said_in=said))
        made.append(Slot("元", rf"{told}(?:限额|最[高多大]|不超过|封顶|上限)", kept=kept))
        made.append(Slot("元", told, kept=kept, most=True))
    return made
