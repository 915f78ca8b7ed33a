"""What counts as a telephone number of a colleague."""

import pytest

from contenthub.errors import Invalid
from contenthub.tenants import staffphone


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        (" ", ""),
        ("13800000001", "13800000001"),
        ("+86 138 0000 0001", "13800000001"),
        ("138-0000-0001", "13800000001"),
        ("１３８００００００01", "13800000001"),
        ("0538-8765432", "0538-8765432"),
        ("010-12345678-801", "010-12345678-801"),
        ("400-123-4567", "400-123-4567"),
        ("96633", "96633"),
    ],
)
def test_mobile_and_fixed_numbers_are_kept_in_one_form(text: str, kept: str) -> None:
    assert staffphone.checked(text) == kept


@pytest.mark.parametrize("text", ["abc", "12345", "1380000000", "23800000001", "138000000012", "-"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        staffphone.checked(text)
    assert "010-12345678" in refused.value.fields["phone"]
