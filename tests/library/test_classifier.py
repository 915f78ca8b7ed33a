"""What the shipped classifier has learnt, and that it reads each sentence by itself."""

from pathlib import Path

import numpy as np
import pytest
from tests.library.test_lint import read_corpus

from contenthub.library.classifier import classifier, features
from contenthub.library.lint_parts import Part
from contenthub.library.rules import book, pack

WORDINGS = {rule.id for rule in pack().rules if rule.is_wording}


def corpus() -> dict[str, list[tuple[str, str]]]:
    """Return topic -> (folded sentence, label) of every line that the classifier learns from."""
    guard = book().guard
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(Path(__file__).with_name("corpus").glob("*.tsv")):
        for line in read_corpus(path.stem):
            if not line.is_obfuscated and line.label in {"ok", *WORDINGS}:
                text = Part("body", "", line.text, guard).text.strip()
                found.setdefault(line.topic, []).append((text, line.label))
    return found


def test_it_has_learnt_the_corpus_as_it_stands() -> None:
    right, count = 0, 0
    for topic, rows in corpus().items():
        margins = classifier().margins([text for text, _ in rows], topic)
        right += sum(
            (margin > 0) == (label != "ok")
            for margin, (_, label) in zip(margins, rows, strict=True)
        )
        count += len(rows)
    assert count > 10_000
    assert right > 0.98 * count, "teach it anew: python scripts/train_classifier.py"


def test_a_sentence_is_read_alike_alone_and_among_others() -> None:
    said = ["这款理财稳稳当当不会亏。", "存", "利率以合同为准。"]
    alone = [classifier().margins([one], "wealth")[0] for one in said]
    assert classifier().margins(said, "wealth") == pytest.approx(alone, abs=1e-5)


def test_the_business_makes_a_difference() -> None:
    said = ["五十万元以内本息都有保障。"]
    reader = classifier()
    assert reader.margins(said, "deposit")[0] < reader.margins(said, "wealth")[0]


def test_nothing_and_unknown_words_are_read_without_complaint() -> None:
    assert classifier().margins([], "loan") == []
    assert all(np.isfinite(classifier().margins(["", "㵘", "𠮷" * 3, "a" * 5000], "loan")))
    assert classifier().margins(["很好"], "没有这个业务")


def test_the_nearest_example_is_of_an_asked_rule() -> None:
    reader = classifier()
    said = "征信花了也不要紧，照样能批。"
    near = reader.nearest(said, "loan", frozenset(WORDINGS))
    assert near is not None
    assert near[0] == "LOAN-04"
    only = reader.nearest(said, "loan", frozenset({"LOAN-06"}))
    assert only is not None
    assert only[0] == "LOAN-06"
    assert reader.nearest(said, "loan", frozenset()) is None


def test_examples_break_rules_of_the_pack_that_forbid_wordings() -> None:
    assert set(classifier().labels) <= WORDINGS
    assert len(classifier().examples) == len(classifier().labels) > 3_000


def test_features_stay_inside_of_their_sentence() -> None:
    places, owners = features(["存款", "贷款"], "loan")
    apart = [set(features([one], "loan")[0]) for one in ("存款", "贷款")]
    for number in (0, 1):
        assert set(places[owners == number]) == apart[number]
