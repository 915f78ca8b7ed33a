"""Working days, the days of a cadence's steps, what may be said of them, and its states."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from contenthub.errors import Conflict, Invalid
from contenthub.library.lifecycle import NotInReview, OwnWork
from contenthub.scheduler import cadence, cadencestates, feedback
from contenthub.scheduler.cadence import CadenceStep
from contenthub.scheduler.feedback import Feedback


@pytest.mark.parametrize(
    ("start", "window", "due", "until"),
    [
        ("2026-11-26", (0, 0), "2026-11-26", "2026-11-26"),
        ("2026-11-26", (3, 3), "2026-11-30", "2026-11-30"),  # a Sunday moves on
        ("2026-11-26", (7, 10), "2026-12-03", "2026-12-06"),
        ("2026-11-28", (0, 0), "2026-11-30", "2026-11-30"),
        ("2026-11-21", (7, 10), "2026-11-30", "2026-12-01"),  # the window begins on a Saturday
        ("2027-01-31", (5, 8), "2027-02-11", "2027-02-11"),  # the whole window is Spring Festival
        ("2026-09-13", (7, 7), "2026-09-20", "2026-09-20"),  # a Sunday worked for National Day
        ("2026-10-02", (8, 9), "2026-10-10", "2026-10-11"),  # a Saturday worked for it
    ],
)
def test_a_step_is_due_on_the_first_working_day_of_its_window(
    start: str, window: tuple[int, int], due: str, until: str
) -> None:
    found = cadence.due(date.fromisoformat(start), CadenceStep(*window, "原因", "做什么"))
    assert (found.on.isoformat(), found.until_on.isoformat()) == (due, until)


def test_a_step_that_was_put_off_says_why() -> None:
    steps = [CadenceStep(day, day, "原因", "做什么") for day in (0, 5, 14)]
    found = cadence.dates(date(2026, 9, 26), steps)
    told = [(one.on.isoformat(), one.planned_on.isoformat(), one.why) for one in found]
    assert told == [
        ("2026-09-28", "2026-09-26", "中秋节"),
        ("2026-10-08", "2026-10-01", "国庆节"),
        ("2026-10-10", "2026-10-10", ""),
    ]


def test_no_two_steps_come_on_one_day() -> None:
    steps = [CadenceStep(day, day, "原因", "做什么") for day in (2, 3, 4)]
    found = cadence.dates(date(2026, 11, 26), steps)
    days = [one.on for one in found]
    assert days == [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]
    assert [one.why for one in found] == ["周六", "上一步在 11-30", "上一步在 12-01"]
    first = CadenceStep(0, 0, "原因", "做什么")
    friday = cadence.due(date(2026, 11, 27), first, not_before=date(2026, 11, 28))
    assert (friday.planned_on, friday.why) == (date(2026, 11, 27), "上一步在 11-27，次日周六")


GOOD = {"day_from": "3", "day_to": "", "reason": "看看", "todo": "打电话"}


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "steps"),
        ([{"day_from": "1", "reason": "", "todo": ""}], "steps"),
        ([{**GOOD, "day_from": "-1"}], "steps.0.day_from"),
        ([{**GOOD, "day_from": "三"}], "steps.0.day_from"),
        ([{**GOOD, "day_from": "366"}], "steps.0.day_from"),
        ([{**GOOD, "day_to": "2"}], "steps.0.day_to"),
        ([{**GOOD, "reason": ""}], "steps.0.reason"),
        ([{**GOOD, "todo": "长" * 301}], "steps.0.todo"),
        ([{**GOOD, "todo": "{{ password }}"}], "steps.0.todo"),
        ([{**GOOD, "item_id": "x"}], "steps.0.item_id"),
        ([{**GOOD, "day_to": "9"}, {**GOOD, "day_from": "9"}], "steps.1.day_from"),
        ([{**GOOD, "day_from": str(n)} for n in range(9)], "steps"),
    ],
)
def test_a_wrong_step_is_named_by_its_field(steps: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(Invalid) as error:
        cadence.checked(steps)
    assert set(error.value.fields) == {field}


def test_a_row_left_blank_is_no_step_and_one_day_is_its_own_window() -> None:
    [step] = cadence.checked([{"day_from": "", "reason": " "}, GOOD])
    assert (step.day_from, step.day_to, step.days) == (3, 3, "第 3 天")
    assert cadence.read([step.as_dict()]) == (step,)


@pytest.mark.parametrize("said", [None, date(2026, 11, 26), date(2027, 3, 1)])
def test_an_agreed_day_lies_ahead_and_not_too_far(said: date | None) -> None:
    with pytest.raises(Invalid) as error:
        feedback.checked(Feedback("agreed", said), today=date(2026, 11, 26))
    assert set(error.value.fields) == {"on"}


def test_every_word_of_feedback_that_stops_a_run_has_a_reason() -> None:
    stops = {one.stops for one in feedback.OUTCOMES.values() if one.effect == "stop"}
    assert stops <= set(cadencestates.STOP_REASONS)
    with pytest.raises(Invalid):
        feedback.checked(Feedback("perhaps"), today=date(2026, 11, 26))


def test_a_cadence_passes_review_by_another_person_and_can_be_stopped() -> None:
    me, other = uuid4(), uuid4()
    facts: dict[str, Any] = {"authors": [me], "actor_id": me}
    assert cadencestates.decide("draft", "submit", **facts) == "in_review"
    assert cadencestates.decide("in_use", "edit", **facts) == "draft"
    assert cadencestates.decide("in_use", "stop", **facts) == "stopped"
    with pytest.raises(OwnWork):
        cadencestates.decide("in_review", "approve", **facts)
    with pytest.raises(NotInReview):
        cadencestates.decide("draft", "approve", authors=[me], actor_id=other)
    with pytest.raises(Conflict, match="只有编写或提交的人"):
        cadencestates.decide("in_review", "withdraw", authors=[me], actor_id=other)
    with pytest.raises(Conflict, match="已停用"):
        cadencestates.decide("stopped", "start", **facts)
