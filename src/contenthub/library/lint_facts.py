"""Idea: the finders that hold a text's figures against fields: its own, or of its product."""

import re
from collections.abc import Iterator

from contenthub.library import slots
from contenthub.library.eventslots import event_slots
from contenthub.library.factsaid import contradictions, unsuited
from contenthub.library.kinds import field, show
from contenthub.library.lint_parts import Part, ProductFacts, Wording
from contenthub.library.ownfigures import NEXT_CLAUSE, Said, differing, is_example
from contenthub.library.ownparts import other_parts
from contenthub.library.productslots import product_slots
from contenthub.library.sentences import behind_last
from contenthub.library.setapart import standing
from contenthub.library.wordsaid import other_words
from contenthub.library.workedsums import miscounted

Found = Iterator[tuple[Part, int, int]]
_RATE = re.compile(
    r"(?:年化利率|年利率|执行利率|利率|业绩比较基准)[^。!?;,\n\d]{0,8}(\d+(?:\.\d+)?)%"
)
_RISK = re.compile(r"(?<![a-z])r([1-5])(?!\d)")
_RATES = ("rate", "annual_rate", "annual_rate_max", "comprehensive_cost_rate", "instalment_rate")
_TOLD = frozenset({"title", "body", "script", "fields.summary", "fields.selling_points"})
"""What an item says of itself in sentences; its other fields are the facts themselves."""
_OTHER_SORTS = {
    "deposit": re.compile(r"理财|基金|国债|贷款|保险(?!条例|保障)"),
    "loan": re.compile(r"理财|基金|存款利率|信用卡|网贷|民间借贷"),
    "wealth": re.compile(r"存款(?:利率)?|定期|存单|国债|活期|基金"),
    "fund": re.compile(r"存款|定期(?!定额|开放)|存单|国债|活期|理财"),
    "insurance": re.compile(r"存款|定期(?!寿)|存单|国债|理财"),
}
"""Words that make a figure behind them one of another sort of product."""
_EVENTS = frozenset({"right", "activity"})


def product_facts(wording: Wording) -> Found:
    """Yield facts that differ from the approved product, or from the product's own (FACT-01)."""
    if wording.product is not None:
        yield from _other_facts(wording, wording.product)
    elif wording.kind == "product":
        yield from _own_facts(wording, is_sure=True)
        for part in wording.parts:
            if part.name == "fields.for_whom":
                for start, end in unsuited(part.text, str(wording.fields.get("risk_level") or "")):
                    yield part, start, end


def facts_in_doubt(wording: Wording) -> Found:
    """Yield figures in a product's sentences that may be of another one (FACT-02)."""
    if wording.product is None and wording.kind == "product":
        yield from _own_facts(wording, is_sure=False)


def event_facts(wording: Wording) -> Found:
    """Yield what a right or an activity says other than its own fields (FACT-03)."""
    if wording.kind in _EVENTS:
        yield from _own_facts(wording, is_sure=True)


def _own_facts(wording: Wording, *, is_sure: bool) -> Found:
    """Yield the places where texts and the item's fields differ, surely or perhaps."""
    for part in wording.parts:
        if part.name not in _TOLD:
            continue
        if part.differing is None:
            read = _of_product if wording.kind == "product" else _of_event
            part.differing = list(_apart(read(part, wording)))
        yield from ((part, start, end) for start, end, sure in part.differing if sure == is_sure)


def _of_product(part: Part, wording: Wording) -> Iterator[Said]:
    is_title = part.name == "title"
    text, fields, topic = part.text, wording.fields, wording.topic
    said = list(differing(text, fields, topic, is_title=is_title))
    doubtful = [one for one in said if not one.is_sure]
    for start, end in contradictions(text, fields):
        # 也有三年期可选，利率2.35%: the rate goes with the term before it.
        is_apart = any(one.start < end and start <= one.end + NEXT_CLAUSE for one in doubtful)
        said.insert(0, Said(start, end, not (is_apart or is_example(text, start))))
    for one in said:
        told = standing(text, one.start, one.end)
        if told not in ("past", "breach"):
            is_own = told == "own" and not _is_other_sort(text, one.start, topic)
            yield Said(one.start, one.end, one.is_sure and is_own)
    subject = "" if is_title else wording.part("title").text
    for place in slots.differing(text, product_slots(fields, topic), subject=subject):
        yield Said(*place)
    for start, end in other_parts(text, fields, "product"):
        yield Said(start, end, is_sure=True)
    for start, end in (*miscounted(text, fields, topic), *other_words(text, fields, topic)):
        yield Said(start, end, is_sure=False)


def _is_other_sort(text: str, at: int, topic: str) -> bool:
    """Return whether the clause names another sort of product before a place."""
    words = _OTHER_SORTS.get(topic)
    low = behind_last(text, ",。;!?\n", max(0, at - 40), at)
    return words is not None and words.search(text, low, at) is not None


def _of_event(part: Part, wording: Wording) -> Iterator[Said]:
    for place in slots.differing(part.text, event_slots(wording.fields, wording.kind)):
        yield Said(*place)
    for start, end in other_parts(part.text, wording.fields, wording.kind):
        yield Said(start, end, is_sure=True)


def _apart(said: Iterator[Said]) -> Iterator[Said]:
    """Yield the places that do not overlap, those that are sure before others."""
    taken: list[tuple[int, int]] = []
    for one in sorted(said, key=lambda one: not one.is_sure):
        if not any(low < one.end and one.start < high for low, high in taken):
            taken.append((one.start, one.end))
            yield one


def _other_facts(wording: Wording, product: ProductFacts) -> Found:
    rates = _rates_of(product)
    level = str(product.fields.get("risk_level", "")).lower()
    for part in wording.parts:
        for match in _RATE.finditer(part.text) if rates else ():
            if float(match[1]) not in rates:
                yield part, match.start(), match.end()
        for match in _RISK.finditer(part.text) if level else ():
            if match[0] != level and not re.search(
                r"c[1-5]|r[1-5][至到\-]", part.text[match.start() - 4 : match.end() + 4]
            ):
                yield part, match.start(), match.end()
    for name in ("issuer", "risk_level"):
        ours, theirs = wording.shown.get(name), product.fields.get(name)
        if ours and theirs and ours != show(field("product", product.topic, name), theirs):
            part = wording.part(f"fields.{name}")
            yield part, 0, len(part.text)


def _rates_of(product: ProductFacts) -> set[float]:
    rates = {
        int(value) / 100 for name in _RATES if isinstance(value := product.fields.get(name), int)
    }
    benchmark = str(product.fields.get("benchmark", ""))
    return rates | {float(number) for number in re.findall(r"(\d+(?:\.\d+)?)\s?%", benchmark)}
