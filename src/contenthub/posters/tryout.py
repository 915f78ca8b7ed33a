"""Idea: ten employees whose posters tell most about a design, and what happens to their texts.

What fails for one of thousands fails at the ends: the longest, the shortest, the rarest. Those
are looked at; whoever has no poster at all comes first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from contenthub.errors import Invalid
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

    `problem` says why there is no poster; `notes` what was made smaller or shortened.
    """

    place: int
    reasons: tuple[str, ...]
    problem: str
    notes: tuple[str, ...]


def tried(
    template: Template,
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
    *,
    most: int = MOST,
) -> list[Tried]:
    """Return at most `most` telling candidates: those without a poster first, then the rest."""
    told = telling(candidates)
    # First one of each kind, then the second: ten must not all be long names.
    wanted = list(dict.fromkeys(told))[:_CHECKED_MAX]
    found = [_looked_at(template, candidates, values, (at, told)) for at in wanted]
    if len(found) < most:
        rest = (at for at in range(len(candidates)) if at not in told)
        for at, _ in zip(rest, range(most - len(found)), strict=False):
            found.append(_looked_at(template, candidates, values, (at, told)))
    failing = [one for one in found if one.problem]
    return [*failing, *(one for one in found if not one.problem)][:most]


def _looked_at(
    template: Template,
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
    which: tuple[int, Mapping[int, tuple[str, ...]]],
) -> Tried:
    at, told = which
    person = candidates[at].person
    problem = rehearsal.misfit(template, person, values)
    notes = () if problem else tuple(_notes(template, person, values))
    return Tried(at, told.get(at, ("普通员工",)), problem, notes)


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


def _notes(template: Template, person: Personal, values: Mapping[str, str]) -> Iterable[str]:
    for filled in rehearsal.personal_texts(template, person, values):
        try:
            laid = layout.fit(filled.text, filled)
        except Invalid:
            return  # told as the problem
        if _ELLIPSIS in "".join(laid.lines) and _ELLIPSIS not in filled.words:
            yield f"{filled.called}放不下，后面用省略号代替"
        elif laid.size_px < filled.size_px:
            yield f"{filled.called}自动缩小到 {laid.size_px} 像素（设的是 {filled.size_px}）"
