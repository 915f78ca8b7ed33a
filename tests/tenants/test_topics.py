import pytest

from contenthub.errors import Invalid
from contenthub.tenants.topics import TOPICS, topic_slug


@pytest.mark.parametrize(
    ("word", "slug"), [("理财", "wealth"), ("wealth", "wealth"), (" ＷＥＡＬＴＨ ", "wealth")]
)
def test_a_topic_is_known_by_slug_and_by_chinese_word(word: str, slug: str) -> None:
    assert topic_slug(word) == slug


def test_every_chinese_word_leads_back_to_its_slug() -> None:
    assert {topic_slug(word) for word in TOPICS.values()} == set(TOPICS)


def test_an_unknown_topic_is_refused_with_the_whole_list() -> None:
    with pytest.raises(Invalid) as caught:
        topic_slug("期货")
    message = caught.value.fields["topic"]
    assert "期货" in message
    assert all(word in message for word in TOPICS.values())
