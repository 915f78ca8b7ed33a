"""Idea: what banks say of tags: the four questions, colours, where a tag comes from, names."""

import unicodedata

from contenthub.errors import Invalid

NAME_MAX_CHARS = 30
HOLDS_MOST_DAYS = 3_650
DIMENSIONS = {
    "who": "是不是客户",
    "kind": "是什么样的客户",
    "refuses": "拒绝什么业务",
    "needs": "有怎样的潜在需求",
}
"""The four questions a bank asks of a customer. Source: seed article S0, features.md 20."""
COLOURS = {
    "grey": ("灰", ""),
    "blue": ("蓝", "brand"),
    "teal": ("青", "info"),
    "green": ("绿", "ok"),
    "orange": ("橙", "warn"),
    "red": ("红", "bad"),
}
"""Colour → (what a clerk calls it, tone of a page's tag); all of them pass WCAG AA as text."""
SOURCES = {
    "hand": "手工",
    "bulk": "批量",
    "import": "导入",
    "merge": "合并",
    "rule": "规则",
    "wecom": "企业微信",
    "behaviour": "行为",
}
"""Where a tag of a customer comes from."""


def clean_name(name: str, *, field: str = "name") -> str:
    """Return the name of a tag or group as it is kept; raises Invalid naming `field`."""
    kept = " ".join(unicodedata.normalize("NFKC", name).split())
    if not kept or len(kept) > NAME_MAX_CHARS or not kept.isprintable():
        raise Invalid.of(field, f"请填写名称，最多 {NAME_MAX_CHARS} 字")
    return kept


def check_colour(colour: str, *, or_none: bool = False) -> str:
    """Return a colour's slug (empty for the group's, with `or_none`); raises Invalid."""
    if colour in COLOURS or (or_none and not colour):
        return colour
    words = "、".join(f"{word}（{slug}）" for slug, (word, _) in COLOURS.items())
    raise Invalid.of("colour", f"颜色应是 {words} 之一")


def check_days(days: int | None) -> int | None:
    """Return after how many days a tag comes off, None for never; raises Invalid."""
    if days is not None and not 1 <= days <= HOLDS_MOST_DAYS:
        raise Invalid.of("holds_days", f"有效天数应是 1 到 {HOLDS_MOST_DAYS}，长期有效请不要填")
    return days


def tone(own: str, group: str) -> str:
    """Return the tone in which a tag is shown, by its own colour or else its group's."""
    return COLOURS.get(own or group, ("", ""))[1]
