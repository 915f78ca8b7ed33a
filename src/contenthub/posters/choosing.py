"""Idea: the backgrounds an employee may choose from, all of them approved with the template.

One picture layer may name `choices` beside its own picture. Background 0 is the layer's own
picture, 1 and on are the choices; a template with one chosen is an ordinary template, so
that compiling, caching and drawing know nothing of choices. What an employee chose is remembered
by the picture itself: a later revision may offer it under another number, or not at all.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.posters.layers import GroupLayer, Layer, PictureLayer, walk
from contenthub.posters.template import Template


def backgrounds(template: Template) -> int:
    """Return how many backgrounds an employee may choose from; 1 is no choice."""
    return 1 + max((len(layer.choices) for layer in _pictures(template)), default=0)


def stored_backgrounds(layers: Mapping[str, Any]) -> int:
    """Return how many backgrounds a saved template's JSON offers, without reading it whole."""
    return max(1, len(stored_pictures(layers)))


def stored_pictures(layers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the pictures a saved template's JSON offers, background 0 first; none is no choice."""
    for layer in _inner(layers):
        choices = layer.get("choices")
        if isinstance(choices, list | tuple) and choices:
            return (str(layer.get("asset", "")), *map(str, choices))
        if found := stored_pictures(layer):
            return found
    return ()


def number_of(layers: Mapping[str, Any], picture: str) -> int:
    """Return a picture's number among a saved template's backgrounds; 0 for one not offered."""
    offered = stored_pictures(layers)
    return offered.index(picture) if picture in offered else 0


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


def _inner(layers: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = layers.get("layers")
    listed = found if isinstance(found, list | tuple) else ()
    return [layer for layer in listed if isinstance(layer, dict)]


def _chosen(layer: Layer, background: int) -> Layer:
    if isinstance(layer, GroupLayer):
        inner = tuple(_chosen(one, background) for one in layer.layers)
        return msgspec.structs.replace(layer, layers=inner)
    if not isinstance(layer, PictureLayer) or not layer.choices:
        return layer
    asset = (layer.asset, *layer.choices)[background]
    return msgspec.structs.replace(layer, asset=asset, choices=())
