"""Idea: what changed between two wordings, word by word, for the reviewer's side-by-side."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contenthub.library import kinds, richruns
from contenthub.tenants.topics import TOPICS

Change = Literal["same", "del", "ins", "fmt"]
# Matching takes time with the number of equal pairs; with more of them (the same line or
# word over and over) what lies between the common start and end is shown whole.
_PAIRS_MAX = 300_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text that stayed (same), went (del), came (ins), or only looks different (fmt)."""

    change: Change
    text: str
    note: str = ""
    """Of `fmt`: what about the look changed, for example 加粗，字号 14px → 16px."""


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field that changed; `segments` joined without `ins` give before, without `del` after.

    With no segment but `same` it is the layout around the text that changed (`note` says so).
    """

    name: str
    label: str
    before: str
    after: str
    segments: tuple[Segment, ...]
    note: str = ""


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
        if name == "body":
            found.extend(_body_diff(label, old or {}, new))
        elif one != two:
            found.append(FieldDiff(name, label, one, two, tuple(segments(one, two))))
    return found


_LAYOUT = "文字没有变化，只调整了边距、边框、图片大小等排版"


def _body_diff(label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Return the change of an article, its looks compared as well; none when it is the same."""
    html = [str(one.get("body") or "") for one in (old, new)]
    if html[0] == html[1]:
        return []
    one, two = richruns.runs(html[0]), richruns.runs(html[1])
    before, after = richruns.text_of(one), richruns.text_of(two)
    found = _joined(_with_looks(segments(before, after), richruns.looks(one), richruns.looks(two)))
    if all(part.change == "same" for part in found):
        if not before:
            return []
        return [FieldDiff("body", label, before, after, tuple(found), _LAYOUT)]
    return [FieldDiff("body", label, before, after, tuple(found))]


def _with_looks(
    parts: list[Segment], one: list[richruns.Look], two: list[richruns.Look]
) -> Iterator[Segment]:
    """Yield segments in which text that stayed, but looks different, stands by itself."""
    i = j = 0
    for part in parts:
        length = len(part.text)
        if part.change == "same":
            pairs = list(zip(one[i : i + length], two[j : j + length], strict=True))
            yield from _split(part.text, pairs)
        else:
            yield part
        i += length if part.change != "ins" else 0
        j += length if part.change != "del" else 0


def _split(text: str, pairs: list[tuple[richruns.Look, richruns.Look]]) -> Iterator[Segment]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or pairs[place] != pairs[start]:
            note = richruns.change_of_look(*pairs[start])
            stretch = text[start:place]
            # The look of a blank or a line's end is nobody's concern.
            is_seen = bool(note and stretch.strip())
            yield Segment("fmt", stretch, note) if is_seen else Segment("same", stretch)
            start = place


def segments(before: str, after: str) -> list[Segment]:
    """Return the word-by-word difference of two texts, neighbours of one sort joined."""
    return _joined(Segment(change, text) for change, text in _changes(before, after))


def _joined(parts: Iterable[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and (last.change, last.note) == (part.change, part.note):
            joined[-1] = Segment(part.change, last.text + part.text, part.note)
        elif part.text:
            joined.append(part)
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
    shown["body"] = (kinds.KINDS[kind].body_label, "")  # compared with its looks
    shown["valid_from"] = ("生效时间", str(revision.get("valid_from") or ""))
    shown["valid_until"] = ("失效时间", str(revision.get("valid_until") or ""))
    return shown


def _field_text(spec: kinds.Field, value: object) -> str:
    if isinstance(value, list) and spec.type in ("list", "table"):
        return "\n".join(kinds.show(spec, [row]) for row in value)
    return kinds.show(spec, value)
