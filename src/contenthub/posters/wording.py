"""Idea: what the words of a poster must and must not say, by the same rule pack as content.

One check for every template, shipped or written by hand: asked when it goes to review.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from contenthub.library import disclosing, offers
from contenthub.library.folding import fold_text
from contenthub.library.kinds import KINDS
from contenthub.library.lint import lint
from contenthub.library.lint_hits import Hit
from contenthub.library.lint_wholes import is_likeness, is_sentence
from contenthub.library.rules import Book, book
from contenthub.posters import adjoining, explained, facts
from contenthub.posters.held import Held
from contenthub.posters.layers import DisclosureLayer, TextLayer, filled, variables, walk
from contenthub.posters.marks import bare, marks
from contenthub.posters.sizes import SIZES
from contenthub.posters.template import NO_DISCLOSURE, Template


class Shown(TypedDict, total=False):
    """What a poster shows, as `faults` takes it.

    `fields` are those of the item it shows, `others` the topics that the item offers something
    of without being of them, `said` all that it says, `values` its variables' (values.py), `rules`
    the bank's.
    """

    title: Required[str]
    kind: Required[str]
    topic: Required[str]
    fields: Required[Mapping[str, Any]]
    others: Sequence[str]
    said: Sequence[str]
    values: Mapping[str, str]
    rules: Book | None


_NOTHING: Mapping[str, str] = MappingProxyType({})
WEIGHED = frozenset({"ABS-02", "SRC-01", "URG-01"})
"""Rules that leave to a person whether a claim can be proved: superlatives, ranks, haste."""
_WORDS_KEPT = 512
"""Texts of posters whose findings are kept: those of some twenty designs."""
_SIGNATURE = (("bank.name", "银行全称"), ("item.code", "内容编号和版本"))


def faults(template: Template, **shown: Unpack[Shown]) -> dict[str, str]:
    """Return field → fix: mandatory texts that are missing, forbidden words, other facts.

    What the poster's own words offer counts too.
    """
    kind, topic = shown["kind"], shown["topic"]
    others = (*shown.get("others", ()), *_offered(template, kind, topic))
    wrong = _lines_missing(template, disclosing.poster_lines(kind, topic, others=others))
    wrong |= _signature_missing(template) | mark_missing(template, kind)
    return forbidden(template, **shown) | wrong


def held_to(shown: Shown) -> Held:
    """Return what a poster's figures are held to."""
    return facts.own(
        kind=shown["kind"],
        topic=shown["topic"],
        fields=shown["fields"],
        said=shown.get("said", ()),
        values=shown.get("values", _NOTHING),
    )


def forbidden(template: Template, **shown: Unpack[Shown]) -> dict[str, str]:
    """Return field → fix of the texts that say what a rule forbids or the content does not say.

    Mandatory ones are among them. A text is read as it is written and as it is drawn: a variable
    may complete a forbidden word, as may the text beside it or below. What a rule leaves to a
    person passes where the content says the same: there a person has weighed it.
    """
    mine, title = held_to(shown), shown["title"]
    said = fold_text("\n".join((title, *shown.get("said", ()))))
    rules, fields = shown.get("rules") or book(), mine.fields
    ask = _Asked(_Content(rules, mine.kind, mine.topic, title, repr(fields), fields), mine, said)
    values = dict(shown.get("values", _NOTHING))
    wrong: dict[str, str] = {}
    for path, layer in walk(template.layers):
        if not isinstance(layer, TextLayer | DisclosureLayer):
            continue
        for words in dict.fromkeys((layer.words, filled(layer.words, values))):
            if hits := _stopping(ask, words):
                told = f"{layer.called}里的“{hits[0].text}”{_why(ask, hits[0])}"
                wrong.setdefault(f"{path}.text", told)
    for phrase in adjoining.phrases(template.layers):
        pieces = [filled(layer.words, values) for layer in phrase.layers]
        for hit in _stopping(ask, "".join(pieces)):
            is_said = adjoining.crosses(hit.start, hit.end, pieces)
            if is_said and not _is_of_labels(hit, pieces) and not _is_of_seal(hit, pieces, mine):
                called = "和".join(layer.called for layer in phrase.layers)
                told = f"{called}连着读成“{hit.text}”{_why(ask, hit)}"
                wrong.setdefault(f"{phrase.paths[-1]}.text", told)
    # Another figure is told first: what to write instead is known.
    return wrong | facts.untrue(template, mine, values)


def _is_of_labels(hit: Hit, pieces: Sequence[str]) -> bool:
    """Return whether names and labels that stand side by side only read like a forbidden sentence.

    They are none together either: what they are like may hang on the number in a product's name.
    """
    return is_likeness(hit) and not any(is_sentence(fold_text(piece)) for piece in pieces)


def _is_of_seal(hit: Hit, pieces: Sequence[str], mine: Held) -> bool:
    """Return whether a deposit's text and the mark of deposit insurance below only read as one."""
    is_marked = mine.topic == "deposit" and any(explained.is_seal(piece) for piece in pieces)
    return is_marked and is_likeness(hit)


@dataclass(frozen=True, slots=True)
class _Content:
    """What stands around a poster's words when rules read them."""

    rules: Book
    kind: str
    topic: str
    title: str
    told: str
    fields: Mapping[str, Any] = field(compare=False)


class _Asked(NamedTuple):
    content: _Content
    mine: Held
    said: str
    """All that the content says, folded."""


def _stopping(ask: _Asked, words: str) -> list[Hit]:
    """Return what a rule forbids in some words of a poster, wherever they stand.

    Nobody weighs a poster's words one by one: what is left to a person is forbidden too, unless
    it was weighed in the content.
    """
    hits = [
        hit
        for hit in _hits(ask.content, words)
        if (hit.severity == "block" or _is_unweighed(ask, hit))
        and not explained.is_explained(hit, words, ask.mine)
    ]
    plain = explained.without_slogan(words)
    if plain != words and any(hit.rule == explained.INSURED for hit in hits):
        still = {hit.rule for hit in _hits(ask.content, plain)}
        hits = [hit for hit in hits if hit.rule != explained.INSURED or hit.rule in still]
    return hits


@lru_cache(maxsize=_WORDS_KEPT)
def _hits(content: _Content, words: str) -> tuple[Hit, ...]:
    # Who writes a design changes one text at a time: the others stand as they were just read.
    hits = lint(
        content.kind,
        content.topic,
        content.fields,
        words,
        title=content.title,
        rules=content.rules,
    )
    return tuple(hit for hit in hits if hit.field == "body" and hit.text)


def _is_unweighed(ask: _Asked, hit: Hit) -> bool:
    return hit.rule in WEIGHED and fold_text(hit.text) not in ask.said


def _why(ask: _Asked, hit: Hit) -> str:
    if hit.rule == facts.RULE:
        return "，" + facts.fix(hit.text, ask.mine)
    also = "；确有依据的，先写进内容并通过审核" if hit.severity != "block" else ""
    return f"（{hit.name}）：{hit.advice}{also}"


def _offered(template: Template, kind: str, topic: str) -> tuple[str, ...]:
    """Return the topics that a poster's own words offer something of."""
    if not offers.is_asked(kind, topic):
        return ()
    texts = (layer.words for _, layer in walk(template.layers) if isinstance(layer, TextLayer))
    return offers.in_words(*texts)


def _lines_missing(template: Template, lines: Sequence[str]) -> dict[str, str]:
    said = [
        (path, layer) for path, layer in walk(template.layers) if isinstance(layer, DisclosureLayer)
    ]
    if not said:
        return {"layers": NO_DISCLOSURE}
    printed = "".join(layer.words for _, layer in said)
    missing = [line for line in lines if not prints(printed, line)]
    if not missing:
        return {}
    path, layer = said[0]
    return {f"{path}.text": f"{layer.called}缺少本类业务的法定提示，请写上：{'；'.join(missing)}"}


def _signature_missing(template: Template) -> dict[str, str]:
    """Return what is missing of whose poster it is and which wording it shows (5.1, all kinds)."""
    used = {
        name
        for _, layer in walk(template.layers)
        if isinstance(layer, TextLayer | DisclosureLayer)
        for name in variables(layer.words)
    }
    missing = [f"{{{{ {name} }}}}（{label}）" for name, label in _SIGNATURE if name not in used]
    if not missing:
        return {}
    return {"layers": f"海报要写明{'和'.join(missing)}，请加一个文字图层，写上这个变量"}


def mark_missing(template: Template, kind: str) -> dict[str, str]:
    """Return the lack of the word 广告 where a poster advertises (rule AD-01); a card names one."""
    if kind not in disclosing.ADVERTISED or is_card(template) or any(marks(template)):
        return {}
    what = KINDS[kind].label
    return {
        "layers": f"海报在推广{what}，要有一直看得见的“广告”标识（广告法第十四条）："
        "请点“添加”里的“广告标识”，放在角上"
    }


def is_card(template: Template) -> bool:
    """Return whether a design is a name card: it says who somebody is and sells nothing."""
    size = SIZES["card"]
    return (template.width_px, template.height_px) == (size.width_px, size.height_px)


def prints(text: str, line: str) -> bool:
    """Return whether a text says a mandatory line, whatever its spaces and marks."""
    return bare(line) in bare(text)
