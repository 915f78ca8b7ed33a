"""Designs painted small, for the gallery, look as those painted whole and made small."""

import io

from PIL import Image, ImageChops, ImageStat
from tests.posters import reading

from contenthub.posters import easel, scaling, splice
from contenthub.posters.starters import starters
from contenthub.posters.template import Template

WIDTH_PX = 420


def picture(template: Template) -> Image.Image:
    drawn = splice.render(splice.compile(template, reading.VALUES, {}), reading.crowd(2)[1])
    return Image.open(io.BytesIO(easel.shrunk(drawn, WIDTH_PX))).convert("RGB")


def test_shipped_designs_can_be_painted_small() -> None:
    for code in list(starters())[::6]:
        whole = reading.shipped(code)
        small = scaling.smaller(whole, whole.width_px // 500)
        assert 500 <= small.width_px < 1000
        assert picture(small).width == WIDTH_PX


def test_what_is_painted_small_looks_as_what_is_made_small() -> None:
    whole = reading.shipped("lecture.a4")
    large, small = picture(whole), picture(scaling.smaller(whole, 4))
    assert abs(large.height - small.height) <= 2
    assert apart(large, small) < 6
    assert apart(large, picture(scaling.smaller(reading.shipped("deposit-season.a4"), 4))) > 20


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return how far the pixels are apart in the mean, of 255, but for edges' sharpness."""
    soft = [each.resize((60, 84), Image.Resampling.BOX) for each in (one, other)]
    return float(max(ImageStat.Stat(ImageChops.difference(*soft)).mean))
