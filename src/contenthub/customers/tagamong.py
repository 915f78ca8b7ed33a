"""Idea: `阶段 in (已加微, 活跃)`, a short way to write conditions of one kind joined by or."""

from collections.abc import Callable, Mapping, Sequence

from lark import Token

from contenthub.customers.tagtree import ExpressionInvalid, Node, Or
from contenthub.customers.tagwords import FUNCTIONS

_TAGS = {"tag": "tag", "tags": "tag", "标签": "tag"}


def any_of(
    word: Token, values: Sequence[Token], makers: Mapping[str, Callable[[Token], Node]]
) -> Node:
    """Return who has one of the values; `makers`: what each kind of condition is made by.

    Raises ExpressionInvalid naming the word when nothing of its kind can be listed.
    """
    said = str(word).lower()
    make = makers.get(_TAGS.get(said, FUNCTIONS.get(said, "")))
    if make is None:
        raise ExpressionInvalid.at(
            (word.start_pos or 0) + 1,
            f"“{word}”不能用 in 列出，可以写的有 标签、阶段、机构、客户经理、持有、村、"
            "俱乐部、客群、拒绝、同意、生日，例如 阶段 in (已加微, 活跃)",
        )
    found = tuple(dict.fromkeys(map(make, values)))
    return found[0] if len(found) == 1 else Or(found)
