"""What a poster must print and must not say, whoever wrote its layers."""

from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.library.kinds import KINDS
from contenthub.posters import editing
from contenthub.posters.template import parse
from contenthub.posters.wording import faults, prints
from contenthub.tenants.topics import TOPICS


def _check(layers: dict[str, Any], kind: str, topic: str, title: str = "海报") -> None:
    if wrong := faults(parse(layers), title=title, kind=kind, topic=topic, fields={}):
        raise Invalid(fields=wrong)


def _said(layers: dict[str, Any], text: str, layer_id: str = "disclosure") -> dict[str, Any]:
    for layer in layers["layers"]:
        if layer["id"] == layer_id:
            layer["text"] = text
    return layers


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("kind", ["product", "right", "activity"])
def test_a_starter_made_for_an_item_prints_what_its_topic_must(kind: str, topic: str) -> None:
    assert kind in KINDS
    code = editing.starter_for(topic)
    _check(editing.starter_layers(code, kind=kind, topic=topic), kind, topic)


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        ("wealth", "理财非存款、产品有风险、投资须谨慎"),
        ("loan", "贷款额度、利率以审批为准，请理性借贷"),
        ("fund", "基金有风险，投资需谨慎"),
        ("insurance", "本产品为保险产品，非银行存款"),
        ("card", "请理性消费、按期还款"),
    ],
)
def test_a_poster_without_its_topics_line_is_refused_with_the_line(topic: str, line: str) -> None:
    bare = _said(editing.starter_layers("rights-day"), "详见网点公告")
    with pytest.raises(Invalid) as refused:
        _check(bare, "product", topic)
    (field,) = refused.value.fields
    index = next(n for n, x in enumerate(bare["layers"]) if x["kind"] == "disclosure")
    assert field == f"layers[{index}].text"
    assert line in refused.value.fields[field]
    _check(_said(bare, line), "product", topic)


def test_the_line_counts_in_any_punctuation_but_not_in_an_ordinary_text() -> None:
    assert prints("理财非存款 产品有风险 投资须谨慎！", "理财非存款、产品有风险、投资须谨慎")
    elsewhere = _said(editing.starter_layers("rights-day"), "详见网点公告")
    _said(elsewhere, "理财非存款、产品有风险、投资须谨慎", "slogan")
    with pytest.raises(Invalid, match="法定提示"):
        _check(elsewhere, "product", "wealth")


def test_a_forbidden_word_in_a_layer_is_refused_like_one_in_content() -> None:
    layers = editing.starter_layers("rights-day", kind="product", topic="wealth")
    _said(layers, "保本保息，稳赚不赔", "slogan")
    with pytest.raises(Invalid) as refused:
        _check(layers, "product", "wealth")
    assert any("保本" in message for message in refused.value.fields.values())


@pytest.mark.parametrize("topic", ["loan", "card", "deposit", "life", "payment"])
@pytest.mark.parametrize("words", ["保本保息", "保本", "保 本 又 保 息"])
def test_money_back_is_promised_on_no_poster_whatever_it_is_about(topic: str, words: str) -> None:
    layers = editing.starter_layers(editing.starter_for(topic), kind="product", topic=topic)
    slogan = next(layer for layer in layers["layers"] if layer["kind"] == "text")
    _check(layers, "product", topic)
    slogan["text"] = words
    with pytest.raises(Invalid) as refused:
        _check(layers, "product", topic)
    assert any("保" in message for message in refused.value.fields.values())


def test_a_poster_without_any_mandatory_layer_is_refused() -> None:
    layers = editing.starter_layers("rights-day")
    layers["layers"] = [x for x in layers["layers"] if x["kind"] != "disclosure"]
    with pytest.raises(Invalid, match="提示语"):
        _check(layers, "product", "life")


@pytest.mark.parametrize(("gone", "named"), [("bank", "bank.name"), ("item", "item.code")])
def test_a_poster_names_its_bank_and_its_wording(gone: str, named: str) -> None:
    layers = editing.starter_layers("deposit-season", kind="product", topic="deposit")
    for layer in layers["layers"]:
        if layer["kind"] == "text":
            layer["text"] = layer["text"].replace(f"{{{{ {named} }}}}", "本行")
    with pytest.raises(Invalid) as refused:
        _check(layers, "product", "deposit")
    assert gone in refused.value.fields["layers"]


def _beside(layers: dict[str, Any], *words: str, down_px: int = 0) -> dict[str, Any]:
    x_px = 40
    for number, word in enumerate(words):
        layers["layers"].append(
            {
                "kind": "text",
                "id": f"piece-{number}",
                "box": {"x_px": x_px, "y_px": 300 + number * down_px, "w_px": 200, "h_px": 80},
                "text": word,
                "size_px": 60,
            }
        )
        x_px += 0 if down_px else 200
    return layers


@pytest.mark.parametrize("down_px", [0, 90])
@pytest.mark.parametrize("words", [("零", "风险"), ("保本", "保息"), ("稳", "赚不", "赔")])
def test_what_two_layers_say_together_is_refused(words: tuple[str, ...], down_px: int) -> None:
    layers = editing.starter_layers(editing.starter_for("loan"), kind="product", topic="loan")
    with pytest.raises(Invalid) as refused:
        _check(_beside(layers, *words, down_px=down_px), "product", "loan")
    assert any("风险" in told or "保" in told or "赔" in told for told in _told(refused))


def _told(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return list(refused.value.fields.values())


def _read_together(topic: str, *words: str) -> list[str]:
    layers = _beside(editing.starter_layers(editing.starter_for(topic)), *words)
    fields = {"rate": 205, "term": "三年"} if topic == "deposit" else {}
    told = faults(parse(layers), title="海报", kind="product", topic=topic, fields=fields)
    return [one for one in told.values() if "连着读" in one]


def test_a_sentence_that_goes_on_in_another_layer_is_read_whole() -> None:
    (told,) = _read_together("loan", "银行的钱", "如今跟自家抽屉里的一样好拿")
    assert "整句读来" in told


def test_no_number_in_a_products_name_makes_it_and_a_label_beside_it_a_forbidden_sentence() -> None:
    names = [f"三年期大额存单 {number}" for number in range(1, 30)]
    read = {name: _read_together("deposit", "年化 2.05% 等您来", name) for name in names}
    assert {name: told for name, told in read.items() if told} == {}


def test_words_beside_each_other_that_say_nothing_forbidden_pass() -> None:
    layers = editing.starter_layers(editing.starter_for("loan"), kind="product", topic="loan")
    _check(_beside(layers, "手续", "简便"), "product", "loan")


@pytest.mark.parametrize("kind", ["product", "right", "activity"])
def test_a_poster_that_advertises_without_its_mark_is_refused(kind: str) -> None:
    layers = editing.starter_layers("rights-day", kind=kind, topic="life")
    mark = next(one for one in layers["layers"] if one["id"] == "ad")
    _check(layers, kind, "life")
    for less in (
        {"text": "拒绝虚假广告，远离非法集资"},
        {"opacity": 0.1},
        {"show": [{"variable": "employee.photo", "test": "filled"}]},
    ):
        changed = [{**one, **less} if one is mark else one for one in layers["layers"]]
        weak = layers | {"layers": changed}
        with pytest.raises(Invalid, match="广告标识"):
            _check(weak, kind, "life")
    bare = layers | {"layers": [one for one in layers["layers"] if one is not mark]}
    with pytest.raises(Invalid) as refused:
        _check(bare, kind, "life")
    assert "第十四条" in refused.value.fields["layers"]
    # Its author finds the mark there, whatever the poster began from.
    assert editing.with_lines(bare, kind=kind, topic="life")["layers"][-1]["text"] == "广告"
    _check(bare, kind, "life")


def test_what_sells_nothing_needs_no_mark() -> None:
    bare = editing.starter_layers("anti-fraud", kind="article", topic="education")
    bare["layers"] = [one for one in bare["layers"] if not one["id"].startswith("ad")]
    _check(bare, "article", "education")
    _check(editing.starter_layers("name-card", kind="product", topic="life"), "product", "life")
