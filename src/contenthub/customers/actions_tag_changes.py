"""Changes of many customers' tags: put on, taken off, merged; in steps, and undone as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers import actions_tagging as tagging
from contenthub.customers import queries_bitmaps, queries_tags
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_tagging import Moved, Origin
from contenthub.customers.models import Customer, Tag
from contenthub.customers.models_tags import TagChange
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id

KIND = "customers.tags"
JOB = "customers.change_tags"
STEP = 5_000
AT_ONCE = 2_000
"""Customers that are changed while a clerk waits; more is a job."""
LEASE = timedelta(seconds=60)

_MERGE = """
insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_by, tagged_at, until_on,
  change_id)
select c.tenant_id, :into, c.customer_no, c.source, c.tagged_by, c.tagged_at, c.until_on, :change
from customer_tags c
where c.tenant_id = :bank and c.tag_id = :from and c.customer_no = any(cast(:nos as int[]))
on conflict do nothing returning customer_no
"""
_NOT_MERGED = """
select c.customer_no from customer_tags c
where c.tenant_id = :bank and c.tag_id = :from and not exists (
  select from customer_tags o where o.tenant_id = c.tenant_id and o.tag_id = :into
  and o.customer_no = c.customer_no)
"""
_TAKE_BACK = """
delete from customer_tags c
where c.tenant_id = :bank and c.tag_id = :tag and c.change_id = :change
  and c.customer_no = any(cast(:nos as int[]))
returning c.tag_id, c.customer_no
"""
# Not for who is erased, not what would be over by now, not beside another tag of an exclusive
# group that came since.
_PUT_BACK = """
with kept as (
  delete from removed_tags r
  where r.tenant_id = :bank and r.change_id = :change and r.customer_no = any(cast(:nos as int[]))
  returning r.*
)
insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_by, tagged_at, until_on,
  change_id)
select k.tenant_id, k.tag_id, k.customer_no, k.source, k.tagged_by, k.tagged_at, k.until_on,
  k.put_by_change_id
from kept k
join customers p on p.tenant_id = k.tenant_id and p.no = k.customer_no
join tags t on t.tenant_id = k.tenant_id and t.id = k.tag_id
join tag_groups g on g.tenant_id = t.tenant_id and g.id = t.group_id
where (k.until_on is null or k.until_on >= :today) and not (g.is_exclusive and exists (
  select from customer_tags c join tags o on o.tenant_id = c.tenant_id and o.id = c.tag_id
  where c.tenant_id = k.tenant_id and c.customer_no = k.customer_no
    and o.group_id = t.group_id and o.id <> t.id and o.deleted_at is null))
on conflict do nothing returning tag_id, customer_no
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to happen to the customers chosen: `put` a tag on or `take` it off."""

    kind: str
    tag_id: UUID
    until_on: date | None = None
    """For `put`: the last day it holds; None: as the tag itself says."""


async def change_many(
    db: Write, some: BitMap, wish: Wish, *, about: Mapping[str, Any], by: Staff, at: datetime
) -> TagChange:
    """Put a tag on many customers or take it off them; beyond AT_ONCE a job does it.

    `some` are numbers the caller may see; who has the tag already is left as it is. The change
    says what it did, and `undo` takes it back.

    Raises:
        Invalid: nobody is chosen, a retired tag is put on, a day that is over. NotFound: the tag.
    """
    tag = await queries_tags.tag(db, wish.tag_id)
    if not some:
        raise Invalid.of("customers", "没有选中客户，请先勾选，或换一个筛选条件")
    if wish.kind == "put":
        await _check_put(db, tag, wish.until_on, at=at)
    made = start(db, wish.kind, tag, some, about=about, until_on=wish.until_on, by=by, at=at)
    await _go(db, made, some, f"{_VERBS[wish.kind]}“{tag.name}”", by=by, at=at)
    return made


async def _check_put(db: Write, tag: Tag, until_on: date | None, *, at: datetime) -> None:
    if tag.retired_at is not None:
        raise Invalid.of("tag_id", f"标签“{tag.name}”已停用，请先在标签管理里恢复使用")
    today = await tenants_queries.today(db, at=at)
    if until_on is not None and until_on < today:
        raise Invalid.of("until", "有效期至应是今天或以后的一天；不填则按标签的设置")


async def put_one(db: Write, customer: Customer, wish: Wish, *, by: Staff, at: datetime) -> None:
    """Put a tag on one customer by hand, until a day; one that is there holds as said now.

    Raises:
        Invalid, NotFound: as `change_many`.
    """
    tag = await queries_tags.tag(db, wish.tag_id)
    await _check_put(db, tag, wish.until_on, at=at)
    await tagging.lock_one(db, customer.no)
    # What is there goes first: by hand a day may also come nearer.
    await tagging.take_off(db, [tag.id], [customer.no])
    origin = Origin("hand", at, by.id, wish.until_on)
    moved = await tagging.put_on(db, [(tag.id, customer.no)], origin)
    await mark(db, moved.add, moved.remove)
    facts = {"added": tag.name, "removed": moved.replaced, "until": str(wish.until_on or "")}
    tenants.record(db, "customer.tagged", "customer", customer.id, by=by, at=at, **facts)


async def take_one(db: Write, customer: Customer, tag_id: UUID, *, by: Staff, at: datetime) -> None:
    """Take a tag off one customer by hand; raises NotFound when they have it not."""
    tag = await queries_tags.tag(db, tag_id)
    await tagging.lock_one(db, customer.no)
    moved = Moved()
    if not moved.went(await tagging.take_off(db, [tag.id], [customer.no])):
        raise NotFound(f"这位客户没有标签“{tag.name}”，请刷新页面")
    await mark(db, moved.add, moved.remove)
    facts = {"added": 0, "removed": tag.name}
    tenants.record(db, "customer.tagged", "customer", customer.id, by=by, at=at, **facts)


_VERBS = {"put": "贴标签", "take": "取下标签", "merge": "合并到标签", "one": "互斥标签只留最新"}


def start(
    db: Write,
    kind: str,
    tag: Tag,
    some: BitMap,
    *,
    about: Mapping[str, Any],
    until_on: date | None = None,
    from_tag_id: UUID | None = None,
    by: Staff,
    at: datetime,
) -> TagChange:
    """Add a change of many customers that is to be done; `about`: how they were chosen."""
    made = TagChange(
        tenant_id=bank_id(db),
        id=new_id(),
        kind=kind,
        tag_id=tag.id,
        from_tag_id=from_tag_id,
        selected=some.serialize(),
        people=len(some),
        about=dict(about),
        until_on=until_on,
        state="running",
        changed=0,
        replaced=0,
        by_id=by.id,
        at=at,
    )
    db.add(made)
    return made


async def _go(
    db: Write, change: TagChange, some: BitMap, title: str, *, by: Staff, at: datetime
) -> None:
    """Do a change (or undo it) now, or let a job do it when there are many."""
    await db.flush()
    if len(some) > AT_ONCE:
        job = tenants.start_job(
            db, KIND, title[:60], params={"change_id": str(change.id)}, by=by, at=at
        )
        job.total, change.job_id = len(some), job.id
        await db.flush()
        enqueue(db, JOB, job_id=job.id)
        return
    await _step(db, change, list(some), at=at)
    await end(db, change, by_id=by.id, at=at)


async def _step(db: Write, change: TagChange, nos: Sequence[int], *, at: datetime) -> None:
    """Do, or undo, a change for some of its customers."""
    there = await tagging.lock(db, nos)
    if change.state == "undoing":
        moved = await _undone(db, change, there, at=at)
    else:
        moved = await _done(db, change, there)
        change.changed += moved.put
        change.replaced += moved.replaced
    await mark(db, moved.add, moved.remove)
    await db.flush()


async def _done(db: Write, change: TagChange, nos: Sequence[int]) -> Moved:
    if change.kind == "put":
        origin = Origin("bulk", change.at, change.by_id, change.until_on, change.id)
        return await tagging.put_on(db, [(change.tag_id, no) for no in nos], origin)
    moved = Moved()
    if change.kind == "take":
        gone = await tagging.take_off(db, [change.tag_id], nos, change_id=change.id)
        moved.put = moved.went(gone)
        return moved
    rivals = (await queries_tags.rules(db, [change.tag_id]))[change.tag_id].rivals
    away = [tag_id for tag_id in rivals if tag_id != change.from_tag_id]
    if away:
        gone = await tagging.take_off(db, away, nos, change_id=change.id)
        moved.replaced = moved.went(gone)
    facts = {
        "bank": bank_id(db),
        "from": change.from_tag_id,
        "into": change.tag_id,
        "change": change.id,
        "nos": list(nos),
    }
    new = list(await db.scalars(text(_MERGE), facts))
    moved.came(change.tag_id, new)
    moved.put = len(new)
    return moved


async def take_back(
    db: Write, tag_id: UUID, nos: Iterable[int], *, put_by: UUID
) -> list[tuple[UUID, int]]:
    """Take off what one change, or one rule, put on; return the (tag, number) that were there."""
    facts = {"bank": bank_id(db), "change": put_by, "tag": tag_id, "nos": list(nos)}
    rows = await db.execute(text(_TAKE_BACK), facts)
    return [(row[0], row[1]) for row in rows]


async def _undone(db: Write, change: TagChange, nos: Sequence[int], *, at: datetime) -> Moved:
    moved = Moved()
    today = await tenants_queries.today(db, at=at)
    facts = {"bank": bank_id(db), "change": change.id, "nos": list(nos)}
    moved.went(await take_back(db, change.tag_id, nos, put_by=change.id))
    for tag_id, no in await db.execute(text(_PUT_BACK), {**facts, "today": today}):
        moved.came(tag_id, [no])
    return moved


async def end(db: Write, change: TagChange, *, by_id: UUID, at: datetime) -> None:
    """Write down that a change is done or undone; a merge lets its other tag go with it."""
    by = await tenants_queries.staff(db, by_id)
    tag = await queries_tags.tag(db, change.tag_id, with_deleted=True)
    facts = {"name": tag.name, "customers": change.people}
    if change.state == "undoing":
        change.state, change.undone_at = "undone", at
        if change.from_tag_id is not None:
            await tagging.drop_rivals(db, await queries_tags.tag(db, change.from_tag_id))
        tenants.record(db, "tags.change_undone", "tag", tag.id, by=by, at=at, **facts)
        return
    if change.from_tag_id is not None:
        await _let_go(db, change, change.from_tag_id, at=at)
    change.state = "done"
    facts |= {"changed": change.changed, "replaced_tags": change.replaced, "kind": change.kind}
    tenants.record(db, "tags.changed", "tag", tag.id, by=by, at=at, **facts)
    await db.flush()


async def _let_go(db: Write, change: TagChange, from_tag_id: UUID, *, at: datetime) -> None:
    """Take in who got the merged tag meanwhile, and let its name stand for the other one."""
    facts = {"bank": bank_id(db), "from": from_tag_id, "into": change.tag_id}
    late = list(await db.scalars(text(_NOT_MERGED), facts))
    if late:
        some = BitMap.deserialize(change.selected) | BitMap(late)
        change.selected, change.people = some.serialize(), len(some)
        await _step(db, change, late, at=at)
    merged = await queries_tags.tag(db, from_tag_id, with_deleted=True, lock=True)
    merged.deleted_at, merged.merged_into = at, change.tag_id


async def merge_tags(
    db: Write, tag_id: UUID, into_tag_id: UUID, *, by: Staff, at: datetime
) -> TagChange:
    """Let one tag go into another: its customers get that one, its name means that one.

    Raises:
        Invalid: a tag into itself (field `into_tag_id`). Conflict: it is being merged already.
        NotFound: either tag.
    """
    merged, into = (
        await queries_tags.tag(db, tag_id, lock=True),
        await queries_tags.tag(db, into_tag_id),
    )
    if merged.id == into.id:
        raise Invalid.of("into_tag_id", "请选择另一个标签")
    some = await queries_bitmaps.united(db, [("tag", str(merged.id))])
    for open_change, _, _ in await queries_tags.changes(db):
        tags = {open_change.tag_id, open_change.from_tag_id}
        is_merge = open_change.kind == "merge" and open_change.state in ("running", "undoing")
        if is_merge and tags & {merged.id, into.id}:
            raise Conflict("这个标签正在合并，请等它完成，进度见“批量操作”")
    about = {"from": merged.name}
    made = start(db, "merge", into, some, about=about, from_tag_id=merged.id, by=by, at=at)
    await _go(db, made, some, f"“{merged.name}”合并到“{into.name}”", by=by, at=at)
    return made


async def undo(db: Write, change_id: UUID, *, by: Staff, at: datetime) -> TagChange:
    """Take a change back: what it put on comes off, what it took off comes back.

    What was changed by hand since stays as it is now.

    Raises:
        Conflict: it is not done yet, undone already, or too old.
    """
    change = await queries_tags.change(db, change_id, lock=True)
    if change.state != "done":
        raise Conflict(_NOT_NOW[change.state])
    if at - change.at > tagging.KEPT:
        raise Conflict("超过 30 天的批量操作不能撤销")
    await _check_undo(db, change)
    change.state = "undoing"
    if change.from_tag_id is not None:
        merged = await queries_tags.tag(db, change.from_tag_id, with_deleted=True, lock=True)
        merged.deleted_at = merged.merged_into = None
    some = BitMap.deserialize(change.selected)
    await _go(db, change, some, "撤销批量操作", by=by, at=at)
    return change


async def _check_undo(db: Write, change: TagChange) -> None:
    """Raise Conflict when what a change took away has no place to come back to."""
    tag = await queries_tags.tag(db, change.tag_id, with_deleted=True)
    if change.kind == "one" and (await queries_tags.group(db, tag.group_id)).is_exclusive:
        raise Conflict("这个标签组现在是互斥的，请先取消互斥，再撤销")
    if change.from_tag_id is not None:
        merged = await queries_tags.tag(db, change.from_tag_id, with_deleted=True)
        if merged.name in await queries_tags.tones(db):
            raise Conflict(f"“{merged.name}”现在是别的标签的名称，请先给那个标签改名")


_NOT_NOW = {
    "running": "这次批量操作还在进行，请等它完成再撤销",
    "undoing": "正在撤销，请等它完成",
    "undone": "这次批量操作已经撤销过了",
}


async def take_turn(db: Write, job_id: UUID, *, at: datetime) -> bool:
    """Do the next step of the change of a job; return whether there is more.

    The step and how far it is are one transaction: a worker that dies loses nothing and
    does nothing twice.
    """
    job: LongJob | None = await tenants.take_job(db, job_id, KIND, lease=LEASE)
    if job is None:
        return False
    change = await queries_tags.change(db, UUID(job.params["change_id"]), lock=True)
    some = BitMap.deserialize(change.selected)
    nos = list(some[job.done : job.done + STEP])
    await _step(db, change, nos, at=at)
    job.done += len(nos)
    job.lease_until = None
    if nos and job.done < job.total:
        return True
    verb = "撤销" if change.state == "undoing" else "完成"
    await end(db, change, by_id=job.created_by, at=at)
    job.state, job.finished_at = "done", at
    job.message = f"已{verb}，{change.changed} 位客户的标签有变动"
    return False
