"""Idea: the states of a cadence and of a customer's run of it, and what ends a run.

draft ──submit──▶ in_review ──approve──▶ in_use ──stop──▶ stopped
▲ ▲               │    └──return──▶ returned  │              │
│ └──withdraw─────┘                    │      │              │
└────────────edit──────────────────────┴──────┴──────────────┘
"""

from contenthub.errors import Conflict
from contenthub.library.lifecycle import Lifecycle, Step

STATES: dict[str, str] = {
    "draft": "草稿",
    "in_review": "待审核",
    "returned": "已退回",
    "in_use": "使用中",
    "stopped": "已停用",
}
ACTIONS: dict[str, str] = {
    "edit": "修改",
    "submit": "提交审核",
    "withdraw": "撤回",
    "approve": "通过",
    "return": "退回",
    "start": "给客户开始",
    "stop": "停用",
}
RUN_STATES: dict[str, str] = {"running": "进行中", "finished": "已走完", "stopped": "已停止"}
STOP_REASONS: dict[str, str] = {
    "answered": "客户有回应",
    "refused": "客户拒绝此类业务",
    "no_consent": "没有营销授权",
    "unsuitable": "风险等级不匹配或测评已到期",
    "unreachable": "联系不上",
    "gone": "客户已删除",
    "no_owner": "没有客户经理",
    "cadence_stopped": "节奏已停用",
    "by_hand": "人工停止",
}
"""Why a run stopped before its last step."""

TABLE: dict[tuple[str, str], Step] = {
    ("draft", "edit"): Step("draft", "cadences.write", "anyone"),
    ("returned", "edit"): Step("draft", "cadences.write", "anyone"),
    ("in_use", "edit"): Step("draft", "cadences.write", "anyone"),
    ("stopped", "edit"): Step("draft", "cadences.write", "anyone"),
    ("draft", "submit"): Step("in_review", "cadences.write", "anyone"),
    ("in_review", "withdraw"): Step("draft", "cadences.write", "author"),
    ("in_review", "approve"): Step("in_use", "reviews.decide", "other"),
    ("in_review", "return"): Step("returned", "reviews.decide", "other"),
    ("in_use", "start"): Step("in_use", "cadences.start", "anyone"),
    ("draft", "stop"): Step("stopped", "cadences.stop", "anyone"),
    ("returned", "stop"): Step("stopped", "cadences.stop", "anyone"),
    ("in_review", "stop"): Step("stopped", "cadences.stop", "anyone"),
    ("in_use", "stop"): Step("stopped", "cadences.stop", "anyone"),
}


class WrongCadenceState(Conflict):
    """The cadence is in a state that does not have this action."""

    code = "wrong_cadence_state"


LIFE = Lifecycle("这个节奏", STATES, ACTIONS, TABLE, WrongCadenceState)
decide, allowed = LIFE.decide, LIFE.allowed
