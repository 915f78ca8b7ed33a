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
    ],
)
def test_what_only_sounds_like_a_denial_lets_nothing_through(text: str) -> None:
    assert blocked(text)


def test_a_denial_inside_a_long_match_counts() -> None:
    assert not blocked("存款客户不送礼品", "deposit")
    assert blocked("存款客户送礼品", "deposit")


def test_a_question_of_an_faq_is_no_promise_but_an_advertisements_is() -> None:
    assert not blocked("理财保本吗？", kind="faq")
    assert blocked("想要稳赚吗？快来")


def test_a_lesson_names_what_it_warns_of() -> None:
    text = "骗子的话术有三种。零风险高收益。到期保本保息。"
    assert not blocked(text, "education")
    assert blocked(text, "wealth")
    assert blocked("欢迎购买我行理财，零风险", "education")
