"""Writes of the bitmap index, always in the transaction of the truth rows it follows."""

from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import delete, select, text

from contenthub.customers import bitmaps
from contenthub.customers import queries_audience as audiences
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import AudienceBitmap, Consent, Customer, CustomerTag, Refusal
from contenthub.customers.queries_audience import fetch, touched_key
from contenthub.customers.suitability import risk_keys
from contenthub.db import Read, Write
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

TOUCHED_TIMES = 5
"""More sends than this to one person on one day are not told apart."""
TOUCHED_DAYS = 40
"""How long "sent to on that day" is kept: longer than any cap's window."""

# Rows are locked in key order, so that two writers never wait for each other in a ring.
_LOCK = """
select b.dim, b.key, b.chunk, b.bm
from unnest(cast(:dims as text[]), cast(:keys as text[]), cast(:chunks as int[]))
  as w (dim, key, chunk)
join audience_bitmaps b
  on b.tenant_id = :tenant and b.dim = w.dim and b.key = w.key and b.chunk = w.chunk
order by b.dim, b.key, b.chunk for update of b
"""
_PUT = """
insert into audience_bitmaps (tenant_id, dim, key, chunk, bm)
select :tenant, w.dim, w.key, w.chunk, w.bm
from unnest(cast(:dims as text[]), cast(:keys as text[]), cast(:chunks as int[]),
  cast(:bms as bytea[])) as w (dim, key, chunk, bm)
on conflict (tenant_id, dim, key, chunk) do update set bm = excluded.bm
"""


async def mark(
    db: Write,
    add: Mapping[Key, Iterable[int]],
    remove: Mapping[Key, Iterable[int]] | None = None,
) -> None:
    """Set (and clear) the bits of customer numbers per key, all in one round of locks.

    An advisory lock per bank keeps two writers from making the same new bitmap at once.
    """
    changes: dict[tuple[str, str, int], tuple[BitMap, BitMap]] = {}
    for source, slot in ((add, 0), (remove or {}, 1)):
        for (dim, key), nos in source.items():
            for chunk, bits in bitmaps.by_chunk(nos).items():
                pair = changes.setdefault((dim, key, chunk), (BitMap(), BitMap()))
                pair[slot].update(bits)
    if not changes:
        return
    await hold(db)
    wanted = sorted(changes)
    facts = {
        "tenant": bank_id(db),
        "dims": [w[0] for w in wanted],
        "keys": [w[1] for w in wanted],
        "chunks": [w[2] for w in wanted],
    }
    rows = await db.execute(text(_LOCK), facts)
    have = {(dim, key, chunk): BitMap.deserialize(bm) for dim, key, chunk, bm in rows}
    bms = []
    for place in wanted:
        new = (have.get(place, BitMap()) | changes[place][0]) - changes[place][1]
        new.run_optimize()
        bms.append(new.serialize())
    await db.execute(text(_PUT), {**facts, "bms": bms})


async def hold(db: Write) -> None:
    """Keep every other writer of the bank's index waiting until this transaction ends."""
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('audience', :h))"),
        {"h": bank_id(db).int & 0x7FFFFFFFFFFFFFFF},
    )


async def touch(db: Write, nos: BitMap, *, on: date) -> None:
    """Remember that customers were sent to on a day, for the frequency cap.

    A day has one bitmap per time: who is in `2026-11-26` was sent to once that day, who
    is in `2026-11-26#2` as well, twice, and so on.
    """
    await hold(db)
    levels = [touched_key(on, time) for time in range(1, TOUCHED_TIMES + 1)]
    chunks = await fetch(db, levels)
    again = nos
    for level in levels:
        if not again:
            break
        parts = [
            having[level].shift(c << bitmaps.CHUNK_BITS)
            for c, having in chunks.items()
            if level in having
        ]
        before = BitMap.union(*parts, BitMap())
        await mark(db, {level: again})
        again = again & before
    await db.execute(
        delete(AudienceBitmap).where(
            AudienceBitmap.tenant_id == bank_id(db),
            AudienceBitmap.dim == "touched",
            AudienceBitmap.key < str(on - timedelta(days=TOUCHED_DAYS)),
        )
    )


class Standing(Protocol):
    """What of a customer's own row the index is made from."""

    @property
    def stage(self) -> str:
        """Slug of stages.py."""

    @property
    def external_userid(self) -> str:
        """Empty when the customer cannot be sent to."""

    @property
    def owner_id(self) -> UUID | None:
        """Their employee."""

    @property
    def birthday(self) -> date | None:
        """Their birthday, if we know it."""

    @property
    def aum_fen(self) -> int:
        """Their assets."""

    @property
    def risk_grade(self) -> int:
        """Their grade of risk as long as its assessment holds, else 0."""


def keys_of(customer: Standing, ancestors: Iterable[UUID]) -> list[Key]:
    """Return the keys a customer's own row stands in; `ancestors` of their branch, itself too."""
    keys: list[Key] = [("all", ""), ("stage", customer.stage)]
    keys += [("branch", str(branch_id)) for branch_id in ancestors]
    if customer.external_userid:
        keys.append(("reachable", ""))
    if customer.owner_id is not None:
        keys += [("owned", ""), ("owner", str(customer.owner_id))]
    if customer.birthday is not None:
        keys += [
            ("birthday", customer.birthday.strftime("%m-%d")),
            ("born", str(customer.birthday.year)),
        ]
    return keys + bitmaps.aum_keys(customer.aum_fen) + risk_keys(customer.risk_grade)


async def rebuild(db: Write, *, at: datetime) -> int:
    """Make every bitmap of the bank anew from the truth rows; return the number of customers.

    `touched` days are kept: the ledger, not the customer, is their truth.
    """
    # Before the first read: a writer that commits later will mark its own bits after us.
    await hold(db)
    found: dict[Key, array[int]] = defaultdict(lambda: array("L"))
    count = 0
    async for key, no in _truth(db, at=at):
        found[key].append(no)
        count += key == ("all", "")
    await db.execute(
        delete(AudienceBitmap).where(
            AudienceBitmap.tenant_id == bank_id(db), AudienceBitmap.dim != "touched"
        )
    )
    await mark(db, found)
    return count


async def _truth(db: Read, *, at: datetime) -> AsyncIterator[tuple[Key, int]]:
    """Yield every (key, customer number) that the truth rows say."""
    tree = await tenants.branches(db)
    above = {branch.id: tenants.ancestors(tree, branch.id) for branch in tree}
    today = audiences.bank_day(await tenants.bank(db), at)
    async for customer in await db.stream(
        select(
            Customer.no,
            Customer.stage,
            Customer.external_userid,
            Customer.owner_id,
            Customer.birthday,
            Customer.aum_fen,
            Customer.risk_grade,
            Customer.branch_id,
        ).where(Customer.tenant_id == bank_id(db))
    ):
        for key in keys_of(customer, above[customer.branch_id]):
            yield key, customer.no
    async for tag_id, no in await db.stream(
        select(CustomerTag.tag_id, CustomerTag.customer_no).where(
            CustomerTag.tenant_id == bank_id(db)
        )
    ):
        yield ("tag", str(tag_id)), no
    for dim, model in (("refused", Refusal), ("consent", Consent)):
        async for topic, no in await db.stream(
            select(model.topic, model.customer_no).where(
                model.tenant_id == bank_id(db),
                (model.until_on.is_(None)) | (model.until_on >= today),
            )
        ):
            yield (dim, topic), no


async def disagreements(db: Read, *, at: datetime) -> list[str]:
    """Return keys whose number of customers in the index is not that of the truth, said in words.

    The nightly check: numbers per key, not the bits themselves, so it stays cheap.
    """
    truth: dict[Key, int] = defaultdict(int)
    async for key, _ in _truth(db, at=at):
        truth[key] += 1
    index: dict[Key, int] = defaultdict(int)
    rows = await db.stream(
        select(AudienceBitmap.dim, AudienceBitmap.key, AudienceBitmap.bm).where(
            AudienceBitmap.tenant_id == bank_id(db), AudienceBitmap.dim != "touched"
        )
    )
    async for dim, name, bm in rows:
        index[dim, name] += len(BitMap.deserialize(bm))
    return [
        f"{dim}:{name} 索引 {index[dim, name]} 人，实际 {truth[dim, name]} 人"
        for dim, name in sorted(truth.keys() | index.keys())
        if index[dim, name] != truth[dim, name]
    ]
