"""What a poster says of its employee can be read on it, or it does not go to review."""

import pytest
from tests.posters.test_mandatory import told

from contenthub.posters.layers import GroupLayer, Layer, QrLayer, ShapeLayer, TextLayer
from contenthub.posters.looks import Box, Rule

NAME = TextLayer(
    id="name", box=Box(40, 40, 500, 80), text="{{ employee.name }}", size_px=60, colour="#203050"
)
CODE = QrLayer(id="code", box=Box(500, 500, 296, 296))


@pytest.mark.parametrize(
    ("layers", "wrong"),
    [
        pytest.param([NAME, CODE], False, id="apart"),
        pytest.param(
            [NAME, QrLayer(id="code", box=Box(40, 24, 296, 296))], True, id="under a code"
        ),
        pytest.param(
            [NAME, QrLayer(id="code", box=Box(248, 24, 296, 296))], False, id="its empty end"
        ),
        pytest.param(
            [TextLayer(id="pale", box=NAME.box, text=NAME.text, size_px=60, colour="#f4f4f4")],
            True,
            id="white on white",
        ),
        pytest.param(
            [
                TextLayer(
                    id="ghost",
                    box=NAME.box,
                    text=NAME.text,
                    size_px=60,
                    colour="#ffffff",
                    show=(Rule("employee.branch", "one_of", ("总行",)),),
                )
            ],
            False,
            id="not shown to them",
        ),
        pytest.param(
            [
                GroupLayer(
                    id="g",
                    box=Box(0, 0, 800, 200),
                    layers=(ShapeLayer(id="plate", box=Box(0, 0, 800, 200), fill="#203050"), NAME),
                )
            ],
            True,
            id="in a group on its own colour",
        ),
    ],
)
def test_a_name_that_cannot_be_read_is_told_with_its_layer(
    layers: list[Layer], wrong: bool
) -> None:
    assert ("看不清" in told(*layers)) == wrong
