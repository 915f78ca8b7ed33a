"""The new customers of a batch: sealed in a thread while the portion before them is written."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import grouped
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write, new_id
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.tenants.sealing import Keyring, bank_id, keyring

PORTION = 2_000
"""How many are sealed and written at a time; sealing one portion takes about as long as writing."""

# One statement a portion: arrays go over the wire four times faster than rows.
_ADD = """
insert into customers (tenant_id, no, id, name_sealed, name_masked, name_index, phone_sealed,
  phone_masked, phone_index, gender, birthday, aum_fen, risk_grade, risk_until, branch_id,
  owner_id, external_userid, crm_no, stage, created_at, updated_at)
select :tenant_id, w.*, :at, :at
from unnest(
  cast(:no as int[]), cast(:id as uuid[]), cast(:name_sealed as bytea[]),
  cast(:name_masked as text[]), cast(:name_index as bytea[]), cast(:phone_sealed as bytea[]),
  cast(:phone_masked as text[]), cast(:phone_index as bytea[]), cast(:gender as text[]),
  cast(:birthday as date[]), cast(:aum_fen as bigint[]), cast(:risk_grade as smallint[]),
  cast(:risk_until as date[]), cast(:branch_id as uuid[]), cast(:owner_id as uuid[]),
  cast(:external_userid as text[]), cast(:crm_no as text[]), cast(:stage as text[])) as w
"""


class Newcomer(NamedTuple):
    """A row whose phone the bank does not know, with its number, branch and owner."""

    no: int
    phone_index: bytes
    row: CustomerRow
    branch_id: UUID
    owner_id: UUID | None


class _Made(NamedTuple):
    """A customer as a row of the table, column by column in the order of the statement."""

    no: int
    id: UUID
    name_sealed: bytes
    name_masked: str
    name_index: bytes
    phone_sealed: bytes
    phone_masked: str
    phone_index: bytes
    gender: str
    birthday: date | None
    aum_fen: int
    risk_grade: int
    risk_until: date | None
    branch_id: UUID
    owner_id: UUID | None
    external_userid: str
    crm_no: str
    stage: str


async def add(
    db: Write, new: Sequence[Newcomer], above: Mapping[UUID, Sequence[UUID]], *, at: datetime
) -> dict[Key, list[int]]:
    """Write new customers; return the bits they have in the index, by key, not yet set.

    `above` gives each branch's ancestors and itself.
    """
    marks: dict[Key, list[int]] = {}
    ring, bank, left = keyring(db), bank_id(db), iter(new)

    def prepare() -> dict[str, Sequence[Any]]:
        made = [_made(ring, bank, one) for one in islice(left, PORTION)]
        for key, nos in grouped(made, above).items():
            marks.setdefault(key, []).extend(nos)
        return dict(zip(_Made._fields, zip(*made, strict=True), strict=False))

    ahead = asyncio.create_task(asyncio.to_thread(prepare))
    while columns := await ahead:
        ahead = asyncio.create_task(asyncio.to_thread(prepare))
        try:
            facts = {name: list(values) for name, values in columns.items()}
            await db.execute(text(_ADD), {**facts, "tenant_id": bank, "at": at})
        except BaseException:
            await asyncio.wait([ahead])  # nobody works on with the keys of a session that ended
            raise
    return marks


def _made(ring: Keyring, bank: UUID, new: Newcomer) -> _Made:
    row, customer_id = new.row, new_id()
    return _Made(  # by place: a name for each of a million rows costs as much as its sealing
        new.no,
        customer_id,
        ring.seal(bank, f"customers.name:{customer_id}", row.name),
        mask_name(row.name),
        ring.index(bank, row.name),
        ring.seal(bank, f"customers.phone:{customer_id}", row.phone),
        mask_phone(row.phone),
        new.phone_index,
        row.gender,
        row.birthday,
        row.aum_fen or 0,
        row.risk,
        row.risk_until,
        new.branch_id,
        new.owner_id,
        row.external_userid,
        row.crm_no,
        "added" if row.external_userid else "public",
    )
