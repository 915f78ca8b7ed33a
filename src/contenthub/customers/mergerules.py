"""Idea: what a file's cell does to a fact that is there already, field by field.

A bank chooses for each field whether the file holds, ours holds, only what is empty is filled,
or the newer of both by its day. Of facts that are told apart by their day the day is kept with
the customer; of every other it is the day on which the customer was last written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from contenthub.customers.rows import ASSET_FIELDS, LABELS
from contenthub.errors import Invalid

FILE, EMPTY, OURS, NEWER = "file", "empty", "ours", "newer"
RULES: dict[str, str] = {
    FILE: "以文件为准",
    EMPTY: "只补空的",
    NEWER: "以数据日期新的为准",
    OURS: "保留原来的",
}
MERGED: dict[str, str] = {
    name: label
    for name, label in LABELS.items()
    if name not in ("phone", "tags", "refused", "as_of", "risk_until", *ASSET_FIELDS[1:])
} | {"aum": "资产"}
"""Fields with a rule: label. Tags and refusals are only added to."""
_COLUMNS = {
    "name_index": "name",
    "aum_fen": "aum",
    "risk_grade": "risk",
    "risk_until": "risk",
    "branch_id": "branch",
    "owner_id": "owner",
}
_PARTS = {"aum": ASSET_FIELDS, "risk": ("risk", "risk_until")}
OWN_DAYS = frozenset({"contacted_on"})
"""Facts that are a day themselves: the later one is the newer."""
_EMPTY_BY = {"name": "name_index", "aum": "aum_fen", "risk": "risk_grade", "owner": "owner_id"}
"""What of a customer tells that a field is empty, where it is called otherwise."""


def field_of(column: str) -> str:
    """Return the field of a file that a column of a customer comes from."""
    return _COLUMNS.get(column, column)


def check_rules(chosen: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a bank's choice (field -> rule) without what is as a matter of course.

    Raises Invalid naming, as `merge.<field>`, a field or rule that there is not, or a rule by
    day for a file (field -> header) that tells none.
    """
    wrong: dict[str, str] = {}
    for name, rule in chosen.items():
        parts = _PARTS.get(name, (name,))
        if name not in MERGED:
            wrong[f"merge.{name}"] = "这一项没有合并规则，请从字段列表里选择"
        elif rule and rule not in RULES:
            wrong[f"merge.{name}"] = f"请从这些里选：{'、'.join(RULES.values())}"
        elif rule == NEWER and name not in OWN_DAYS and any(part in mapping for part in parts):
            if "as_of" not in mapping:
                wrong[f"merge.{name}"] = (
                    "选了“以数据日期新的为准”，请指定“数据日期”是哪一列，或改选其他规则"
                )
    if wrong:
        raise Invalid(fields=wrong)
    return {name: rule for name, rule in chosen.items() if rule and rule != FILE}


def days_of(dated: str) -> dict[str, date]:
    """Return field -> the day of what is kept of a customer."""
    pairs = (part.partition(":") for part in dated.split())
    return {name: date.fromisoformat(on) for name, _, on in pairs}


def days_text(days: Mapping[str, date]) -> str:
    """Return days as they are kept with a customer; `days_of` reads them again."""
    return " ".join(f"{name}:{on}" for name, on in sorted(days.items()))


def without(dated: str, *names: str) -> str:
    """Return what is kept of days without those of some fields."""
    if not dated:
        return dated
    return days_text({name: on for name, on in days_of(dated).items() if name not in names})


@dataclass(frozen=True, slots=True)
class Said:
    """What is asked of a row and a customer beside the facts themselves."""

    as_of: date | None
    """The day the row is of."""
    written_on: date
    """The day on which the customer was last written."""
    has_remark: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """A bank's choice for one file; by itself the file holds in every field."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    head_id: UUID | None = None
    """The head office: whose customers nobody has placed anywhere."""

    def __bool__(self) -> bool:
        """Return whether any field has another rule than that the file holds."""
        return bool(self.chosen)

    @property
    def by_day(self) -> list[str]:
        """The fields whose day is kept with the customer."""
        return [n for n, rule in self.chosen.items() if rule == NEWER and n not in OWN_DAYS]

    def takes_remark(self, said: Said, days: Mapping[str, date]) -> bool:
        """Return whether the file's remark replaces the customer's."""
        return self._takes("remark", said, days, is_empty=not said.has_remark)

    def merged(
        self, before: Any, told: Mapping[str, Any], said: Said, *, judged: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return what of `told` (column -> value) holds, with the days that are kept of it.

        `judged` names columns that are judged by another field's rule than their own.
        """
        days = days_of(before.dated)
        held: dict[str, Any] = {}
        spoken: set[str] = set()
        for column, value in told.items():
            name = judged.get(column, field_of(column))
            if name in OWN_DAYS and self.chosen.get(name) == NEWER:
                old = getattr(before, column)
                is_taken = old is None or value >= old
            else:
                is_taken = self._takes(name, said, days, is_empty=self._is_empty(name, before))
            if is_taken:
                held[column] = value
                spoken.add(name)
        return held | {"dated": self.dated(before.dated, spoken, said.as_of)}

    def dated(self, was: str, names: set[str], as_of: date | None) -> str:
        """Return what is kept of days after a file told some fields as of a day."""
        kept = [name for name in self.by_day if name in names and as_of is not None]
        if not was and not kept:
            return was
        days = {name: on for name, on in days_of(was).items() if name not in names}
        return days_text(days | {name: as_of for name in kept if as_of is not None})

    def _takes(self, name: str, said: Said, days: Mapping[str, date], *, is_empty: bool) -> bool:
        rule = self.chosen.get(name, FILE)
        if rule == NEWER and not is_empty:
            return said.as_of is not None and said.as_of >= days.get(name, said.written_on)
        return rule == FILE or (rule != OURS and is_empty)

    def _is_empty(self, name: str, before: Any) -> bool:
        if name == "branch":
            return bool(before.branch_id == self.head_id)
        if name == "stage":
            return bool(before.stage == "public")
        # An assessment that is over is none: its last day stays, its grade does not.
        value = getattr(before, _EMPTY_BY.get(name, name))
        return value is None or (value in ("", 0) and value is not False)
