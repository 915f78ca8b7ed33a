"""The audit chain as a pure idea."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from contenthub.db import new_id
from contenthub.tenants.chain import Entry, canonical, earliest_id, link

BANK = UUID(int=7)
AT = datetime(2026, 11, 26, 2, 0, 0, 123456, tzinfo=UTC)


def _entry(no: int, **over: object) -> Entry:
    facts = {
        "id": UUID(int=no),
        "at": AT,
        "actor_id": UUID(int=1),
        "actor_name": "赵强",
        "event": "item.approved",
        "subject_kind": "item",
        "subject_id": UUID(int=2),
        "detail": {"a": 1, "b": [1, "二"]},
    }
    return Entry(**{**facts, **over})  # type: ignore[arg-type]  # a test's mixed facts


ENTRIES = [_entry(1), _entry(2), _entry(3)]


def test_key_order_and_time_zone_do_not_matter() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    same = _entry(1, detail={"b": [1, "二"], "a": 1}, at=shanghai)
    assert canonical(same) == canonical(_entry(1))


@pytest.mark.parametrize(
    "changed",
    [
        {"detail": {"a": 2, "b": [1, "二"]}},
        {"event": "item.returned"},
        {"actor_name": "李娜"},
        {"actor_id": None},
        {"subject_id": None},
        {"subject_kind": "push"},
        {"at": AT + timedelta(microseconds=1)},
        {"id": UUID(int=9)},
    ],
)
def test_every_fact_counts(changed: dict[str, object]) -> None:
    assert link(BANK, b"", [_entry(1, **changed)]) != link(BANK, b"", [_entry(1)])


def test_order_number_bank_and_the_seal_before_count() -> None:
    digest, count = link(BANK, b"", ENTRIES)
    assert count == 3
    others = [
        link(BANK, b"", ENTRIES[::-1])[0],
        link(BANK, b"", ENTRIES[:2])[0],
        link(BANK, b"", [*ENTRIES, _entry(4)])[0],
        link(UUID(int=8), b"", ENTRIES)[0],
        link(BANK, b"x" * 48, ENTRIES)[0],
    ]
    assert len({digest, *others}) == 6


def test_two_entries_cannot_pass_for_one() -> None:
    joined = _entry(1, actor_name='赵强"}{"')
    assert link(BANK, b"", [joined])[0] != link(BANK, b"", [_entry(1), _entry(2)])[0]


def test_the_earliest_id_parts_before_from_after() -> None:
    made = new_id()
    at = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
    assert earliest_id(at) <= made
    assert earliest_id(at + timedelta(milliseconds=1)) > made
    assert earliest_id(at).version == 7
