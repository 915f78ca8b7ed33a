"""Idea: texts that stand on one another or are too small to be read, and a poster that is empty.

What the drawn pixels tell of personal and mandatory texts is legible.py's and mandatory.py's; here
is what is told of every text, from the places of its letters alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from contenthub.errors import Invalid
from contenthub.posters import figures, layout
from contenthub.posters.layers import DisclosureLayer as Mandatory
from contenthub.posters.layers import GroupLayer, Layer, TextLayer, Writing, placed, said
from contenthub.posters.paint import Sources, known_values, static_text
from contenthub.posters.rehearsal import SOMEBODY
from contenthub.posters.setting import Glyph
from contenthub.posters.template import Personal, Template

SMALL_SHARE = 0.014
"""Of the shorter side: smaller letters are a few dots on a telephone; shipped ones have 0.0185."""
OVER_SHARE = 0.2
OVER_MIN = 2
"""Letters that stand on another text's: so many, and such a share of the shorter one's."""
TOUCH_SHARE = 0.25
"""Of the smaller letter's square: less is a tail that touches the next line."""
GHOST_RATIO = 6
"""Letters that are so many times as large behind a text are its ground."""
_ABOVE, _BELOW = 0.8, 0.08
_NARROW = 0.5
"""Of a letter's size: how far its ink rises over the line and falls below; a Latin one's width."""
_SAMPLE = {
    "bank.name": "清源农村商业银行",
    "bank.hotline": "0731-96518",
    "item.code": "P-1001-v1",
}
"""What is not known of a bank here, as long as any."""
EMPTY = "海报还是空的：请添加文字、图片，或从现成模板开始"


_Cell: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom of a letter's ink."""


class _Set(NamedTuple):
    """A text as it is drawn: the square of each letter, and the size of the letters."""

    path: str
    layer: Writing
    words: str
    cells: tuple[_Cell, ...]
    size_px: int


def faults(
    template: Template, values: Mapping[str, str], personal: Personal = SOMEBODY
) -> dict[str, str]:
    """Return field → fix of what is over another text, too small, or missing altogether.

    `personal` is whose poster is looked at.
    """
    if not template.layers:
        return {"layers": EMPTY}
    known = _SAMPLE | dict(values) | SOMEBODY.values() | figures.SAMPLE | personal.values()
    rules = known_values(Sources(values, personal=personal))
    texts = list(_texts(placed(template.layers), "layers", known, rules))
    found: dict[str, str] = {}
    least_px = SMALL_SHARE * min(template.width_px, template.height_px)
    for text in texts:
        if isinstance(text.layer, TextLayer) and text.size_px < least_px:
            found[f"{text.path}.size_px"] = (
                f"{text.layer.called}画出来只有 {text.size_px} 像素，手机上看不清："
                f"请把字号调到 {-int(-least_px // 1)} 像素以上，文字框也放大些"
            )
    for place, text in enumerate(texts):
        for below in texts[:place]:
            if _are_over(text, below):
                found.setdefault(
                    f"{text.path}.box",
                    f"{text.layer.called}和{below.layer.called}的字叠在一起，看不清：请移开其中一个",
                )
                break
    return found


def _are_over(text: _Set, below: _Set) -> bool:
    small, large = sorted((text.size_px, below.size_px))
    if large > GHOST_RATIO * small or text.words == below.words:
        return False
    if not text.layer.box.meets(below.layer.box):
        return False
    fewer, more = sorted((text.cells, below.cells), key=len)
    over = sum(any(_holds(cell, other) for other in more) for cell in fewer)
    return over >= max(OVER_MIN, OVER_SHARE * len(fewer))


def _holds(cell: _Cell, other: _Cell) -> bool:
    """Return whether two letters' squares lie over one another by so much of the smaller."""
    wide = min(cell[2], other[2]) - max(cell[0], other[0])
    high = min(cell[3], other[3]) - max(cell[1], other[1])
    least = min((one[2] - one[0]) * (one[3] - one[1]) for one in (cell, other))
    return wide > 0 and high > 0 and wide * high >= TOUCH_SHARE * least


def _texts(
    layers: Iterable[Layer], path: str, values: Mapping[str, str], rules: dict[str, str]
) -> Iterator[_Set]:
    """Yield the texts that somebody's poster shows upright and in full colour."""
    for index, layer in enumerate(layers):
        here = f"{path}[{index}]"
        turns = layer.rotation_degrees % 360 != 0
        if turns or layer.opacity <= 0.5 or not all(rule.holds(rules) for rule in layer.show):
            continue
        if isinstance(layer, GroupLayer):
            yield from _texts(layer.layers, f"{here}.layers", values, rules)
        elif isinstance(layer, TextLayer | Mandatory) and (text := _set(here, layer, values)):
            yield text


def _set(path: str, layer: Writing, values: Mapping[str, str]) -> _Set | None:
    try:
        filled = said(static_text(layer, values), dict(values))
        laid = layout.fit(filled.text, filled) if filled.words.strip() else None
    except Invalid:
        return None  # told where the text is set (rehearsal.text_faults)
    if laid is None:
        return None
    cells = tuple(_cell(filled, one) for one in laid.glyphs if one.char.strip())
    return _Set(path, layer, filled.words, cells, laid.size_px)


def _cell(layer: Writing, glyph: Glyph) -> _Cell:
    left, base = layer.box.x_px + glyph.x_px, layer.box.y_px + glyph.y_px
    wide = glyph.size_px * (_NARROW if glyph.char.isascii() else 1)
    if glyph.is_turned:
        return left, base, left + glyph.size_px, base + wide
    return left, base - _ABOVE * glyph.size_px, left + wide, base + _BELOW * glyph.size_px
