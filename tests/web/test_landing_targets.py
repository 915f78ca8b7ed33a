"""What is kept of share codes, and what a change lets go of."""

import random
from typing import cast
from uuid import UUID

import pytest

from contenthub.db import TenantId
from contenthub.web.house import House
from contenthub.web.landing import targets
from contenthub.web.landing.skeleton import Skeleton
from contenthub.web.landing.targets import Target, Targets

BANKS = [TenantId(UUID(int=n)) for n in range(1, 4)]
ITEMS = [UUID(int=n) for n in range(100, 120)]


def _target(code: str, tenant: TenantId, names: frozenset[UUID]) -> Target:
    return Target(
        code=code.encode(),
        tenant=tenant,
        link=b"",
        item=b"",
        employee=b"",
        sign=bytes,
        closes_at=None,
        page=None,
        gone=cast(Skeleton, None),
        gone_status=410,
        names=names,
    )


def _by_id(kept: dict[str, Target]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for code, target in kept.items():
        for known_id in (target.tenant, *target.names):
            found.setdefault(known_id, set()).add(code)
    return found


def test_what_a_change_lets_go_of_is_all_that_shows_it_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plain dictionary beside the cache is searched in full and says what must be left."""
    monkeypatch.setattr(targets, "CODES", 30)
    chance, cache = random.Random(12), Targets(cast(House, None))
    meant: dict[str, Target] = {}
    evicted = forgotten = overwritten = 0
    for _ in range(4000):
        what, code = chance.random(), f"c{chance.randrange(45)}"
        if what < 0.85:
            names = frozenset(chance.sample(ITEMS, chance.randrange(1, 4)))
            target = _target(code, chance.choice(BANKS), names)
            overwritten += meant.pop(code, None) is not None
            meant[code] = target
            cache._keep(code, target)
            if len(meant) > 30:
                del meant[next(iter(meant))]
                evicted += 1
        elif what < 0.95:
            gone = chance.choice([*ITEMS, *ITEMS, BANKS[0]])
            left = {c: t for c, t in meant.items() if gone not in t.names and gone != t.tenant}
            forgotten += len(meant) - len(left)
            meant = left
            cache.forget(gone)
        else:
            meant.pop(code, None)
            cache._drop(code)
        assert {c: cache.known(c) for c in cache._codes} == meant
        assert list(cache._codes) == list(meant)
        assert cache._codes_of == _by_id(meant)
    assert min(evicted, forgotten, overwritten) > 100
