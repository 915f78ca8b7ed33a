"""A spliced poster is, byte for byte, the full encode of the composed image."""

import functools
import io
import random
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from contenthub.errors import Invalid
from contenthub.posters import artefact, banding, qr, splice
from contenthub.posters.artefact import StaleArtefact
from contenthub.posters.layers import Box, PictureLayer, QrLayer, ShapeLayer, TextLayer
from contenthub.posters.splice import compile, encode, render, render_png
from contenthub.posters.starterparts import QR_PX
from contenthub.posters.starters import starter
from contenthub.posters.template import Personal, Template

ASSET = "b" * 64
LINK = "https://qy.example.cn/s/7kd2qm8x1abc"
VALUES = {
    "bank.name": "清源农村商业银行",
    "bank.hotline": "0731-96518",
    "item.title": "三年期个人大额存单",
    "item.rate": "2.05%",
    "item.summary": "20 万元起存，可转让，到期自动结息；额度有限，售完即止。",
    "item.code": "P-2041-v4",
}
CODES = ["deposit-season", "rights-day", "name-card", "good-news"]
"""A band at the foot, twice; for print with bleed; two bands and layers over a face."""


@functools.cache
def photo(shade: int = 120) -> bytes:
    out = io.BytesIO()
    noise = Image.effect_noise((320, 320), 40).convert("RGB")
    ImageChops.add(noise, Image.new("RGB", noise.size, (shade, 0, 0))).save(out, "JPEG")
    return out.getvalue()


def person(**over: object) -> Personal:
    fields: dict[str, Any] = {
        "name": "王小明",
        "title": "客户经理",
        "phone": "138 0000 0236",
        "branch": "城关支行",
        "no": "0236",
        "photo": photo(),
        "qr_text": qr.compact(LINK),
        "card_text": qr.compact(LINK),
    }
    return Personal(**(fields | over))


def read(jpeg: bytes) -> np.ndarray:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels


@functools.cache
def compiled_starter(code: str) -> splice.Compiled:
    """A shipped poster, compiled once: a second of painting, and nobody changes it."""
    return compile(starter(code), VALUES, {}, png=True)


def composed(template: Template, values: dict[str, str], who: Personal) -> Image.Image:
    """The poster without any splice: every layer painted in its turn."""
    return splice.compose(template, values, {}, who)


@pytest.mark.parametrize("code", CODES)
def test_shipped_posters_equal_the_full_encode(code: str) -> None:
    template, compiled = starter(code), compiled_starter(code)
    for who in (person(), person(name="欧阳建国", photo=None, phone="")):
        assert render(compiled, who) == encode(
            composed(template, VALUES, who), template.quality, dpi=template.dpi
        )


@st.composite
def workloads(draw: st.DrawFn) -> tuple[Template, bytes]:
    """A canvas of any size with noise behind, and one to three texts anywhere on it."""
    width = draw(st.integers(64, 300))
    height = draw(st.integers(64, 420))
    out = io.BytesIO()
    seed = draw(st.integers(0, 2**16))
    noise = random.Random(seed).randbytes(24 * 24 * 3)
    Image.frombytes("RGB", (24, 24), noise).save(out, "PNG")
    layers: list[object] = [
        PictureLayer(id="ground", box=Box(0, 0, width, height), asset=ASSET, fit="stretch")
    ]
    for number in range(draw(st.integers(1, 3))):
        tall = draw(st.integers(20, 60))
        layers.append(
            TextLayer(
                id=f"t{number}",
                box=Box(
                    draw(st.integers(0, width - 60)), draw(st.integers(0, height - tall)), 60, tall
                ),
                text="{{ employee.no }}",
                size_px=16,
                min_size_px=8,
                colour=draw(st.sampled_from(["#ff0000", "#000000", "#00ff88"])),
            )
        )
    quality = draw(st.integers(60, 95))
    return Template(width, height, tuple(layers), quality=quality), out.getvalue()  # type: ignore[arg-type]  # built from a mixed list


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workloads(), st.text("0123456789", min_size=1, max_size=5))
def test_any_size_place_and_quality_gives_the_bytes_of_a_full_encode(
    workload: tuple[Template, bytes], no: str
) -> None:
    template, ground = workload
    compiled = compile(template, {}, {ASSET: ground}, png=True)
    who = Personal("王", no=no)
    whole = splice.compose(template, {}, {ASSET: ground}, who)
    assert render(compiled, who) == encode(whole, template.quality)
    shown = Image.open(io.BytesIO(render_png(compiled, who))).convert("RGB")
    assert shown.tobytes() == whole.tobytes()


def test_a_mostly_personal_template_is_encoded_whole() -> None:
    layers = tuple(
        TextLayer(id=f"t{row}", box=Box(0, row * 32, 64, 32), text="{{employee.no}}", size_px=20)
        for row in range(4)
    )
    compiled = compile(Template(64, 200, layers), {}, {})
    assert [(band.first_row, band.height_px) for band in compiled.bands] == [(0, 200)]
    who = Personal("王", no="0236")
    assert render(compiled, who) == encode(composed(Template(64, 200, layers), {}, who), 88)


def test_a_template_without_personal_layers_is_the_same_for_all() -> None:
    compiled = compile(Template(100, 100, ()), {}, {})
    assert compiled.bands == ()
    assert render(compiled, person()) == encode(Image.new("RGB", (100, 100), "#ffffff"), 88)


def test_shipped_posters_encode_no_more_rows_than_their_code_takes() -> None:
    for code in ("deposit-season", "rights-day"):
        bands = compiled_starter(code).bands
        assert sum(band.height_px for band in bands) <= QR_PX + 16


@pytest.mark.parametrize("code", CODES)
def test_a_stored_artefact_gives_the_same_posters(code: str) -> None:
    compiled = compiled_starter(code)
    restored = artefact.from_bytes(artefact.to_bytes(compiled))
    assert render(restored, person()) == render(compiled, person())
    # Which way a strip is squeezed differs between machines and moments, what it shows does not.
    shown = [Image.open(io.BytesIO(render_png(one, person()))) for one in (restored, compiled)]
    assert shown[0].tobytes() == shown[1].tobytes()


def test_an_artefact_of_another_engine_or_a_damaged_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = artefact.to_bytes(compile(Template(64, 64, ()), {}, {}))
    with pytest.raises(StaleArtefact):
        artefact.from_bytes(data[:-10])
    with pytest.raises(StaleArtefact):
        artefact.from_bytes(b"{}")
    monkeypatch.setattr(splice, "ENGINE", "another")
    with pytest.raises(StaleArtefact):
        artefact.from_bytes(data)


@pytest.mark.parametrize("code", CODES)
def test_the_code_on_a_poster_scans_as_made_and_after_a_messenger(code: str) -> None:
    compiled = compiled_starter(code)
    poster = Image.open(io.BytesIO(render(compiled, person())))
    out = io.BytesIO()
    half = poster.resize((poster.width // 2, poster.height // 2), Image.Resampling.BILINEAR)
    half.save(out, "JPEG", quality=60)
    for picture in (poster, Image.open(out)):
        grey = np.asarray(picture.convert("L"))
        assert cv2.QRCodeDetector().detectAndDecode(grey)[0] == LINK.upper()
        found = zxingcpp.read_barcodes(grey)
        assert [code.text for code in found] == [LINK.upper()]


def test_posters_show_no_one_elses_name() -> None:
    compiled = compiled_starter("deposit-season")
    first = render(compiled, person(name="王小明"))
    render(compiled, person(name="李建国", photo=None))
    assert render(compiled, person(name="王小明")) == first


def test_other_jpeg_readers_see_the_same_pixels() -> None:
    template = starter("rights-day")
    who = person()
    spliced = read(render(compiled_starter("rights-day"), who))
    out = io.BytesIO()
    composed(template, VALUES, who).save(out, "JPEG", quality=88, subsampling="4:2:0")
    assert np.array_equal(spliced, read(out.getvalue()))


@pytest.mark.parametrize(
    ("code", "over"),
    [
        (code, over)
        for code in CODES
        for over in (
            {"name": "王😀"},
            {"name": "很" * 40},
            {"qr_text": "", "card_text": ""},
            {"photo": b"\xff\xd8\xffbroken"},
        )
        if (code, *over) != ("name-card", "photo")  # it shows no face
    ],
)
def test_what_cannot_be_drawn_well_is_refused(code: str, over: dict[str, object]) -> None:
    compiled = compiled_starter(code)
    with pytest.raises(Invalid) as refused:
        render(compiled, person(**over))
    assert refused.value.fields


@pytest.mark.parametrize("name", ["Ångström Ệ", "gjpqy", "ÅÄÖ gjpqy"])
def test_accents_at_the_edge_of_a_band_are_not_cut_off(name: str) -> None:
    layer = TextLayer(
        id="n", box=Box(0, 64, 640, 64), text="{{ employee.name }}", size_px=58, colour="#000000"
    )
    template = Template(640, 400, (layer,))
    who = person(name=name)
    assert render(compile(template, {}, {}), who) == encode(composed(template, {}, who), 88)


def test_bands_follow_the_rows_that_change() -> None:
    layers = (
        TextLayer(id="a", box=Box(0, 20, 64, 30), text="{{employee.no}}", size_px=20),
        QrLayer(id="q", box=Box(0, 600, 240, 240)),
    )
    compiled = compile(Template(320, 1280, layers), {}, {})
    assert [(band.first_row, band.height_px) for band in compiled.bands] == [(0, 64), (37, 256)]


@pytest.mark.parametrize("name", ["王", "阿卜杜热合曼", "很长很长的名字一直写到二维码上面去了"])
def test_ink_beside_and_below_what_is_the_same_for_all_is_as_in_the_whole_image(name: str) -> None:
    """The code's ground and the cover are in the band; needed again over a long name only."""
    layers = (
        TextLayer(id="n", box=Box(0, 64, 900, 60), text="{{employee.name}}", size_px=40),
        TextLayer(id="t", box=Box(40, 96, 400, 60), text="{{employee.title}}", size_px=40),
        ShapeLayer(id="cover", box=Box(150, 80, 60, 40), shape="rect", fill="#c81e28"),
        QrLayer(id="q", box=Box(360, 40, 264, 264), colour="#102030", ground="#f0f8ff"),
    )
    template = Template(1000, 400, layers)
    compiled, who = compile(template, {}, {}, png=True), person(name=name)
    whole = composed(template, {}, who)
    assert render(compiled, who) == encode(whole, 88)
    shown = Image.open(io.BytesIO(render_png(compiled, who))).convert("RGB")
    assert shown.tobytes() == whole.tobytes()


def test_only_the_rows_that_show_somebody_are_drawn_and_encoded() -> None:
    layers = (
        TextLayer(
            id="n", box=Box(0, 64, 400, 160), text="{{employee.name}}", size_px=40, valign="bottom"
        ),
    )
    template = Template(400, 400, layers)
    (band,) = compile(template, {}, {}).bands
    first, drawn = banding.drawn_rows(band, person())
    assert drawn is not None
    assert (band.first_row + first, drawn.height) == (11, 48)
    assert banding.drawn_rows(band, person(name=" ")) == (0, None)
    for who in (person(), person(name=" ")):
        assert render(compile(template, {}, {}), who) == encode(composed(template, {}, who), 88)
