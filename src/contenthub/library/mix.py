"""Idea: what sells and what serves, and how much of what somebody received may sell.

A customer who gets nothing but offers blocks the sender (features 68): a bank sets how many
in a hundred may sell, over the last DAYS days, and is warned while it still plans.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contenthub.tenants.topics import TOPICS

DAYS = 30
"""What was received so many days back counts."""
FEWEST_PER_CUSTOMER = 2
FEWEST_POSTS = 5
"""Below these nothing is judged: the first post of all is 0 % or 100 %."""
SERVICE_TOPICS = ("life", "education")
"""生活服务（社区、民生、政策）and 金融知识（防诈骗、反洗钱 …）: they help and offer nothing."""
SELLS: Mapping[str, frozenset[str]] = {
    "product": frozenset(TOPICS),
    "right": frozenset(TOPICS),
    "activity": frozenset(TOPICS) - set(SERVICE_TOPICS),
    "article": frozenset(TOPICS) - set(SERVICE_TOPICS),
    "script": frozenset(TOPICS) - set(SERVICE_TOPICS),
    "faq": frozenset(),
}
"""Kind -> the topics of which it sells. An answer to a question serves, whatever it is about."""
WORDS = {True: "销售类", False: "服务知识类"}


def sells(kind: str, topic: str) -> bool:
    """Return whether content of this kind and topic sells; a kind nobody knows does."""
    return topic in SELLS.get(kind, TOPICS)


@dataclass(frozen=True, slots=True)
class Mix:
    """How many posts sold and how many served."""

    selling: int = 0
    service: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.selling + self.service

    @property
    def share_bp(self) -> int:
        """What sold, in basis points of all; 0 of nothing."""
        return self.selling * 10_000 // self.total if self.total else 0

    def plus(self, count: int, *, sells: bool) -> "Mix":
        """Return the mix after `count` more posts of one sort."""
        if sells:
            return Mix(self.selling + count, self.service)
        return Mix(self.selling, self.service + count)

    def is_over(self, most_percent: int, *, fewest: int) -> bool:
        """Return whether more sold than may; with fewer than `fewest` posts nothing is said."""
        return self.total >= max(fewest, 1) and self.share_bp > most_percent * 100
