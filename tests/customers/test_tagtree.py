import pytest
from hypothesis import given
from tests.customers.expressions import trees, written_nodes

from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtree import (
    ExpressionInvalid,
    Names,
    Node,
    from_json,
    names,
    to_json,
)


@given(trees(written_nodes()))
def test_a_tree_stored_as_json_is_the_same_tree(tree: Node) -> None:
    assert from_json(to_json(tree)) == tree
    assert from_json(to_json(tree).decode()) == tree


def test_the_stored_form_is_a_tagged_union_in_fen_and_slugs() -> None:
    assert to_json(parse("非 拒绝(理财) 且 资产>=5万")) == (
        b'{"kind":"and","items":[{"kind":"not","item":{"kind":"refused","topic":"wealth"}},'
        b'{"kind":"aum","op":">=","fen":5000000}]}'
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"kind":"everything"}',
        b'{"kind":"and","items":[]}',
        b'{"kind":"and","items":[{"kind":"everyone"}]}',
        b'{"kind":"tag","name":""}',
        b'{"kind":"tag","name":"a\\u0000"}',
        b'{"kind":"tag","name":"\\ud800"}',
        b'{"kind":"aum","op":"like","fen":1}',
        b'{"kind":"aum","op":">=","fen":-1}',
        b'{"kind":"aum","op":">=","fen":1e400}',
        b'{"kind":"refused","topic":"futures"}',
        b'{"kind":"stage","name":"gone"}',
        b'{"kind":"score","topic":"loan","op":">=","points":101}',
        b'{"kind":"score","topic":"life","op":">=","points":1}',
        b'{"kind":"birthday","month":2,"day":30}',
        b'{"kind":"not","item":' * 5_000 + b'{"kind":"everyone"}' + b"}" * 5_000,
        b'{"kind":"not","item":' * 60 + b'{"kind":"everyone"}' + b"}" * 60,
        b" " * 200_001,
    ],
)
def test_json_that_is_no_such_tree_is_refused(data: bytes) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        from_json(data)
    assert caught.value.fields["expr"]


def test_names_lists_everything_to_look_up_once_in_order() -> None:
    tree = parse(
        "b and (a or not b) and refused(理财) and consented(存款) and branch(城关) and owner(7)"
        " and grid(柳树村) and 村(柳树村) and club(金色年华) and score(贷款) > 9"
    )
    assert names(tree) == Names(
        tags=("b", "a"),
        topics=("wealth", "deposit"),
        branches=("城关",),
        owners=("7",),
        grids=("柳树村",),
        clubs=("金色年华",),
        scores=("loan",),
    )
