"""Reads of banks' own typefaces."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, cast, select

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.posters.layers import DisclosureLayer, TextLayer, walk
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.models_fonts import PosterFont
from contenthub.posters.template import Template
from contenthub.tenants.sealing import bank_id


async def fonts(db: Read, *, state: str = "") -> Sequence[PosterFont]:
    """Return the bank's faces by name, all or those of a state."""
    query = select(PosterFont).where(PosterFont.tenant_id == bank_id(db))
    if state:
        query = query.where(PosterFont.state == state)
    rows = await db.scalars(query.order_by(PosterFont.family, PosterFont.weight, PosterFont.id))
    return rows.all()


async def font(db: Read, font_id: UUID, *, lock: bool = False) -> PosterFont:
    """Return one face; raises NotFound."""
    found = await db.get(PosterFont, (bank_id(db), font_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个字体")
    return found


async def font_by_sha256(db: Read, sha256: str) -> PosterFont | None:
    """Return the bank's face of a content, or None."""
    found: PosterFont | None = await db.scalar(
        select(PosterFont).where(PosterFont.tenant_id == bank_id(db), PosterFont.sha256 == sha256)
    )
    return found


def own_faces(design: Template) -> dict[str, str]:
    """Return the keys of banks' own faces in a design, each with a field that names it."""
    return {
        layer.font: f"{path}.font"
        for path, layer in reversed(list(walk(design.layers)))
        if isinstance(layer, TextLayer | DisclosureLayer) and len(layer.font) == 64
    }


async def keys_of(db: Read, design: Template) -> dict[str, str]:
    """Return where a design's own faces lie in the store, by key; unknown ones are left out."""
    wanted = own_faces(design)
    if not wanted:
        return {}
    rows = await db.execute(
        select(PosterFont.sha256, PosterFont.storage_key).where(
            PosterFont.tenant_id == bank_id(db), PosterFont.sha256.in_(wanted)
        )
    )
    return {row[0]: row[1] for row in rows}


async def spares(db: Read) -> dict[str, str]:
    """Return the bank's usable faces, oldest first, each with where it lies in the store.

    In this order they draw what other faces lack: a new one changes no poster that was drawn.
    """
    rows = await db.execute(
        select(PosterFont.sha256, PosterFont.storage_key)
        .where(PosterFont.tenant_id == bank_id(db), PosterFont.state == "usable")
        .order_by(PosterFont.created_at, PosterFont.id)
    )
    return {row[0]: row[1] for row in rows}


async def require_usable(db: Read, design: Template) -> None:
    """Do nothing for a design whose faces the bank may use; raises Invalid naming layer and fix."""
    wrong = {}
    for face, field in own_faces(design).items():
        found = await font_by_sha256(db, face)
        if found is None:
            wrong[field] = "这个字体没有上传到本行字体库，请先上传，或换一种字体"
        elif found.state == "recalled":
            wrong[field] = f"字体“{found.called}”已停用（{found.recall_reason}），请换一种字体"
    if wrong:
        raise Invalid(fields=wrong)


async def used_by(db: Read, face: str) -> Sequence[tuple[PosterTemplate, TemplateRevision]]:
    """Return the posters whose live or newest revision shows a face, latest change first."""
    rows = await db.execute(
        select(PosterTemplate, TemplateRevision)
        .join(
            TemplateRevision,
            (TemplateRevision.tenant_id == PosterTemplate.tenant_id)
            & (
                (TemplateRevision.id == PosterTemplate.live_revision_id)
                | (TemplateRevision.id == PosterTemplate.working_revision_id)
            ),
        )
        .where(
            PosterTemplate.tenant_id == bank_id(db),
            # Only keys are hashes: 64 digits of hex are found in no text of a bank.
            cast(TemplateRevision.layers, String).contains(f'"{face}"', autoescape=True),
        )
        .order_by(PosterTemplate.updated_at.desc(), TemplateRevision.no.desc())
    )
    return [(row[0], row[1]) for row in rows]
