"""Writes that see to it that a customer has one tag of an exclusive group at most."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from contenthub.customers import actions_tag_changes as changes
from contenthub.customers import actions_tagging as tagging
from contenthub.customers import bitmaps, queries_bitmaps
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_tagging import Moved
from contenthub.customers.models import Tag
from contenthub.customers.models_tags import TagChange
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

SETTLED_MAX = 20_000
"""Customers with several tags of a group that is to be exclusive: more are sorted out first."""
_OLDER = """
with ranked as (
  select c.tag_id, c.customer_no, row_number() over (
    partition by c.customer_no order by c.tagged_at desc, t.position, t.id) as place
  from customer_tags c join tags t on t.tenant_id = c.tenant_id and t.id = c.tag_id
  where c.tenant_id = :bank and c.tag_id = any(cast(:tags as uuid[]))
    and c.customer_no = any(cast(:nos as int[]))
)
select tag_id, customer_no from ranked where place > 1 order by tag_id, customer_no
"""


async def keep_one(
    db: Write,
    tags: Sequence[Tag],
    *,
    field: str = "is_exclusive",
    keep_newest: bool,
    by: Staff,
    at: datetime,
) -> TagChange | None:
    """See to it that no customer has two of some tags; return the change that undoes it.

    Raises:
        Invalid: customers have, and `keep_newest` is not said, or they are too many.
    """
    keys = [("tag", str(tag.id)) for tag in tags]
    several = bitmaps.cap(list((await queries_bitmaps.whole(db, keys)).values()), 2)
    if not several:
        return None
    said = f"有 {len(several)} 位客户同时有其中几个标签"
    if len(several) > SETTLED_MAX:
        raise Invalid.of(field, f"{said}，请先批量取下多余的，剩 {SETTLED_MAX} 位以内再设")
    if not keep_newest:
        raise Invalid.of(field, f"{said}。请勾选“只留最新贴的”，或先取下多余的标签")
    nos = await tagging.lock(db, several)
    made = changes.start(db, "one", tags[0], several, about={}, by=by, at=at)
    await db.flush()
    older: dict[UUID, list[int]] = {}
    facts = {"bank": bank_id(db), "tags": [tag.id for tag in tags], "nos": nos}
    for tag_id, no in await db.execute(text(_OLDER), facts):
        older.setdefault(tag_id, []).append(no)
    moved = Moved()
    for tag_id, some in older.items():
        made.replaced += moved.went(await tagging.take_off(db, [tag_id], some, change_id=made.id))
    await mark(db, moved.add, moved.remove)
    await changes.end(db, made, by_id=by.id, at=at)
    return made
