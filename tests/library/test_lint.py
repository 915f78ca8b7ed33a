"""The labelled corpus is the promise; the rest pins places, scopes and fields."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import opencc
import pytest
from tests.lots import share

from contenthub.errors import Invalid
from contenthub.library.lint import Hit, lint, open_blocks
from contenthub.library.rules import RULE_PACK_VERSION, disclosures, pack


class Sentence(NamedTuple):
    """One labelled line of the corpus; `label` is the rule it breaks, or ok."""

    kind: str
    topic: str
    text: str
    label: str
    is_obfuscated: bool


def read_corpus(name: str) -> list[Sentence]:
    """Return the sentences of one file of the corpus."""
    path = Path(__file__).with_name("corpus") / f"{name}.tsv"
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return [
        Sentence(kind, topic, words, label, is_obfuscated=flag == "1")
        for kind, topic, words, label, flag in rows
    ]


FILES = ("bad", "good", "first", "heldout", "heldout2", "heldout3", "heldout4", "heldout5")
CORPUS = [line for name in FILES for line in read_corpus(name)]
BAD = [line for line in CORPUS if line.label != "ok"]
GOOD = [line for line in CORPUS if line.label == "ok"]
FREE = (
    *(f"free{number}" for number in range(1, 7)),
    *(f"stranger{number}" for number in range(1, 7)),
    "answers1",
    "answers2",
    "answers3",
    "stance1",
    "stance2",
    "stance3",
    "stance4",
    "stance5",
    "blind1",
    "oblique1",
    "oblique2",
    "oblique3",
    "families1",
    "families2",
    "clerk1",
    "clerk2",
    "families3",
    "families4",
    "families5",
    "families6",
    "blind2",
    "blind3",
    "blind4",
    "blind5",
    "blind6",
    "stranger8",
)
"""Sentences as clerks write them; each set was measured before anything was changed for it."""
STATED = {"risk_level": "R2"}
"""What content of an investment topic says of itself (SUIT-02)."""
SEVERITY = {rule.id: rule.severity for rule in pack().rules}
TEXT_RULES = {rule.id for rule in pack().rules if rule.pattern and not rule.needs}

GOOD_LOAN = {
    "annual_rate": 345,
    "comprehensive_cost_rate": 345,
    "comprehensive_cost": [{"item": "利息", "payee": "本行", "standard": "3.45%"}],
}


def worded(kind: str, topic: str, text: str) -> list[Hit]:
    """Return the hits on words; missing fields are another matter."""
    return [hit for hit in lint(kind, topic, {}, text) if hit.text]


def rules(hits: list[Hit]) -> set[str]:
    """Return the ids found."""
    return {hit.rule for hit in hits}


def test_the_corpus_is_big_and_mixed() -> None:
    assert len(BAD) >= 300
    assert len(GOOD) >= 300
    assert sum(line.is_obfuscated for line in BAD) >= 100
    # PAY-02, PAY-03: test_accounts_for_sale.py, test_cash_and_mules.py; DEP-08: below; the rest:
    # stranger8.tsv.
    assert rules_without_a_bad_sentence() <= {
        *("WX-01", "PAY-02", "PAY-03", "LOAN-10", "TERM-02", "EMP-03", "DEP-08")
    }


def rules_without_a_bad_sentence() -> set[str]:
    """Return text rules that no bad sentence of the corpus tries."""
    return TEXT_RULES - {line.label for line in BAD}


def test_block_rules_find_at_least_98_percent_of_bad_sentences() -> None:
    bad = [line for line in BAD if SEVERITY[line.label] == "block" and line.label in TEXT_RULES]
    missed = [
        line for line in bad if line.label not in rules(worded(line.kind, line.topic, line.text))
    ]
    assert len(missed) <= 0.02 * len(bad), missed


def test_review_rules_find_at_least_95_percent_of_bad_sentences() -> None:
    bad = [line for line in BAD if SEVERITY[line.label] == "review"]
    missed = [
        line for line in bad if line.label not in rules(worded(line.kind, line.topic, line.text))
    ]
    assert len(missed) <= 0.05 * len(bad), missed


def test_good_sentences_are_blocked_at_most_2_percent_of_the_time() -> None:
    blocked = [line for line in GOOD if open_blocks(worded(line.kind, line.topic, line.text))]
    assert len(blocked) <= 0.02 * len(GOOD), blocked


def test_obfuscated_sentences_are_blocked_at_least_9_times_in_10() -> None:
    hidden = [line for line in BAD if line.is_obfuscated and SEVERITY[line.label] == "block"]
    missed = [line for line in hidden if not open_blocks(worded(line.kind, line.topic, line.text))]
    assert len(hidden) >= 300
    assert len(missed) <= 0.1 * len(hidden), missed


@pytest.mark.parametrize("name", FREE)
def test_freely_worded_sentences_are_told_apart(name: str) -> None:
    lines = read_corpus(name)
    stopped = {
        line
        for line in lines
        if (SEVERITY.get(line.label) != "review")
        and open_blocks(worded(line.kind, line.topic, line.text))
    }
    bad = [line for line in lines if line.label != "ok" and SEVERITY.get(line.label) != "review"]
    good = [line for line in lines if line.label == "ok"]
    missed = [line for line in bad if line not in stopped]
    blocked = [line for line in good if line in stopped]
    assert len(missed) <= 0.02 * len(bad), missed
    assert len(blocked) <= 0.02 * len(good), blocked


@pytest.mark.parametrize("name", ["families1", "families2", "families3", "clerk1"])
def test_what_a_person_has_to_weigh_is_put_before_one(name: str) -> None:
    weighed = [line for line in read_corpus(name) if SEVERITY.get(line.label) == "review"]
    missed = [line for line in weighed if not worded(line.kind, line.topic, line.text)]
    assert weighed
    assert not missed


POSTERS = ("保本保息", "贷款保本保息", "保　本　保　息", "到期保本又保息")


@pytest.mark.parametrize("topic", ["loan", "card", "deposit", "payment", "life", "rights"])
@pytest.mark.parametrize("text", POSTERS)
def test_a_promise_of_money_back_is_stopped_whatever_the_topic(topic: str, text: str) -> None:
    assert open_blocks(worded("product", topic, text))
    assert not open_blocks(worded("article", topic, f"凡是承诺“{text}”的都是骗局"))


def spaced(text: str, between: str) -> str:
    """Return the text with something set between every two Chinese characters."""
    out = ""
    for one, two in zip(text, text[1:] + "\n", strict=True):
        both = "\u4e00" <= one <= "\u9fff" and "\u4e00" <= two <= "\u9fff"
        out += one + (between if both else "")
    return out


SEPARATORS = ("\u200b", "\u200d\ufeff", "·", " ", "*", ".", "\u3000", "-", "_", "\u0336", "★")
IN_THE_SUITE = 8
"""One in how many sentences a separator is put into; `make fuzz` puts each into all of them."""


@pytest.mark.parametrize(
    "between", SEPARATORS, ids=lambda text: "+".join(f"U+{ord(char):04X}" for char in text)
)
@pytest.mark.parametrize(
    "one_in",
    [
        pytest.param(IN_THE_SUITE, id="some"),
        pytest.param(1, id="all", marks=[pytest.mark.fuzz]),
    ],
)
def test_separators_hide_at_most_2_percent(between: str, one_in: int) -> None:
    bad = [line for line in BAD if SEVERITY[line.label] == "block" and line.label in TEXT_RULES]
    # Each separator begins elsewhere: together they stand in every sentence.
    bad = bad[SEPARATORS.index(between) % one_in :: one_in]
    missed = [
        line
        for line in bad
        if line.label not in rules(worded(line.kind, line.topic, spaced(line.text, between)))
    ]
    assert len(missed) <= 0.02 * len(bad), missed


def test_traditional_and_full_width_writing_hides_at_most_2_percent() -> None:
    traditional = opencc.OpenCC("s2t")
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    bad = [line for line in BAD if SEVERITY[line.label] == "block" and line.label in TEXT_RULES]
    turns: list[Callable[[str], str]] = [traditional.convert, lambda text: text.translate(wide)]
    for begin, turn in enumerate(turns):
        tried = share(bad, 2, begin=begin)
        missed = [
            line
            for line in tried
            if line.label not in rules(worded(line.kind, line.topic, turn(line.text)))
        ]
        assert len(missed) <= 0.02 * len(tried), missed


LOOK_ALIKES = [
    ("wealth", "本产品保夲"),
    ("wealth", "本产品宝本保息"),
    ("wealth", "bao本理财来了"),
    ("wealth", "到期baoben"),
    ("wealth", "保ben产品"),
    ("wealth", "〇风险"),
    ("wealth", "0风險"),
    ("wealth", "零凤险"),
    ("wealth", "稳撰不赔"),
    ("wealth", "⾦牌产品，⽆⻛险"),
    ("wealth", "ｂａｏ本"),
    ("loan", "零门坎贷款"),
    ("loan", "無門檻"),
    ("loan", "不看征 信"),
    ("loan", "秒➡批"),
    ("loan", "㊙秒批"),
]


def test_look_alikes_are_found_at_least_9_times_in_10() -> None:
    missed = [row for row in LOOK_ALIKES if not open_blocks(worded("product", *row))]
    assert len(missed) <= 0.1 * len(LOOK_ALIKES), missed


def test_a_hit_points_at_the_authors_own_characters() -> None:
    text = "本期产品：零\u200b 風·險，欢迎"
    (hit,) = lint("article", "wealth", STATED, text)
    assert (hit.rule, hit.where) == ("INV-01", "body:5")
    assert hit.text == text[hit.start : hit.end] == "零\u200b 風·險"


def test_body_offsets_count_in_the_readable_text() -> None:
    (hit,) = lint("article", "wealth", STATED, "<p>第一段</p><p>我们<b>保</b>本</p>")
    assert hit.where == "body:6"


def test_title_fields_and_script_are_read_too() -> None:
    fields = {**STATED, "summary": "稳赚"}
    found = lint("article", "fund", fields, "正文", title="零风险", script="保本")
    assert [hit.field for hit in found] == ["fields.summary", "script", "title"]
    assert lint("article", "fund", {"title": "零风险"}, "正文")[0].field == "title"


def test_lists_and_tables_are_read() -> None:
    fields = {**GOOD_LOAN, "materials": ["身份证", "不看征信"]}
    assert rules(lint("product", "loan", fields, "正文")) == {"LOAN-04"}


def test_a_loan_without_its_cost_is_blocked_field_by_field() -> None:
    found = lint("product", "loan", {"annual_rate": 345}, "请理性借贷")
    assert [(hit.rule, hit.where) for hit in found] == [
        ("LOAN-02", "fields.comprehensive_cost"),
        ("LOAN-02", "fields.comprehensive_cost_rate"),
    ]
    assert lint("product", "loan", GOOD_LOAN, "请理性借贷") == []


def test_daily_interest_is_fine_beside_the_annual_rate_in_the_same_field() -> None:
    text = "日利率0.0096%，年化利率3.45%（单利）"
    assert lint("product", "loan", GOOD_LOAN, text) == []
    split = {**GOOD_LOAN, "summary": "日利率0.0096%"}
    assert rules(lint("product", "loan", split, "年化利率3.45%（单利）")) == {"LOAN-01"}


def test_a_wealth_product_needs_risk_level_and_issuer_and_a_basis_for_its_benchmark() -> None:
    found = lint("product", "wealth", {"benchmark": "2.1%-2.6%"}, "说明")
    wanted = {"fields.risk_level", "fields.issuer", "fields.benchmark_basis", "fields.seller"}
    assert {hit.where for hit in found} == wanted


def test_a_draw_needs_its_rules_and_a_small_prize() -> None:
    fields = {
        "starts_at": "2026-12-01T09:00",
        "ends_at": "2026-12-01T11:00",
        "place": "广场",
        "organiser": "本行",
        "contact": "0870-5123456",
    }
    found = lint("activity", "life", fields, "现场抽奖")
    assert {hit.where for hit in found} == {"fields.prizes", "fields.draw_rule"}
    fields["draw_rule"] = "当日开奖，当场兑奖，逾期未领视为放弃"
    car = [{"prize": "轿车", "value": "8万元", "quantity": "1 台"}]
    found = lint("activity", "life", {**fields, "prizes": car}, "现场抽奖")
    assert [(hit.rule, hit.text) for hit in found] == [("PRIZE-01", "8万元")]
    car[0]["value"] = "5万元"
    assert lint("activity", "life", {**fields, "prizes": car}, "现场抽奖") == []


def test_an_item_with_nothing_to_read_is_blocked() -> None:
    assert rules(lint("article", "life", {}, "<p> </p>", title="标题")) == {"EMPTY-01"}
    rated = lint("product", "deposit", {"rate": 175}, "", title="标题")
    assert "EMPTY-01" not in rules(rated)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("电话 13800138000", True),
        ("电话 +86 138-0013-8000", True),
        ("热线 4008001234", False),
        ("身份证 11010519491231002X", True),
        ("编号 110105194912310021", False),
        ("身份证 110105194912310021", True),
        ("身份证号：110105·19491231·0021", True),
        ("身份证 999999999999999999", False),
        ("卡号 4111 1111 1111 1111", True),
        ("编号 4111 1111 1111 1112", False),
        ("编号 0000000000000000", False),
    ],
)
def test_personal_numbers_count_only_when_they_check_out(text: str, found: bool) -> None:
    assert ("PI-03" in rules(worded("article", "life", text))) is found


def test_raw_input_of_wrong_types_is_read_without_an_error() -> None:
    fields = {"rate": "abc", "term": {"x": 1}, "selling_points": [1, None, {"a": "高息"}]}
    assert "DEP-02" in rules(lint("product", "deposit", fields, "正文"))


def test_an_unknown_topic_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        lint("product", "stocks", {}, "")
    assert set(refused.value.fields) == {"topic"}


def test_findings_are_capped_and_blocking_ones_come_first() -> None:
    found = lint("article", "wealth", {}, "顶级。保本。" * 300)
    assert len(found) == 200
    assert found[0].severity == "block"


def test_every_rule_names_source_advice_and_how_sure_we_are() -> None:
    assert pack().version == RULE_PACK_VERSION
    assert len({rule.id for rule in pack().rules}) == len(pack().rules) >= 40
    for rule in pack().rules:
        assert rule.source, rule.id
        assert rule.advice, rule.id
        assert rule.seen in ("S", "R", "I"), rule.id
        assert rule.severity in ("block", "review"), rule.id
        assert set(rule.unless) <= {"before", "after", "sentence", "field", "item"}, rule.id
        assert rule.pattern or rule.needs or rule.matcher or rule.enforced, rule.id


@pytest.mark.parametrize(
    ("topic", "text", "rule", "told"),
    [
        ("life", "这款年金险月底停售，抓紧找我投保", "INS-04", "催人抢办"),
        ("life", "这款年金险月底停-售，抓紧找我投保", "INS-04", "催人抢办"),
        ("deposit", "存款到期的叔叔可以看看这款寿险，免健康告知", "INS-04", "如实告知"),
        ("insurance", "这款重疾险免健康告知", "INS-01", "如实告知"),
        ("insurance", "有三高的也能直接投", "INS-01", "如实告知"),
        ("insurance", "月底就停售了", "INS-01", "催人抢着买"),
        ("insurance", "相当于一张存单", "INS-01", "保险不是存款"),
        ("insurance", "到期全返还，返本", "INS-01", "使用保险用语"),
    ],
)
def test_advice_speaks_of_what_was_found(topic: str, text: str, rule: str, told: str) -> None:
    found = [hit.advice for hit in lint("script", topic, {}, text) if hit.rule == rule]
    assert found
    assert all(told in advice for advice in found)


def test_disclosures_carry_the_fixed_texts_and_the_items_own_facts() -> None:
    fields = {"risk_level": "R2", "issuer": "丰收理财"}
    lines = disclosures("product", "wealth", fields)
    assert lines[0] == "理财非存款、产品有风险、投资须谨慎"
    assert "风险等级：R2 中低风险" in lines
    assert not any("{" in line for line in lines)
    assert "年化综合融资成本：3.45%" in disclosures("product", "loan", GOOD_LOAN)
    assert "年化利率（单利）：3.45%" in disclosures("product", "loan", GOOD_LOAN)
    ranged = disclosures("product", "loan", {**GOOD_LOAN, "annual_rate_max": 600})
    assert "年化利率（单利）：3.45% 至 6.00%" in ranged
    same = disclosures("product", "loan", {**GOOD_LOAN, "annual_rate_max": 345})
    assert "年化利率（单利）：3.45%" in same
    assert any("无需分享" in line for line in disclosures("activity", "life"))


def test_a_fields_braces_are_not_filled_again() -> None:
    fields = {"benchmark": "{benchmark_basis}", "benchmark_basis": "依据"}
    lines = disclosures("product", "wealth", fields)
    assert "业绩比较基准：{benchmark_basis}，测算依据：依据" in lines


def test_the_mandatory_texts_pass_the_rules_themselves() -> None:
    for topic in ("wealth", "fund", "insurance", "loan", "deposit", "card"):
        text = "\n".join(disclosures("article", topic))
        assert lint("article", topic, STATED, text) == [], topic


@pytest.mark.parametrize("piece", ["近1年2.5%", "保本", "奖礼", "分享", "调查显示", "存1", "1234 "])
def test_endless_repeats_are_read_in_bounded_steps(piece: str) -> None:
    # Not a timing: unbounded, the first of these ran for minutes and met the suite's timeout.
    for topic in ("wealth", "deposit", "loan"):
        assert len(lint("activity", topic, {}, piece * 5_000)) <= 200


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("该产品无风险等级。", False),
        ("没有风险等级的产品不能购买。", False),
        ("无风险等级为零。", True),
        ("无风险，放心买。", True),
    ],
)
def test_that_there_is_no_risk_level_does_not_say_that_there_is_no_risk(
    text: str, is_found: bool
) -> None:
    assert any(hit.rule == "INV-01" for hit in lint("article", "wealth", {}, text)) is is_found


def test_a_first_place_is_weighed_and_what_is_first_in_time_is_not() -> None:
    def found(text: str) -> list[str]:
        return [hit.rule for hit in lint("article", "deposit", {}, text) if hit.text]

    assert found("我行服务评为第一名") == ["ABS-02"]
    assert found("张庄评为第一批信用村") == []


@pytest.mark.parametrize("said", ["全县最低", "全县最划算", "本地最贴心", "业内最专业"])
def test_a_superlative_is_marked_as_a_whole(said: str) -> None:
    found = lint("article", "deposit", {}, f"我行存款服务{said}，欢迎到网点办理。")
    assert [hit.text for hit in found if hit.rule == "ABS-02"] == [said]


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("wealth", "受存款保险保障"),
        ("wealth", "存款保险为您护航"),
        ("wealth", "存款保险保障，安心购买"),
        ("fund", "本基金享受存款保险保护"),
        ("insurance", "本产品受国家存款保险保障"),
        ("loan", "办贷款，存款保险护航"),
        ("card", "信用卡有存款保险，放心用"),
        ("payment", "商户资金有存款保险保障"),
    ],
)
@pytest.mark.parametrize("kind", ["product", "article"])
def test_deposit_insurance_is_claimed_of_deposits_only(kind: str, topic: str, said: str) -> None:
    found = {hit.rule: hit.severity for hit in lint(kind, topic, {}, said)}
    assert found["DEP-08"] == "block"
    assert "DEP-08" not in {hit.rule for hit in lint(kind, "deposit", {}, said)}


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("wealth", "不属于存款保险保障范围"),
        ("wealth", "理财非存款，不受存款保险保障"),
        ("wealth", "存款保险只保障存款，不保障理财"),
        ("fund", "基金不在存款保险保障范围内"),
        ("insurance", "保险产品不纳入存款保险"),
        ("loan", "您在本行的存款受存款保险保障，最高偿付限额50万元"),
        ("card", "借记卡里的活期存款依照《存款保险条例》受到保护"),
    ],
)
def test_what_deposit_insurance_covers_may_be_explained(topic: str, said: str) -> None:
    assert "DEP-08" not in {hit.rule for hit in lint("product", topic, {}, said)}
