"""How many employees serve an audience: from a column of owners kept in memory.

Asking thousands of owners' bitmaps one by one costs more than all the rest of a preview. A
process keeps, for the banks it was last asked about, one array: customer number → owner. The
index says by its `VERSION` when an owner's customers have changed; the array is then made anew.
"""

from collections import OrderedDict
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers.bitmaps import VERSION
from contenthub.customers.queries_bitmaps import united
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id

KEPT_BANKS = 8
"""Four bytes a customer each."""
_OWNERS = """
select string_agg(int4send(length(bm)) || bm, ''::bytea) from audience_bitmaps
where tenant_id = :tenant and dim = 'owner'
"""
_kept: OrderedDict[UUID, tuple[BitMap, NDArray[np.uint32]]] = OrderedDict()


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
    # Before the bitmaps: what is read after is as new, or newer and read again next time.
    version, bank = await united(db, [VERSION]), bank_id(db)
    if bank in _kept and _kept[bank][0] == version:
        _kept.move_to_end(bank)
        return _kept[bank][1]
    # In one value: thousands of rows cost more to carry than to read.
    packed: bytes = await db.scalar(text(_OWNERS), {"tenant": bank}) or b""
    owners: list[BitMap] = []
    at = 0
    while at < len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4])
        owners.append(BitMap.deserialize(packed[at + 4 : end]))
        at = end
    last = max((one.max() for one in owners if one), default=0)
    column = np.zeros(last + 1, dtype=np.uint32)
    for place, one in enumerate(owners, start=1):
        column[np.frombuffer(one.to_array(), dtype=np.uint32)] = place
    _kept[bank] = (version, column)
    if len(_kept) > KEPT_BANKS:
        _kept.popitem(last=False)
    return column
