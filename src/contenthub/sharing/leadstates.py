"""Idea: the states of a lead, who may move it, and what the buttons are called."""

from contenthub.errors import Conflict, Invalid

LABELS: dict[str, str] = {
    "new": "新线索",
    "assigned": "已分配",
    "contacted": "已联系",
    "won": "已成交",
    "lost": "已关闭",
}

_MOVES: dict[str, tuple[str, ...]] = {
    "new": ("assigned", "contacted", "lost"),
    "assigned": ("contacted", "lost"),
    "contacted": ("won", "lost"),
    "won": (),
    "lost": ("contacted",),
}


def moves(state: str) -> tuple[str, ...]:
    """Return the states a lead may go to from `state`."""
    return _MOVES[state]


def move(state: str, wanted: str) -> str:
    """Return `wanted` if the table allows it.

    Raises:
        Invalid: there is no such state.
        Conflict: not from here.
    """
    if wanted not in LABELS:
        known = "、".join(f"{label}({slug})" for slug, label in LABELS.items())
        raise Invalid.of("state", f"没有“{wanted[:20]}”这个状态，请从这些里选：{known}")
    if wanted not in _MOVES[state]:
        allowed = "、".join(LABELS[s] for s in _MOVES[state]) or "不再变化"
        raise Conflict(f"线索现在是“{LABELS[state]}”，只能改为：{allowed}")
    return wanted
