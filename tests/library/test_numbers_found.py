"""Numbers are looked for only where they can stand, and found wherever they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.library import numbers_found as numbers


def shown(text: str) -> list[str]:
    """Return the personal numbers that are found in a text."""
    return [text[low:high] for low, high in numbers.personal_numbers(text)]


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138-0013-8000",
        "138😀0013😀8000",
        "幺三八零零幺三八零零零",
        "11010519491231002x",
        "6222 0212 3456 7890 128",
    ],
)
def test_a_number_is_found_at_either_end_and_between_figures(number: str) -> None:
    for text in (
        number,
        f"请拨{number}",
        f"利率3.2%,起存1万元,{number}办理,满5年",
        f"{number}\n2026",
    ):
        assert number in shown(text), text


def test_a_registration_number_and_rates_are_no_persons() -> None:
    assert shown("编号Y202611270001234,利率1.95%,电话0571-88886666") == []


@given(st.text(alphabet="奖礼车价值万元送大现金。,\n 一二八0189", max_size=80))
def test_prizes_are_looked_for_wherever_the_expression_would_find_one(text: str) -> None:
    long = f"{text}{'存' * 250}{text}"
    near = numbers._within(numbers._PRIZE, long, numbers._around_awards(long))
    assert [m.span() for m in near] == [m.span() for m in numbers._PRIZE.finditer(long)]
