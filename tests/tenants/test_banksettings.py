"""What an operator may set for a bank, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.personas import Personas

from contenthub.errors import Invalid
from contenthub.scheduler.schedule import Window
from contenthub.tenants import actions, banksettings, queries
from contenthub.tenants.models import AuditEntry

AT = datetime(2026, 11, 26, 2, tzinfo=UTC)


def test_written_values_become_typed_ones() -> None:
    said = {"send_from": "09:00", "cap_days": " 31", "misfire_hours": "0", "consent_required": True}
    assert banksettings.checked(said, {}) == {
        "send_from": "09:00",
        "cap_days": 31,
        "misfire_hours": 0,
        "consent_required": True,
    }


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("send_from", "9:00", "HH:MM"),
        ("send_from", "24:00", "HH:MM"),
        ("send_until", "21:00:30", "HH:MM"),
        ("send_from", "21:00", "send_from"),
        ("cap_times", "0", "1–31"),
        ("cap_days", "32", "1–31"),
        ("cap_days", "３", "1–31"),
        ("misfire_hours", "73", "0–72"),
        ("misfire_hours", "1.5", "整数"),
        ("consent_required", "yes", "true 或 false"),
        ("totp_for", "everybody", "privileged、all、none"),
        ("quiet", "1", "send_from、send_until、cap_times"),
    ],
)
def test_a_wrong_value_names_its_key_and_the_fix(name: str, value: str, fix: str) -> None:
    with pytest.raises(Invalid) as refused:
        banksettings.checked({name: value}, {})
    [(field, message)] = refused.value.fields.items()
    assert field == ("send_until" if value == "21:00" else name)
    assert fix in message


def test_the_window_is_judged_with_what_was_set_before() -> None:
    before = {"send_from": "10:00", "send_until": "12:00"}
    with pytest.raises(Invalid, match="13:00–12:00"):
        banksettings.checked({"send_from": "13:00"}, before)
    assert banksettings.checked({"send_from": "13:00", "send_until": "18:00"}, before)


def test_a_long_address_cannot_stand_in_codes_in_small_letters() -> None:
    longest = "https://" + "a" * 36 + ".cn"
    banksettings.check_plain_address(longest)
    with pytest.raises(Invalid, match="48 个字符"):
        banksettings.check_plain_address(longest + "a")


def test_no_change_at_all_is_refused() -> None:
    with pytest.raises(Invalid, match="至少写一项"):
        banksettings.checked({}, {})


def test_the_defaults_are_the_window_without_settings() -> None:
    assert Window() == Window.of("Asia/Shanghai", {})
    assert str(Window()) == "08:30–21:00"


async def test_a_change_is_audited_and_the_rest_stays(people: Personas) -> None:
    database, tenant = people.house.database, people.ours.tenant
    changes: list[dict[str, Any]] = [{"cap_times": "3"}, {"send_from": "09:00"}]
    for change in changes:
        async with database.unit_of_work(tenant) as db:
            await actions.set_settings(db, change, by=people.ours.admin, at=AT)
    async with database.reading(tenant) as db:
        held = (await queries.bank(db)).settings
        query = select(AuditEntry).where(AuditEntry.event == "bank.settings_changed")
        entries = list(await db.scalars(query.order_by(AuditEntry.id)))
    assert (held["cap_times"], held["send_from"]) == (3, "09:00")
    assert entries[0].detail == {"before": {"cap_times": 2}, "after": {"cap_times": 3}}
    assert [(e.actor_name, e.subject_kind) for e in entries] == [
        (people.ours.admin.name, "bank")
    ] * 2
    async with database.reading(people.theirs.tenant) as db:
        assert "cap_times" not in (await queries.bank(db)).settings
