"""How many pieces of a right one person may claim, and in what words that is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from contenthub.sharing import claims

ZONE = "Asia/Shanghai"


@dataclass
class Piece:
    """A claim as the rule sees it."""

    created_at: datetime
    state: str = "new"


@pytest.mark.parametrize(
    ("fields", "taken", "of_month", "left", "words"),
    [
        ({"per_person": 1}, 0, 0, 1, ""),
        ({"per_person": 1}, 1, 1, 0, "每人限领 1 份"),
        ({"per_person": 3, "monthly_per_person": 1}, 1, 1, 0, "下月 1 日起可以再领"),
        ({"per_person": 3, "monthly_per_person": 1}, 1, 0, 1, ""),
        ({"per_person": 3, "monthly_per_person": 5}, 3, 0, 0, "每人限领 3 份"),
        ({}, 9, 9, None, ""),
    ],
)
def test_the_tighter_limit_counts_and_is_named(
    fields: dict[str, int], taken: int, of_month: int, left: int | None, words: str
) -> None:
    allowed = claims.limits(fields)
    assert allowed.left(taken, of_month) == left
    assert words in allowed.why_not(taken, of_month)
    assert bool(allowed.why_not(taken, of_month)) == (left == 0)


def test_a_rule_of_ones_segment_stands_in_the_place_of_the_usual_limit() -> None:
    rules = [{"segment": "银发", "per_person": 2}, {"segment": "代发", "per_person": 4}]
    fields = {"per_person": 1, "segment_rules": rules}
    assert claims.limits(fields).in_all == 1
    assert claims.limits(fields, {"银发"}).in_all == 2
    assert claims.limits(fields, {"银发", "代发"}).in_all == 4
    assert claims.limits({**fields, "segment_rules": "坏"}, {"银发"}).in_all == 1


def test_a_month_begins_on_the_banks_clock_and_what_was_cancelled_is_not_held() -> None:
    at = datetime(2026, 12, 10, 3, tzinfo=UTC)
    last_of_november = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    first_of_december = datetime(2026, 11, 30, 16, 1, tzinfo=UTC)
    mine = [Piece(last_of_november), Piece(first_of_december), Piece(at, "cancelled")]
    assert claims.counted(mine, zone=ZONE, at=at) == (2, 1)
