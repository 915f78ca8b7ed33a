"""Idea: a cadence 跟进节奏: steps at day offsets from its start, and on which day each is due.

A step has a window of days (`day_from`–`day_to`, 0 is the day it starts): it is due on the
first working day of the window, or, where the whole window is weekend and holiday, on the
first working day after it. No two steps are due on one day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from contenthub.errors import Invalid
from contenthub.library import messagetext
from contenthub.tenants import workdays

TITLE_MAX_CHARS, PURPOSE_MAX_CHARS = 40, 100
REASON_MAX_CHARS, TODO_MAX_CHARS = 40, 300
STEPS_MAX = 8
DAY_MAX = 365
OPEN_DAYS = 7
"""How long after its window the last step may still be done before the run is over."""


@dataclass(frozen=True, slots=True)
class CadenceStep:
    """One step: the window in days, why one calls, what the employee does, and with what content.

    `item_id` is a live script or other item, or '' for a step that needs none.
    """

    day_from: int
    day_to: int
    reason: str
    todo: str
    item_id: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the step as JSON-safe data, for the cadence's and the run's rows."""
        return asdict(self)

    @property
    def days(self) -> str:
        """The window in words."""
        span = (
            f"{self.day_from}" if self.day_from == self.day_to else f"{self.day_from}–{self.day_to}"
        )
        return "当天" if self.day_to == 0 else f"第 {span} 天"


SPOKEN = {"reason": "联系原因", "todo": "客户经理做什么"}
"""What of a step an employee may say to a customer: field and the word of the form."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a step is due, the last day of its window, and why it was put off, if it was."""

    on: date
    until_on: date
    planned_on: date
    """The first day of its window; earlier than `on` when something is in the way."""
    why: str = ""
    """Why it is put off: 国庆节, 周六, 上一步在 12-08; empty when it is due on the planned day."""


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[CadenceStep, ...]:
    """Return steps as they were kept in a row."""
    return tuple(
        CadenceStep(
            int(one["day_from"]),
            int(one["day_to"]),
            str(one["reason"]),
            str(one["todo"]),
            str(one.get("item_id") or ""),
        )
        for one in stored
    )


def due(
    started_on: date, step: CadenceStep, *, later_days: int = 0, not_before: date | None = None
) -> Due:
    """Return the day a step is due.

    `later_days` is how far the run was moved by what was agreed with the customer;
    `not_before` the first day that is free, because an earlier step has the day before it.
    """
    first = started_on + timedelta(days=step.day_from + later_days)
    last = started_on + timedelta(days=step.day_to + later_days)
    free, why = first, ""
    if not_before is not None and not_before > first:
        free, why = not_before, f"上一步在 {not_before - timedelta(days=1):%m-%d}"
    on = workdays.on_or_after(free)
    if off := workdays.why_off(free):
        why = f"{why}，次日{off}" if why else off
    return Due(on, max(on, last), first, why)


def dates(started_on: date, steps: Sequence[CadenceStep]) -> list[Due]:
    """Return the day of every step of a run that starts on a day and is not moved."""
    found: list[Due] = []
    for step in steps:
        free = found[-1].on + timedelta(days=1) if found else None
        found.append(due(started_on, step, not_before=free))
    return found


def checked(said: Sequence[Mapping[str, Any]]) -> tuple[CadenceStep, ...]:
    """Return typed steps of what a form or the API says; one without a reason and text is left out.

    Raises:
        Invalid: names every wrong field as `steps.N.day_from`, `steps.N.reason`, ….
    """
    wrong: dict[str, str] = {}
    named = [(no, one) for no, one in enumerate(said) if _is_said(one)]
    steps = [_step(no, one, wrong) for no, one in named]
    if not steps:
        wrong["steps"] = "至少要有一个步骤；填写第几天、联系原因和要做什么"
    if len(steps) > STEPS_MAX:
        wrong["steps"] = f"最多 {STEPS_MAX} 个步骤，请分成两个节奏"
    for (no, _), step, before in zip(named[1:], steps[1:], steps, strict=False):
        if step.day_from <= before.day_to and f"steps.{no}.day_from" not in wrong:
            wrong[f"steps.{no}.day_from"] = (
                f"这一步应晚于上一步的第 {before.day_to} 天，请改为 {before.day_to + 1} 或更大"
            )
    if wrong:
        raise Invalid(fields=wrong)
    return tuple(steps)


def _is_said(one: Mapping[str, Any]) -> bool:
    return any(str(one.get(name) or "").strip() for name in ("reason", "todo", "item_id"))


def _step(no: int, one: Mapping[str, Any], wrong: dict[str, str]) -> CadenceStep:
    """Return one typed step; what is wrong with it goes into `wrong`."""
    here = f"steps.{no}."
    day_from = _day(one.get("day_from"), here + "day_from", wrong)
    said_to = one.get("day_to")
    day_to = day_from if said_to in (None, "") else _day(said_to, here + "day_to", wrong)
    if day_to < day_from:
        wrong.setdefault(here + "day_to", "窗口的最后一天不能早于第一天，例如 7 到 10")
    reason, todo = str(one.get("reason") or "").strip(), str(one.get("todo") or "").strip()
    if not reason or len(reason) > REASON_MAX_CHARS:
        wrong[here + "reason"] = f"请写联系原因，最多 {REASON_MAX_CHARS} 字，例如 存单下周到期"
    if not todo or len(todo) > TODO_MAX_CHARS:
        wrong[here + "todo"] = f"请写客户经理要做什么，最多 {TODO_MAX_CHARS} 字"
    try:
        messagetext.check_text(reason + todo, field=here + "todo")
    except Invalid as error:
        wrong.update(error.fields)
    return CadenceStep(day_from, day_to, reason, todo, _item(one, here, wrong))


def _item(one: Mapping[str, Any], here: str, wrong: dict[str, str]) -> str:
    said = str(one.get("item_id") or "").strip()
    try:
        return str(UUID(said)) if said else ""
    except ValueError:
        wrong[here + "item_id"] = "选择的内容已经变化，请刷新后重新选择"
        return ""


def _day(said: object, field: str, wrong: dict[str, str]) -> int:
    text = str(said if said is not None else "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= DAY_MAX:
        return int(text)
    wrong[field] = f"请填写第几天，0–{DAY_MAX} 的整数；0 是开始当天"
    return 0
