"""Reads of the wordings that customers agreed to and refused by."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, union_all

from contenthub.customers.models import Consent, Refusal
from contenthub.customers.models_texts import ConsentText
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants.sealing import bank_id

WHERE = "管理 → 告知文本"


async def texts(db: Read) -> Sequence[ConsentText]:
    """Return every wording of the bank: its own before those of pages, the newest first."""
    rows = await db.scalars(
        select(ConsentText)
        .where(ConsentText.tenant_id == bank_id(db))
        .order_by(
            ConsentText.created_by.is_(None), ConsentText.created_at.desc(), ConsentText.version
        )
    )
    return rows.all()


async def own_versions(db: Read) -> list[str]:
    """Return the versions of the bank's own wordings, the newest first."""
    rows = await db.scalars(
        select(ConsentText.version)
        .where(ConsentText.tenant_id == bank_id(db), ConsentText.created_by.is_not(None))
        .order_by(ConsentText.created_at.desc(), ConsentText.version)
    )
    return list(rows)


async def named(db: Read, versions: Collection[str]) -> dict[str, ConsentText]:
    """Return those of some versions whose wording is kept."""
    rows = await db.scalars(
        select(ConsentText).where(
            ConsentText.tenant_id == bank_id(db), ConsentText.version.in_(versions)
        )
    )
    return {one.version: one for one in rows}


async def check_own(db: Read, version: str, *, field: str = "text_version") -> str:
    """Return a version of the bank's own wordings as it is kept.

    Raises:
        Invalid: the bank has no such wording; the message names what there is and where to add.
    """
    known = await own_versions(db)
    if version.strip() in known:
        return version.strip()
    have = f"现有：{'、'.join(known[:10])}；" if known else "现在还没有；"
    raise Invalid.of(field, f"没有这一版告知文本，{have}新文本请先在“{WHERE}”新增")


async def uses(db: Read) -> dict[str, int]:
    """Return how many consents and refusals that stand name each version."""
    both = union_all(
        *(
            select(model.text_version.label("version")).where(model.tenant_id == bank_id(db))
            for model in (Consent, Refusal)
        )
    ).subquery()
    rows = await db.execute(
        select(both.c.version, func.count()).where(both.c.version != "").group_by(both.c.version)
    )
    return {version: count for version, count in rows}
