"""Idea: which rows of a poster change, and what is painted there for each employee.

Layers keep their order: a band holds its pixels below its first personal layer, and then every
layer that touches it from there on, personal ones to be painted, static ones as ready stamps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from PIL import Image

from contenthub.posters import stamps
from contenthub.posters.layers import (
    DisclosureLayer,
    GroupLayer,
    Layer,
    QrLayer,
    TextLayer,
    is_personal,
)
from contenthub.posters.looks import Box, Rule
from contenthub.posters.paint import Sources, known_values, layer_stamps, static_text, worn
from contenthub.posters.placing import reach
from contenthub.posters.stamps import Stamp
from contenthub.posters.template import Personal, Template

ROW_PX = 16
"""Height of a row of blocks (MCUs) at 4:2:0."""
SPLICE_SHARE_MAX = 0.6
"""Above this share of changing rows the whole image is encoded: cutting gains nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a band: ready stamps, or a layer to be painted, or a group of such steps.

    `show` are the rules that differ from employee to employee; all others were asked already.
    """

    show: tuple[Rule, ...] = ()
    ready: tuple[Stamp, ...] = ()
    layer: Layer | None = None
    inner: tuple["Step", ...] = ()
    """Of a group: its layers. `layer` is then the group, for its looks alone."""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of the image that change: their static pixels and what goes on them."""

    first_row: int
    pixels: Image.Image
    steps: tuple[Step, ...]
    assets: dict[str, bytes]
    """Pictures that personal layers show beside the employee's own: codes' logos."""

    @property
    def top_px(self) -> int:
        """Return the band's first row of pixels in the whole image."""
        return self.first_row * ROW_PX

    @property
    def height_px(self) -> int:
        """Return the band's rows of pixels."""
        return self.pixels.height

    @property
    def rows(self) -> int:
        """Return how many rows of blocks the band has."""
        return -(-self.height_px // ROW_PX)


def drawn(band: Band, personal: Personal) -> Image.Image:
    """Return the band with one employee on it; raises `Invalid` as their layers do."""
    image = band.pixels.copy()
    sources = Sources({}, band.assets, personal)
    known: dict[str, str] = {}
    for step in band.steps:
        if step.show and not known:
            known = known_values(sources)
        stamps.press(image, _stamps(step, sources, known), top_px=band.top_px)
    return image


def painted(template: Template, sources: Sources) -> tuple[Image.Image, tuple[Band, ...]]:
    """Return the static image of an opened template (template.sheet), and its changing bands.

    What the image shows inside the bands is nobody's. Raises `Invalid`.
    """
    canvas = template.canvas
    known = known_values(sources)
    layers = [layer for layer in template.layers if _may_show(layer, known)]
    spans = _spans([reach(layer) for layer in layers if is_personal(layer)], canvas)
    image = Image.new("RGB", (canvas.w_px, canvas.h_px), template.background)
    open_bands = [_OpenBand(*span, canvas) for span in spans]
    for layer in layers:
        if is_personal(layer):
            place = reach(layer)
            step = _prepared(layer, sources, known, canvas)
            for band in open_bands:
                if band.box.meets(place):
                    band.add_personal(step, place, image)
        else:
            found = layer_stamps(layer, sources, canvas)
            stamps.press(image, found)
            for band in open_bands:
                band.add_static(found)
    logos = {name: sources.assets[name] for name in _logos(layers) if name in sources.assets}
    return image, tuple(band.closed(image, logos) for band in open_bands)


class _OpenBand:
    """A band while layers are painted: before its first personal layer, and from there on."""

    def __init__(self, first_row: int, after_row: int, canvas: Box) -> None:
        top_px = first_row * ROW_PX
        tall_px = min(after_row * ROW_PX, canvas.h_px) - top_px
        self.first_row = first_row
        self.box = Box(0, top_px, canvas.w_px, tall_px)
        self._pixels: Image.Image | None = None
        self._steps: list[Step] = []
        self._taken: list[Box] = []

    def add_personal(self, step: Step, place: Box, image: Image.Image) -> None:
        if self._pixels is None:
            self._pixels = self._cut(image)
        self._steps.append(step)
        self._taken.append(place)

    def add_static(self, found: Iterable[Stamp]) -> None:
        if self._pixels is None:
            return
        inside = [part for stamp in found if (part := stamps.cropped(stamp, self.box))]
        if not inside:
            return
        if any(part.box.meets(taken) for part in inside for taken in self._taken):
            self._steps.append(Step(ready=tuple(inside)))
            self._taken += (part.box for part in inside)
        else:
            # Touches nothing that is painted later: the order does not show.
            stamps.press(self._pixels, inside, top_px=self.box.y_px)

    def closed(self, image: Image.Image, logos: dict[str, bytes]) -> Band:
        pixels = self._pixels if self._pixels is not None else self._cut(image)
        return Band(self.first_row, pixels, tuple(self._steps), logos)

    def _cut(self, image: Image.Image) -> Image.Image:
        box = self.box
        return image.crop((0, box.y_px, box.w_px, box.bottom_px))


def _stamps(step: Step, sources: Sources, known: dict[str, str]) -> Sequence[Stamp]:
    if step.show and not all(rule.holds(known) for rule in step.show):
        return ()
    if step.ready or step.layer is None:
        return step.ready
    if not step.inner:
        return layer_stamps(step.layer, sources, None)
    found: list[Stamp] = []
    for inner in step.inner:
        found += _stamps(inner, sources, known or known_values(sources))
    return worn(step.layer, found, None)


def _may_show(layer: Layer, known: dict[str, str]) -> bool:
    """Return whether the rules that are the same for all employees let a layer show."""
    return all(rule.is_personal or rule.holds(known) for rule in layer.show)


def _prepared(layer: Layer, sources: Sources, known: dict[str, str], within: Box | None) -> Step:
    """Return the step of a personal layer: static words filled in, static inner layers painted."""
    show = tuple(rule for rule in layer.show if rule.is_personal)
    if not _content_is_personal(layer):
        return Step(show, tuple(layer_stamps(layer, sources, within)))
    if isinstance(layer, GroupLayer):
        inner = tuple(
            _prepared(one, sources, known, None) for one in layer.layers if _may_show(one, known)
        )
        return Step(show, layer=layer, inner=inner)
    if isinstance(layer, TextLayer | DisclosureLayer):
        return Step(show, layer=static_text(layer, sources.values))
    return Step(show, layer=layer)


def _content_is_personal(layer: Layer) -> bool:
    return is_personal(msgspec.structs.replace(layer, show=()))


def _logos(layers: Iterable[Layer]) -> list[str]:
    found = []
    for layer in layers:
        if isinstance(layer, QrLayer) and layer.logo:
            found.append(layer.logo)
        elif isinstance(layer, GroupLayer):
            found += _logos(layer.layers)
    return found


def _spans(places: Iterable[Box], canvas: Box) -> list[tuple[int, int]]:
    """Return the rows of blocks [first, after) that change, merged; all of them if most do."""
    count = -(-canvas.h_px // ROW_PX)
    spans: list[tuple[int, int]] = []
    for top_px, bottom_px in sorted((place.y_px, place.bottom_px) for place in places):
        first, after = max(0, top_px // ROW_PX), min(count, -(-bottom_px // ROW_PX))
        if after <= first:
            continue  # wholly beyond the canvas
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(after, spans[-1][1]))
        else:
            spans.append((first, after))
    changing = sum(after - first for first, after in spans)
    return [(0, count)] if changing > SPLICE_SHARE_MAX * count else spans
