"""Whatever the template: spliced bytes are those of the whole poster encoded at once."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from PIL import Image
from tests.posters.strange import ASSET, VALUES, Dice, people, picture

from contenthub.errors import Invalid
from contenthub.posters import artefact, splice

IN_THE_SUITE, IN_ALL = 40, 500


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(IN_THE_SUITE), id="some"),
        pytest.param(range(IN_THE_SUITE, IN_ALL), id="all", marks=[pytest.mark.fuzz]),
    ],
)
@pytest.mark.timeout(1800)
def test_spliced_posters_are_byte_for_byte_the_full_encode(seeds: range) -> None:
    drawn = 0
    for seed in seeds:
        drawn += spliced_as_whole(seed)
    assert drawn > 1.5 * len(seeds), "too many strange templates cannot be drawn at all"


def spliced_as_whole(seed: int) -> int:
    """Compare both posters of one strange template; return how many could be drawn."""
    template, assets = Dice(seed).template(), {ASSET: picture()}
    try:
        compiled = splice.compile(template, VALUES, assets, png=True)
    except Invalid:
        with pytest.raises(Invalid):
            splice.compose(template, VALUES, assets, people()[0])
        return 0
    stored = artefact.from_bytes(artefact.to_bytes(compiled))
    drawn = 0
    for person in people():
        try:
            jpeg = splice.render(compiled, person)
        except Invalid:
            continue
        whole = splice.compose(template, VALUES, assets, person)
        assert jpeg == splice.encode(whole, template.quality, dpi=template.dpi), seed
        assert splice.render(stored, person) == jpeg, seed
        with Image.open(io.BytesIO(splice.render_png(stored, person))) as png:
            assert png.tobytes() == whole.tobytes(), seed
            if template.dpi:
                assert png.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        drawn += 1
    return drawn


def _by_djpeg(jpeg: bytes) -> bytes:
    program = shutil.which("djpeg")
    if program is None:
        assert not os.environ.get("CI"), "CI installs libjpeg-turbo-progs (scripts/dev.py)"
        pytest.skip("djpeg is missing: apt-get install libjpeg-turbo-progs")
    return subprocess.run([program, "-ppm"], input=jpeg, capture_output=True, check=True).stdout


def _by_pillow(jpeg: bytes) -> bytes:
    return Image.open(io.BytesIO(jpeg)).tobytes()


@pytest.mark.parametrize("decoded", [_by_pillow, _by_djpeg])
def test_every_reader_sees_the_pixels_of_a_plain_file(decoded: Callable[[bytes], bytes]) -> None:
    template, assets = Dice(2).template(), {ASSET: picture()}
    person = people()[0]
    spliced = splice.render(splice.compile(template, VALUES, assets), person)
    plain = io.BytesIO()
    whole = splice.compose(template, VALUES, assets, person)
    whole.save(plain, "JPEG", quality=template.quality, subsampling="4:2:0")
    assert decoded(spliced) == decoded(plain.getvalue())
