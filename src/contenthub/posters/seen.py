"""Idea: whether what a poster must show can be seen on it, drawn with and without each such layer.

However a text is hidden (a form over it, a colour like its ground, a veil, a clip, a turn out of
the canvas), the poster without it looks as the poster with it. Asked before review, as what
mandatory.py asks of the mandatory text, and legible.py of what is an employee's own.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from PIL import Image, ImageFilter

from contenthub.posters import stamps
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    GroupLayer,
    Layer,
    LogoLayer,
    ShapeLayer,
    TextLayer,
    Writing,
    is_personal,
    variables,
    walk,
)
from contenthub.posters.legible import READABLE_MIN
from contenthub.posters.looks import Box
from contenthub.posters.mandatory import drawn_contrast, luminances, ratios, until
from contenthub.posters.marks import MARK, MARK_OPACITY_MIN, is_mark
from contenthub.posters.paint import Sources, known_values, layer_stamps
from contenthub.posters.placing import reach
from contenthub.posters.template import Template, sheet

_KEPT_SHARE = 0.85
"""Of a text's ink that a clip, a turn and the canvas's edge leave; of a logo's, half."""
_SEEN_SHARE = 0.8
_CELL_SHARE = 0.5
"""Of the ink in a square of one letter: less, and that letter is hidden."""
_CELL_INK = 0.04
_CORE = 192
"""Levels of 255 from which a pixel is a letter's, not its edge's."""
_CHANGE_MIN = 24
_NAMED_AT_MOST = 3


class _Must(NamedTuple):
    """A layer that shows what a reader is owed, and the groups it stands in, outermost first."""

    path: str
    layer: Writing | LogoLayer
    within: tuple[GroupLayer, ...]

    @property
    def opacity(self) -> float:
        """Return what the layer and its groups leave of its ink."""
        share = self.layer.opacity
        for group in self.within:
            share *= group.opacity
        return share


def faults(template: Template, poster: Image.Image, sources: Sources) -> dict[str, str]:
    """Return field → fix of the mark 广告, the variables and the logo that nobody can see.

    What stands on a poster twice need be seen once: the other is an ornament.
    """
    found: dict[str, str] = {}
    scene = _Scene(sheet(template), poster, sources)
    for musts in _musts(scene).values():
        wrong: dict[str, str] = {}
        for must in musts:
            told = scene.unseen(must)
            if told is None:
                break
            wrong.setdefault(f"{must.path}.{told[0]}", f"{must.layer.called}{told[1]}")
        else:
            found |= wrong
    return found


def _musts(scene: "_Scene") -> dict[str, list[_Must]]:
    """Return the layers that are shown to the person drawn, by what each of them says."""
    found: dict[str, list[_Must]] = {}
    for must in _shown(scene.whole.layers, "layers", (), scene.known):
        for name in _owed(must.layer):
            found.setdefault(name, []).append(must)
    return found


def _owed(layer: Layer) -> Iterator[str]:
    if isinstance(layer, LogoLayer):
        yield layer.label
    elif is_mark(layer):
        yield MARK
    elif isinstance(layer, TextLayer | DisclosureLayer):
        for name in variables(layer.words):
            if name == "employee.name" or name.startswith(("bank.", "item.")):
                yield name


def _shown(
    layers: Iterable[Layer], path: str, within: tuple[GroupLayer, ...], known: dict[str, str]
) -> Iterator[_Must]:
    for index, layer in enumerate(layers):
        here = f"{path}[{index}]"
        if not all(rule.holds(known) for rule in layer.show):
            continue
        if isinstance(layer, GroupLayer):
            yield from _shown(layer.layers, f"{here}.layers", (*within, layer), known)
        elif isinstance(layer, TextLayer | DisclosureLayer | LogoLayer):
            yield _Must(here, layer, within)


class _Scene:
    """A drawn poster and what it was drawn from."""

    def __init__(self, whole: Template, poster: Image.Image, sources: Sources) -> None:
        self.whole, self.poster, self.sources = whole, poster, sources
        self.known = known_values(sources)
        self._kept: dict[Layer, list[stamps.Stamp]] = {}

    def unseen(self, must: _Must) -> tuple[str, str] | None:
        """Return the field and the fix of a layer that is not plainly there, or None."""
        if must.opacity < MARK_OPACITY_MIN:
            return "opacity", "太透明，看不清：请把它和所在的组的不透明度调到 50% 以上"
        plain = stamps.merged(self._stamps(_bare(must.layer, stays=False), None))
        if plain is None:
            return None
        laid = self._laid(must)
        inked = _inked(laid)
        least = 0.5 if isinstance(must.layer, LogoLayer) else _KEPT_SHARE
        if laid is None or inked < least * _inked(plain):
            return _cut(must)
        region = _common(laid.box, self.whole.canvas)
        return self._dimmed(must, region, stamps.cropped(laid, region))

    def _dimmed(
        self, must: _Must, region: Box, laid: stamps.Stamp | None
    ) -> tuple[str, str] | None:
        if laid is None or laid.mask is None:
            return _cut(must)
        layers, lower = self.whole.layers, until(self.whole.layers, must.layer.id)
        drawn = self.poster.crop((region.x_px, region.y_px, region.right_px, region.bottom_px))
        without = self._part(region, _without(layers, must.layer.id))
        alone, below = (
            self._part(region, some) for some in (lower, _without(lower, must.layer.id))
        )
        # A logo is measured where it differs from its ground: it may be white on white in parts.
        ink = (
            _changed(alone, below)
            if isinstance(must.layer, LogoLayer)
            else _pixels(laid.mask) >= _CORE
        )
        if _is_read(must, ink, drawn, without) and self._stands_out(must, laid):
            return None
        above = "、".join(self._above(must, region))
        if above and _is_read(must, ink, alone, below):
            return "box", f"被上面的{above}盖住，看不清：请移开，或把它移到图层列表的上面"
        return "colour", "与底色太接近，看不清：请换更深或更浅的字色，或在下面垫一块纯色底"

    def _stands_out(self, must: _Must, laid: stamps.Stamp) -> bool:
        """Return whether a text differs from what surrounds it; turned ones are ornaments' kin."""
        if is_personal(must.layer) or laid.mask is None:
            return True  # legible.py asks it of these
        return drawn_contrast(self.poster, laid.mask, laid.box) >= READABLE_MIN

    def _laid(self, must: _Must) -> stamps.Stamp | None:
        """Return a layer's ink at its place, as clips and turns leave it, within the canvas."""
        layer: Layer = _bare(must.layer)
        for group in reversed(must.within):
            layer = msgspec.structs.replace(_bare(group), layers=(layer,))
        found = stamps.merged(self._stamps(layer, None))
        return stamps.cropped(found, self.whole.canvas) if found is not None else None

    def _part(self, region: Box, layers: Iterable[Layer]) -> Image.Image:
        image = Image.new("RGB", (region.w_px, region.h_px), self.whole.background)
        for layer in layers:
            if reach(layer).meets(region) and all(rule.holds(self.known) for rule in layer.show):
                # What casts a shadow into the region may stand outside of it.
                found = self._stamps(layer, region if layer.shadow is None else None)
                moved = [one._replace(x_px=one.x_px - region.x_px) for one in found]
                stamps.press(image, moved, top_px=region.y_px)
        return image

    def _stamps(self, layer: Layer, within: Box | None) -> list[stamps.Stamp]:
        if isinstance(layer, ShapeLayer | GradientLayer):
            return layer_stamps(layer, self.sources, within)
        if layer not in self._kept:
            self._kept[layer] = layer_stamps(layer, self.sources, within)
        return self._kept[layer]

    def _above(self, must: _Must, region: Box) -> list[str]:
        order = list(walk(self.whole.layers))
        place = next(at for at, (path, _) in enumerate(order) if path == must.path)
        return [
            layer.called
            for _, layer in order[place + 1 :]
            if reach(layer).meets(region) and not isinstance(layer, GroupLayer)
        ][:_NAMED_AT_MOST]


def _cut(must: _Must) -> tuple[str, str]:
    if must.layer.clip or any(group.clip for group in must.within):
        return "clip", "被遮罩裁掉，看不全：请删除它（或所在的组）的遮罩，或把遮罩放大"
    return "box", "有一部分转出或移出了画布，看不全：请移回画布内，或把角度改为 0"


def _bare(layer: Any, *, stays: bool = True) -> Any:
    """Return a layer in full ink without its shadow; also upright and whole if it moves."""
    looks: dict[str, Any] = {"opacity": 1.0, "shadow": None}
    if not stays:
        looks |= {"clip": None, "rotation_degrees": 0}
    return msgspec.structs.replace(layer, **looks)


def _without(layers: Iterable[Layer], layer_id: str) -> tuple[Layer, ...]:
    kept: list[Layer] = []
    for layer in layers:
        if layer.id == layer_id:
            continue
        if isinstance(layer, GroupLayer):
            inner = _without(layer.layers, layer_id)
            if not inner:
                continue
            if inner != layer.layers:
                layer = msgspec.structs.replace(layer, layers=inner)
        kept.append(layer)
    return tuple(kept)


def _common(box: Box, other: Box) -> Box:
    left, top = max(box.x_px, other.x_px), max(box.y_px, other.y_px)
    right, bottom = min(box.right_px, other.right_px), min(box.bottom_px, other.bottom_px)
    return Box(left, top, right - left, bottom - top)


def _inked(found: stamps.Stamp | None) -> int:
    if found is None or found.mask is None:
        return 0
    return int((_pixels(found.mask) >= 128).sum())


def _pixels(picture: Image.Image) -> Any:
    import numpy as np

    return np.asarray(picture).astype(np.int16)


def _changed(one: Image.Image, other: Image.Image) -> Any:
    return abs(_pixels(one) - _pixels(other)).max(axis=2) >= _CHANGE_MIN


def _contrasting(drawn: Image.Image, without: Image.Image, layer: Writing) -> Any:
    """Return where a poster differs enough from the one without a text."""
    import numpy as np

    seen = ratios(luminances(drawn), luminances(without)) >= READABLE_MIN
    if not (layer.stroke_px or layer.shadow):
        return seen
    # A letter is read by its outline or its shadow as well: what they stand beside is seen too.
    wide_px = 2 * max(2, min(layer.size_px // 10, 24)) + 1
    spread = Image.fromarray(seen.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(wide_px))
    return np.asarray(spread) > 0


def _share(seen: Any, ink: Any) -> float:
    total = int(ink.sum())
    return float((seen & ink).sum()) / total if total else 0.0


def _is_read(must: _Must, ink: Any, drawn: Image.Image, without: Image.Image) -> bool:
    """Return whether a layer's ink is seen, as a whole and, of a text, letter by letter."""
    if isinstance(must.layer, LogoLayer):
        return not ink.any() or _share(_changed(drawn, without), ink) >= _SEEN_SHARE
    seen, side_px = _contrasting(drawn, without, must.layer), must.layer.size_px
    if _share(seen, ink) < _SEEN_SHARE:
        return False
    least = max(12, _CELL_INK * side_px * side_px)
    for top in range(0, ink.shape[0], side_px):
        for left in range(0, ink.shape[1], side_px):
            cell = (slice(top, top + side_px), slice(left, left + side_px))
            if ink[cell].sum() >= least and _share(seen[cell], ink[cell]) < _CELL_SHARE:
                return False
    return True
