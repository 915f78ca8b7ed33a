import pytest

from contenthub.customers.stages import STAGES, stage_slug
from contenthub.errors import Invalid


def test_every_stage_is_known_by_slug_and_by_chinese_word() -> None:
    assert {stage_slug(word) for word in STAGES.values()} == set(STAGES)
    assert stage_slug(" Active ") == "active"


def test_an_unknown_stage_is_refused_with_the_list() -> None:
    with pytest.raises(Invalid, match="公域、已加微、活跃、转化"):
        stage_slug("沉睡")
