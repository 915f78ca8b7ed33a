"""Idea: what an operator may set for a bank, what holds without it, and what is allowed.

Quiet hours are what lies outside `send_from`–`send_until` on the bank's own clock.
"""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from contenthub.errors import Invalid

DEFAULTS: dict[str, Any] = {
    "send_from": "08:30",
    "send_until": "21:00",
    "cap_times": 2,
    "cap_days": 7,
    "misfire_hours": 2,
    "consent_required": False,
}
LABELS: dict[str, str] = {
    "send_from": "每天最早发送时间",
    "send_until": "每天最晚发送时间",
    "cap_times": "同一客户的触达上限（次）",
    "cap_days": "触达上限的天数（天）",
    "misfire_hours": "错过时间后仍自动补发的时限（小时）",
    "consent_required": "只发给有营销授权的客户",
}
CAP_MAX = 31
MISFIRE_MAX_HOURS = 72
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def effective(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting as it holds: what the bank has set, else the default."""
    return {name: settings.get(name, default) for name, default in DEFAULTS.items()}


def checked(changes: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return `changes` with typed values; written forms ("09:00", "3", "true") are read.

    `before` is what the bank has set so far: the window is judged as it will be.

    Raises:
        Invalid: names every unknown key and every wrong value with its fix.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, said in changes.items():
        try:
            values[name] = _value(name, said)
        except Invalid as error:
            wrong |= error.fields
    if not changes:
        wrong["KEY=VALUE"] = f"请至少写一项，例如 send_from=09:00；可设置：{'、'.join(DEFAULTS)}"
    if not wrong and ("send_from" in values or "send_until" in values):
        wrong = _window({**effective(before), **values})
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _value(name: str, said: Any) -> Any:
    if name not in _READERS:
        raise Invalid.of(name, f"没有 {name} 这项设置；可设置：{'、'.join(DEFAULTS)}")
    text = str(said).strip()
    return _READERS[name](name, text.lower() if isinstance(said, bool) else text)


def _window(settings: Mapping[str, Any]) -> dict[str, str]:
    opens, closes = settings["send_from"], settings["send_until"]
    if time.fromisoformat(opens) < time.fromisoformat(closes):
        return {}
    message = f"最晚时间应晚于 send_from，现在是 {opens}–{closes}；请把两项一起改"
    return {"send_until": message}


def _clock(name: str, text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise Invalid.of(
            name, f"{name} 应为 24 小时制的 HH:MM，例如 {DEFAULTS[name]}，现在是“{text[:20]}”"
        )
    return text


def _whole(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise Invalid.of(name, f"{name} 应为 {least}–{most} 的整数，现在是“{text[:20]}”")
        return int(text)

    return read


def _boolean(name: str, text: str) -> bool:
    if text not in _BOOLEANS:
        raise Invalid.of(name, f"{name} 应为 true 或 false，现在是“{text[:20]}”")
    return _BOOLEANS[text]


_READERS: dict[str, Callable[[str, str], Any]] = {
    "send_from": _clock,
    "send_until": _clock,
    "cap_times": _whole(1, CAP_MAX),
    "cap_days": _whole(1, CAP_MAX),
    "misfire_hours": _whole(0, MISFIRE_MAX_HOURS),
    "consent_required": _boolean,
}
