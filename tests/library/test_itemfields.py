import json
from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.library import bodytext, kinds
from contenthub.library.itemfields import (
    Field,
    WrongValue,
    clean_text,
    clean_value,
    show,
    table_rows,
    typed,
)
from contenthub.library.kinds import KINDS, check, drop_elsewhere, field, switched_off

SAMPLES: dict[str, Any] = {
    "text": "三年",
    "longtext": "第一行\n第二行",
    "message": "{{ employee.name }}您好：{{ link }}",
    "rich": "<p>正文</p>",
    "rate_bp": "3.45",
    "odds_ppm": "1/2000",
    "money_fen": "30.5万元",
    "date": "2026年12月1日",
    "datetime": "2026-12-01 9:05",
    "int": "40份",
}
PRIZES = field("activity", "life", "prizes")


def _sample(spec: Field) -> Any:
    if spec.type == "choice":
        return spec.choices[-1][1]
    if spec.type == "list":
        return [shown for _, shown in spec.choices[:2]] or "甲\n乙"
    if spec.type == "asset":
        return "ab" * 32
    if spec.type == "item":
        return {"product": "p-1001", "right": "R-1001"}[spec.item_kinds[0]]
    if spec.type == "table":
        return [{cell.name: _sample(cell) for cell in spec.cells}]
    if spec.type == "rate_bp" and spec.max_value is not None and spec.max_value < 345:
        return "1"
    if spec.check:
        return {"phone": "0838-5550000", "fund_code": "000123"}[spec.check]
    return "1" if spec.type in ("int", "money_fen") else SAMPLES[spec.type]


@pytest.mark.parametrize("spec", [f for kind in KINDS.values() for f in kind.fields])
def test_what_an_input_shows_of_a_kept_value_is_read_back_as_the_same(spec: Field) -> None:
    kept = clean_value(spec, _sample(spec))
    assert kept is not None
    assert json.loads(json.dumps(kept)) == kept
    assert clean_value(spec, kept) == kept
    assert clean_value(spec, typed(spec, kept)) == kept
    assert show(spec, kept)


@pytest.mark.parametrize(
    ("said", "ppm", "shown"),
    [
        ("1%", 10_000, "1%"),
        ("０．０５％", 500, "0.05%（约 1/2000）"),
        ("1/2000", 500, "0.05%（约 1/2000）"),
        ("千分之二", None, ""),
        ("千分之2", 2_000, "0.2%（约 1/500）"),
        ("5‰", 5_000, "0.5%（约 1/200）"),
        ("万分之5", 500, "0.05%（约 1/2000）"),
        ("1/3", 333_333, "33.3333%"),
        ("0%", 0, "0%"),
        ("100%", 1_000_000, "100%"),
        ("101%", None, ""),
        ("3/2", None, ""),
        ("1/0", None, ""),
        ("0.5", None, ""),
        ("大概率", None, ""),
        ("1/900000000", None, ""),
    ],
)
def test_odds_are_read_as_people_write_them(said: str, ppm: int | None, shown: str) -> None:
    spec = Field("odds_ppm", "中奖概率", "odds_ppm", max_value=1_000_000)
    if ppm is None:
        with pytest.raises(WrongValue, match="中奖概率"):
            clean_value(spec, said)
        return
    assert clean_value(spec, said) == ppm
    assert show(spec, ppm) == shown
    assert clean_value(spec, shown) == pytest.approx(ppm, abs=1)


def test_prizes_are_kept_typed_and_shown_in_columns() -> None:
    kept = clean_value(PRIZES, "农用手电筒｜45元｜10份｜1%｜实物\n\n劳保手套|30|40")
    assert kept == [
        {
            "prize": "农用手电筒",
            "value_fen": 4_500,
            "quantity": 10,
            "odds_ppm": 10_000,
            "kind": "goods",
        },
        {"prize": "劳保手套", "value_fen": 3_000, "quantity": 40},
    ]
    assert table_rows(PRIZES, kept) == [
        ["农用手电筒", "45 元", "10", "1%", "实物"],
        ["劳保手套", "30 元", "40", "", ""],
    ]
    assert show(PRIZES, kept) == "农用手电筒 45 元 10 1% 实物；劳保手套 30 元 40"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("手电筒｜45元", "缺少“数量”"),
        ("手电筒｜很多｜3", "“单价”请填写金额"),
        ("手电筒｜45｜3｜必中", "“中奖概率”请填写"),
        ("手电筒｜45｜3｜1%｜现金", "“种类”请从这些选项中选择"),
        ("a｜1｜2｜1%｜实物｜多一列", "请按“奖品｜单价"),
        ([{"prize": {"x": 1}, "value_fen": 1, "quantity": 1}], "“奖品”请填写文字"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row(rows: object, said: str) -> None:
    with pytest.raises(WrongValue, match=r"^第 1 行") as refused:
        clean_value(PRIZES, rows)
    assert said in str(refused.value)


def test_rows_kept_before_their_columns_were_typed_are_shown_and_read() -> None:
    before = [{"prize": "手电筒", "value": "45元", "quantity": "10份"}]
    assert table_rows(PRIZES, before) == [["手电筒", "45元", "10份", "", ""]]
    assert clean_value(PRIZES, before) == [{"prize": "手电筒", "value_fen": 4_500, "quantity": 10}]


@pytest.mark.parametrize("said", ["1001", "P-1", "R-1001", "P_1001", "P-１００１x", 7, "'; drop"])
def test_a_reference_names_an_item_of_the_right_kind(said: object) -> None:
    spec = field("faq", "deposit", "related_product")
    assert clean_value(spec, " ｐ-1001 ") == "P-1001"
    with pytest.raises(WrongValue, match="P-1001"):
        clean_value(spec, said)


def test_a_script_knows_only_the_listed_variables() -> None:
    good = {"scene": "one_to_one", "text": "{{ customer.surname }}您好：{{ link }}"}
    assert check("script", "life", "话术", good)["text"] == good["text"]
    for text in ("{{ customer.phone }}", "{% if x %}", "{{ link | safe }}", "}}"):
        with pytest.raises(Invalid) as refused:
            check("script", "life", "话术", {**good, "text": text})
        assert set(refused.value.fields) == {"fields.text"}


@pytest.mark.parametrize("scene", ["group", "moments"])
def test_a_text_for_many_names_no_single_customer(scene: str) -> None:
    with pytest.raises(Invalid, match="没有单个客户"):
        check("script", "life", "话术", {"scene": scene, "text": "{{ customer.surname }}您好"})


def test_a_field_of_another_topic_is_refused_and_can_be_dropped() -> None:
    for name in ("annual_rate", "年化利率（单利）", "risk_level"):
        with pytest.raises(Invalid) as refused:
            check("product", "deposit", "存单", {name: "3.45"})
        assert "只用于" in refused.value.fields[f"fields.{name}"]
    kept = {"summary": "一句话", "annual_rate": 345, "网点专享": "城关支行"}
    assert drop_elsewhere("product", "deposit", kept) == {
        "summary": "一句话",
        "网点专享": "城关支行",
    }


@pytest.mark.parametrize("topic", ["deposit", "loan", "wealth", "fund", "insurance", "card"])
def test_no_financial_topic_has_a_referral_reward(topic: str) -> None:
    for kind in KINDS:
        assert not [f for f in kinds.fields_of(kind, topic) if f.name.startswith("referral")]
    with pytest.raises(Invalid) as refused:
        check("activity", topic, "存款抽奖", {"referral_reward_fen": "10元"}, complete=False)
    assert "fields.referral_reward_fen" in refused.value.fields


def test_a_referral_reward_waits_for_the_banks_switch() -> None:
    fields = check("activity", "life", "讲座", {"referral_reward_fen": "10元"}, complete=False)
    assert fields == {"referral_reward_fen": 1_000}
    off = switched_off("activity", "life", fields, {"rewards": False})
    assert "奖励开关" in off["fields.referral_reward_fen"]
    assert switched_off("activity", "life", fields, {"rewards": True}) == {}
    assert switched_off("activity", "life", {}, {"rewards": False}) == {}


@pytest.mark.parametrize(
    "text", ["拨打{{ bank.name }}电话", "{% if x %}", "｛｛ employee.name ｝｝", "完了}}", "{# #}"]
)
def test_fields_know_no_variables_for_nobody_fills_them_in(text: str) -> None:
    for name in ("summary", "selling_points"):
        with pytest.raises(WrongValue, match="不能使用变量"):
            clean_value(field("product", "deposit", name), [text] if name != "summary" else text)
    with pytest.raises(Invalid) as wrong:
        kinds.check("product", "deposit", text, {}, complete=False)
    assert "不能使用变量" in wrong.value.fields["title"]


def test_marks_that_turn_the_writing_are_taken_out_before_the_rules_read() -> None:
    assert clean_text("\u202e三年\u202c", 60, lines=False) == "三年"
    assert bodytext.kept("<p>\u2067本保\u2069理财</p>") == "<p>本保理财</p>"


@pytest.mark.parametrize(
    "odd", ["｛｛ employee.name ｝｝", "{% if a %}好{% endif %}", "{# 备注 #}"]
)
def test_a_body_refuses_what_only_looks_like_a_variable(odd: str) -> None:
    with pytest.raises(Invalid) as wrong:
        bodytext.kept(f"<p>您好{odd}</p>")
    assert "插入变量" in wrong.value.fields["body"]
