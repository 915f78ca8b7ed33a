"""Idea: what a drawn poster must prove before review, measured on its pixels.

Codes are read by two decoders that share nothing, as made and after what messengers do to a
picture, and have the size that a weak reader wants; mandatory texts are measured where their ink
fell (mandatory.py), and so is what each employee's own poster says of them (legible.py); what is
owed to a reader is there to be seen (seen.py).
"""

import io

from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import legible, mandatory, qr, seen
from contenthub.posters.layers import QrLayer, walk
from contenthub.posters.looks import Box
from contenthub.posters.paint import Sources
from contenthub.posters.template import Personal, Template, sheet

_FOREIGN_MAX_PX = 4_000_000
MESSENGER_QUALITY, MESSENGER_SHARE = 60, 0.5
"""What WeChat does to a picture at worst, as measured by others: half the side, JPEG q60."""


def faults(template: Template, poster: Image.Image, sources: Sources) -> dict[str, str]:
    """Return field → fix of what a drawn poster shows that its layers do not tell.

    Codes that are large enough are looked at only where nothing else is wrong.
    """
    whole, personal = sheet(template), sources.personal
    found = legible.faults(template, poster, sources) | seen.faults(template, poster, sources)
    found |= mandatory.faults(template, poster, sources)
    found |= small_codes(whole, personal)
    return found or unread_codes(whole, poster, personal)


def small_codes(whole: Template, personal: Personal) -> dict[str, str]:
    """Return field → fix for each code of an opened template whose modules are too small."""
    found = {}
    least_px = qr.least_module_px(whole.dpi)
    for path, layer in walk(whole.layers):
        if not isinstance(layer, QrLayer):
            continue
        text = personal.code_text(layer.code)
        level = "H" if layer.logo is not None else layer.level
        side_px = min(layer.box.w_px, layer.box.h_px)
        module_px = qr.module_px(text, side_px, level=level)
        if module_px < least_px:
            good_px = qr.side_px(text, least_px, level=level)
            found[f"{path}.box"] = (
                f"{layer.called}每个码点只有 {module_px} 像素，至少要 {least_px} 像素，"
                f"否则转发压缩后有的手机扫不出来：请把二维码框从 {side_px} 调大到 {good_px} 像素"
                + ("，或去掉码中间的标志" if layer.logo is not None else "")
            )
    return found


def unread_codes(whole: Template, poster: Image.Image, personal: Personal) -> dict[str, str]:
    """Return field → fix for each code of an opened template that a decoder does not read."""
    found = {}
    sent = messaged(poster)
    for path, layer in walk(whole.layers):
        if not isinstance(layer, QrLayer):
            continue
        for picture, share, when in ((poster, 1.0, "原图"), (sent, MESSENGER_SHARE, "转发压缩后")):
            text = personal.code_text(layer.code)
            blind = unread_by(_code_part(picture, layer.box, share), text)
            if blind:
                found[f"{path}.box"] = (
                    f"{layer.called}{when}没有被{'、'.join(blind)}读出来："
                    "请把二维码框调大，或换成深色码点、纯白底"
                )
                break
    return found


def code_on(data: bytes) -> str:
    """Return the text of the QR code on a picture from outside; raises `Invalid` for none."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _FOREIGN_MAX_PX:
                raise Invalid.of("qr_url", "企业微信给的二维码图片太大，稍后再试")
            found = _read_by_zxing(opened.convert("L"))
    except (OSError, ValueError, SyntaxError) as wrong:
        raise Invalid.of("qr_url", "企业微信给的二维码图片打不开，稍后再试") from wrong
    if len(found) != 1 or not found[0]:
        raise Invalid.of("qr_url", "企业微信给的图片里没有读出二维码，稍后再试")
    return found[0]


def messaged(
    poster: Image.Image,
    *,
    share: float = MESSENGER_SHARE,
    quality: int = MESSENGER_QUALITY,
) -> Image.Image:
    """Return a poster as it arrives after a messenger made it smaller and coarser."""
    size = (max(1, round(poster.width * share)), max(1, round(poster.height * share)))
    out = io.BytesIO()
    poster.resize(size, Image.Resampling.BILINEAR).save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def unread_by(picture: Image.Image, text: str) -> list[str]:
    """Return the decoders that do not read a text from a picture; none is a good code."""
    grey = picture.convert("L")
    readers = {"ZXing": _read_by_zxing, "OpenCV": _read_by_opencv}
    return [name for name, read in readers.items() if text not in read(grey)]


def _code_part(picture: Image.Image, box: Box, share: float) -> Image.Image:
    edges = (box.x_px - 24, box.y_px - 24, box.right_px + 24, box.bottom_px + 24)
    left, top, right, bottom = (round(at * share) for at in edges)
    return picture.crop(
        (max(0, left), max(0, top), min(right, picture.width), min(bottom, picture.height))
    )


def _read_by_zxing(grey: Image.Image) -> list[str]:
    import zxingcpp

    return [found.text for found in zxingcpp.read_barcodes(grey)]


def _read_by_opencv(grey: Image.Image) -> list[str]:
    """Return what OpenCV reads at one look: the weakest reader we know stands for old phones."""
    import cv2  # 40 MB that only a rehearsal's process needs
    import numpy as np

    return [str(cv2.QRCodeDetector().detectAndDecode(np.asarray(grey))[0])]
