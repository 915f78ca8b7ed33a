"""Codes are read back by a decoder that shares nothing with their maker."""

import io

import pytest
import segno
from PIL import Image
from tests.qrcodes import code_on

from contenthub.errors import Invalid
from contenthub.posters import proof, qr, splice
from contenthub.posters.layers import Box, PictureLayer, QrLayer
from contenthub.posters.template import Personal, Template
from contenthub.settings import PUBLIC_URL_MAX_CHARS
from contenthub.tenants.banksettings import PLAIN_ADDRESS_MAX_CHARS

LINK = "HTTPS://QY.EXAMPLE.CN/S/7KD2QM8X1ABC"


@pytest.mark.parametrize(
    "text", [LINK, "https://qy.example.cn/s/7kd2qm8x1abc", "0236", "网点二维码"]
)
def test_an_independent_decoder_reads_the_png(text: str) -> None:
    assert code_on(qr.png(text, 430)) == text


def test_a_png_has_the_size_asked_for_and_one_bit() -> None:
    picture = Image.open(io.BytesIO(qr.png(LINK, 430)))
    assert (picture.size, picture.mode) == ((430, 430), "1")


def test_the_pure_python_maker_gives_the_same_size_and_reads_back() -> None:
    plain = qr._plain(LINK, "M").rows()
    assert len(plain) == len(qr.modules(LINK))
    out = io.BytesIO()
    grid = Image.frombytes("L", (len(plain),) * 2, b"".join(plain)).point([255] + [0] * 255)
    framed = Image.new("L", (len(plain) + 8,) * 2, 255)
    framed.paste(grid, (4, 4))
    framed.resize((330, 330), Image.Resampling.NEAREST).save(out, "PNG")
    assert code_on(out.getvalue()) == LINK


def test_segno_reads_the_same_version_from_the_text() -> None:
    assert segno.make_qr(LINK, error="M", boost_error=False).version == 2


def test_modules_are_a_square_of_zeros_and_ones_with_a_finder_in_the_corner() -> None:
    rows = qr.modules(LINK)
    assert {len(row) for row in rows} == {len(rows)}
    assert set(b"".join(rows)) == {0, 1}
    assert rows[0][:8] == bytes([1] * 7 + [0])


def test_a_share_link_in_capitals_takes_fewer_modules() -> None:
    link = "https://qy.example.cn/s/7kd2qm8x1abc"
    assert qr.compact(link) == LINK
    assert qr.compact(link, plain=True) == link
    assert len(qr.modules(qr.compact(link))) == 25 < len(qr.modules(link))


def test_a_code_on_a_busy_ground_is_read_at_a_quarter_of_its_size_by_two_decoders() -> None:
    out = io.BytesIO()
    Image.effect_noise((600, 600), 200).convert("RGB").save(out, "PNG")
    ground = PictureLayer(id="p", box=Box(0, 0, 600, 600), asset="ab" * 32)
    assets = {"ab" * 32: out.getvalue()}
    for at_px, side_px in ((64, 264), (101, 296)):
        code = QrLayer(id="q", box=Box(at_px, at_px, side_px, side_px))
        compiled = splice.compile(Template(600, 600, (ground, code)), {}, assets)
        poster = Image.open(io.BytesIO(splice.render(compiled, Personal("王", qr_text=LINK))))
        small = poster.convert("RGB").resize((150, 150), Image.Resampling.BILINEAR)
        assert proof.unread_by(small, LINK) == []


@pytest.mark.parametrize("text", ["x" * 301, ""])
def test_a_text_beyond_what_a_code_holds_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(Invalid, match="1 到 300 个字符"):
        qr.code(text)


@pytest.mark.parametrize("plain", [False, True])
def test_the_longest_address_a_house_may_have_fills_328_px_at_8_px_a_module(plain: bool) -> None:
    longest = PLAIN_ADDRESS_MAX_CHARS if plain else PUBLIC_URL_MAX_CHARS
    host = "https://" + "a" * (longest - len("https://.cn")) + ".cn"
    assert qr.module_px(qr.compact(f"{host}/s/7kd2qm8x1abc", plain=plain), 328) == 8
    assert qr.module_px(qr.compact(f"{host}a/s/7kd2qm8x1abc", plain=plain), 328) == 7


@pytest.mark.parametrize(
    "text",
    ["https://a.cn/s/abc?e=1", "https://a.cn/other/abc", "https://a.cn/s/", "https://银行.cn/s/a1"],
)
def test_what_is_no_plain_share_link_keeps_its_case(text: str) -> None:
    assert qr.compact(text) == text


@pytest.mark.parametrize("size_px", [66, 100, 264, 431])
def test_modules_are_whole_pixels_with_a_quiet_zone_of_four(size_px: int) -> None:
    square = Image.open(io.BytesIO(qr.png(LINK, size_px))).convert("L")
    assert square.size == (size_px, size_px)
    dark = square.point([255] * 128 + [0] * 128).getbbox()
    assert dark is not None
    module_px = size_px // 33
    assert dark[2] - dark[0] == dark[3] - dark[1] == 25 * module_px
    assert min(dark[0], dark[1], size_px - dark[2], size_px - dark[3]) >= 4 * module_px
    assert len(set(square.tobytes())) == 2


def test_a_code_that_cannot_be_scanned_is_refused() -> None:
    with pytest.raises(Invalid, match="扫不出来"):
        qr.png(LINK, 60)
    for text in ("", "x" * 301):
        with pytest.raises(Invalid, match="二维码内容"):
            qr.modules(text)
