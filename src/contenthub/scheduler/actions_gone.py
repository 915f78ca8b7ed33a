"""Writes that carry a recall or an expiry through: pushes, posters, and who has to know.

All of it is one transaction of one job, rung as the recall commits; the customers' pages do
not wait for it (library/actions_signals.py, web/landing/watch.py).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, select, text

from contenthub.db import Write, new_id
from contenthub.errors import NotFound
from contenthub.library import actions_reviews
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.posters import actions_gone as posters
from contenthub.scheduler import actions, pushstates, queries, queries_gone
from contenthub.scheduler.models_gone import ItemStop, Notice
from contenthub.sharing import queries_signups
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

GONE = ("recalled", "expired")
_STOPPED = ("in_review", "scheduled", "running", "paused")
_PUSHES_MAX = 1000

# Whoever made a link, copied the script, is asked to send it or has customers coming; of
# those who left, whoever serves their links now. One statement: a bank has thousands.
_TELL = """
insert into gone_notices (tenant_id, id, stop_id, employee_id, created_at)
select :tenant, gen_random_uuid(), :stop, w.id, :at
from (
  select distinct case when s.state = 'resigned' then s.successor_id else s.id end as id
  from (
    select l.employee_id from links l where l.tenant_id = :tenant and l.item_id = :item
    union
    select t.employee_id from tasks t join pushes p on p.tenant_id = t.tenant_id
      and p.id = t.source_id
    where t.tenant_id = :tenant and t.kind = 'push' and p.item_id = :item
    union
    select c.employee_id from script_copies c where c.tenant_id = :tenant and c.item_id = :item
    union
    select u.employee_id from signups u where u.tenant_id = :tenant and u.item_id = :item
      and u.state in ('new', 'confirmed')
  ) shared
  join staff s on s.tenant_id = :tenant and s.id = shared.employee_id
) w
join staff who on who.tenant_id = :tenant and who.id = w.id and who.state in ('active', 'leave')
on conflict (tenant_id, stop_id, employee_id) do nothing
"""


async def stop_item(db: Write, item_id: UUID, *, at: datetime) -> ItemStop | None:
    """Cancel all that is under way with an item that is gone, and tell those who shared it.

    Of an item that shows another wording by now only the posters of the one before end.
    Returns what was done, or None for an item that is not gone. Harmless when run again.
    """
    item = await library.item(db, item_id, lock=True)
    templates = await posters.retire_templates(db, item, at=at)
    if item.state not in GONE:
        return None
    stop = await _stop_of(db, item, at=at)
    stop.templates += templates
    for state in _STOPPED:
        for seen in await queries.pushes(db, state=state, item_id=item_id, limit=_PUSHES_MAX):
            await _cancel(db, stop, seen.id, state, at=at)
    await db.flush()
    told = await db.execute(
        text(_TELL), {"tenant": bank_id(db), "stop": stop.id, "item": item_id, "at": at}
    )
    fresh = told.rowcount if isinstance(told, CursorResult) else 0
    stop.deliveries = (await queries_gone.ledger_of(db, item_id)).get(stop.id, (0,))[0]
    if fresh or stop.done_at == at:
        stop.told += fresh
        tenants.record(
            db,
            "item.stopped",
            "item",
            item_id,
            by=None,
            at=at,
            cause=stop.cause,
            pushes=stop.pushes,
            deliveries=stop.deliveries,
            templates=stop.templates,
            told=stop.told,
            signups=stop.signups,
        )
    return stop


async def _stop_of(db: Write, item: Item, *, at: datetime) -> ItemStop:
    """Return the row of this very recall or expiry, a new one the first time."""
    found = await db.scalar(
        select(ItemStop)
        .where(
            ItemStop.tenant_id == bank_id(db),
            ItemStop.item_id == item.id,
            ItemStop.gone_at >= item.updated_at,
        )
        .limit(1)
    )
    if found is not None:
        return found
    made = ItemStop(
        tenant_id=bank_id(db),
        id=new_id(),
        item_id=item.id,
        cause=item.state,
        reason=item.recall_reason if item.state == "recalled" else "有效期已到",
        title=item.title,
        code=item.code,
        gone_at=item.updated_at,
        done_at=at,
        pushes=0,
        deliveries=0,
        tasks=0,
        templates=0,
        told=0,
        signups=await queries_signups.open_count(db, item.id),
    )
    db.add(made)
    return made


async def _cancel(db: Write, stop: ItemStop, push_id: UUID, state: str, *, at: datetime) -> None:
    push = await queries.push(db, push_id, lock=True)
    if push.state != state:
        return  # somebody moved it meanwhile; the sweep looks again
    push.state = pushstates.decide(state, "cancel", authors=push.editors, actor_id=None)
    why = "内容已下架" if stop.cause == "recalled" else "内容已到期"
    push.paused_reason = f"{why}，未发送的部分已取消"
    push.updated_at = push.finished_at = at
    await actions_reviews.withdraw_review(db, push.id, at=at)
    _, tasks = await actions.drop_queued(db, push, reason="content_gone", at=at)
    stop.pushes, stop.tasks = stop.pushes + 1, stop.tasks + tasks
    tenants.record(db, "push.cancelled", "push", push.id, by=None, at=at, reason=push.paused_reason)


async def see_notice(db: Write, notice_id: UUID, *, by: Staff, at: datetime) -> Notice:
    """Note that an employee has seen what they were told; a second time changes nothing.

    Raises:
        NotFound: no such notice of theirs.
    """
    found = await db.get(Notice, (bank_id(db), notice_id), with_for_update=True)
    if found is None or found.employee_id != by.id:
        raise NotFound("没有找到这条通知")
    if found.seen_at is None:
        found.seen_at = at
        tenants.record(db, "notice.seen", "notice", found.id, by=by, at=at)
    return found
