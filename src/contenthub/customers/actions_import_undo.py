"""An import taken back: whom it added goes, what it changed is as before, its tags come off.

Batch by batch, the last one first, each in a transaction of its own. A customer with whom
somebody went on is left as they are, with the reason.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from pyroaring import BitMap
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import (
    actions_known,
    actions_score_runs,
    queries_bitmaps,
    queries_imports,
    queries_locks,
)
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_import_trace import REMARK, change_id
from contenthub.customers.actions_known import Change, Known
from contenthub.customers.actions_tagging import Was
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import grouped
from contenthub.customers.models import Customer, CustomerTag, Refusal
from contenthub.customers.models_contacts import CustomerMove
from contenthub.customers.models_imports import ImportChange, ImportStep
from contenthub.customers.models_tags import RemovedTag
from contenthub.customers.queries import among
from contenthub.customers.queries_uploads import SORT
from contenthub.db import Write
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id, keyring
from contenthub.uploads import actions as uploads

EDITED = "导入后资料又改过"
SENT = "导入后已给他推送过"
PLACE_GONE = "原来的机构已撤销"
OWNER_GONE = "原来的客户经理已离职"
UNDONE = "undo"
"""In a job's result: what its undo did, in figures."""
_TYPES = get_type_hints(Known)
_WORKED_ON = text("""
select distinct on (no) no, why from (
  select c.no, 6 as place, :edited as why from customers c
  left join import_changes i on i.tenant_id = c.tenant_id and i.job_id = :job
    and i.customer_no = c.no
  where c.tenant_id = :bank and c.no = any(cast(:nos as int[]))
    and c.updated_at <> c.created_at and c.updated_at is distinct from i.at
  union all
  select customer_no, 1, '导入后另贴过标签' from customer_tags
  where tenant_id = :bank and customer_no = any(cast(:nos as int[])) and source <> 'rule'
    and not (source = 'import' and tagged_at = any(cast(:ats as timestamptz[])))
  union all
  select customer_no, 2, '导入后登记过拒绝' from refusals
  where tenant_id = :bank and customer_no = any(cast(:nos as int[]))
    and not (channel = 'import' and recorded_at = any(cast(:ats as timestamptz[])))
  union all
  select customer_no, 3, '导入后登记过授权' from consents
  where tenant_id = :bank and customer_no = any(cast(:nos as int[]))
  union all
  select customer_no, 4, '导入后有浏览、留资等行为' from customer_acts
  where tenant_id = :bank and customer_no = any(cast(:nos as int[]))
  union all
  select customer_no, 5, '导入后有联系记录' from customer_contacts
  where tenant_id = :bank and customer_no = any(cast(:nos as int[]))
) w order by no, place
""")
# Not beside another tag of an exclusive group that came since, and not what would be over by now.
_PUT_BACK = text("""
insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_by, tagged_at, until_on,
  change_id)
select t.tenant_id, t.id, w.no, w.source, w.by, w.at, w.until_on, w.change_id
from unnest(cast(:tags as uuid[]), cast(:nos as int[]), cast(:sources as text[]),
  cast(:bys as uuid[]), cast(:ats as timestamptz[]), cast(:untils as date[]),
  cast(:changes as uuid[])) as w (tag_id, no, source, by, at, until_on, change_id)
join tags t on t.tenant_id = :bank and t.id = w.tag_id
join tag_groups g on g.tenant_id = t.tenant_id and g.id = t.group_id
join customers p on p.tenant_id = t.tenant_id and p.no = w.no
where coalesce(w.until_on >= :today, true) and not (g.is_exclusive and exists (
  select from customer_tags c join tags o on o.tenant_id = c.tenant_id and o.id = c.tag_id
  where c.tenant_id = t.tenant_id and c.customer_no = w.no
    and o.group_id = t.group_id and o.id <> t.id and o.deleted_at is null))
on conflict do nothing returning tag_id, customer_no
""")


@dataclass(slots=True)
class _Bits:
    """Which bits of the index follow."""

    add: dict[Key, BitMap] = field(default_factory=dict)
    remove: dict[Key, BitMap] = field(default_factory=dict)

    async def mark(self, db: Write) -> None:
        nobody = BitMap()
        gone = {key: nos - self.add.get(key, nobody) for key, nos in self.remove.items()}
        await mark(db, self.add, gone)


def _put(bits: dict[Key, BitMap], more: Mapping[Key, Iterable[int]]) -> None:
    for key, nos in more.items():
        bits.setdefault(key, BitMap()).update(nos)


async def undo_step(db: Write, job_id: UUID, *, after: int, at: datetime) -> int:
    """Take the last batch back that stands; return its last line, 0 at the end or to stop."""
    job = await uploads.running(db, SORT, job_id, after=after)
    step = await queries_imports.last_open(db, job_id) if job is not None else None
    if job is None or step is None:
        return 0
    await queries_locks.one_file(db)
    await queries_locks.alone(db)
    people, added = BitMap.deserialize(step.people), BitMap.deserialize(step.added)
    bits, told = _Bits(), Counter[str]()
    kept = await _delete_added(db, job, added, step=step, bits=bits, told=told, at=at)
    known = people - added
    if known:
        # Whom an earlier batch added is taken back with that batch, whole; no step of its own
        # may look as if somebody had gone on with them.
        known -= await queries_imports.added_before(db, step)
    # What it added and somebody went on with keeps all it has.
    told["untagged"] += await _take_off(db, step, known, bits=bits, at=at)
    kept |= await _restore(db, job_id, known, bits=bits, told=told, at=at)
    await _say_why(db, job_id, kept, at=step.at)
    told["kept"] += len(kept)
    await bits.mark(db)
    step.undone_at = at
    await uploads.move_on(db, job, done=len(people), position=step.last_line)
    job.result = {**job.result, UNDONE: dict(Counter(job.result.get(UNDONE, {})) + told)}
    await db.flush()
    return step.last_line


async def _delete_added(
    db: Write,
    job: LongJob,
    added: BitMap,
    *,
    step: ImportStep,
    bits: _Bits,
    told: Counter[str],
    at: datetime,
) -> dict[int, str]:
    """Delete whom a batch added; return who stays, and why."""
    there = await actions_known.numbered(db, added)
    facts = {
        "bank": bank_id(db),
        "job": job.id,
        "nos": list(there),
        "ats": await queries_imports.times(db, job.id),
        "edited": EDITED,
    }
    kept: dict[int, str] = {no: why for no, why in await db.execute(_WORKED_ON, facts)}
    for no in await _sent_to(db, BitMap(there), since=step.at, at=at):
        kept.setdefault(no, SENT)
    gone = [no for no in there if no not in kept]
    above = await _above(db)
    _put(bits.remove, grouped([there[no][0] for no in gone], above))
    await _strip(db, gone, bits=bits)
    for model in (RemovedTag, CustomerMove, ImportChange):
        await db.execute(
            delete(model).where(model.tenant_id == bank_id(db), among(model.customer_no, gone))
        )
    await db.execute(
        delete(Customer).where(Customer.tenant_id == bank_id(db), among(Customer.no, gone))
    )
    told["deleted"] += len(gone)
    return kept


async def _sent_to(db: Write, some: BitMap, *, since: datetime, at: datetime) -> BitMap:
    """Return who was sent to from the day of the import on."""
    days = await queries_imports.sent_days(db, since=since, at=at)
    return BitMap.union(BitMap(), *(await queries_bitmaps.whole(db, days)).values()) & some


async def _above(db: Write) -> dict[UUID, list[UUID]]:
    tree = await tenants.branches(db)
    return {branch.id: tenants.ancestors(tree, branch.id) for branch in tree}


async def _strip(db: Write, nos: list[int], *, bits: _Bits) -> None:
    """Take every tag, refusal and score off customers who go."""
    tags = await db.execute(
        delete(CustomerTag)
        .where(CustomerTag.tenant_id == bank_id(db), among(CustomerTag.customer_no, nos))
        .returning(CustomerTag.tag_id, CustomerTag.customer_no)
    )
    for tag_id, no in tags:
        _put(bits.remove, {("tag", str(tag_id)): [no]})
    refused = await db.execute(
        delete(Refusal)
        .where(Refusal.tenant_id == bank_id(db), among(Refusal.customer_no, nos))
        .returning(Refusal.topic, Refusal.customer_no)
    )
    for topic, no in refused:
        _put(bits.remove, {("refused", topic): [no]})
    _put(bits.remove, await actions_score_runs.forget_customers(db, nos))


async def _take_off(
    db: Write, step: ImportStep, known: BitMap, *, bits: _Bits, at: datetime
) -> int:
    """Take off what a batch gave customers who were there, and put back what gave way."""
    gone = await db.execute(
        delete(CustomerTag)
        .where(
            CustomerTag.tenant_id == bank_id(db),
            among(CustomerTag.customer_no, known),
            CustomerTag.source == "import",
            CustomerTag.tagged_at == step.at,
        )
        .returning(CustomerTag.tag_id, CustomerTag.customer_no)
    )
    count = 0
    for tag_id, no in gone:
        _put(bits.remove, {("tag", str(tag_id)): [no]})
        count += 1
    today = await tenants.today(db, at=at)
    if were := [msgspec.convert(one, Was) for one in step.tags_were]:
        names = ("tags", "nos", "sources", "bys", "ats", "untils", "changes")
        columns = dict(zip(names, map(list, zip(*were, strict=True)), strict=True))
        for tag_id, no in await db.execute(
            _PUT_BACK, {**columns, "bank": bank_id(db), "today": today}
        ):
            _put(bits.add, {("tag", str(tag_id)): [no]})
    refused = await db.execute(
        delete(Refusal)
        .where(
            Refusal.tenant_id == bank_id(db),
            among(Refusal.customer_no, known),
            Refusal.channel == "import",
            Refusal.recorded_at == step.at,
        )
        .returning(Refusal.topic, Refusal.customer_no)
    )
    ours = {(topic, no) for topic, no in refused}
    for topic, no in ours:
        _put(bits.remove, {("refused", topic): [no]})
    for one in step.refusals_were:
        was = msgspec.convert(one, _WasRefused)
        if (was.topic, was.customer_no) in ours and was.until_on and was.until_on >= today:
            db.add(Refusal(tenant_id=bank_id(db), **msgspec.structs.asdict(was)))
            _put(bits.add, {("refused", was.topic): [was.customer_no]})
    return count


class _WasRefused(msgspec.Struct, array_like=True):
    customer_no: int
    topic: str
    recorded_by: UUID | None
    recorded_at: datetime
    until_on: Any
    channel: str
    text_version: str


async def _restore(
    db: Write,
    job_id: UUID,
    known: BitMap,
    *,
    bits: _Bits,
    told: Counter[str],
    at: datetime,
) -> dict[int, str]:
    """Let customers be as they were before the import; return who stays, and why."""
    rows = await db.scalars(
        select(ImportChange).where(
            ImportChange.tenant_id == bank_id(db),
            ImportChange.job_id == job_id,
            ImportChange.reason == "",
            among(ImportChange.customer_no, known),
        )
    )
    changed = {row.customer_no: row for row in rows}
    there = await actions_known.numbered(db, changed)
    above = await _above(db)
    working = await queries_imports.working_staff(db)
    closed = await queries_imports.closed_branches(db)
    kept: dict[int, str] = {}
    changes: list[Change] = []
    for no, (now, _, written_at) in there.items():
        row = changed[no]
        was = {f: msgspec.convert(v, _TYPES[f]) for f, v in row.was.items() if f != REMARK}
        if written_at != row.at:
            kept[no] = EDITED
        elif "branch_id" in was and (was["branch_id"] not in above or was["branch_id"] in closed):
            kept[no] = PLACE_GONE
        elif was.get("owner_id") is not None and was["owner_id"] not in working:
            kept[no] = OWNER_GONE
        else:
            changes.append(_back(db, row, now, was))
    _put(bits.remove, grouped([one.before for one in changes], above))
    await actions_known.write(db, changes, at=at)
    _put(bits.add, grouped([one.after for one in changes], above))
    done = [one.before.no for one in changes]
    await db.execute(
        delete(ImportChange).where(
            ImportChange.tenant_id == bank_id(db),
            ImportChange.job_id == job_id,
            among(ImportChange.customer_no, done),
        )
    )
    told["restored"] += len(done)
    return kept


def _back(db: Write, row: ImportChange, now: Known, was: Mapping[str, Any]) -> Change:
    ring, bank = keyring(db), bank_id(db)
    name, remark = "", None
    if row.name_sealed:
        name = ring.open(bank, f"import_changes.name:{row.id}", row.name_sealed)
    if REMARK in row.was:
        sealed = row.remark_sealed
        remark = ring.open(bank, f"import_changes.remark:{row.id}", sealed) if sealed else ""
    return Change(now, now._replace(**was), name, remark)


async def _say_why(db: Write, job_id: UUID, kept: Mapping[int, str], *, at: datetime) -> None:
    """Remember who was left, and why."""
    if not kept:
        return
    rows = [
        {
            "tenant_id": bank_id(db),
            "id": change_id(job_id, no),
            "job_id": job_id,
            "customer_no": no,
            "at": at,
            "was": {},
            "reason": why,
        }
        for no, why in kept.items()
    ]
    said = insert(ImportChange)
    said = said.on_conflict_do_update(
        index_elements=["tenant_id", "id"], set_={"reason": said.excluded.reason}
    )
    await db.execute(said, rows)
