"""Reads of what one person has claimed of a right, and what its fields allow them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from contenthub.customers import queries as customers
from contenthub.customers import queries_audience
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.sharing import claims
from contenthub.sharing.claims import Limits
from contenthub.sharing.models import Signup
from contenthub.sharing.phones import mobile
from contenthub.sharing.queries_contacts import phone_of
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person has claimed of a right, beside what it allows them."""

    limits: Limits
    taken: int
    of_month: int

    @property
    def left(self) -> int | None:
        """How many more they may claim now; None for any number."""
        return self.limits.left(self.taken, self.of_month)

    @property
    def said(self) -> str:
        """The same in words, for staff."""
        return self.limits.said(self.taken, self.of_month)


async def limits_of(db: Read, fields: Mapping[str, Any], *, phone: str, at: datetime) -> Limits:
    """Return what a right allows the customer of a phone; a stranger is in no segment."""
    named = {str(row.get("segment", "")) for row in claims.rules(fields)}
    if not named:
        return claims.limits(fields)
    try:
        known = await customers.by_phone(db, mobile(phone))
    except Invalid:
        known = None
    if known is None:
        return claims.limits(fields)
    return claims.limits(fields, await queries_audience.segments_of(db, known.no, named, at=at))


async def standing(
    db: Read, signup: Signup, fields: Mapping[str, Any], *, zone: str, at: datetime
) -> Standing:
    """Return where the person of a claim stands with its right at `at`."""
    mine = await db.scalars(
        select(Signup).where(
            Signup.tenant_id == bank_id(db),
            Signup.item_id == signup.item_id,
            Signup.phone_index == signup.phone_index,
        )
    )
    allowed = await limits_of(db, fields, phone=phone_of(db, signup), at=at)
    return Standing(allowed, *claims.counted(mine.all(), zone=zone, at=at))


async def standing_of(db: Read, row: SignupRow, *, zone: str, at: datetime) -> Standing | None:
    """Return where the person of a listed claim stands; None for an activity."""
    if row.item.kind != "right" or row.revision is None:
        return None
    return await standing(db, row.signup, row.revision.fields, zone=zone, at=at)
