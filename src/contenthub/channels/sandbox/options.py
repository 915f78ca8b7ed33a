"""The sandbox's knobs: how employees behave, how often calls fail."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from contenthub.channels.sandbox.chance import FAULTS
from contenthub.errors import Invalid

_RATES = ("not_friend_rate", "capped_rate", "unrelated_rate", "fault_rate")


@dataclass(frozen=True, slots=True)
class Options:
    """How the sandbox behaves; `POST /sandbox/options` takes any of these fields as JSON.

    Everything that looks random is worked out from `seed`, so a run can be repeated.
    """

    confirm_seconds: tuple[float, float] | None = (5.0, 60.0)
    """An employee confirms this long after the task was made; None = only by hand."""
    by_hand: tuple[str, ...] = ()
    """Userids who confirm only by hand, however quick the others are."""
    not_friend_rate: float = 0.03
    """Share of customers who have blocked the employee (status 2)."""
    capped_rate: float = 0.02
    """Share of customers who already had another mass message (status 3)."""
    unrelated_rate: float = 0.0
    """Share of customers refused at once, in `fail_list`."""
    fault_rate: float = 0.02
    """Share of calls (gettoken excepted) that fail in one of the ways of chance.FAULTS."""
    seed: int = 7
    latency_seconds: float = 0.0
    """Each call takes at least this long."""
    hang_seconds: float = 25.0
    """How long a "hang" fault says nothing before it cuts the connection."""
    dispatch_seconds: float = 1.0
    """Results answer 41063 for this long after a send was accepted."""
    list_lag_seconds: float = 0.2
    """A new send appears in get_groupmsg_list_v2 only after this."""
    token_seconds: int = 7200
    per_minute_limit: int = 10_000
    """Calls a corp may make to one path in a minute before 45009."""
    remind_limit: int = 3
    """Reminders of one send in 24 hours before 41094."""

    def changed(self, wanted: Mapping[str, Any]) -> "Options":
        """Return the options with the fields of a JSON object; raises Invalid naming the field."""
        known = {f.name for f in fields(self)}
        values: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in known:
                raise Invalid.of(name, f"没有“{name}”这个选项，可用：{'、'.join(sorted(known))}")
            values[name] = _checked(name, value)
        return replace(self, **values)


def _checked(name: str, value: Any) -> Any:
    if name == "confirm_seconds":
        return _span(value)
    if name == "by_hand":
        return _userids(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Invalid.of(name, f"{name} 应为不小于 0 的数字")
    if name in _RATES and value > 1:
        raise Invalid.of(name, f"{name} 是比例，应在 0 到 1 之间")
    whole = name in ("seed", "token_seconds", "per_minute_limit", "remind_limit")
    return int(value) if whole else float(value)


def _span(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    pair = value if isinstance(value, list | tuple) else ()
    numbers = [one for one in pair if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(pair) != 2 or len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1]:
        raise Invalid.of(
            "confirm_seconds", "confirm_seconds 应为 [最短秒数, 最长秒数]，或 null 表示手工确认"
        )
    return float(numbers[0]), float(numbers[1])


def _userids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise Invalid.of("by_hand", 'by_hand 应为只手工确认的员工 userid，例如 ["zhangsan"]')
    return tuple(value)


def script_of(wanted: Any) -> list[tuple[str, str | int]]:
    """Return scripted faults from JSON `[{"path", "kind"|"errcode"}, …]`; raises Invalid.

    Each entry spoils the next call to its path, in order, whatever `fault_rate` says.
    """
    script: list[tuple[str, str | int]] = []
    for entry in wanted if isinstance(wanted, list) else [None]:
        path, fault = _scripted(entry if isinstance(entry, dict) else {})
        if path is None or fault is None:
            raise Invalid.of(
                "next_faults",
                'next_faults 应为 [{"path": …, "kind": …}]，'
                f"kind 可用：{'、'.join(FAULTS)}，或给出 errcode",
            )
        script.append((path, fault))
    return script


def _scripted(entry: Mapping[str, Any]) -> tuple[str | None, str | int | None]:
    path, kind, errcode = entry.get("path"), entry.get("kind"), entry.get("errcode")
    fault = kind if kind in FAULTS else errcode if type(errcode) is int else None
    return (path if isinstance(path, str) else None), fault
