"""What the editor shows of a design: the painter's pixels, and never those of a former design."""

import io
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from contenthub.posters import editing, sketching, splice
from contenthub.posters.layers import ShapeLayer, TextLayer
from contenthub.posters.looks import Box, Shadow
from contenthub.posters.template import Personal, Template, parse

VALUES = {
    "bank.name": "清源农村商业银行",
    "bank.hotline": "96288",
    "item.title": "大额存单三年期",
    "item.rate": "2.05%",
    "item.summary": "20万元起存",
    "item.code": "P-1001-v1",
}
SOMEBODY = Personal(
    "王小明",
    "客户经理",
    "13800001111",
    "城关支行",
    "0006",
    qr_text="HTTPS://A.CN/S/0",
    card_text="HTTPS://A.CN/C/0",
)
GIVEN: dict[str, Any] = {"values": VALUES, "assets": {}, "personal": SOMEBODY}


def _shown(template: Template) -> Image.Image:
    width_px = template.width_px + 2 * template.bleed_px
    drawn = sketching.preview(template, **GIVEN, width_px=width_px)
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def _farthest(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max())


@pytest.mark.parametrize("code", ["deposit-season", "name-card"])
def test_sprites_laid_one_above_the_other_are_the_poster(code: str) -> None:
    template = parse(editing.starter_layers(code))
    plain = [
        layer
        for layer in template.layers
        if not (layer.rotation_degrees or layer.opacity < 1 or layer.shadow or layer.show)
        and layer.box.w_px * layer.box.h_px < sketching.SPRITE_AREA_PX
    ]
    design = msgspec.structs.replace(template, layers=tuple(plain), bleed_px=0)
    assert len(plain) > 5
    found = sketching.sprites(design, [layer.id for layer in plain], **GIVEN)
    laid = Image.new("RGBA", (design.width_px, design.height_px), design.background)
    for layer in plain:
        sprite = found[layer.id]
        assert isinstance(sprite, sketching.Sprite), sprite
        if sprite.png:
            picture = Image.open(io.BytesIO(sprite.png)).convert("RGBA")
            assert picture.size == (sprite.w_px, sprite.h_px)
            corner = (layer.box.x_px + sprite.left_px, layer.box.y_px + sprite.top_px)
            whole = Image.new("RGBA", laid.size)
            whole.paste(picture, corner)
            laid.alpha_composite(whole)
    painted = splice.compose(design, VALUES, {}, SOMEBODY)
    assert _farthest(laid.convert("RGB"), painted) <= 2  # 8 bits of a mask, rounded twice


def test_a_sprite_is_upright_opaque_and_without_shadow_wherever_its_layer_stands() -> None:
    def sprite(**over: Any) -> object:
        text = TextLayer(id="a", box=Box(40, 40, 300, 80), size_px=48, text="存款")
        design = Template(400, 400, (msgspec.structs.replace(text, **over),))
        return sketching.sprites(design, ["a", "nobody"], **GIVEN)

    same = sprite()
    shadow = Shadow("#000000", blur_px=9)
    assert sprite(rotation_degrees=30, opacity=0.4, shadow=shadow, box=Box(9, 99, 300, 80)) == same
    assert sprite(text="贷款") != same


def test_one_that_cannot_be_drawn_does_not_hide_the_others() -> None:
    design = Template(
        400,
        400,
        (
            TextLayer(id="long", box=Box(0, 0, 50, 30), size_px=24, text="放不下的文字"),
            ShapeLayer(id="far", box=Box(900, 900, 50, 50), fill="#112233"),
            ShapeLayer(id="huge", box=Box(-900, -900, 2400, 2400), fill="#112233"),
        ),
    )
    found = sketching.sprites(design, ["long", "far", "huge"], **GIVEN)
    assert isinstance(found["long"], dict)
    assert list(found["long"]) == ["layers.long.text"]
    huge, far = found["huge"], found["far"]
    assert isinstance(huge, sketching.Sprite)
    assert isinstance(far, sketching.Sprite)
    assert far.w_px == 50
    assert huge.w_px < 2400, "no more than a drag could bring into sight"


def test_a_preview_after_a_change_is_the_one_of_a_painter_who_kept_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    design = parse(editing.starter_layers("deposit-season"))
    steps = [(-1, -16), (-1, -24), (20, 8), (-1, 0), (3, 40)]
    quick = [_shown(design)]
    designs = [design]
    for place, down_px in steps:
        layers = list(designs[-1].layers)
        layers[place] = msgspec.structs.replace(
            layers[place], box=layers[place].box.shifted(-4, down_px)
        )
        designs.append(msgspec.structs.replace(designs[-1], layers=tuple(layers)))
        quick.append(_shown(designs[-1]))
    for one, picture in zip(designs, quick, strict=True):
        monkeypatch.setattr(sketching, "_kept", sketching._Kept())
        monkeypatch.setattr(sketching, "_last", sketching._Last())
        assert _farthest(picture, _shown(one)) == 0
    assert _farthest(quick[0], quick[-1]) > 0
