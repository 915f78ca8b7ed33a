"""Idea: what an activity asks of those who sign up, beside name and number.

The author chooses from a fixed list (`signup_fields`): a free form would soon ask for identity
numbers. Source: PIPL art. 6 (as little as the purpose needs).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from contenthub.errors import Invalid
from contenthub.library.itemfields import Field, WrongValue, clean_value, show
from contenthub.library.numbers_found import personal_numbers

ASKED: dict[str, Field] = {
    field.name: field
    for field in (
        Field("branch", "意向网点", max_chars=40),
        Field("people", "几位参加", "int", min_value=1, max_value=20, help="含报名人自己"),
        Field("visit_on", "到店日期", "date"),
        Field("remark", "备注", max_chars=100),
    )
}
"""Name → how it is read and kept; name and phone are always asked and are sealed."""


def asked(fields: Mapping[str, Any]) -> list[Field]:
    """Return what an item's sign-up asks, in the order of the list."""
    chosen = fields.get("signup_fields") or []
    return [field for name, field in ASKED.items() if name in chosen]


def answers(fields: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers to keep, JSON-safe; what was not asked is dropped.

    Raises:
        Invalid: names every wrong answer; a remark that holds somebody's number is one.
    """
    return _clean(asked(fields), said)


def askable(fields: Mapping[str, Any], kept: Mapping[str, Any]) -> list[Field]:
    """Return what may be changed of kept answers: what is asked now, and what was once."""
    now = asked(fields)
    return [field for field in ASKED.values() if field in now or field.name in kept]


def amended(
    fields: Mapping[str, Any], kept: Mapping[str, Any], said: Mapping[str, str]
) -> dict[str, Any]:
    """Return kept answers with those of `said` in their place; an empty text takes one away.

    Raises:
        Invalid: as `answers`, or an answer to what the item does not ask.
    """
    known = {field.name: field for field in askable(fields, kept)}
    strange = [name for name in said if name not in known]
    if strange:
        labels = "、".join(f"{field.label}({name})" for name, field in known.items())
        why = f"这个活动不问这一项，请去掉；可以改的：{labels or '没有'}"
        raise Invalid(fields={name[:40]: why for name in strange})
    fresh = _clean([known[name] for name in known if name in said], said)
    rest = {name: value for name, value in kept.items() if name not in said}
    both = rest | fresh
    return {name: both[name] for name in ASKED if name in both}


def _clean(askings: Iterable[Field], said: Mapping[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in askings:
        try:
            value = clean_value(field, said.get(field.name, "").strip())
        except WrongValue as error:
            wrong[field.name] = f"“{field.label}”{error}"
            continue
        if isinstance(value, str) and any(personal_numbers(value)):
            wrong[field.name] = f"“{field.label}”里请不要写手机号、证件号或卡号"
        elif value is not None:
            kept[field.name] = value
    if wrong:
        raise Invalid(fields=wrong)
    return kept


def seats(kept: Mapping[str, Any]) -> int:
    """Return how many places kept answers take: the whole party where it was asked, else one."""
    return int(kept.get("people") or 1)


def most_people(left: int | None, *, held: int = 0) -> int | None:
    """Return how many may come at most when so many places are left beside one's own.

    None where the form's own limit holds: nobody counts places, or none is left to offer.
    """
    free = None if left is None else left + held
    return min(free, ASKED["people"].max_value or free) if free else None


def shown(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return kept answers as (label, text) for the bank's people."""
    return [(ASKED[name].label, show(ASKED[name], kept[name])) for name in ASKED if name in kept]
