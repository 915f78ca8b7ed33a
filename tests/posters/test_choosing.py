"""A template with one background chosen is an ordinary template; what is not offered is refused."""

from typing import Any

import msgspec
import pytest
from tests.posters.test_template import box, raw, refusal, text

from contenthub.errors import Invalid
from contenthub.posters.choosing import (
    backgrounds,
    chosen,
    number_of,
    stored_backgrounds,
    stored_pictures,
)
from contenthub.posters.layers import PictureLayer, walk
from contenthub.posters.rendering import picture_hashes
from contenthub.posters.template import parse

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def back(**over: Any) -> dict[str, Any]:
    layer = {"kind": "picture", "id": "back", "box": box(0, 0, 800, 1000), "asset": A}
    return layer | {"choices": [B, C]} | over


def grouped(**over: Any) -> dict[str, Any]:
    return {"kind": "group", "id": "g", "box": box(0, 0, 800, 1000), "layers": [back(**over)]}


@pytest.mark.parametrize("layer", [back(), grouped()])
def test_each_background_takes_the_pictures_place_wherever_it_stands(layer: Any) -> None:
    template = parse(raw(layer, text()))
    assert backgrounds(template) == 3
    stored = msgspec.to_builtins(template)
    assert (stored_backgrounds(stored), stored_pictures(stored)) == (3, (A, B, C))
    assert [number_of(stored, one) for one in (A, B, C, "d" * 64)] == [0, 1, 2, 0]
    for number, asset in enumerate((A, B, C)):
        design = chosen(template, number)
        shown = [one for _, one in walk(design.layers) if isinstance(one, PictureLayer)]
        assert [(one.asset, one.choices) for one in shown] == [(asset, ())]
        assert picture_hashes(msgspec.to_builtins(design)) == [asset]
    assert picture_hashes(msgspec.to_builtins(template)) == [A, B, C]


def test_a_background_that_is_not_offered_is_refused_by_name() -> None:
    plain, several = parse(raw(text())), parse(raw(back()))
    assert chosen(plain, 0) == plain
    assert stored_pictures({"layers": [None, {"choices": 3}, {"layers": "x"}]}) == ()
    for template, number in ((plain, 1), (several, 3), (several, -1)):
        with pytest.raises(Invalid) as refused:
            chosen(template, number)
        assert set(refused.value.fields) == {"background"}


def test_one_layer_offers_backgrounds_and_no_picture_twice_or_more_than_eight() -> None:
    two = refusal(raw(back(), back(id="front", box=box(0, 0, 9, 9))))
    assert "只在一个图层上设" in two["layers[1].choices"]
    assert "重复" in refusal(raw(back(choices=[A])))["layers[0].choices"]
    many = [f"{number:064x}" for number in range(9)]
    assert "最多 8 项" in refusal(raw(back(choices=many)))["layers[0].choices"]
