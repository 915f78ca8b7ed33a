"""Idea: the figures on a poster against the product it shows: no other rate, term or amount.

A rule reads one text (FACT-01, wording.py); an eye also reads 年利率 in small letters over 2.6% in
large ones, and a lone 2.6%. Each refusal names both figures.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from contenthub.library import itemfields
from contenthub.library.factsaid import contradictions
from contenthub.library.folding import fold
from contenthub.library.kinds import field
from contenthub.posters import adjoining
from contenthub.posters.layers import DisclosureLayer, TextLayer, filled, walk
from contenthub.posters.template import Template

RULE = "FACT-01"
WIDE_RATIO = 8.0
"""A figure is set in letters many times as large as what names it."""
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
_ALL = 100.0
"""100% says "wholly", of anything; it is no rate."""
_RATES = ("rate", "annual_rate", "annual_rate_max", "benchmark", "comprehensive_cost_rate")
_MORE_RATES = ("instalment_rate", "revolving_rate", "rate_table")
_AMOUNTS = ("minimum_fen", "purchase_minimum_fen", "amount_max_fen")
_OF_WHAT = (
    (re.compile(r"%|％|个点|百分之"), (*_RATES, *_MORE_RATES)),
    (re.compile(r"[rR][1-5]|风险|型|[cC][1-5]"), ("risk_level",)),
    (re.compile(r"(?<!万)(?:年|月)"), ("term",)),
)
_PUT_IN = "，利率可以用变量 {{ item.rate }} 写"


def untrue(
    template: Template,
    *,
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    said: Sequence[str],
    values: Mapping[str, str],
) -> dict[str, str]:
    """Return field → fix of figures that are not those of the product; other kinds have none.

    `said` is all that the approved content says, `values` the variables' (values.py).
    """
    if kind != "product":
        return {}
    shown = dict(values)
    wrong: dict[str, str] = {}
    for phrase in adjoining.phrases(template.layers, ratio=WIDE_RATIO):
        pieces = [f"{filled(layer.words, shown)} " for layer in phrase.layers]
        for low, high in _contradicting("".join(pieces), fields):
            if adjoining.crosses(low, high, pieces):
                called = "和".join(layer.called for layer in phrase.layers)
                text = "".join(pieces)[low:high]
                at = f"{phrase.paths[-1]}.text"
                wrong.setdefault(at, f"{called}连着读成“{text}”，{fix(text, kind, topic, fields)}")
    known = _known_rates(fields, said)
    for path, layer in walk(template.layers):
        if known and isinstance(layer, TextLayer | DisclosureLayer):
            for text in _strange_rates(filled(layer.words, shown), known):
                told = f"{layer.called}里的“{text}”，{fix(text, kind, topic, fields)}"
                wrong.setdefault(f"{path}.text", told)
    return wrong


def fix(text: str, kind: str, topic: str, fields: Mapping[str, Any]) -> str:
    """Return what the content says instead of a figure, and how to make both agree."""
    names = next((names for about, names in _OF_WHAT if about.search(text)), _AMOUNTS)
    own = "、".join(_facts(names, kind, topic, fields))
    differs = f"与内容不一致，内容里是{own}" if own else "在内容里没有"
    is_variable = "%" in text and (fields.get("rate") or fields.get("annual_rate"))
    put_in = _PUT_IN if is_variable else ""
    return f"{differs}：请改成与内容一致{put_in}；内容写错了就先改内容并通过审核"


def _facts(names: Sequence[str], kind: str, topic: str, fields: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        if fields.get(name) not in (None, "", []):
            declared = field(kind, topic, name)
            told = " ".join(itemfields.show(declared, fields[name]).split())
            yield f"{declared.label} {told}"


def _contradicting(text: str, fields: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the places in a text, as it is written, of what a product's fields contradict."""
    folded = fold(text)
    for start, end in contradictions(folded.text, fields):
        yield folded.span(start, end)


def _known_rates(fields: Mapping[str, Any], said: Sequence[str]) -> set[float]:
    """Return the percentages that a product's poster may say; nothing where it has no rate."""
    if not any(fields.get(name) for name in (*_RATES, *_MORE_RATES)):
        return set()
    return {_ALL, *(float(one) for part in said for one in _PERCENT.findall(fold(part).text))}


def _strange_rates(text: str, known: Set[float]) -> Iterator[str]:
    """Yield percentages that a product with a rate says nowhere in its content."""
    for found in _PERCENT.finditer(fold(text).text):
        if float(found[1]) not in known:
            yield found[0]
