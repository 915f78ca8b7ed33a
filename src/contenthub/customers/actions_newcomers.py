"""The new customers of a batch: one statement, whose bits are worked out while it runs."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers import filerows
from contenthub.customers.bitmaps import Key
from contenthub.customers.filerows import Prepared
from contenthub.customers.indexkeys import grouped_columns
from contenthub.customers.packed import joined
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write
from contenthub.tenants.sealer import Sealer
from contenthub.tenants.sealing import Keyring, bank_id, keyring

# One statement a batch. Texts are split here, where an array would be asked element by element in
# Python (packed.py); what few files say comes as '' and is nothing for everybody.
_ADD = text("""
insert into customers (tenant_id, no, id, name_sealed, name_masked, name_index, phone_sealed,
  phone_masked, phone_index, gender, birthday, aum_fen, risk_grade, risk_until, branch_id,
  owner_id, external_userid, crm_no, stage, lunar_birthday, products, deposit_due_on,
  wealth_due_on, loan_due_on, is_merchant, grid, contacted_on, added_on, remark_sealed,
  created_at, updated_at)
select :tenant_id, cast(:before as int) + w.place, w.id,
  decode(w.name_sealed, 'hex'), w.name_masked,
  substring(cast(:name_index as bytea) from cast(w.place as int) * 16 - 15 for 16),
  decode(w.phone_sealed, 'hex'), w.phone_masked,
  substring(cast(:phone_index as bytea) from cast(w.place as int) * 16 - 15 for 16),
  w.gender, w.birthday, w.aum_fen, w.risk_grade, w.risk_until, w.branch_id, w.owner_id,
  w.external_userid, w.crm_no, w.stage, coalesce(w.lunar_birthday, ''),
  coalesce(w.products, ''), w.deposit_due_on, w.wealth_due_on, w.loan_due_on, w.is_merchant,
  coalesce(w.grid, ''), w.contacted_on, w.added_on,
  coalesce(decode(w.remark_sealed, 'hex'), ''), :at, :at
from unnest(
  cast(string_to_array(:id, chr(31), '') as uuid[]), string_to_array(:name_sealed, chr(31)),
  string_to_array(:name_masked, chr(31)), string_to_array(:phone_sealed, chr(31)),
  string_to_array(:phone_masked, chr(31)), string_to_array(:gender, chr(31)),
  cast(string_to_array(:birthday, chr(31), '') as date[]),
  cast(string_to_array(:aum_fen, chr(31), '') as bigint[]),
  cast(string_to_array(:risk_grade, chr(31), '') as smallint[]),
  cast(string_to_array(:risk_until, chr(31), '') as date[]),
  cast(string_to_array(:branch_id, chr(31), '') as uuid[]),
  cast(string_to_array(:owner_id, chr(31), '') as uuid[]),
  string_to_array(:external_userid, chr(31)), string_to_array(:crm_no, chr(31)),
  string_to_array(:stage, chr(31)), string_to_array(:lunar_birthday, chr(31)),
  string_to_array(:products, chr(31)),
  cast(string_to_array(:deposit_due_on, chr(31), '') as date[]),
  cast(string_to_array(:wealth_due_on, chr(31), '') as date[]),
  cast(string_to_array(:loan_due_on, chr(31), '') as date[]),
  cast(string_to_array(:is_merchant, chr(31), '') as boolean[]),
  string_to_array(:grid, chr(31)),
  cast(string_to_array(:contacted_on, chr(31), '') as date[]),
  cast(string_to_array(:added_on, chr(31), '') as date[]),
  string_to_array(:remark_sealed, chr(31))
) with ordinality as w (id, name_sealed, name_masked, phone_sealed, phone_masked, gender,
  birthday, aum_fen, risk_grade, risk_until, branch_id, owner_id, external_userid, crm_no, stage,
  lunar_birthday, products, deposit_due_on, wealth_due_on, loan_due_on, is_merchant, grid,
  contacted_on, added_on, remark_sealed, place)
where w.place <= :count
""")


class Newcomer(Struct, frozen=True, gc=False):
    """A row whose phone the bank does not know, with its number, branch and owner."""

    no: int
    phone_index: bytes
    row: CustomerRow
    branch_id: UUID
    owner_id: UUID | None


async def add(
    db: Write,
    new: Sequence[Newcomer],
    above: Mapping[UUID, Sequence[UUID]],
    *,
    ready: Prepared | None = None,
    at: datetime,
) -> dict[Key, BitMap]:
    """Write new customers; return the bits they have in the index, by key, not yet set.

    Their numbers follow each other. `above` gives each branch's ancestors and itself; `ready`
    is what the reader of their file prepared of all its rows.
    """
    if not new:
        return {}
    bank, first = bank_id(db), new[0].no
    made = await _made(keyring(db), bank, new, ready)
    places: dict[str, list[Any]] = {
        "branch_id": [one.branch_id for one in new],
        "owner_id": [one.owner_id for one in new],
    }
    facts = {
        **made.facts,
        **{name: joined(column) for name, column in places.items()},
        **{"tenant_id": bank, "before": first - 1, "count": len(new), "at": at},
    }
    marking = asyncio.create_task(asyncio.to_thread(_bits, made, places, first, above))
    try:
        await db.execute(_ADD, facts)
    finally:
        await asyncio.wait([marking])  # nobody works on with the rows of a session that ended
    return marking.result()


def _bits(
    made: Prepared,
    places: dict[str, list[Any]],
    first: int,
    above: Mapping[UUID, Sequence[UUID]],
) -> dict[Key, BitMap]:
    nos = range(first, first + len(places["branch_id"]))
    shifted = {key: bits.shift(first) for key, bits in made.bits.items()}
    return shifted | grouped_columns({**places, "no": nos}, above)


async def _made(
    ring: Keyring, bank: UUID, new: Sequence[Newcomer], ready: Prepared | None
) -> Prepared:
    """Return the newcomers ready to be written; sealed anew if the bank's key is another since."""
    if ready is None or ready.head != ring.current(bank):
        keys, rows = ring.for_files(bank), [one.row for one in new]
        return await asyncio.to_thread(filerows.prepared, Sealer(keys), keys.head, rows)
    if len(new) == len(ready.lines):
        return ready
    # By line: of a phone that is there twice, what is newly added is the first good row.
    places = {line: place for place, line in enumerate(ready.lines)}
    wanted = [places[one.row.line] for one in new]
    return await asyncio.to_thread(filerows.only, ready, wanted)
