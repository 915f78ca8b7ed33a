"""Idea: the life of a bank's data key, and how a key of a bank is spoken of.

waiting → active → retiring → retired. A new key waits until every process has loaded it;
then it seals, and the key before retires while its values are sealed anew.
"""

from datetime import datetime, timedelta

from contenthub.errors import Conflict

WAITING, ACTIVE, RETIRING, RETIRED = "waiting", "active", "retiring", "retired"
WAIT = timedelta(seconds=30)
"""Three times as long as a process may go without asking for the bank's keys."""
CIPHERS: dict[str, str] = {"aes-gcm": "AES-256-GCM", "sm4-gcm": "SM4-GCM（国密）"}
STATES: dict[str, str] = {
    WAITING: "即将启用",
    ACTIVE: "使用中",
    RETIRING: "轮换中，仅用于读取",
    RETIRED: "已停用",
}

_TABLE = {
    (WAITING, "activate"): ACTIVE,
    (ACTIVE, "replace"): RETIRING,
    (RETIRING, "retire"): RETIRED,
}


class KeyBusy(Conflict):
    """A data key was asked for while another is on its way."""

    code = "key_rotation_running"
    title = "数据密钥正在轮换，请等这次轮换完成后再开始下一次"


def move(state: str, action: str) -> str:
    """Return the state after `action` (activate, replace, retire); raises Conflict."""
    if (state, action) not in _TABLE:
        raise Conflict(f"这把密钥的状态是“{STATES.get(state, state)}”，不能这样操作")
    return _TABLE[state, action]


def may_activate(created_at: datetime, *, at: datetime) -> bool:
    """Return whether every process has had time to load a key made at `created_at`."""
    return at - created_at >= WAIT
