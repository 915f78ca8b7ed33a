"""Customers of a batch that the bank knows: what their rows say anew, in one statement."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import LargeBinary, any_, func, literal, select, text, update

from contenthub.customers.indexkeys import FACTS
from contenthub.customers.mergerules import Rules, Said, days_of
from contenthub.customers.models import Customer
from contenthub.customers.queries import among
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read, Write
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.masking import mask_name
from contenthub.tenants.sealer import INDEX_BYTES
from contenthub.tenants.sealing import bank_id, keyring

_CHANGE = """
update customers c set gender = w.gender, birthday = w.birthday, aum_fen = w.aum_fen,
  risk_grade = w.risk_grade, risk_until = w.risk_until, branch_id = w.branch_id,
  owner_id = w.owner_id, external_userid = w.external_userid, crm_no = w.crm_no,
  stage = w.stage, lunar_birthday = w.lunar_birthday, products = w.products,
  deposit_due_on = w.deposit_due_on, wealth_due_on = w.wealth_due_on,
  loan_due_on = w.loan_due_on, is_merchant = w.is_merchant, grid = w.grid,
  contacted_on = w.contacted_on, added_on = w.added_on, dated = w.dated,
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
  cast(:dated as text[]), cast(:name_sealed as bytea[]), cast(:name_masked as text[]),
  cast(:remark_sealed as bytea[])) as w (no, name_index, gender, birthday, aum_fen, risk_grade,
  risk_until, branch_id, owner_id, external_userid, crm_no, stage, lunar_birthday, products,
  deposit_due_on, wealth_due_on, loan_due_on, is_merchant, grid, contacted_on, added_on,
  dated, name_sealed, name_masked, remark_sealed)
where c.tenant_id = :tenant_id and c.no = w.no
returning c.no, case when w.name_sealed is not null then old.name_sealed end,
  case when w.remark_sealed is not null then old.remark_sealed end
"""


_SAYS_WHAT_IT_IS = (
    *("gender", "birthday", "aum_fen", "external_userid", "crm_no", "stage"),
    *FACTS,
)
_CELLS = {"aum": "aum_fen", "risk": "risk_until"}
"""What of a row tells that it says anything of a field, where it is called otherwise."""


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
    dated: str


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
    # One run of bytes, for the reason in packed.py.
    run = literal(b"".join(indexes), LargeBinary)
    place = func.generate_series(1, len(indexes) * INDEX_BYTES, INDEX_BYTES).column_valued("place")
    wanted = func.array(select(func.substring(run, place, INDEX_BYTES)).scalar_subquery())
    query = select(Customer.phone_index, *columns).where(
        Customer.tenant_id == bank_id(db), Customer.phone_index == any_(wanted)
    )
    # In one order, so that two writers never wait for each other in a ring.
    found = await db.execute(query.order_by(Customer.no).with_for_update() if lock else query)
    return {index: Known(*facts) for index, *facts in found}


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
    db: Write, said: Iterable[tuple[Known, Placed]], rules: Rules, *, at: datetime
) -> tuple[Sequence[Change], Sealed]:
    """Write what rows say anew of customers; return whom that changed, with what was sealed."""
    changes = await planned(db, list(said), rules, at=at)
    return changes, await write(db, changes, at=at)


async def planned(
    db: Read, said: Sequence[tuple[Known, Placed]], rules: Rules, *, at: datetime
) -> Sequence[Change]:
    """Return what rows would change of customers by a bank's rules; nothing is written.

    Empty cells change nothing, and who is already as the row says is not among them. Rows of
    one customer follow each other: a later one finds what the earlier left.
    """
    ring, bank = keyring(db), bank_id(db)
    has_days = bool(rules) or any(before.dated for before, _ in said)
    asked = await _asked(db, [before.no for before, _ in said]) if has_days else {}
    today = await tenants.today(db, at=at) if has_days else date.min
    changes: dict[int, Change] = {}
    for before, placed in said:
        was = changes.get(before.no) or Change(before, before, "", None)
        index = ring.index(bank, placed.row.name)
        how = None
        if has_days:
            written_on, has_remark = asked[before.no]
            if before.no in changes:
                written_on, has_remark = today, has_remark or bool(was.remark)
            how = Said(placed.row.as_of, written_on, has_remark)
        now = _after(was, placed, rules, how, name_index=index)
        # What a sealed remark says is not read to be compared.
        if now.after != was.after or now.remark is not was.remark:
            changes[before.no] = now
    return list(changes.values())


def _after(
    was: Change, placed: Placed, rules: Rules, how: Said | None, *, name_index: bytes
) -> Change:
    """Return a change with what one more row says; `how`: where rules or kept days matter."""
    row, now = placed.row, was.after
    told = _told(now, placed, name_index=name_index)
    remark = row.remark or None
    if how is not None:
        judged = {} if row.branch else {"branch_id": "owner"}
        if not row.stage:
            judged["stage"] = "external_userid"
        if remark and not rules.takes_remark(how, days_of(now.dated)):
            remark = None
        told = rules.merged(now, told, how, judged=judged)
        if remark:
            told["dated"] = rules.dated(told["dated"], {"remark"}, row.as_of)
    after = now._replace(**told)
    name = row.name if after.name_index != now.name_index else was.name
    if after.name_index == was.before.name_index:
        name = ""
    return Change(was.before, after, name, remark or was.remark)


async def _asked(db: Read, nos: Sequence[int]) -> dict[int, tuple[date, bool]]:
    """Return of customers the day they were last written, and whether they have a remark."""
    zone = await tenants.bank(db)
    rows = await db.execute(
        select(Customer.no, Customer.updated_at, func.length(Customer.remark_sealed) > 0).where(
            Customer.tenant_id == bank_id(db), among(Customer.no, nos)
        )
    )
    return {no: (bank_day(zone, written), has_remark) for no, written, has_remark in rows}


async def date_newcomers(db: Write, new: Iterable[tuple[int, CustomerRow]], rules: Rules) -> None:
    """Keep of new customers the days of the facts that are merged by their day."""
    found: dict[str, list[int]] = {}
    for no, row in new:
        names = {name for name in rules.by_day if getattr(row, _CELLS.get(name, name))}
        if dated := rules.dated("", names, row.as_of):
            found.setdefault(dated, []).append(no)
    for dated, nos in found.items():
        mine = (Customer.tenant_id == bank_id(db), among(Customer.no, nos))
        await db.execute(update(Customer).where(*mine).values(dated=dated))


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


def _told(before: Known, placed: Placed, *, name_index: bytes) -> dict[str, Any]:
    """Return what a row says: column -> value, of those it says anything of."""
    row = placed.row
    told: dict[str, Any] = {"name_index": name_index}
    for name in _SAYS_WHAT_IT_IS:
        said = getattr(row, name)
        if said is not None and said != "":
            told[name] = said
    if placed.owner_id is not None:
        told["owner_id"] = placed.owner_id
    if row.risk_until is not None:
        told |= {"risk_grade": row.risk, "risk_until": row.risk_until}
    if row.branch or row.owner:
        told["branch_id"] = placed.branch_id
    if "stage" not in told and row.external_userid and before.stage == "public":
        told["stage"] = "added"
    return told
