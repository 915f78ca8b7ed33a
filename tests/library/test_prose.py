"""Every place where customers read sentences is read by both readers, and to one verdict."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from tests.library.test_lint import read_corpus

from contenthub.library import lint_wholes
from contenthub.library.classifier import classifier
from contenthub.library.fieldtypes import Field, FieldType
from contenthub.library.kinds import KINDS, fields_of
from contenthub.library.lint import Hit, lint
from contenthub.tenants.topics import TOPICS

PITCH = "撞了南墙的人也能从我这儿借出来。"
"""No phrase knows it; the reader of whole sentences is told to (`told`)."""
WORDED: tuple[FieldType, ...] = ("text", "longtext", "message", "rich", "list", "table")
SAID_BY_NUMBERS: tuple[FieldType, ...] = (
    "rate_bp",
    "odds_ppm",
    "money_fen",
    "date",
    "datetime",
    "int",
    "choice",
    "asset",
    "item",
)
NAMES = set(
    "issuer seller custodian registration_code spec merchant merchant_address source place region"
    " organiser co_organiser author_name segment_rules.segment agenda.time agenda.who prizes.prize"
    " comprehensive_cost.item comprehensive_cost.payee fee_table.item rate_table.term".split()
)
"""What is declared to be a name: anything else that is written in words is read whole."""
PLACES = {
    "title": ("article", "title"),
    "summary": ("article", "fields.summary"),
    "text": ("script", "fields.text"),
    "one": ("product", "fields.summary"),
    "own": ("article", "fields.温馨提示"),
    "message": ("script", "script"),
}


def said(kind: str, topic: str, name: str, text: str) -> list[Hit]:
    """Return what is found in the words of a text at a place of an item."""
    place = name.removeprefix("fields.")
    fields: dict[str, Any] = {place: text} if name != place else {}
    title, script, body = (text if name == one else "" for one in ("title", "script", "body"))
    hits = lint(kind, topic, fields, body, title=title, script=script)
    return [hit for hit in hits if hit.text]


def verdict(hits: list[Hit]) -> set[tuple[str, str]]:
    """Return each rule that found something, with what it does."""
    return {(hit.rule, hit.severity) for hit in hits if hit.rule != "TOPIC-01"}


def prose() -> Iterator[tuple[str, str, Field]]:
    """Yield (kind, topic, field) of every field that is declared in words, once each."""
    seen = set()
    for kind in KINDS:
        for topic in TOPICS:
            for spec in fields_of(kind, topic):
                if spec.type in WORDED and (kind, spec) not in seen:
                    seen.add((kind, spec))
                    yield kind, topic, spec


def written(spec: Field) -> Any:
    """Return the pitch as a value of a field; in a table in each of its columns of prose."""
    if spec.type == "list":
        return [PITCH]
    if spec.type == "table":
        return [{cell.name: PITCH if cell.is_prose else "一" for cell in spec.cells}]
    return f"<p>{PITCH}</p>" if spec.type == "rich" else PITCH


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reader of whole sentences take every sentence with the pitch's words for one."""
    real = classifier()

    class Told:
        nearest = staticmethod(real.nearest)

        def margins(self, sentences: list[str], topic: str) -> list[float]:
            return [0.9 if "撞了南墙" in one else -1.0 for one in sentences]

    monkeypatch.setattr(lint_wholes, "classifier", lambda: Told())


def test_every_type_of_field_is_in_words_or_in_numbers() -> None:
    assert {*WORDED, *SAID_BY_NUMBERS} == set(get_args(FieldType))


@pytest.mark.parametrize(
    ("kind", "topic", "spec"),
    [pytest.param(*one, id=f"{one[0]}.{one[2].name}.{one[1]}") for one in prose()],
)
@pytest.mark.usefixtures("told")
def test_a_pitch_that_no_phrase_knows_stops_in_every_field_of_every_kind(
    kind: str, topic: str, spec: Field
) -> None:
    fields = {"answer": "欢迎您到网点来问。", spec.name: written(spec)}  # an FAQ has one
    hits = lint(kind, topic, fields, "")
    like = [hit for hit in hits if "一类的话" in hit.advice and "撞了南墙" in hit.text]
    if spec.name == "question":  # is read with its answer, and mended there
        like = [hit for hit in hits if "一类的话" in hit.advice and hit.field == "fields.answer"]
    cells = {f"{spec.name}.{cell.name}": cell for cell in spec.cells} or {spec.name: spec}
    is_silent = spec.place == "off" or all(
        name in NAMES or cell.check or cell.choices or cell.type not in WORDED
        for name, cell in cells.items()
    )
    if is_silent:
        assert like == []
    else:
        assert [hit.severity for hit in like] == ["block"], hits


@pytest.mark.parametrize("place", list(PLACES))
def test_a_sentence_gets_one_verdict_wherever_customers_read_it(place: str) -> None:
    kind, name = PLACES[place]
    lines = read_corpus("stranger8")[::3]
    differing = [
        (line.text, verdict(found), verdict(wanted))
        for line in lines
        if verdict(found := said(kind, line.topic, name, line.text))
        != verdict(wanted := said("article", line.topic, "body", line.text))
    ]
    assert differing == []


def test_scripts_keep_the_bars_of_the_corpus() -> None:
    lines = read_corpus("stranger8")
    good = [line for line in lines if line.label == "ok"]
    stopped = [
        line.text
        for line in good
        if any(h.severity == "block" for h in said("script", line.topic, "fields.text", line.text))
    ]
    assert len(stopped) <= 0.02 * len(good), stopped
