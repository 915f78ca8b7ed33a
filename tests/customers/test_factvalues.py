from collections.abc import Callable
from datetime import date

import pytest

from contenthub.customers import factvalues
from contenthub.customers.holdings import PRODUCTS, product_slug, product_words
from contenthub.customers.rowvalues import CellInvalid

TODAY = date(2026, 11, 26)


def test_products_are_kept_in_one_order_and_each_once() -> None:
    assert factvalues.held_products("理财;定期、手机银行,理财产品") == "term wealth mobile_bank"
    assert product_words("term wealth") == ["定期存款", "理财"]
    assert all(product_slug(word) == slug for slug, word in PRODUCTS.items())


def test_cells_say_yes_no_and_stages() -> None:
    assert [factvalues.yes_or_no(word) for word in ("是", "Y", "1", "否", "no", "0")] == [
        *(True, True, True),
        *(False, False, False),
    ]
    assert factvalues.stage("已加微") == "added"


def test_what_falls_due_may_be_over_and_what_was_may_not_be_to_come() -> None:
    assert factvalues.due_day("2026/1/2") == date(2026, 1, 2)
    assert factvalues.past_day("2026-11-26", TODAY) == TODAY


@pytest.mark.parametrize(
    ("read", "fix"),
    [
        (lambda: factvalues.held_products("期货"), "定期存款"),
        (lambda: factvalues.yes_or_no("也许"), "是 或 否"),
        (lambda: factvalues.stage("僵尸"), "活跃"),
        (lambda: factvalues.due_day("1999-12-31"), "2000"),
        (lambda: factvalues.past_day("2026-11-27", TODAY), "今天之后"),
        (lambda: factvalues.past_day("1999-11-27", TODAY), "太早"),
        (lambda: factvalues.lunar_birthday("八月"), "八月十五"),
    ],
)
def test_a_cell_that_cannot_be_says_what_could(read: Callable[[], object], fix: str) -> None:
    with pytest.raises(CellInvalid, match=fix):
        read()
