"""A face draws what it has; what it lacks the shipped 黑体 draws, and nothing is ever a box."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from typing import Any

import pytest
from tests.library.fontmaking import made_font

from contenthub.errors import Unavailable
from contenthub.posters import easel, fontfiles, fonts, layout, lettering, metrics
from contenthub.posters.layers import TextLayer
from contenthub.posters.looks import Box

RARE = "䶮"
"""In the shipped 黑体, in no other face here."""


def _layer(text: str, **over: Any) -> TextLayer:
    whole: dict[str, Any] = {"id": "name", "box": Box(0, 0, 900, 400), "size_px": 50} | over
    return TextLayer(text=text, **whole)


def _own() -> str:
    data = made_font("存款A", advance=700)
    key = sha256(data).hexdigest()
    fontfiles.keep(key, data)
    return key


def test_a_text_in_another_face_is_drawn_with_other_ink() -> None:
    sans, serif = (
        [
            stamp.mask.tobytes()
            for stamp in lettering.text_stamps(_layer("稳健", font=face))
            if stamp.mask
        ]
        for face in (fonts.SANS, fonts.SERIF)
    )
    assert len(sans) == len(serif) == 2
    assert sans != serif


def test_a_character_the_face_lacks_is_drawn_by_the_shipped_one() -> None:
    laid = layout.fit(f"王{RARE}A", _layer(f"王{RARE}A", font=fonts.SERIF))
    assert [glyph.face for glyph in laid.glyphs] == ["serif", "", "serif"]
    own = _own()
    laid = layout.fit("存款利A", _layer("存款利A", font=own))
    assert [glyph.face for glyph in laid.glyphs] == [own, own, "", own]


def test_own_widths_are_the_files_and_marks_of_half_an_em_lose_no_air() -> None:
    own = _own()
    assert metrics.advance_px("存", 100, 400, own) == 70
    assert metrics.advance_px("存", 100, 400) == 100
    assert metrics.gap_px("，", "」", 100, face=fonts.SERIF) == -50
    assert metrics.gap_px("A", "V", 100, face=own) == 0


def test_what_no_face_has_is_refused_by_name() -> None:
    with pytest.raises(layout.GlyphMissing, match="😀"):
        layout.fit("😀", _layer("😀", font=fonts.SERIF))


@pytest.mark.parametrize("text", ["e\u0301\u0301", "A\u20dd", "王\u0301"])
def test_a_sign_left_over_upon_a_letter_is_refused_though_the_face_has_it_upon_a_circle(
    text: str,
) -> None:
    with pytest.raises(layout.GlyphMissing):
        layout.fit(text, _layer(text))


def test_columns_take_forms_of_marks_from_whoever_has_them() -> None:
    own = _own()
    laid = layout.fit("存款。", _layer("存款。", font=own, vertical=True))
    assert [(glyph.char, glyph.face) for glyph in laid.glyphs] == [
        ("存", own),
        ("款", own),
        ("︒", ""),
    ]


def test_a_face_that_is_not_here_is_estimated_by_the_shipped_one() -> None:
    laid = layout.fit("存款", _layer("存款", font="0" * 64))
    assert {glyph.face for glyph in laid.glyphs} == {""}


def test_a_file_that_is_not_what_its_name_says_is_not_kept() -> None:
    with pytest.raises(Unavailable, match="字体文件已损坏"):
        fontfiles.keep("1" * 64, b"something else")
    assert not fonts.is_here("1" * 64)


def test_of_very_many_faces_the_oldest_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(fonts, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(fontfiles, "FILES_MAX", 2)
    kept = [made_font("存款A", advance=600 + number) for number in range(3)]
    for number, data in enumerate(kept):
        fontfiles.keep(sha256(data).hexdigest(), data)
        os.utime(tmp_path / f"{sha256(data).hexdigest()}.font", (number, number))
    left = {path.stem for path in tmp_path.glob("*.font")}
    assert left == {sha256(data).hexdigest() for data in kept[1:]}
    assert {path.stem for path in tmp_path.glob("*.widths")} == left


def _every_size_and_a_bomb() -> tuple[int, bool]:
    """Draw in a confined child at 4 × 60 sizes, then ask for more memory than it may have."""
    easel.confine()
    kept = [fonts.font(size_px, weight) for size_px in range(20, 80) for weight in fonts.WEIGHTS]
    drawn = sum(1 for face in kept if face.getmask("存款").getbbox())
    try:
        bytearray(easel.MEMORY_BYTES)
    except MemoryError:
        return drawn, True
    return drawn, False


def test_a_painter_sets_any_number_of_sizes_within_its_memory() -> None:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawned) as child:
        assert child.submit(_every_size_and_a_bomb).result() == (240, True)
