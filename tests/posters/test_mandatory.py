"""Mandatory text that somebody tries to hide is found out, and so are codes too small to scan."""

import io
from typing import Any

import pytest
from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import proof, qr, splice
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    GroupLayer,
    Layer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    Span,
    Stop,
    TextLayer,
)
from contenthub.posters.looks import Box, Clip, Rule, Shadow
from contenthub.posters.paint import Sources
from contenthub.posters.template import Personal, Template, check

SHA = "ab" * 32
WHO = Personal("王小明", "客户经理", "138", "城关支行", "1", None, "HTTPS://QY.CN/S/7KD2QM8X1ABC")
AT = Box(40, 900, 720, 60)
PLATE = ShapeLayer(id="plate", box=Box(0, 880, 800, 120), fill="#202020")


def law(**over: Any) -> DisclosureLayer:
    made: dict[str, Any] = {"text": "贷款额度、利率以审批为准，请理性借贷", "size_px": 36}
    return DisclosureLayer(id="law", box=AT, **(made | over))


def grain() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((800, 120), 200).convert("RGB").save(out, "PNG")
    return out.getvalue()


def told(*layers: Layer, **over: Any) -> str:
    """Return what is said of a template, by reading it or by its drawing; empty for a sound one."""
    template = Template(800, 1000, layers, **over)
    try:
        check(template)
    except Invalid as wrong:
        return "；".join(wrong.fields.values())
    sources = Sources({}, {SHA: grain()}, WHO)
    poster = splice.compose(template, sources.values, sources.assets, WHO)
    return "；".join(proof.faults(template, poster, sources).values())


def test_a_plain_text_on_paper_or_on_a_plate_is_sound() -> None:
    assert told(law(colour="#333333")) == ""
    assert told(PLATE, law(colour="#ffffff")) == ""
    faded = GradientLayer(id="g", box=AT, stops=(Stop(0, "#ffffff"), Stop(1, "#d0e0ff")))
    assert told(faded, law(colour="#203050", spans=(), stroke="#203050", stroke_px=1)) == ""


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        pytest.param([law(colour="#aaaaaa")], "4.5", id="faint ink"),
        pytest.param([PLATE, law(colour="#333333")], "4.5", id="dark on dark"),
        pytest.param(
            [ShapeLayer(id="half", box=Box(400, 0, 400, 1000), fill="#222222"), law()],
            "4.5",
            id="half of it on dark",
        ),
        pytest.param(
            [law(shadow=Shadow("#202020", right_px=8, down_px=6))], "4.5", id="shadow of its colour"
        ),
        pytest.param(
            [
                law(size_px=28, line_height=1.0, max_lines=2, text="贷款\n有风险",
                    colour_to="#ffffff")
            ],
            "4.5",
            id="fades to white",
        ),
        pytest.param(
            [PictureLayer(id="p", box=Box(0, 880, 800, 120), asset=SHA), law(colour="#555555")],
            "4.5",
            id="grey on grain",
        ),
        pytest.param(
            [law(), ShapeLayer(id="lid", box=AT, fill="#ffffff")], "盖住", id="later shape"
        ),
        pytest.param(
            [law(), PictureLayer(id="p", box=Box(0, 880, 800, 120), asset=SHA)],
            "盖住",
            id="behind a picture",
        ),
        pytest.param(
            [
                law(),
                ShapeLayer(
                    id="far",
                    box=Box(0, 700, 800, 100),
                    fill="#ffffff",
                    shadow=Shadow("#ffffff", down_px=200),
                ),
            ],
            "阴影",
            id="another's shadow",
        ),
        pytest.param(
            [law(), ShapeLayer(id="soft", box=Box(0, 820, 800, 70), fill="#ffffff", blur_px=60)],
            "模糊边",
            id="another's blur",
        ),
        pytest.param(
            [law(), TextLayer(id="t", box=Box(0, 780, 800, 90), text="好礼", size_px=60,
                              shadow=Shadow("#ffffff", down_px=110, blur_px=2))],
            "阴影",
            id="a word's shadow",
        ),
        pytest.param([law(size_px=24)], "2.5%", id="small"),
        pytest.param(
            [law(text="", spans=(Span("贷款"), Span("有风险", scale=0.4)))], "2.5%", id="tiny span"
        ),
        pytest.param([law(opacity=0.1)], "半透明", id="translucent"),
        pytest.param([law(clip=Clip("ellipse"))], "遮罩", id="clipped"),
        pytest.param([law(rotation_degrees=180)], "旋转", id="upside down"),
        pytest.param([law(show=(Rule("employee.title", "empty"),))], "一直显示", id="shown to few"),
        pytest.param([law(ellipsis=True)], "省略", id="ellipsis"),
        pytest.param([law(tracking_px=-18)], "字距", id="letters on letters"),
        pytest.param([law(stroke="#202020", stroke_px=14)], "描边", id="filled by its stroke"),
        pytest.param(
            [
                ShapeLayer(id="plate", box=PLATE.box, fill="#202020",
                           show=(Rule("employee.title"),)),
                law(colour="#808080"),
            ],
            "随员工变化",
            id="a plate for some",
        ),
        pytest.param(
            [TextLayer(id="n", box=AT, text="{{ employee.name }}", size_px=40), law()],
            "随员工变化",
            id="on a name",
        ),
        pytest.param(
            [GroupLayer(id="g", box=Box(0, 0, 800, 1000), layers=(law(),), opacity=0.05)],
            "半透明",
            id="group that fades",
        ),
        pytest.param(
            [GroupLayer(id="g", box=Box(0, 0, 800, 1000), layers=(law(),), clip=Clip("ellipse"))],
            "遮罩",
            id="group that cuts",
        ),
        pytest.param(
            [
                GroupLayer(id="g", box=Box(0, 0, 800, 1000), layers=(law(),),
                           show=(Rule("employee.photo"),))
            ],
            "条件",
            id="group shown to some",
        ),
        pytest.param(
            [GroupLayer(id="g", box=Box(0, 200, 800, 1000), layers=(law(),))],
            "超出画布",
            id="outside by its group",
        ),
    ],
)  # fmt: skip
def test_a_trick_that_hides_mandatory_text_is_named(layers: list[Layer], words: str) -> None:
    assert words in told(*layers)


def test_text_that_the_knife_may_take_is_refused() -> None:
    print_ready = {"bleed_px": 35, "dpi": 300}
    near = law().__class__(id="law", box=Box(40, 930, 720, 60), text="请理性借贷", size_px=36)
    assert "裁切" in told(near, **print_ready)
    assert told(law(), **print_ready) == ""


def test_what_lies_over_the_box_but_changes_no_pixel_is_no_fault() -> None:
    near = ShapeLayer(
        id="far",
        box=Box(0, 600, 800, 100),
        fill="#ff0000",
        shadow=Shadow("#000000", blur_px=120, opacity=0.2),
    )
    assert told(law(), near) == ""


@pytest.mark.parametrize(
    ("side_px", "over", "words"),
    [
        (264, {}, ""),
        (263, {}, "调大到 264 像素"),
        (240, {"dpi": 300}, ""),
        (240, {"dpi": 600}, "至少要 12 像素"),
    ],
)
def test_a_code_has_8_px_a_module_on_screens_and_half_a_millimetre_in_print(
    side_px: int, over: dict[str, Any], words: str
) -> None:
    found = told(QrLayer(id="qr", box=Box(0, 0, side_px, side_px)), law(), **over)
    assert (words in found) if words else found == ""


def test_a_code_with_a_logo_wants_more_room_and_is_read_then() -> None:
    small = QrLayer(id="qr", box=Box(0, 0, 264, 264), logo=SHA)
    assert "296 像素，或去掉码中间的标志" in told(small, law())
    assert told(QrLayer(id="qr", box=Box(0, 0, 296, 296), logo=SHA), law()) == ""


def test_least_modules_follow_the_dots_an_inch() -> None:
    assert [qr.least_module_px(dpi) for dpi in (None, 72, 300, 600)] == [8, 6, 6, 12]
