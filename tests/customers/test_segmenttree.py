import pytest

from contenthub.customers.segmenttree import put_in
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import to_text
from contenthub.customers.tagtree import ExpressionInvalid

SAVED = {
    "银发代发": "银发 and 代发工资",
    "大额银发": "segment(银发代发) and aum >= 50000",
    "甲": "segment(乙) or 银发",
    "乙": "not 客群(甲)",
}


def test_a_segment_of_a_segment_is_written_out() -> None:
    assert to_text(put_in(parse("客群(大额银发) and not segment(银发代发)"), SAVED)) == (
        "((银发 and 代发工资) and aum >= 50000) and not (银发 and 代发工资)"
    )


def test_segments_that_name_each_other_are_refused_with_the_ring() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        put_in(parse("segment(甲)"), SAVED)
    assert "“甲” → “乙” → “甲”" in refused.value.fields["expr"]


def test_an_unknown_segment_is_named() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        put_in(parse("银发 or segment(没有的)"), SAVED)
    assert "没有名为“没有的”的客群" in refused.value.fields["expr"]


def test_segments_that_double_are_refused_before_they_grow() -> None:
    saved = {"s0": "a or b"} | {
        f"s{n}": f"segment(s{n - 1}) and not segment(s{n - 1})" for n in range(1, 10)
    }
    with pytest.raises(ExpressionInvalid) as refused:
        put_in(parse("segment(s9)"), saved)
    assert "超过 200 个" in refused.value.fields["expr"]


def test_a_chain_of_segments_ends_somewhere() -> None:
    saved = {"s0": "a"} | {f"s{n}": f"segment(s{n - 1})" for n in range(1, 30)}
    with pytest.raises(ExpressionInvalid) as refused:
        put_in(parse("segment(s29)"), saved)
    assert "最多 10 层" in refused.value.fields["expr"]


def test_a_tag_may_still_be_called_segment() -> None:
    assert to_text(parse("客群 and segment")) == "客群 and segment"
