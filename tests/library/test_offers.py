"""Which business a text offers something of, and the mandatory texts that come along with it."""

import pytest

from contenthub.library import disclosing, offers
from contenthub.library.lint import lint
from contenthub.posters import editing

LOAN = "惠农贷最高30万，年化利率3.45%起，随借随还。"


def others(text: str, *, kind: str = "article", topic: str = "education") -> tuple[str, ...]:
    """Return what a text of a topic offers something else of."""
    return offers.other_topics(kind, topic, title="科普", fields={}, body=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LOAN, ("loan",)),
        ("理财R2一万元起购。基金同步认购。", ("wealth", "fund")),
        ("分红险在售，咨询柜台", ("insurance",)),
        ("理财非存款，购买前要分清风险，在售产品见公告", ()),
        ("警惕“年化利率1%”的贷款骗局", ()),
        ("社保卡怎么用", ()),
    ],
)
def test_the_topics_a_text_offers_something_of(text: str, found: tuple[str, ...]) -> None:
    assert others(text) == found
    told = any(hit.rule == "TOPIC-01" for hit in lint("article", "education", {}, text))
    assert told == bool(found), "the rule and the mandatory texts read alike"


def test_only_what_sells_nothing_by_its_topic_is_looked_at() -> None:
    assert others(LOAN, topic="deposit") == ()
    assert others(LOAN, kind="faq") == ()


def test_the_mandatory_texts_of_what_is_offered_stand_on_page_message_and_poster() -> None:
    said = "贷款额度、利率以审批为准，请理性借贷"
    found = others(LOAN)
    assert any(said in line for line in disclosing.page_lines("article", "life", {}, others=found))
    bank = {"bank_name": "清源农商行", "hotline": "96588", "code": "N-1001"}
    foot = disclosing.message_foot("article", "life", no=1, others=found, **bank)
    assert said in foot
    layers = editing.starter_layers("rights-day", kind="article", topic="life", others=found)
    texts = [one["text"] for one in layers["layers"] if one["kind"] == "disclosure"]
    assert all(said in text for text in texts)
    assert said not in "".join(disclosing.page_lines("article", "life", {}))
