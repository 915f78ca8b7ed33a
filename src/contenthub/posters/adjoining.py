"""Idea: texts of a poster that an eye reads as one, though they are layers of their own.

零 in one layer and 风险 beside it say 零风险 to whoever looks at the poster.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from contenthub.posters.layers import DisclosureLayer, Layer, TextLayer, Writing, placed, walk

SIZE_RATIO_MAX = 1.6
"""Letters that differ by more are read as heading and text, not as one phrase."""
OVERLAP_MIN = 0.5
"""Of the lower box's height (the narrower one's width), to stand in one row (column)."""
GAP_MAX = 1.0
"""Between two lines of a column, in sizes of the larger letter."""


class Adjoining(NamedTuple):
    """Layers in the order an eye takes them, each with its path (layers.walk)."""

    paths: tuple[str, ...]
    layers: tuple[Writing, ...]


_Text: TypeAlias = tuple[str, Writing]


def phrases(layers: Iterable[Layer], *, ratio: float = SIZE_RATIO_MAX) -> Iterator[Adjoining]:
    """Yield the rows, left to right, and the columns, downwards, of two or more texts.

    Letters that differ by more than `ratio` in size stand in none together.
    """
    texts: list[_Text] = [
        (path, layer)
        for path, layer in walk(placed(layers))
        if isinstance(layer, TextLayer | DisclosureLayer) and layer.words.strip()
    ]
    in_row, in_column = partial(_is_beside, ratio=ratio), partial(_is_below, ratio=ratio)
    yield from _chains(sorted(texts, key=lambda text: text[1].box.x_px), in_row)
    yield from _chains(sorted(texts, key=lambda text: text[1].box.y_px), in_column)


def crosses(start: int, end: int, words: Iterable[str]) -> bool:
    """Return whether the place from `start` to `end` of the joined words lies in two of them."""
    ends = accumulate(len(one) for one in words)
    return any(start < at < end for at in ends)


def _chains(
    texts: Sequence[_Text], follows: Callable[[Writing, Writing], bool]
) -> Iterator[Adjoining]:
    """Yield each longest run in which every text follows the one before it."""
    begun: set[str] = set()
    for index, text in enumerate(texts):
        if text[0] in begun:
            continue
        run = [text]
        for other in texts[index + 1 :]:
            if follows(run[-1][1], other[1]):
                run.append(other)
                begun.add(other[0])
        if len(run) > 1:
            paths, layers = zip(*run, strict=True)
            yield Adjoining(paths, layers)


def _is_beside(one: Writing, other: Writing, *, ratio: float) -> bool:
    shared = _shared(one.box.y_px, one.box.bottom_px, other.box.y_px, other.box.bottom_px)
    low = min(one.box.h_px, other.box.h_px)
    return _are_alike(one, other, ratio) and shared >= OVERLAP_MIN * low


def _is_below(one: Writing, other: Writing, *, ratio: float) -> bool:
    shared = _shared(one.box.x_px, one.box.right_px, other.box.x_px, other.box.right_px)
    narrow = min(one.box.w_px, other.box.w_px)
    gap = other.box.y_px - one.box.bottom_px
    near = GAP_MAX * max(one.size_px, other.size_px)
    return _are_alike(one, other, ratio) and shared >= OVERLAP_MIN * narrow and -near <= gap <= near


def _are_alike(one: Writing, other: Writing, ratio: float) -> bool:
    small, large = sorted((one.size_px, other.size_px))
    return large <= ratio * small


def _shared(start: int, end: int, other_start: int, other_end: int) -> int:
    return min(end, other_end) - max(start, other_start)
