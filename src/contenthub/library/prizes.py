"""Idea: what of an activity's prizes may not change once it has begun (rule PRIZE-03)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contenthub.library.window import instant

FROZEN = {
    "starts_at": "开始时间",
    "ends_at": "结束时间",
    "for_whom": "适用客户",
    "region": "活动区域",
    "capacity": "名额",
    "signup_until": "报名截止",
    "checkin": "签到方式",
    "stop_rule": "名额用完怎么办",
    "prizes": "奖品",
    "draw_rule": "开奖与兑奖",
    "draw_at": "开奖时间",
    "prize_until": "兑奖截止",
}
"""反不正当竞争法 art. 11 (2), 规范促销行为暂行规定: kinds, amounts, who may win and how stand once
a game with prizes runs."""
_WHY = "活动已经开始，“{}”不能再改；请恢复为已发布的内容，或新建一个活动"


def changed_in_play(
    live: Mapping[str, Any], wording: Mapping[str, Any], *, zone: str, at: datetime
) -> dict[str, str]:
    """Return field -> 中文 for what a wording changes of the prizes of a running activity.

    `live` are the fields of the wording that was published last; the activity runs from its own
    `starts_at` on, on the clock of `zone`. Without prizes nothing is frozen. Empty when nothing
    is wrong.
    """
    if not live.get("prizes"):
        return {}
    begins = instant(str(live.get("starts_at") or ""), zone, field="starts_at")
    if begins is None or begins > at:
        return {}
    return {
        f"fields.{name}": _WHY.format(label)
        for name, label in FROZEN.items()
        if (live.get(name) or None) != (wording.get(name) or None)
    }
