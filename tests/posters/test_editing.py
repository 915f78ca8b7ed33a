"""A template as a form and back, without losing what the form does not show."""

from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.posters import editing
from contenthub.posters.layers import DisclosureLayer
from contenthub.posters.starters import starter, starters
from contenthub.posters.template import parse


def _design(code: str = "deposit-season") -> dict[str, Any]:
    return editing.starter_layers(code)


def _unchanged(design: dict[str, Any]) -> dict[str, str]:
    form: dict[str, str] = {}
    for row in editing.text_rows(design):
        for key, value in (("text", row.text), ("colour", row.colour), ("size_px", row.size_px)):
            form[f"layers.{row.id}.{key}"] = form[f"was.layers.{row.id}.{key}"] = str(value)
    for colour in editing.palette(design):
        form["palette." + colour[1:]] = form["was.palette." + colour[1:]] = colour
    return form


@pytest.mark.parametrize("code", list(starters()))
def test_a_form_sent_back_untouched_changes_nothing(code: str) -> None:
    design = _design(code)
    assert editing.changed(design, _unchanged(design)) == design
    assert parse(design) == starter(code)


def test_only_what_was_typed_is_written() -> None:
    design = _design()
    form = {
        **_unchanged(design),
        "layers.slogan.text": "新的\r\n口号",
        "layers.rate.size_px": "120",
    }
    made = {layer["id"]: layer for layer in editing.changed(design, form)["layers"]}
    before = {layer["id"]: layer for layer in design["layers"]}
    assert made["slogan"]["text"] == "新的\n口号"
    assert made["rate"]["size_px"] == 120
    changed = [layer_id for layer_id, layer in made.items() if layer != before[layer_id]]
    assert sorted(changed) == ["rate", "slogan"]


def test_a_smaller_size_takes_its_least_size_along() -> None:
    design = _design()
    made = editing.changed(design, {"layers.rate.size_px": "40", "was.layers.rate.size_px": "190"})
    rate = parse(made).layer("rate")
    assert rate is not None
    assert (rate.size_px, rate.min_size_px) == (40, 40)  # type: ignore[union-attr]  # a text layer


def test_one_colour_of_the_palette_changes_everywhere_it_is_used() -> None:
    design = _design()
    colour = editing.palette(design)[0]
    made = editing.changed(
        design, {f"palette.{colour[1:]}": "#123456", f"was.palette.{colour[1:]}": colour}
    )
    assert colour not in str(made)
    assert "#123456" in str(made)
    parse(made)


@pytest.mark.parametrize(
    ("name", "value"), [("layers.rate.size_px", "大"), ("layers.rate.colour", "red")]
)
def test_a_wrong_value_names_its_field(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        editing.changed(_design(), {name: value, "was." + name: "1"})
    assert list(refused.value.fields) == [name]


def test_a_picture_goes_under_the_people_and_over_the_sky() -> None:
    sha = "ab" * 32
    for place in editing.PLACES:
        made = editing.with_picture(_design(), sha, place=place)
        ids = [layer["id"] for layer in made["layers"]]
        assert ids.index("picture-1") < ids.index("strip")
        assert ids.index("sky") < ids.index("picture-1")
        parse(made)


def test_a_picture_takes_another_ones_stead_and_place() -> None:
    design = editing.with_picture(_design(), "ab" * 32, place="banner")
    made = editing.with_picture(design, "cd" * 32, place="banner", replaces="picture-1")
    (row,) = editing.picture_rows(made)
    (before,) = editing.picture_rows(design)
    assert (row.asset, row.box) == ("cd" * 32, before.box)
    two = editing.with_picture(design, "cd" * 32, place="card")
    assert sorted(r.id for r in editing.picture_rows(two)) == ["picture-1", "picture-2"]


def test_an_unknown_place_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="右上"):
        editing.with_picture(_design(), "ab" * 32, place="moon")


def test_a_fault_by_number_is_told_by_the_layers_name() -> None:
    design = _design()
    wrong = Invalid.of("layers[1].box", "太大")
    named = editing.named(wrong, design)
    assert named.fields == {f"layers.{design['layers'][1]['id']}.box": "太大"}
    assert editing.named(Invalid.of("layers[999].box", "x"), design).fields == {
        "layers[999].box": "x"
    }


@pytest.mark.parametrize("text", ["", "[1", "[]", "3", "[" * 100_000])
def test_json_that_is_no_design_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        editing.read_json(text)
    assert "layers" in refused.value.fields


@pytest.mark.parametrize("design", [{}, {"layers": {}}, {"layers": [1, None, {"kind": "text"}]}])
def test_a_broken_design_still_has_a_form(design: dict[str, Any]) -> None:
    assert all(row.text == "" for row in editing.text_rows(design))
    assert editing.picture_rows(design) == []
    assert editing.palette(design) == []


def test_starters_follow_the_topic_and_know_where_they_would_lie() -> None:
    assert editing.starter_for("deposit") == "deposit-season"
    assert editing.starter_for("loan") == "farm-loan"
    assert editing.starter_for("card") == "card"
    assert editing.starter_for("fund") == "rights-day"
    assert editing.unsuitable("farm-loan", "deposit")
    assert not editing.unsuitable("rights-day", "deposit")
    assert editing.unsuitable_code("nothing", "deposit")


@pytest.mark.parametrize("code", list(starters()))
def test_every_starter_carries_a_disclosure(code: str) -> None:
    assert any(isinstance(layer, DisclosureLayer) for layer in starter(code).layers)
