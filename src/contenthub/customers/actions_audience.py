"""Writes of the bitmap index, always in the transaction of the truth rows it follows."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from pyroaring import BitMap
from sqlalchemy import delete, text

from contenthub.customers import bitmaps
from contenthub.customers import queries_truth as truths
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import touched_key
from contenthub.customers.models import AudienceBitmap
from contenthub.customers.queries_bitmaps import whole
from contenthub.db import Write
from contenthub.tenants.sealing import bank_id

TOUCHED_TIMES = 5
"""More sends than this to one person on one day are not told apart."""
TOUCHED_DAYS = 92
"""How long "sent to on that day" is kept: longer than any cap's window, and than an import may be
undone (queries_imports.KEPT_DAYS), which spares whom it was sent to since."""

# Rows are locked in key order, so that two writers never wait for each other in a ring.
_LOCK = text("""
select b.dim, b.key, b.chunk, b.bm
from unnest(cast(:dims as text[]), cast(:keys as text[]), cast(:chunks as int[]))
  as w (dim, key, chunk)
join audience_bitmaps b
  on b.tenant_id = :tenant and b.dim = w.dim and b.key = w.key and b.chunk = w.chunk
order by b.dim, b.key, b.chunk for update of b
""")
_PUT = text("""
insert into audience_bitmaps (tenant_id, dim, key, chunk, bm)
select :tenant, w.dim, w.key, w.chunk, w.bm
from unnest(cast(:dims as text[]), cast(:keys as text[]), cast(:chunks as int[]),
  cast(:bms as bytea[])) as w (dim, key, chunk, bm)
on conflict (tenant_id, dim, key, chunk) do update set bm = excluded.bm
""")
_HOLD = text("""
select pg_advisory_xact_lock(hashtextextended('audience', :h)), cast(pg_current_xact_id() as text)
""")


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
            for chunk, bits in bitmaps.pieces(dim, nos).items():
                pair = changes.setdefault((dim, key, chunk), (BitMap(), BitMap()))
                pair[slot].update(bits)
    if not changes:
        return
    version = await hold(db)
    for dim in bitmaps.VERSIONED & {dim for dim, _, _ in changes}:
        changes[*bitmaps.version_key(dim), 0] = (version, BitMap())
    wanted = sorted(changes)
    facts = {
        "tenant": bank_id(db),
        "dims": [w[0] for w in wanted],
        "keys": [w[1] for w in wanted],
        "chunks": [w[2] for w in wanted],
    }
    rows = await db.execute(_LOCK, facts)
    have = {(dim, key, chunk): BitMap.deserialize(bm) for dim, key, chunk, bm in rows}
    bms = []
    for place in wanted:
        had, (add_bits, gone) = have.get(place, BitMap()), changes[place]
        new = _next(had, add_bits) if place[0] == "version" else (had | add_bits) - gone
        new.run_optimize()
        bms.append(new.serialize())
    await db.execute(_PUT, {**facts, "bms": bms})


def _next(had: BitMap, transaction: BitMap) -> BitMap:
    """Return a version no transaction wrote before, also none that was rolled back."""
    if transaction <= had:
        return had | BitMap([had.max() + 1])
    return transaction


async def hold(db: Write) -> BitMap:
    """Keep every other writer of the bank's index waiting until this transaction ends.

    Returns the transaction's own number, as the one bit of a bitmap.
    """
    facts = {"h": bank_id(db).int & 0x7FFFFFFFFFFFFFFF}
    _, number = (await db.execute(_HOLD, facts)).one()
    return BitMap([int(number) & 0x7FFFFFFF])


async def touch(db: Write, nos: BitMap, *, on: date) -> None:
    """Remember that customers were sent to on a day, for the frequency cap.

    A day has one bitmap per time: who is in `2026-11-26` was sent to once that day, who
    is in `2026-11-26#2` as well, twice, and so on.
    """
    await hold(db)
    levels = [touched_key(on, time) for time in range(1, TOUCHED_TIMES + 1)]
    had = await whole(db, levels)
    again = nos
    for level in levels:
        if not again:
            break
        await mark(db, {level: again})
        again = again & had.get(level, BitMap())
    await db.execute(
        delete(AudienceBitmap).where(
            AudienceBitmap.tenant_id == bank_id(db),
            AudienceBitmap.dim == "touched",
            AudienceBitmap.key < str(on - timedelta(days=TOUCHED_DAYS)),
        )
    )


async def mend(db: Write, first: int, last: int) -> int:
    """Make the index of the customers numbered `first` to `last` what the truth rows say.

    Returns the number of keys that were wrong. Other writers of the bank wait for as long as
    the transaction lasts, so mend some thousands of customers at a time.
    """
    # Before the first read: a writer that commits later will mark its own bits after us.
    await hold(db)
    wrong = await truths.disagreements(db, first, last)
    await mark(
        db,
        {key: lacks for key, (lacks, _) in wrong.items()},
        {key: extra for key, (_, extra) in wrong.items()},
    )
    return len(wrong)
