"""The builder loses nothing: every tree is drawn, every row is read back, every deed is one."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.customers.expressions import trees, written_nodes

from contenthub.customers import blockfields, blocks
from contenthub.customers.blocks import Group, Row
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import to_text
from contenthub.customers.tagtree import ExpressionInvalid, Node

FRESH = parse("everyone()")


def _rows(block: Row | Group) -> Iterator[Row]:
    if isinstance(block, Row):
        yield block
        return
    for item in block.items:
        yield from _rows(item)


@given(written_nodes())
def test_what_a_row_shows_is_read_back_as_the_same_condition(leaf: Node) -> None:
    kind = blockfields.kind_of(leaf)
    assert blockfields.leaf_of(kind, blockfields.fields_of(leaf)) == leaf


@given(trees(written_nodes()))
def test_setting_every_row_to_what_it_shows_changes_nothing(tree: Node) -> None:
    now = parse(to_text(tree))
    for row in _rows(blocks.drawn(tree)):
        now = blocks.set_row(
            now, row.path, kind=row.kind, denied=row.denied, fields=row.fields, words={}
        )
    assert now == tree


@given(trees(written_nodes()), st.data())
def test_what_was_added_is_drawn_and_taken_away_again(tree: Node, data: st.DataObject) -> None:
    leaf = parse("aum >= 123.45")

    def groups(block: Row | Group) -> Iterator[Group]:
        if isinstance(block, Group):
            yield block
            for item in block.items:
                yield from groups(item)

    group = data.draw(st.sampled_from(list(groups(blocks.drawn(tree)))))
    made, place = blocks.add(tree, group.path, leaf)
    assert next(row for row in _rows(blocks.drawn(made)) if row.path == place).fields == {
        "op": ">=",
        "value": "123.45",
    }
    assert blocks.remove(made, place) == tree


@given(trees(written_nodes()))
def test_taking_every_row_away_ends_with_nothing(tree: Node) -> None:
    left: Node | None = tree
    for _ in range(sum(1 for _ in _rows(blocks.drawn(tree)))):
        assert left is not None
        left = blocks.remove(left, next(_rows(blocks.drawn(left))).path)
    assert left is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "(not a) and everyone()"),
        ("not (a or b)", "not (a or b or everyone())"),
        ("a and b", "a and b and everyone()"),
        ("not not a", "(not not a) and everyone()"),
    ],
)
def test_one_more_condition_stands_in_the_group_it_was_asked_for(before: str, after: str) -> None:
    tree = blocks.deny(parse("a"), "", True) if before == "a" else parse(before)
    made, _ = blocks.add(tree, "", FRESH)
    assert made == parse(after)


def test_groups_are_joined_denied_and_made_around_a_row() -> None:
    tree = parse("a and (b or c)")
    assert blocks.join(tree, "", "or") == parse("a or (b or c)")
    assert blocks.deny(tree, "1", True) == parse("a and not (b or c)")
    assert blocks.join(parse("not (a or b)"), "", "and") == parse("not (a and b)")
    made, place = blocks.nest(tree, "0", FRESH, how="or")
    assert (made, place) == (parse("(a or everyone()) and (b or c)"), "0.1")
    assert blocks.remove(tree, "1.0") == parse("a and c")


@pytest.mark.parametrize("path", ["9", "0.0", "x", "-1", "1.1.1", "9" * 500, "0." * 200])
def test_a_place_that_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(ExpressionInvalid):
        blocks.remove(parse("a and b"), path)
    with pytest.raises(ExpressionInvalid):
        blocks.join(parse("a and b"), path, "or")


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("aum", {"op": ">=", "value": "很多"}, "资产："),
        ("aum", {"op": ">=", "value": "1 or everyone()"}, "资产："),
        ("aum", {"op": "", "value": ""}, "资产："),
        ("age", {"op": ">=", "value": "151"}, "0 到 150"),
        ("within", {"what": "due", "days": "367"}, "1 到 366"),
        ("did", {"act": "viewed", "topic": "", "days": "0", "times": "1"}, "1 到 180"),
        ("birthday", {"month": "2", "day": "30"}, "生日要写成"),
        ("tag", {"name": " "}, "标签名是空的"),
        ("tag", {"name": "长" * 41}, "超过 40 个字"),
        ("unheard", {}, "没有这种条件"),
    ],
)
def test_a_field_that_cannot_be_read_names_the_condition_and_the_fix(
    kind: str, fields: dict[str, str], words: str
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        blockfields.leaf_of(kind, fields)
    assert words in refused.value.fields["expr"]
    assert "个字附近" not in refused.value.fields["expr"]


def test_a_tag_with_any_name_stays_one_tag() -> None:
    leaf = blockfields.leaf_of("tag", {"name": '银发" or "全部'})
    assert to_text(leaf) == '"银发\\" or \\"全部"'


def test_a_new_condition_is_one_the_bank_can_count() -> None:
    words = {"tags": ["银发"], "branches": ["总行"], "owners": ["1001"], "clubs": ["c"]}
    words |= {"segments": ["s"], "grids": ["g"]}
    for kind, about in blockfields.KINDS.items():
        assert type(blockfields.fresh(kind, words)) is about.node
    with pytest.raises(ExpressionInvalid, match="本行还没有俱乐部"):
        blockfields.fresh("club", {})
