"""Idea: what an employee says of a contact, and what that does to the customer's run."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from contenthub.errors import Invalid

Effect = Literal["next", "again", "date", "stop"]
ATTEMPTS_MAX = 3
"""How often a step is tried when nobody answers."""
AHEAD = timedelta(days=60)
"""How far ahead a customer and an employee may agree on a day."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The word on the button, what happens to the run, and the reason when it stops."""

    label: str
    effect: Effect
    help: str
    stops: str = ""


OUTCOMES: dict[str, Outcome] = {
    "reached": Outcome("已联系", "next", "按节奏进入下一步"),
    "no_answer": Outcome("未接 / 未回", "again", f"下一个工作日再联系，最多 {ATTEMPTS_MAX} 次"),
    "agreed": Outcome("约定日期", "date", "到约好的那天再提醒"),
    "interested": Outcome("有意向", "stop", "客户有回应，节奏结束，转入跟进", "answered"),
    "refused": Outcome("不要再联系", "stop", "记录拒绝，节奏结束，不再推荐此类业务", "refused"),
    "unreachable": Outcome("号码不对", "stop", "联系不上，节奏结束", "unreachable"),
}
MISSED = "missed"
"""Nobody said anything of this step before the next one came."""
WORDS: dict[str, str] = {
    **{slug: one.label for slug, one in OUTCOMES.items()},
    MISSED: "未做",
    "": "待联系",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an employee says of one contact; `on` is the day agreed with the customer."""

    outcome: str
    on: date | None = None


def checked(said: Feedback, *, today: date) -> Outcome:
    """Return what a feedback does.

    Raises:
        Invalid: an unknown word, or a missing, past or too distant day (field `on`).
    """
    found = OUTCOMES.get(said.outcome)
    if found is None:
        known = "、".join(one.label for one in OUTCOMES.values())
        raise Invalid.of("outcome", f"请点选联系结果：{known}")
    if found.effect == "date":
        last = today + AHEAD
        if said.on is None or not today < said.on <= last:
            raise Invalid.of("on", f"请填写约好的日期，从明天到 {last:%Y-%m-%d}")
    return found
