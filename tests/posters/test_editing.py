"""A shipped design for an item, and whose fault a refusal is."""

from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.posters import editing
from contenthub.posters.layers import DisclosureLayer
from contenthub.posters.starters import starter, starters


def _design(code: str = "deposit-season") -> dict[str, Any]:
    return editing.starter_layers(code)


def test_a_fault_by_number_is_told_by_the_layers_name() -> None:
    design = _design()
    wrong = Invalid.of("layers[1].box", "太大")
    named = editing.named(wrong, design)
    assert named.fields == {f"layers.{design['layers'][1]['id']}.box": "太大"}
    assert editing.named(Invalid.of("layers[999].box", "x"), design).fields == {
        "layers[999].box": "x"
    }


def test_starters_follow_the_topic_and_know_where_they_would_lie() -> None:
    assert editing.starter_for("deposit") == "deposit-season"
    assert editing.starter_for("loan") == "farm-loan"
    assert editing.starter_for("card") == "card"
    assert editing.starter_for("fund") == "rights-day"
    assert editing.unsuitable("farm-loan", "deposit")
    assert not editing.unsuitable("rights-day", "deposit")
    assert editing.unsuitable_code("nothing", "deposit")


@pytest.mark.parametrize("code", list(starters()))
def test_every_starter_carries_a_disclosure(code: str) -> None:
    assert any(isinstance(layer, DisclosureLayer) for layer in starter(code).layers)
