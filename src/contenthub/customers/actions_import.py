"""Rows of a bank's file become customers: one batch, one transaction, found again by phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import (
    actions_audience,
    actions_tagging,
    queries,
    queries_tags,
    rows,
)
from contenthub.customers.actions_tagging import Origin
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import keys_of
from contenthub.customers.models import Customer, Refusal, Tag, TagGroup
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_banks, queries_branches
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring
from contenthub.tenants.topics import topic_slug
from contenthub.uploads.sorts import RowProblem

ERASED = "该客户已要求删除，没有导入；客户重新授权后，请单独新增并填写授权书版本"
IMPORT_GROUP = "导入标签"
TAG_LIMIT = 500
"""More new tags than this in one batch is a wrong column, not tags."""

# One statement a batch: arrays go over the wire four times faster than rows.
_ADD = """
insert into customers (tenant_id, no, id, name_sealed, name_masked, name_index, phone_sealed,
  phone_masked, phone_index, gender, birthday, aum_fen, risk_grade, risk_until, branch_id,
  owner_id, external_userid, crm_no, stage, created_at, updated_at)
select :tenant_id, w.*, :at, :at
from unnest(
  cast(:no as int[]), cast(:id as uuid[]), cast(:name_sealed as bytea[]),
  cast(:name_masked as text[]), cast(:name_index as bytea[]), cast(:phone_sealed as bytea[]),
  cast(:phone_masked as text[]), cast(:phone_index as bytea[]), cast(:gender as text[]),
  cast(:birthday as date[]), cast(:aum_fen as bigint[]), cast(:risk_grade as smallint[]),
  cast(:risk_until as date[]), cast(:branch_id as uuid[]), cast(:owner_id as uuid[]),
  cast(:external_userid as text[]), cast(:crm_no as text[]), cast(:stage as text[])) as w
"""


@dataclass(slots=True)
class Tally:
    """What a batch did; `problems` go to the error file."""

    added: int = 0
    updated: int = 0
    repeated: int = 0
    """Lines whose phone a later line of the same batch has again."""
    fresh: list[str] = field(default_factory=list)
    """Phones the bank did not know; for the trial alone, never logged."""
    problems: list[RowProblem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Phone → its last line in the batch; never logged."""
    warnings: list[RowProblem] = field(default_factory=list)
    """Lines another line had the last word over; they are not failed."""


@dataclass(slots=True)
class Places:
    """The bank's branches, employees and tags by the words that files use."""

    branches: dict[str, UUID]
    above: dict[UUID, list[UUID]]
    head_id: UUID
    employees: dict[str, tuple[UUID, UUID]]
    """Staff number → (staff id, branch id)."""
    tags: dict[str, UUID]


async def places(db: Write) -> Places:
    """Return the words of the bank, read once per batch."""
    tree = await tenants_queries.branches(db)
    words = await queries_branches.by_word(db)
    head = next((b.id for b in tree if b.parent_id is None), tree[0].id)
    staff = await db.execute(
        select(Staff.staff_no, Staff.id, Staff.branch_id).where(Staff.tenant_id == bank_id(db))
    )
    return Places(
        branches=words,
        above={b.id: tenants_queries.ancestors(tree, b.id) for b in tree},
        head_id=head,
        employees={no: (staff_id, branch_id) for no, staff_id, branch_id in staff},
        tags=await queries_tags.ids_by_name(db),
    )


async def add_batch(
    db: Write, batch: Sequence[CustomerRow], *, dry_run: bool, by: UUID | None, at: datetime
) -> Tally:
    """Add or update the customers of a batch; with `dry_run`, only say what would happen.

    A phone that is there already updates that customer with what the row says; empty
    cells change nothing. Running the same batch again changes nothing more.
    Raises Invalid (`tags`) for hundreds of unknown tags: then another column was meant.
    """
    if not dry_run:
        # Two files at once take turns: the same new phone in both is one customer.
        await db.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:bank, 0))"),
            {"bank": f"customers {bank_id(db)}"},
        )
    known = await places(db)
    tally = Tally()
    good: dict[bytes, tuple[CustomerRow, UUID, UUID | None]] = {}
    for row in batch:
        placed = _place(row, known)
        if isinstance(placed, RowProblem):
            tally.problems.append(placed)
            continue
        # The same phone twice in one file is one customer; the later line has the last word.
        index = keyring(db).index(bank_id(db), row.phone)
        if index in good:
            tally.warnings.append(rows.repeated(good[index][0].line, row.line, phone=row.phone))
        good[index] = (row, *placed)
        tally.lines[row.phone] = row.line
    new_words = {word for row, _, _ in good.values() for word in row.tags} - set(known.tags)
    if len(new_words) > TAG_LIMIT:
        raise Invalid.of(
            "tags",
            f"标签列里有 {len(new_words)} 个没见过的标签，不像是标签，请核对“标签”选的是哪一列",
        )
    have = await _existing(db, list(good), lock=not dry_run)
    tally.repeated = len(batch) - len(tally.problems) - len(good)
    await _leave_out_erased(db, good, have, tally)
    tally.added, tally.updated = len(good) - len(have), len(have)
    tally.fresh = [row.phone for index, (row, _, _) in good.items() if index not in have]
    if dry_run or not good:
        return tally
    await _write(db, good, have, known, by=by, at=at)
    return tally


async def _leave_out_erased(
    db: Write,
    good: dict[bytes, tuple[CustomerRow, UUID, UUID | None]],
    have: Mapping[bytes, Customer],
    tally: Tally,
) -> None:
    """Take the rows out whose owners asked to be erased: a file is no new consent of theirs."""
    new = {row.phone: index for index, (row, _, _) in good.items() if index not in have}
    for phone in await queries.erased_phones(db, new):
        row = good.pop(new[phone])[0]
        tally.problems.append(RowProblem(row.line, "phone", mask_phone(phone), ERASED))
        del tally.lines[phone]


def _place(row: CustomerRow, known: Places) -> tuple[UUID, UUID | None] | RowProblem:
    owner: tuple[UUID, UUID] | None = None
    if row.owner:
        owner = known.employees.get(row.owner)
        if owner is None:
            message = f"本行没有工号为 {row.owner} 的员工，请先导入员工或改正工号"
            return RowProblem(row.line, "owner", rows.shown(row.owner), message)
    branch = known.branches.get(row.branch) if row.branch else None
    if row.branch and branch is None:
        message = f"本行没有名为“{rows.shown(row.branch)}”的机构，请改正机构名称或机构号"
        return RowProblem(row.line, "branch", rows.shown(row.branch), message)
    branch = branch or (owner[1] if owner else known.head_id)
    return branch, owner[0] if owner else None


async def _existing(db: Write, indexes: list[bytes], *, lock: bool) -> dict[bytes, Customer]:
    query = select(Customer).where(
        Customer.tenant_id == bank_id(db), Customer.phone_index.in_(indexes)
    )
    # In one order, so that two writers never wait for each other in a ring.
    found = await db.scalars(query.order_by(Customer.no).with_for_update() if lock else query)
    return {customer.phone_index: customer for customer in found}


async def _write(
    db: Write,
    good: Mapping[bytes, tuple[CustomerRow, UUID, UUID | None]],
    have: Mapping[bytes, Customer],
    known: Places,
    *,
    by: UUID | None,
    at: datetime,
) -> None:
    new = [index for index in good if index not in have]
    await queries_banks.check_customers(db, len(new))
    first = await tenants.next_no(db, "customer", count=len(new)) if new else 0
    numbers = {index: first + i for i, index in enumerate(new)}
    numbers |= {index: customer.no for index, customer in have.items()}
    add: dict[Key, list[int]] = {}
    remove: dict[Key, list[int]] = {}
    values: list[dict[str, Any]] = []
    for index in new:
        row, branch_id, owner_id = good[index]
        made = _values(db, row, numbers[index], index=index)
        made |= {"branch_id": branch_id, "owner_id": owner_id}
        values.append(made)
        _keys(add, _Standing(*(made[name] for name in _Standing._fields)), known)
    if values:
        facts = {name: [made[name] for made in values] for name in values[0]}
        await db.execute(text(_ADD), {**facts, "tenant_id": bank_id(db), "at": at})
    for index, customer in have.items():
        await _change(db, customer, good[index], known, add=add, remove=remove, at=at)
    await _tag(db, good, numbers, known, bits=(add, remove), by=by, at=at)
    await _refuse(db, good, numbers, add=add, by=by, at=at)
    kept = {k: set(nos) for k, nos in add.items()}
    await actions_audience.mark(
        db, add, {k: [n for n in nos if n not in kept.get(k, ())] for k, nos in remove.items()}
    )


def _values(db: Write, row: CustomerRow, no: int, *, index: bytes) -> dict[str, Any]:
    ring, bank, customer_id = keyring(db), bank_id(db), new_id()
    return {
        "no": no,
        "id": customer_id,
        "name_sealed": ring.seal(bank, f"customers.name:{customer_id}", row.name),
        "name_masked": mask_name(row.name),
        "name_index": ring.index(bank, row.name),
        "phone_sealed": ring.seal(bank, f"customers.phone:{customer_id}", row.phone),
        "phone_masked": mask_phone(row.phone),
        "phone_index": index,
        "gender": row.gender,
        "birthday": row.birthday,
        "aum_fen": row.aum_fen or 0,
        "risk_grade": row.risk,
        "risk_until": row.risk_until,
        "external_userid": row.external_userid,
        "crm_no": row.crm_no,
        "stage": "added" if row.external_userid else "public",
    }


class _Standing(NamedTuple):
    """What of a new customer the index is made from; a model's instance costs ten times as much."""

    no: int
    stage: str
    external_userid: str
    owner_id: UUID | None
    birthday: date | None
    aum_fen: int
    risk_grade: int
    branch_id: UUID


def _keys(into: dict[Key, list[int]], customer: Customer | _Standing, known: Places) -> None:
    for key in keys_of(customer, known.above[customer.branch_id]):
        into.setdefault(key, []).append(customer.no)


async def _change(
    db: Write,
    customer: Customer,
    placed: tuple[CustomerRow, UUID, UUID | None],
    known: Places,
    *,
    add: dict[Key, list[int]],
    remove: dict[Key, list[int]],
    at: datetime,
) -> None:
    """Change a customer to what a row says; bits of the old values go, of the new come."""
    row, branch_id, owner_id = placed
    _keys(remove, customer, known)
    changed: dict[str, Any] = {
        name: value
        for name, value in (
            ("gender", row.gender),
            ("birthday", row.birthday),
            ("aum_fen", row.aum_fen),
            ("external_userid", row.external_userid),
            ("crm_no", row.crm_no),
        )
        if value not in (None, "")
    }
    if row.risk_until is not None:
        changed |= {"risk_grade": row.risk, "risk_until": row.risk_until}
    if row.branch or row.owner:
        changed["branch_id"] = branch_id
    if owner_id is not None:
        changed["owner_id"] = owner_id
    if row.external_userid and customer.stage == "public":
        changed["stage"] = "added"
    ring, bank = keyring(db), bank_id(db)
    if ring.index(bank, row.name) != customer.name_index:
        changed["name_sealed"] = ring.seal(bank, f"customers.name:{customer.id}", row.name)
        changed["name_masked"] = mask_name(row.name)
        changed["name_index"] = ring.index(bank, row.name)
    for name, value in changed.items():
        setattr(customer, name, value)
    customer.updated_at = at
    await db.execute(
        update(Customer)
        .where(Customer.tenant_id == customer.tenant_id, Customer.no == customer.no)
        .values(**changed, updated_at=at)
    )
    _keys(add, customer, known)


async def _tag(
    db: Write,
    good: Mapping[bytes, tuple[CustomerRow, UUID, UUID | None]],
    numbers: Mapping[bytes, int],
    known: Places,
    *,
    bits: tuple[dict[Key, list[int]], dict[Key, list[int]]],
    by: UUID | None,
    at: datetime,
) -> None:
    words = {word for row, _, _ in good.values() for word in row.tags}
    await _new_tags(db, sorted(words - set(known.tags)), known, at=at)
    pairs = [
        (known.tags[word], numbers[index])
        for index, (row, _, _) in good.items()
        for word in row.tags
    ]
    moved = await actions_tagging.put_on(db, pairs, Origin("import", at, by))
    for into, more in zip(bits, (moved.add, moved.remove), strict=True):
        for key, nos in more.items():
            into.setdefault(key, []).extend(nos)


async def _new_tags(db: Write, words: list[str], known: Places, *, at: datetime) -> None:
    if not words:
        return
    bank = bank_id(db)
    await db.execute(
        insert(TagGroup)
        .values(tenant_id=bank, id=new_id(), name=IMPORT_GROUP, dimension="kind", created_at=at)
        .on_conflict_do_nothing()
    )
    group_id = await db.scalar(
        select(TagGroup.id).where(
            TagGroup.tenant_id == bank,
            TagGroup.name == IMPORT_GROUP,
            TagGroup.deleted_at.is_(None),
        )
    )
    await db.execute(
        insert(Tag).on_conflict_do_nothing(),
        [
            {"tenant_id": bank, "id": new_id(), "group_id": group_id, "name": w, "created_at": at}
            for w in words
        ],
    )
    known.tags.update(await queries_tags.ids_by_name(db, words))


async def _refuse(
    db: Write,
    good: Mapping[bytes, tuple[CustomerRow, UUID, UUID | None]],
    numbers: Mapping[bytes, int],
    *,
    add: dict[Key, list[int]],
    by: UUID | None,
    at: datetime,
) -> None:
    values = []
    for index, (row, _, _) in good.items():
        for topic in {topic_slug(word) for word in row.refused}:
            add.setdefault(("refused", topic), []).append(numbers[index])
            values.append(
                {
                    "tenant_id": bank_id(db),
                    "customer_no": numbers[index],
                    "topic": topic,
                    "recorded_by": by,
                    "recorded_at": at,
                    "until_on": None,
                    "channel": "import",
                    "text_version": "",
                }
            )
    if values:
        said = insert(Refusal)
        await db.execute(
            # A file names no last day: the refusal holds for good, also where one was to end.
            said.on_conflict_do_update(
                index_elements=["tenant_id", "customer_no", "topic"],
                set_={
                    name: said.excluded[name]
                    for name in ("until_on", "recorded_by", "recorded_at", "channel")
                },
                where=Refusal.until_on.is_not(None),
            ),
            values,
        )
