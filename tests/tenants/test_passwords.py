"""Passwords: strong enough, hashed and checked beside the event loop."""

import threading

import pytest

from contenthub.errors import Invalid
from contenthub.tenants import passwords

GOOD = "Correct-Horse-7"


async def test_a_password_is_hashed_and_checked_off_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where: list[threading.Thread] = []
    real = passwords.hash_password

    def seen(password: str) -> str:
        where.append(threading.current_thread())
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", seen)
    stored = await passwords.hashed(GOOD)
    assert where
    assert where[0] is not threading.current_thread()
    assert await passwords.matches(stored, GOOD)
    assert not await passwords.matches(stored, GOOD + "x")
    assert not await passwords.matches("", GOOD)


@pytest.mark.parametrize("weak", ["short", "x" * 129, "12345678", "Password1", "aaaabbbb"])
async def test_a_weak_password_is_refused_by_name(weak: str) -> None:
    with pytest.raises(Invalid) as refused:
        await passwords.hashed(weak)
    assert set(refused.value.fields) == {"password"}
