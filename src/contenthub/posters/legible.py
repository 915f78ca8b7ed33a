"""Idea: whether what is an employee's own on a poster can be read where its ink fell.

A code, a photo or a picture over a name hides it as a shape does, and white words on white are
nothing; only the drawn poster tells. Asked before review, as what mandatory.py asks is.
"""

from collections.abc import Iterator

from PIL import Image

from contenthub.posters import lettering, stamps
from contenthub.posters.layers import GroupLayer, Layer, TextLayer, is_personal, said, walk
from contenthub.posters.looks import Box
from contenthub.posters.mandatory import drawn_contrast
from contenthub.posters.paint import Sources, known_values, static_text
from contenthub.posters.template import Template, sheet

_NAMED_AT_MOST = 3
READABLE_MIN = 1.5
"""Contrast below which a line is not seen at a glance; the mandatory text needs three times it."""


def faults(template: Template, poster: Image.Image, sources: Sources) -> dict[str, str]:
    """Return field → fix for each upright personal text that a drawn poster does not plainly show.

    One that is turned or half transparent is its designer's ornament.
    """
    found: dict[str, str] = {}
    whole = sheet(template)
    for path, layer in _upright(whole, sources):
        mark = stamps.merged([one for one in lettering.text_stamps(layer) if one.mask])
        if mark is None or mark.mask is None:
            continue
        if drawn_contrast(poster, mark.mask, mark.box) < READABLE_MIN:
            above = "、".join(_above(whole, path, mark.box))
            why = (
                f"可能被上面的{above}盖住，或字色与背景太接近，请移开"
                if above
                else "字色与背景太接近，请移到别处"
            )
            found[f"{path}.box"] = (
                f"{layer.called}在画好的海报上看不清：{why}，或换更深、更浅的字色"
            )
    return found


def _above(whole: Template, path: str, ink: Box) -> list[str]:
    """Return what people call the layers that are drawn later and meet some ink."""
    order = list(walk(whole.layers))
    place = next(at for at, (known, _) in enumerate(order) if known == path)
    return [
        layer.called
        for _, layer in order[place + 1 :]
        if layer.box.meets(ink) and not isinstance(layer, GroupLayer)
    ][:_NAMED_AT_MOST]


def _upright(whole: Template, sources: Sources) -> Iterator[tuple[str, TextLayer]]:
    """Yield the personal texts as they are drawn for the person of `sources`."""
    known = known_values(sources)
    skipped: list[str] = []
    for path, layer in walk(whole.layers):
        if any(path.startswith(one) for one in skipped):
            continue
        if _is_altered(layer) or not all(rule.holds(known) for rule in layer.show):
            skipped.append(f"{path}.")
        elif isinstance(layer, TextLayer) and is_personal(layer):
            filled = said(static_text(layer, sources.values), sources.personal.values())
            if isinstance(filled, TextLayer) and filled.words.strip():
                yield path, filled


def _is_altered(layer: Layer) -> bool:
    turns = layer.rotation_degrees % 360 != 0
    return turns or layer.opacity < 1 or (isinstance(layer, GroupLayer) and layer.clip is not None)
