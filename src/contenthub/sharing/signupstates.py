"""Idea: the states of a sign-up, who may move it where, and what they are called."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contenthub.errors import Conflict, Invalid
from contenthub.sharing.window import begins_at

LABELS: dict[str, str] = {
    "new": "待确认",
    "confirmed": "已确认",
    "attended": "已到场",
    "absent": "未到场",
    "cancelled": "已取消",
}
_OF_RIGHTS = {"attended": "已领取", "absent": "未领取"}
_DOING = {"confirmed": "确认", "cancelled": "取消"}
HELD = ("new", "confirmed", "attended", "absent")
"""States that take up a place; who cancelled gave theirs back."""
OPEN = ("new", "confirmed")
OUTCOMES = ("attended", "absent")

# Who noted a wrong outcome may put it right; a cancelled place is asked for anew.
_MOVES: dict[str, tuple[str, ...]] = {
    "new": ("confirmed", "attended", "absent", "cancelled"),
    "confirmed": ("attended", "absent", "cancelled"),
    "attended": ("absent",),
    "absent": ("attended",),
    "cancelled": (),
}


def label(state: str, kind: str) -> str:
    """Return what a state is called; of a right one claims, of an activity one attends."""
    return (_OF_RIGHTS.get(state) if kind == "right" else None) or LABELS[state]


def action(to: str, kind: str) -> str:
    """Return what the button says that moves a sign-up to `to`: a deed, not yet a state."""
    return _DOING.get(to) or label(to, kind)


def moves(state: str, *, begun: bool = True) -> tuple[str, ...]:
    """Return the states a sign-up may go to; outcomes only once the day has `begun`."""
    return tuple(to for to in _MOVES[state] if begun or to not in OUTCOMES)


def has_begun(fields: Mapping[str, Any], *, zone: str, at: datetime) -> bool:
    """Return whether attendance can be noted: from the day the activity starts on."""
    starts_at = begins_at(fields, zone=zone)
    return starts_at is None or starts_at <= at


def move(state: str, wanted: str, *, kind: str, begun: bool) -> str:
    """Return `wanted` if the table allows it.

    Raises:
        Invalid: there is no such state.
        Conflict: not from here, or the activity has not begun.
    """
    if wanted not in LABELS:
        known = "、".join(f"{label(slug, kind)}({slug})" for slug in LABELS)
        raise Invalid.of("state", f"没有“{wanted[:20]}”这个状态，请从这些里选：{known}")
    if wanted not in _MOVES[state]:
        allowed = "、".join(label(s, kind) for s in moves(state, begun=begun)) or "不再变化"
        raise Conflict(f"报名现在是“{label(state, kind)}”，只能改为：{allowed}")
    if wanted in OUTCOMES and not begun:
        raise Conflict(f"活动还没有开始，不能登记“{label(wanted, kind)}”；请在活动当天或之后登记")
    return wanted
