from datetime import date, timedelta

import numpy as np
import pytest

from contenthub.customers.queries_scores import scores_of
from contenthub.customers.scoring import (
    MILLI,
    Part,
    Weight,
    limit_milli,
    parts,
    per_time_milli,
    score_keys,
    scored_slug,
)
from contenthub.errors import Invalid

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("age", "milli"), [(0, 20_000), (7, 10_000), (14, 5_000), (179, 0), (180, 0), (-1, 0)]
)
def test_an_act_is_worth_half_after_each_half_life(age: int, milli: int) -> None:
    assert per_time_milli(Weight("viewed", 20, 7), age) == milli


def test_an_act_that_does_not_fade_counts_whole_for_as_long_as_it_is_kept() -> None:
    weight = Weight("left", 30)
    assert [per_time_milli(weight, age) for age in (0, 179, 180)] == [30_000, 30_000, 0]


def test_each_day_counts_its_times_up_to_five_and_what_was_taken_back_not_at_all() -> None:
    days = [(TODAY, 9), (TODAY - timedelta(days=7), 2), (TODAY - timedelta(days=8), -1)]
    assert parts(Weight("viewed", 4, 7), days, TODAY) == [
        Part(TODAY, 5, 20_000),
        Part(TODAY - timedelta(days=7), 2, 4_000),
    ]


def test_all_acts_of_a_rule_give_no_more_than_its_most_in_either_direction() -> None:
    assert limit_milli(Weight("viewed", 10, at_most=25), 70 * MILLI) == 25 * MILLI
    assert limit_milli(Weight("viewed", -10, at_most=25), -70 * MILLI) == -25 * MILLI
    assert limit_milli(Weight("viewed", 10), 70 * MILLI) == 70 * MILLI


@pytest.mark.parametrize(
    ("milli", "score"), [(59_499, 59), (59_500, 60), (-5_000, 0), (250_000, 80), (0, 0)]
)
def test_a_score_is_whole_points_from_nothing_to_the_cap(milli: int, score: int) -> None:
    assert scores_of(np.array([milli], np.int32), 80).tolist() == [score]


def test_the_slices_of_a_score_add_up_to_it() -> None:
    for points in range(101):
        bits = [int(key.split(":")[1]) for _, key in score_keys("loan", points)]
        assert sum(1 << bit for bit in bits) == points


def test_what_sells_nothing_has_no_score() -> None:
    assert scored_slug("贷款") == "loan"
    with pytest.raises(Invalid, match="没有需求评分"):
        scored_slug("金融知识")
