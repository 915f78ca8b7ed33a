"""Idea: the backgrounds an employee may choose from, all of them approved with the template.

One picture layer may name `choices` beside its own picture. Background 0 is the layer's own
picture, 1 and on are the choices; a template with one chosen is an ordinary template, so
that compiling, caching and drawing know nothing of choices.
"""

from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.posters.layers import GroupLayer, Layer, PictureLayer, walk
from contenthub.posters.template import Template


def backgrounds(template: Template) -> int:
    """Return how many backgrounds an employee may choose from; 1 is no choice."""
    return 1 + max((len(layer.choices) for layer in _pictures(template)), default=0)


def stored_backgrounds(layers: dict[str, Any]) -> int:
    """Return how many backgrounds a saved template's JSON offers, without reading it whole."""
    return 1 + _most_choices(layers.get("layers"))


def chosen(template: Template, background: int) -> Template:
    """Return the template with one background in its place, and no choice left.

    Raises `Invalid` naming `background` for one the template does not offer.
    """
    count = backgrounds(template)
    require_offered(background, count)
    if count == 1:
        return template
    layers = tuple(_chosen(layer, background) for layer in template.layers)
    return msgspec.structs.replace(template, layers=layers)


def require_offered(background: int, count: int) -> None:
    """Raise `Invalid` naming `background` for one that is not among `count` from 0 on."""
    if not 0 <= background < count:
        offered = f"这张海报可选 0 到 {count - 1}" if count > 1 else "这张海报只有一张背景，请填 0"
        raise Invalid.of("background", f"没有第 {background} 号背景：{offered}")


def _pictures(template: Template) -> list[PictureLayer]:
    return [layer for _, layer in walk(template.layers) if isinstance(layer, PictureLayer)]


def _most_choices(layers: Any) -> int:
    found = 0
    for layer in layers if isinstance(layers, list | tuple) else ():
        if isinstance(layer, dict):
            own = layer.get("choices")
            found = max(found, len(own) if isinstance(own, list | tuple) else 0)
            found = max(found, _most_choices(layer.get("layers")))
    return found


def _chosen(layer: Layer, background: int) -> Layer:
    if isinstance(layer, GroupLayer):
        inner = tuple(_chosen(one, background) for one in layer.layers)
        return msgspec.structs.replace(layer, layers=inner)
    if not isinstance(layer, PictureLayer) or not layer.choices:
        return layer
    asset = (layer.asset, *layer.choices)[background]
    return msgspec.structs.replace(layer, asset=asset, choices=())
