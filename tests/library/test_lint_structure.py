"""What is found without a phrase: sizes of type, mixed products, another product's facts."""

from pathlib import Path

import pytest

from contenthub.library.lint import Hit, ProductFacts, lint
from contenthub.library.messagetext import VARIABLES
from contenthub.library.richtext import plain
from contenthub.library.typesizes import page

PRODUCT = ProductFacts("三年期大额存单", "deposit", {"rate": 205, "risk_level": "", "issuer": ""})
FUND = ProductFacts("稳健一号", "fund", {"risk_level": "R3", "issuer": "甲基金公司"})


def found(rule: str, hits: list[Hit]) -> list[str]:
    """Return the texts a rule found."""
    return [hit.text for hit in hits if hit.rule == rule]


@pytest.mark.parametrize(
    ("html", "is_faint"),
    [
        ('<p>很长的正文很长的正文</p><p style="font-size:9px">理财非存款</p>', True),
        ("<p>正文正文正文正文</p><p><small><small>投资须谨慎</small></small></p>", True),
        ('<p>正文</p><p style="color:#eeeeee">理财非存款</p>', True),
        ('<p>正文</p><p style="color: rgb(240, 240, 240)">理财非存款</p>', True),
        ('<p style="font-size:20px">正文正文</p><p style="font-size:16px">理财非存款</p>', False),
        ('<p>正文</p><p style="background-color:#eee">理财非存款</p>', False),
        ('<p style="font-size:9px">活动花絮</p><p>正文正文正文</p>', False),
    ],
)
def test_mandatory_words_must_be_large_and_dark_enough(html: str, is_faint: bool) -> None:
    seen = page(html)
    assert bool(seen.weak or seen.hidden) is is_faint
    assert bool(found("DISC-04", lint("article", "wealth", {}, html))) is is_faint


def test_products_of_several_categories_in_one_paragraph_are_pointed_out() -> None:
    mixed = "<p>大额存单1.9%，理财R2在售，基金同步认购</p>"
    apart = "<p>大额存单1.9%</p><p>理财R2在售</p>"
    assert found("ZONE-01", lint("article", "deposit", {}, mixed))
    assert not found("ZONE-01", lint("article", "deposit", {}, apart))
    assert not found("ZONE-01", lint("article", "education", {}, mixed))


def test_a_rate_that_differs_from_the_related_product_is_stopped() -> None:
    text = "三年期年化利率2.15%，欢迎到店"
    (wrong,) = found("FACT-01", lint("article", "deposit", {}, text, product=PRODUCT))
    assert wrong.endswith("2.15%")
    right = text.replace("2.15", "2.05")
    assert not found("FACT-01", lint("article", "deposit", {}, right, product=PRODUCT))
    assert not found("FACT-01", lint("article", "deposit", {}, text))


def test_a_risk_level_that_differs_from_the_related_product_is_stopped() -> None:
    assert found("FACT-01", lint("article", "fund", {}, "风险等级R2", product=FUND)) == ["R2"]
    assert not found("FACT-01", lint("article", "fund", {}, "风险等级R3", product=FUND))


@pytest.mark.parametrize(
    ("kind", "topic", "fields", "text", "told"),
    [
        ("article", "wealth", {}, "稳健的理财怎么选", ["SUIT-02"]),
        ("script", "fund", {"text": "基金有风险，投资需谨慎"}, "", ["SUIT-02"]),
        ("activity", "insurance", {}, "保险讲座", ["SUIT-02"]),
        ("article", "wealth", {"risk_level": "R3"}, "稳健的理财怎么选", []),
        ("article", "wealth", {"related_item": "P-1001"}, "稳健的理财怎么选", []),
        ("article", "wealth", {"related_item": "A-1001"}, "稳健的理财怎么选", ["SUIT-02"]),
        ("faq", "wealth", {"knowledge_only": "yes"}, "理财和存款有什么不同", []),
        ("article", "wealth", {"knowledge_only": "yes"}, "R2 理财1万元起购", ["SUIT-03"]),
        ("article", "deposit", {}, "存单怎么选", []),
    ],
)
def test_content_of_a_risky_topic_names_its_product_its_risk_or_only_teaches(
    kind: str, topic: str, fields: dict[str, str], text: str, told: list[str]
) -> None:
    hits = [hit for hit in lint(kind, topic, fields, text) if hit.rule.startswith("SUIT")]
    assert [hit.rule for hit in hits] == told
    assert all(hit.severity == "review" for hit in hits)


def test_a_draw_rule_says_how_what_until_when_and_what_lapses() -> None:
    fields = {"draw_rule": "当日开奖"}
    assert found("PRIZE-04", lint("activity", "life", fields, "正文")) == ["当日开奖"]
    fields = {"draw_rule": "当日现场开奖，三日内到店兑奖，逾期未领视为放弃"}
    assert not found("PRIZE-04", lint("activity", "life", fields, "正文"))


@pytest.mark.parametrize(
    ("text", "is_over"),
    [
        ("一等奖价值8万元的汽车", True),
        ("大奖：十万元现金", True),
        ("特等奖100,000元", True),
        ("一等奖5万元", False),
        ("总奖金10万元", False),
        ("奖学金共20万元", False),
        ("一等奖500元", False),
    ],
)
def test_a_prize_over_the_limit_is_found_in_digits_and_in_words(text: str, is_over: bool) -> None:
    assert bool(found("PRIZE-01", lint("activity", "life", {}, text))) is is_over


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("预期收益率3%", "replace"),
        ("联系 13800138000", "replace"),
        ("调查显示大家满意", "append"),
    ],
)
def test_a_finding_brings_what_one_click_can_do(text: str, action: str) -> None:
    fixes = [hit.fix for hit in lint("article", "wealth", {}, text) if hit.fix]
    assert action in {str(fix["action"]) for fix in fixes}


def test_a_number_is_masked_and_a_rate_is_taken_from_the_product() -> None:
    (hit,) = lint("article", "life", {}, "电话 13800138000")
    assert hit.fix is not None
    assert hit.fix["text"] == "138****8000"
    cost = [{"item": "利息", "payee": "本行", "standard": "3.45%"}]
    fields = {
        "annual_rate": 345,
        "comprehensive_cost_rate": 345,
        "comprehensive_cost": cost,
    }
    hit = lint("product", "loan", fields, "日息万分之一")[0]
    assert hit.fix is not None
    assert hit.fix["text"] == "（年化利率 3.45%，单利）"


def test_a_reward_for_bringing_others_never_stands_on_a_financial_product() -> None:
    fields = {"referral_reward_fen": 1000}
    assert found("SHARE-03", lint("product", "deposit", fields, "正文"))
    assert found("SHARE-03", lint("activity", "wealth", {"referral_reward_fen": "10元"}, "正文"))
    assert not found("SHARE-03", lint("activity", "life", fields, "正文"))


def test_a_reward_by_the_money_deposited_is_stopped() -> None:
    bad = {"奖励办法": "按存款金额千分之一"}
    assert found("DEP-03", lint("activity", "deposit", bad, "正文"))
    assert not found("DEP-03", lint("activity", "deposit", {"奖励办法": "到场签到"}, "正文"))


HIDINGS = [
    '<span style="font-size:1px">{}</span>',
    '<span style="color:white">{}</span>',
    '<span style="opacity:0.01">{}</span>',
    '<span style="color:transparent">{}</span>',
    '<span style="color:rgba(0,0,0,.02)">{}</span>',
    '<span style="color:#000;background:#000">{}</span>',
    '<div style="height:1px;overflow:hidden">{}</div>',
    '<div style="text-indent:-90px">{}</div>',
    '<div style="margin-left:-90px">{}</div>',
    '<div style="letter-spacing:-16px">{}</div>',
    '<sub style="font-size:1px">{}</sub>',
    '<font color="#ffffff">{}</font>',
]


@pytest.mark.parametrize("hiding", HIDINGS)
def test_words_that_nobody_sees_are_a_finding_and_deny_nothing(hiding: str) -> None:
    hits = lint("article", "wealth", {}, hiding.format("不承诺") + "保本理财")
    assert found("DISC-04", hits) == ["不承诺"]
    assert found("INV-01", hits) == ["保本"]
    assert not found("INV-01", lint("article", "wealth", {}, "<p>不承诺保本理财</p>"))


@pytest.mark.parametrize(
    "html",
    [
        '<p style="background:#c00"><span style="color:#fff">红底白字</span></p>',
        '<p style="background:linear-gradient(#c00,#900);color:#fff">渐变底</p>',
        '<p style="text-indent:2em;margin-top:-20px;opacity:.8">缩进</p>',
        '<p style="font-size:0">&nbsp;</p><p>正文</p>',
        '<p style="height:1px;overflow:hidden;background:#ccc"></p><p>分隔线下</p>',
    ],
)
def test_what_can_be_read_is_not_taken_for_hidden(html: str) -> None:
    assert page(html).hidden == ()


def test_a_page_reads_as_its_plain_text() -> None:
    pasted = Path(__file__).with_name("pasted") / "wechat_article.html"
    table = '<table><tr><td style="color:red">甲</td><td>乙</td></tr></table>丙<br> 丁 <p>戊</p>'
    for html in (pasted.read_text("utf-8"), table, "纯文本\n两行", ""):
        assert page(html).text == plain(html)


@pytest.mark.parametrize("html", ["保<br>本理财", "<p>保</p><p>本</p>", "保\n本\n保\n息"])
def test_words_written_downwards_are_read(html: str) -> None:
    assert found("INV-01", lint("article", "wealth", {}, html))


def test_two_paragraphs_are_not_read_as_one() -> None:
    assert not found("INV-01", lint("article", "wealth", {}, "<p>本期投保</p><p>本行代销</p>"))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://evil.example/x">点此领取</a>', "点此领取"),
        ("打开evil.example/x 领取", "evil.example/x"),
        ("见 www.example.com", "www.example.com"),
    ],
)
def test_a_link_to_another_site_is_pointed_out(html: str, text: str) -> None:
    (hit,) = found("LINK-01", lint("article", "life", {}, html))
    assert text in hit


def test_a_mail_address_or_a_link_inside_is_no_link_to_another_site() -> None:
    for html in ("邮箱 a@bank.example", '<a href="/assets/1">看</a>', "版本2.10，每份1.5元"):
        assert not found("LINK-01", lint("article", "life", {}, html))


@pytest.mark.parametrize(
    ("value", "is_over"), [(6_800_000, True), (5_000_000, False), ("6.8万元", True)]
)
def test_the_prizes_table_is_read_as_kept_and_as_typed(value: object, is_over: bool) -> None:
    fields = {"prizes": [{"prize": "汽车", "value_fen": value, "quantity": 1}]}
    assert bool(found("PRIZE-01", lint("activity", "life", fields, "正文"))) is is_over


@pytest.mark.parametrize(
    ("low", "high", "cost", "said"),
    [
        (800, None, 300, ["3.00%，低于年化利率（单利） 8.00%"]),
        (435, 600, 450, ["4.50%，低于年化利率上限 6.00%"]),
        ("4.35", "6", "4.50", ["4.50%，低于年化利率上限 6.00%"]),
        (800, None, 800, []),
        (435, 600, 600, []),
    ],
)
def test_a_loans_whole_cost_is_not_under_its_highest_rate(
    low: object, high: object, cost: object, said: list[str]
) -> None:
    rows = [{"item": "利息", "payee": "本行", "standard": "8%"}]
    fields = {"annual_rate": low, "annual_rate_max": high, "comprehensive_cost_rate": cost}
    hits = lint("product", "loan", {**fields, "comprehensive_cost": rows}, "正文")
    assert found("LOAN-02", hits) == said
    assert {hit.severity for hit in hits if hit.rule == "LOAN-02"} == ({"block"} if said else set())


@pytest.mark.parametrize(
    ("fields", "is_short"),
    [
        ({"insurance_type": "whole_life", "cooling_off_days": 10}, True),
        ({"insurance_type": "annuity", "cooling_off_days": "0"}, True),
        ({"insurance_type": "endowment", "cooling_off_days": "14天"}, True),
        ({"cooling_off_days": 10}, True),
        ({"insurance_type": "health", "cooling_off_days": 10, "term": "保至70周岁"}, True),
        ({"insurance_type": "health", "cooling_off_days": 10, "term": "20 年"}, True),
        ({"insurance_type": "health", "cooling_off_days": 10, "term": "1年"}, False),
        ({"insurance_type": "accident", "cooling_off_days": 3}, False),
        ({"insurance_type": "whole_life", "cooling_off_days": 15}, False),
        ({"insurance_type": "whole_life"}, False),
    ],
)
def test_a_short_cooling_off_of_a_long_policy_is_asked_about(
    fields: dict[str, object], is_short: bool
) -> None:
    hits = lint("product", "insurance", {**fields, "issuer": "某人寿"}, "正文")
    assert bool(found("INS-05", hits)) is is_short
    assert {hit.severity for hit in hits if hit.rule == "INS-05"} <= {"review"}


_WASHER, _OIL = (
    {"prize": prize, "value_fen": 200_000, "quantity": 10, "odds_ppm": 600_000}
    for prize in ("洗衣机", "油")
)


@pytest.mark.parametrize(
    ("prizes", "draw_rule", "missing", "over"),
    [
        ([_WASHER, _OIL], "", ["fields.draw_rule"], ["洗衣机 60%、油 60%，合计 120%"]),
        ("洗衣机｜2000元｜10｜60%", "", ["fields.draw_rule"], []),
        ([_WASHER, _OIL | {"odds_ppm": 400_000}], "当日开奖，当场兑奖，逾期作废", [], []),
        ([{"prize": "油", "value_fen": 2_000, "quantity": 10}], "", [], []),
    ],
)
def test_odds_are_a_draw_whatever_it_is_called(
    prizes: object, draw_rule: str, missing: list[str], over: list[str]
) -> None:
    fields = {"prizes": prizes, "draw_rule": draw_rule, "organiser": "本行", "contact": "96288"}
    hits = lint("activity", "rights", fields, "正文", title="年末福袋")
    assert [hit.field for hit in hits if hit.rule == "PRIZE-02"] == missing
    assert found("PRIZE-05", hits) == over
    assert all(hit.severity == "block" for hit in hits if hit.rule in ("PRIZE-02", "PRIZE-05"))


@pytest.mark.parametrize(
    ("topic", "fields", "text", "said"),
    [
        ("wealth", {"risk_level": "R4"}, "本产品风险等级R2，适合稳健客户", "本产品风险等级R2"),
        ("wealth", {"risk_level": "R4"}, "本产品属于低风险", "本产品属于低风险"),
        ("deposit", {"rate": 205}, "年化利率2.15%", "年化利率2.15%"),
        ("deposit", {"minimum_fen": 5_000}, "100元起存", "100元起存"),
        ("deposit", {"term": "三年"}, "期限两年", "期限两年"),
    ],
)
def test_a_text_that_contradicts_its_own_product_is_stopped(
    topic: str, fields: dict[str, object], text: str, said: str
) -> None:
    assert found("FACT-01", lint("product", topic, fields, text)) == [said]


@pytest.mark.parametrize(
    ("topic", "fields", "text"),
    [
        ("wealth", {"risk_level": "R4"}, "风险等级从R1到R5，本产品为R4"),
        ("deposit", {"rate": 205}, "一年期年利率1.25%，三年期年利率2.05%"),
        ("deposit", {"minimum_fen": 5_000, "term": "三年"}, "50元起存，期限36个月"),
        ("loan", {"annual_rate": 345, "annual_rate_max": 600}, "年化利率4.35%"),
        ("deposit", {}, "年化利率2.15%，100元起存"),
    ],
)
def test_a_text_that_agrees_or_lists_several_figures_is_let_through(
    topic: str, fields: dict[str, object], text: str
) -> None:
    assert not found("FACT-01", lint("product", topic, fields, text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("恭喜石桥村李桂兰老人，卡上余额突破32.6万元", True),
        ("王秀英到账15万元，果园一下活了", True),
        ("幸福里小区孙玉梅家存款八十万元", True),
        ("石桥村今年授信农户312户，贷款余额1860万元", False),
        ("王家村支行存款余额突破三亿元", False),
        ("例如李大明贷款10万元", False),
        ("马上到账5万元以内的小额贷款", False),
    ],
)
def test_a_named_persons_money_is_nobodys_business(text: str, found: bool) -> None:
    assert ("PI-04" in {hit.rule for hit in lint("article", "life", {}, text)}) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("抽奖，特等奖捌万捌仟元农用拖拉机一台", True),
        ("头奖值十二万八，开着小车回家", True),
        ("特等奖６８，８００元轿车", True),
        ("一等奖价值伍仟元的冰箱一台", False),
        ("头奖五万元整", False),
    ],
)
def test_prizes_are_read_in_every_kind_of_numerals(text: str, found: bool) -> None:
    assert ("PRIZE-01" in {hit.rule for hit in lint("activity", "life", {}, text)}) is found


@pytest.mark.parametrize("kind", ["article", "script", "faq", "product"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一等奖现金10万元。", True),
        ("一等奖小轿车一辆，价值12万元。", True),
        ("刷卡抽大奖，头奖价值12.8万元的轿车一辆", True),
        ("一等奖价值500元", False),
        ("汽车贷款最高50万元。", False),
        ("购车分期，轿车20万元也能分期。", False),
        ("荣获全国创业大赛一等奖，奖金10万元。", False),
        ("冠军企业贷款100万元", False),
        ("有人打电话说您中了一等奖10万元，是诈骗。", False),
        ("警惕中奖诈骗：中了一等奖10万元要先交税", False),
    ],
)
def test_too_big_a_prize_is_none_in_any_kind(kind: str, text: str, found: bool) -> None:
    assert ("PRIZE-01" in {hit.rule for hit in lint(kind, "card", {}, text)}) is found


@pytest.mark.parametrize(
    "body",
    [
        '<p>看看</p><img src="/assets/0" alt="保本保息的理财">',
        '<p>到网点<a href="https://example.com" title="保本保息的理财">看看</a></p>',
    ],
)
def test_what_a_picture_or_link_says_beside_the_text_is_read(body: str) -> None:
    hits = [hit for hit in lint("article", "life", {}, body) if hit.field == "alt"]
    assert {hit.severity for hit in hits} == {"block"}
    assert all("保本保息的理财"[hit.start : hit.end] == hit.text for hit in hits)
    assert not any(hit.fix for hit in hits)


def test_a_description_without_a_claim_is_fine_and_discloses_nothing_for_the_text() -> None:
    picture = '<img src="/assets/00000000-0000-0000-0000-000000000001" alt="{}">'
    good = f"<p>到网点看看</p>{picture.format('客户经理在田间')}"
    assert not [hit for hit in lint("article", "life", {}, good) if hit.field == "alt"]
    bare = lint("article", "wealth", {}, "<p>理财业绩比较基准3%</p>")
    aside = picture.format("理财非存款，产品有风险，投资须谨慎，业绩比较基准不代表未来表现")
    told = lint("article", "wealth", {}, f"<p>理财业绩比较基准3%</p>{aside}")
    assert {hit.rule for hit in bare} <= {hit.rule for hit in told}


def test_a_variable_that_is_none_stops_a_message_and_names_those_there_are() -> None:
    text = "{客户姓名错}您好，您的存款到期了，方便时到网点办理。"
    (hit,) = [one for one in lint("script", "deposit", {"text": text}, "") if one.rule == "VAR-01"]
    assert (hit.severity, hit.where, hit.text) == ("block", "fields.text:0", "{客户姓名错}")
    assert hit.fix is not None
    assert hit.fix["text"] == "{{ customer.surname }}"
    for name, label in VARIABLES.items():
        assert f"{{{{ {name} }}}}（{label}）" in hit.advice
    shared = lint("article", "life", {}, "办事指南{附件}。", script="{优惠码}请查收")
    assert [(one.where, one.fix) for one in shared if one.rule == "VAR-01"] == [("script:0", None)]


def variables(kind: str, fields: dict[str, str], body: str = "", title: str = "") -> list[Hit]:
    """Return what is taken for a variable that is none."""
    found = lint(kind, "life", fields, body, title=title)
    return [one for one in found if one.rule == "VAR-01"]


@pytest.mark.parametrize(
    "written",
    ["{客户姓名}", "${name}", "{{客户姓名}}", "｛姓名｝", "{name}", "${amount}", "{到期日}"],
)
def test_a_variable_of_another_system_stops_wherever_a_customer_reads_it(written: str) -> None:
    text = f"{written}您好，社保卡到网点就能换。"
    (at_title,) = variables("article", {}, title=text)
    (at_summary,) = variables("article", {"summary": text})
    (at_body,) = variables("article", {}, f"<p>{text}</p>")
    (at_answer,) = variables("faq", {"answer": text})
    (at_own,) = variables("right", {"温馨提示": text})
    (at_text,) = variables("script", {"text": text})
    hits = (at_title, at_summary, at_body, at_answer, at_own, at_text)
    assert {(hit.severity, hit.text) for hit in hits} == {("block", written)}
    assert at_body.field == "body"


def test_a_known_variable_is_offered_only_where_it_is_filled_in() -> None:
    text = "有事请找{客户经理}，{客户姓名}您好。"
    said = variables("article", {"summary": text}, f"<p>{text}</p>")
    fixes = {(one.field, one.text): one.fix and one.fix["text"] for one in said}
    assert fixes == {
        ("body", "{客户经理}"): "{{ employee.name }}",
        ("body", "{客户姓名}"): None,
        ("fields.summary", "{客户经理}"): None,
        ("fields.summary", "{客户姓名}"): None,
    }
    (in_summary,) = variables("article", {"summary": "有事请找{{ employee.name }}。"})
    assert "请直接写内容" in in_summary.advice
    assert variables("article", {}, "<p>有事请找{{ employee.name }}。</p>") == []


def test_braces_around_other_words_are_let_through_on_a_page() -> None:
    text = "{附件}见文末，{温馨提示}请带身份证，{1}号柜台办理。"
    assert variables("article", {"summary": text}, f"<p>{text}</p>", title=text) == []
