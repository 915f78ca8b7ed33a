"""Customers of a batch that the bank knows: what their rows say anew, in one statement."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, LargeBinary, any_, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute

from contenthub.customers.indexkeys import FACTS
from contenthub.customers.models import Customer
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write
from contenthub.tenants.masking import mask_name
from contenthub.tenants.sealing import bank_id, keyring

_CHANGE = """
update customers c set gender = w.gender, birthday = w.birthday, aum_fen = w.aum_fen,
  risk_grade = w.risk_grade, risk_until = w.risk_until, branch_id = w.branch_id,
  owner_id = w.owner_id, external_userid = w.external_userid, crm_no = w.crm_no,
  stage = w.stage, lunar_birthday = w.lunar_birthday, products = w.products,
  deposit_due_on = w.deposit_due_on, wealth_due_on = w.wealth_due_on,
  loan_due_on = w.loan_due_on, is_merchant = w.is_merchant, grid = w.grid,
  contacted_on = w.contacted_on, added_on = w.added_on,
  remark_sealed = coalesce(w.remark_sealed, c.remark_sealed), name_index = w.name_index,
  name_sealed = coalesce(w.name_sealed, c.name_sealed),
  name_masked = coalesce(w.name_masked, c.name_masked), updated_at = :at
from unnest(
  cast(:no as int[]), cast(:name_index as bytea[]), cast(:gender as text[]),
  cast(:birthday as date[]), cast(:aum_fen as bigint[]), cast(:risk_grade as smallint[]),
  cast(:risk_until as date[]), cast(:branch_id as uuid[]), cast(:owner_id as uuid[]),
  cast(:external_userid as text[]), cast(:crm_no as text[]), cast(:stage as text[]),
  cast(:lunar_birthday as text[]), cast(:products as text[]), cast(:deposit_due_on as date[]),
  cast(:wealth_due_on as date[]), cast(:loan_due_on as date[]), cast(:is_merchant as boolean[]),
  cast(:grid as text[]), cast(:contacted_on as date[]), cast(:added_on as date[]),
  cast(:name_sealed as bytea[]), cast(:name_masked as text[]),
  cast(:remark_sealed as bytea[])) as w (no, name_index, gender, birthday, aum_fen, risk_grade,
  risk_until, branch_id, owner_id, external_userid, crm_no, stage, lunar_birthday, products,
  deposit_due_on, wealth_due_on, loan_due_on, is_merchant, grid, contacted_on, added_on,
  name_sealed, name_masked, remark_sealed)
where c.tenant_id = :tenant_id and c.no = w.no
returning c.no, case when w.name_sealed is not null then old.name_sealed end,
  case when w.remark_sealed is not null then old.remark_sealed end
"""


class Known(NamedTuple):
    """What a file may change of a customer, as it stands."""

    id: UUID
    no: int
    name_index: bytes
    gender: str
    birthday: date | None
    aum_fen: int
    risk_grade: int
    risk_until: date | None
    branch_id: UUID
    owner_id: UUID | None
    external_userid: str
    crm_no: str
    stage: str
    lunar_birthday: str
    products: str
    deposit_due_on: date | None
    wealth_due_on: date | None
    loan_due_on: date | None
    is_merchant: bool | None
    grid: str
    contacted_on: date | None
    added_on: date | None


class Placed(NamedTuple):
    """A row with the branch and owner it names: the bank's head office and None without."""

    row: CustomerRow
    branch_id: UUID
    owner_id: UUID | None


class Change(NamedTuple):
    """A customer before and after their row."""

    before: Known
    after: Known
    name: str
    """The new name; empty: it stays."""
    remark: str | None
    """The new remark; None: it stays."""


Sealed: TypeAlias = dict[int, tuple[bytes | None, bytes | None]]
"""Customer number → name and remark as they were sealed before; None where they stay."""


async def existing(db: Write, indexes: Sequence[bytes], *, lock: bool) -> dict[bytes, Known]:
    """Return the bank's customers by their phones' indexes, with `lock` locked."""
    columns = [getattr(Customer, name) for name in Known._fields]
    # One array, not ten thousand parameters.
    wanted = literal(list(indexes), ARRAY(LargeBinary))
    query = select(Customer.phone_index, *columns).where(
        Customer.tenant_id == bank_id(db), Customer.phone_index == any_(wanted)
    )
    # In one order, so that two writers never wait for each other in a ring.
    found = await db.execute(query.order_by(Customer.no).with_for_update() if lock else query)
    return {index: Known(*facts) for index, *facts in found}


def among(column: InstrumentedAttribute[int], nos: Iterable[int]) -> ColumnElement[bool]:
    """Return whether a column is one of some numbers: one array, not a parameter each."""
    return column == any_(literal(list(nos), ARRAY(Integer)))


async def numbered(db: Write, nos: Iterable[int]) -> dict[int, tuple[Known, datetime, datetime]]:
    """Return customers by number, locked: as they stand, since when there, when last written."""
    columns = [getattr(Customer, name) for name in Known._fields]
    found = await db.execute(
        select(*columns, Customer.created_at, Customer.updated_at)
        .where(Customer.tenant_id == bank_id(db), among(Customer.no, nos))
        .order_by(Customer.no)
        .with_for_update()
    )
    return {row.no: (Known(*row[:-2]), row[-2], row[-1]) for row in found}


async def change(
    db: Write, said: Iterable[tuple[Known, Placed]], *, at: datetime
) -> tuple[Sequence[Change], Sealed]:
    """Write what rows say anew of customers; return whom that changed, with what was sealed.

    Empty cells change nothing, and who is already as the row says is not written.
    """
    ring, bank = keyring(db), bank_id(db)
    changes = []
    for before, placed in said:
        after = _after(before, placed, name_index=ring.index(bank, placed.row.name))
        # What a sealed remark says is not read to be compared.
        if after != before or placed.row.remark:
            name = placed.row.name if after.name_index != before.name_index else ""
            changes.append(Change(before, after, name, placed.row.remark or None))
    return changes, await write(db, changes, at=at)


async def write(db: Write, changes: Sequence[Change], *, at: datetime) -> Sealed:
    """Write customers as they are after a change; return what was sealed of them before."""
    if not changes:
        return {}
    ring, bank = keyring(db), bank_id(db)
    facts: dict[str, list[Any]] = {
        name: [getattr(one.after, name) for one in changes] for name in Known._fields[1:]
    }
    facts["name_masked"] = [mask_name(one.name) if one.name else None for one in changes]
    facts["name_sealed"] = [
        ring.seal(bank, f"customers.name:{one.after.id}", one.name) if one.name else None
        for one in changes
    ]
    facts["remark_sealed"] = [
        # An empty one is none, and kept as nothing.
        ring.seal(bank, f"customers.remark:{one.after.id}", one.remark)
        if one.remark
        else (None if one.remark is None else b"")
        for one in changes
    ]
    rows = await db.execute(text(_CHANGE), {**facts, "tenant_id": bank, "at": at})
    sealed = {no: (name, remark) for no, name, remark in rows}
    await _refresh(db, {one.after.no for one in changes})
    return sealed


async def _refresh(db: Write, nos: Set[int]) -> None:
    """Read again what the session holds of these customers: the statement went past it."""
    for held in list(db.identity_map.values()):
        if isinstance(held, Customer) and held.no in nos:
            await db.refresh(held)


def _after(before: Known, placed: Placed, *, name_index: bytes) -> Known:
    row = placed.row
    told: dict[str, Any] = {
        "name_index": name_index,
        "gender": row.gender or before.gender,
        "birthday": row.birthday or before.birthday,
        "aum_fen": before.aum_fen if row.aum_fen is None else row.aum_fen,
        "external_userid": row.external_userid or before.external_userid,
        "crm_no": row.crm_no or before.crm_no,
        "owner_id": placed.owner_id or before.owner_id,
    }
    for name in FACTS:
        said = getattr(row, name)
        if said is not None and said != "":
            told[name] = said
    if row.risk_until is not None:
        told |= {"risk_grade": row.risk, "risk_until": row.risk_until}
    if row.branch or row.owner:
        told["branch_id"] = placed.branch_id
    if row.stage:
        told["stage"] = row.stage
    elif row.external_userid and before.stage == "public":
        told["stage"] = "added"
    return before._replace(**told)
