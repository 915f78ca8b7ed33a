"""What comes in as a picture is hostile until it was decoded and encoded anew."""

import io
import struct
import zlib

import pytest
from PIL import Image

from contenthub.errors import Invalid
from contenthub.library.intake import BYTES_MAX, accept_photo, accept_picture


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def pixel(data: bytes, mode: str) -> tuple[int, ...]:
    picture = opened(data).convert(mode)
    return tuple(picture.crop((10, 10, 11, 11)).tobytes())


def huge_png(side_px: int) -> bytes:
    """A real PNG of side x side in 1 bit: some KiB that decode to megabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    lines = (b"\0" * (1 + -(-side_px // 8))) * side_px
    head = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_come_back_as_jpeg_of_the_same_size(kind: str) -> None:
    picture = accept_picture(encoded(Image.new("RGB", (60, 40), "#336699"), kind))
    assert (picture.mime, picture.width_px, picture.height_px) == ("image/jpeg", 60, 40)
    assert opened(picture.data).format == "JPEG"


def test_a_transparent_picture_stays_transparent() -> None:
    picture = accept_picture(encoded(Image.new("RGBA", (32, 32), (10, 20, 30, 0)), "PNG"))
    assert picture.mime == "image/png"
    assert pixel(picture.data, "RGBA")[3] == 0


def test_a_9000_px_png_of_ten_kib_is_refused_before_it_is_decoded() -> None:
    bomb = huge_png(9000)
    assert len(bomb) < 20 * 1024
    with pytest.raises(Invalid) as refused:
        accept_picture(bomb)
    assert "9000×9000" in refused.value.fields["file"]
    assert "2500 万像素" in refused.value.fields["file"]


def test_a_png_that_pillow_calls_a_bomb_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        accept_picture(huge_png(14_000))
    assert "缩小" in refused.value.fields["file"]


def test_the_caller_may_ask_for_fewer_pixels() -> None:
    data = encoded(Image.new("RGB", (200, 200)), "PNG")
    with pytest.raises(Invalid):
        accept_picture(data, max_pixels=39_999)
    assert accept_picture(data, max_pixels=40_000).width_px == 200


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'\xef\xbb\xbf<?xml version="1.0"?><svg/>',
    ],
)
def test_svg_is_refused_with_its_reason(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        accept_picture(data)
    assert "SVG" in refused.value.fields["file"]


@pytest.mark.parametrize("data", [b"GIF89a" + bytes(50), b"BM" + bytes(50), b"%PDF-1.7", b"hello"])
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        accept_picture(data)
    assert "JPG、PNG、WEBP" in refused.value.fields["file"]


def test_an_empty_file_and_one_over_ten_megabytes_are_refused() -> None:
    with pytest.raises(Invalid, match="没有收到"):
        accept_picture(b"")
    with pytest.raises(Invalid, match="最多 10 MB"):
        accept_picture(b"\xff\xd8\xff" + bytes(BYTES_MAX))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_file_is_refused(kind: str) -> None:
    data = encoded(Image.effect_noise((300, 300), 60).convert("RGB"), kind)
    with pytest.raises(Invalid) as refused:
        accept_picture(data[: len(data) // 2])
    assert "重新上传" in refused.value.fields["file"]


def test_an_animation_is_refused() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("#ff0000", "#00ff00")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(Invalid, match="动图"):
        accept_picture(data)


def test_a_phone_photo_with_a_second_picture_inside_is_accepted() -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("#aa0000", "#00aa00")]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    picture = accept_picture(data)
    assert pixel(picture.data, "RGB")[0] > 150
    assert opened(picture.data).format == "JPEG"


def test_a_picture_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(Invalid, match="太小"):
        accept_picture(encoded(Image.new("RGB", (400, 2)), "PNG"))


def test_camera_position_and_foreign_bytes_do_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SpyCam"
    exif.get_ifd(0x8825)[1] = "N"
    data = encoded(Image.new("RGB", (50, 50)), "JPEG", exif=exif) + b"<script>alert(1)</script>"
    picture = accept_picture(data)
    assert not opened(picture.data).getexif()
    assert b"script" not in picture.data
    assert b"SpyCam" not in picture.data


def test_a_turned_photo_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = accept_picture(encoded(Image.new("RGB", (80, 40)), "JPEG", exif=exif))
    assert (picture.width_px, picture.height_px) == (40, 80)


def test_print_colours_become_srgb() -> None:
    picture = accept_picture(encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG"))
    assert opened(picture.data).mode == "RGB"
    red, green, blue = pixel(picture.data, "RGB")
    assert red > 180 > green
    assert blue < 90


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = Image.new("I;16", (40, 40), 32768)
    (shade,) = pixel(accept_picture(encoded(grey, "PNG")).data, "L")
    assert 120 <= shade <= 136


def test_a_palette_with_a_clear_colour_keeps_it_clear() -> None:
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([10, 20, 30, 200, 100, 50])
    data = encoded(palette, "PNG", transparency=0)
    assert accept_picture(data).mime == "image/png"


def test_a_photo_becomes_a_square_jpeg() -> None:
    photo = accept_photo(encoded(Image.new("RGB", (900, 1200), "#808080"), "PNG"))
    assert (photo.mime, photo.width_px, photo.height_px) == ("image/jpeg", 320, 320)


def test_a_clear_photo_lies_on_white() -> None:
    photo = accept_photo(encoded(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), "PNG"))
    assert pixel(photo.data, "RGB") == (255, 255, 255)


def test_a_photo_too_small_for_a_poster_is_refused() -> None:
    with pytest.raises(Invalid, match="更清晰"):
        accept_photo(encoded(Image.new("RGB", (100, 100)), "PNG"))


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"\x00\x00\x00\x18ftypmp42", b"ID3\x04"])
def test_what_is_kept_elsewhere_is_sent_there(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        accept_picture(data)
    assert "请在“素材文件”页上传" in refused.value.fields["file"]


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1"])
def test_a_photo_of_an_iphone_is_refused_with_what_to_do(brand: bytes) -> None:
    """Also under another name: a photo sent as 0231.jpg is looked at, not believed."""
    with pytest.raises(Invalid) as refused:
        accept_picture(b"\x00\x00\x00\x18ftyp" + brand + bytes(60))
    assert "HEIC" in refused.value.fields["file"]
    assert "兼容性最佳" in refused.value.fields["file"]
    assert "另存为 JPG" in refused.value.fields["file"]
