"""Pixels: what is painted lies in its box, and what cannot be painted well is refused."""

import io
from typing import Literal

import pytest
from PIL import Image, ImageChops, ImageDraw

from contenthub.errors import Invalid
from contenthub.posters import fonts, splice, stamps
from contenthub.posters.colours import contrast
from contenthub.posters.layers import (
    Box,
    GradientLayer,
    Layer,
    PhotoLayer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    Stop,
    TextLayer,
)
from contenthub.posters.layout import GlyphMissing, TextDoesNotFit
from contenthub.posters.paint import Sources, layer_stamps
from contenthub.posters.template import Personal, Template

SHA = "a" * 64


def canvas(*layers: Layer, background: str = "#ffffff") -> Template:
    return Template(400, 400, layers, background=background)


def paint_static(
    template: Template, values: dict[str, str], assets: dict[str, bytes]
) -> Image.Image:
    return splice.compose(template, values, assets, Personal(""))


def paint_personal(
    picture: Image.Image, layers: list[Layer], personal: Personal, *, top_px: int = 0
) -> None:
    for layer in layers:
        found = layer_stamps(layer, Sources(personal=personal), None)
        stamps.press(picture, found, top_px=top_px)


def colour(picture: Image.Image, x_px: int, y_px: int) -> tuple[int, ...]:
    return tuple(picture.crop((x_px, y_px, x_px + 1, y_px + 1)).tobytes())


def ink(picture: Image.Image, background: str = "#ffffff") -> tuple[int, int, int, int]:
    """The box of all that differs from the background."""
    plain = Image.new("RGB", picture.size, background)
    found = ImageChops.difference(picture, plain).getbbox()
    assert found is not None
    return found


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("shape", ["rect", "rounded", "ellipse"])
def test_a_shape_fills_its_box_and_nothing_else(
    shape: Literal["rect", "rounded", "ellipse"],
) -> None:
    layer = ShapeLayer(
        id="s",
        box=Box(50, 60, 100, 80),
        shape=shape,
        fill="#ff0000",
        radius_px=10,
    )
    picture = paint_static(canvas(layer), {}, {})
    assert ink(picture) == (50, 60, 150, 140)
    assert colour(picture, 100, 100) == (255, 0, 0)


@pytest.mark.parametrize(("angle", "across"), [(0, False), (90, True), (180, False), (270, True)])
def test_a_gradient_along_the_edges_is_one_line_of_it_over_and_over(
    angle: int, across: bool
) -> None:
    layer = GradientLayer(
        id="sky",
        box=Box(10, 20, 90, 60),
        stops=(Stop(0, "#102030"), Stop(0.3, "#f0e0d0", 0.5), Stop(1, "#ffffff")),
        angle_degrees=angle,
    )
    (stamp,) = layer_stamps(layer, Sources({}, {}, Personal("王")), Box(0, 0, 200, 200))
    drawn = stamps.with_alpha(stamp)
    assert drawn.size == (90, 60)
    line = drawn.crop((0, 0, 1, 60) if across else (0, 0, 90, 1))
    same = line.resize(drawn.size, Image.Resampling.NEAREST)
    assert ImageChops.difference(drawn, same).getbbox() is None
    along = line.convert("RGB").getcolors(100)
    assert along is not None
    assert len(along) > 30, "and along it, the colour goes on"


def test_a_gradient_runs_from_its_first_to_its_last_colour() -> None:
    layer = GradientLayer(
        id="g", box=Box(0, 0, 400, 400), stops=(Stop(0, "#000000"), Stop(1, "#ffffff"))
    )
    picture = paint_static(canvas(layer), {}, {})
    assert colour(picture, 200, 1)[0] < 4
    assert 120 < colour(picture, 200, 200)[0] < 136
    assert colour(picture, 200, 398)[0] > 251
    assert colour(picture, 3, 200) == colour(picture, 396, 200)


def test_a_radial_glow_ends_at_its_box_without_an_edge() -> None:
    layer = GradientLayer(
        id="g",
        box=Box(100, 100, 200, 200),
        stops=(Stop(0, "#000000", 1), Stop(1, "#000000", 0)),
        form="radial",
    )
    picture = paint_static(canvas(layer), {}, {})
    assert colour(picture, 200, 200)[0] < 8
    assert min(colour(picture, 101, 200)) > 245


def test_text_of_every_length_stays_in_its_box() -> None:
    for text in ("王", "欧阳建国", "gjpqy Al", "第一行第一行第一行第一行第二行"):
        layer = TextLayer(
            id="t",
            box=Box(100, 100, 200, 110),
            text=text,
            size_px=44,
            min_size_px=20,
            max_lines=3,
        )
        left, top, right, bottom = ink(paint_static(canvas(layer), {}, {}))
        assert left >= 98
        assert top >= 100
        assert right <= 302
        assert bottom <= 210


@pytest.mark.parametrize("text", ["王小明", "138 0000 0236", "城关支行 · 工号 0236", "AVATAR Wo"])
def test_cached_glyphs_give_the_same_pixels_as_the_shaper(text: str) -> None:
    layer = TextLayer(
        id="t", box=Box(10, 100, 380, 60), text=text, size_px=33, weight=700, colour="#000000"
    )
    ours = paint_static(canvas(layer), {}, {})
    theirs = Image.new("RGB", (400, 400), "#ffffff")
    face = fonts.font(33, 700)
    ImageDraw.Draw(theirs).text(
        (10, 100 + round(33 * 0.93)), text, font=face, fill="#000000", anchor="ls"
    )
    assert ImageChops.difference(ours, theirs).getbbox() is None


def test_text_is_aligned_in_its_box() -> None:
    edges = {}
    aligns: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
    for align in aligns:
        layer = TextLayer(
            id="t",
            box=Box(100, 100, 200, 60),
            text="中",
            size_px=40,
            align=align,
        )
        edges[align] = ink(paint_static(canvas(layer), {}, {}))[0]
    assert 100 <= edges["left"] < 110
    assert 178 < edges["center"] < 190
    assert 258 < edges["right"] < 270


def test_static_text_takes_the_banks_and_the_items_values() -> None:
    layer = TextLayer(id="t", box=Box(0, 0, 400, 60), text="{{ bank.name }}", size_px=40)
    picture = paint_static(canvas(layer), {"bank.name": "清源农商银行"}, {})
    assert ink(picture)[2] > 200
    with pytest.raises(Invalid, match=r"bank\.name"):
        paint_static(canvas(layer), {}, {})


def test_a_missing_or_broken_picture_is_refused() -> None:
    layer = PictureLayer(id="pic", box=Box(0, 0, 100, 100), asset=SHA)
    with pytest.raises(Invalid, match="不存在"):
        paint_static(canvas(layer), {}, {})
    with pytest.raises(Invalid, match="重新上传"):
        paint_static(canvas(layer), {}, {SHA: b"\x89PNG\r\n\x1a\nbroken"})


@pytest.mark.parametrize(
    ("fit", "corner"),
    [("cover", (0, 0, 255)), ("contain", (255, 255, 255)), ("stretch", (0, 0, 255))],
)
def test_a_picture_fits_its_box_as_told(
    fit: Literal["cover", "contain", "stretch"], corner: tuple[int, int, int]
) -> None:
    layer = PictureLayer(id="pic", box=Box(0, 0, 200, 200), asset=SHA, fit=fit)
    wide = png(Image.new("RGB", (100, 50), "#0000ff"))
    picture = paint_static(canvas(layer), {}, {SHA: wide})
    assert colour(picture, 100, 100) == (0, 0, 255)
    assert colour(picture, 100, 5) == corner


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x76,) * 3, (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


def test_a_round_photo_shows_its_colour_inside_and_the_ground_outside() -> None:
    layer = PhotoLayer(id="p", box=Box(100, 100, 200, 200), ring_px=10, ring="#00ff00")
    picture = Image.new("RGB", (400, 400), "#ffffff")
    photo = png(Image.new("RGB", (320, 320), "#ff0000"))
    paint_personal(picture, [layer], Personal("王小明", photo=photo))
    assert colour(picture, 200, 200) == (255, 0, 0)
    assert colour(picture, 200, 103) == (0, 255, 0)
    assert colour(picture, 102, 102) == (255, 255, 255)


def test_without_a_photo_a_disc_with_the_surname_is_shown() -> None:
    layer = PhotoLayer(id="p", box=Box(100, 100, 200, 200))
    shown = []
    for name in ("王小明", "李小明", "王小明", "😀"):
        picture = Image.new("RGB", (400, 400), "#ffffff")
        paint_personal(picture, [layer], Personal(name))
        assert ink(picture) == (100, 100, 300, 300)
        shown.append(picture.tobytes())
    assert shown[0] == shown[2]
    assert shown[0] != shown[1]


def test_a_broken_photo_is_refused_with_the_way_out() -> None:
    layer = PhotoLayer(id="p", box=Box(0, 0, 100, 100))
    with pytest.raises(Invalid, match="重新上传"):
        paint_personal(
            Image.new("RGB", (400, 400)), [layer], Personal("王", photo=b"\xff\xd8\xffnope")
        )


def test_a_name_that_does_not_fit_or_cannot_be_drawn_is_refused() -> None:
    layer = TextLayer(id="n", box=Box(0, 0, 100, 60), text="{{ employee.name }}", size_px=40)
    picture = Image.new("RGB", (400, 400))
    with pytest.raises(TextDoesNotFit):
        paint_personal(picture, [layer], Personal("买买提·艾合买提"))
    with pytest.raises(GlyphMissing):
        paint_personal(picture, [layer], Personal("王😀"))


@pytest.mark.parametrize("top_px", [0, 48])
def test_a_code_starts_on_the_grid_of_jpeg_blocks_of_the_whole_image(top_px: int) -> None:
    layer = QrLayer(id="qr", box=Box(52, 61, 280, 280))
    picture = Image.new("RGB", (400, 400 - top_px), "#808080")
    personal = Personal("王", qr_text="HTTPS://QY.EXAMPLE.CN/S/7KD2QM8X1ABC")
    paint_personal(picture, [layer], personal, top_px=top_px)
    dark = picture.convert("L").point([255] * 40 + [0] * 216).getbbox()
    assert dark is not None
    assert dark[0] % 8 == 0
    assert (dark[1] + top_px) % 8 == 0
    assert dark[2] - dark[0] == 25 * 8


def test_a_link_too_long_for_its_box_is_refused() -> None:
    layer = QrLayer(id="qr", box=Box(0, 0, 240, 240))
    with pytest.raises(Invalid, match="缩短链接"):
        paint_personal(
            Image.new("RGB", (400, 400)),
            [layer],
            Personal("王", qr_text="https://a.cn/" + "x" * 250),
        )
