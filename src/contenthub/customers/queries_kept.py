"""What a process keeps of the index in memory: owners, to be counted, and slices of assets.

A preview would else carry thousands of owners' bitmaps and most of its bytes for assets each
time. Both change when files come, not while somebody tries conditions. The index says by a
version (`bitmaps.version_key`) when they have; a version is kept with what was read beside it
in one statement, so the two always belong together.
"""

from collections import OrderedDict
from typing import Generic, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers import bitmaps
from contenthub.customers.bitmaps import Key, version_key
from contenthub.customers.queries_bitmaps import fetch
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id

KEPT_BANKS = 8
"""Nine bytes a customer each."""
Chunks = dict[int, dict[Key, BitMap]]
T = TypeVar("T")
_OWNERS = """
select (select bm from audience_bitmaps where tenant_id = :tenant and dim = 'version'
    and key = 'owner'),
  string_agg(int4send(length(bm)) || bm, ''::bytea)
from audience_bitmaps where tenant_id = :tenant and dim = 'owner'
"""


class _Kept(Generic[T]):
    """The newest of one thing for the banks last asked about."""

    def __init__(self) -> None:
        self.by_bank: OrderedDict[UUID, tuple[BitMap, T]] = OrderedDict()

    def of(self, bank: UUID, version: BitMap) -> T | None:
        """Return what is kept of a bank if it is of this version."""
        kept = self.by_bank.get(bank)
        if kept is None or kept[0] != version:
            return None
        self.by_bank.move_to_end(bank)
        return kept[1]

    def keep(self, bank: UUID, version: BitMap, found: T) -> T:
        """Keep what belongs to a version, and let the bank go that was asked about longest ago."""
        self.by_bank[bank] = (version, found)
        self.by_bank.move_to_end(bank)
        if len(self.by_bank) > KEPT_BANKS:
            self.by_bank.popitem(last=False)
        return found


_columns: _Kept[NDArray[np.uint32]] = _Kept()
_slices: _Kept[Chunks] = _Kept()


async def fetch_with_assets(db: Read, wanted: set[Key]) -> Chunks:
    """Return the bitmaps of some keys by chunk, as `fetch`; slices of assets from memory.

    Bitmaps that are kept are shared: they must not be changed.
    """
    assets = {key for key in wanted if key[0] == "aum"}
    if not assets:
        return await fetch(db, wanted)
    mark = version_key("aum")
    chunks = await fetch(db, wanted - assets | {mark})
    slices = _slices.of(bank_id(db), _version(chunks, mark))
    if slices is None:
        every = {("aum", str(bit)) for bit in range(bitmaps.AUM_SLICES)}
        slices = await fetch(db, every | {mark})
        _slices.keep(bank_id(db), _version(slices, mark), slices)
    return {chunk: slices.get(chunk, {}) | having for chunk, having in chunks.items()}


def _version(chunks: Chunks, mark: Key) -> BitMap:
    return chunks.get(0, {}).get(mark, BitMap())


async def serving(db: Read, some: BitMap) -> int:
    """Return how many owners have at least one customer among `some`."""
    if not some:
        return 0
    column = await _column(db)
    nos = np.frombuffer(some.to_array(), dtype=np.uint32)
    seen = np.bincount(column[nos[nos < len(column)]])
    return int(np.count_nonzero(seen[1:]))


async def _column(db: Read) -> NDArray[np.uint32]:
    """Return each customer's owner by number, counted from 1; 0 is nobody."""
    mark, bank = version_key("owner"), bank_id(db)
    kept = _columns.of(bank, _version(await fetch(db, [mark]), mark))
    if kept is not None:
        return kept
    # In one value: thousands of rows cost more to carry than to read.
    version, packed = (await db.execute(text(_OWNERS), {"tenant": bank})).one()
    owners: list[BitMap] = []
    at = 0
    while packed and at < len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4])
        owners.append(BitMap.deserialize(packed[at + 4 : end]))
        at = end
    last = max((one.max() for one in owners if one), default=0)
    column = np.zeros(last + 1, dtype=np.uint32)
    for place, one in enumerate(owners, start=1):
        column[np.frombuffer(one.to_array(), dtype=np.uint32)] = place
    return _columns.keep(bank, BitMap.deserialize(version) if version else BitMap(), column)
