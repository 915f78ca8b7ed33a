"""Writes of the wordings that customers agree to and refuse by: added, and never changed."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import consenttexts
from contenthub.customers.models_texts import ConsentText
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def add_text(
    db: Write, version: str, wording: str, *, by: Staff, at: datetime
) -> ConsentText:
    """Keep a wording of the bank's own under a version of its own.

    Raises:
        Invalid: no version or one that is taken, no wording or one too long.
    """
    version, wording = consenttexts.clean_version(version), consenttexts.clean_wording(wording)
    if not await _keep(db, version, wording, by=by, at=at):
        raise Invalid.of("version", f"“{version}”已经有了，不能修改；改过的文本请另起一个版本")
    sha256 = consenttexts.fingerprint(wording)
    tenants.record(
        db, "consent_text.added", "consent_text", None, by=by, at=at, name=version, sha256=sha256
    )
    return await db.get_one(ConsentText, (bank_id(db), version))


async def keep_page_text(db: Write, version: str, wording: str, *, at: datetime) -> None:
    """Keep what a page of ours says, the first time somebody acts on it; harmless when kept."""
    await _keep(db, version, wording, by=None, at=at)


async def _keep(db: Write, version: str, wording: str, *, by: Staff | None, at: datetime) -> bool:
    made = await db.execute(
        insert(ConsentText)
        .values(
            tenant_id=bank_id(db),
            version=version,
            wording=wording,
            sha256=consenttexts.fingerprint(wording),
            created_by=by.id if by else None,
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ConsentText.version)
    )
    return made.first() is not None
