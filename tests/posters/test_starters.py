"""Shipped posters of all sizes are sound, lawful, and fit the longest names a bank has."""

import math
import os

import pytest
from tests.posters import reading

from contenthub.errors import Invalid
from contenthub.posters import cards, editing, qr, rehearsal
from contenthub.posters.layers import QrLayer, walk
from contenthub.posters.sizes import SIZES
from contenthub.posters.starters import known, starter, starters
from contenthub.posters.template import Personal, Template
from contenthub.posters.wording import faults

PEOPLE = int(os.environ.get("QR_PEOPLE", "4"))
"""Employees whose codes are looked at on every poster: 200 take an hour."""
VALUES = reading.VALUES
LONGEST = Personal(
    "阿卜杜热合曼·阿卜杜喀迪尔·买买提吐尔逊·艾合买提",
    "高级财富管理客户经理",
    "138 0000 0236",
    "乌鲁木齐经济技术开发区头屯河区支行营业部",
    "023600112",
    None,
    reading.LINK + "7KD2QM8X1ABC",
    card_text=reading.LINK.replace("/S/", "/C/") + "7KD2QM8X1ABC",
)


LONG_LINK = f"HTTPS://{'A' * 64}.CN/S/7KD2QM8X1ABC"
"""Of the longest address a house may have (settings.py)."""


def filled(code: str) -> Template:
    found, template = starters()[code.partition(".")[0]], reading.shipped(code)
    kind = "right" if found.topic == "life" else "product"
    assert faults(template, title="标题", kind=kind, topic=found.topic, fields={}) == {}, code
    return template


@pytest.mark.parametrize("size", list(SIZES))
def test_shipped_posters_are_lawful_in_every_size_and_fit_the_longest_name(size: str) -> None:
    canvas = SIZES[size]
    codes = [f"{code}.{size}" for code, found in starters().items() if size in found.sizes]
    assert codes
    for code in codes:
        template = filled(code)
        assert (template.width_px, template.height_px) == (canvas.width_px, canvas.height_px)
        assert (template.bleed_px, template.dpi) == (canvas.bleed_px, canvas.dpi)
        assert rehearsal.misfit(template, LONGEST, VALUES) == "", code
        assert rehearsal.text_faults(template, VALUES) == {}, code
        for _, layer in walk(template.layers):
            if isinstance(layer, QrLayer):
                assert qr.module_px(LONG_LINK, layer.box.h_px) >= (8 if canvas.dpi is None else 7)


def test_the_card_that_everybody_has_fits_the_longest_name_and_link() -> None:
    assert rehearsal.misfit(cards.name_card(), LONGEST, VALUES) == ""
    code = cards.name_card().layer("qr")
    assert isinstance(code, QrLayer)
    assert qr.module_px(LONG_LINK, code.box.h_px) == 8


def test_one_design_comes_in_five_sizes_and_what_is_not_shipped_is_told_apart() -> None:
    assert starters()["lecture"].sizes == ("moments", "square", "cover", "a4", "slide")
    assert starter("lecture") == starter("lecture.moments") != starter("lecture.square")
    for code in ("lecture.card", "name-card.a4", "nothing", "lecture."):
        assert (known(code) is None) == (code != "lecture.")
    with pytest.raises(Invalid, match=r"deposit-season\.square"):
        editing.starter_layers("lecture.card")


def test_what_a_shipped_poster_says_of_a_product_is_not_said_of_other_topics() -> None:
    assert "理财" in editing.unsuitable("wealth.square", "deposit")
    assert editing.unsuitable("rights-day", "deposit") == ""


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("code", reading.every_code())
def test_codes_are_read_by_two_decoders_as_made_and_after_messengers(code: str) -> None:
    """The figures that are asked of all shipped templates × 200 employees, on QR_PEOPLE."""
    people = reading.sample(0, reading.crowd(PEOPLE), code.partition(".")[2], each=PEOPLE)
    blind, looks = reading.unread(code, people), len(people)
    print(code, looks, blind)
    assert blind["as_made"] == 0
    assert max(blind["q60"], blind["half_q60"]) <= math.ceil(looks * 0.01)
    assert blind["40_q50"] <= math.ceil(looks * 0.05)
