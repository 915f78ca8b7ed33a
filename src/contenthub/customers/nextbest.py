"""Idea: which topics to talk about with a customer next, each with its reason.

Only from what the bank knows: what falls due, what they looked at or asked for lately, and the
birthday that is near. What they refused is never named, nor wealth to who has no assessment.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from contenthub.customers.behaviour import ACTS
from contenthub.customers.matching import RISKY
from contenthub.tenants.topics import TOPICS, TOPICS_FOR_ALL

DUE_DAYS, ACT_DAYS, MOST = 30, 30, 3
_WEIGHT = {
    "viewed": 1,
    "shared": 2,
    "attended": 3,
    "roadshow": 3,
    "visited": 3,
    "signed_up": 4,
    "left": 5,
}
_SOLD = frozenset(TOPICS) - frozenset(TOPICS_FOR_ALL)


def suggestions(
    dues: Mapping[str, date | None],
    acts: Iterable[tuple[str, str, date, int]],
    *,
    refused: Collection[str],
    is_assessed: bool,
    today: date,
) -> list[tuple[str, str]]:
    """Return (topic, reason) of at most three topics, the strongest first.

    `dues` is topic -> the next day something of it falls due; `acts` are (act, topic, day, times).
    """
    points: dict[str, int] = {}
    reasons: dict[str, list[str]] = {}
    for topic, on in dues.items():
        if on is not None and today <= on <= today + timedelta(days=DUE_DAYS):
            points[topic] = points.get(topic, 0) + 20
            reasons.setdefault(topic, []).append(f"{TOPICS[topic]} {on} 到期")
    done: dict[tuple[str, str], int] = {}
    for act, topic, on, times in acts:
        if topic in _SOLD and today - timedelta(days=ACT_DAYS) < on <= today:
            done[topic, act] = done.get((topic, act), 0) + times
    for (topic, act), times in sorted(done.items()):
        points[topic] = points.get(topic, 0) + _WEIGHT.get(act, 1) * times
        reasons.setdefault(topic, []).append(f"近 {ACT_DAYS} 天{ACTS.get(act, act)} {times} 次")
    free = [t for t in points if t not in refused and (is_assessed or t not in RISKY)]
    best = sorted(free, key=lambda topic: (-points[topic], topic))[:MOST]
    return [(topic, "，".join(reasons[topic])) for topic in best]
