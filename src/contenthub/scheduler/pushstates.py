"""Idea: the states of a push; one table drives buttons, permissions and tests.

draft ──submit──▶ in_review ──approve──▶ scheduled ──start──▶ running ──finish──▶ finished
▲ ▲               │    └──return──▶ returned          │        ▲│
│ └──withdraw─────┘                    │          cancel   resume pause
└────────────edit──────────────────────┘              ▼        │▼
cancelled ◀─ paused
"""

from contenthub.errors import Conflict
from contenthub.library.lifecycle import Lifecycle, Step

STATES: dict[str, str] = {
    "draft": "草稿",
    "in_review": "待审核",
    "returned": "已退回",
    "scheduled": "已排期",
    "running": "发送中",
    "paused": "已暂停",
    "finished": "已完成",
    "cancelled": "已取消",
    "failed": "失败",
}
ACTIONS: dict[str, str] = {
    "edit": "修改",
    "submit": "提交审核",
    "withdraw": "撤回",
    "approve": "通过",
    "return": "退回",
    "start": "开始",
    "pause": "暂停",
    "resume": "恢复",
    "cancel": "取消",
    "finish": "完成",
}

TABLE: dict[tuple[str, str], Step] = {
    ("draft", "edit"): Step("draft", "pushes.write", "anyone"),
    ("returned", "edit"): Step("draft", "pushes.write", "anyone"),
    ("scheduled", "edit"): Step("draft", "pushes.write", "anyone"),
    ("draft", "submit"): Step("in_review", "pushes.write", "anyone"),
    ("in_review", "withdraw"): Step("draft", "pushes.write", "author"),
    ("in_review", "approve"): Step("scheduled", "reviews.decide", "other"),
    ("in_review", "return"): Step("returned", "reviews.decide", "other"),
    ("scheduled", "start"): Step("running", "", "system"),
    ("running", "start"): Step("running", "", "system"),
    ("scheduled", "pause"): Step("paused", "pushes.control", "anyone"),
    ("running", "pause"): Step("paused", "pushes.control", "anyone"),
    ("paused", "resume"): Step("running", "pushes.control", "anyone"),
    ("draft", "cancel"): Step("cancelled", "pushes.write", "anyone"),
    ("returned", "cancel"): Step("cancelled", "pushes.write", "anyone"),
    ("in_review", "cancel"): Step("cancelled", "", "system"),
    ("scheduled", "cancel"): Step("cancelled", "pushes.control", "anyone"),
    ("running", "cancel"): Step("cancelled", "pushes.control", "anyone"),
    ("paused", "cancel"): Step("cancelled", "pushes.control", "anyone"),
    ("running", "finish"): Step("finished", "", "system"),
}


class WrongPushState(Conflict):
    """The push is in a state that does not have this action."""

    code = "wrong_push_state"


LIFE = Lifecycle("这个推送", STATES, ACTIONS, TABLE, WrongPushState)
decide, allowed = LIFE.decide, LIFE.allowed
