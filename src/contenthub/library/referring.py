"""Idea: what is found in content whose product is gone: recalled, or past its end."""

from collections.abc import Mapping
from typing import Any

from contenthub.library import kinds
from contenthub.library.lint import Hit

RULE = "REF-01"
NAME = "关联的产品已下架或到期"
SOURCE = "系统检查：客户会从这条内容打开一个已经没有的产品"


def fields_named(kind: str, topic: str, fields: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (field, its label, code) of every product that an item's fields refer to."""
    return [
        (spec.name, spec.label, code)
        for spec in kinds.fields_of(kind, topic)
        if spec.type == "item"
        and isinstance(code := fields.get(spec.name), str)
        and code.startswith("P-")
    ]


def gone_hits(
    kind: str, topic: str, fields: Mapping[str, Any], gone: Mapping[str, str]
) -> list[Hit]:
    """Return a blocking hit for each field that refers to one of the gone products.

    `gone` is code -> title.
    """
    return [
        Hit(
            rule=RULE,
            severity="block",
            where=label,
            text=code,
            advice=f"产品“{gone[code]}”已下架或到期；请换成在用的产品编号，或清空“{label}”",
            source=SOURCE,
            name=NAME,
            field=name,
            start=0,
            end=len(code),
        )
        for name, label, code in fields_named(kind, topic, fields)
        if code in gone
    ]
