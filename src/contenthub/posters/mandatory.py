"""Idea: what would make a mandatory text unreadable though it stands on the poster, refused.

Size, place and what covers a layer's box are told by faults.py whenever a design is read. Here is
what only a poster that goes to review is asked, so that one approved long ago can still be drawn:
looks that blur the text, a ground that differs from employee to employee, the printer's knife, and
anything that is drawn over the text afterwards, shadows and blurs of other layers among it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from PIL import Image, ImageChops, ImageFilter

from contenthub.posters import layout, lettering, stamps
from contenthub.posters.colours import CONTRAST_MIN, luminance
from contenthub.posters.faults import DISCLOSURE_SHARE
from contenthub.posters.layers import (
    DisclosureLayer,
    GroupLayer,
    Layer,
    is_personal,
    walk,
)
from contenthub.posters.looks import Box
from contenthub.posters.paint import Sources, paint_whole, static_text
from contenthub.posters.placing import reach
from contenthub.posters.template import Template, sheet

_STROKE_SHARE = 12
"""A stroke of a twelfth of the size makes letters bolder; a thicker one fills them."""
_CELL_PX = 24
_INK_MIN_PX = 12
_BARE_SHARE = 0.2
"""So much of what surrounds a few strokes may be fainter against them: grain, an edge."""
_CHANGE_MAX = 16
"""Levels of 255: the outermost of a soft shadow may fall on a text, nobody sees it."""
_GLYPH_SHARE = 0.7
"""Least height of the tallest glyph, as a share of the size: digits have 0.73, Chinese 0.9."""


def faults(template: Template, poster: Image.Image, sources: Sources) -> dict[str, str]:
    """Return field → fix for each mandatory text that is not plainly there on a drawn poster."""
    found: dict[str, str] = {}
    whole = sheet(template)
    everything = list(walk(whole.layers))
    for place, (path, layer) in enumerate(everything):
        if isinstance(layer, DisclosureLayer):
            for field, message in _looks(layer, whole.canvas, template.bleed_px):
                found.setdefault(f"{path}.{field}", f"{layer.called}{message}")
            below = [one for _, one in everything[:place]]
            for field, message in _ground(layer, below):
                found.setdefault(f"{path}.{field}", f"{layer.called}{message}")
            for field, message in _ink(layer, whole, poster, sources.values):
                found.setdefault(f"{path}.{field}", f"{layer.called}{message}")
            above = [one for _, one in everything[place + 1 :]]
            if _is_changed(layer, above, whole=whole, poster=poster, sources=sources):
                found.setdefault(
                    f"{path}.box",
                    f"{layer.called}上面还画了别的图层（也可能是它的阴影或模糊边），"
                    "请把提示语移到图层列表的最上面",
                )
    return found


def _looks(layer: DisclosureLayer, canvas: Box, bleed_px: int) -> Iterator[tuple[str, str]]:
    if layer.tracking_px < 0:
        yield "tracking_px", "的字距是负数，字会叠在一起，请设为 0 或更大"
    most_px = layer.smallest_px // _STROKE_SHARE
    if layer.stroke is not None and layer.stroke_px > most_px:
        yield "stroke_px", f"的描边太粗，笔画会糊在一起，请设为 {most_px} 或更小"
    # The sheet counts from the bleed's corner: as much again inside the cut is the knife's.
    if bleed_px and not canvas.grown(-2 * bleed_px).holds(layer.box):
        yield "box", f"离裁切边不到 {bleed_px} 像素（3 毫米），裁切时可能被切掉，请往里移"


def _ground(layer: DisclosureLayer, below: list[Layer]) -> Iterator[tuple[str, str]]:
    for other in below:
        if isinstance(other, GroupLayer) and not other.show:
            continue  # its layers are asked one by one
        if is_personal(other) and reach(other).meets(layer.box):
            yield "box", f"下面是随员工变化的{other.called}，每个人的底色不同，请移开"
            return


def _ink(
    layer: DisclosureLayer, whole: Template, poster: Image.Image, values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield what is too small or too faint of a text as its ink fell."""
    filled = static_text(layer, values)
    drawn = [one for one in lettering.text_stamps(filled, keeps_words=True) if one.mask]
    mark = stamps.merged(drawn)
    if mark is None or mark.mask is None:
        return
    set_as = layout.fit(filled.text, filled)
    least_px = whole.height_px * DISCLOSURE_SHARE
    smallest_px = min((glyph.size_px for glyph in set_as.glyphs), default=set_as.size_px)
    tallest_px = max(one.size[1] for one in drawn)
    if smallest_px < int(least_px) or tallest_px < least_px * _GLYPH_SHARE:
        yield (
            "size_px",
            f"画出来只有 {smallest_px} 像素，不到画面高度的 2.5%，请调大字号和文字框",
        )
    seen = drawn_contrast(poster, mark.mask, mark.box)
    if seen < CONTRAST_MIN:
        yield (
            "colour",
            f"与背景的对比度只有 {seen:.1f}，至少要 {CONTRAST_MIN}："
            "请换更深或更浅的字色，或在下面垫一块纯色底",
        )


def drawn_contrast(poster: Image.Image, ink: Image.Image, box: Box) -> float:
    """Return the worst contrast of ink and what surrounds it, patch by patch of a few strokes.

    All but a fifth of the pixels around a patch's ink are at least so far from it; where no patch
    shows both, nothing can be read, and the answer is 1.
    """
    import numpy as np

    corners = (box.x_px, box.y_px, box.right_px, box.bottom_px)
    light = luminances(poster.crop(corners))
    core = np.asarray(ink) >= 200
    around = (np.asarray(ink.filter(ImageFilter.MaxFilter(7))) > 0) & (np.asarray(ink) == 0)
    worst = 0.0
    for top in range(0, light.shape[0], _CELL_PX):
        for left in range(0, light.shape[1], _CELL_PX):
            patch = (slice(top, top + _CELL_PX), slice(left, left + _CELL_PX))
            inked, bare = core[patch], around[patch]
            if min(inked.sum(), bare.sum()) >= _INK_MIN_PX:
                stroke = float(light[patch][inked].mean())
                against = ratios(stroke, light[patch][bare])
                seen = float(np.quantile(against, _BARE_SHARE))
                worst = min(worst, seen) if worst else seen
    return worst or 1.0


def luminances(picture: Image.Image) -> Any:
    """Return each pixel's relative luminance (WCAG 2.2), shape (height, width)."""
    import numpy as np

    table = np.array([luminance((level, level, level)) for level in range(256)])
    linear = table[np.asarray(picture.convert("RGB"))]
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def ratios(stroke: Any, bare: Any) -> Any:
    """Return the contrast of each of some luminances with one, or with others of their shape."""
    import numpy as np

    bright, dark = np.maximum(bare, stroke), np.minimum(bare, stroke)
    return (bright + 0.05) / (dark + 0.05)


def _is_changed(
    layer: DisclosureLayer,
    above: list[Layer],
    *,
    whole: Template,
    poster: Image.Image,
    sources: Sources,
) -> bool:
    """Return whether layers above change a pixel of a text and of what surrounds it."""
    if not any(reach(one).meets(layer.box) for one in above):
        return False
    upto = paint_whole(
        whole.canvas, until(whole.layers, layer.id), sources, background=whole.background
    )
    corners = (layer.box.x_px, layer.box.y_px, layer.box.right_px, layer.box.bottom_px)
    change = ImageChops.difference(upto.crop(corners), poster.crop(corners))
    seen = [level > _CHANGE_MAX for level in range(256)] * 3
    return change.point(seen).getbbox() is not None


def until(layers: tuple[Layer, ...], layer_id: str) -> tuple[Layer, ...]:
    """Return the layers up to one of them, also where it stands in a group."""
    kept: list[Layer] = []
    for layer in layers:
        if isinstance(layer, GroupLayer) and any(one.id == layer_id for _, one in walk([layer])):
            return (
                *kept,
                msgspec.structs.replace(layer, layers=until(layer.layers, layer_id)),
            )
        kept.append(layer)
        if layer.id == layer_id:
            break
    return tuple(kept)
