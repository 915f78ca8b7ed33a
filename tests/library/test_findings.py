"""Findings to be weighed: kept with a reason, or they stop the approval."""

import pytest

from contenthub.errors import Invalid
from contenthub.library.findings import Kept, OpenFindings, blocks, overrides, weighed

FIRST = {
    "rule": "ABS-02",
    "name": "绝对化",
    "severity": "review",
    "where": "title:0",
    "text": "首家",
}
OTHER = {"rule": "SRC-01", "name": "无出处", "severity": "review", "where": "body:4", "text": "99%"}
BLOCK = {"rule": "INV-01", "name": "保本", "severity": "block", "where": "body:9", "text": "保本"}
HITS = [BLOCK, FIRST, OTHER]


def test_blocking_findings_are_told_and_not_weighed() -> None:
    assert [hit["severity"] for hit in blocks(HITS)] == ["block"]
    assert weighed(HITS) == [FIRST, OTHER]


def test_one_reason_can_keep_all_and_a_single_one_goes_before() -> None:
    said = [Kept("ABS-02", "title:0", "有批文"), Kept(reason="已核对")]
    made = overrides(HITS, said)
    assert [(one["rule"], one["reason"]) for one in made] == [
        ("ABS-02", "有批文"),
        ("SRC-01", "已核对"),
    ]
    assert made[0]["text"] == "首家"


def test_a_finding_without_a_reason_stops() -> None:
    with pytest.raises(OpenFindings, match="还有 1 处") as refused:
        overrides(HITS, [Kept("ABS-02", "title:0", "有批文"), Kept(reason="  ")])
    assert refused.value.hits == [OTHER]


def test_what_an_earlier_step_kept_stands() -> None:
    earlier = overrides([FIRST], [Kept(reason="有批文")])
    assert [one["rule"] for one in overrides(HITS, [Kept(reason="已核对")], before=earlier)] == [
        "SRC-01"
    ]
    changed = {**FIRST, "text": "唯一"}
    with pytest.raises(OpenFindings):
        overrides([changed], [], before=earlier)


def test_a_reason_has_an_end() -> None:
    with pytest.raises(Invalid):
        overrides([FIRST], [Kept(reason="长" * 201)])
