"""Idea: which rows of a poster change, and what is painted there for each employee.

Layers keep their order: a band holds its pixels below its first personal layer, and then every
layer that touches it from there on, personal ones to be painted, static ones as ready stamps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import msgspec
from PIL import Image

from contenthub.posters import pictures, stamps
from contenthub.posters.colours import Colour
from contenthub.posters.layers import (
    DisclosureLayer,
    GroupLayer,
    Layer,
    QrLayer,
    TextLayer,
    is_personal,
)
from contenthub.posters.looks import Box, Rule
from contenthub.posters.paint import (
    Sources,
    is_plain,
    known_values,
    layer_stamps,
    static_text,
    worn,
)
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
    is_there: bool = False
    """Of ready opaque stamps: the band's pixels have them; needed over somebody's ink only."""
    is_grounded: bool = False
    """Of a code: its ground, the same for all, is a step of its own before this one."""
    ground: Colour | None = None
    """Of a text: the one colour that the band's pixels have wherever its ink may fall."""


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
    found, _ = _personal_stamps(band, personal)
    stamps.press(image, found, top_px=band.top_px)
    return image


def drawn_rows(band: Band, personal: Personal) -> tuple[int, Image.Image | None]:
    """Return those rows of blocks that show one employee, and which of the band's is the first.

    All others are the band's own pixels; None where all are. Raises `Invalid` like `drawn`.
    """
    found, places = _personal_stamps(band, personal)
    top_px = min((place.y_px for place in places), default=0) - band.top_px
    bottom_px = max((place.bottom_px for place in places), default=0) - band.top_px
    first, after = max(0, top_px // ROW_PX), min(band.rows, -(-bottom_px // ROW_PX))
    if after <= first:
        return 0, None
    foot_px = min(after * ROW_PX, band.height_px)
    image = band.pixels.crop((0, first * ROW_PX, band.pixels.width, foot_px))
    stamps.press(image, found, top_px=band.top_px + first * ROW_PX)
    return first, image


def _personal_stamps(band: Band, personal: Personal) -> tuple[list[Stamp], list[Box]]:
    """Return all that goes on a band's pixels for one employee, and where."""
    sources = Sources({}, band.assets, personal)
    known: dict[str, str] = {}
    found: list[Stamp] = []
    places: list[Box] = []
    for step in band.steps:
        if step.show and not known:
            known = known_values(sources)
        mine = _stamps(step, sources, known)
        place = stamps.around(mine)
        if place is None:
            continue
        if step.is_there or step.ground is not None:
            is_free = not any(place.meets(other) for other in places)
            if step.is_there and is_free:
                continue
            if step.ground is not None and is_free:
                mine = stamps.grounded(mine, step.ground)
        found += mine
        places.append(place)
    return found, places


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
        layer = step.layer
        if layer is not None and is_plain(layer):
            if isinstance(layer, QrLayer) and not step.show:
                self.add_static([pictures.code_ground(layer)])
                step = replace(step, is_grounded=True)
            elif isinstance(layer, TextLayer | DisclosureLayer):
                step = replace(step, ground=self._ground(place))
        self._steps.append(step)
        self._taken.append(place)

    def _ground(self, place: Box) -> Colour | None:
        """Return the one colour of the pixels at a place, or None for several."""
        assert self._pixels is not None
        left, top = max(0, place.x_px), max(0, place.y_px - self.box.y_px)
        right = min(place.right_px, self.box.w_px)
        bottom = min(place.bottom_px - self.box.y_px, self.box.h_px)
        if right <= left or bottom <= top:
            return None
        seen = self._pixels.crop((left, top, right, bottom)).getcolors(1)
        return cast(Colour, seen[0][1]) if seen else None

    def add_static(self, found: Iterable[Stamp]) -> None:
        if self._pixels is None:
            return
        inside = [part for stamp in found if (part := stamps.cropped(stamp, self.box))]
        if not inside:
            return
        if any(part.box.meets(taken) for part in inside for taken in self._taken):
            is_opaque = all(part.mask is None for part in inside)
            self._steps.append(Step(ready=tuple(inside), is_there=is_opaque))
            self._taken += (part.box for part in inside)
            if not is_opaque:
                return
        # Touches nothing that is painted later, or hides it: the order does not show.
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
        mine = layer_stamps(step.layer, sources, None)
        return mine[1:] if step.is_grounded else mine
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
