"""Texts over one another, too small ones, an empty poster: told before anybody draws pixels."""

from typing import Any

import msgspec
from tests.posters.reading import VALUES, shipped
from tests.posters.saying import text_layer

from contenthub.posters import crowding
from contenthub.posters.starters import starters
from contenthub.posters.template import parse


def _faults(*layers: dict[str, Any], side_px: int = 1080) -> dict[str, str]:
    design = {"width_px": side_px, "height_px": side_px, "layers": list(layers)}
    return crowding.faults(parse(design), {})


def _text(name: str, text: str, x_px: int = 100, y_px: int = 100, **look: Any) -> dict[str, Any]:
    return text_layer(name, text, x_px=x_px, y_px=y_px, w_px=600) | look


def test_a_text_over_another_is_told_once_on_the_upper_one() -> None:
    found = _faults(_text("low", "到网点办理"), _text("high", "一年四季"))
    assert list(found) == ["layers[1].box"]
    assert "文字「high」和文字「low」的字叠在一起" in found["layers[1].box"]


def test_boxes_may_overlap_where_no_letters_do() -> None:
    assert _faults(_text("left", "存款"), _text("right", "到网点", x_px=300)) == {}
    assert _faults(_text("low", "到网点办理"), _text("high", "一年四季", y_px=150)) == {}


def test_an_ornament_and_a_copy_of_the_same_words_cover_nothing() -> None:
    low = _text("low", "到网点办理")
    assert _faults(low, _text("high", "一年四季", opacity=0.3)) == {}
    assert _faults(low, _text("high", "一年四季", rotation_degrees=30)) == {}
    assert _faults(low, _text("high", "到网点办理", x_px=103)) == {}
    ghost = _text("ghost", "福", size_px=400)
    ghost["box"] |= {"h_px": 600}
    assert _faults(ghost, low | {"box": ghost["box"]}) == {}


def test_who_sees_one_of_two_texts_never_sees_them_over_one_another() -> None:
    shown = [{"variable": "employee.title", "test": "filled"}]
    hidden = [{"variable": "employee.title", "test": "empty"}]
    texts = _text("a", "客户经理", show=shown), _text("b", "本行员工", show=hidden)
    assert _faults(*texts) == {}
    assert list(_faults(texts[0], texts[1] | {"show": shown})) == ["layers[1].box"]


def test_letters_that_a_telephone_cannot_show_are_told_with_the_size_that_it_can() -> None:
    small = _text("small", "客服热线", size_px=12)
    (told,) = _faults(small).values()
    assert "画出来只有 12 像素" in told
    assert "16 像素以上" in told
    assert _faults(small | {"size_px": 16}) == {}


def test_an_empty_poster_is_no_sound_one() -> None:
    assert _faults() == {"layers": crowding.EMPTY}


def test_no_shipped_poster_has_any_of_these_faults() -> None:
    for code, found in starters().items():
        for size in found.sizes:
            assert crowding.faults(shipped(f"{code}.{size}"), VALUES) == {}, (code, size)


def test_a_shipped_poster_made_small_tells_its_small_texts() -> None:
    design = msgspec.to_builtins(shipped("deposit-season.moments"))
    for layer in design["layers"]:
        if layer["kind"] == "text":
            layer["size_px"], layer["min_size_px"] = 8, 8
    assert "画出来只有 8 像素" in "".join(crowding.faults(parse(design), VALUES).values())
