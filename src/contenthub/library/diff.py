"""Idea: what changed between two wordings, word by word, for the reviewer's side-by-side."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contenthub.library import kinds, richtext
from contenthub.tenants.topics import TOPICS

Change = Literal["same", "del", "ins"]
# Matching takes time with the number of equal pairs; with more of them (the same line or
# word over and over) what lies between the common start and end is shown whole.
_PAIRS_MAX = 300_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text that stayed (same), went (del) or came (ins)."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field that changed; `segments` joined without `ins` give before, without `del` after."""

    name: str
    label: str
    before: str
    after: str
    segments: tuple[Segment, ...]


def diff(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[FieldDiff]:
    """Return the changed fields of two revisions in form order; an absent `old` is empty.

    A revision is a mapping with kind, topic, title, fields and body, and optionally
    valid_from and valid_until; values are compared as the reader sees them.
    """
    before, after = _readable(old or {}), _readable(new)
    names = [*after, *(name for name in before if name not in after)]
    found = []
    for name in names:
        label = (after.get(name) or before[name])[0]
        one, two = before.get(name, ("", ""))[1], after.get(name, ("", ""))[1]
        if one != two:
            found.append(FieldDiff(name, label, one, two, tuple(segments(one, two))))
    return found


def segments(before: str, after: str) -> list[Segment]:
    """Return the word-by-word difference of two texts, neighbours of one sort joined."""
    joined: list[Segment] = []
    for change, text in _changes(before, after):
        if text and joined and joined[-1].change == change:
            joined[-1] = Segment(change, joined[-1].text + text)
        elif text:
            joined.append(Segment(change, text))
    return joined


def _changes(before: str, after: str) -> Iterator[tuple[Change, str]]:
    """Compare lines first, then words inside changed lines: long articles stay fast."""
    one, two = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, a, b, c, d in _opcodes(one, two):
        old, new = "".join(one[a:b]), "".join(two[c:d])
        if tag == "equal":
            yield "same", old
        elif old and new:
            yield from _word_changes(old, new)
        else:
            yield "del", old
            yield "ins", new


def _word_changes(old: str, new: str) -> Iterator[tuple[Change, str]]:
    one, two = _words(old), _words(new)
    for tag, a, b, c, d in _opcodes(one, two):
        if tag == "equal":
            yield "same", "".join(one[a:b])
        else:
            yield "del", "".join(one[a:b])
            yield "ins", "".join(two[c:d])


def _opcodes(one: list[str], two: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield difflib's opcodes, with the common start and end cut off first."""
    head = _common(one, two)
    tail = _common(one[: head - 1 - len(one) : -1], two[: head - 1 - len(two) : -1])
    a, b = len(one) - tail, len(two) - tail
    if head:
        yield "equal", 0, head, 0, head
    one_counts, two_counts = Counter(one[head:a]), Counter(two[head:b])
    if sum(count * two_counts[word] for word, count in one_counts.items()) > _PAIRS_MAX:
        yield "replace", head, a, head, b
    else:
        # autojunk would treat the commonest words of a long text as noise.
        matcher = difflib.SequenceMatcher(None, one[head:a], two[head:b], autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield tag, head + i, head + j, head + k, head + m
    if tail:
        yield "equal", a, len(one), b, len(two)


def _common(one: list[str], two: list[str]) -> int:
    pairs = enumerate(zip(one, two, strict=False))
    return next((i for i, (x, y) in pairs if x != y), min(len(one), len(two)))


def _words(text: str) -> list[str]:
    import rjieba  # its dictionary takes a quarter of a second: for the first who compares

    words: list[str] = rjieba.cut(text)
    # A segmenter that drops a character would make the shown text a lie.
    return words if "".join(words) == text else list(text)


def _readable(revision: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return name -> (label, text) of everything a reader of this revision sees."""
    if not revision:
        return {}
    kind, topic = revision["kind"], revision["topic"]
    shown = {
        "title": ("标题", str(revision.get("title") or "")),
        "topic": ("业务类别", TOPICS.get(topic, topic)),
    }
    fields = revision.get("fields") or {}
    known = [spec.name for spec in kinds.fields_of(kind, topic)]
    for name in [*known, *(name for name in fields if name not in known)]:
        spec = kinds.field(kind, topic, name)
        shown[f"fields.{name}"] = (spec.label, _field_text(spec, fields.get(name)))
    body = richtext.plain(str(revision.get("body") or ""))
    shown["body"] = (kinds.KINDS[kind].body_label, body)
    shown["valid_from"] = ("生效时间", str(revision.get("valid_from") or ""))
    shown["valid_until"] = ("失效时间", str(revision.get("valid_until") or ""))
    return shown


def _field_text(spec: kinds.Field, value: object) -> str:
    if isinstance(value, list) and spec.type in ("list", "table"):
        return "\n".join(kinds.show(spec, [row]) for row in value)
    return kinds.show(spec, value)
