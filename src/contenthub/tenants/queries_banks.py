"""Reads of a bank as a whole: what it uses, how its settings came to be, how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.db import Read, TenantId, Write
from contenthub.tenants import bankbrand, quotas
from contenthub.tenants.models import AuditEntry, Bank, Counter, Staff
from contenthub.tenants.sealing import bank_id

HISTORY = ("bank.settings_changed", "bank.brand_changed", "bank.quotas_changed")
COUNTED_STATES = ("active", "leave")
"""Accounts that count against the quota; a disabled or resigned one gives its place back."""


@dataclass(frozen=True, slots=True)
class Brand:
    """How a bank looks to somebody who is not signed in: public, like its sign above the door."""

    slug: str
    name: str
    logo_key: str
    colour_main: str
    colour_accent: str

    @property
    def version(self) -> str:
        """A name of this look for URLs: another one whenever it changes."""
        return bankbrand.version(self.logo_key, self.colour_main, self.colour_accent)


def brand_of(bank: Bank) -> Brand:
    """Return the look of a bank."""
    return Brand(bank.slug, bank.name, bank.logo_key, bank.colour_main, bank.colour_accent)


async def find_bank_state(session: AsyncSession, slug: str) -> tuple[TenantId, str] | None:
    """Return the id and state of the bank with this slug, whatever its state; None without one."""
    rows = await session.execute(
        text("select bank_id, bank_state from find_bank(:s)"), {"s": slug.strip().lower()}
    )
    row = rows.one_or_none()
    return None if row is None else (TenantId(row.bank_id), row.bank_state)


async def staff_used(db: Read) -> int:
    """Return how many accounts count against the bank's quota."""
    found = await db.scalar(
        select(func.count())
        .select_from(Staff)
        .where(
            Staff.tenant_id == bank_id(db),
            Staff.state.in_(COUNTED_STATES),
            Staff.operator_id.is_(None),
        )
    )
    return int(found or 0)


async def customers_used(db: Read) -> int:
    """Return how many customers the bank has."""
    found = await db.scalar(
        text("select count(*) from customers where tenant_id = :t"), {"t": bank_id(db)}
    )
    return int(found or 0)


STORED = """
b.stored_bytes + b.stored_added_bytes + (select coalesce(sum(a.size_bytes), 0) from assets a
  where a.tenant_id = b.id and (b.stored_at is null or a.created_at > b.stored_at))
+ (select coalesce(sum(u.size_bytes), 0) from asset_uploads u
  where u.tenant_id = b.id and u.state = 'open' and u.expires_at > now())
"""
"""SQL of what a bank `b` keeps: as last measured, what came since, and what is on its way."""


async def added_since_measured(db: Read) -> int:
    """Return the bytes that photos and imports took since the store was last measured."""
    bank = await db.get_one(Bank, bank_id(db))
    return bank.stored_added_bytes


async def storage_used(db: Read) -> int:
    """Return the bytes of everything the bank keeps in the store, as jobs_store measures it."""
    found = await db.scalar(
        text(f"select {STORED} from banks b where b.id = :t"),  # noqa: S608  # our own words
        {"t": bank_id(db)},
    )
    return int(found or 0)


_PUSHES_OF_DAY = """
select count(*) from pushes p join banks b on b.id = p.tenant_id
where p.tenant_id = :t and p.state not in ('draft', 'returned', 'cancelled')
  and (p.fire_at at time zone b.zone)::date = (cast(:at as timestamptz) at time zone b.zone)::date
"""


async def pushes_of_day(db: Read, at: object) -> int:
    """Return how many pushes are asked for on the bank's own day that `at` lies in."""
    found = await db.scalar(text(_PUSHES_OF_DAY), {"t": bank_id(db), "at": at})
    return int(found or 0)


async def uses(db: Read, bank: Bank, *, at: object) -> list[quotas.Use]:
    """Return the use of every quota that can be counted; requests a minute cannot."""
    used = {
        "staff": await staff_used(db),
        "customers": await customers_used(db),
        "storage_bytes": await storage_used(db),
        "pushes_a_day": await pushes_of_day(db, at),
    }
    return quotas.uses(used, bank.quotas)


async def check_customers(db: Read, adding: int) -> None:
    """Refuse `adding` customers that the bank's quota does not hold; raises QuotaReached.

    Rows are only counted when they might not fit: numbers given out so far are never fewer.
    """
    held = (await db.get_one(Bank, bank_id(db))).quotas
    given = await db.scalar(
        select(Counter.last_no).where(Counter.tenant_id == bank_id(db), Counter.name == "customer")
    )
    if (given or 0) + adding > quotas.limits(held)["customers"]:
        used = await customers_used(db)
        quotas.check("customers", used=used, adding=adding, quotas=held)


async def lock_quotas(db: Write) -> dict[str, Any]:
    """Return the bank's own quotas; until this transaction ends nobody else counts against them.

    Two at once would both find the last place free. Rows that only refer to the bank are still
    written meanwhile (FOR NO KEY UPDATE).
    """
    bank = select(Bank).where(Bank.id == bank_id(db)).with_for_update(key_share=True)
    return (await db.scalars(bank)).one().quotas


async def check_staff(db: Write, adding: int = 1) -> None:
    """Refuse accounts that the bank's quota does not hold; raises QuotaReached."""
    held = await lock_quotas(db)
    quotas.check("staff", used=await staff_used(db), adding=adding, quotas=held)


async def check_storage(db: Read, adding: int) -> None:
    """Refuse bytes that the bank's quota does not hold; raises QuotaReached."""
    held = (await db.get_one(Bank, bank_id(db))).quotas
    quotas.check("storage_bytes", used=await storage_used(db), adding=adding, quotas=held)


async def check_pushes(db: Write, fire_at: object) -> None:
    """Refuse one more push on the day of `fire_at`; raises QuotaReached."""
    held = await lock_quotas(db)
    used = await pushes_of_day(db, fire_at)
    quotas.check("pushes_a_day", used=used, adding=1, quotas=held)


async def history(db: Read, *, limit: int = 20) -> Sequence[AuditEntry]:
    """Return the newest changes of the bank's settings, brand and quotas."""
    rows = await db.scalars(
        select(AuditEntry)
        .where(AuditEntry.tenant_id == bank_id(db), AuditEntry.event.in_(HISTORY))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return rows.all()
