"""Audiences: who matches an expression, who is taken out and why, who is left.

Only bitmaps are read, one query for all of them; a customer's rows are opened for the
masked sample alone (design/performance.md B).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import perf_counter
from uuid import UUID
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import select, text

from contenthub.customers import bitmaps
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import Customer, Tag
from contenthub.customers.tagtree import Node, names
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS

REASONS: dict[str, str] = {
    "refused": "拒绝此类业务",
    "no_consent": "没有营销授权",
    "capped": "近期触达已达上限",
    "quiet": "免打扰时段",
    "no_owner": "没有客户经理",
    "unreachable": "未加企业微信",
}
"""Why a matched customer is not sent to, in the order they are taken out."""
CAP_TIMES, CAP_DAYS = 2, 7
"""At most two messages in seven days, unless the bank's settings say otherwise."""
SAMPLE = 3

_FETCH = """
select b.dim, b.key, b.chunk, b.bm
from unnest(cast(:dims as text[]), cast(:keys as text[])) as w (dim, key)
join audience_bitmaps b on b.tenant_id = :tenant and b.dim = w.dim and b.key = w.key
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """Customer numbers: matched = reachable + everybody removed, each for one reason."""

    matched: BitMap
    reachable: BitMap
    removed: dict[str, BitMap] = field(default_factory=dict)

    def waterfall(self) -> dict[str, object]:
        """Return the counts as JSON: matched, steps in order, reachable."""
        steps = [
            {"reason": r, "label": REASONS[r], "removed": len(self.removed[r])} for r in REASONS
        ]
        return {"matched": len(self.matched), "steps": steps, "reachable": len(self.reachable)}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A customer as a sample shows them: masked."""

    name: str
    phone: str
    owner: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an author sees of an audience before anything is sent."""

    audience: Audience
    employees: int
    sample: list[Sampled]
    took_ms: float


async def resolve(db: Read, node: Node) -> dict[Key, str]:
    """Return the ids of the tags, branches and owners an expression names; unknown ones absent."""
    wanted = names(node)
    found: dict[Key, str] = {}
    if wanted.tags:
        rows = await db.execute(
            select(Tag.name, Tag.id).where(Tag.tenant_id == bank_id(db), Tag.name.in_(wanted.tags))
        )
        found.update({("tag", name): str(tag_id) for name, tag_id in rows})
    if wanted.branches:
        for branch in await tenants.branches(db):
            for word in (branch.name, branch.code):
                if word in wanted.branches:
                    found[("branch", word)] = str(branch.id)
    if wanted.owners:
        rows = await db.execute(
            select(Staff.staff_no, Staff.id).where(
                Staff.tenant_id == bank_id(db), Staff.staff_no.in_(wanted.owners)
            )
        )
        found.update({("owner", no): str(staff_id) for no, staff_id in rows})
    return found


async def check_names(db: Read, node: Node) -> None:
    """Raise ExpressionInvalid for the first tag, branch or owner the bank does not have."""
    bitmaps.dims_of(node, resolve=await resolve(db, node), year=2000)


async def fetch(db: Read, wanted: Iterable[Key]) -> dict[int, dict[Key, BitMap]]:
    """Return the bitmaps of some keys, chunk by chunk; a missing one means nobody."""
    pairs = sorted(set(wanted))
    rows = await db.execute(
        text(_FETCH),
        {"tenant": bank_id(db), "dims": [p[0] for p in pairs], "keys": [p[1] for p in pairs]},
    )
    chunks: dict[int, dict[Key, BitMap]] = {}
    for dim, key, chunk, bm in rows:
        chunks.setdefault(chunk, {})[(dim, key)] = BitMap.deserialize(bm)
    return chunks


async def audience(db: Read, node: Node, *, topic: str, at: datetime) -> Audience:
    """Return who matches `node`, who is taken out for which reason at `at`, and who is left.

    Raises:
        ExpressionInvalid: a name the bank does not have. Invalid: an unknown topic.
    """
    if topic not in TOPICS:
        raise Invalid.of("topic", f"业务类别应是 {'、'.join(TOPICS)} 之一")
    bank = await tenants.bank(db)
    today = at.astimezone(ZoneInfo(bank.zone)).date()
    known = await resolve(db, node)
    days = _touched_keys(bank, today)
    fixed: list[Key] = [
        ("all", ""),
        ("owned", ""),
        ("reachable", ""),
        ("refused", topic),
        ("consent", topic),
    ]
    needed = bitmaps.dims_of(node, resolve=known, year=today.year) | set(fixed) | set(days)
    found = Audience(BitMap(), BitMap(), {reason: BitMap() for reason in REASONS})
    for chunk, having in sorted((await fetch(db, needed)).items()):
        everyone = having.get(("all", ""), BitMap())
        matched = bitmaps.evaluate(node, having, everyone, resolve=known, year=today.year)
        _sift(found, chunk, matched, having, topic=topic, days=days, bank=bank)
    return found


def touched_key(on: date, time: int = 1) -> Key:
    """Return the key of who was sent to at least `time` times on a day."""
    return ("touched", f"{on}" if time == 1 else f"{on}#{time}")


def _touched_keys(bank: Bank, today: date) -> list[Key]:
    days = int(bank.settings.get("cap_days", CAP_DAYS))
    times = int(bank.settings.get("cap_times", CAP_TIMES))
    return [
        touched_key(today - timedelta(days=n), time)
        for n in range(days)
        for time in range(1, times + 1)
    ]


def _sift(
    found: Audience,
    chunk: int,
    matched: BitMap,
    having: Mapping[Key, BitMap],
    *,
    topic: str,
    days: list[Key],
    bank: Bank,
) -> None:
    """Take one chunk's matched customers through the reasons, each out for the first that holds."""
    nobody = BitMap()
    touched = [having[day] for day in days if day in having]
    cap_times = int(bank.settings.get("cap_times", CAP_TIMES))
    needs_consent = bool(bank.settings.get("consent_required", False))
    out = {
        "refused": having.get(("refused", topic), nobody),
        "no_consent": matched - having.get(("consent", topic), nobody) if needs_consent else nobody,
        "capped": bitmaps.cap(touched, cap_times) if touched else nobody,
        "quiet": nobody,
        "no_owner": matched - having.get(("owned", ""), nobody),
        "unreachable": matched - having.get(("reachable", ""), nobody),
    }
    first = chunk << bitmaps.CHUNK_BITS
    found.matched.update(matched.shift(first))
    left = matched
    for reason in REASONS:
        gone = left & out[reason]
        left = left - gone
        found.removed[reason].update(gone.shift(first))
    found.reachable.update(left.shift(first))


async def preview(db: Read, node: Node, *, topic: str, at: datetime) -> Preview:
    """Return an audience with its number of employees and a masked sample of customers."""
    started = perf_counter()
    found = await audience(db, node, topic=topic, at=at)
    employees = await _employees(db, found.reachable)
    sample = await _sample(db, found.reachable)
    return Preview(found, employees, sample, round((perf_counter() - started) * 1000, 1))


async def _employees(db: Read, reachable: BitMap) -> int:
    if not reachable:
        return 0
    rows = await db.execute(
        text("select key, chunk, bm from audience_bitmaps where tenant_id = :t and dim = 'owner'"),
        {"t": bank_id(db)},
    )
    parts = {
        chunk: BitMap(reachable[i:j]) if j > i else BitMap() for chunk, i, j in _slices(reachable)
    }
    busy: set[str] = set()
    for key, chunk, bm in rows:
        if key in busy or chunk not in parts:
            continue
        if BitMap.deserialize(bm).shift(chunk << bitmaps.CHUNK_BITS).intersect(parts[chunk]):
            busy.add(key)
    return len(busy)


def _slices(some: BitMap) -> list[tuple[int, int, int]]:
    """Return (chunk, first index, end index) of every chunk that `some` touches."""
    found: list[tuple[int, int, int]] = []
    chunk, last = some.min() >> bitmaps.CHUNK_BITS, some.max() >> bitmaps.CHUNK_BITS
    while chunk <= last:
        start = some.rank((chunk << bitmaps.CHUNK_BITS) - 1) if chunk else 0
        end = some.rank(((chunk + 1) << bitmaps.CHUNK_BITS) - 1)
        found.append((chunk, start, end))
        chunk += 1
    return found


async def _sample(db: Read, reachable: BitMap) -> list[Sampled]:
    """Return a few customers spread over the audience, masked."""
    count = len(reachable)
    if not count:
        return []
    nos = sorted({reachable[i * count // SAMPLE] for i in range(min(SAMPLE, count))})
    rows = await db.execute(
        select(Customer.name_masked, Customer.phone_masked, Staff.name)
        .outerjoin(Staff, (Staff.tenant_id == Customer.tenant_id) & (Staff.id == Customer.owner_id))
        .where(Customer.tenant_id == bank_id(db), Customer.no.in_(nos))
        .order_by(Customer.no)
    )
    return [Sampled(row[0], row[1], row[2] or "") for row in rows]


def staff_key(staff_id: UUID) -> Key:
    """Return the bitmap key of an owner."""
    return ("owner", str(staff_id))
