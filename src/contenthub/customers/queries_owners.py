"""Which owners nothing is sent for: away from work, or not qualified for the topic.

A message in WeCom goes out from the owner's own account to the owner's own contacts, so
no colleague and no manager can send it instead: the customer is left out with the reason,
and the branch manager finds them in the ledger. New traffic of somebody on leave stays theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers.bitmaps import Key
from contenthub.db import Read
from contenthub.tenants import qualification
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Owners:
    """The keys of owners who are away, and of those (not) qualified, whichever are fewer."""

    away: frozenset[Key]
    told: frozenset[Key]
    told_are_qualified: bool

    def keys(self) -> frozenset[Key]:
        """Return the keys whose bitmaps `removed` looks into."""
        return self.away | self.told

    def removed(self, having: Mapping[Key, BitMap]) -> dict[str, BitMap]:
        """Return reason -> the owned customers of one chunk it takes out."""
        away = BitMap.union(BitMap(), *(having[k] for k in self.away if k in having))
        told = BitMap.union(BitMap(), *(having[k] for k in self.told if k in having))
        owned = having.get(("owned", ""), BitMap())
        return {
            "owner_away": away,
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
        key = ("owner", str(person.id))
        if person.state != "active":
            away.add(key)
        elif needed:
            standing = qualification.standing(person, on=on)
            (bad if standing in ("missing", "ended") else good).add(key)
    inverted = len(good) < len(bad)
    told = (good | away) if inverted else bad
    return Owners(frozenset(away), frozenset(told), inverted)
