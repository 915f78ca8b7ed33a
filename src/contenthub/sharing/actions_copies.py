"""Writes of scripts that are copied to be sent by hand: a use that no link tells of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.library import actions_signals as library_signals
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.sharing.models import ScriptCopy
from contenthub.tenants import actions as tenants
from contenthub.tenants import qualification
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def note_copy(db: Write, item_id: UUID, *, by: Staff, at: datetime) -> ScriptCopy:
    """Note that an employee copied a script; return how often they did. They are told of a recall.

    Raises:
        NotFound, NotLive: no such script, or it may not be used any more.
        Conflict: it is no script, fails the rules now, or the employee is not authorised.
    """
    item, revision = await library.live(db, item_id, at=at)
    if item.kind != "script":
        raise Conflict("只有话术按复制登记；其他内容请生成链接分享")
    bank = await staff_queries.bank(db)
    person = await staff_queries.staff(db, by.id)
    if why := qualification.why_not(person, topic=item.topic, bank=bank, at=at):
        raise Conflict(why)
    await queries_shareable.check_passes(db, revision)
    row = {"tenant_id": bank_id(db), "item_id": item.id, "employee_id": by.id}
    copied = await db.scalars(
        insert(ScriptCopy)
        .values(**row, times=1, first_at=at, last_at=at)
        .on_conflict_do_update(
            index_elements=list(row), set_={"times": ScriptCopy.times + 1, "last_at": at}
        )
        .returning(ScriptCopy)
        .execution_options(populate_existing=True)
    )
    await library_signals.shared(db, item.id, at=at)
    tenants.record(db, "script.copied", "item", item.id, by=by, at=at, no=revision.no)
    return copied.one()
