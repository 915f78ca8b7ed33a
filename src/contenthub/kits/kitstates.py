"""Idea: the states of a kit: draft → published ⇄ withdrawn; and what of it may be changed when."""

from contenthub.errors import Conflict

STATES: dict[str, str] = {"draft": "未发布", "published": "已发布", "withdrawn": "已收回"}
TABLE: dict[tuple[str, str], str] = {
    ("draft", "publish"): "published",
    ("published", "publish"): "published",
    ("published", "withdraw"): "withdrawn",
    ("withdrawn", "publish"): "published",
}
ADOPTED: dict[str, str] = {
    "same": "与上级一致",
    "update": "上级有更新",
    "dismissed": "已忽略本次更新",
    "recalled": "上级已下架",
    "ended": "上级已不再提供",
    "starter": "起步内容包",
}
"""What an adopted part's source does by now."""


class WrongStep(Conflict):
    """The kit's state does not have this action, or there is nothing to do."""

    code = "wrong_step"
    title = "现在的状态不能这样做，请刷新后再看"


class NotAdopted(Conflict):
    """An own item or template that did not come from a kit."""

    code = "not_adopted"
    title = "这条内容不是从内容包采用的，没有上级版本可以比较或合并"


def decide(state: str, action: str) -> str:
    """Return the state that an action leads to; raises WrongStep where there is none."""
    found = TABLE.get((state, action))
    if found is None:
        raise WrongStep(f"内容包{STATES[state]}，不能{'收回' if action == 'withdraw' else '发布'}")
    return found
