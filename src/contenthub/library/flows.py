"""Idea: the steps a bank wants for each kind of subject, who may take one, and when it is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contenthub.errors import Forbidden, Invalid
from contenthub.library import kinds
from contenthub.tenants import workdays

STEPS_MAX = 4
HOURS, HOURS_MAX = 8, 240
NAME_MAX_CHARS = 12
REASON_MAX_CHARS = 60
REASONS_MAX = 20

SUBJECTS: dict[str, str] = {
    **{name: kind.label for name, kind in kinds.KINDS.items()},
    "template": "海报模板",
    "push": "推送",
    "cadence": "跟进节奏",
}
"""What a flow can be set for: every kind of item, poster templates, pushes, cadences."""
ROLES: dict[str, str] = {
    "": "任一审核员",
    "reviewer": "业务审核员",
    "compliance_reviewer": "消保审核员",
}
"""Whose a step can be; each of these roles may decide reviews (tenants/access.py)."""


class NotYourStep(Forbidden):
    """The step belongs to another role, and nobody of it has named this person as deputy."""

    code = "not_your_step"
    title = "这一步由另一类审核员处理"


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step: what it is called, whose role it needs ('' any reviewer), and its hours."""

    name: str = "审核"
    role: str = ""
    hours: int = HOURS

    def as_dict(self) -> dict[str, Any]:
        """Return the step as JSON-safe data, for the flow's and the review's rows."""
        return asdict(self)

    @property
    def whose(self) -> str:
        """The role's words."""
        return ROLES.get(self.role, self.role)


ONE = (FlowStep(),)
TWO = (FlowStep("第一步审核"), FlowStep("第二步审核"))
ADVISED = (
    FlowStep("业务初审", "reviewer"),
    FlowStep("消保审查", "compliance_reviewer"),
)
"""What the page offers with one click (screen 1)."""


def default(review_steps: int) -> tuple[FlowStep, ...]:
    """Return the steps of a bank that has set no flow, by its setting `review_steps`."""
    return TWO if review_steps > 1 else ONE


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[FlowStep, ...]:
    """Return steps as they were kept in a row."""
    return tuple(FlowStep(str(s["name"]), str(s["role"]), int(s["hours"])) for s in stored)


def checked(said: Sequence[Mapping[str, Any]]) -> tuple[FlowStep, ...]:
    """Return typed steps of what a form or the API says; a step without a name is left out.

    Raises:
        Invalid: names every wrong field as `steps.N.name`, `steps.N.role`, `steps.N.hours`.
    """
    wrong: dict[str, str] = {}
    named = [(no, one) for no, one in enumerate(said) if str(one.get("name") or "").strip()]
    steps = [_step(no, one, wrong) for no, one in named]
    if not steps:
        wrong["steps"] = "至少要有一个审核步骤；填写第一步的名称"
    if len(steps) > STEPS_MAX:
        wrong["steps"] = f"最多 {STEPS_MAX} 个步骤"
    if len({step.name for step in steps}) < len(steps):
        wrong["steps"] = "步骤的名称不能相同，否则记录里分不清是哪一步"
    if wrong:
        raise Invalid(fields=wrong)
    return tuple(steps)


def _step(no: int, said: Mapping[str, Any], wrong: dict[str, str]) -> FlowStep:
    """Return one typed step; what is wrong with it goes into `wrong`."""
    name, role = str(said["name"]).strip(), str(said.get("role") or "")
    hours = str(said.get("hours") or HOURS)
    if len(name) > NAME_MAX_CHARS or "\x00" in name:
        wrong[f"steps.{no}.name"] = f"步骤名称最多 {NAME_MAX_CHARS} 字，例如“消保审查”"
    if role not in ROLES:
        known = "、".join(f"{value or '空'}（{label}）" for value, label in ROLES.items())
        wrong[f"steps.{no}.role"] = f"审核人应是 {known} 之一"
    if not (hours.isascii() and hours.isdigit() and 1 <= int(hours[:4]) <= HOURS_MAX):
        wrong[f"steps.{no}.hours"] = f"时限应为 1–{HOURS_MAX} 的整数（工作小时）"
        hours = "0"
    return FlowStep(name, role, int(hours))


def checked_reasons(said: Iterable[str]) -> list[str]:
    """Return the bank's reasons for a return, blank lines and repeats left out.

    Raises:
        Invalid: field `reasons`, none at all, too many, or one too long.
    """
    reasons = list(dict.fromkeys(text for one in said if (text := one.strip())))
    if not reasons:
        raise Invalid.of("reasons", "至少写一条退回原因，每行一条")
    if len(reasons) > REASONS_MAX:
        raise Invalid.of("reasons", f"最多 {REASONS_MAX} 条退回原因，请合并相近的")
    long = next((one for one in reasons if len(one) > REASON_MAX_CHARS or "\x00" in one), None)
    if long is not None:
        raise Invalid.of("reasons", f"“{long[:12]}…”太长，每条最多 {REASON_MAX_CHARS} 字")
    return reasons


def is_mine(role: str, roles: Collection[str]) -> bool:
    """Return whether somebody with `roles` may take a step of `role`."""
    return not role or role in roles


def due_at(at: datetime, hours: int, *, zone: str, opens: str, closes: str) -> datetime:
    """Return when `hours` working hours from `at` have passed on the bank's own clock.

    Working hours are those of China's working days between the bank's `send_from` and
    `send_until`: what is handed in before a holiday is not late when it ends.
    """
    here = at.astimezone(ZoneInfo(zone))
    first, last = time.fromisoformat(opens), time.fromisoformat(closes)
    left = timedelta(hours=hours)
    while True:
        begins = here.replace(
            hour=first.hour, minute=first.minute, second=first.second, microsecond=0
        )
        ends = here.replace(hour=last.hour, minute=last.minute, second=last.second, microsecond=0)
        start = max(here, begins)
        if workdays.is_workday(here.date()) and start < ends:
            if left <= ends - start:
                return (start + left).astimezone(at.tzinfo)
            left -= ends - start
        here = (begins + timedelta(days=1)).replace(hour=0, minute=0, second=0)
