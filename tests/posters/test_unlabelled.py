"""Figures that no word before them names: days, prizes, levels, terms, cuts and counts."""

import pytest
from tests.posters.saying import refused


@pytest.mark.parametrize(
    ("name", "text", "figure", "own"),
    [
        ("machines", "12月14日举行", "12月14日", "开始时间 2026"),
        ("machines", "下午2点开始", "下午2点", "开始时间 2026"),
        ("machines", "一等奖电动车一台", "一等奖电动车一台", "农用手电筒"),
        ("machines", "限500人", "限500人", "名额 300"),
        ("rolling", "R4级", "R4", "R2"),
        ("rolling", "180天滚动开放", "180天", "90天"),
        ("village", "授信5年", "授信5年", "授信三年"),
        ("wash", "每人限领2张", "每人限领2张", "每人限领 1"),
        ("wash", "年满50周岁", "年满50周岁", "55周岁"),
        ("saving", "提前支取利息照付", "提前支取利息照付", "活期"),
        ("saving", "三年期，10万元起存", "10万元", "20 万元"),
    ],
)
def test_the_figure_is_quoted_whole_and_the_contents_own_stands_beside_it(
    name: str, text: str, figure: str, own: str
) -> None:
    (told,) = refused(name, text).values()
    assert f"“{figure}" in told
    assert own in told.partition("内容里是")[2]
