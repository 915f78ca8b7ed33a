"""Idea: the figures of a right and of an activity by the words that name them, with what their
fields keep of each: how many, for whom, when, at what odds.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contenthub.library.itemfields import rows_of
from contenthub.library.quantities import COUNTED, Value
from contenthub.library.slots import Slot
from contenthub.library.slotvalues import all_in, day_of, words_of, yuan

_LEFT = r"只?[剩余]下?|剩余|已|前|第|来了|每[天日批场]|上午|下午|当天|另|再|满"
_PPM = 10_000
_A_FEW: frozenset[Value] = frozenset({1.0, 2.0, 3.0})
"""领一张券: what somebody gets, not how many there are."""
_OPENS = (
    r"[^,。;!?\n\d]{0,6}(?:开始(?!热身|签到|入场|排队|检票|候场|放)|开讲|开课|举[行办]|准时"
    r"|见(?!面)|开场|启动)"
)


def event_slots(fields: Mapping[str, Any], kind: str) -> list[Slot]:
    """Return the slots of a right or an activity with these kept fields."""
    if kind == "right":
        return _right(fields)
    return _activity(fields) if kind == "activity" else []


def _counts(fields: Mapping[str, Any], *names: str) -> frozenset[Value]:
    return frozenset(
        float(value) for name in names if isinstance(value := fields.get(name), int) and value
    )


def _right(fields: Mapping[str, Any]) -> list[Slot]:
    days = day_of(fields.get("redeem_from")) | day_of(fields.get("redeem_until"))
    each = r"(?:每个?人|一个?人|每户|每位|人均|每个?手机号|同一手机号|一个手机号)"
    told = words_of(fields, "segment_rules", "how_to_redeem", "stop_rule", "spec")
    limit = r"(?:最多|限|仅限|可以?|只[能可限])*[领兑抢拿取]?[取换]?"
    per_person = _counts(fields, "per_person") | all_in(words_of(fields, "segment_rules"), "个")
    monthly = _counts(fields, "monthly_per_person")
    stock = _counts(fields, "stock")
    return [
        Slot(
            "个",
            rf"{each}[^,。;!?\n\d]{{0,4}}(?:每|一)个?月{limit}|每个?月每人{limit}",
            kept=monthly,
        ),
        Slot(
            "个",
            rf"{each}[^,。;!?\n\d]{{0,4}}{limit}",
            kept=per_person | _among(told) if per_person else frozenset(),
            skip="每天|每次|一天",
        ),
        Slot(
            "个",
            r"(?:每个?月|[本当]月|这个月|一个月)[^,。;!?\n\d]{0,12}",
            kept=_counts(fields, "monthly_stock")
            | (monthly if _counts(fields, "monthly_stock") else frozenset()),
        ),
        Slot("个", _LEFT),
        Slot(
            "个",
            r"(?:总共|一共|全[年部]共?|共|总[数量计]|限量|库存)(?:是|为|有|计|发放?|送出?)*|(?:送|(?<![理头])发放?|备[有了]?|投放|准备)[^,。;!?\n\d]{0,12}[券票卡礼品包袋米油水]",
            after=r"[^,。;!?\n\d]{0,6}[券票卡]",
            kept=stock | _A_FEW if stock else stock,
            skip=r"每[人户天日月]|[本当]月|已",
        ),
        Slot("元", r"原价|标价|门市价|市场价|补(?:差价?)?|自[己付]付?|差价|满|售价"),
        Slot(
            "元",
            r"面值|价值|券面|票面",
            after=r"的?[^,。;!?\n\d]{0,6}(?:券|代金)",
            kept=yuan(fields, "face_value_fen"),
        ),
        Slot(
            "日",
            r"(?:有效|使用|兑换|领取|核销|用(?:到|完|掉|至)|截[止至]|到期?|至)[^,。;!?\n\d]{0,4}",
            after=r"[^,。;!?\n\d]{0,4}(?:有效|[之以]?前|止|截止|过期|到期|内(?!容)|用)|(?:至|到|[-~—])",
            kept=days,
        ),
    ]


def _among(said: tuple[str, ...]) -> frozenset[Value]:
    """Return counts that words of a right's own rules tell: they may be told again."""
    return all_in(said, "个")


def _activity(fields: Mapping[str, Any]) -> list[Slot]:
    ages = all_in(words_of(fields, "for_whom"), "岁")
    capacity = _counts(fields, "capacity")
    return [
        *_days_told(fields),
        *_hours_told(fields),
        Slot("个", _LEFT),
        Slot(
            "个",
            r"名额[^,。;!?\n\d]{0,3}|限(?:定|额|招|报)?|招募|人数[^,。;!?\n\d]{0,3}|(?:坐|容纳)[^,。;!?\n\d]{0,3}",
            after=r"名额|个?名额",
            kept=capacity,
            skip=r"每[人户家]",
        ),
        Slot(
            "岁",
            r"面向|适合|欢迎|招募|[^\d]|^",
            kept=ages if len(ages) > 1 else frozenset(),
            ranged=True,
            skip=r"今年|了",
        ),
        *_prizes(fields),
    ]


def _days_told(fields: Mapping[str, Any]) -> list[Slot]:
    names = ("signup_until", "draw_at", "prize_until")
    apply_by, drawn, fetched = (day_of(fields.get(name)) for name in names)
    held = day_of(fields.get("starts_at")) | day_of(fields.get("ends_at"))
    told = all_in(words_of(fields, "draw_rule", "agenda"), "日")
    fetched |= told if fetched else frozenset()
    return [
        Slot(
            "日",
            r"报名[^。!?;\n\d]{0,8}|截[止至][^,。;!?\n\d]{0,4}",
            after=r"[^,。;!?\n\d]{0,8}(?:截止|停止报名|报名截)|[^,。;!?\n\d]{0,3}前[^,。;!?\n\d]{0,4}报",
            kept=apply_by,
            binds=True,
        ),
        Slot(
            "日",
            r"[兑领][奖取][^。!?;\n\d]{0,8}|奖品[^。!?;\n\d]{0,4}",
            after=r"[^。!?;\n\d]{0,14}(?:兑奖|领奖|补领|领)",
            kept=fetched,
            binds=True,
        ),
        Slot(
            "日",
            r"开奖[^,。;!?\n\d]{0,6}|抽奖时间",
            after=r"[^,。;!?\n]{0,6}开奖",
            kept=drawn | (held if drawn else frozenset()),
            binds=True,
        ),
        Slot(
            "日",
            r"(?:活动(?:时间|日期)?|时间|日期)[^,。;!?\n\d]{0,3}|定[在于]",
            after=r"[^,。;!?\n\d]{0,4}(?:周[一二三四五六日]|星期|[上下中]午|早上|晚上|\d{1,2}:|.{1,3}点|举[行办]|开始|启动)",
            kept=held | apply_by | drawn | fetched | told,
        ),
    ]


def _hours_told(fields: Mapping[str, Any]) -> list[Slot]:
    told = all_in(words_of(fields, "agenda", "draw_rule"), "时")
    names = ("draw_at", "signup_until", "prize_until")
    drawn, apply_by, fetched = (_hour_of(fields.get(name)) for name in names)
    begun = _hour_of(fields.get("starts_at")) | _hour_of(fields.get("ends_at")) | told
    return [
        Slot("时", r"(?:营业|服务|接待|咨询|上班|办公|领取|在线)[^。!?;\n]{0,10}"),
        Slot(
            "时",
            r"开奖[^,。;!?\n\d]{0,6}",
            after=r"[^,。;!?\n\d]{0,3}(?:开奖|抽奖)",
            kept=drawn | told if drawn else frozenset(),
            binds=True,
        ),
        Slot(
            "时",
            r"报名[^。!?;\n]{0,16}",
            after=r"[^,。;!?\n\d]{0,3}(?:截止|停止报名|[之以]?前[^,。;!?\n\d]{0,2}报)",
            kept=apply_by,
            binds=True,
        ),
        Slot(
            "时",
            r"(?:[日号]|周[一二三四五六日]|星期.)\)?(?:的?[上下中]午|早上|晚上?|傍晚)?|时间:?",
            after=_OPENS,
            kept=begun | drawn | apply_by | fetched,
        ),
    ]


def _hour_of(value: object) -> frozenset[Value]:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return frozenset()
    return frozenset({float(at.hour * 60 + at.minute)}) if "T" in str(value) else frozenset()


def _many(row: Mapping[str, Any]) -> frozenset[Value]:
    """Return a prize's quantity; one of it is said of what somebody gets."""
    kept = _counts(row, "quantity")
    return kept | {1.0} if kept else kept


def _prizes(fields: Mapping[str, Any]) -> list[Slot]:
    """Return the quantity, the odds and the price of each prize, by the prize's own name."""
    made = []
    for row in rows_of(fields, "prizes"):
        name = re.sub(
            rf"[\d.]+\s?[a-z{COUNTED}升斤]*", "", str(row.get("prize") or "").lower()
        ).strip()
        if not name:
            continue
        said = re.escape(name)
        odds, worth = row.get("odds_ppm"), row.get("value_fen")
        made += [
            Slot("个", said, after=said, kept=_many(row), skip="每[人位]|送出"),
            Slot(
                "%", said, kept=frozenset({odds / _PPM}) if isinstance(odds, int) else frozenset()
            ),
            Slot(
                "元",
                rf"{said}[^,。;!?\n\d]{{0,4}}(?:价值|单价|市价|每[{COUNTED}])?",
                kept=frozenset({worth / 100}) if isinstance(worth, int) else frozenset(),
            ),
        ]
    return made
