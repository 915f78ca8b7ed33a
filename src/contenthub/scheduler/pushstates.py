"""Idea: the states of a push; one table drives buttons, permissions and tests.

draft ──submit──▶ in_review ──approve──▶ scheduled ──start──▶ running ──finish──▶ finished
▲ ▲               │    └──return──▶ returned          │        ▲│
│ └──withdraw─────┘                    │          cancel   resume pause
└────────────edit──────────────────────┘              ▼        │▼
cancelled ◀─ paused
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contenthub.errors import Conflict
from contenthub.library.review import NotInReview, OwnWork

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
Who = Literal["anyone", "author", "other", "system"]


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads, the permission it needs, and whose hand it takes."""

    state: str
    permission: str
    who: Who


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


def decide(state: str, action: str, *, authors: Collection[UUID], actor_id: UUID | None) -> str:
    """Return the state after `action`; `actor_id=None` is the system.

    `authors` is everybody who wrote or submitted the push.

    Raises OwnWork, NotInReview or WrongPushState.
    """
    found = TABLE.get((state, action))
    if found is None:
        if action in ("approve", "return", "withdraw"):
            raise NotInReview
        what, now = ACTIONS.get(action, action), STATES.get(state, state)
        raise WrongPushState(f"这个推送现在是“{now}”，不能{what}，请刷新后再试")
    if found.who == "other" and (actor_id is None or actor_id in authors):
        raise OwnWork
    if found.who == "system" and actor_id is not None:
        raise WrongPushState(f"这个推送现在是“{STATES[state]}”，请先撤回或退回")
    if found.who == "author" and actor_id not in authors:
        raise WrongPushState("只有编写或提交的人可以撤回；需要停下时请退回并写明原因")
    return found.state


def allowed(
    state: str, *, authors: Collection[UUID], actor_id: UUID, granted: set[str]
) -> list[str]:
    """Return the actions whose buttons `actor_id` may press, in the table's order."""
    buttons = []
    for (at_state, action), found in TABLE.items():
        mine = found.who == "anyone" or (found.who == "author") == (actor_id in authors)
        if at_state == state and found.who != "system" and mine and found.permission in granted:
            buttons.append(action)
    return buttons
