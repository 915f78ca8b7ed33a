"""Idea: the life of a bank: active ⇄ suspended, → deleting (30 days' grace) → gone.

active ──suspend──▶ suspended ──resume──▶ active
active, suspended ──request_deletion──▶ deleting ──undo_deletion──▶ active
"""

from datetime import timedelta

from contenthub.errors import Conflict, Forbidden, Invalid

GRACE = timedelta(days=30)
REASON_MIN_CHARS, REASON_MAX_CHARS = 4, 500
STATES: dict[str, str] = {
    "active": "正常",
    "suspended": "已暂停",
    "deleting": "等待删除",
    "deleted": "已删除",
}
TABLE: dict[tuple[str, str], str] = {
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("active", "request_deletion"): "deleting",
    ("suspended", "request_deletion"): "deleting",
    ("deleting", "undo_deletion"): "active",
}
_ACTIONS = {
    "suspend": "暂停",
    "resume": "恢复",
    "request_deletion": "申请删除",
    "undo_deletion": "撤销删除",
}


class BankResting(Forbidden):
    """The person's or key's bank is suspended, or waits to be deleted."""

    code = "bank_resting"
    title = "本行服务已暂停，请联系平台运营方"


def decide(state: str, action: str) -> str:
    """Return the state after `action`; raises Conflict naming the state it cannot follow."""
    found = TABLE.get((state, action))
    if found is None:
        raise Conflict(f"这家银行现在是“{STATES.get(state, state)}”，不能{_ACTIONS[action]}")
    return found


def allowed(state: str) -> list[str]:
    """Return the actions whose buttons an operator may press now."""
    return [action for at_state, action in TABLE if at_state == state]


def checked_reason(text: str) -> str:
    """Return a reason that the bank can read later; raises Invalid (field `reason`)."""
    reason = " ".join(text.split())
    if not REASON_MIN_CHARS <= len(reason) <= REASON_MAX_CHARS or not reason.isprintable():
        raise Invalid.of(
            "reason",
            f"请写明原因（{REASON_MIN_CHARS}–{REASON_MAX_CHARS} 字），银行会看到这段话",
        )
    return reason


def refuse_resting(state: str, reason: str) -> None:
    """Raise BankResting, with the reason, unless a bank is active."""
    why = reason or "原因请联系平台运营方"
    if state == "deleting":
        raise BankResting(f"本行服务正在注销（{why}），不能登录和操作")
    if state != "active":
        raise BankResting(f"本行服务已暂停（{why}），请联系平台运营方")
