"""Idea: the figures of what a bank sells for others (wealth, funds, policies), by their names."""

from collections.abc import Mapping
from typing import Any

from contenthub.library.slots import Slot
from contenthub.library.slotvalues import all_in, day_of, days, words_of

_FEES = (
    "管理费",
    "托管费",
    "(?:销售)?服务费",
    "认购费?",
    "申购费?",
    "赎回费",
    "转换费",
    "业绩报酬|超额[^,。;!?\n\\d]{0,12}(?:提取|提成|分成|收取)",
)
_SUMS = (
    "身故|伤残|全残",
    "(?:意外)?医疗(?!险|保险|费)",
    "门诊",
    "住院(?:医疗)?",
    "津贴",
    "免赔额?|(?:医[药疗]费|费用)超过",
    "重(?:大疾病|疾)",
    "一般医疗",
    "猝死",
    "特药",
    "救护车",
    "骨折",
    "航空",
    "驾乘",
    "特定疾病",
    "轻症",
    "中症",
    "责任",
    "每亩(?=[^,。;!?\n\\d]{0,6}赔)|一亩(?=[^,。;!?\n\\d]{0,6}赔)",
)

_YEAR = 360.0


def invested(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a wealth product or a fund: fees, benchmark, hours, days of sale."""
    fees = words_of(fields, "fees", "redemption")
    redeemed = words_of(fields, "redemption")
    slots = [
        Slot(
            "%",
            f"(?:{name})率?",
            after=rf"[的作为]{{0,2}}(?:{name})(?!率?[^,。;!?\n]{{0,4}}\d)",
            said_in=fees,
            skip="折|优惠",
        )
        for name in _FEES
    ]
    slots += [
        Slot(
            "%",
            r"(?:业绩)?比较基准(?!上限的)(?:下限|上限)?",
            kept=all_in(words_of(fields, "benchmark"), "%"),
            ranged=True,
        ),
        Slot("元", r"(?:快速?赎回?|(?:实时|即时|当天)赎回?)[^。;!?\n\d]{0,10}", said_in=redeemed),
        Slot("元", r"追加|定投|递增"),
        Slot(
            "时",
            r"赎回?|申购|交易日|工作日|买入|卖出",
            after=r"[之以]?前[^,。;!?\n]{0,4}(?:赎|申|买|卖)",
            said_in=redeemed,
        ),
    ]
    return [*slots, *_raised(fields)]


def _raised(fields: Mapping[str, Any]) -> list[Slot]:
    """Return the first and the last day that a product is sold."""
    first, last = day_of(fields.get("raise_from")), day_of(fields.get("raise_until"))
    if not (first and last):
        return []
    opens = (
        r"(?:募集|认购|发[行售]|起?售|开售)(?:期|时间|日期|开始)?"
        r"[^,。;!?\n\d]{0,4}(?:从|自|为|:)?"
    )
    return [
        Slot(
            "日",
            opens,
            after=r"[^,。;!?\n\d]{0,2}(?:开始|起(?!息)|开售|起售|发售|开放认购|至|到|[-~—])",
            kept=first | last,
            skip=r"成立|起息|到期",
        ),
        Slot(
            "日",
            r"(?:截[止至]|结束)(?:日期|时间|于|到|为|:)?",
            after=r"[^,。;!?\n\d]{0,2}(?:截止|止|结束|为止)",
            kept=last,
            skip=r"截[止至][^,。;!?\n]{0,14}(?:过往|净值|规模|收益|末|日[,)])|数据|年化",
        ),
    ]


def insurance(fields: Mapping[str, Any]) -> list[Slot]:
    """Return what is told of a policy: sums insured, premiums, days, ages."""
    covered = words_of(fields, "coverage")
    slots = [
        *_sums_insured(covered),
        *_premiums(words_of(fields, "premium")),
        Slot(
            "天",
            r"等待期[^,。;!?\n\d]{0,6}",
            after=r"[^,。;!?\n\d]{0,4}等待期",
            kept=days(fields, "waiting_days"),
        ),
        Slot(
            "天",
            r"犹豫期[^,。;!?\n\d]{0,6}",
            after=r"[^,。;!?\n\d]{0,4}(?:犹豫期|反悔)",
            kept=days(fields, "cooling_off_days"),
        ),
        Slot(
            "岁",
            r"(?:保(?:障|险)?(?:期间?)?|一直)(?:至|到|直到)(?:被保险人)?",
            kept=all_in(words_of(fields, "term"), "岁"),
            said_in=covered,
            skip="续保|投保|首次",
        ),
    ]
    return [slot for slot in slots if slot.kept or slot.said_in]


def _sums_insured(covered: tuple[str, ...]) -> list[Slot]:
    most = r"(?:最高|最多)[^,。;!?\n\d]{0,8}(?:赔付?|报销?|保|付)"
    slots = [Slot("元", most, kept=all_in(covered, "元"), most=True)]
    slots += [
        Slot(
            "元",
            rf"(?:{name})[^,、。;!?\n\d]{{0,10}}",
            after=rf"的?(?:{name})(?!额?[^,。;!?\n]{{0,3}}[\d一二三四五六七八九十])",
            said_in=covered,
            none=name if "免赔" in name else "",
        )
        for name in _SUMS
    ]
    return slots


def _premiums(paid: tuple[str, ...]) -> list[Slot]:
    premium = all_in(paid, "元")
    is_least = any("起" in one or "最低" in one or "岁" in one for one in paid)
    return [
        Slot(
            "元",
            r"(?:每[人户]?(?:每)?年|一年|[年月][交缴]|[交缴]费?|保费|每人)(?:只[要需交]|仅[要需]?|大?约)?[交缴]?(?:保费)?",
            kept=premium,
            least=is_least,
            skip=r"保额|共|合计|补贴|不到|财政|自[己缴]|领|社保|医保|津贴",
        ),
        Slot(
            "元",
            r"自[己行费]?[缴交出付][^,。;!?\n\d]{0,4}|自己只?[要需]?[缴交出付]?[^,。;!?\n\d]{0,4}",
            said_in=paid,
            skip=r"[\d十百]亩|全家|共",
        ),
        Slot(
            "天",
            r"(?<!续)(?:[交缴]费?(?:期限?|满|足|分|年限)*[^,。;!?\n\d]{0,2})",
            after=r"[期]?[交缴](?!多少|过|一次|保)",
            kept=frozenset(one for one in all_in(paid, "天") if one >= _YEAR),  # type: ignore[operator]  # days are a number
            skip="每|间隔|宽限|续|年[交缴]?保费",
        ),
    ]
