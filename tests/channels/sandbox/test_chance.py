from collections import Counter

from contenthub.channels.sandbox import chance


def test_the_same_seed_gives_the_same_faults() -> None:
    def run(seed: int) -> list[str | None]:
        return [chance.fault_of(seed, call, rate=0.3) for call in range(500)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_faults_come_at_their_rate_and_in_every_weighted_kind() -> None:
    kinds = Counter(chance.fault_of(7, call, rate=0.05) for call in range(20_000))
    assert 0.04 < 1 - kinds[None] / 20_000 < 0.06
    assert set(kinds) - {None} == {kind for kind, weight in chance.FAULTS.items() if weight}


def test_a_rate_of_nought_never_fails_and_of_one_always() -> None:
    assert all(chance.fault_of(7, call, rate=0.0) is None for call in range(1000))
    assert all(chance.fault_of(7, call, rate=1.0) for call in range(1000))


def test_customers_keep_their_fate_and_their_share() -> None:
    def fate(person: str) -> int:
        return chance.person_status(7, person, not_friend_rate=0.03, capped_rate=0.02)

    fates = Counter(fate(f"wm{n}") for n in range(20_000))
    assert 0.025 < fates[2] / 20_000 < 0.035
    assert 0.015 < fates[3] / 20_000 < 0.025
    assert [fate(f"wm{n}") for n in range(100)] == [fate(f"wm{n}") for n in range(100)]


def test_confirmation_comes_within_its_span() -> None:
    delays = [chance.confirm_delay_seconds(7, f"msg{n}", (5.0, 60.0)) for n in range(1000)]
    assert min(delays) >= 5
    assert max(delays) <= 60
    assert len(set(delays)) == 1000
