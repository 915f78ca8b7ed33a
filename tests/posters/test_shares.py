"""A memory that banks share: the largest holder forgets, the least used of its own first."""

from uuid import UUID

from contenthub.posters.shares import Shares

LARGE, SMALL, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_bank_of_many_posters_pushes_out_nobody_elses() -> None:
    kept: Shares[int, str] = Shares(100)
    for key in range(5):
        kept.keep(SMALL, key, "small")
    for key in range(1000):
        kept.keep(LARGE, key, "large")
    assert [kept.get(SMALL, key) for key in range(5)] == ["small"] * 5
    assert [key for key in range(1000) if kept.get(LARGE, key)] == list(range(905, 1000))


def test_two_large_banks_have_half_each_and_a_third_comes_in() -> None:
    kept: Shares[int, str] = Shares(90)
    for key in range(200):
        kept.keep(LARGE, key, "a")
        kept.keep(SMALL, key, "b")
    for key in range(30):
        kept.keep(THIRD, key, "c")
    held = [sum(kept.get(bank, key) is not None for key in range(200)) for bank in (LARGE, SMALL)]
    assert held == [30, 30]
    assert all(kept.get(THIRD, key) for key in range(30))


def test_what_is_asked_for_stays_and_what_is_not_goes() -> None:
    kept: Shares[str, int] = Shares(2)
    kept.keep(LARGE, "first", 1)
    kept.keep(LARGE, "second", 2)
    assert kept.get(LARGE, "first") == 1
    kept.keep(LARGE, "third", 3)
    assert kept.get(LARGE, "second") is None
    assert (kept.get(LARGE, "first"), kept.get(LARGE, "third")) == (1, 3)
    kept.keep(LARGE, "third", 4)
    assert kept.get(LARGE, "third") == 4
    assert kept.get(SMALL, "first") is None
