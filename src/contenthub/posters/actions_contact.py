"""Writes of employees' 「联系我」 codes: wanted, made, read, deleted.

WeCom is asked outside of any transaction (jobs_contact.py): claim, ask, record.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Conflict
from contenthub.posters import contactcodes, queries_contact
from contenthub.posters.models_contact import ContactWay
from contenthub.posters.template import Template
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "posters.make_contact_ways"
AT_ONCE = 20
LEASE = timedelta(minutes=5)
"""How long a worker has a code to itself; longer than all its calls may take."""
LOOK_AFTER = timedelta(hours=6)
"""How long after somebody left their code may still be there."""
REST = timedelta(hours=1)
"""Before WeCom is asked again after a refusal; a wrong setting is mended within hours."""

ROWS = 1000
"""Wanted in one statement; PostgreSQL takes 32,767 values in one, and a row has a dozen."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One code a worker has to itself for a while."""

    id: UUID
    userid: str
    state: str
    channel: str
    config_id: str
    qr_url: str
    is_over: bool
    asked_at: datetime | None
    """When WeCom was first asked for it, if its answer never came."""


async def want(
    db: Write,
    people: Sequence[Staff],
    *,
    channel: str,
    at: datetime,
    new_code: Callable[[], str],
) -> int:
    """Ask for the codes people do not have yet; return for how many, and ring the worker.

    Who has no WeCom account is left out.
    """
    rows = [
        {
            "tenant_id": bank_id(db),
            "id": new_id(),
            "employee_id": person.id,
            "channel": channel,
            "userid": person.wecom_userid,
            "state": new_code(),
            "try_after_at": at,
            "created_at": at,
        }
        for person in people
        if person.wecom_userid and person.state == "active"
    ]
    wanted = 0
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        made = await db.scalars(
            insert(ContactWay).values(some).on_conflict_do_nothing().returning(ContactWay.id)
        )
        wanted += len(made.all())
    if wanted:
        enqueue(db, JOB)
    return wanted


async def ask_for(
    db: Write,
    design: Template,
    people: Sequence[Staff],
    *,
    at: datetime,
    new_code: Callable[[], str],
) -> dict[UUID, str]:
    """Return why people have no code that a design shows, by their id; new ones are asked for."""
    if not contactcodes.shows_contact(design):
        return {}
    found = await queries_contact.lacking(db, people, channel=contactcodes.CHANNEL)
    wanted = [one for one in people if one.id in found]
    await want(db, wanted, channel=contactcodes.CHANNEL, at=at, new_code=new_code)
    return found


async def ask_again(
    db: Write, *, staff_ids: Collection[UUID] | None = None, by: Staff, at: datetime
) -> int:
    """Ask again now for the codes WeCom refused, of some people or all; return for how many.

    What is due within a lease is left alone: a worker may be asking for it.

    Raises Conflict: none was refused.
    """
    query = (
        update(ContactWay)
        .where(
            ContactWay.tenant_id == bank_id(db),
            ContactWay.gone_at.is_(None),
            ContactWay.text == "",
            ContactWay.problem != "",
            ContactWay.try_after_at > at + LEASE,
        )
        .values(try_after_at=at, problem="")
        .returning(ContactWay.employee_id)
        .execution_options(synchronize_session=False)
    )
    if staff_ids is not None:
        query = query.where(ContactWay.employee_id.in_(staff_ids))
    asked = (await db.scalars(query)).all()
    if not asked:
        raise Conflict("没有被企业微信拒绝的「联系我」二维码，或几分钟内就会自动再申请，请稍后刷新")
    enqueue(db, JOB)
    tenants.record(db, "contact_ways.retried", "bank", bank_id(db), by=by, at=at, people=len(asked))
    return len(asked)


async def claim(db: Write, *, at: datetime) -> list[Claim]:
    """Take codes that are due, to make, to read or to delete, for one lease.

    Those that are well are looked after again in some hours.
    """
    await db.execute(
        update(ContactWay)
        .where(
            ContactWay.tenant_id == bank_id(db),
            queries_contact.is_due(at),
            queries_contact.is_well(),
        )
        .values(try_after_at=at + LOOK_AFTER)
        .execution_options(synchronize_session=False)
    )
    wanted, over = await queries_contact.due(db, at=at, limit=AT_ONCE)
    found = []
    for way in (*wanted, *over):
        way.try_after_at = at + LEASE
        found.append(
            Claim(
                way.id,
                way.userid,
                way.state,
                way.channel,
                way.config_id,
                way.qr_url,
                is_over=way in over,
                asked_at=None if way.config_id else way.asked_at,
            )
        )
    return found


async def record_asked(db: Write, way_id: UUID, *, at: datetime) -> None:
    """Write down, before the call, that WeCom is asked to make a code: its answer may be lost."""
    way = await _way(db, way_id)
    way.asked_at = way.asked_at or at


async def record_made(
    db: Write, way_id: UUID, *, config_id: str, qr_url: str, at: datetime
) -> None:
    """Write down that WeCom made a code: from here on it is never asked to make it again."""
    way = await _way(db, way_id)
    way.config_id, way.qr_url, way.made_at, way.problem = config_id, qr_url, at, ""


async def record_read(db: Write, way_id: UUID, *, text: str) -> None:
    """Write down what a code's picture says."""
    way = await _way(db, way_id)
    way.text, way.problem = text, ""


async def record_gone(db: Write, way_id: UUID, *, at: datetime) -> None:
    """Write down that a code was deleted; its employee may be given another."""
    (await _way(db, way_id)).gone_at = at


async def record_problem(db: Write, way_id: UUID, why: str, *, at: datetime) -> None:
    """Write down why a code was not made, read or deleted; it is tried again later."""
    way = await _way(db, way_id)
    way.problem, way.try_after_at = why[:300], at + REST


async def _way(db: Write, way_id: UUID) -> ContactWay:
    return await db.get_one(ContactWay, (bank_id(db), way_id), with_for_update=True)
