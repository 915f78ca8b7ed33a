"""A template is checked before anything is drawn; each refusal names the field and the fix."""

from typing import Any

import msgspec
import pytest

from contenthub.errors import Invalid
from contenthub.posters.faults import VARIABLES
from contenthub.posters.layers import Box, PhotoLayer, QrLayer, ShapeLayer, TextLayer
from contenthub.posters.starters import starter, starters
from contenthub.posters.template import is_personal, parse, require_disclosure


def text(**over: Any) -> dict[str, Any]:
    layer = {
        "kind": "text",
        "id": "name",
        "box": {"x_px": 10, "y_px": 10, "w_px": 200, "h_px": 60},
        "text": "{{ employee.name }}",
        "size_px": 40,
    }
    return layer | over


def raw(*layers: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"width_px": 800, "height_px": 1000, "layers": list(layers)} | over


def refusal(data: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse(data)
    return refused.value.fields


def box(x_px: int, y_px: int, w_px: int, h_px: int) -> dict[str, int]:
    return {"x_px": x_px, "y_px": y_px, "w_px": w_px, "h_px": h_px}


def test_a_sound_template_is_read_from_dict_and_from_json() -> None:
    data = raw(text())
    assert parse(data) == parse(msgspec.json.encode(data))
    assert parse(data).layers[0].box == Box(10, 10, 200, 60)


@pytest.mark.parametrize("code", list(starters()))
def test_each_shipped_template_survives_the_round_trip_through_json(code: str) -> None:
    template = starter(code)
    assert parse(msgspec.json.encode(template)) == template
    require_disclosure(template)


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 0), (20_000, 1000), (-5, 100), (1000, 63)])
def test_a_canvas_out_of_bounds_is_refused_by_its_side(width_px: int, height_px: int) -> None:
    fields = refusal(raw(width_px=width_px, height_px=height_px))
    assert fields
    assert set(fields) <= {"width_px", "height_px"}
    assert all("64 到 8000" in message for message in fields.values())


@pytest.mark.parametrize("side", [None, "1080", 10.5, True])
def test_a_canvas_side_that_is_no_whole_number_is_refused(side: object) -> None:
    assert "整数像素" in refusal(raw(width_px=side))["width_px"]


def test_a_canvas_of_too_many_pixels_is_refused() -> None:
    assert "2500 万" in refusal(raw(width_px=8000, height_px=8000))["height_px"]


def test_more_than_200_layers_are_refused() -> None:
    layers = [text(id=f"t{number}") for number in range(201)]
    assert "最多 200" in refusal(raw(*layers))["layers"]
    assert len(parse(raw(*layers[:200])).layers) == 200


@pytest.mark.parametrize("place", [(700, 10, 200, 60), (-1, 10, 200, 60), (10, 990, 20, 20)])
def test_text_that_leaves_the_canvas_is_refused(place: tuple[int, int, int, int]) -> None:
    fields = refusal(raw(text(id="a"), text(box=box(*place))))
    assert "超出画布 800×1000" in fields["layers[1].box"]
    assert "name" in fields["layers[1].box"]


def test_an_ornament_may_bleed_over_the_edge_but_not_lie_outside() -> None:
    shape = {"kind": "shape", "id": "sun", "shape": "ellipse", "fill": "#ffcc00"}
    assert parse(raw(shape | {"box": box(-100, -100, 300, 300)}))
    assert "之外" in refusal(raw(shape | {"box": box(900, 0, 50, 50)}))["layers[0].box"]


def test_negative_and_zero_sizes_are_refused() -> None:
    assert "不能小于 1" in refusal(raw(text(box=box(0, 0, -4, 10))))["layers[0].box.w_px"]
    assert "不能小于 8" in refusal(raw(text(size_px=-40)))["layers[0].size_px"]


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    message = refusal(raw(text(text="余额 {{ customer.balance }}")))["layers[0].text"]
    assert "customer.balance" in message
    assert all(name in message for name in VARIABLES)


@pytest.mark.parametrize("attack", ["{{ employee.__class__ }}", "{{ 7*7 }}", "{{}}"])
def test_what_is_no_variable_is_refused(attack: str) -> None:
    assert "不认识的变量" in refusal(raw(text(text=attack)))["layers[0].text"]


@pytest.mark.parametrize(
    "over",
    [
        {"text": "{{ employee.name"},
        {"text": "employee.name }}"},
        {"text": "{% for x in range(9) %}a{% endfor %}"},
        {"text": "", "spans": [{"text": "{{ employee"}, {"text": ".name }}"}]},
    ],
)
def test_a_variable_begun_and_not_ended_is_refused_instead_of_printed(over: dict[str, Any]) -> None:
    assert "照样印出来" in refusal(raw(text(**over)))["layers[0].text"]


def test_a_single_brace_is_a_sign_like_others() -> None:
    assert parse(raw(text(text="{{ employee.name }} {首次办理}")))


def test_faults_of_several_layers_come_together() -> None:
    fields = refusal(raw(text(text=" "), text(id="b", min_size_px=50), text(id="b")))
    assert set(fields) >= {"layers[0].text", "layers[1].min_size_px", "layers[2].id"}


@pytest.mark.parametrize(
    ("over", "field", "words"),
    [
        ({"kind": "script"}, "layers[0]", "图层类型"),
        ({"colour": "red"}, "layers[0].colour", "#rrggbb"),
        ({"onclick": "x"}, "layers[0]", "onclick"),
        ({"size_px": "40"}, "layers[0].size_px", "类型不对"),
        ({"weight": 401}, "layers[0].weight", "401"),
        ({"id": "A b"}, "layers[0].id", "小写字母"),
        ({"text": "字" * 501}, "layers[0].text", "最多 500"),
    ],
)
def test_a_field_of_a_wrong_kind_is_named(over: dict[str, Any], field: str, words: str) -> None:
    assert words in refusal(raw(text(**over)))[field]


def test_a_missing_field_is_named() -> None:
    layer = text()
    del layer["size_px"]
    assert "size_px" in refusal(raw(layer))["layers[0]"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", "null"])
def test_what_is_no_json_object_is_refused(data: bytes | str) -> None:
    assert refusal(data)["template"]


def test_a_code_too_small_to_scan_is_refused() -> None:
    layer = {"kind": "qr", "id": "qr", "box": box(0, 0, 200, 300)}
    assert "扫不出来" in refusal(raw(layer))["layers[0].box"]


def test_a_shape_that_hides_a_code_or_a_face_is_refused() -> None:
    code = {"kind": "qr", "id": "qr", "box": box(0, 0, 300, 300)}
    shape = {"kind": "shape", "id": "star", "fill": "#ff0000", "box": box(290, 290, 50, 50)}
    assert "盖住" in refusal(raw(code, shape))["layers[1].box"]
    assert parse(raw(shape, code))
    assert "二维码" in refusal(raw(code, text()))["layers[1].box"]


def disclosure(**over: Any) -> dict[str, Any]:
    layer = {
        "kind": "disclosure",
        "id": "law",
        "box": box(0, 900, 800, 60),
        "text": "贷款有风险",
        "size_px": 25,
    }
    return layer | over


def test_mandatory_text_has_a_fortieth_of_the_height_or_more() -> None:
    assert parse(raw(disclosure()))
    message = refusal(raw(disclosure(min_size_px=24)))["layers[0].size_px"]
    assert "2.5%" in message
    assert "25 像素" in message


def test_mandatory_text_is_never_covered_shortened_or_personal() -> None:
    over = text(id="over", box=box(0, 900, 100, 60))
    assert "盖住" in refusal(raw(disclosure(), over))["layers[1].box"]
    assert "不能省略" in refusal(raw(disclosure(ellipsis=True)))["layers[0].ellipsis"]
    personal = disclosure(text="{{ employee.name }}")
    assert "员工信息" in refusal(raw(personal))["layers[0].text"]


def test_a_template_without_mandatory_text_cannot_go_to_review() -> None:
    with pytest.raises(Invalid, match="提示语"):
        require_disclosure(parse(raw(text())))


def test_only_what_shows_an_employee_is_personal() -> None:
    place = Box(0, 0, 300, 300)
    assert is_personal(QrLayer(id="q", box=place))
    assert is_personal(PhotoLayer(id="p", box=place))
    assert is_personal(TextLayer(id="t", box=place, text="找 {{employee.name}}", size_px=20))
    assert not is_personal(TextLayer(id="t", box=place, text="{{ bank.name }}", size_px=20))
    assert not is_personal(ShapeLayer(id="s", box=place, fill="#ffffff"))
