"""The planted leaks of `make mutants` still fit the source they are planted in."""

import pytest
from tests.mutants.__main__ import ROOT
from tests.mutants.leaks import LEAKS, Leak


def test_there_are_at_least_twenty() -> None:
    assert len({leak.name for leak in LEAKS}) == len(LEAKS) >= 20


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name)
def test_a_leak_fits_its_file(leak: Leak) -> None:
    assert (ROOT / leak.path).read_text("utf-8").count(leak.before) == 1
    assert leak.before != leak.after
    for argument in leak.caught_by:
        assert not argument.startswith("tests/") or (ROOT / argument).exists()
