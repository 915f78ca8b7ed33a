"""Idea: what the editor shows of a design that is being drawn: each layer alone, and the whole.

A layer alone (a sprite) is upright, opaque and without its shadow: the editor turns, fades and
shades it itself while a person drags, so that what moves has the very pixels of the poster.
"""

import io
import itertools
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

import msgspec
from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import proof, stamps
from contenthub.posters.layers import Layer, placed
from contenthub.posters.looks import Box
from contenthub.posters.paint import Sources, known_values, layer_stamps
from contenthub.posters.stamps import Stamp
from contenthub.posters.template import Personal, Template, sheet

SPRITE_AREA_PX = 700_000
"""Above it a sprite is sent at half or a third of its size: a screen shows no more of it."""
HUGE_SHARE = 2
KEPT_BYTES = 160 * 1024**2
"""What is kept of painted layers: of a hundred layers, one changes between two previews."""
QUALITY = 84

_Key: TypeAlias = tuple[Layer, Box, str]
"""A layer on a canvas, and a digest of all else that its pixels depend on."""


class _Kept:
    """Painted layers, those used last at the end, and how many bytes they hold."""

    def __init__(self) -> None:
        self.stamps: OrderedDict[_Key, list[Stamp]] = OrderedDict()
        self.held_bytes = 0

    def of(self, key: _Key, sources: Sources) -> list[Stamp]:
        """Return a layer's stamps, kept from the last time if nothing of it has changed."""
        found = self.stamps.get(key)
        if found is None:
            layer, canvas, _ = key
            found = self.stamps[key] = layer_stamps(layer, sources, canvas)
            self.held_bytes += _bytes_of(found)
            while len(self.stamps) > 1 and self.held_bytes > KEPT_BYTES:
                _, gone = self.stamps.popitem(last=False)
                self.held_bytes -= _bytes_of(gone)
        self.stamps.move_to_end(key)
        return found


def _bytes_of(found: list[Stamp]) -> int:
    return sum(stamp.size[0] * stamp.size[1] * 4 for stamp in found)


_kept = _Kept()


class _Last:
    """The design composed last, its picture, and that of its layers below what changed in it."""

    def __init__(self) -> None:
        self.keys: list[_Key] = []
        self.below: list[_Key] = []
        self.image: Image.Image | None = None
        self.whole: Image.Image | None = None


_last = _Last()


class Sprite(NamedTuple):
    """A layer's pixels as PNG, and the place they cover, in px from the corner of its box."""

    png: bytes
    left_px: int
    top_px: int
    w_px: int
    h_px: int


def sprites(
    template: Template,
    wanted: Iterable[str],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> dict[str, Sprite | dict[str, str]]:
    """Return each wanted layer's sprite by its id, or field → why it cannot be drawn.

    An id that no layer has is left out; a layer that leaves no pixel has an empty sprite.
    """
    sources = Sources(values, assets, personal)
    found: dict[str, Sprite | dict[str, str]] = {}
    for name in wanted:
        layer = template.layer(name)
        if layer is None:
            continue
        try:
            found[name] = _sprite(layer, sources, template.canvas)
        except Invalid as wrong:
            found[name] = wrong.fields
    return found


def _sprite(layer: Layer, sources: Sources, canvas: Box) -> Sprite:
    plain = msgspec.structs.replace(layer, rotation_degrees=0, opacity=1.0, shadow=None, show=())
    (stood,) = placed((plain,))
    corner = stood.box
    is_huge = corner.w_px * corner.h_px > HUGE_SHARE * canvas.w_px * canvas.h_px
    # Of what is many times the canvas, only what a short drag could bring into sight.
    within = canvas.grown(max(canvas.w_px, canvas.h_px) // 4) if is_huge else None
    one = stamps.merged(layer_stamps(stood, sources, within))
    if one is None:
        return Sprite(b"", 0, 0, 0, 0)
    return Sprite(
        _png(stamps.with_alpha(one)), one.x_px - corner.x_px, one.y_px - corner.y_px, *one.size
    )


def _png(picture: Image.Image) -> bytes:
    area = picture.width * picture.height
    step = 1
    while area / step**2 > SPRITE_AREA_PX:
        step += 1
    small = picture.reduce(step) if step > 1 else picture
    out = io.BytesIO()
    small.save(out, "PNG", compress_level=1)
    return out.getvalue()


def preview(
    template: Template,
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
    width_px: int,
) -> bytes:
    """Return the poster as it will be, as a JPEG of a width; raises Invalid for what cannot be."""
    whole = _composed(template, Sources(values, assets, personal))
    height_px = max(1, round(whole.height * width_px / whole.width))
    if width_px < whole.width:
        whole = whole.resize((width_px, height_px), Image.Resampling.BOX, reducing_gap=2.0)
    out = io.BytesIO()
    whole.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _composed(template: Template, sources: Sources) -> Image.Image:
    """Return the whole poster as paint.paint_whole does; what was painted before is only pasted."""
    whole = sheet(template)
    known = known_values(sources)
    told = (sorted(sources.values.items()), sorted(sources.assets), sources.personal)
    facts = sha256(repr((told, whole.background)).encode()).hexdigest()
    keys = [
        (layer, whole.canvas, facts)
        for layer in whole.layers
        if all(rule.holds(known) for rule in layer.show)
    ]
    if keys == _last.keys and _last.whole is not None:
        return _last.whole
    same = _alike(keys, _last.keys)
    begun = len(_last.below) if _alike(keys, _last.below) == len(_last.below) else 0
    if begun and _last.image is not None:
        image = _last.image.copy()
    else:
        image = Image.new("RGB", (whole.width_px, whole.height_px), whole.background)
    for place, key in enumerate(keys[begun:], begun):
        if place == same and place > begun:
            # What changed last changes next: below it, the poster is kept as one picture.
            _last.below, _last.image = keys[:place], image.copy()
        stamps.press(image, _kept.of(key, sources))
    _last.keys, _last.whole = keys, image
    return image


def _alike(keys: Sequence[_Key], others: Sequence[_Key]) -> int:
    """Return how many layers two designs begin with that are the same in both."""
    pairs = zip(keys, others, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def proven(
    template: Template,
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> dict[str, str]:
    """Return field → fix of what only the drawn pixels show: faint mandatory text, dead codes."""
    sources = Sources(values, assets, personal)
    return proof.faults(template, _composed(template, sources), sources)
