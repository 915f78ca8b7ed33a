"""Teach the classifier of marketing sentences anew, or measure it on files it has not read.

python scripts/train_classifier.py            writes src/contenthub/library/classifier.npz
python scripts/train_classifier.py --unseen   prints, for each file of the corpus, what a classifier
                                              that never read it finds in it
Needs scikit-learn (pip install -e '.[train]').
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from contenthub.kits.starterkit import parts
from contenthub.library.classifier import BITS, Classifier, features, unpacked
from contenthub.library.kinds import as_kept
from contenthub.library.lint import wording_of
from contenthub.library.lint_parts import Part
from contenthub.library.lint_wholes import MAYBE, SURE, read_wholes
from contenthub.library.rules import book, pack
from contenthub.library.sentences import wholes
from contenthub.library.starter_items import starter_items

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "library" / "corpus"
KEPT = ROOT / "src" / "contenthub" / "library" / "classifier.npz"
WORDINGS = {rule.id for rule in pack().rules if rule.is_wording}
ON = date(2026, 11, 27)
SOFTNESS = 1.0
"""The SVM's C; between 0.5 and 2 the unseen figures differ by less than their noise."""
STEPS = 256
"""Weights are kept in steps of one 256th: a smaller file; margins move by less than 0.01."""
SEEN_IN = 2
"""A feature counts from its second sentence on."""


class Line(NamedTuple):
    """A labelled sentence: which file it stands in, its topic, folded text and rule (or ok)."""

    file: str
    topic: str
    text: str
    rule: str


def lines() -> list[Line]:
    """Return the corpus without sentences on which words alone decide, and what ships approved."""
    guard = book().guard
    found: dict[tuple[str, str], Line] = {(one.topic, one.text): one for one in shipped()}
    for path in sorted(CORPUS.glob("*.tsv")):
        for row in path.read_text("utf-8").splitlines():
            _, topic, words, rule, _ = row.split("\t")
            text = Part("body", "", words, guard).text.strip()
            if rule == "ok" or rule in WORDINGS:
                found.setdefault((topic, text), Line(path.stem, topic, text, rule))
    for one in told_of_items():
        found.setdefault((one.topic, one.text), one)
    return list(found.values())


def told_of_items() -> Iterator[Line]:
    """Yield the sentences of the items with figures: where a figure is wrong, no wording is."""
    for path in sorted(CORPUS.glob("facts*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            kind, topic = row.get("kind", "product"), row["topic"]
            kept = as_kept(kind, topic, row["fields"])
            for one in honest(kind, topic, row["title"], kept, row["body"], ""):
                yield one._replace(file=path.stem)


def shipped() -> Iterator[Line]:
    """Yield the sentences of the starter kit and of the demo banks' items, all lawful."""
    for part in parts(on=ON):
        yield from honest(part.kind, part.topic, part.title, part.fields, part.body, "")
    for number in (1, 2):
        for one in starter_items(number, on=ON):
            texts = (one["title"], one["fields"], one["body"], one["script"])
            yield from honest(one["kind"], one["topic"], *texts)


def honest(
    kind: str, topic: str, title: str, fields: Mapping[str, Any], body: str, script: str
) -> Iterator[Line]:
    """Yield an item's sentences."""
    for one in read_wholes(wording_of(kind, topic, fields, body, title=title, script=script)):
        yield Line("shipped", topic, one.text, "ok")


def pieces(line: Line) -> Iterator[str]:
    """Yield what the classifier is shown of a line: all of it, of honest ones each sentence."""
    yield line.text
    spans = list(wholes(line.text))
    if line.rule == "ok" and len(spans) > 1:
        yield from (line.text[low:high].strip() for low, high in spans)


def taught_by(read: Sequence[Line]) -> Mapping[str, np.ndarray]:
    """Return what is learnt from these lines, as the arrays that are kept."""
    taught = [(one, piece) for one in read for piece in pieces(one)]
    found = [features([piece], one.topic)[0] for one, piece in taught]
    counts = np.zeros(1 << BITS, np.int64)
    for one in found:
        counts[np.unique(one)] += 1
    rarity = np.where(counts >= SEEN_IN, np.log((1 + len(found)) / (1 + counts)) + 1, 0.0)
    used = np.flatnonzero(rarity)
    columns = np.full(1 << BITS, -1)
    columns[used] = np.arange(len(used))
    kept = [one[rarity[one] > 0] for one in found]
    ends = np.cumsum([0, *(len(one) for one in kept)])
    data = np.concatenate([rarity[one] / np.sqrt((rarity[one] ** 2).sum() or 1) for one in kept])
    matrix = csr_matrix((data, columns[np.concatenate(kept)], ends), (len(kept), len(used)))
    matrix.sum_duplicates()
    machine = LinearSVC(C=SOFTNESS, class_weight="balanced", random_state=0, max_iter=20_000)
    machine.fit(matrix, [one.rule != "ok" for one, _ in taught])
    bad = [one for one in read if one.rule != "ok"]
    told = "\n".join(f"{one.topic}\t{one.rule}\t{' '.join(one.text.split())}" for one in bad)
    return {
        "places": used.astype(np.uint32),
        "rarity": rarity[used].astype(np.float16),
        "weights": (np.round(machine.coef_[0] * STEPS) / STEPS).astype(np.float16),
        "bias": np.array(machine.intercept_[0], np.float32),
        "examples": np.frombuffer(told.encode(), np.uint8),
    }


def write() -> None:
    """Write the classifier of the whole corpus, the same bytes for the same arrays."""
    arrays = taught_by(lines())
    with zipfile.ZipFile(KEPT, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in arrays.items():
            kept = io.BytesIO()
            np.lib.format.write_array(kept, array, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), kept.getvalue(), zipfile.ZIP_DEFLATED)
    print(f"{KEPT.relative_to(ROOT)}: {KEPT.stat().st_size:,} bytes")


def best(one: Line, by: Classifier) -> float:
    """Return the highest margin of a line's sentences."""
    texts = [one.text[low:high].strip() for low, high in wholes(one.text)]
    return max(by.margins(texts or [one.text], one.topic))


def main() -> None:
    """Teach, or measure."""
    if "--unseen" not in sys.argv:
        write()
        return
    read = lines()
    asked = [one for one in sys.argv[1:] if one != "--unseen"]
    for file in asked or sorted({one.file for one in read}):
        by = unpacked(taught_by([one for one in read if one.file != file]))
        margins = [(one.rule != "ok", best(one, by)) for one in read if one.file == file]
        bad, good = ([m for is_bad, m in margins if is_bad is side] for side in (True, False))
        told = [f"{file}: {len(bad)} bad, {len(good)} good"]
        for name, bar in (("sure", SURE), ("maybe", MAYBE)):
            hit, false = sum(m >= bar for m in bad), sum(m >= bar for m in good)
            told.append(f"{name} {hit}/{len(bad)} and {false}/{len(good)}")
        print("; ".join(told), flush=True)


if __name__ == "__main__":
    main()
