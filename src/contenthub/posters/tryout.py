"""Idea: ten employees whose posters tell most about a design, and what happens to their texts.

What fails for one of thousands fails at the ends: the longest, the shortest, the rarest. Those
are looked at; the worst come first: no poster, a text that the drawn poster hides, one that was
shortened, one that was made smaller.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from contenthub.posters import layout, rehearsal
from contenthub.posters.template import Personal, Template

MOST = 10
_ELLIPSIS = "…"
_ENDS = 2
"""Of each kind so many are looked at: the two longest names may differ in what they break."""
_DOT = "·"
_CHECKED_MAX = 40


class Candidate(NamedTuple):
    """An employee who will have the poster; `order` is larger for those who came later."""

    person: Personal
    has_photo: bool = True
    order: str = ""


class Tried(NamedTuple):
    """One of the ten: their place among the candidates, why they, and what becomes of them.

    `problem` says why there is no poster, `hidden` which texts the drawn poster does not show,
    `cut` what an ellipsis shortened, `shrunk` what was made smaller.
    """

    place: int
    reasons: tuple[str, ...]
    problem: str = ""
    cut: tuple[str, ...] = ()
    shrunk: tuple[str, ...] = ()
    least_share: float = 1.0
    """The smallest text's size, as a share of what its layer asks for."""
    hidden: tuple[str, ...] = ()

    @property
    def badness(self) -> tuple[bool, int, int, float]:
        """Return what the worst first are sorted by."""
        return bool(self.problem), len(self.hidden), len(self.cut), 1 - self.least_share


def tried(
    template: Template,
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
    *,
    most: int = MOST,
) -> list[Tried]:
    """Return at most `most` telling candidates, the worst first, as their texts alone tell."""
    return worst(looked_at(template, candidates, values, least=most), most=most)


def worst(found: Iterable[Tried], *, most: int = MOST) -> list[Tried]:
    """Return at most `most`, the worst first: no poster, hidden texts, shortened, smaller."""
    return sorted(found, key=lambda one: one.badness, reverse=True)[:most]


def looked_at(
    template: Template,
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
    *,
    least: int = MOST,
) -> list[Tried]:
    """Return all telling candidates, and others up to `least`, with what becomes of their texts."""
    told = telling(candidates)
    # First one of each kind, then the second: ten must not all be long names.
    wanted = list(dict.fromkeys(told))[:_CHECKED_MAX]
    found = [_looked_at(template, candidates, values, (at, told)) for at in wanted]
    if len(found) < least:
        rest = (at for at in range(len(candidates)) if at not in told)
        for at, _ in zip(rest, range(least - len(found)), strict=False):
            found.append(_looked_at(template, candidates, values, (at, told)))
    return found


def _looked_at(
    template: Template,
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
    which: tuple[int, Mapping[int, tuple[str, ...]]],
) -> Tried:
    at, told = which
    person = candidates[at].person
    mine = Tried(at, told.get(at, ("普通员工",)), rehearsal.misfit(template, person, values))
    return mine if mine.problem else _fitted(mine, template, person, values)


def telling(candidates: Sequence[Candidate]) -> dict[int, tuple[str, ...]]:
    """Return the places of telling candidates with the reasons, the most telling first."""
    ranked = [(word, _ends(candidates, weight)) for word, weight in _KINDS]
    found: dict[int, list[str]] = {}
    for turn in range(_ENDS):
        for word, ends in ranked:
            if turn < len(ends):
                found.setdefault(ends[turn], []).append(word)
    return {at: tuple(words) for at, words in found.items()}


def _ends(candidates: Sequence[Candidate], weight: Callable[[Candidate], object]) -> list[int]:
    """Return the places of the heaviest; what weighs nothing is of another kind."""
    weighed = [(weight(one), -at) for at, one in enumerate(candidates)]
    heavy = sorted((pair for pair in weighed if pair[0]), reverse=True)
    return [-at for _, at in heavy[:_ENDS]]


def is_rare(mark: str) -> bool:
    """Return whether a character is none of the 6,763 of GB2312, which every typeface has."""
    return mark.isalpha() and not mark.isascii() and not mark.encode("gb2312", errors="ignore")


_KINDS: tuple[tuple[str, Callable[[Candidate], object]], ...] = (
    ("名字最长", lambda one: len(one.person.name)),
    ("有生僻字", lambda one: sum(map(is_rare, one.person.name + one.person.branch))),
    ("机构名最长", lambda one: len(one.person.branch)),
    ("没有照片", lambda one: not one.has_photo),
    ("名字带间隔号", lambda one: _DOT in one.person.name and len(one.person.name)),
    ("职务最长", lambda one: len(one.person.title)),
    ("没有电话", lambda one: not one.person.phone.strip()),
    ("没有职务", lambda one: not one.person.title.strip()),
    ("名字最短", lambda one: 100 - len(one.person.name)),
    ("最新入职", lambda one: one.order),
)


def _fitted(mine: Tried, template: Template, person: Personal, values: Mapping[str, str]) -> Tried:
    cut, shrunk, least_share = [], [], 1.0
    for filled in rehearsal.personal_texts(template, person, values):
        laid = layout.fit(filled.text, filled)
        if _ELLIPSIS in "".join(laid.lines) and _ELLIPSIS not in filled.words:
            cut.append(f"{filled.called}放不下，后面用省略号代替")
        elif laid.size_px < filled.size_px:
            least_share = min(least_share, laid.size_px / filled.size_px)
            shrunk.append(
                f"{filled.called}自动缩小到 {laid.size_px} 像素（设的是 {filled.size_px}）"
            )
    return mine._replace(cut=tuple(cut), shrunk=tuple(shrunk), least_share=least_share)
