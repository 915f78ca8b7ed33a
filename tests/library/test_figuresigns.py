"""Which figure a sentence names makes no difference to the reader of whole sentences."""

import pytest

from contenthub.library.classifier import classifier
from contenthub.library.figuresigns import SIGN, with_figures_alike

SAID = [
    ("deposit", "三年期大额存单第{}号发售,详情到网点问"),
    ("deposit", "起存金额{}元,期限一年,到期一次付息。"),
    ("deposit", "今年麦子{}块一斤,卖完粮的乡亲来看看。"),
    ("deposit", "存满{}天就送一桶油,越多越送。"),
    ("loan", "交{}年,每年最少1万元。"),
    ("loan", "最高{}万元,年化利率3.45%起,以审批为准。"),
    ("loan", "征信花了也不要紧,{}万照样批。"),
    ("loan", "全村{}户评上了信用户。"),
    ("wealth", "R2级,{}天一期,理财非存款。"),
    ("wealth", "稳稳当当{}%,一分钱都不会亏。"),
    ("fund", "持有不满{}日赎回要收费。"),
    ("fund", "跟着我买的{}个人都赚了。"),
    ("insurance", "{}岁以下的老人都能投保,保费见条款。"),
    ("insurance", "这保险跟存款一样,{}年后连本带利拿回。"),
    ("card", "白金卡年费{},一年六次机场贵宾厅。"),
    ("card", "上个月刷了{}回,笔笔有短信。"),
    ("payment", "收一万块扣{}元,第二天到账。"),
    ("payment", "帮我转{}元,给你好处。"),
    ("rights", "全场{}份,每人限领一份。"),
    ("life", "{}支队报名,晚上七点开始。"),
]
NUMBERS = [
    *range(1, 251),
    *range(1_000, 100_000, 1_000),
    *(f"{one / 100:.2f}" for one in range(101, 252)),
]


def test_the_verdict_is_the_same_whichever_figure_stands_there() -> None:
    assert len(NUMBERS) == 500
    for topic, frame in SAID:
        said = [frame.format(number) for number in NUMBERS if f"{number}%" not in ("100%",)]
        margins = classifier().margins(said, topic)
        assert margins == pytest.approx([margins[0]] * len(margins), abs=1e-6), frame


@pytest.mark.parametrize(
    ("said", "alike"),
    [
        ("交5年,一年最少1万", "交#年,#年最少#"),
        ("芹菜一块九,白金卡年费两百", "芹菜#块#,白金卡年费#"),
        ("百分之一点五五,一点三五个点", "百分之#,#个点"),
        ("1,000.50元,12月20日9:00", "#元,#月#日#"),
        ("五百四十天,三十一年", "#天,#年"),
    ],
)
def test_figures_are_one_sign(said: str, alike: str) -> None:
    assert with_figures_alike(said).replace(SIGN, "#") == alike


@pytest.mark.parametrize(
    "said",
    ["0利息", "零元购", "100%通过", "百分之百", "第一年", "万一", "千万别", "一点风险", "上个月光"],
)
def test_wordings_that_look_like_figures_stay(said: str) -> None:
    assert with_figures_alike(said) == said
