"""Writes of links, and the counters that move when a form is sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.library import actions_signals as library_signals
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item
from contenthub.sharing import actions_known, queries
from contenthub.sharing.chain import CHANNELS, TooDeep, child_path, own_link
from contenthub.sharing.models import EmployeeDay, ItemDay, Link, LinkStat
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import DirectoryEntry, Staff
from contenthub.tenants.sealing import bank_id

_BELOW = {"views": "sub_views", "leads": "sub_leads", "signups": "sub_signups"}
_COUNTS = ("fetches", "views", "leads", "signups", "shares", *_BELOW.values())


async def make_link(
    db: Write,
    item: Item,
    *,
    employee: Staff,
    channel: str,
    push_id: UUID | None = None,
    parent: Link | None = None,
    visitor_id: UUID | None = None,
    at: datetime,
    code: str,
) -> Link:
    """Return the link of this item, employee and channel; made with `code` if there is none.

    The same arguments always give the same link: a second tap makes no second one.

    Raises:
        NotLive: the item is not live.
        Conflict: the employee left or is no longer authorised. Invalid: an unknown channel.
        FailsRules: a rule of today stops it, unless a customer passes it on.
        TooDeep: the parent stands on level 32.
    """
    if channel not in CHANNELS:
        raise Invalid.of("channel", f"没有“{channel[:20]}”这个渠道，请从这些里选：{_known()}")
    await _check_may_share(db, item, employee, is_own=visitor_id is None, at=at)
    await library_signals.shared(db, item.id, at=at)
    path = child_path(parent.id, parent.path) if parent else []
    key = {
        "tenant_id": bank_id(db),
        "item_id": item.id,
        "employee_id": employee.id,
        "channel": channel,
        "push_id": push_id,
        "parent_id": parent.id if parent else None,
        "visitor_id": visitor_id,
    }
    link_id = new_id()
    root_id = parent.root_id if parent else link_id
    row = {**key, "id": link_id, "code": code, "root_id": root_id, "path": path, "created_at": at}
    made = await db.execute(
        insert(Link)
        .values(**row)
        .on_conflict_do_nothing(index_elements=list(key))
        .returning(Link.id)
    )
    if made.first() is None:
        return await _existing(db, key)
    db.add(DirectoryEntry(kind="code", name=code, bank_id=bank_id(db), target_id=link_id))
    await db.flush()
    return await queries.link(db, link_id)


def _known() -> str:
    return "、".join(f"{label}({slug})" for slug, label in CHANNELS.items())


async def _check_may_share(
    db: Write, item: Item, employee: Staff, *, is_own: bool, at: datetime
) -> None:
    """Refuse what compliance forbids: only live content, only authorised people (办法 art. 16).

    What an employee begins to share has to pass the rules of today.
    """
    await check_shareable(db, item, is_own=is_own, at=at)
    bank = await tenants.bank(db)
    # Whoever asks may have been remembered for seconds: what was taken from them counts now.
    person = await tenants.staff(db, employee.id)
    if why := qualification.why_not(person, topic=item.topic, bank=bank, at=at):
        raise Conflict(why)


async def check_shareable(db: Write, item: Item, *, is_own: bool = True, at: datetime) -> None:
    """Refuse an item that nobody may share now, whoever asks; `is_own`: begun by an employee.

    Raises:
        NotLive; FailsRules: a rule of today stops its wording. Conflict: its kind has no page.
    """
    _, revision = await library.live(db, item.id, at=at)
    if is_own:
        await queries_shareable.check_passes(db, revision)
    if item.kind not in SHARED_KINDS:
        raise Conflict("话术没有客户页面，不能生成链接；请复制话术，另选一条产品或活动一起分享")


async def _existing(db: Write, key: dict[str, Any]) -> Link:
    query = select(Link)
    for name, value in key.items():
        query = query.where(getattr(Link, name).is_not_distinct_from(value))
    return (await db.execute(query)).scalar_one()


async def share_on(
    db: Write, link: Link, *, visitor_id: UUID, at: datetime, code: str
) -> tuple[Link, bool]:
    """Return the link a visitor passes on, and whether it is new.

    A visitor who stands in the chain already gets their own link back; on level 32 the
    link itself is passed on. The root's employee stays credited.

    Raises:
        NotLive: the item is not live any more.
    """
    chain = await queries.chain_above(db, link)
    if (own := own_link(visitor_id, chain)) is not None:
        return await queries.link(db, own), False
    item = await library.item(db, link.item_id)
    employee = await queries.credited(db, link.employee_id)
    try:
        child = await make_link(
            db,
            item,
            employee=employee,
            channel="visitor",
            push_id=link.push_id,
            parent=link,
            visitor_id=visitor_id,
            at=at,
            code=code,
        )
    except TooDeep:
        return link, False
    if child.code != code:
        return child, False
    await count(db, link, "shares", employee_id=employee.id, at=at)
    await actions_known.shared(db, visitor_id, link.item_id, at=at)
    return child, True


async def count(db: Write, link: Link, outcome: str, *, employee_id: UUID, at: datetime) -> None:
    """Add one `outcome` (leads, signups or shares) for the link, its ancestors and the day.

    Rows are locked in the order the drain uses: links by id, then days.
    """
    tenant = bank_id(db)
    below = _BELOW.get(outcome)
    wanted = {link.id: outcome}
    if below is not None:
        wanted |= dict.fromkeys(link.path, below)
    for link_id in sorted(wanted):
        await _add(db, LinkStat, {"tenant_id": tenant, "link_id": link_id}, wanted[link_id])
    day = {
        "tenant_id": tenant,
        "employee_id": employee_id,
        "day_on": await tenants.today(db, at=at),
    }
    await _add(db, EmployeeDay, day, outcome)
    await _add(db, ItemDay, {**day, "item_id": link.item_id}, outcome)


async def _add(
    db: Write, table: type[LinkStat | EmployeeDay | ItemDay], key: dict[str, Any], outcome: str
) -> None:
    columns = [c for c in _COUNTS if hasattr(table, c)]
    row = {**key, **dict.fromkeys(columns, 0), outcome: 1}
    await db.execute(
        insert(table)
        .values(**row)
        .on_conflict_do_update(
            index_elements=list(key), set_={outcome: getattr(table, outcome) + 1}
        )
    )
