"""Idea: templates stored under older schemas, read as if written today.

1 → 2: a text's `shadow` was a colour that fell a 24th of the size below; a gradient's `mask` and
`points` became every layer's `clip`.
"""

from typing import Any, Final, Literal

SCHEMA: Final[Literal[2]] = 2


def upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a template's JSON in the newest schema; what is unknown stays for the checks."""
    if raw.get("schema", 1) != 1:
        return raw
    layers = raw.get("layers")
    if not isinstance(layers, list):
        return raw
    return raw | {"schema": SCHEMA, "layers": [_layer(layer) for layer in layers]}


def _layer(layer: Any) -> Any:
    if not isinstance(layer, dict):
        return layer
    if layer.get("kind") == "text" and isinstance(layer.get("shadow"), str):
        size_px = layer.get("size_px")
        down_px = max(2, size_px // 24) if isinstance(size_px, int) else 2
        return layer | {"shadow": {"colour": layer["shadow"], "down_px": down_px}}
    if layer.get("kind") == "gradient" and ("mask" in layer or "points" in layer):
        form, points = layer.get("mask", "rounded"), layer.get("points", [])
        kept = {key: value for key, value in layer.items() if key not in ("mask", "points")}
        if form == "rounded":
            return kept
        return kept | {"clip": {"form": form, "points": points} if points else {"form": form}}
    return layer
