"""Idea: how an element's style sets its text: how large, how plain against its ground, where.

Values that cannot be told (a gradient, a unit of the window) count as readable, so that only
what is surely out of sight is taken for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

BODY_PX = 16.0
_PT = 4 / 3
_LENGTH = re.compile(r"(-?[\d.]+)\s*(px|pt|em|rem|%|vw|vh)?")
_COLOUR = re.compile(
    r"#([0-9a-f]{3,8})\b|(rgb|hsl)a?\(([^)]*)\)|\b(transparent|white|snow|ivory|ghostwhite|whitesmoke"
    r"|floralwhite|azure|mintcream|honeydew|aliceblue|seashell|lightyellow|gainsboro|lightgr[ae]y"
    r"|silver|black|red|blue|green|gr[ae]y|yellow|orange|pink|purple)\b"
)
_NAMED = {
    "white": "ffffff",
    "snow": "fffafa",
    "ivory": "fffff0",
    "ghostwhite": "f8f8ff",
    "whitesmoke": "f5f5f5",
    "floralwhite": "fffaf0",
    "azure": "f0ffff",
    "mintcream": "f5fffa",
    "honeydew": "f0fff0",
    "aliceblue": "f0f8ff",
    "seashell": "fff5ee",
    "lightyellow": "ffffe0",
    "gainsboro": "dcdcdc",
    "lightgray": "d3d3d3",
    "lightgrey": "d3d3d3",
    "silver": "c0c0c0",
    "black": "000000",
    "red": "ff0000",
    "blue": "0000ff",
    "green": "008000",
    "gray": "808080",
    "grey": "808080",
    "yellow": "ffff00",
    "orange": "ffa500",
    "pink": "ffc0cb",
    "purple": "800080",
}
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0}
_FONT_SIZES = {"1": 10.0, "2": 13.0, "3": 16.0, "4": 18.0, "5": 24.0, "6": 32.0, "7": 48.0}
_SMALLER = {"small": 0.83, "sub": 0.83, "sup": 0.83}
_FAR_PX = 60.0
_WIDE_PX = 320.0
_CLOSED_PX = 6.0
_PACKED_EM = -0.5
_EDGE_ON = re.compile(r"rotate[xy]\(\s*-?(?:8\d|9\d|100|26\d|27\d)|rotate3d")
_LEAST_SEEN_PX = 5.0
_LEAST_CONTRAST = 1.25
_FAINT_CONTRAST = 1.4
Colour = tuple[float, float, float]
_WHITE: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How the text of an element looks; `ground` is None where a picture or gradient may be."""

    size_px: float = BODY_PX
    colour: Colour = (0.0, 0.0, 0.0)
    alpha: float = 1.0
    opacity: float = 1.0
    ground: Colour | None = _WHITE
    is_away: bool = False

    @property
    def contrast(self) -> float:
        """The contrast of the text on its ground (1 to 21); 21 where the ground is not known."""
        ground = self.ground
        share = self.alpha * self.opacity
        if ground is None:
            return 21.0 if share > 0.2 else 1.0
        mixed = _mixed(self.colour, ground, share)
        one, other = _luminance(mixed), _luminance(ground)
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)

    @property
    def is_hidden(self) -> bool:
        """Whether nobody can read the text."""
        return self.is_away or self.size_px < _LEAST_SEEN_PX or self.contrast < _LEAST_CONTRAST

    @property
    def is_faint(self) -> bool:
        """Whether the text is too pale for words that the law asks for."""
        return self.contrast < _FAINT_CONTRAST


def looked(around: Look, tag: str, given: Mapping[str, str]) -> Look:
    """Return the look of an element inside another: its tag, attributes and style."""
    look = replace(around, size_px=around.size_px * _SMALLER.get(tag, 1.0))
    if tag == "font":
        if given.get("size", "") in _FONT_SIZES:
            look = replace(look, size_px=_FONT_SIZES[given["size"]])
        look = _coloured(look, given.get("color", ""))
    style = declared(given.get("style", ""))
    return _styled(look, style) if style else look


def declared(style: str) -> dict[str, str]:
    """Return the declarations of a style attribute; of one given twice, the last."""
    pairs = (part.partition(":") for part in style.lower().split(";"))
    return {
        name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value
    }


def _styled(look: Look, style: Mapping[str, str]) -> Look:
    if "font-size" in style:
        look = replace(look, size_px=_size(style["font-size"], look.size_px))
    for name in ("background", "background-color"):
        if name in style:
            look = replace(look, ground=_ground(style[name], look.ground))
    look = _coloured(look, style.get("color", ""))
    if "opacity" in style:
        look = replace(look, opacity=look.opacity * _share(style["opacity"]))
    if _is_away(style, look.size_px):
        look = replace(look, is_away=True)
    return look


def _is_away(style: Mapping[str, str], size_px: float) -> bool:
    """Return whether a box moves its text out of sight or closes over it."""
    indent = _px(style.get("text-indent", ""), size_px) or 0.0
    left, right = _sides(style, size_px)
    if min(indent, left, right) <= -_FAR_PX or _EDGE_ON.search(style.get("transform", "")):
        return True
    spacing = _px(style.get("letter-spacing", ""), size_px)
    if spacing is not None and spacing <= _PACKED_EM * size_px:
        return True
    if not any(
        "hidden" in style.get(name, "") for name in ("overflow", "overflow-x", "overflow-y")
    ):
        return False
    boxes = (_px(style.get(name, ""), size_px) for name in _BOXES)
    return indent >= _WIDE_PX or any(box is not None and box <= _CLOSED_PX for box in boxes)


_BOXES = ("height", "max-height", "width", "max-width", "line-height")


def _sides(style: Mapping[str, str], size_px: float) -> tuple[float, float]:
    parts = style.get("margin", "").split()
    right = parts[1] if len(parts) > 1 else (parts[0] if parts else "")
    left = parts[3] if len(parts) > 3 else right
    return (
        _px(style.get("margin-left", left), size_px) or 0.0,
        _px(style.get("margin-right", right), size_px) or 0.0,
    )


def _px(value: str, size_px: float) -> float | None:
    found = _LENGTH.fullmatch(value)
    if found is None or found[1].strip(".-") == "" or found[2] in ("%", "vw", "vh"):
        return None
    unit = {"px": 1.0, "pt": _PT, "em": size_px, "rem": BODY_PX, None: 1.0}[found[2]]
    try:
        return float(found[1]) * unit
    except ValueError:
        return None


def _size(value: str, around_px: float) -> float:
    if value in _SIZES:
        return _SIZES[value]
    if value == "smaller":
        return around_px * 0.83
    if value.endswith("%"):
        return around_px * _share(value)
    found = _px(value, around_px)
    return around_px if found is None else max(0.0, found)


def _share(value: str) -> float:
    number = re.fullmatch(r"([\d.]+)(%?)", value)
    try:
        return float(number[1]) / (100 if number[2] else 1) if number else 1.0
    except ValueError:
        return 1.0


def _coloured(look: Look, value: str) -> Look:
    found = _colour(value)
    return look if found is None else replace(look, colour=found[0], alpha=found[1])


def _ground(value: str, around: Colour | None) -> Colour | None:
    if "gradient" in value:
        return None
    found = _colour(value)
    if found is None or found[1] == 0:
        return around
    return found[0] if around is None else _mixed(found[0], around, found[1])


def _colour(value: str) -> tuple[Colour, float] | None:
    """Return a colour and how opaque it is, None for what is not known."""
    found = _COLOUR.search(value)
    if found is None:
        return None
    if found[4] == "transparent":
        return _WHITE, 0.0
    if found[2]:
        return _from_parts(found[2], re.findall(r"[\d.]+%?", found[3]))
    digits = _NAMED.get(found[4] or "", found[1] or "")
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8):
        return None
    parts = [int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2)]
    return (parts[0], parts[1], parts[2]), parts[3] if len(parts) > 3 else 1.0


def _from_parts(kind: str, parts: list[str]) -> tuple[Colour, float] | None:
    if len(parts) < 3:
        return None
    alpha = _share(parts[3]) if len(parts) > 3 else 1.0
    if kind == "hsl":
        # How light it is, is what tells; the hue is left out.
        light = min(1.0, _share(parts[2]))
        return (light, light, light), alpha
    red, green, blue = (
        min(1.0, _share(part) if part.endswith("%") else _share(part) / 255) for part in parts[:3]
    )
    return (red, green, blue), alpha


def _mixed(over: Colour, ground: Colour, share: float) -> Colour:
    red, green, blue = (
        one * share + other * (1 - share) for one, other in zip(over, ground, strict=True)
    )
    return red, green, blue


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
