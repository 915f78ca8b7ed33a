"""The bitmap index as it is kept: by chunk, or a key's customer numbers as one bitmap."""

from collections.abc import Iterable

from pyroaring import BitMap
from sqlalchemy import Row, select, text

from contenthub.customers import bitmaps
from contenthub.customers.bitmaps import WHOLE, Key
from contenthub.customers.models import AudienceBitmap
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id

_FETCH = """
select b.dim, b.key, b.chunk, b.bm
from unnest(cast(:dims as text[]), cast(:keys as text[])) as w (dim, key)
join audience_bitmaps b on b.tenant_id = :tenant and b.dim = w.dim and b.key = w.key
"""

# xmin: which transaction wrote a row last. It says whether anything changed without reading it.
_WRITTEN = """
select coalesce(md5(string_agg(concat_ws('|', b.dim, b.key, b.chunk, b.xmin), ','
  order by b.dim, b.key, b.chunk)), '')
from unnest(cast(:dims as text[]), cast(:keys as text[])) as w (dim, key)
join audience_bitmaps b on b.tenant_id = :tenant and b.dim = w.dim and b.key = w.key
"""


async def written(db: Read, wanted: Iterable[Key]) -> str:
    """Return a word that is another one whenever the bitmap of any of some keys was written."""
    pairs = sorted(set(wanted))
    facts = {"dims": [dim for dim, _ in pairs], "keys": [key for _, key in pairs]}
    word = await db.scalar(text(_WRITTEN), {**facts, "tenant": bank_id(db)})
    return str(word)


async def fetch(db: Read, wanted: Iterable[Key]) -> dict[int, dict[Key, BitMap]]:
    """Return the bitmaps of some keys, chunk by chunk; a missing one means nobody."""
    chunks: dict[int, dict[Key, BitMap]] = {}
    for dim, key, chunk, bm in await _rows(db, wanted):
        bits = BitMap.deserialize(bm)
        for place, part in (bitmaps.by_chunk(bits) if chunk == WHOLE else {chunk: bits}).items():
            chunks.setdefault(place, {})[dim, key] = part
    return chunks


async def whole(db: Read, wanted: Iterable[Key]) -> dict[Key, BitMap]:
    """Return the customer numbers of some keys; a missing one means nobody."""
    parts: dict[Key, dict[int, BitMap]] = {}
    for dim, key, chunk, bm in await _rows(db, wanted):
        parts.setdefault((dim, key), {})[chunk] = BitMap.deserialize(bm)
    return {key: bitmaps.joined(chunks) for key, chunks in parts.items()}


async def known_keys(db: Read, dim: str, among: Iterable[str]) -> set[str]:
    """Return those of some keys of a dimension that anybody ever stood in."""
    rows = await db.scalars(
        select(AudienceBitmap.key)
        .where(AudienceBitmap.tenant_id == bank_id(db), AudienceBitmap.dim == dim)
        .where(AudienceBitmap.key.in_(list(among)))
        .distinct()
    )
    return set(rows)


async def keys_of(db: Read, dim: str, *, limit: int) -> list[str]:
    """Return the first `limit` keys of a dimension that anybody stands in, in order."""
    rows = await db.scalars(
        select(AudienceBitmap.key)
        .where(AudienceBitmap.tenant_id == bank_id(db), AudienceBitmap.dim == dim)
        .distinct()
        .order_by(AudienceBitmap.key)
        .limit(limit)
    )
    return list(rows)


async def united(db: Read, wanted: Iterable[Key]) -> BitMap:
    """Return the customer numbers in at least one of some keys."""
    return BitMap.union(*(await whole(db, wanted)).values(), BitMap())


async def _rows(db: Read, wanted: Iterable[Key]) -> Iterable[Row[str, str, int, bytes]]:
    pairs = sorted(set(wanted))
    if not pairs:
        return []
    facts = {"tenant": bank_id(db), "dims": [p[0] for p in pairs], "keys": [p[1] for p in pairs]}
    return await db.execute(text(_FETCH), facts)
