"""A product's text says no other rate, term, amount, fee, day or age than the product's fields."""

import pytest
from tests.library.ownfacts import BAD, DOUBTFUL, HONEST, PRODUCTS, cases

from contenthub.library import kinds
from contenthub.library.lint import lint

NAMES = {"summary": "summary", "points": "selling_points"}


def found(product: str, text: str) -> dict[str, list[str]]:
    """Return rule -> the words it finds in a text that stands in a product."""
    topic, raw = PRODUCTS[product]
    where, _, words = text.partition(": ")
    words = words.replace("\\n", "\n")
    rows = raw.get("rate_table")
    fields = kinds.as_kept("product", topic, {k: v for k, v in raw.items() if k != "rate_table"})
    fields |= {"rate_table": rows} if rows else {}
    if where in NAMES:
        fields |= {NAMES[where]: [words] if where == "points" else words}
    hits = lint(
        "product",
        topic,
        fields,
        words if where == "body" else "",
        title=words if where == "title" else "",
        script=words if where == "script" else "",
    )
    told: dict[str, list[str]] = {"FACT-01": [], "FACT-02": []}
    for hit in hits:
        told.setdefault(hit.rule, []).append(hit.text)
    return told


@pytest.mark.parametrize(("product", "text"), cases(BAD))
def test_what_the_fields_contradict_is_stopped(product: str, text: str) -> None:
    assert found(product, text)["FACT-01"]


@pytest.mark.parametrize(("product", "text"), cases(DOUBTFUL))
def test_what_may_be_of_another_product_is_weighed_by_a_person(product: str, text: str) -> None:
    told = found(product, text)
    assert told["FACT-02"]
    assert not told["FACT-01"]


@pytest.mark.parametrize(("product", "text"), cases(HONEST))
def test_what_is_true_or_of_something_else_is_let_through(product: str, text: str) -> None:
    assert not found(product, text)["FACT-01"]
