"""What a poster owes its readers is seen on it, whatever was done to hide it; ornaments pass."""

from typing import Any

import pytest
from PIL import Image
from tests.posters.test_mandatory import SHA, WHO, grain

from contenthub.posters import proof, splice
from contenthub.posters.layers import (
    GradientLayer,
    GroupLayer,
    Layer,
    LogoLayer,
    PictureLayer,
    ShapeLayer,
    Stop,
    TextLayer,
)
from contenthub.posters.looks import Box, Clip, Rule, Shadow
from contenthub.posters.paint import Sources
from contenthub.posters.template import Template, check

VALUES = {
    "bank.name": "清源农村商业银行",
    "item.code": "P-1001-v1",
    "item.rate": "2.05%",
    "item.title": "金秋存款季",
}
RED = "#c31c26"
BACK = ShapeLayer(id="back", box=Box(0, 0, 800, 1000), fill=RED)
TEXTS = {
    "ad": "广告",
    "bank": "{{ bank.name }}",
    "code": "{{ item.code }}",
    "rate": "{{ item.rate }}",
    "title": "《{{ item.title }}》",
    "name": "{{ employee.name }}",
}
OWED = list(TEXTS)


def must(layer_id: str, **over: Any) -> TextLayer:
    made: dict[str, Any] = {
        "id": layer_id,
        "box": Box(100, 400, 500, 80),
        "text": TEXTS[layer_id],
        "size_px": 48,
        "colour": "#ffffff",
    }
    return TextLayer(**(made | over))


def told(*layers: Layer) -> str:
    """Return what is said of a poster, by reading it or by its drawing; empty for a sound one."""
    template = Template(800, 1000, (BACK, *layers))
    check(template)
    sources = Sources(VALUES, {SHA: grain()}, WHO)
    poster = splice.compose(template, VALUES, sources.assets, WHO)
    return "；".join(proof.faults(template, poster, sources).values())


LID = Box(90, 390, 520, 100)
TRICKS: dict[str, Any] = {
    "a form over it": (lambda one: [one, _lid()], "盖住"),
    "a picture over it": (lambda one: [one, _photo()], "盖住"),
    "a gradient over it": (lambda one: [one, _blend()], "盖住"),
    "another's shadow": (lambda one: [one, _caster()], "盖住"),
    "a form over half of it": (lambda one: [one, _lid(w_px=60)], "盖住"),
    "a group over it": (
        lambda one: [one, GroupLayer(id="g", box=LID, layers=(_lid(x_px=0, y_px=0),))],
        "盖住",
    ),
    "its ground's colour": (lambda one: [_with(one, colour=RED)], "底色太接近"),
    "nearly its ground's colour": (lambda one: [_with(one, colour="#cd2630")], "底色太接近"),
    "translucent": (lambda one: [_with(one, opacity=0.1)], "透明"),
    "in a translucent group": (lambda one: [_group(one, opacity=0.2)], "透明"),
    "both a little": (lambda one: [_group(_with(one, opacity=0.6), opacity=0.6)], "透明"),
    "clipped away": (lambda one: [_with(one, clip=_corner())], "遮罩"),
    "clipped away by its group": (lambda one: [_group(one, clip=_corner())], "遮罩"),
    "turned out of the canvas": (
        lambda one: [_group(_with(one, box=Box(0, 0, 500, 80)), x_px=300, rotation_degrees=90)],
        "画布",
    ),
}  # fmt: skip


def _with(one: TextLayer, **over: Any) -> TextLayer:
    import msgspec

    return msgspec.structs.replace(one, **over)


def _lid(x_px: int = LID.x_px, y_px: int = LID.y_px, w_px: int = LID.w_px) -> ShapeLayer:
    return ShapeLayer(id="lid", box=Box(x_px, y_px, w_px, LID.h_px), fill="#fffdf8")


def _photo() -> PictureLayer:
    return PictureLayer(id="lid", box=LID, asset=SHA)


def _blend() -> GradientLayer:
    return GradientLayer(id="lid", box=LID, stops=(Stop(0, "#ffffff", 0.4), Stop(0.1, RED)))


def _caster() -> ShapeLayer:
    cast = Shadow("#ffffff", down_px=200)
    return ShapeLayer(id="far", box=LID.shifted(0, -200), fill="#ffffff", shadow=cast)


def _corner() -> Clip:
    return Clip("polygon", points=((0, 0), (8, 0), (0, 8)))


def _group(one: TextLayer, x_px: int = 0, **over: Any) -> GroupLayer:
    return GroupLayer(id="g", box=Box(x_px, 0, 800, 1000), layers=(one,), **over)


@pytest.mark.parametrize("owed", OWED)
def test_what_is_plainly_there_is_sound(owed: str) -> None:
    one = must(owed)
    assert told(one) == ""
    assert told(_with(one, rotation_degrees=8)) == ""
    assert told(_with(one, opacity=0.8)) == ""
    assert told(_with(one, shadow=Shadow("#000000", down_px=3, blur_px=4))) == ""
    assert told(_with(one, colour=RED, stroke="#ffffff", stroke_px=3)) == ""
    far = ShapeLayer(id="far", box=Box(100, 700, 500, 80), fill="#ffffff")
    assert told(_group(one), far) == ""


@pytest.mark.parametrize("owed", OWED)
@pytest.mark.parametrize("trick", list(TRICKS))
def test_a_trick_that_hides_what_is_owed_is_named_with_its_layer_and_the_fix(
    owed: str, trick: str
) -> None:
    from contenthub.errors import Invalid

    hide, words = TRICKS[trick]
    one = must(owed)
    try:
        found = told(*hide(one))
    except Invalid as wrong:  # what geometry alone shows is told when the design is kept
        found, words = "；".join(wrong.fields.values()), one.called
    assert words in found
    assert one.called in found


@pytest.mark.parametrize("owed", OWED)
def test_an_ornament_of_what_is_seen_elsewhere_is_no_fault(owed: str) -> None:
    ghost = must(owed, id="ghost", box=Box(0, 100, 780, 260), size_px=60, opacity=0.1)
    assert told(ghost, must(owed)) == ""


def test_what_is_shown_to_others_is_not_measured() -> None:
    rule = Rule("employee.branch", "one_of", ("总行",))
    assert told(must("rate", colour=RED, show=(rule,))) == ""


def test_a_logo_that_is_hidden_is_told() -> None:
    logo = LogoLayer(id="logo", box=Box(40, 40, 120, 120), fill="#ffffff", ink=RED)
    assert told(logo) == ""
    assert told(logo, must("bank")) == ""
    lid = ShapeLayer(id="lid", box=Box(30, 30, 140, 140), fill=RED)
    assert "盖住" in told(logo, lid)
    assert "透明" in told(LogoLayer(id="logo", box=logo.box, fill="#ffffff", opacity=0.2))


def test_a_poster_is_not_changed_by_being_measured() -> None:
    template = Template(800, 1000, (BACK, must("ad"), _lid(y_px=600)))
    poster = splice.compose(template, VALUES, {}, WHO)
    before = poster.copy()
    proof.faults(template, poster, Sources(VALUES, {}, WHO))
    assert isinstance(poster, Image.Image)
    assert before.tobytes() == poster.tobytes()
