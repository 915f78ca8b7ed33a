"""The links of many employees to one item, made all at once: of a push, of everybody's posters."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Write, new_id
from contenthub.library import actions_signals as library_signals
from contenthub.library.models import Item
from contenthub.sharing import actions
from contenthub.tenants.sealing import bank_id

PUSH_CHANNEL = "wecom"

# One statement for links, directory and answer: a push of 3,000 employees is one round
# trip, and a second run finds the links of the first (the unique key holds NULLs equal).
_MAKE = """
with wanted as (
  select * from unnest(cast(:ids as uuid[]), cast(:codes as text[]), cast(:employees as uuid[]))
    as w (id, code, employee_id)
), made as (
  insert into links (tenant_id, id, code, item_id, employee_id, visitor_id, parent_id,
                     root_id, path, channel, push_id, created_at)
  select cast(:tenant as uuid), id, code, cast(:item as uuid), employee_id, null, null, id, '{}',
         cast(:channel as text), cast(:push as uuid), cast(:at as timestamptz)
  from wanted
  on conflict do nothing
  returning id, code
)
insert into directory_entries (kind, name, bank_id, target_id)
select 'code', code, cast(:tenant as uuid), id from made
"""
_FIND = """
select employee_id, code from links
where tenant_id = :tenant and item_id = :item and channel = :channel
  and push_id is not distinct from cast(:push as uuid)
  and parent_id is null and visitor_id is null
"""
_OF = " and employee_id = any(cast(:employees as uuid[]))"


async def make_push_links(
    db: Write, item: Item, codes: Mapping[UUID, str], *, push_id: UUID, at: datetime
) -> dict[UUID, str]:
    """Return each employee's code for a push; `codes` holds a fresh one per employee."""
    facts = {"channel": PUSH_CHANNEL, "push": push_id}
    await _make(db, item, codes, facts, at=at)
    rows = await db.execute(text(_FIND), {**facts, "tenant": bank_id(db), "item": item.id})
    return {row.employee_id: row.code for row in rows}


async def make_own_links(
    db: Write, item: Item, codes: Mapping[UUID, str], *, channel: str, at: datetime
) -> dict[UUID, str]:
    """Return the codes of employees' own links, as `actions.make_link` would make them.

    `codes` holds a fresh one per employee, who was asked already whether they may share
    (tenants.qualification).

    Raises:
        NotLive: the item is not live. FailsRules: a rule of today stops it. Conflict: its kind
        has no page.
    """
    await actions.check_shareable(db, item, at=at)
    facts = {"channel": channel, "push": None}
    await _make(db, item, codes, facts, at=at)
    mine = {**facts, "tenant": bank_id(db), "item": item.id, "employees": list(codes)}
    rows = await db.execute(text(_FIND + _OF), mine)
    return {row.employee_id: row.code for row in rows}


async def _make(
    db: Write,
    item: Item,
    codes: Mapping[UUID, str],
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    if not codes:
        return
    await library_signals.shared(db, item.id, at=at)
    await db.execute(
        text(_MAKE),
        {
            **facts,
            "tenant": bank_id(db),
            "item": item.id,
            "ids": [new_id() for _ in codes],
            "codes": list(codes.values()),
            "employees": list(codes),
            "at": at,
        },
    )
