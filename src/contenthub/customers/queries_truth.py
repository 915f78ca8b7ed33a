"""What the truth rows say the index should hold, and where the two differ.

Truth and index change in one transaction, so in one snapshot they are equal to the bit.
"""

from array import array
from collections.abc import Iterator
from sys import byteorder
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select, text

from contenthub.customers import bitmaps
from contenthub.customers.behaviour import MAX_TIMES, Act, levels
from contenthub.customers.bitmaps import WHOLE, Key
from contenthub.customers.indexkeys import FACTS, grouped
from contenthub.customers.models import AudienceBitmap, Customer
from contenthub.customers.queries_lists import model_keys
from contenthub.customers.scoring import score_keys
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

UNTOLD = frozenset({"touched", "version"})
"""Dimensions of which the customers' rows say nothing: a ledger of another room does, or none."""

# Numbers come packed, four bytes each: a million as rows would take ten times as long. One
# range of the primary key per tag, so that neither the heap nor a sort is needed.
_TAGGED = """
select t.id, n.packed from tags t, lateral (
  select string_agg(int4send(c.customer_no), ''::bytea) as packed from customer_tags c
  where c.tenant_id = t.tenant_id and c.tag_id = t.id and c.customer_no between :first and :last
) n where t.tenant_id = :tenant and n.packed is not null
"""
_MEMBERS = """
select club_id, string_agg(int4send(customer_no), ''::bytea) as packed from club_memberships
where tenant_id = :tenant and left_at is null and customer_no between :first and :last
group by club_id
"""
_DID = """
select kind, topic, day_on, least(times, :most) as times,
  string_agg(int4send(customer_no), ''::bytea) as packed
from customer_acts where tenant_id = :tenant and customer_no between :first and :last
group by 1, 2, 3, 4
"""
_SCORES = """
select topic, points, string_agg(int4send(customer_no), ''::bytea) as packed
from customer_scores where tenant_id = :tenant and customer_no between :first and :last
group by 1, 2
"""
_MODELS = """
select list_id, topic, points, string_agg(int4send(customer_no), ''::bytea) as packed
from list_scores where tenant_id = :tenant and customer_no between :first and :last
group by 1, 2, 3
"""
_WISHES = """
select topic, string_agg(int4send(customer_no), ''::bytea) as packed from {table}
where tenant_id = :tenant and customer_no between :first and :last group by topic
"""


async def truth(db: Read, first: int, last: int) -> dict[Key, BitMap]:
    """Return the keys of the customers numbered `first` to `last`, as their rows say."""
    facts = {"tenant": bank_id(db), "first": first, "last": last}
    found = await _standing(db, first, last)
    for tag_id, packed in await db.execute(text(_TAGGED), facts):
        found["tag", str(tag_id)] = _unpacked(packed)
    for club_id, packed in await db.execute(text(_MEMBERS), facts):
        found["club", str(club_id)] = _unpacked(packed)
    for dim, table in (("refused", "refusals"), ("consent", "consents")):
        for topic, packed in await db.execute(text(_WISHES.format(table=table)), facts):
            found[dim, topic] = _unpacked(packed)
    rows = await db.execute(text(_DID), {**facts, "most": MAX_TIMES})
    told = [(levels(Act(kind, topic, on), times), who) for kind, topic, on, times, who in rows]
    scores = await db.execute(text(_SCORES), facts)
    told += [(score_keys(topic, points), who) for topic, points, who in scores]
    models = await db.execute(text(_MODELS), facts)
    told += [(model_keys(one, topic, points), who) for one, topic, points, who in models]
    for keys, packed in told:
        for key in keys:
            found[key] = found.get(key, BitMap()) | _unpacked(packed)
    return found


async def _standing(db: Read, first: int, last: int) -> dict[Key, BitMap]:
    tree = await tenants.branches(db)
    above: dict[UUID, list[UUID]] = {b.id: tenants.ancestors(tree, b.id) for b in tree}
    rows = await db.execute(
        select(
            Customer.no,
            Customer.stage,
            Customer.external_userid,
            Customer.owner_id,
            Customer.birthday,
            Customer.aum_fen,
            Customer.risk_grade,
            Customer.branch_id,
            *(getattr(Customer, name) for name in FACTS),
        ).where(Customer.tenant_id == bank_id(db), Customer.no.between(first, last))
    )
    return {key: BitMap(nos) for key, nos in grouped(rows.all(), above).items()}


def _unpacked(packed: bytes) -> BitMap:
    nos = array("I")
    nos.frombytes(packed)
    if byteorder == "little":  # PostgreSQL sends integers big end first
        nos.byteswap()
    return BitMap(nos)


async def indexed(db: Read, first: int, last: int) -> dict[Key, BitMap]:
    """Return what the index holds of the customers numbered `first` to `last`."""
    chunks = range(first >> bitmaps.CHUNK_BITS, (last >> bitmaps.CHUNK_BITS) + 1)
    rows = await db.execute(
        select(AudienceBitmap.dim, AudienceBitmap.key, AudienceBitmap.chunk, AudienceBitmap.bm)
        .where(AudienceBitmap.tenant_id == bank_id(db))
        .where(AudienceBitmap.chunk.in_([WHOLE, *chunks]), AudienceBitmap.dim.not_in(UNTOLD))
    )
    asked = BitMap(range(first, last + 1))
    parts: dict[Key, dict[int, BitMap]] = {}
    for dim, key, chunk, bm in rows:
        parts.setdefault((dim, key), {})[chunk] = BitMap.deserialize(bm)
    found = {key: bitmaps.joined(chunks) & asked for key, chunks in parts.items()}
    return {key: some for key, some in found.items() if some}


async def ranges(db: Read, width: int) -> Iterator[tuple[int, int]]:
    """Return (first, last) of ranges of `width` numbers that hold every customer and every bit."""
    mine = AudienceBitmap.tenant_id == bank_id(db)
    top = await db.scalar(select(func.max(Customer.no)).where(Customer.tenant_id == bank_id(db)))
    chunk = await db.scalar(select(func.max(AudienceBitmap.chunk)).where(mine))
    last = max(int(top or 0), ((chunk or 0) + 1 << bitmaps.CHUNK_BITS) - 1)
    return ((first, first + width - 1) for first in range(0, last + 1, width))


async def disagreements(db: Read, first: int, last: int) -> dict[Key, tuple[BitMap, BitMap]]:
    """Return the keys that are wrong: whom of `first` to `last` they lack, have extra.

    Right only in one snapshot, or while the bank's other writers wait.
    """
    said, kept = await truth(db, first, last), await indexed(db, first, last)
    nobody = BitMap()
    return {
        key: (should - has, has - should)
        for key in said.keys() | kept.keys()
        if (should := said.get(key, nobody)) != (has := kept.get(key, nobody))
    }
