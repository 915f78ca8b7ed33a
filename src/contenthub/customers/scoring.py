"""Idea: how much a customer seems to need something: points by rules, 0 to 100 a topic.

A rule gives points to who meets a condition, for as long as they do; or for each time they did
something on the topic, worth half as much after each half-life. Points are added up in
thousandths, so that the sum is the same for one customer and for a million of them.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, TypeAlias
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from contenthub.customers.behaviour import ACTS, MAX_DAYS, MAX_TIMES
from contenthub.errors import Invalid
from contenthub.tenants.topics import TOPICS, TOPICS_FOR_ALL, topic_slug

Points: TypeAlias = NDArray[np.int32]
Sums: TypeAlias = NDArray[np.int64]
"""Thousandths of points: two dozen rules without a most pass what 32 bits hold."""
MAX_SCORE = 100
THRESHOLD = 60
"""From so many points on a customer is worth a call, until a bank says otherwise."""
AGAIN_DAYS = 30
"""For so many days afterwards nobody is handed over again, until a bank says otherwise."""
SCORE_SLICES = 7
MILLI = 1_000
MATCH = "match"
"""The basis of a rule that asks for a condition; every other is one of ACTS."""
BASES: dict[str, str] = {MATCH: "符合条件", **{act: f"每次{word}" for act, word in ACTS.items()}}
SCORED: dict[str, str] = {slug: word for slug, word in TOPICS.items() if slug not in TOPICS_FOR_ALL}
"""Topics of which a need can be told: those that sell something."""
MAX_HALF_LIFE_DAYS = 365
_TOPIC_IDS = UUID("5d3b1c6e-0f0e-4c58-9f0b-3f1f3f7f9a60")


class Weight(NamedTuple):
    """What of a rule its arithmetic needs."""

    basis: str
    points: int
    half_life_days: int | None = None
    """Of an act: after so many days it is worth half; None: as much as on the first day."""
    at_most: int | None = None
    """Of acts: the most points, of either sign, that all of them give together."""


class Part(NamedTuple):
    """What one day's acts give to a score: when, how often, and how much of it today."""

    on: date
    times: int
    milli: int

    @property
    def points(self) -> float:
        """The points, with one decimal."""
        return round(self.milli / MILLI, 1)


def scored_slug(word: str) -> str:
    """Return the slug of a topic of which a need is told; raises Invalid (`topic`)."""
    slug = topic_slug(word)
    if slug not in SCORED:
        known = "、".join(SCORED.values())
        raise Invalid.of("topic", f"“{TOPICS[slug]}”没有需求评分，请从这些里选：{known}")
    return slug


def score_key(topic: str, bit: int) -> tuple[str, str]:
    """Return the bitmap (dim, key) of who has bit `bit` set in their score of a topic."""
    return ("score", f"{topic}:{bit}")


def score_keys(topic: str, points: int) -> list[tuple[str, str]]:
    """Return the keys somebody with such a score stands in."""
    return [score_key(topic, bit) for bit in range(SCORE_SLICES) if points >> bit & 1]


def topic_id(topic: str) -> UUID:
    """Return what stands for a topic's score where rules that read each other are put in order."""
    return uuid5(_TOPIC_IDS, topic)


def per_time_milli(weight: Weight, age_days: int) -> int:
    """Return what one act is worth so many days later, in thousandths; 0 when it is too old."""
    if not 0 <= age_days < MAX_DAYS:
        return 0
    if weight.half_life_days is None:
        return weight.points * MILLI
    return round(weight.points * MILLI * math.pow(0.5, age_days / weight.half_life_days))


def parts(weight: Weight, done: Iterable[tuple[date, int]], today: date) -> list[Part]:
    """Return what each day's acts (day, times) give, without those that give nothing any more."""
    found = []
    for on, times in done:
        counted = min(max(times, 0), MAX_TIMES)
        milli = per_time_milli(weight, (today - on).days) * counted
        if milli:
            found.append(Part(on, counted, milli))
    return found


def limit_milli(weight: Weight, milli: int) -> int:
    """Return what all acts of a rule give together, no more than its most."""
    if weight.at_most is None:
        return milli
    most = weight.at_most * MILLI
    return max(-most, min(most, milli))


def places(who: BitMap, room: int) -> NDArray[np.uint32]:
    """Return the numbers of customers below `room`, as places in an array of that size."""
    if not who:
        return np.zeros(0, np.uint32)
    nos = np.frombuffer(who.to_array(), dtype=np.uint32)
    return nos[nos < room]


def spread(slices: Mapping[int, BitMap], room: int) -> Points:
    """Return everybody's number of the bit slices it is kept in (bit -> who has it set)."""
    found = np.zeros(room, np.int32)
    for bit, who in slices.items():
        found[places(who, room)] |= 1 << bit
    return found
