"""Passwords: strong enough, hashed and checked beside the event loop, few at a time."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from contenthub.errors import Invalid
from contenthub.tenants import passwords

pytestmark = pytest.mark.usefixtures("real_passwords")
GOOD = "Correct-Horse-7"
NAMES = passwords.own_words(
    slug="qingyuan",
    bank=("清源农商银行", "清源农村商业银行股份有限公司", "0763-96588"),
    person=("zhaoqiang", "赵强", "13800010001"),
)


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


def test_a_hash_names_owasps_parameters() -> None:
    assert passwords.hash_password(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("weak", ["short", "x" * 129, "12345678", "Password1", "aaaabbbb"])
async def test_a_weak_password_is_refused_by_name(weak: str) -> None:
    with pytest.raises(Invalid) as refused:
        await passwords.hashed(weak)
    assert set(refused.value.fields) == {"password"}


@pytest.mark.parametrize(
    "strong",
    [
        "正确的马匹和订书钉",
        "correct horse battery",
        "ⅷ-läuft-bei-dir",
        "8 瓶 醋 & 1 只 鹅",
        "q" + "w e" * 42,
    ],
)
def test_any_characters_will_do_without_rules_about_their_kinds(strong: str) -> None:
    assert passwords.check_strength(strong) == strong


def test_at_least_3000_common_passwords_of_allowed_length_are_refused() -> None:
    assert len(passwords.common()) >= 3000
    assert all(passwords.MIN_CHARS <= len(one) for one in passwords.common())
    for known in ("woaini1314", "5201314520", "1qaz2wsx3edc", "Admin@123", "ＰＡＳＳＷＯＲＤ１"):
        with pytest.raises(Invalid, match="太常见"):
            passwords.check_strength(known)


@pytest.mark.parametrize(
    "ours",
    [
        "qingyuan2026",
        "QingYuan@1",
        "清源农商银行2026",
        "qingyuannongshangyinhang",
        "zhaoqiang#12",
        "13800010001a",
        "0763-96588",
    ],
)
def test_the_banks_and_ones_own_words_make_no_password(ours: str) -> None:
    with pytest.raises(Invalid, match="本行或本人"):
        passwords.check_strength(ours, names=NAMES)
        assert passwords.check_strength(ours) == ours


def test_a_long_password_may_speak_of_the_bank() -> None:
    assert passwords.check_strength("qingyuan sells seven geese", names=NAMES)


async def test_a_password_too_long_to_be_anyones_is_never_cut_to_fit() -> None:
    longest = ("ab1-" * 32)[: passwords.MAX_CHARS]
    stored = await passwords.hashed(longest)
    assert await passwords.matches(stored, longest)
    assert not await passwords.matches(stored, longest + "x")


async def test_few_are_checked_at_once_however_many_log_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, most, guard = 0, 0, threading.Lock()
    release = threading.Event()

    def slow(_stored: str, _password: str) -> bool:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        release.wait(5)
        with guard:
            now -= 1
        return True

    monkeypatch.setattr(passwords, "_matches", slow)
    waiting = [asyncio.create_task(passwords.matches("x", "y")) for _ in range(100)]
    while now < passwords.AT_ONCE:
        await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*waiting) == [True] * 100
    assert most == passwords.AT_ONCE


async def test_a_hash_of_weaker_parameters_is_made_anew_and_a_good_one_kept() -> None:
    weaker = PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(GOOD)
    fresh = await passwords.renewed(weaker, GOOD)
    assert fresh != weaker
    assert await passwords.matches(fresh, GOOD)
    assert await passwords.renewed(fresh, GOOD) == fresh
