"""Which owners nothing is sent for: away from work, or not qualified for the topic.

A message in WeCom goes out from the owner's own account to the owner's own contacts, so
no colleague and no manager can send it instead: the customer is left out with the reason,
and the branch manager finds them in the ledger. New traffic of somebody on leave stays theirs.
"""

from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers import bitmaps
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import owner_key
from contenthub.customers.queries_bitmaps import united
from contenthub.db import Read
from contenthub.tenants import qualification
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Owners:
    """The customers of owners away, and of those (not) qualified, whichever are fewer, by chunk."""

    away: dict[int, BitMap]
    told: dict[int, BitMap]
    told_are_qualified: bool

    def removed(self, chunk: int, owned: BitMap) -> dict[str, BitMap]:
        """Return reason -> those it takes out of the `owned` customers of a chunk."""
        told = self.told.get(chunk, BitMap())
        return {
            "owner_away": self.away.get(chunk, BitMap()),
            "unqualified": owned - told if self.told_are_qualified else told,
        }


async def owners(db: Read, bank: Bank, *, topic: str, on: date) -> Owners:
    """Return the owners of a bank as a push of `topic` on a day finds them."""
    rows = await db.execute(
        select(Staff.id, Staff.name, Staff.state, Staff.qualification_no, Staff.authorised_until)
        .where(Staff.tenant_id == bank_id(db))
        .order_by(Staff.id)
    )
    needed = qualification.needed(topic, bank.settings)
    away: set[Key] = set()
    good: set[Key] = set()
    bad: set[Key] = set()
    for person in rows:
        key = owner_key(person.id)
        if person.state != "active":
            away.add(key)
        elif needed:
            standing = qualification.standing(person, on=on)
            (bad if standing in ("missing", "ended") else good).add(key)
    inverted = len(good) < len(bad)
    told = (good | away) if inverted else bad
    gone, said = await united(db, away), await united(db, told)
    return Owners(bitmaps.by_chunk(gone), bitmaps.by_chunk(said), inverted)
