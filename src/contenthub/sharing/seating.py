"""Idea: what is found in a wording that has fewer places than were given away already."""

from collections.abc import Mapping
from typing import Any

from contenthub.library import kinds
from contenthub.library.lint import Hit

RULE = "SEAT-01"
NAME = "名额少于已报名人数"
SOURCE = "系统检查：客户已经收到报名成功的答复"
_TOTALS = {"activity": ("capacity", "已报名的 {} 位"), "right": ("stock", "已领的 {} 份")}


def field_of(kind: str, fields: Mapping[str, Any]) -> str:
    """Return the field that limits how many may come, or an empty text where none does."""
    name = _TOTALS.get(kind, ("", ""))[0]
    return name if isinstance(fields.get(name), int) else ""


def short_hits(kind: str, topic: str, fields: Mapping[str, Any], *, taken: int) -> list[Hit]:
    """Return a finding to be weighed when `taken` places are more than a wording has.

    Whoever signed up keeps the place: a bank may close a list this way, and says so.
    """
    name = field_of(kind, fields)
    if not name or taken <= fields[name]:
        return []
    label, total = kinds.field(kind, topic, name).label, str(fields[name])
    said = _TOTALS[kind][1].format(taken)
    return [
        Hit(
            rule=RULE,
            severity="review",
            where=f"fields.{name}:0",
            text=total,
            advice=f"{label} {total} 少于{said}：已有的照样有效，只是不再接受新的；"
            "写错了请改，有意停止请审核人写明理由",
            source=SOURCE,
            name=NAME,
            field=f"fields.{name}",
            start=0,
            end=len(total),
        )
    ]
