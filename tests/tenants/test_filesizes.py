"""How large a file is, in words."""

import pytest

from contenthub.tenants import filesizes, quotas

MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KB"), (10 * MIB, "10 MB"), (50 * GIB, "50 GB")],
)
def test_sizes_are_shown_in_the_unit_people_use(size: int, text: str) -> None:
    assert filesizes.shown(size) == quotas.shown("storage_bytes", size) == text


def test_what_is_over_a_limit_never_reads_like_the_limit() -> None:
    assert filesizes.shown(10 * MIB + 1, upward=True) == "10.1 MB"
    assert filesizes.shown(10 * MIB, upward=True) == "10 MB"
