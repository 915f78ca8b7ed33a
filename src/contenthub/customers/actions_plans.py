"""What a file would change of customers who are there, said before it is written."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

from msgspec import Struct

from contenthub.customers import actions_known
from contenthub.customers.actions_known import Change, Known, Placed
from contenthub.customers.factcells import Facts, cells_of
from contenthub.customers.mergerules import MERGED, Rules
from contenthub.customers.rows import shown_field
from contenthub.customers.suitability import GRADES
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.masking import mask_name

HIDDEN = "（不显示）"


class Planned(Struct, frozen=True):
    """A field whose cell says other than we have: what we have, what the file says, who wins."""

    field: str
    old: str
    new: str
    is_taken: bool


class Plan(Struct, frozen=True):
    """What a line of a file would change of a customer, masked."""

    line: int
    name: str
    fields: list[Planned]


async def plans(
    db: Read, met: Sequence[tuple[Known, Placed]], rules: Rules, *, at: datetime
) -> list[Plan]:
    """Return what rows say otherwise than the bank has, by line, and what a load would take."""
    by_no = {before.no: placed.row for before, placed in met}
    taken = {one.before.no: one for one in await actions_known.planned(db, met, rules, at=at)}
    whole = await actions_known.planned(db, met, Rules(), at=at)
    words = await _words(db, whole)
    found = []
    for one in whole:
        row = by_no[one.before.no]
        fields = _fields(one, taken.get(one.before.no), words)
        if fields:
            found.append(Plan(row.line, mask_name(row.name), fields))
    return sorted(found, key=lambda plan: plan.line)


class _Words(Struct, frozen=True):
    branches: dict[UUID, str]
    staff: dict[UUID, str]


async def _words(db: Read, some: Sequence[Change]) -> _Words:
    owners = {one.owner_id for change in some for one in (change.before, change.after)}
    names = await tenants.staff_names(db, [owner for owner in owners if owner is not None])
    return _Words({branch.id: branch.name for branch in await tenants.branches(db)}, names)


def _fields(whole: Change, taken: Change | None, words: _Words) -> list[Planned]:
    old, new = _cells(whole.before, words), _cells(whole.after, words)
    held = _cells(taken.after, words) if taken is not None else old
    found = [
        Planned(name, old[name], new[name], held[name] == new[name])
        for name in MERGED
        if name in old and old[name] != new[name]
    ]
    if whole.name:
        is_taken = taken is not None and bool(taken.name)
        found.insert(0, Planned("name", "", mask_name(whole.name), is_taken))
    if whole.remark:
        is_taken = taken is not None and bool(taken.remark)
        found.append(Planned("remark", "", HIDDEN, is_taken))
    return found


def _cells(known: Known, words: _Words) -> dict[str, str]:
    # A tuple is only read here; the protocol also fits rows that are set.
    said = cells_of(cast(Facts, known))
    said["risk"] = _risk(known.risk_grade, known.risk_until)
    said["branch"] = words.branches.get(known.branch_id, "")
    said["owner"] = words.staff.get(known.owner_id, "") if known.owner_id else ""
    said["contacted_on"] = str(known.contacted_on or "")
    for name in ("crm_no", "external_userid"):
        said[name] = shown_field(name, getattr(known, name))
    return said


def _risk(grade: int, until: date | None) -> str:
    if until is None:
        return ""
    return f"{GRADES.get(grade, '没有有效测评')}，到 {until}"
