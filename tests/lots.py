"""How much of what goes on long is tried: a fair share by `make test`, all by `make fuzz`."""

import os
from collections.abc import Sequence
from typing import TypeVar

ALL = "FUZZ_CASES" in os.environ
Case = TypeVar("Case")


def lot(some: int, whole: int) -> int:
    """Return how many cases are tried, of those that chance makes."""
    return whole if ALL else some


def share(cases: Sequence[Case], one_in: int, *, begin: int = 0) -> Sequence[Case]:
    """Return those of a list that are tried: one in so many, beginning anywhere; the first of few.

    Lists that begin at different places leave no place out together.
    """
    return cases if ALL else cases[begin % min(one_in, len(cases) or 1) :: one_in]
