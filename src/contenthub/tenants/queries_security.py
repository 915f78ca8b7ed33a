"""Reads about accounts' safety: whose names make bad passwords, who lacks one-time codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from contenthub.db import Read
from contenthub.tenants import access, banksettings, passwords, queries
from contenthub.tenants.models import AuditEntry, Staff
from contenthub.tenants.models_security import RecoveryCode
from contenthub.tenants.sealing import bank_id


async def words_of(db: Read, *, login: str, name: str = "", phone: str = "") -> list[str]:
    """Return the words that no password of this person of the bank may be made of."""
    bank = await queries.bank(db)
    return passwords.own_words(
        slug=bank.slug,
        bank=(bank.name, bank.full_name, bank.hotline),
        person=(login, name, phone),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts a list shows; empty values do not filter."""

    q: str = ""
    """Part of a name, or the start of a staff number or log-in."""
    is_lacking: bool = False
    """Only those who need one-time codes and have none."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many people need one-time codes, and how many of them have none."""

    needing: int
    lacking: int


async def _needing(db: Read) -> ColumnElement[bool]:
    """Whom the bank asks for one-time codes; where it asks nobody, whom it should ask."""
    bank = await queries.bank(db)
    if banksettings.effective(bank.settings)["totp_for"] == "all":
        return true()
    return Staff.roles.bool_op("&&")(literal(list(access.TOTP_REQUIRED), ARRAY(Text)))


async def accounts(
    db: Read, wanted: Wanted, *, after: str = "", limit: int = 50
) -> Sequence[Staff]:
    """Return people at work by staff number, after the number `after`."""
    query = select(Staff).where(*queries.at_work(db), Staff.staff_no > after)
    if wanted.is_lacking:
        query = query.where(await _needing(db), Staff.totp_confirmed_at.is_(None))
    if text := wanted.q.strip():
        query = query.where(
            or_(
                Staff.name.contains(text, autoescape=True),
                Staff.staff_no.startswith(text, autoescape=True),
                Staff.login.startswith(text, autoescape=True),
            )
        )
    rows = await db.scalars(query.order_by(Staff.staff_no).limit(limit))
    return rows.all()


async def totals(db: Read) -> Totals:
    """Return how many people at work need one-time codes, and how many lack them."""
    rows = await db.execute(
        select(func.count(), func.count().filter(Staff.totp_confirmed_at.is_(None))).where(
            *queries.at_work(db), await _needing(db)
        )
    )
    needing, lacking = rows.one()
    return Totals(int(needing), int(lacking))


async def recovery_left(db: Read, staff_id: UUID) -> int:
    """Return how many of a person's recovery codes are not used up."""
    found = await db.scalar(
        select(func.count()).where(
            RecoveryCode.tenant_id == bank_id(db),
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.used_at.is_(None),
        )
    )
    return int(found or 0)


async def refusals(
    db: Read, *, since: datetime, limit: int = 20
) -> Sequence[tuple[AuditEntry, str]]:
    """Return refused log-ins since then, newest first, with the person's name.

    The name is empty when nobody has the log-in that was typed.
    """
    # Entries' ids are in the order of time (UUIDv7), and the primary key finds them by it.
    oldest = UUID(int=int(since.timestamp() * 1000) << 80)
    query = (
        select(AuditEntry, Staff.name)
        .outerjoin(
            Staff,
            (Staff.tenant_id == AuditEntry.tenant_id) & (Staff.id == AuditEntry.subject_id),
        )
        .where(
            AuditEntry.tenant_id == bank_id(db),
            AuditEntry.id >= oldest,
            AuditEntry.event == "login.refused",
        )
    )
    rows = await db.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [(row[0], row[1] or "") for row in rows]


async def check_own_password(db: Read, new: str, *, by: Staff) -> None:
    """Refuse a new password that is weak for this person; raises Invalid (`password`).

    Asked before the old one is judged: whoever only chose badly has not tried to get in.
    """
    known = await queries.staff(db, by.id)
    words = await words_of(db, login=known.login, name=known.name, phone=known.phone)
    passwords.check_strength(new, names=words)
