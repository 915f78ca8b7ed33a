"""Data that a weak reader takes for a corner mark are laid under another mask."""

import random

import cv2
import numpy as np
import pytest

from contenthub.posters import qr, qrfinders, qrplanes

LINK = "HTTPS://QY.EXAMPLE.CN/S/"
LOST = ("KC0NGAADMYQY", "EB4HYXQX0Q34", "A8VVPN402E9Z", "P26X2VP4WP6A", "7D3AJHK900A6")
"""Codes of links that OpenCV does not find as made under the mask that most have."""


def seen(side: int, modules: int) -> str:
    """Return what OpenCV reads at one look, at the size of shipped posters."""
    dark = np.array([list(row) for row in qr.Code(side, modules).rows()], np.uint8)
    picture = np.full((520, 520), 255, np.uint8)
    picture[136 : 136 + 10 * side, 136 : 136 + 10 * side] = np.kron(
        255 - 240 * dark, np.ones((10, 10), np.uint8)
    )
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


@pytest.mark.parametrize("share", LOST)
def test_what_a_weak_reader_loses_under_the_first_mask_it_reads_as_made(share: str) -> None:
    first = qrplanes.masked(LINK + share, 2, "M", qrplanes.MASKS[0])
    assert seen(25, first) == ""
    assert qrfinders.has_false_corner(25, first)
    made = qr.code(LINK + share)
    assert made.bits != first
    assert seen(*made) == LINK + share


def test_true_corner_marks_are_none_and_few_codes_need_another_mask() -> None:
    dice = random.Random(7)
    others = 0
    for _ in range(500):
        text = LINK + "".join(dice.choices(qrplanes.ALPHANUMERIC[:36], k=12))
        first = qrplanes.masked(text, 2, "M", qrplanes.MASKS[0])
        assert not qrfinders.has_false_corner(25, qrplanes.matrix(text, 2, "M"))
        others += qrfinders.has_false_corner(25, first)
    assert 0 < others < 40
