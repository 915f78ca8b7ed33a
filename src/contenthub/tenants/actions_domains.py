"""Writes of a bank's own domain: claimed by the bank, confirmed or refused by an operator.

Nobody is served under a claim. Only the platform's role may enter a domain in the directory:
the database refuses it to the app's (migration 0019).
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Platform, Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import bankstates
from contenthub.tenants.actions_platform import bank_by_slug, tell
from contenthub.tenants.models import Bank, DirectoryEntry
from contenthub.tenants.models_security import Operator
from contenthub.tenants.sealing import settings_of

TAKEN = "这个域名已确认为另一家银行所有，请先核实归属，再由那家银行去掉"


async def claim(db: Write, bank: Bank, domain: str, *, at: datetime) -> dict[str, object]:
    """Return what a bank's wish for a domain changes in its row; it gives an old one up at once.

    An empty domain takes domain and claim away; the confirmed one itself takes a claim back.

    Raises:
        Invalid: the platform's own domain.
    """
    ours = settings_of(db).public_url.split("//")[-1].split("/")[0].split(":")[0]
    if domain and domain == ours:
        raise Invalid.of("domain", "这是平台自己的域名，请填写本行的域名，或留空")
    if not domain:
        await _give_up(db, bank)
        return {"domain": None, "domain_claimed": None, "domain_claimed_at": None}
    if domain == bank.domain:
        return {"domain_claimed": None, "domain_claimed_at": None, "domain_refused": ""}
    if domain == bank.domain_claimed:
        return {}
    return {"domain_claimed": domain, "domain_claimed_at": at, "domain_refused": ""}


async def confirm(
    db: Platform, slug: str, domain: str, *, by: Operator | None, at: datetime
) -> Bank:
    """Serve a bank under the domain it claimed, from now on; the one before is given up.

    Raises:
        Conflict: the bank claims another domain by now, or another bank has this one.
    """
    bank = await _claimant(db, slug, domain)
    await _give_up(db, bank)
    entered = await db.execute(
        insert(DirectoryEntry)
        .values(kind="domain", name=domain, bank_id=bank.id, target_id=bank.id)
        .on_conflict_do_nothing()
        .returning(DirectoryEntry.name)
    )
    if entered.first() is None:
        raise Conflict(TAKEN)
    before, bank.domain = bank.domain or "", domain
    bank.domain_claimed, bank.domain_claimed_at, bank.domain_refused = None, None, ""
    tell(db, "bank.domain_confirmed", bank, by=by, at=at, domain=domain, replaced=before)
    await db.flush()
    return bank


async def refuse(
    db: Platform, slug: str, domain: str, *, reason: str, by: Operator | None, at: datetime
) -> Bank:
    """Refuse the domain a bank claimed, with a reason that it reads.

    Raises:
        Conflict: the bank claims another domain by now. Invalid: no reason.
    """
    bank = await _claimant(db, slug, domain)
    bank.domain_refused = f"{domain}：{bankstates.checked_reason(reason)}"
    bank.domain_claimed, bank.domain_claimed_at = None, None
    tell(db, "bank.domain_refused", bank, by=by, at=at, domain=domain, reason=reason.strip())
    await db.flush()
    return bank


async def _claimant(db: Platform, slug: str, domain: str) -> Bank:
    bank = await bank_by_slug(db, slug, lock=True)
    if not domain or bank.domain_claimed != domain:
        raise Conflict("这家银行已改报别的域名或收回了申请，请刷新后再看")
    return bank


async def _give_up(db: Write | Platform, bank: Bank) -> None:
    await db.execute(
        delete(DirectoryEntry).where(
            DirectoryEntry.bank_id == bank.id, DirectoryEntry.kind == "domain"
        )
    )
