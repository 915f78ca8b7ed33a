"""Writes of banks' own typefaces: kept with the word of who said they are licensed, recalled."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from contenthub.db import TenantId, Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.library.filesorts import clean_filename
from contenthub.library.fontfile import FontFile
from contenthub.posters import queries_fonts
from contenthub.posters.actions_gone import end_template
from contenthub.posters.models_fonts import PosterFont
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_store
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

FONTS_MAX = 60
LICENCE_MAX_CHARS, REASON_MAX_CHARS = 300, 200


@dataclass(frozen=True, slots=True)
class StoredFont:
    """An accepted face whose bytes are in the store already."""

    file: FontFile
    sha256: str
    key: str
    filename: str


def require_licence(licence: str, *, is_licensed: bool) -> str:
    """Return the licence's words; raises Invalid while nobody has said that the bank holds it."""
    wrong = {}
    if not is_licensed:
        wrong["is_licensed"] = "请先勾选：本行已取得这个字体用于营销海报的授权"
    words = licence.strip()
    if not words or len(words) > LICENCE_MAX_CHARS:
        wrong["licence"] = (
            f"请写明授权来源，如合同编号或“厂商公布免费商用”，最多 {LICENCE_MAX_CHARS} 字"
        )
    if wrong:
        raise Invalid(fields=wrong)
    return words


async def store_font(
    storage: Storage, tenant: TenantId, file: FontFile, *, filename: str
) -> StoredFont:
    """Put an accepted face into the store, before the transaction that records it."""
    digest = sha256(file.data).hexdigest()
    key = f"{tenant}/fonts/{digest}-{new_id().hex}.{file.kind}"
    await storage.put(key, file.data, mime=f"font/{file.kind}")
    return StoredFont(file, digest, key, clean_filename(filename))


async def keep_font(
    db: Write, stored: StoredFont, *, licence: str, by: Staff, at: datetime
) -> PosterFont:
    """Return the record of a stored face, usable at once; a recalled one is usable again.

    Raises:
        Conflict: the bank has it, or has too many. QuotaReached.
    """
    file = stored.file
    known = await queries_fonts.font_by_sha256(db, stored.sha256)
    if known is not None and known.state == "usable":
        raise Conflict(f"本行已有这个字体：{known.called}，不用再上传")
    if known is not None:
        known.state, known.recall_reason, known.recalled_at = "usable", "", None
        known.licence, known.created_by, known.created_at = licence, by.id, at
        tenants.record(db, "font.uploaded", "font", known.id, by=by, at=at, licence=licence)
        return known
    if len(await queries_fonts.fonts(db)) >= FONTS_MAX:
        raise Conflict(f"本行已有 {FONTS_MAX} 个字体，不能再多了")
    await actions_store.take_room(db, len(file.data))
    made = PosterFont(
        tenant_id=bank_id(db),
        id=new_id(),
        sha256=stored.sha256,
        family=file.family,
        style=file.style,
        weight=file.weight,
        kind=file.kind,
        characters=file.characters,
        common_missing=file.common_missing,
        may_travel=file.may_travel,
        copyright=file.copyright,
        filename=stored.filename,
        size_bytes=len(file.data),
        storage_key=stored.key,
        licence=licence,
        created_by=by.id,
        created_at=at,
    )
    db.add(made)
    await db.flush()
    tenants.record(
        db, "font.uploaded", "font", made.id, by=by, at=at, licence=licence, sha256=made.sha256
    )
    return made


async def recall_font(
    db: Write, font_id: UUID, *, reason: str, by: Staff, at: datetime
) -> tuple[PosterFont, int]:
    """Stop a face: no design with it may be kept or approved, and its live posters end.

    Returns the face and how many posters ended. Raises Invalid (`reason`), Conflict.
    """
    words = reason.strip()
    if not words or len(words) > REASON_MAX_CHARS:
        raise Invalid.of("reason", f"请写明停用原因，如“授权到期”，最多 {REASON_MAX_CHARS} 字")
    found = await queries_fonts.font(db, font_id, lock=True)
    if found.state == "recalled":
        raise Conflict("这个字体已经停用")
    found.state, found.recall_reason, found.recalled_at = "recalled", words, at
    ended = 0
    for template, revision in await queries_fonts.used_by(db, found.sha256):
        if revision.id == template.live_revision_id:
            await end_template(db, template.id, "recall", at=at)
            ended += 1
    tenants.record(db, "font.recalled", "font", found.id, by=by, at=at, reason=words, ended=ended)
    return found, ended
