"""Idea: the mark 广告 that an advertisement carries, and words as print may vary them."""

import unicodedata
from collections.abc import Iterator

from contenthub.library.folding import fold_text
from contenthub.posters.layers import Layer, TextLayer
from contenthub.posters.template import Template

MARK = "广告"
MARK_MAX_CHARS = 8
"""A sentence that has the word in it (拒绝虚假广告) is no mark."""
MARK_OPACITY_MIN = 0.5


def marks(template: Template) -> Iterator[TextLayer]:
    """Yield the texts that say 广告 and little more, to everybody, not faded."""
    for layer in template.layers:
        if isinstance(layer, TextLayer) and not layer.show and layer.opacity >= MARK_OPACITY_MIN:
            if is_mark(layer):
                yield layer


def is_mark(layer: Layer) -> bool:
    """Return whether a layer says 广告 and little more."""
    if not isinstance(layer, TextLayer):
        return False
    said = bare(layer.words)
    return MARK in said and len(said) <= MARK_MAX_CHARS


def bare(text: str) -> str:
    """Return the text without what may differ in print: spaces, marks, full width."""
    return "".join(one for one in fold_text(text) if unicodedata.category(one)[0] in "LN")
