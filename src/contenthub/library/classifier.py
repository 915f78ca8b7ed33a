"""Idea: a linear classifier that reads a sentence whole: is it like what banks may not say?

Phrases and frames know wordings; people find new ones. A linear model over the characters of a
sentence (runs of one to four, pairs with one left out; runs of two and three also with the
business) has learnt from the labelled corpus what forbidden and honest sentences look like.
Hashed, so that a text of 5,000 characters is read in a few array operations. What it has learnt
is data (classifier.npz), made by scripts/train_classifier.py; docs/decisions/0052.
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from contenthub.library.figuresigns import with_figures_alike

BITS = 20
"""Features are hashed into 2 ** BITS places."""
_LONGEST_RUN = 4
_WITH_TOPIC = (2, 3)
_K = np.uint64(0x9E3779B97F4A7C15)  # odd constants of multiplicative hashing (Knuth, TAOCP 6.4)
_J = np.uint64(0xC2B2AE3D27D4EB4F)
_L = np.uint64(0x165667B19E3779F9)
_SHIFT = np.uint64(64 - BITS)
_START, _END = "\x02", "\x03"
_NEIGHBOURS = 7
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def features(sentences: Sequence[str], topic: str) -> tuple[Ints, Ints]:
    """Return (place of each feature, number of its sentence) of folded sentences of one topic."""
    marked = [f"{_START}{with_figures_alike(one)}{_END}" for one in sentences]
    codes = np.frombuffer("".join(marked).encode("utf-32-le"), np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(marked)), [len(one) for one in marked])
    business = np.array([zlib.crc32(topic.encode())], np.uint64)
    found = [(np.repeat(business * _K >> _SHIFT, len(marked)), np.arange(len(marked)))]
    run = codes * _K
    for length in range(1, _LONGEST_RUN + 1):
        if length > 1:
            run = run[:-1] * _K ^ codes[length - 1 :] * _J
        whole = owner[: len(run)] == owner[length - 1 :]
        kept, owners = run[whole], owner[: len(run)][whole]
        found.append(((kept * _K + np.uint64(length)) * _K >> _SHIFT, owners))
        if length in _WITH_TOPIC:
            crossed = (kept ^ business * _L) * _K + np.uint64(10 + length)
            found.append((crossed * _K >> _SHIFT, owners))
    apart = owner[:-2] == owner[2:]
    pairs = (codes[:-2] * _K ^ codes[2:] * _J)[apart]
    found.append(((pairs * _K + np.uint64(30)) * _K >> _SHIFT, owner[:-2][apart]))
    places = np.concatenate([one for one, _ in found]).astype(np.int64)
    return places, np.concatenate([owners for _, owners in found])


@dataclass(frozen=True)
class Classifier:
    """What was learnt: of each feature how rare it is and which way it speaks.

    `examples` are forbidden sentences that it learnt from as (topic, folded sentence), `labels`
    the rule that each breaks.
    """

    rarity: Floats
    weights: Floats
    bias: float
    examples: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]

    def margins(self, sentences: Sequence[str], topic: str) -> list[float]:
        """Return of each folded sentence how far it lies on the forbidden side (below 0: not)."""
        if not sentences:
            return []
        places, owners = features(sentences, topic)
        said = np.bincount(owners, self._said.take(places), len(sentences))
        norms = np.sqrt(np.bincount(owners, self._squares.take(places), len(sentences)))
        return [float(one) for one in said / np.maximum(norms, 1e-6) + self.bias]

    def nearest(self, sentence: str, topic: str, rules: frozenset[str]) -> tuple[str, str] | None:
        """Return (rule, example) that a forbidden sentence is nearest to, of these rules.

        The rule is the one that most of the nearest examples break, weighed by their likeness.
        """
        places = np.unique(features([sentence], topic)[0]).astype(np.uint32)
        keys, owners, shares = self._index
        lows, highs = np.searchsorted(keys, places), np.searchsorted(keys, places, "right")
        counts = highs - lows
        ends = np.cumsum(counts)
        at = np.arange(ends[-1]) + np.repeat(highs - ends, counts)  # the rows of all its features
        weights = shares[at] * np.repeat(self.rarity[places], counts)
        likeness = np.bincount(owners[at], weights, len(self.labels))
        names, numbers = self._rules
        asked = np.array([name in rules for name in names])[numbers]
        order = np.argsort(np.where(asked, -likeness, 1.0), kind="stable")[:_NEIGHBOURS]
        order = order[asked[order]]
        if not len(order) or likeness[order[0]] <= 0:
            return None
        votes: dict[str, float] = {}
        for number in order:
            label = self.labels[number]
            votes[label] = votes.get(label, 0.0) + float(likeness[number]) ** 2
        rule = max(votes, key=lambda label: votes[label])
        return rule, next(self.examples[n][1] for n in order if self.labels[n] == rule)

    @cached_property
    def _said(self) -> Floats:
        """What each feature says."""
        return self.rarity * self.weights

    @cached_property
    def _squares(self) -> Floats:
        """The share of each feature in the norm of its sentence."""
        return self.rarity * self.rarity

    @cached_property
    def _rules(self) -> tuple[list[str], Ints]:
        """The rules that the examples break, and of each example the number of its rule."""
        names = sorted(set(self.labels))
        of_name = {name: number for number, name in enumerate(names)}
        return names, np.array([of_name[label] for label in self.labels])

    @cached_property
    def _index(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], Floats]:
        """The examples' features in order: (place, number of the example, share of its norm)."""
        of_topic: dict[str, list[int]] = {}
        for number, (topic, _) in enumerate(self.examples):
            of_topic.setdefault(topic, []).append(number)
        found = []
        for topic, numbers in of_topic.items():
            places, owners = features([self.examples[n][1] for n in numbers], topic)
            found.append((places, np.array(numbers)[owners]))
        places = np.concatenate([one for one, _ in found])
        owners = np.concatenate([one for _, one in found])
        rarity = self.rarity[places]
        norms = np.sqrt(np.bincount(owners, rarity * rarity, len(self.labels)))
        kept = rarity > 0
        keys, numbered = places[kept].astype(np.uint32), owners[kept].astype(np.uint32)
        shares = (rarity[kept] / norms[numbered]).astype(np.float32)
        order = np.argsort(keys, kind="stable")
        return keys[order], numbered[order], shares[order]


@cache
def classifier() -> Classifier:
    """Return the shipped classifier."""
    held = resources.files("contenthub.library").joinpath("classifier.npz").read_bytes()
    with np.load(io.BytesIO(held)) as kept:
        return unpacked({name: kept[name] for name in kept.files})


def unpacked(kept: dict[str, npt.NDArray[Any]]) -> Classifier:
    """Return the classifier that the arrays of a file hold."""
    rarity, weights = np.zeros(1 << BITS, np.float32), np.zeros(1 << BITS, np.float32)
    rarity[kept["places"]], weights[kept["places"]] = kept["rarity"], kept["weights"]
    lines = [line.split("\t") for line in kept["examples"].tobytes().decode().splitlines()]
    return Classifier(
        rarity=rarity,
        weights=weights,
        bias=float(kept["bias"]),
        examples=tuple((topic, sentence) for topic, _, sentence in lines),
        labels=tuple(rule for _, rule, _ in lines),
    )
