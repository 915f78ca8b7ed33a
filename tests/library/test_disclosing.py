import pytest

from contenthub.library import kinds
from contenthub.library.disclosing import message_foot, page_lines, version, with_foot
from contenthub.tenants.topics import TOPICS

BANK = {"bank_name": "青原农村商业银行股份有限公司", "hotline": "96588", "code": "P-1001", "no": 3}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_message_names_the_bank_the_version_and_the_way_out(kind: str, topic: str) -> None:
    foot = message_foot(kind, topic, **BANK)  # type: ignore[arg-type]  # str and int by name
    for words in ("青原农村商业银行股份有限公司", "客服 96588", "P-1001-v3", "不再向我推荐"):
        assert words in foot, words
    assert ("【广告】" in foot) == (kind in ("product", "right", "activity"))


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("wealth", "理财非存款、产品有风险、投资须谨慎"),
        ("fund", "基金有风险，投资需谨慎"),
        ("insurance", "非银行存款"),
        ("loan", "请理性借贷"),
        ("deposit", "以本行公告为准"),
        ("card", "理性消费"),
    ],
)
def test_a_financial_topic_says_its_warning_in_message_and_page(topic: str, said: str) -> None:
    assert said in message_foot("product", topic, **BANK)  # type: ignore[arg-type]  # by name
    assert said in "\n".join(page_lines("product", topic, {}))


def test_a_foot_is_set_apart_and_put_there_once() -> None:
    foot = message_foot("faq", "life", **BANK)  # type: ignore[arg-type]  # by name
    text = with_foot("您好：https://x/s/ABC\n", foot)
    assert text.startswith("您好：https://x/s/ABC\n—\n")
    assert with_foot(text, foot) == text


def test_a_bank_without_a_hotline_leaves_no_gap() -> None:
    foot = message_foot("faq", "life", **{**BANK, "hotline": ""})  # type: ignore[arg-type]  # by name
    assert "客服" not in foot
    assert version("A-1002", 1) == "A-1002-v1"
