"""Figures on a poster: those of the product it shows, however they are set."""

from typing import Any

import pytest
from tests.posters import said, said_demo, said_promises, said_terms
from tests.posters.said import cases
from tests.posters.saying import poster, refused

from contenthub.posters import editing, wording
from contenthub.posters.facts import by_variable
from contenthub.posters.template import parse

DEPOSIT = {"rate": 215, "term": "三年", "minimum_fen": 5_000_000}
LOAN = {
    "annual_rate": 435,
    "annual_rate_max": 1200,
    "term": "最长36个月",
    "amount_max_fen": 30_000_000,
}
SAID = {"deposit": ["年化利率 2.15%"], "loan": ["4.35%", "12.00%", "财政贴息50%"]}


def _text(name: str, text: str, y_px: int, size_px: int = 40) -> dict[str, Any]:
    box = {"x_px": 100, "y_px": y_px, "w_px": 800, "h_px": round(size_px * 1.4)}
    return {
        "kind": "text",
        "id": name,
        "text": text,
        "size_px": size_px,
        "max_lines": 3,
        "box": box,
    }


def _refused(topic: str, *texts: dict[str, Any], kind: str = "product") -> dict[str, str]:
    """Return what is wrong with a poster of such texts and what every poster must print."""
    design = editing.starter_layers("rights-day", kind=kind, topic=topic)
    kept = [one for one in design["layers"] if one["kind"] == "disclosure"]
    kept.append(_text("who", "{{ bank.name }} {{ item.code }}", 1400, 20))
    kept.append(_text("ad", "广告", 20, 24))
    fields: dict[str, Any] = {"deposit": DEPOSIT, "loan": LOAN}[topic]
    values = {"item.rate": "2.15%"}
    return wording.faults(
        parse(design | {"layers": [*kept, *texts]}),
        title="海报",
        kind=kind,
        topic=topic,
        fields=fields,
        said=SAID[topic],
        values=values,
    )


@pytest.mark.parametrize(
    ("topic", "said", "figure", "own"),
    [
        ("deposit", "年化2.6%", "2.6%", "2.15%"),
        ("deposit", "２．６％", "２．６％", "2.15%"),
        ("deposit", "高达2.6%", "2.6%", "2.15%"),
        ("deposit", "年化 {{ item.rate }}，最高 2.8%", "2.8%", "2.15%"),
        ("deposit", "期限：五年", "五年", "三年"),
        ("deposit", "1万元起存", "1万元", "5 万元"),
        ("loan", "年利率3.5%起", "3.5%", "4.35%"),
        ("loan", "最高可贷50万元", "50万元", "30 万元"),
        ("loan", "最长60个月", "60个月", "36个月"),
    ],
)
def test_a_figure_that_is_not_the_products_is_refused_and_both_are_named(
    topic: str, said: str, figure: str, own: str
) -> None:
    (told,) = _refused(topic, _text("one", said, 500)).values()
    assert "文字「one」" in told
    assert figure in told
    assert own in told.partition("内容里是")[2]


@pytest.mark.parametrize(
    ("topic", "label", "figure"),
    [("deposit", "年化利率", "2.6%"), ("loan", "额度最高", "50万")],
)
def test_a_figure_in_large_letters_belongs_to_the_small_words_above_it(
    topic: str, label: str, figure: str
) -> None:
    texts = (_text("label", label, 500), _text("big", figure, 570, 160))
    assert [figure in told for told in _refused(topic, *texts).values()] == [True]


def test_the_products_own_figures_pass_in_any_order_and_so_does_what_is_no_rate() -> None:
    own = (_text("a", "三年", 400, 50), _text("b", "{{ item.rate }}", 480, 200))
    assert _refused("deposit", *own, _text("c", "5万元起存", 780)) == {}
    assert _refused("deposit", _text("a", "100%线上办理", 500)) == {}
    assert _refused("loan", _text("a", "年利率 4.35% 起，财政贴息50%", 500)) == {}


def test_a_poster_of_what_has_no_figures_may_say_none() -> None:
    (told,) = _refused("deposit", _text("a", "到场就有2.6%", 500), kind="activity").values()
    assert "2.6%" in told


@pytest.mark.parametrize(
    ("name", "text"),
    [one for texts in (said, said_demo, said_promises, said_terms) for one in cases(texts.BAD)],
)
def test_what_the_content_does_not_say_is_refused_on_the_layer_that_says_it(
    name: str, text: str
) -> None:
    found = refused(name, text)
    assert [at for at in found if at.startswith("layers[")], found


@pytest.mark.parametrize(
    ("name", "text"),
    [one for texts in (said, said_demo, said_promises, said_terms) for one in cases(texts.HONEST)],
)
def test_what_the_content_says_and_what_is_no_figure_of_it_passes(name: str, text: str) -> None:
    assert refused(name, text) == {}


@pytest.mark.parametrize(
    ("name", "text", "fixed"),
    [
        ("deposit", "年化 2.6%", "年化 {{ item.rate }}"),
        ("deposit", "利率2.6%起", "利率{{ item.rate }}起"),
        ("deposit", "三年期 2.15%", "三年期 {{ item.rate }}"),
        ("deposit", "百分之二点六", "{{ item.rate }}"),
        ("deposit", "一年期 2.05%", None),
        ("deposit", "年利率 {{ item.rate }}", None),
        ("deposit", "满意度 100%", None),
        ("loan", "年利率 4.35% 起", None),
        ("activity", "年化 2.6%", None),
    ],
)
def test_the_variable_takes_a_figures_place_only_where_the_text_is_true_then(
    name: str, text: str, fixed: str | None
) -> None:
    template, shown = poster(name, text)
    found = by_variable(template, wording.held_to(shown), shown["values"])
    assert list(found.values()) == ([fixed] if fixed else [])


@pytest.mark.parametrize(
    ("name", "text", "quoted", "own"),
    [
        ("harvest", "大额存单 三年 2.5厘 20万起", "“2.5厘”", "年化利率 2.05%"),
        ("petrol", "每周六加油满200减30", "“满200减30”", "每周六满200元减20元"),
        ("petrol", "年费全免", "“年费全免”", "当年刷卡满6笔免次年年费"),
        ("carwash", "持本行信用卡领取", "“持本行信用卡”", "持本行社保卡"),
    ],
)
def test_a_refusal_quotes_the_whole_claim_and_the_field_that_tells_it(
    name: str, text: str, quoted: str, own: str
) -> None:
    (told,) = refused(name, text).values()
    assert quoted in told
    assert own in told
