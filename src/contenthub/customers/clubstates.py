"""Idea: the states of a club, what may be done in each, and why a member is one no more."""

from contenthub.errors import Conflict

STATES = {"draft": "筹备中", "open": "开办中", "closed": "已停办"}
LEAVINGS = {"tag": "不再有会员标签", "closed": "俱乐部停办", "erased": "客户要求删除个人信息"}
_MOVES = {("draft", "open"): "open", ("closed", "open"): "open", ("open", "close"): "closed"}
_REFUSED = {
    ("open", "open"): "俱乐部已经在开办中，不用再开办",
    ("draft", "close"): "俱乐部还在筹备，没有会员，不用停办",
    ("closed", "close"): "俱乐部已经停办",
}


def moved(state: str, move: str) -> str:
    """Return a club's state after `open` or `close`; raises Conflict when it may not be."""
    after = _MOVES.get((state, move))
    if after is None:
        raise Conflict(_REFUSED[state, move])
    return after
