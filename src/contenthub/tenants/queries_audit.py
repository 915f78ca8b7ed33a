"""Reads of the audit trail, and the proof that nobody changed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select, text

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants import chain, queries_audit_names
from contenthub.tenants.models import AuditEntry, AuditSeal
from contenthub.tenants.models_security import AuditCheck, AuditHead
from contenthub.tenants.sealing import bank_id, keyring

SEAL_ENTRIES = 5000
"""A seal covers at most so many entries, so that checking it needs little memory."""
SETTLE = timedelta(seconds=5)
"""Clocks of several web hosts may differ by so much."""
PURPOSE = "audit-seal"

_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.actor_name,
    AuditEntry.event,
    AuditEntry.subject_kind,
    AuditEntry.subject_id,
    AuditEntry.detail,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which audit entries a list shows; empty values do not filter."""

    event: str = ""
    """Start of the event's name: `item.` finds everything about items."""
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    actor: str = ""
    """Part of the acting person's name."""
    words: str = ""
    """Part of the details (a number, a reason, a file's name), or of the subject's name."""
    subject_ids: tuple[UUID, ...] = ()
    """Any of these: an item and its versions. Of a page only, a long job does not keep it."""

    def as_params(self) -> dict[str, str]:
        """Return the filter as JSON can keep it, for a long job."""
        return {
            "event": self.event,
            "actor_id": str(self.actor_id or ""),
            "subject_id": str(self.subject_id or ""),
            "since_at": self.since_at.isoformat() if self.since_at else "",
            "until_at": self.until_at.isoformat() if self.until_at else "",
            "actor": self.actor,
            "words": self.words,
        }


def filter_of(params: Mapping[str, str]) -> Filter:
    """Return the filter that `as_params` wrote down."""
    return Filter(
        params["event"],
        UUID(params["actor_id"]) if params["actor_id"] else None,
        UUID(params["subject_id"]) if params["subject_id"] else None,
        datetime.fromisoformat(params["since_at"]) if params["since_at"] else None,
        datetime.fromisoformat(params["until_at"]) if params["until_at"] else None,
        params["actor"],
        params["words"],
    )


@dataclass(slots=True)
class Verdict:
    """What checking a chain found; `problems` (中文) is empty when nobody changed anything."""

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    last_no: int = 0
    last_id: UUID | None = None
    """The last seal that was looked at, and its last entry."""
    problems: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether every seal matches its entries."""
        return not self.problems

    @property
    def words(self) -> str:
        """What was found, in Chinese: how many entries are sealed and intact, how many not yet."""
        found = list(self.problems)
        if self.is_intact:
            found.append(f"已封存的 {self.entries - self.unsealed} 条完整，没有改动")
        if self.unsealed:
            found.append(f"最近 {self.unsealed} 条晚于最后一次封存（未封存，约一分钟内封存）")
        return "；".join(found)


async def trail(
    db: Read, wanted: Filter, *, before: UUID | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return audit entries, newest first, older than the entry `before`."""
    query = select(AuditEntry).where(*_conditions(db, wanted))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = await db.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))
    return rows.all()


def _conditions(db: Read, wanted: Filter) -> list[ColumnElement[bool]]:
    found = [AuditEntry.tenant_id == bank_id(db)]
    if wanted.event:
        found.append(AuditEntry.event.startswith(wanted.event, autoescape=True))
    if wanted.subject_ids:
        found.append(AuditEntry.subject_id.in_(wanted.subject_ids))
    if wanted.actor_id is not None:
        found.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject_id is not None:
        found.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since_at is not None:
        found.append(AuditEntry.at >= wanted.since_at)
    if wanted.until_at is not None:
        found.append(AuditEntry.at < wanted.until_at)
    if wanted.actor:
        found.append(AuditEntry.actor_name.contains(wanted.actor, autoescape=True))
    if wanted.words:
        said = cast(AuditEntry.detail, Text).icontains(wanted.words, autoescape=True)
        found.append(or_(said, queries_audit_names.is_about(db, wanted.words)))
    return found


async def matching(db: Read, wanted: Filter, *, most: int) -> int:
    """Return how many entries a filter finds, counted up to `most`."""
    some = select(AuditEntry.id).where(*_conditions(db, wanted)).limit(most).subquery()
    return int(await db.scalar(select(func.count()).select_from(some)) or 0)


async def entry(db: Read, entry_id: UUID) -> AuditEntry:
    """Return one entry of the trail; raises NotFound."""
    found = await db.get(AuditEntry, (bank_id(db), entry_id))
    if found is None:
        raise NotFound("没有找到这条操作记录")
    return found


async def seal_of(db: Read, entry_id: UUID) -> AuditSeal | None:
    """Return the seal that covers an entry; None while it waits for one."""
    rows = await db.scalars(
        select(AuditSeal)
        .where(AuditSeal.tenant_id == bank_id(db), AuditSeal.last_id >= entry_id)
        .order_by(AuditSeal.last_id)
        .limit(1)
    )
    return rows.first()


async def last_check(db: Read) -> AuditCheck | None:
    """Return what the worker last found when it checked the chain; None before the first."""
    return await db.get(AuditCheck, bank_id(db))


async def last_seal(db: Read) -> AuditSeal | None:
    """Return the newest seal of the bank, or None before the first."""
    rows = await db.scalars(
        select(AuditSeal)
        .where(AuditSeal.tenant_id == bank_id(db))
        .order_by(AuditSeal.no.desc())
        .limit(1)
    )
    return rows.first()


async def head(db: Read) -> AuditHead | None:
    """Return the newest seal as the database noted it apart, or None before the first."""
    return await db.get(AuditHead, bank_id(db), populate_existing=True)


async def unanchored(db: Read, *, limit: int) -> Sequence[AuditSeal]:
    """Return the oldest seals that are not known to have a copy in the object store."""
    noted = await head(db)
    rows = await db.scalars(
        select(AuditSeal)
        .where(AuditSeal.tenant_id == bank_id(db))
        .where(AuditSeal.no > (noted.anchored_no if noted else 0))
        .order_by(AuditSeal.no)
        .limit(limit)
    )
    return rows.all()


async def settled_before(db: Read, *, at: datetime) -> UUID:
    """Return the id below which no audit entry can appear any more.

    An entry gets its id before its transaction commits, so a seal must not pass the
    oldest transaction that is still open, else a late entry would look inserted.
    """
    oldest = await db.scalar(
        text(
            "select min(xact_start) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    )
    return chain.earliest_id((min(at, oldest) if oldest else at) - SETTLE)


async def entries_between(
    db: Read, after: UUID | None, *, until: UUID, limit: int | None = None
) -> list[chain.Entry]:
    """Return entries with `after` < id <= `until` in the order of their ids."""
    query = select(*_COLUMNS).where(AuditEntry.tenant_id == bank_id(db), AuditEntry.id <= until)
    if after is not None:
        query = query.where(AuditEntry.id > after)
    rows = await db.execute(query.order_by(AuditEntry.id).limit(limit))
    return [chain.Entry(*row) for row in rows]


class Outside(NamedTuple):
    """The copies outside the database (`anchors.kept`), and how far they were to reach."""

    anchors: Mapping[int, str | None]
    copied_no: int
    """As `copied_no` said before the copies were listed: a seal may be copied meanwhile."""


async def copied_no(db: Read) -> int:
    """Return the newest seal that is noted to have a copy outside, 0 for none."""
    noted = await head(db)
    return noted.anchored_no if noted else 0


async def verify(db: Read, *, outside: Outside | None = None, since_no: int = 0) -> Verdict:
    """Return whether anybody changed a sealed entry or a seal of this bank.

    With `since_no`, only what was sealed after that seal (it is taken as checked).
    With what is kept `outside` (seal number → hash as hex, anchors.py) a rewritten chain and a
    copy that was taken or edited are seen too. A cut-off tail is seen by it, and by the head
    that the database noted apart.
    """
    verdict = Verdict()
    rows = await db.scalars(
        select(AuditSeal)
        .where(AuditSeal.tenant_id == bank_id(db), AuditSeal.no >= since_no)
        .order_by(AuditSeal.no)
    )
    seals = rows.all()
    previous: AuditSeal | None = None
    for expected_no, seal in enumerate(seals, start=max(since_no, 1)):
        if seal.no != expected_no:
            verdict.problems.append(f"第 {expected_no} 号封签不见了")
            break
        if seal.no != since_no:
            await _check_seal(db, previous, seal, verdict=verdict)
        previous = seal
    verdict.last_no = previous.no if previous else 0
    verdict.last_id = previous.last_id if previous else None
    verdict.seals = len(seals)
    noted = await head(db)
    _check_head(seals, noted, verdict)
    if outside is not None:
        _check_anchors(seals, outside.anchors, verdict)
        _check_copies(seals, outside, verdict)
    last = None if previous is None else previous.last_id
    counting = select(func.count()).select_from(AuditEntry)
    counting = counting.where(AuditEntry.tenant_id == bank_id(db))
    if last is not None:
        counting = counting.where(AuditEntry.id > last)
    verdict.unsealed = int(await db.scalar(counting) or 0)
    verdict.entries += verdict.unsealed
    return verdict


async def _check_seal(
    db: Read, previous: AuditSeal | None, seal: AuditSeal, *, verdict: Verdict
) -> None:
    entries = await entries_between(db, previous.last_id if previous else None, until=seal.last_id)
    found, count = chain.link(bank_id(db), previous.hash if previous else b"", entries)
    verdict.entries += count
    digest, signature = seal.hash[: chain.HASH_BYTES], seal.hash[chain.HASH_BYTES :]
    if not keyring(db).check(bank_id(db), PURPOSE, digest, signature=signature):
        verdict.problems.append(f"第 {seal.no} 号封签的签名不对，封签被改写过")
    elif count < seal.entries:
        verdict.problems.append(f"第 {seal.no} 号封签内缺少 {seal.entries - count} 条记录")
    elif count > seal.entries:
        verdict.problems.append(f"第 {seal.no} 号封签内多出 {count - seal.entries} 条记录")
    elif found != digest:
        verdict.problems.append(f"第 {seal.no} 号封签内的记录被改动或调换过顺序")


def _check_head(seals: Sequence[AuditSeal], noted: AuditHead | None, verdict: Verdict) -> None:
    if noted is None:
        if seals:
            verdict.problems.append("封签登记不见了：库里有封签，登记表里没有这家银行")
        return
    kept = {seal.no: seal.hash for seal in seals}
    last = max(kept, default=0)
    if last < noted.no:
        verdict.problems.append(f"末尾被截断：登记过第 {noted.no} 号封签，数据库里只到第 {last} 号")
    elif noted.no in kept and kept[noted.no] != noted.hash:
        verdict.problems.append(f"第 {noted.no} 号封签与登记的不一致")


def _check_anchors(
    seals: Sequence[AuditSeal], anchors: Mapping[int, str | None], verdict: Verdict
) -> None:
    kept = {seal.no: seal.hash.hex() for seal in seals}
    first = min(kept, default=0)
    for no, hash_hex in sorted(anchors.items()):
        if no < first:
            continue
        if no not in kept:
            verdict.problems.append(f"末尾被截断：库外存证里有第 {no} 号封签，数据库里没有")
            return
        if hash_hex is not None and kept[no] != hash_hex:
            verdict.problems.append(f"第 {no} 号封签与库外存证不一致")
            return


def _check_copies(seals: Sequence[AuditSeal], outside: Outside, verdict: Verdict) -> None:
    noted = [seal.no for seal in seals if seal.no <= outside.copied_no]
    gone = [no for no in noted if no not in outside.anchors]
    if gone:
        more = f"等 {len(gone)} 份" if len(gone) > 1 else ""
        verdict.problems.append(f"第 {gone[0]} 号封签的库外存证不见了{more}")
