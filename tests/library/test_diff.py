from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contenthub.library.diff import Segment, diff, segments

OLD: dict[str, Any] = {
    "kind": "product",
    "topic": "deposit",
    "title": "大额存单",
    "fields": {"rate": 205, "selling_points": ["起点低"], "网点专享": "城关"},
    "body": "<p>三年期年化利率2.05%，20万元起存。</p><p>第二段</p>",
}


def test_an_unchanged_revision_has_no_difference() -> None:
    assert diff(OLD, dict(OLD)) == []


def test_changed_fields_come_in_form_order_with_their_labels() -> None:
    new = {**OLD, "title": "大额存单三年期", "fields": {"rate": 195, "网点专享": "东门"}}
    found = diff(OLD, new)
    assert [change.label for change in found] == ["标题", "卖点", "年化利率", "网点专享"]
    assert (found[2].before, found[2].after) == ("2.05%", "1.95%")


def test_the_body_is_compared_word_by_word() -> None:
    new = {**OLD, "body": OLD["body"].replace("2.05%", "1.95%")}
    (change,) = diff(OLD, new)
    assert change.segments == (
        Segment("same", "三年期年化利率"),
        Segment("del", "2.05%"),
        Segment("ins", "1.95%"),
        Segment("same", "，20万元起存。\n第二段"),
    )


def test_a_change_of_looks_is_marked_where_it_is_and_says_what_it_is() -> None:
    bold = OLD["body"].replace("2.05%", '<b style="color:#c00">2.05%</b>')
    (change,) = diff(OLD, {**OLD, "body": bold})
    assert change.before == change.after
    assert [(s.change, s.text, s.note) for s in change.segments] == [
        ("same", "三年期年化利率", ""),
        ("fmt", "2.05%", "加粗，字色 #c00"),
        ("same", "，20万元起存。\n第二段", ""),
    ]


def test_words_and_looks_that_change_together_are_both_told() -> None:
    new = '<p style="text-align:center">三年期年化利率<b>1.95%</b>，20万元起存。</p><p>第二段</p>'
    (change,) = diff(OLD, {**OLD, "body": new})
    assert [(s.change, s.text) for s in change.segments] == [
        ("fmt", "三年期年化利率"),
        ("del", "2.05%"),
        ("ins", "1.95%"),
        ("fmt", "，20万元起存。"),
        ("same", "\n第二段"),
    ]


def test_a_change_of_layout_only_is_said_in_a_line() -> None:
    roomy = OLD["body"].replace("<p>", '<p style="margin:10px 0;border:1px solid #eee">')
    (change,) = diff(OLD, {**OLD, "body": roomy})
    assert [part.change for part in change.segments] == ["same"]
    assert "排版" in change.note


def test_the_first_revision_is_all_new() -> None:
    found = diff(None, OLD)
    assert {change.before for change in found} == {""}
    assert all(segment.change == "ins" for change in found for segment in change.segments)


def test_fields_of_a_left_topic_are_shown_as_gone() -> None:
    new = {**OLD, "topic": "loan", "fields": {}}
    gone = {change.name: change.after for change in diff(OLD, new)}
    assert gone["fields.rate"] == ""


def test_a_block_of_endless_repeats_is_shown_whole() -> None:
    before, after = "甲 乙 " * 3000 + "完", "乙 甲 " * 3000 + "完"
    found = segments(before, after)
    assert [segment.change for segment in found] == ["del", "ins", "same"]


def test_a_small_edit_in_a_very_long_text_stays_small() -> None:
    before = "同样的一行\n" * 5000 + "利率2.05%\n" + "同样的一行\n" * 5000
    found = segments(before, before.replace("2.05", "1.95"))
    assert [segment.text for segment in found if segment.change != "same"] == ["2.05%", "1.95%"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_segments_rebuild_both_sides(before: str, after: str) -> None:
    found = segments(before, after)
    assert "".join(s.text for s in found if s.change != "ins") == before
    assert "".join(s.text for s in found if s.change != "del") == after
    assert all(one.change != two.change for one, two in pairwise(found))
