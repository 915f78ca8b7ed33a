"""Texts that stand in one row or one column are read as one."""

from collections.abc import Sequence

import pytest

from contenthub.posters.adjoining import crosses, phrases
from contenthub.posters.layers import Box, GroupLayer, Layer, ShapeLayer, TextLayer


def _text(word: str, x_px: int, y_px: int, *, size_px: int = 60, width_px: int = 0) -> TextLayer:
    box = Box(x_px=x_px, y_px=y_px, w_px=width_px or size_px * len(word), h_px=size_px + 20)
    return TextLayer(id=f"t{x_px}-{y_px}", box=box, text=word, size_px=size_px)


def _said(layers: Sequence[Layer]) -> list[str]:
    return ["".join(one.words for one in found.layers) for found in phrases(layers)]


def test_a_row_is_read_from_left_to_right_whatever_the_order_of_its_layers() -> None:
    assert _said([_text("风险", 200, 104), _text("零", 100, 100)]) == ["零风险"]


def test_a_column_is_read_downwards() -> None:
    assert _said([_text("风险", 90, 190), _text("零", 100, 100)]) == ["零风险"]


def test_a_layer_in_a_group_stands_where_the_group_puts_it() -> None:
    group = GroupLayer(
        id="g", box=Box(x_px=180, y_px=90, w_px=300, h_px=200), layers=(_text("风险", 10, 10),)
    )
    (found,) = phrases([_text("零", 100, 100), group])
    assert found.paths == ("layers[0]", "layers[1].layers[0]")


@pytest.mark.parametrize(
    "other",
    [
        _text("风险", 200, 400),
        _text("风险", 700, 300),
        _text("风险", 200, 100, size_px=30),
        ShapeLayer(id="s", box=Box(x_px=200, y_px=100, w_px=80, h_px=80), fill="#ffffff"),
    ],
)
def test_what_stands_elsewhere_or_is_of_another_size_is_read_by_itself(other: Layer) -> None:
    assert _said([_text("零", 100, 100), other]) == []


def test_a_place_crosses_only_where_two_texts_meet_in_it() -> None:
    words = ("零", "风险", "收益")
    assert crosses(0, 3, words)
    assert crosses(2, 4, words)
    assert not crosses(1, 3, words)
    assert not crosses(0, 1, words)
