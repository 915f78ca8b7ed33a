"""The steps a bank wants: typed, bounded, and due by its own working hours."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contenthub.errors import Invalid
from contenthub.library import flows
from contenthub.library.flows import FlowStep, checked, checked_reasons, due_at

SHANGHAI = "Asia/Shanghai"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


@pytest.mark.parametrize(
    ("handed_in", "hours", "due"),
    [
        ("2026-11-26 10:00", 8, "2026-11-26 18:00"),  # a Thursday, within the day
        ("2026-11-26 18:00", 8, "2026-11-27 13:30"),  # three hours today, five tomorrow
        ("2026-11-26 23:30", 1, "2026-11-27 09:30"),  # at night the clock stands
        ("2026-11-26 06:00", 1, "2026-11-26 09:30"),
        ("2026-11-27 20:00", 2, "2026-11-30 09:30"),  # over the weekend
        ("2026-11-28 12:00", 8, "2026-11-30 16:30"),  # handed in on a Saturday
        ("2026-09-30 20:00", 2, "2026-10-08 09:30"),  # over National Day
        ("2026-10-09 20:00", 2, "2026-10-10 09:30"),  # a Saturday that is worked
        ("2026-11-26 10:00", 11, "2026-11-26 21:00"),
    ],
)
def test_hours_count_only_while_the_bank_works(handed_in: str, hours: int, due: str) -> None:
    found = due_at(_at(handed_in), hours, zone=SHANGHAI, opens="08:30", closes="21:00")
    assert found == _at(due)
    assert found.tzinfo is UTC


def test_a_zone_of_its_own_moves_the_hours() -> None:
    handed_in = _at("2026-11-26 20:30")  # 18:30 in Ürümqi
    found = due_at(handed_in, 2, zone="Asia/Urumqi", opens="08:30", closes="21:00")
    assert found == _at("2026-11-26 22:30")


def test_what_a_form_says_becomes_typed_steps() -> None:
    said = [
        {"name": " 业务初审 ", "role": "reviewer", "hours": "4"},
        {"name": "", "role": "", "hours": "8"},
        {"name": "消保审查", "role": "compliance_reviewer"},
    ]
    assert checked(said) == (
        FlowStep("业务初审", "reviewer", 4),
        FlowStep("消保审查", "compliance_reviewer", 8),
    )
    assert flows.read([step.as_dict() for step in checked(said)]) == checked(said)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ([], "steps"),
        ([{"name": "一" * 13}], "steps.0.name"),
        ([{"name": "初审", "role": "employee"}], "steps.0.role"),
        ([{"name": "初审", "hours": "0"}], "steps.0.hours"),
        ([{"name": "初审", "hours": "9999"}], "steps.0.hours"),
        ([{"name": "初审", "hours": "²"}], "steps.0.hours"),
        ([{"name": "初审"}, {"name": "初审"}], "steps"),
        ([{"name": f"第{n}步"} for n in range(5)], "steps"),
    ],
)
def test_wrong_steps_are_named(said: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(said)
    assert field in refused.value.fields


def test_every_role_of_a_step_may_decide_reviews() -> None:
    from contenthub.tenants import access

    for role in flows.ROLES:
        assert not role or access.may([role], "reviews.decide")


def test_reasons_lose_blank_lines_and_repeats() -> None:
    assert checked_reasons(["错别字 ", "", "错别字", "图片不清"]) == ["错别字", "图片不清"]
    for wrong in ([" "], ["字" * 61], [str(n) for n in range(21)]):
        with pytest.raises(Invalid) as refused:
            checked_reasons(wrong)
        assert "reasons" in refused.value.fields


def test_a_wrong_role_is_answered_with_what_the_api_takes() -> None:
    with pytest.raises(Invalid) as refused:
        checked([{"name": "初审", "role": "employee"}])
    assert "compliance_reviewer（消保审核员）" in refused.value.fields["steps.0.role"]
