import json
from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.library.itemfields import clean_value
from contenthub.library.kinds import KINDS, check, field, fields_of, kind_slug, show
from contenthub.tenants.topics import TOPICS

LOAN = {
    "annual_rate": "3.45",
    "comprehensive_cost_rate": "3.45%",
    "comprehensive_cost": ["利息｜本行｜3.45%"],
}


def wrong(kind: str, topic: str, title: str, fields: dict[str, Any], **how: bool) -> dict[str, str]:
    """Return the messages of a refused draft."""
    with pytest.raises(Invalid) as refused:
        check(kind, topic, title, fields, **how)
    return refused.value.fields


def test_typed_values_become_kept_ones_and_kept_ones_stay() -> None:
    typed = {
        "rate": " ２．０５％ ",
        "minimum_fen": "20 万元",
        "term": "三年",
        "selling_points": "甲\n\n乙",
    }
    kept = check("product", "deposit", "大额存单", typed)
    assert kept == {
        "selling_points": ["甲", "乙"],
        "rate": 205,
        "term": "三年",
        "minimum_fen": 20_000_000,
    }
    assert check("product", "deposit", "大额存单", kept) == kept
    assert json.loads(json.dumps(kept)) == kept


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_field_is_declared_once_and_named(kind: str, topic: str) -> None:
    fields = fields_of(kind, topic)
    assert len({f.name for f in fields}) == len(fields)
    assert len({f.label for f in fields}) == len(fields)
    assert all(f.choices for f in fields if f.type == "choice")
    assert all(f.columns for f in fields if f.type == "table")


def test_product_fields_follow_the_topic() -> None:
    loan = {f.name for f in fields_of("product", "loan")}
    assert "comprehensive_cost" in loan
    assert "rate" not in loan
    assert "risk_level" in {f.name for f in fields_of("product", "wealth")}


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("50000", 5_000_000),
        ("50,000元", 5_000_000),
        ("¥99.5", 9_950),
        ("1.5亿", 15_000_000_000),
        ("３０万", 30_000_000),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, fen: int) -> None:
    assert check("product", "deposit", "存单", {"minimum_fen": typed})["minimum_fen"] == fen


@pytest.mark.parametrize(
    "typed",
    ["abc", "-1", "1e9", "NaN", "٣", "0.001", "1.5.2", 2.5, True, [], {}, "9" * 40, -1, 10**30],
)
def test_amounts_that_are_none_are_refused_by_label(typed: object) -> None:
    if typed == []:
        assert "minimum_fen" not in check("product", "deposit", "存单", {"minimum_fen": typed})
        return
    found = wrong("product", "deposit", "存单", {"minimum_fen": typed})
    assert set(found) == {"fields.minimum_fen"}
    assert found["fields.minimum_fen"].startswith("“起存金额”")


@pytest.mark.parametrize("typed", ["2.055", "二", "2.05%%", "25", 2.05, 99_999])
def test_rates_need_at_most_two_decimals_and_a_sane_size(typed: object) -> None:
    assert set(wrong("product", "deposit", "存单", {"rate": typed})) == {"fields.rate"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026/12/1", "2026-12-01"),
        ("2026年12月1日", "2026-12-01"),
        ("2026.12.01", "2026-12-01"),
    ],
)
def test_days_are_read_in_the_usual_ways(typed: str, kept: str) -> None:
    right = check("right", "rights", "券", {"redeem_from": typed}, complete=False)
    assert right["redeem_from"] == kept


@pytest.mark.parametrize("typed", ["2026-02-30", "45999", "腊月初八", "2026-13-01", "明天", 7])
def test_days_that_do_not_exist_are_refused(typed: object) -> None:
    found = wrong("right", "rights", "券", {"redeem_from": typed}, complete=False)
    assert set(found) == {"fields.redeem_from"}


def test_times_are_kept_in_iso_and_shown_in_chinese() -> None:
    kept = check("activity", "life", "讲座", {"starts_at": "2026年12月20日 9:00"}, complete=False)
    assert kept == {"starts_at": "2026-12-20T09:00"}
    spec = field("activity", "life", "starts_at")
    assert show(spec, kept["starts_at"]) == "2026年12月20日 09:00"


@pytest.mark.parametrize("typed", ["2026-12-20 25:00", "2026-12-20 9点", "x", 5, "9:00"])
def test_times_that_do_not_exist_are_refused(typed: object) -> None:
    found = wrong("activity", "life", "讲座", {"starts_at": typed}, complete=False)
    assert set(found) == {"fields.starts_at"}


def test_an_end_before_its_start_is_refused() -> None:
    times = {"starts_at": "2026-12-20 09:00", "ends_at": "2026-12-20 09:00"}
    assert "fields.ends_at" in wrong("activity", "life", "讲座", times, complete=False)
    rates = {**LOAN, "annual_rate_max": "3.00"}
    assert "fields.annual_rate_max" in wrong("product", "loan", "贷", rates)


def test_all_wrong_fields_come_at_once() -> None:
    found = wrong("product", "loan", " ", {"annual_rate": "x"})
    assert set(found) == {
        "title",
        "fields.annual_rate",
        "fields.comprehensive_cost_rate",
        "fields.comprehensive_cost",
    }


def test_a_draft_may_be_unfinished_but_not_wrong() -> None:
    assert check("product", "loan", "惠农贷", {}, complete=False) == {}
    assert "fields.annual_rate" in wrong(
        "product", "loan", "贷", {"annual_rate": "x"}, complete=False
    )


def test_table_rows_are_read_from_lines_or_mappings_and_must_be_whole() -> None:
    row = {"item": "利息", "payee": "本行", "standard": "3.45%"}
    kept = check("product", "loan", "惠农贷", LOAN)
    assert kept["comprehensive_cost"] == [row]
    again = check("product", "loan", "惠农贷", {**LOAN, "comprehensive_cost": [row]})
    assert again == kept
    for rows in (["利息｜本行"], [{"item": "利息"}], [{"x": "y"}], [3], 3):
        found = wrong("product", "loan", "惠农贷", {**LOAN, "comprehensive_cost": rows})
        assert set(found) == {"fields.comprehensive_cost"}


def test_choices_are_taken_by_value_or_label() -> None:
    base = {"issuer": "丰收理财"}
    for typed in ("R2", "r2", "R2 中低风险"):
        assert (
            check("product", "wealth", "稳健", {**base, "risk_level": typed})["risk_level"] == "R2"
        )
    assert "fields.risk_level" in wrong("product", "wealth", "稳健", {**base, "risk_level": "R9"})
    # By a former word too: sheets that were filled in before it was called otherwise.
    asked = field("activity", "life", "signup_fields")
    assert clean_value(asked, ["同行人数", "几位参加", "备注"]) == ["people", "remark"]


def test_a_field_may_be_named_by_its_label() -> None:
    assert check("product", "deposit", "存单", {"年化利率": "2.05"}) == {"rate": 205}


def test_a_misspelt_field_is_refused_with_the_right_name() -> None:
    found = wrong("product", "deposit", "存单", {"minimum_fee": "5"})
    assert "minimum_fen" in found["fields.minimum_fee"]


def test_a_banks_own_fields_are_kept_as_written() -> None:
    own = {"网点专享": "城关支行", "编号": 7, "tags": ["甲", "乙"]}
    kept = check("product", "deposit", "存单", own)
    assert kept == {"网点专享": "城关支行", "编号": "7", "tags": ["甲", "乙"]}
    assert show(field("product", "deposit", "网点专享"), "城关支行") == "城关支行"


def test_own_fields_are_few_and_well_named() -> None:
    assert "fields" in wrong("product", "deposit", "存单", {f"自定{i}": "x" for i in range(21)})
    assert wrong("product", "deposit", "存单", {"a b<script>": "x"})
    assert wrong("product", "deposit", "存单", {"own": {"deep": 1}})


@pytest.mark.parametrize("title", ["", " \n ", "\u0000x", "\ud800", "长" * 61, 7.5, None, ["x"]])
def test_bad_titles_are_refused(title: Any) -> None:
    assert set(wrong("article", "life", title, {})) == {"title"}


def test_text_is_kept_in_one_normal_form() -> None:
    kept = check("article", "life", "标题", {"source": "Cafe\u0301  a\nb"})
    assert kept == {"source": "Caf\u00e9 a b"}


def test_unknown_kind_and_topic_are_named_together() -> None:
    assert set(wrong("thing", "stocks", "x", {})) == {"kind", "topic"}
    assert kind_slug("产品库") == kind_slug("Product ") == "product"
    with pytest.raises(Invalid):
        kind_slug("海报")


@pytest.mark.parametrize(
    ("kind", "topic", "name", "kept", "shown"),
    [
        ("product", "deposit", "rate", 205, "2.05%"),
        ("product", "deposit", "minimum_fen", 20_000_000, "20 万元"),
        ("product", "deposit", "minimum_fen", 5_000, "50 元"),
        ("product", "deposit", "minimum_fen", 1_234_567, "12,345.67 元"),
        ("product", "deposit", "minimum_fen", 150_000_000_00, "1.5 亿元"),
        ("product", "deposit", "minimum_fen", 123_450_000, "123.45 万元"),
        ("product", "deposit", "selling_points", ["甲", "乙"], "甲；乙"),
        ("activity", "life", "signup_fields", ["name", "phone"], "姓名；手机号"),
        ("right", "rights", "redeem_from", "2026-12-01", "2026年12月1日"),
        ("product", "deposit", "rate", None, ""),
        ("right", "rights", "stock", 0, "0"),
    ],
)
def test_values_are_shown_as_a_customer_reads_them(
    kind: str, topic: str, name: str, kept: object, shown: str
) -> None:
    assert show(field(kind, topic, name), kept) == shown


def test_pictures_are_named_by_hash_or_id() -> None:
    sha = "ab" * 32
    assert check("article", "life", "标题", {"cover": f"/assets/{sha}"}) == {"cover": sha}
    assert "fields.cover" in wrong("article", "life", "标题", {"cover": "https://x/y.png"})


def told(kind: str, topic: str, name: str, typed: object, **more: object) -> str:
    found = wrong(kind, topic, "标题", {name: typed, **more}, complete=False)
    assert set(found) == {f"fields.{name}"}
    return found[f"fields.{name}"]


@pytest.mark.parametrize(
    ("kind", "topic", "name", "typed", "said"),
    [
        ("activity", "life", "capacity", "0", "“名额”应在 1 到 1,000,000 之间；不限名额请留空"),
        ("activity", "life", "capacity", "-5", "“名额”应在 1 到 1,000,000 之间"),
        ("activity", "life", "capacity", 0, "“名额”应在 1 到"),
        ("right", "rights", "stock", "0", "“份数”应在 1 到 10,000,000 之间"),
        ("right", "rights", "per_person", "0", "“每人限领”应在 1 到 1,000 之间"),
        ("right", "rights", "face_value_fen", "0", "“面值”不能小于"),
        ("product", "deposit", "minimum_fen", "-5", "“起存金额”不能是负数，请填写金额"),
        ("product", "deposit", "minimum_fen", "20万亿", "“起存金额”请填写金额"),
        ("product", "deposit", "minimum_fen", "900亿", "“起存金额”应在 0 元 到 10 亿元 之间"),
        ("product", "deposit", "rate", "900%", "“年化利率”应在 0.00% 到 24.00% 之间"),
        ("product", "deposit", "rate", "-2", "“年化利率”不能是负数"),
        ("product", "loan", "amount_max_fen", "0", "“最高额度”应在"),
        ("product", "fund", "fund_code", "abc", "“基金代码”应是 6 位数字"),
        ("product", "insurance", "cooling_off_days", "900", "“犹豫期天数”应在 0 到 60 之间"),
        ("right", "rights", "redeem_from", "0026-12-01", "“兑换开始”的年份应在 2000 到 2100"),
        ("activity", "life", "prizes", "油｜0｜10｜1%", "“奖品”第 1 行“单价”不能小于"),
        ("activity", "life", "prizes", "油｜50元｜0｜1%", "“奖品”第 1 行“数量”应在 1 到"),
        ("activity", "life", "prizes", "油｜50元｜5｜0%", "“奖品”第 1 行“中奖概率”应在"),
        ("activity", "life", "prizes", "油｜50元｜5｜150%", "“中奖概率”"),
    ],
)
def test_figures_that_make_no_sense_name_the_field_and_the_fix(
    kind: str, topic: str, name: str, typed: object, said: str
) -> None:
    assert said in told(kind, topic, name, typed)


@pytest.mark.parametrize(
    ("kind", "topic", "fields", "blamed"),
    [
        ("right", "rights", {"monthly_per_person": 3, "per_person": 2}, "monthly_per_person"),
        ("right", "rights", {"monthly_per_person": 3, "monthly_stock": 2}, "monthly_per_person"),
        (
            "activity",
            "life",
            {"draw_at": "2026-12-20 11:30", "prize_until": "2026-12-19"},
            "prize_until",
        ),
        (
            "right",
            "rights",
            {"redeem_from": "2026-12-20", "redeem_until": "2026-12-19"},
            "redeem_until",
        ),
    ],
)
def test_pairs_that_contradict_each_other_name_the_one_to_mend(
    kind: str, topic: str, fields: dict[str, object], blamed: str
) -> None:
    found = wrong(kind, topic, "标题", fields, complete=False)
    assert set(found) == {f"fields.{blamed}"}


def test_one_day_is_long_enough_to_redeem_and_to_draw() -> None:
    one = {"redeem_from": "2026-12-20", "redeem_until": "2026-12-20"}
    assert check("right", "rights", "券", one, complete=False) == one
    draw = {"draw_at": "2026-12-20T11:30", "prize_until": "2026-12-20"}
    assert check("activity", "life", "讲座", draw, complete=False) == draw


@pytest.mark.parametrize("name", ["contact", "merchant_phone"])
def test_a_telephone_that_nobody_can_dial_is_refused(name: str) -> None:
    label = field("right", "rights", name).label
    assert told("right", "rights", name, "abc").startswith(f"“{label}”里没有电话号码")
    kept = check("right", "rights", "券", {name: "96588"}, complete=False)
    assert kept == {name: "96588"}


def test_an_activity_asks_for_three_things_beside_name_and_number_at_most() -> None:
    most = ["name", "phone", "branch", "people", "visit_on"]
    kept = check("activity", "life", "讲座", {"signup_fields": most}, complete=False)
    assert kept == {"signup_fields": most}
    said = told("activity", "life", "signup_fields", [*most, "remark"])
    assert "除姓名、手机号外最多选 3 项，现在选了 4 项" in said
