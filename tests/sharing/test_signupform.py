import pytest

from contenthub.errors import Invalid
from contenthub.sharing.signupform import answers, asked, shown

FIELDS = {"signup_fields": ["name", "phone", "visit_on", "people", "remark"]}


def test_only_what_the_author_chose_is_asked_in_a_fixed_order() -> None:
    assert [field.name for field in asked(FIELDS)] == ["people", "visit_on", "remark"]
    assert asked({}) == []
    assert asked({"signup_fields": ["name", "idcard"]}) == []


def test_answers_are_kept_typed_and_what_was_not_asked_is_dropped() -> None:
    said = {"people": "3位", "visit_on": "2026年12月5日", "remark": " 带轮椅 ", "branch": "城关"}
    kept = answers(FIELDS, said)
    assert kept == {"people": 3, "visit_on": "2026-12-05", "remark": "带轮椅"}
    assert shown(kept) == [
        ("几位参加", "3"),
        ("到店日期", "2026年12月5日"),
        ("备注", "带轮椅"),
    ]
    assert answers(FIELDS, {}) == {}


def test_every_wrong_answer_is_named() -> None:
    said = {"people": "99", "visit_on": "明天", "remark": "打我电话13800000001"}
    with pytest.raises(Invalid) as refused:
        answers(FIELDS, said)
    assert set(refused.value.fields) == {"people", "visit_on", "remark"}
    assert "手机号" in refused.value.fields["remark"]
