"""Writes of what became of a parent's kits at its members, by the platform's role: counts only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Platform

_FORGET = "delete from kit_figures where tenant_id = :parent"
# One row a part and member, each count 0 or 1; no wording and no person of a member is read.
_COUNT = """
insert into kit_figures (tenant_id, kit_id, subject_id, member_id, member_name, adopted, live,
                         recalled, counted_at)
select a.source_bank_id, a.kit_id, a.source_id, m.id, m.name, 1,
  case when coalesce(i.live_revision_id, t.live_revision_id) is null and c.id is null
    then 0 else 1 end,
  case when coalesce(i.held_reason, '') <> '' then 1
    when a.subject_kind = 'cadence' and a.recall_reason <> '' then 1 else 0 end, :at
from adopted_parts a
join banks m on m.id = a.tenant_id and m.parent_id = a.source_bank_id and m.state <> 'deleted'
left join items i on i.tenant_id = a.tenant_id and i.id = a.subject_id
left join poster_templates t on t.tenant_id = a.tenant_id and t.id = a.subject_id
left join cadences c on c.tenant_id = a.tenant_id and c.id = a.subject_id and c.state = 'in_use'
where a.source_bank_id = :parent and a.kit_id is not null
"""
_STAMP = "update kits set figured_at = :at where tenant_id = :parent"


async def gather(db: Platform, parent: UUID, *, at: datetime) -> None:
    """Count anew what became of each part of a parent's kits at each of its members."""
    await db.execute(text(_FORGET), {"parent": parent})
    await db.execute(text(_COUNT), {"parent": parent, "at": at})
    await db.execute(text(_STAMP), {"parent": parent, "at": at})
