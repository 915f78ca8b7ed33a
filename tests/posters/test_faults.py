"""What groups, turns, rules and codes may not do; and how older templates are read."""

from typing import Any

import msgspec
import pytest

from contenthub.errors import Invalid
from contenthub.posters.layers import GradientLayer, TextLayer, is_personal
from contenthub.posters.looks import Box, Clip, Rule, Shadow
from contenthub.posters.sizes import SIZES
from contenthub.posters.template import parse, schema, sheet


def box(x_px: int, y_px: int, w_px: int, h_px: int) -> dict[str, int]:
    return {"x_px": x_px, "y_px": y_px, "w_px": w_px, "h_px": h_px}


def raw(*layers: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"width_px": 800, "height_px": 1000, "schema": 2, "layers": list(layers)} | over


def qr(**over: Any) -> dict[str, Any]:
    return {"kind": "qr", "id": "code", "box": box(0, 0, 300, 300)} | over


def law(**over: Any) -> dict[str, Any]:
    text = {"text": "贷款有风险", "size_px": 30}
    return {"kind": "disclosure", "id": "law", "box": box(0, 900, 800, 60)} | text | over


def group(*layers: dict[str, Any], **over: Any) -> dict[str, Any]:
    made = {"kind": "group", "id": "g", "box": box(100, 100, 400, 400), "layers": list(layers)}
    return made | over


def refusal(data: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse(data)
    return refused.value.fields


@pytest.mark.parametrize(
    ("layer", "field", "words"),
    [
        (qr(rotation_degrees=5), "layers[0].rotation_degrees", "不能旋转"),
        (qr(opacity=0.5), "layers[0].opacity", "不能半透明"),
        (qr(colour="#ffd75e"), "layers[0].colour", "扫不出来"),
        (qr(colour="#ffffff", ground="#101010"), "layers[0].colour", "浅色底"),
        (law(clip={"form": "ellipse"}), "layers[0].clip", "遮罩"),
        (law(show=[{"variable": "employee.title"}]), "layers[0].show", "一直显示"),
        (law(text="", spans=[{"text": "小字", "scale": 0.5}]), "layers[0].size_px", "2.5%"),
        (qr(show=[{"variable": "customer.age"}]), "layers[0].show[0].variable", "不认识"),
        (
            qr(show=[{"variable": "employee.branch", "test": "one_of"}]),
            "layers[0].show[0].values",
            "至少填一个",
        ),
        (group(qr(box=box(0, 0, 300, 300)), opacity=0.5), "layers[0]", "不能旋转、半透明"),
        (group(law(box=box(0, 0, 300, 60)), rotation_degrees=9), "layers[0]", "提示语"),
        (group(qr(box=box(600, 0, 300, 300))), "layers[0].layers[0].box", "超出画布"),
        (group(qr(id="g")), "layers[0].layers[0].id", "重复"),
        (law(spans=[{"text": "又一段"}]), "layers[0].spans", "只留一个"),
        (
            {"kind": "picture", "id": "p", "box": box(0, 0, 9, 9), "asset": "a" * 64, "crop": 3},
            "layers[0].crop",
            "类型不对",
        ),
    ],
)
def test_a_fault_is_told_with_its_layer_and_the_fix(
    layer: dict[str, Any], field: str, words: str
) -> None:
    assert words in refusal(raw(layer))[field]


def test_groups_count_their_layers_and_may_not_be_too_deep() -> None:
    deep = qr()
    for number in range(6):
        deep = group(deep, id=f"g{number}", box=box(0, 0, 400, 400))
    assert any("层组" in message for message in refusal(raw(deep)).values())
    shape = {"kind": "shape", "fill": "#ff0000", "box": box(0, 0, 9, 9)}
    many = [group(*({**shape, "id": f"s{g}-{n}"} for n in range(90)), id=f"g{g}") for g in range(3)]
    assert "最多 200" in refusal(raw(*many))["layers"]


def test_what_turns_over_a_code_hides_it_and_a_frame_may_lie_over_a_face() -> None:
    bar = {"kind": "shape", "id": "bar", "fill": "#ff0000", "box": box(200, 350, 300, 20)}
    assert parse(raw(qr(), bar))
    assert "扫不出来" in refusal(raw(qr(), bar | {"rotation_degrees": 60}))["layers[1].box"]
    face = {"kind": "photo", "id": "face", "box": box(0, 0, 200, 200)}
    ring = {"kind": "shape", "id": "ring", "stroke": "#ff0000", "stroke_px": 5}
    assert parse(raw(face, ring | {"box": box(0, 0, 200, 200)}))
    seal = {"kind": "shape", "id": "seal", "fill": "#ff0000"}
    assert parse(raw(face, seal | {"box": box(150, 150, 60, 60)}))
    assert "盖住" in refusal(raw(face, seal | {"box": box(50, 50, 99, 99)}))["layers[1].box"]


def test_a_rule_that_asks_for_the_employee_makes_any_layer_personal() -> None:
    star = {"kind": "shape", "id": "s", "fill": "#ff0000", "box": box(0, 0, 9, 9)}
    by_photo = star | {"show": [{"variable": "employee.photo", "test": "empty"}]}
    by_kind = star | {"show": [{"variable": "item.kind", "test": "one_of", "values": ["right"]}]}
    assert is_personal(parse(raw(by_photo)).layers[0])
    assert not is_personal(parse(raw(by_kind)).layers[0])
    assert is_personal(parse(raw(group(by_photo))).layers[0])


def test_rules_hold_for_what_is_filled_empty_or_listed() -> None:
    known = {"employee.branch": "城关支行", "employee.title": " "}
    assert Rule("employee.branch").holds(known)
    assert Rule("employee.title", "empty").holds(known)
    assert Rule("employee.branch", "one_of", ("城关支行",)).holds(known)
    assert not Rule("employee.branch", "none_of", ("城关支行",)).holds(known)
    assert Rule("employee.no", "none_of", ("1",)).holds(known)


def test_templates_of_the_first_schema_are_read_as_the_second() -> None:
    old = raw(
        {
            "kind": "text",
            "id": "t",
            "box": box(0, 0, 300, 99),
            "text": "存款季",
            "size_px": 48,
            "shadow": "#5e060c",
        },
        {
            "kind": "gradient",
            "id": "g",
            "box": box(0, 0, 99, 99),
            "stops": [{"at": 0, "colour": "#000000"}, {"at": 1, "colour": "#ffffff"}],
            "mask": "curve",
            "points": [[0, 0], [9, 0], [9, 9]],
        },
    )
    del old["schema"]
    text, gradient = parse(old).layers
    assert isinstance(text, TextLayer)
    assert text.shadow == Shadow("#5e060c", down_px=2)
    assert isinstance(gradient, GradientLayer)
    assert gradient.clip == Clip("curve", points=((0, 0), (9, 0), (9, 9)))
    stored = msgspec.json.encode(parse(old))
    assert parse(stored) == parse(old)
    assert b'"schema":2' in stored


def test_bleed_is_painted_around_the_canvas_and_boxes_move_with_it() -> None:
    size = SIZES["a4"]
    made = parse(
        raw(
            group(qr(box=box(10, 20, 300, 300))),
            width_px=size.width_px,
            height_px=size.height_px,
            dpi=size.dpi,
            bleed_px=size.bleed_px,
        )
    )
    opened = sheet(made)
    assert (opened.width_px, opened.height_px, opened.dpi) == (2550, 3578, 300)
    code = opened.layer("code")
    assert code is not None
    assert code.box == Box(145, 155, 300, 300)


def test_the_published_schema_names_every_kind_of_layer() -> None:
    text = msgspec.json.encode(schema()).decode()
    for kind in ("picture", "logo", "text", "shape", "gradient", "qr", "photo", "group"):
        assert f'"{kind}"' in text
    assert schema()["$schema"].endswith("2020-12/schema")
