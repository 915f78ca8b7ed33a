"""Codes as sums of planes are, module for module, those of another maker with the same mask."""

import random

import pytest
import qrcode

from contenthub.posters import qr, qrplanes

_LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}


def other_makers(text: str, version: int, level: str, mask: int) -> int:
    made = qrcode.QRCode(
        version=version,
        error_correction=_LEVELS[level],
        mask_pattern=mask,
        border=0,
    )
    made.add_data(text, optimize=0)
    made.make(fit=False)
    return int("".join(str(int(dark)) for row in made.get_matrix() for dark in row), 2)


@pytest.mark.parametrize("level", list(_LEVELS))
def test_every_version_is_equal_module_for_module(level: str) -> None:
    dice = random.Random(level)
    for version in range(1, qrplanes.VERSION_MAX + 1):
        for letters in (qrplanes.ALPHANUMERIC, "abcdefgh://.xyz0123"):
            length = next(
                count
                for count in range(200, 0, -1)
                if qrplanes.smallest_version(count, level, alphanumeric=letters[0] == "0")
                == version
            )
            text = "A" + "".join(dice.choices(letters, k=length - 1))
            text = text if letters[0] == "0" else "a" + text[1:]
            mask = dice.randrange(8)
            made = qrplanes.masked(text, version, level, mask)
            assert made == other_makers(text, version, level, mask)


def test_a_level_is_raised_where_that_costs_no_larger_code() -> None:
    assert qr.code("HTTPS://A.CN/S/7KD2QM8X1ABC").side == qr.code("X" * 20, level="H").side == 25
    link = "HTTPS://QY.EXAMPLE.CN/S/7KD2QM8X1ABC"
    assert qr.code(link) == qr.code(link, level="M")
    assert qr.code("X" * 29) == qr.code("X" * 29, level="Q") != qr.code("X" * 29, level="M")


def test_38_characters_fit_version_2_and_61_version_3() -> None:
    assert [qr.code("X" * count).side for count in (38, 39, 61, 62)] == [25, 29, 29, 33]
