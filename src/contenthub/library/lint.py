"""Idea: what the rules find in a draft; pure, so that page, API, review and rescan agree.

`where` is `name:offset`: the field (`title`, `body`, `script`, `alt`, `fields.NAME`) and the
index of the first character in its readable text (for rich text: of richtext.plain).
A missing field is `fields.NAME` without an offset.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from contenthub.library import lint_structure
from contenthub.library.answers import Claim, answered, claims
from contenthub.library.fixes import fix_of
from contenthub.library.folding import fold
from contenthub.library.kinds import Field, fields_of, show
from contenthub.library.lint_hits import Hit
from contenthub.library.lint_lines import readings
from contenthub.library.lint_parts import Part, ProductFacts, Wording, plain
from contenthub.library.lint_places import HITS_MAX, is_lifted_throughout, places
from contenthub.library.lint_wholes import by_wholes
from contenthub.library.rules import RULE_PACK_VERSION, Book, Rule, book
from contenthub.library.soundfixes import with_sound_fixes
from contenthub.library.typesizes import page, spoken

__all__ = ["RULE_PACK_VERSION", "Hit", "ProductFacts", "lint", "open_blocks"]

_TOLD = "像是转述或批评别人的说法，请审核人确认；若是自己的宣传，"
_BROKEN = "几行连起来读像是一句话，请审核人确认；若是，"
_ABROAD = "内容的业务类别不是这一类，这句话却像在宣传它，请审核人确认；若是，请改业务类别，并"


def lint(
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    body: str,
    *,
    title: str = "",
    script: str = "",
    rules: Book | None = None,
    product: ProductFacts | None = None,
) -> list[Hit]:
    """Return all findings, blocking ones first, at most 200.

    `fields` may be kept values or raw input, a title may come among them; `body` is HTML or
    plain text, `script` the message sent with a share; `rules` are the bank's (the shipped
    pack when not given). Raises Invalid for an unknown kind or topic.
    """
    asked = book() if rules is None else rules
    numbers = asked.numbers(kind, topic)
    wording = wording_of(kind, topic, fields, body, title=title, script=script, rules=asked)
    wording = replace(wording, product=product)
    worded = [hit for part in wording.parts for hit in _worded(asked, numbers, part, wording)]
    worded += _as_written(asked, numbers, wording, worded)
    said = list(_answered(asked, numbers, wording, worded))
    found = [*_structural(asked, numbers, wording), *worded, *said]
    across = _over_breaks(asked, numbers, wording, found)
    beside = _beside(asked, body)
    across += [hit for part in beside for hit in _beside_text(asked, numbers, part, wording)]
    found = by_wholes(asked, numbers, wording, found, beside=beside, across=across)
    besides = {part.name for part in beside}  # no click changes what pictures are described by
    found = [replace(hit, fix=None) if hit.field in besides else hit for hit in found]
    by_hand = {(hit.rule, hit.where) for hit in (*said, *across)}
    by_hand |= {(hit.rule, hit.where) for hit in found if hit.field in besides}
    found.sort(key=lambda hit: (hit.severity != "block", hit.field, hit.start, hit.rule))
    kept = _once(found, {rule.id for rule in asked.rules if rule.is_own})[:HITS_MAX]
    return with_sound_fixes(kept, asked, numbers, wording, by_hand=by_hand)


def wording_of(
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    body: str,
    *,
    title: str = "",
    script: str = "",
    rules: Book | None = None,
) -> Wording:
    """Return everything of a draft that rules read; arguments and errors as lint's."""
    asked = book() if rules is None else rules
    title = title or str(fields.get("title") or "")
    fields = {name: value for name, value in fields.items() if name != "title"}
    specs = fields_of(kind, topic)
    shown = _shown(specs, fields)
    seen = page(body)
    own = {"body": seen}
    parts = [
        Part(name, label, text, asked.guard, seen=own.get(name))
        for name, label, text in _texts(shown, fields, title=title, body=seen.text, script=script)
    ]
    facts = [f"{spec.label} {shown[spec.name]}" for spec in specs if spec.name in shown]
    item = "\n".join([*(part.text for part in parts), *(fold(fact).text for fact in facts)])
    return Wording(kind, topic, fields, shown, parts, item, seen)


def _once(found: list[Hit], own: set[str]) -> list[Hit]:
    """Leave out what a second rule of the bank's own says of the very same words."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for hit in found:
        place = (hit.field, hit.start, hit.end)
        if hit.rule in own and hit.text:
            if place in seen:
                continue
            seen.add(place)
        kept.append(hit)
    return kept


def open_blocks(hits: list[Hit]) -> int:
    """Return how many findings stop an approval."""
    return sum(hit.severity == "block" for hit in hits)


def _shown(specs: list[Field], fields: Mapping[str, Any]) -> dict[str, str]:
    """Return field name -> readable text of the filled fields."""
    known = {spec.name: spec for spec in specs}
    shown: dict[str, str] = {}
    for name, value in fields.items():
        if value is None or value == "" or value == []:
            continue
        try:
            shown[name] = show(known.get(name, Field(name, name)), value)
        except (ValueError, TypeError, AttributeError):
            shown[name] = str(value)  # raw input the form check will refuse is still read
        if isinstance(value, list) and name not in known:
            shown[name] = "；".join(map(str, value))
    return shown


def _texts(
    shown: Mapping[str, str], fields: Mapping[str, Any], *, title: str, body: str, script: str
) -> Iterator[tuple[str, str, str]]:
    """Yield (where, label, text) of everything a customer reads as words."""
    yield "title", "", title
    for name, text in shown.items():
        # An int is a kept amount, rate or count; what people typed is words until checked.
        if not isinstance(fields[name], int):
            yield f"fields.{name}", name, text
    yield "body", "", body
    yield "script", "", script


def _worded(asked: Book, numbers: frozenset[int], part: Part, wording: Wording) -> Iterator[Hit]:
    """Yield what patterns and frames find; of places of one rule that overlap, the first."""
    for place in places(asked, numbers, part, wording):
        hit = _hit(asked.rules[place.number], part, place.start, place.end, wording=wording)
        if place.is_doubtful:
            yield _in_doubt(hit, _TOLD)
        else:
            yield _in_doubt(hit, _ABROAD) if place.is_abroad else hit


def _as_written(
    asked: Book, numbers: frozenset[int], wording: Wording, worded: list[Hit]
) -> list[Hit]:
    """Return what a bank's own words with letters or digits find in texts as they are written."""
    own = asked.as_written & numbers
    told = {(hit.rule, hit.field) for hit in worded}
    again = [part.as_written() for part in wording.parts] if own else []
    found = [hit for part in again if part for hit in _worded(asked, own, part, wording)]
    return [hit for hit in found if (hit.rule, hit.field) not in told]


def _over_breaks(
    asked: Book, numbers: frozenset[int], wording: Wording, found: list[Hit]
) -> list[Hit]:
    """Return what rules find in sentences that are broken into short lines."""
    read = [one for part in wording.parts for one in readings(part)]
    across: list[Hit] = []
    for reading in read:
        parted = replace(wording, parts=[reading.part])
        seen = [hit for hit in _counted(asked, numbers, parted) if hit.field == reading.part.name]
        for hit in (*_worded(asked, numbers, reading.part, wording), *seen):
            is_new = not any(_is_met(hit, one) for one in (*found, *across))
            if is_new and (over := reading.over(hit.start, hit.end)):
                hit = replace(hit, fix=None)  # only a person can set the lines anew
                is_sure = hit.severity != "block" or all(one.is_short for one in over)
                across.append(hit if is_sure else _in_doubt(hit, _BROKEN))
    return across


def _beside(asked: Book, body: str) -> list[Part]:
    """Return the descriptions of a body's pictures and links (`alt`), none without any.

    They are no part of the item's own words: what they deny or disclose lifts nothing there.
    """
    said = spoken(body)
    return [Part("alt", "", said.text, asked.guard, seen=said)] if said.text else []


def _beside_text(asked: Book, numbers: frozenset[int], part: Part, wording: Wording) -> list[Hit]:
    """Return what rules find in such descriptions."""
    seen = _counted(asked, numbers, replace(wording, parts=[part]))
    hits = [hit for hit in seen if hit.field == part.name]
    return [*hits, *_worded(asked, numbers, part, wording)]


def _counted(asked: Book, numbers: frozenset[int], wording: Wording) -> Iterator[Hit]:
    """Yield what finders see of numbers that stand in one piece of a text."""
    for number in numbers:
        rule = asked.rules[number]
        if rule.matcher in lint_structure.IN_ONE_PIECE and rule.is_at_home(wording.topic):
            yield from _found(rule, wording)


def _is_met(hit: Hit, other: Hit) -> bool:
    is_same = hit.rule == other.rule and hit.field == other.field
    return is_same and hit.start < other.end and other.start < hit.end


def _in_doubt(hit: Hit, why: str) -> Hit:
    """Return a finding that a person decides on."""
    return replace(hit, severity="review", advice=f"{why}{hit.advice}", fix=None)


def _answered(
    asked: Book, numbers: frozenset[int], wording: Wording, worded: list[Hit]
) -> Iterator[Hit]:
    """Yield what questions say together with their short answers, where no word alone says it."""
    told = [(part, claim) for part in wording.parts for claim in claims(part.text)]
    told += _paired(wording)
    if not told:
        return
    said = _broken(asked, numbers, [claim.said for _, claim in told], wording)
    # What a claim would have said the other way matters only where it breaks a rule.
    told = [one for one in told if one[1].said in said]
    opposite = _broken(asked, numbers, [claim.opposite for _, claim in told], wording)
    taken = [(hit.rule, hit.field, hit.start, hit.end) for hit in worded]
    for part, claim in told:
        low, high = part.folded.span(claim.start, claim.end)
        # 不看征信能贷吗？不能: the words stand in both answers, so this one does not say them.
        for number in sorted(said[claim.said] - opposite.get(claim.opposite, set())):
            rule = asked.rules[number]
            is_taken = any(
                name == rule.id and field == part.name and start < high and low < end
                for name, field, start, end in taken
            )
            if not is_taken and not is_lifted_throughout(rule, part, wording):
                hit = _hit(rule, part, claim.start, claim.end, wording=wording)
                yield replace(hit, fix=None)  # only a person can answer otherwise


def _paired(wording: Wording) -> list[tuple[Part, Claim]]:
    """Return what the question of an FAQ (or its title) says with the start of its answer."""
    if wording.kind != "faq":
        return []
    question = wording.part("fields.question").text or wording.part("title").text
    answers = [part for name in ("fields.answer", "body") if (part := wording.part(name)).text]
    return [(part, claim) for part in answers[:1] for claim in answered(question, part.text)]


def _broken(
    asked: Book, numbers: frozenset[int], said: list[str], wording: Wording
) -> dict[str, set[int]]:
    """Return each statement that breaks rules -> the numbers of these."""
    lines = [one for one in dict.fromkeys(said) if one]
    if not lines:
        return {}
    # Two line ends keep a statement out of its neighbour's sentence.
    text = "\n\n".join(lines)
    part = Part("said", "", text, asked.guard, read=plain(text))
    ends = list(accumulate(len(one) + 2 for one in lines))
    broken: dict[str, set[int]] = {}
    for place in places(asked, numbers, part, wording):
        if place.is_sure:
            broken.setdefault(lines[bisect_right(ends, place.start)], set()).add(place.number)
    return broken


def _structural(asked: Book, numbers: frozenset[int], wording: Wording) -> Iterator[Hit]:
    """Yield what no single match shows: missing fields, and what the named finders see."""
    for number in sorted(numbers):
        rule = asked.rules[number]
        if not rule.is_at_home(wording.topic):
            continue
        if rule.matcher:
            yield from _found(rule, wording)
        if rule.needs and _is_asked(rule, wording):
            for name in rule.needs:
                if name not in wording.shown:
                    yield _missing(rule, name, wording)


def _is_asked(rule: Rule, wording: Wording) -> bool:
    if rule.when_field and _is_filled(rule.when_field, wording):
        return True
    if rule.pattern is None:
        return not rule.when_field
    return rule.pattern.is_in(wording.item)


def _is_filled(name: str, wording: Wording) -> bool:
    """Return whether a field is filled, or a column of a table in any of its rows."""
    table, _, column = name.partition(".")
    return bool(wording.column(table, column)) if column else name in wording.shown


def _missing(rule: Rule, name: str, wording: Wording) -> Hit:
    where, advice = f"fields.{name}", rule.advice
    if len(rule.needs) > 1:
        # The rule's own advice lists all that it needs; this finding is of one that is missing.
        labels = {spec.name: spec.label for spec in fields_of(wording.kind, wording.topic)}
        advice = f"“{labels.get(name, name)}”还没有填：{rule.advice}"
    return Hit(
        rule=rule.id,
        severity=rule.severity,
        where=where,
        text="",
        advice=advice,
        source=rule.source,
        name=rule.name,
        field=where,
        start=0,
        end=0,
        fix={"action": "fill", "field": where, "text": rule.fix["fill"]}
        if "fill" in rule.fix
        else None,
    )


def _found(rule: Rule, wording: Wording) -> Iterator[Hit]:
    if rule.matcher in lint_structure.SEERS:
        for part, low, high in lint_structure.SEERS[rule.matcher](wording):
            yield _hit_at(rule, part, low, high, wording=wording)
        return
    for part, start, end in lint_structure.FINDERS[rule.matcher](wording):
        yield _hit(rule, part, start, end, wording=wording)


def _hit(rule: Rule, part: Part, start: int, end: int, *, wording: Wording) -> Hit:
    found = _hit_at(rule, part, *part.folded.span(start, end), wording=wording)
    # By the words as they are read: in disguise they would name no advice.
    return replace(found, advice=rule.advice_on(part.text[start:end])) if rule.advices else found


def _hit_at(rule: Rule, part: Part, low: int, high: int, *, wording: Wording) -> Hit:
    """Return the finding at a place of the author's own text."""
    text = part.original[low:high]
    return Hit(
        rule=rule.id,
        severity=rule.severity,
        where=f"{part.name}:{low}",
        text=text,
        advice=rule.advice,
        source=rule.source,
        name=rule.name,
        field=part.name,
        start=low,
        end=high,
        fix=fix_of(
            rule.fix, part.name, text, start=low, end=high, shown=wording.shown, whole=part.original
        ),
    )
