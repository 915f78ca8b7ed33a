"""Idea: the states of a sign-up, who may move it where, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
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
UNDO = "撤销登记"
"""What the button says that takes an outcome back."""
OFF_DONE = "已通知客户取消"
"""What the button says of a sign-up whose activity is off."""
HELD = ("new", "confirmed", "attended", "absent")
"""States that take up a place; who cancelled gave theirs back."""
OPEN = ("new", "confirmed")
OUTCOMES = ("attended", "absent")

# Who noted a wrong outcome may put it right, and within the day take it back; a cancelled
# place is asked for anew.
_MOVES: dict[str, tuple[str, ...]] = {
    "new": ("confirmed", "attended", "absent", "cancelled"),
    "confirmed": ("attended", "absent", "cancelled"),
    "attended": ("absent", "confirmed"),
    "absent": ("attended", "confirmed"),
    "cancelled": (),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What decides, beside its state, where a sign-up may go now."""

    begun: bool = True
    """Whether an outcome can be noted: the day has come, and came before any recall."""
    off: bool = False
    """Whether what was signed up for is recalled: nobody is confirmed for it any more."""
    noted_today: bool = False
    """Whether its outcome was noted on this very day of the bank."""


def label(state: str, kind: str) -> str:
    """Return what a state is called; of a right one claims, of an activity one attends."""
    return (_OF_RIGHTS.get(state) if kind == "right" else None) or LABELS[state]


def action(to: str, kind: str, *, state: str = "", off: bool = False) -> str:
    """Return what the button says that moves a sign-up to `to`: a deed, not yet a state."""
    if state in OUTCOMES and to == "confirmed":
        return UNDO
    if off and to == "cancelled":
        return OFF_DONE
    return _DOING.get(to) or label(to, kind)


def moves(state: str, moment: Moment) -> tuple[str, ...]:
    """Return the states a sign-up may go to at a moment."""
    return tuple(to for to in _MOVES[state] if not _why_not(state, to, moment))


def _why_not(state: str, to: str, moment: Moment) -> str:
    """Return why a move of the table is closed at a moment, or nothing."""
    if state in OUTCOMES and to == "confirmed":
        # What cannot have happened yet can always be taken back.
        is_open = moment.noted_today or not moment.begun
        return "" if is_open else "登记的结果只能在登记当天撤销"
    if to in OUTCOMES and not moment.begun:
        return "已经下架" if moment.off else "还没有开始"
    return "已经下架" if moment.off and to == "confirmed" else ""


def has_begun(fields: Mapping[str, Any], *, zone: str, at: datetime) -> bool:
    """Return whether attendance can be noted: from the day the activity starts on."""
    starts_at = begins_at(fields, zone=zone)
    return starts_at is None or starts_at <= at


def move(state: str, wanted: str, *, kind: str, moment: Moment) -> str:
    """Return `wanted` if the table allows it at this moment.

    Raises:
        Invalid: there is no such state.
        Conflict: not from here, the activity has not begun or is off, or it is too late to undo.
    """
    if wanted not in LABELS:
        known = "、".join(f"{label(slug, kind)}({slug})" for slug in LABELS)
        raise Invalid.of("state", f"没有“{wanted[:20]}”这个状态，请从这些里选：{known}")
    if wanted not in _MOVES[state]:
        allowed = "、".join(label(s, kind) for s in moves(state, moment)) or "不再变化"
        raise Conflict(f"报名现在是“{label(state, kind)}”，只能改为：{allowed}")
    why = _why_not(state, wanted, moment)
    noun, to = ("权益" if kind == "right" else "活动"), label(wanted, kind)
    if moment.off and why:
        raise Conflict(f"{noun}已经下架，不能改为“{to}”；请通知客户取消，重新发布后再登记")
    if why == "还没有开始":
        raise Conflict(f"{noun}还没有开始，不能登记“{to}”；请在活动当天或之后登记")
    if why:
        raise Conflict(
            f"{why}；现在只能在“{label('attended', kind)}”和“{label('absent', kind)}”之间改"
        )
    return wanted
