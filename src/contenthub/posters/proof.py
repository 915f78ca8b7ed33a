"""Idea: what a drawn poster must prove before review, measured on its pixels.

Codes are read by two decoders that share nothing, as made and after what messengers do to a
picture; the mandatory text is measured where its ink fell.
"""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFilter

from contenthub.posters import layout, lettering, stamps
from contenthub.posters.colours import CONTRAST_MIN, contrast
from contenthub.posters.faults import DISCLOSURE_SHARE
from contenthub.posters.layers import DisclosureLayer, QrLayer, walk
from contenthub.posters.looks import Box
from contenthub.posters.paint import static_text
from contenthub.posters.template import Template

MESSENGER_QUALITY, MESSENGER_SHARE = 60, 0.5
"""What WeChat does to a picture at worst, as measured by others: half the side, JPEG q60."""
_GLYPH_SHARE = 0.7
"""Least height of the tallest glyph, as a share of the size: digits have 0.73, Chinese 0.9."""
_CELL_PX = 24
_INK_MIN_PX = 12


def unread_codes(whole: Template, poster: Image.Image, text: str) -> dict[str, str]:
    """Return field → fix for each code of an opened template that a decoder does not read."""
    found = {}
    sent = messaged(poster)
    for path, layer in walk(whole.layers):
        if not isinstance(layer, QrLayer):
            continue
        for picture, share, when in ((poster, 1.0, "原图"), (sent, MESSENGER_SHARE, "转发压缩后")):
            blind = unread_by(_code_part(picture, layer.box, share), text)
            if blind:
                found[f"{path}.box"] = (
                    f"{layer.called}{when}没有被{'、'.join(blind)}读出来："
                    "请把二维码框调大，或换成深色码点、纯白底"
                )
                break
    return found


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


def disclosure_faults(
    whole: Template, poster: Image.Image, values: Mapping[str, str]
) -> dict[str, str]:
    """Return field → fix for each mandatory text that is drawn too small or too faint."""
    found = {}
    least_px = whole.height_px * DISCLOSURE_SHARE * _GLYPH_SHARE
    for path, layer in walk(whole.layers):
        if not isinstance(layer, DisclosureLayer):
            continue
        filled = static_text(layer, values)
        mark = stamps.merged([one for one in lettering.text_stamps(filled) if one.mask])
        if mark is None or mark.mask is None:
            continue
        tallest_px = max(one.size[1] for one in lettering.text_stamps(filled))
        if tallest_px < least_px:
            size_px = layout.fit(filled.text, filled).size_px
            found[f"{path}.size_px"] = (
                f"{layer.called}画出来只有 {size_px} 像素，不到画面高度的 2.5%，请调大字号和文字框"
            )
        seen = drawn_contrast(poster, mark.mask, mark.box)
        if seen < CONTRAST_MIN:
            found[f"{path}.colour"] = (
                f"{layer.called}与背景的对比度只有 {seen:.1f}，至少要 {CONTRAST_MIN}："
                "请换更深或更浅的字色，或在下面垫一块纯色底"
            )
    return found


def drawn_contrast(poster: Image.Image, ink: Image.Image, box: Box) -> float:
    """Return the worst contrast of ink and what surrounds it, patch by patch of a few strokes."""
    import numpy as np

    corners = (box.x_px, box.y_px, box.right_px, box.bottom_px)
    pixels = np.asarray(poster.crop(corners).convert("RGB"), dtype=np.float64)
    core = np.asarray(ink) >= 200
    around = (np.asarray(ink.filter(ImageFilter.MaxFilter(7))) > 0) & (np.asarray(ink) == 0)
    worst = 21.0
    for top in range(0, pixels.shape[0], _CELL_PX):
        for left in range(0, pixels.shape[1], _CELL_PX):
            patch = (slice(top, top + _CELL_PX), slice(left, left + _CELL_PX))
            inked, bare = core[patch], around[patch]
            if min(inked.sum(), bare.sum()) >= _INK_MIN_PX:
                one, other = (_mean(pixels[patch][which]) for which in (inked, bare))
                worst = min(worst, contrast(one, other))
    return worst


def _mean(pixels: Any) -> tuple[int, int, int]:
    red, green, blue = (round(float(part)) for part in pixels.mean(axis=0))
    return red, green, blue
