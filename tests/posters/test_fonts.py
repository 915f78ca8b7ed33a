"""A face draws what it has; what it lacks the shipped 黑体 draws, and nothing is ever a box."""

import io
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from tests.library.fontmaking import made_font

from contenthub.errors import Invalid, Unavailable
from contenthub.posters import artefact, easel, fontfiles, fonts, layout, lettering, metrics, splice
from contenthub.posters.layers import SPARE, PhotoLayer, TextLayer, said
from contenthub.posters.looks import Box
from contenthub.posters.template import Personal, Template, check

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


def test_the_characters_of_the_shipped_face_are_those_another_reader_finds_in_it() -> None:
    with TTFont(str(fonts.font_path()), fontNumber=fonts.FACE_INDEX, lazy=True) as face:
        assert fonts.code_points() == frozenset(face.getBestCmap())


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


UNSHIPPED, OTHER = "\U0002a6a5", "\U0002a6a6"
"""In no face that ships."""


def _spares() -> list[str]:
    keys = []
    for text, advance in ((f"王A{UNSHIPPED}", 830), (f"理{UNSHIPPED}{OTHER}", 1170)):
        data = made_font(text, advance=advance, family="补字体")
        keys.append(sha256(data).hexdigest())
        fontfiles.keep(keys[-1], data)
    return keys


def test_what_every_face_lacks_the_banks_oldest_that_has_it_draws() -> None:
    spares = _spares()
    chain = fonts.CHAIN.join(spares)
    text = f"王{UNSHIPPED}{OTHER}理A"
    laid = layout.fit(text, _layer(text, font=fonts.CHAIN + chain))
    assert [glyph.face for glyph in laid.glyphs] == ["", spares[0], spares[1], "", ""]
    serif = layout.fit(text, _layer(text, font=f"serif+{chain}"))
    assert [glyph.face for glyph in serif.glyphs][0::4] == ["serif", "serif"]
    own = _own()
    chosen = layout.fit("存" + UNSHIPPED, _layer("存" + UNSHIPPED, font=f"{own}+{chain}"))
    assert [glyph.face for glyph in chosen.glyphs] == [own, spares[0]]


def test_nothing_stands_in_for_emoji_joined_letters_or_what_no_face_has() -> None:
    joined = "ئابدۇ"
    data = made_font(f"王A{UNSHIPPED}😀{joined}")
    key = sha256(data).hexdigest()
    fontfiles.keep(key, data)
    for text in ("😀", OTHER, joined):
        with pytest.raises(layout.GlyphMissing):
            layout.fit(text, _layer(text, font=f"+{key}"))


def test_only_a_text_that_lacks_a_character_is_filled_with_spare_faces() -> None:
    chain = fonts.CHAIN.join(_spares())
    person = Personal(name="王小明", spare=chain)
    values = person.values()
    assert said(_layer("{{ employee.name }}"), values).font == ""
    rare = Personal(name=f"王{UNSHIPPED}", spare=chain).values()
    assert said(_layer("{{ employee.name }}", font="serif"), rare).font == f"serif+{chain}"
    assert said(_layer("客户经理"), rare).font == ""


@pytest.mark.parametrize("has_photo", [True, False])
def test_a_rare_name_in_a_banks_own_face_is_spliced_as_a_full_encode(has_photo: bool) -> None:
    chain = fonts.CHAIN.join(_spares())
    layers = (
        _layer("{{ employee.name }}", id="own", box=Box(40, 600, 500, 80)),
        _layer(f"{UNSHIPPED}{{{{ employee.title }}}}", id="mixed", box=Box(40, 700, 500, 80)),
        _layer(f"人人都认识的{OTHER}", id="fixed", box=Box(40, 40, 600, 80)),
        PhotoLayer(id="photo", box=Box(40, 400, 160, 160)),
    )
    whole = Template(720, 900, layers)
    values = {SPARE: chain}
    photo = photo_bytes() if has_photo else None
    rare = Personal(name=f"{OTHER}{UNSHIPPED}", title="经理", photo=photo, spare=chain)
    compiled = artefact.from_bytes(artefact.to_bytes(splice.compile(whole, values, {})))
    drawn = splice.render(compiled, rare)
    assert drawn == splice.encode(splice.compose(whole, values, {}, rare), whole.quality)
    plain = Personal(name="王小明", title="经理", photo=photo)
    with pytest.raises(layout.GlyphMissing):
        splice.render(compiled, Personal(name=OTHER, title="经理", photo=photo))
    assert splice.render(compiled, plain) != drawn
    named = stamped_faces(layers[0], rare)
    assert named == set(chain.split(fonts.CHAIN))


def stamped_faces(layer: TextLayer, person: Personal) -> set[str]:
    """Return the faces that draw a person's text."""
    filled = said(layer, person.values())
    return {glyph.face for glyph in layout.fit(filled.text, filled).glyphs}


def photo_bytes() -> bytes:
    """Return a small photo."""
    out = io.BytesIO()
    Image.new("RGB", (320, 320), "#3366aa").save(out, "JPEG")
    return out.getvalue()


def test_a_design_names_one_face_a_layer() -> None:
    key = "0" * 64
    design = Template(720, 900, (_layer("存款", font=f"serif+{key}"),))
    with pytest.raises(Invalid) as wrong:
        check(design)
    assert "只能选一个字体" in wrong.value.fields["layers[0].font"]
