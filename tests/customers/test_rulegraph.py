"""In which order rules run, and which wait for each other."""

from uuid import uuid4

import pytest

from contenthub.customers.rulegraph import Flow, order, ring

A, B, C = (uuid4() for _ in range(3))
ONE, TWO, THREE = (uuid4() for _ in range(3))


def test_a_rule_runs_after_every_rule_whose_tag_it_reads() -> None:
    rules = {
        A: Flow(frozenset({TWO, THREE}), ONE),
        B: Flow(frozenset({THREE}), TWO),
        C: Flow(frozenset(), THREE),
    }
    assert order(rules) == [C, B, A]
    assert ring(rules) == []


def test_rules_that_wait_for_each_other_are_named_and_one_that_waits_for_itself() -> None:
    rules = {
        A: Flow(frozenset({TWO}), ONE),
        B: Flow(frozenset({ONE}), TWO),
        C: Flow(frozenset(), THREE),
    }
    assert set(ring(rules)) == {A, B}
    assert ring({A: Flow(frozenset({ONE}), ONE)}) == [A]
    with pytest.raises(ValueError, match="wait for each other"):
        order(rules)
