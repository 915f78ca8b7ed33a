"""What one press makes of a sentence can be read, or it is not offered."""

import re

import pytest

from contenthub.library.lint import lint
from contenthub.library.mending import change_of


def made(kind: str, topic: str, text: str) -> list[str | None]:
    """Return what the fixes of a text's findings make of it, None where none is offered."""
    hits = [hit for hit in lint(kind, topic, {}, text) if hit.text]
    return [hit.fix["after"] if hit.fix and "after" in hit.fix else None for hit in hits]


@pytest.mark.parametrize(
    ("topic", "text", "after"),
    [
        ("wealth", "本理财产品保本，欢迎购买。", "本理财产品不保证本金和收益，欢迎购买。"),
        ("wealth", "我们承诺保本保收益，请咨询。", "不保证本金和收益，请咨询。"),
        ("wealth", "预期收益率3%，欢迎购买。", "业绩比较基准3%，欢迎购买。"),
        ("wealth", "专家推荐，欢迎咨询。", "欢迎咨询。"),
        ("loan", "零门槛贷款，请到网点。", "符合条件即可申请，以审批为准，请到网点。"),
        ("loan", "惠农贷零门槛，欢迎咨询。", "惠农贷符合条件即可申请，以审批为准，欢迎咨询。"),
        ("loan", "不看征信，欢迎咨询。", "以审批结果为准，欢迎咨询。"),
        ("loan", "贷款可用于炒股，请咨询。", "贷款资金须用于约定用途，请咨询。"),
        ("life", "本活动最终解释权归本行所有。", "咨询电话见活动规则。"),
        ("life", "转发朋友圈即可领取礼品一份，先到先得。", "到场即可参加，先到先得。"),
        ("life", "我行推出最佳存款产品。", "我行推出存款产品。"),
        ("life", "微信官方推荐，请到网点咨询。", "请到网点咨询。"),
        ("deposit", "存款满5万元送大米一袋。", None),
        ("deposit", "限时抢购大额存单，额度有限。", "大额存单，额度有限。"),
        ("deposit", "利率高，限时抢购，欢迎到店。", "利率高，欢迎到店。"),
        ("deposit", "手慢无！欢迎到店。", "欢迎到店。"),
        ("deposit", "比同业利率更高，欢迎办理。", "欢迎办理。"),
        ("deposit", "支持靠档计息的存款。", "提前支取部分按支取日活期利率计息。"),
        # What would leave a fragment, a loose mark or doubled words is left to a person.
        ("life", "我行提供最佳的服务。", None),
        ("deposit", "我们的利率比其他银行更高。", None),
        ("life", "请提供您的密码和验证码。", None),
        ("life", "必须转发才能参加活动。", None),
        ("life", "优势：全国最大，服务好。", None),
        ("loan", "三分钟秒批10万元。", None),
        ("wealth", "专家推荐，人人都买。", None),
        ("loan", "无抵押、无担保、秒到账，随借随还", None),
        ("loan", "我们承诺不看征信，放心借。", None),
        ("loan", "农户贷款零门槛，以审批结果为准。", None),
        ("deposit", "手慢无", None),
    ],
)
def test_a_sentence_reads_on_after_the_press_or_none_is_offered(
    topic: str, text: str, after: str | None
) -> None:
    found = made("article", topic, text)
    assert found
    assert after in found
    offered = [one for one in found if one is not None]
    assert not any(
        re.search(r"[，、；：][，、；：。！]|^[，、；：。！]|的[。，！]", one) for one in offered
    )


def test_nothing_is_said_twice_and_no_bracket_stands_alone() -> None:
    said = "以审批结果为准，能否放款看系统，以审批结果为准。"
    at = said.index("能否")
    assert change_of(said, at, at + 7, "以审批结果为准", is_word=False) is None
    text = "（全国第一"
    assert change_of(text + "）很好", 0, len(text), "", is_word=False) is None
    assert change_of("请到网点办理", 1, 6, "详询网点", is_word=True) is not None


def test_a_long_sentence_is_shown_around_the_change() -> None:
    text = "我行" + "诚信服务，" * 60 + "手慢无，欢迎到店。"
    at = text.index("手慢无")
    change = change_of(text, at, at + 3, "", is_word=False)
    assert change is not None
    assert len(change.before) < 120
    assert change.after.endswith("诚信服务，欢迎到店。")
