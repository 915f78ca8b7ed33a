"""Mobile numbers as visitors type them."""

import pytest

from contenthub.errors import Invalid
from contenthub.sharing.phones import mobile


@pytest.mark.parametrize(
    "typed",
    [
        "13800000001",
        " 138 0000 0001 ",
        "138-0000-0001",
        "+86 138 0000 0001",
        "008613800000001",
        "8613800000001",
        "１３８０００００００１",
    ],
)
def test_usual_spellings_are_one_number(typed: str) -> None:
    assert mobile(typed) == "13800000001"


@pytest.mark.parametrize(
    "typed", ["", "1380000000", "138000000011", "02988888888", "1e10", "٠١٢", "abc", "9" * 400]
)
def test_anything_else_names_the_field_and_the_fix(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        mobile(typed)
    assert "11 位手机号" in refused.value.fields["phone"]
