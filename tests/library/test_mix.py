"""The table of what sells and what serves, and the share that is judged."""

import pytest

from contenthub.library import kinds, mix
from contenthub.library.mix import Mix, sells
from contenthub.tenants.topics import TOPICS


@pytest.mark.parametrize(
    ("kind", "topic", "is_selling"),
    [
        ("product", "deposit", True),
        ("product", "life", True),
        ("right", "life", True),
        ("activity", "loan", True),
        ("activity", "education", False),
        ("article", "wealth", True),
        ("article", "life", False),
        ("script", "card", True),
        ("script", "education", False),
        ("faq", "loan", False),
        ("poem", "life", True),
    ],
)
def test_kind_and_topic_say_what_sells(kind: str, topic: str, is_selling: bool) -> None:
    assert sells(kind, topic) is is_selling


def test_the_table_knows_every_kind_and_only_topics_there_are() -> None:
    assert set(mix.SELLS) == set(kinds.KINDS)
    assert {topic for topics in mix.SELLS.values() for topic in topics} <= set(TOPICS)


def test_a_share_is_over_only_beyond_the_limit_and_with_enough_to_judge() -> None:
    assert Mix().share_bp == 0
    assert Mix(2, 1).share_bp == 6666
    assert not Mix(6, 4).is_over(60, fewest=5)
    assert Mix(7, 4).is_over(60, fewest=5)
    assert not Mix(4, 0).is_over(60, fewest=5)
    assert not Mix(9, 0).is_over(100, fewest=5)
    assert not Mix().is_over(0, fewest=0)
    assert Mix(6, 4).plus(1, sells=True) == Mix(7, 4)
    assert Mix(6, 4).plus(2, sells=False) == Mix(6, 6)
