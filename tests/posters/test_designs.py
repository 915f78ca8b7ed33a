"""A stored template is read once a version, and a faulty one is refused every time."""

from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.posters import designs, editing
from contenthub.posters.template import parse


def test_a_version_is_read_once_and_another_one_anew() -> None:
    layers = editing.starter_layers("deposit-season")
    first = designs.read("a" * 64, layers)
    assert first == parse(layers)
    assert designs.read("a" * 64, layers) is first
    changed: dict[str, Any] = {**layers, "layers": layers["layers"][:-1]}
    assert designs.read("b" * 64, changed) != first


def test_a_faulty_one_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(Invalid):
            designs.read("c" * 64, {"width_px": 10})


def test_no_more_than_a_number_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(designs, "KEPT", 2)
    layers = editing.starter_layers("deposit-season")
    held = [designs.read(name * 64, layers) for name in "def"]
    assert designs.read("f" * 64, layers) is held[2]
    assert designs.read("d" * 64, layers) is not held[0]
