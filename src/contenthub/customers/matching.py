"""Idea: what a customer may want next, topic by topic, how strongly, and why 智能匹配.

Only from what the bank knows: the need score, what falls due, what they did lately, what their
tags say they need, what they hold. What they refused is never named, nor an investment to who has
no assessment that holds, nor what they have and nobody has twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from contenthub.customers.behaviour import ACTS
from contenthub.customers.holdings import DUES, PRODUCTS
from contenthub.customers.scoring import SCORED

DUE_DAYS, ACT_DAYS = 30, 30
DUE_POINTS, TAG_POINTS, SHOP_POINTS = 60, 25, 40
MOST_ACT_POINTS = 40
LEAST = 20
"""Below so many points nobody is bothered."""
RISKY = frozenset({"wealth", "fund"})
"""Topics that need an assessment of the customer's risk."""
_ACT_POINTS = {
    "viewed": 5,
    "shared": 8,
    "attended": 12,
    "roadshow": 12,
    "visited": 12,
    "signed_up": 16,
    "left": 20,
}
_ONCE = {"card": "credit_card", "payment": "payment_code"}
"""Topics of which one product is enough: topic -> the product."""


@dataclass(slots=True)
class Standing:
    """What is known of a customer that a match is made of."""

    risk_grade: int = 0
    products: str = ""
    is_merchant: bool = False
    dues: Mapping[str, date | None] = field(default_factory=dict)
    """Topic -> the next day something of it falls due."""
    scores: dict[str, int] = field(default_factory=dict)
    acts: dict[tuple[str, str], int] = field(default_factory=dict)
    """(topic, act) -> how often lately."""
    needs: list[str] = field(default_factory=list)
    """Names of the tags that say what they need."""
    refused: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Match:
    """A topic to talk about with a customer, how strongly, and why; the strongest reason first."""

    topic: str
    points: int
    reasons: list[str]


def matches(one: Standing, *, thresholds: Mapping[str, int], today: date) -> list[Match]:
    """Return the topics a customer may want, the strongest first."""
    found = [
        Match(topic, sum(points for points, _ in why), [said for _, said in why])
        for topic in SCORED
        if may_hear_of(one, topic) and (why := _why(one, topic, thresholds.get(topic), today=today))
    ]
    return sorted(
        (match for match in found if match.points >= LEAST),
        key=lambda match: (-match.points, match.topic),
    )


def may_hear_of(one: Standing, topic: str) -> bool:
    """Return whether a topic may be named to a customer at all."""
    if topic in one.refused or (topic in RISKY and not one.risk_grade):
        return False
    return _ONCE.get(topic) not in one.products.split()


def suits(one: Standing, risk: int) -> bool:
    """Return whether a product of a risk, 1 to 5 or 0 for none, may be offered to a customer."""
    return risk <= one.risk_grade


def _why(one: Standing, topic: str, threshold: int | None, *, today: date) -> list[tuple[int, str]]:
    why: list[tuple[int, str]] = []
    if score := one.scores.get(topic, 0):
        reached = "，已达标" if threshold is not None and score >= threshold else ""
        why.append((score, f"需求评分 {score} 分{reached}"))
    due = one.dues.get(topic)
    if due is not None and today <= due <= today + timedelta(days=DUE_DAYS):
        why.append((DUE_POINTS, f"{DUES[topic]} {due} 到期"))
    if topic == "payment" and one.is_merchant:
        why.append((SHOP_POINTS, f"是商户，还没有{PRODUCTS['payment_code']}"))
    for name in one.needs:
        if SCORED[topic] in name:
            why.append((TAG_POINTS, f"标签“{name}”"))
    why += _acts(one.acts, topic)
    return sorted(why, key=lambda reason: -reason[0])


def _acts(acts: Mapping[tuple[str, str], int], topic: str) -> list[tuple[int, str]]:
    done = sorted(
        (
            (_ACT_POINTS.get(act, 5) * times, f"{ACTS.get(act, act)} {times} 次")
            for (about, act), times in acts.items()
            if about == topic and times > 0
        ),
        reverse=True,
    )
    if not done:
        return []
    points = min(sum(worth for worth, _ in done), MOST_ACT_POINTS)
    return [(points, f"近 {ACT_DAYS} 天" + "、".join(said for _, said in done))]


def about(found: Collection[Match], topic: str) -> Match | None:
    """Return the match of a topic among some, or None."""
    return next((match for match in found if match.topic == topic), None)
