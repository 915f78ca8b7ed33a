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
from contenthub.customers.queries_bitmaps import whole
from contenthub.db import Read
from contenthub.tenants import qualification
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Owners:
    """The customers of owners who are away, and of those not qualified, by chunk."""

    away: dict[int, BitMap]
    unqualified: dict[int, BitMap]

    def removed(self, chunk: int) -> dict[str, BitMap]:
        """Return reason -> those it takes out of a chunk."""
        return {
            "owner_away": self.away.get(chunk, BitMap()),
            "unqualified": self.unqualified.get(chunk, BitMap()),
        }


async def owners(db: Read, bank: Bank, *, topic: str, on: date) -> Owners:
    """Return whose owners a push of `topic` on a day finds away, or not qualified."""
    is_away = Staff.state != "active"
    may_be_bad = (Staff.authorised_until.is_(None)) | (Staff.authorised_until < on)
    may_be_bad |= Staff.qualification_no == ""
    needed = qualification.needed(topic, bank.settings)
    # Of thousands only those are read who may be at fault; the rule itself says who is.
    rows = await db.execute(
        select(Staff.id, Staff.name, Staff.state, Staff.qualification_no, Staff.authorised_until)
        .where(Staff.tenant_id == bank_id(db), (is_away | may_be_bad) if needed else is_away)
        .order_by(Staff.id)
    )
    away: set[Key] = set()
    bad: set[Key] = set()
    for person in rows:
        if person.state != "active":
            away.add(owner_key(person.id))
        elif qualification.standing(person, on=on) in ("missing", "ended"):
            bad.add(owner_key(person.id))
    theirs = await whole(db, away | bad)
    gone, said = (
        BitMap.union(*(theirs[key] for key in keys if key in theirs), BitMap())
        for keys in (away, bad)
    )
    return Owners(bitmaps.by_chunk(gone), bitmaps.by_chunk(said))
