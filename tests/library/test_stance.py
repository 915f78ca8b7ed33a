"""What is denied, forbidden or warned of is no promise; what only sounds so still is one."""

import pytest

from contenthub.library.lint import lint, open_blocks


def blocked(text: str, topic: str = "wealth", kind: str = "article") -> bool:
    """Return whether a text is stopped for its words."""
    return open_blocks([hit for hit in lint(kind, topic, {}, text) if hit.text]) > 0


@pytest.mark.parametrize(
    "text",
    [
        "本产品不承诺保本",
        "不得对未来收益作出保证性承诺，不得明示或者暗示保本、无风险",
        "谨防“保本高息”骗局",
        "“稳赚不赔”都是骗人的",
        "没有人能保证收益",
        "打破刚兑以后，理财会亏",
        "有人打着保本的旗号行骗",
        "以下说法都违规：\n保本保息；\n稳赚不赔",
        "为什么不能说稳赚？因为收益不确定",
        "凡承诺保本的都是骗局",
        "谁要是告诉您理财稳赚，请直接拨打客服核实",
        "没有人能保证不亏",
        "没有哪款理财稳赚不赔",
        "谨防不法分子以保本高息为诱饵，以稳赚不赔为噱头",
        "若有人自称我行员工，承诺稳赚不赔，请报警",
        "严禁宣传保本，零风险，稳赚不赔",
        "哪有稳赚不赔的买卖",
    ],
)
def test_speaking_against_a_promise_is_none(text: str) -> None:
    assert not blocked(text)


@pytest.mark.parametrize(
    "text",
    [
        "不仅保本，还送收益",
        "不要错过这款保本理财",
        "没有套路，真保本",
        "不用担心，稳赚",
        "谨防错过：保本理财最后一天",
        "警惕市场波动，选保本理财",
        "保本吗？当然保本",
        "拒绝套路，零风险理财",
        "谨防诈骗，认准我行保本理财",
        "谨防诈骗，本理财保本保收益",
        "不要相信别人，我们的理财保本",
        "警惕亏损，选择保本保收益产品",
        "违规的才不保本，我们保本",
        "无法拒绝的保本收益",
        "没人不爱保本理财",
        "不能不买的保本理财",
        "没有不保本的",
        "谁说理财不保本",
        "怕什么不保本",
        "不让您亏一分钱",
        "从来没有客户亏过",
        "保本理财，谨防假冒",
        "听说过保本理财吗？我行就有",
    ],
)
def test_what_only_sounds_like_a_denial_lets_nothing_through(text: str) -> None:
    assert blocked(text)


def test_a_denial_inside_a_long_match_counts() -> None:
    assert not blocked("存款客户不送礼品", "deposit")
    assert blocked("存款客户送礼品", "deposit")


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "谨防黑中介，我行不看征信"),
        ("loan", "严禁收费，百分百下款"),
        ("loan", "杜绝繁琐，秒到账"),
        ("deposit", "谨防诈骗，来我行存款送好礼"),
        ("deposit", "严禁买卖，存款送大米"),
    ],
)
def test_a_warning_of_something_else_disarms_no_rule(topic: str, text: str) -> None:
    assert blocked(text, topic)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "网上说不看征信的，交了钱人就不见了"),
        ("loan", "贷款资金不得用于炒股，买理财，付首付"),
        ("deposit", "我行未开展任何存款返现活动"),
        ("deposit", "开户时送您一份风险提示单"),
    ],
)
def test_what_is_condemned_or_denied_further_on_is_let_through(topic: str, text: str) -> None:
    assert not blocked(text, topic)


def test_a_question_of_an_faq_is_no_promise_but_an_advertisements_is() -> None:
    assert not blocked("理财保本吗？", kind="faq")
    assert blocked("想要稳赚吗？快来")


def test_a_lesson_names_what_it_warns_of() -> None:
    text = "骗子的话术有三种。零风险高收益。到期保本保息。"
    assert not blocked(text, "education")
    assert blocked(text, "wealth")
    assert blocked("欢迎购买我行理财，零风险", "education")


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("deposit", "返现我们做不了"),
        ("deposit", "补息这种事我们是不做的，利率按公告"),
        ("deposit", "额外加息我们是不能做的，利率都是挂牌"),
        ("deposit", "高息我们给不了"),
        ("wealth", "从保本到净值，理财变了什么"),
        ("wealth", "保本理财为什么消失了"),
        ("wealth", "亏了银行不赔"),
        ("loan", "贷款结清证明带身份证就能打印"),
        ("insurance", "错把保险当存款，后悔了"),
    ],
)
def test_a_denial_or_a_story_behind_the_word_counts(topic: str, text: str) -> None:
    assert not blocked(text, topic)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("deposit", "存款返现，谁说我们不给"),
        ("deposit", "这么高息大银行给不了"),
        ("deposit", "存钱送大米，油我们不送"),
        ("wealth", "保本时代又回来了"),
        ("wealth", "亏了我们赔您"),
        ("loan", "咨询贷款，带身份证就能批款"),
        ("card", "国家级品质的乡村卡"),
    ],
)
def test_another_denial_behind_the_word_disarms_no_rule(topic: str, text: str) -> None:
    assert blocked(text, topic)
