"""A person's states: who may leave, come back, be locked out, and who is gone for good."""

from contenthub.errors import Conflict, Invalid

STATES: dict[str, str] = {
    "active": "在职",
    "leave": "休假",
    "disabled": "已停用",
    "resigned": "已离职",
}

# (state, action) -> next state. Resigning is for good: past credit stays, new goes on.
_TABLE: dict[tuple[str, str], str] = {
    ("active", "leave"): "leave",
    ("active", "disable"): "disabled",
    ("active", "resign"): "resigned",
    ("leave", "return"): "active",
    ("leave", "disable"): "disabled",
    ("leave", "resign"): "resigned",
    ("disabled", "return"): "active",
    ("disabled", "resign"): "resigned",
}
_TOWARDS = {"active": "return", "leave": "leave", "disabled": "disable"}
"""The state somebody asks for by PATCH, and the action that leads there."""


def move(state: str, action: str) -> str:
    """Return the state after `action`.

    Raises:
        Conflict: the action is impossible in this state.
    """
    found = _TABLE.get((state, action))
    if found is None:
        raise Conflict(f"这位员工现在是“{STATES.get(state, state)}”，不能这样操作，请刷新后再试")
    return found


def towards(state: str, wanted: str) -> str:
    """Return `wanted` if it is the present state or one step away.

    Raises:
        Invalid: no state of ours. Conflict: not reached from here by a change of facts.
    """
    if wanted not in STATES:
        known = "、".join(f"{word}({slug})" for slug, word in STATES.items() if slug in _TOWARDS)
        raise Invalid.of("state", f"没有“{wanted[:20]}”这个状态，请从这些里选：{known}")
    if state == wanted:
        return state
    if wanted not in _TOWARDS:
        raise Conflict("离职请使用“办理离职”，并指定接手人")
    return move(state, _TOWARDS[wanted])


def actions(state: str) -> list[str]:
    """Return what can be done with a person in `state`: the buttons of the page."""
    return [action for (at, action) in _TABLE if at == state]
