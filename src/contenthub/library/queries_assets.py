"""Reads of files: the list with its filters, what they take, where each is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text, tuple_

from contenthub.db import Platform, Read
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import filesorts
from contenthub.library.models import Asset
from contenthub.library.models_assets import AssetCollection, AssetUpload, AssetUse
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id

USES = ("used", "unused")


class AssetNotReady(Conflict):
    """A virus scanner has not looked at a file yet, or found something in it."""

    code = "asset_not_ready"
    title = "文件还不能使用"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files are asked for; what is empty asks for all."""

    q: str = ""
    kind: str = ""
    use: str = ""
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A file in the list, and how many wordings, designs and kits name it."""

    asset: Asset
    uses: int


@dataclass(frozen=True, slots=True)
class Total:
    """How many files of one sort the bank has, and what they take."""

    kind: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a file is used; `places` are cover, body, layers, kit or names of fields."""

    kind: str
    subject_id: UUID
    title: str
    note: str
    state: str
    places: tuple[str, ...]
    versions: tuple[int, ...]


async def assets(
    db: Read, wanted: Filter, *, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[Line]:
    """Return files, newest first, from after a place in the list."""
    counted = (
        select(func.count())
        .select_from(AssetUse)
        .where(AssetUse.tenant_id == Asset.tenant_id, AssetUse.asset_id == Asset.id)
        .correlate(Asset)
        .scalar_subquery()
    )
    rows = select(Asset, counted).where(*_matching(db, wanted))
    if after is not None:
        rows = rows.where(tuple_(Asset.created_at, Asset.id) < after)
    rows = rows.order_by(Asset.created_at.desc(), Asset.id.desc()).limit(limit)
    return [Line(asset, count) for asset, count in (await db.execute(rows)).all()]


async def count(db: Read, wanted: Filter) -> int:
    """Return how many files a filter finds."""
    rows = select(func.count()).select_from(Asset).where(*_matching(db, wanted))
    return int(await db.scalar(rows) or 0)


def _matching(db: Read, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Asset.tenant_id == bank_id(db)]
    found.append(Asset.deleted_at.is_not(None) if wanted.is_deleted else Asset.deleted_at.is_(None))
    if wanted.q:
        said = wanted.q.translate({ord(c): f"\\{c}" for c in "\\%_"})
        found.append(or_(Asset.filename.ilike(f"%{said}%"), Asset.alt_text.ilike(f"%{said}%")))
    if wanted.kind:
        mimes = [sort.mime for sort in filesorts.SORTS.values() if sort.kind == wanted.kind]
        found.append(Asset.mime.in_(mimes))
    if wanted.use:
        found.append(_is_named() if wanted.use == "used" else ~_is_named())
    return found


async def totals(db: Read) -> list[Total]:
    """Return what each sort of files takes, in the order clerks see them."""
    rows = (
        select(Asset.mime, func.count(), func.coalesce(func.sum(Asset.size_bytes), 0))
        .where(Asset.tenant_id == bank_id(db), Asset.deleted_at.is_(None))
        .group_by(Asset.mime)
    )
    found = (await db.execute(rows)).all()
    return [
        Total(
            kind,
            sum(files for mime, files, _ in found if filesorts.kind_of(mime) == kind),
            int(sum(size for mime, _, size in found if filesorts.kind_of(mime) == kind)),
        )
        for kind in filesorts.KINDS
    ]


# Designs and kits belong to rooms above: their tables are read by name, as an archive does.
_USES = """
select 'item' as kind, i.id, i.title, i.code as note, i.state,
  array_agg(distinct u.place) as places, array_agg(distinct r.no) as versions
from asset_uses u
join revisions r on r.tenant_id = u.tenant_id and r.id = u.subject_id
join items i on i.tenant_id = r.tenant_id and i.id = r.item_id
where u.tenant_id = :bank and u.asset_id = :asset and u.subject_kind = 'revision'
group by i.id, i.title, i.code, i.state
union all
select 'template', t.id, t.title, t.code, t.state,
  array_agg(distinct u.place), array_agg(distinct r.no)
from asset_uses u
join template_revisions r on r.tenant_id = u.tenant_id and r.id = u.subject_id
join poster_templates t on t.tenant_id = r.tenant_id and t.id = r.template_id
where u.tenant_id = :bank and u.asset_id = :asset and u.subject_kind = 'template'
group by t.id, t.title, t.code, t.state
union all
select 'kit', k.id, k.name, '', k.state,
  array_agg(distinct u.place), array_agg(distinct split_part(u.version, '/', 2)::int)
from asset_uses u
join kits k on k.tenant_id = u.tenant_id and k.id::text = split_part(u.version, '/', 1)
where u.tenant_id = :bank and u.asset_id = :asset and u.subject_kind = 'kit'
group by k.id, k.name, k.state
order by 1, 3, 2
"""


async def uses_of(db: Read, asset_id: UUID) -> list[Use]:
    """Return every item, poster template and kit that names a file, old versions included."""
    rows = await db.execute(text(_USES), {"bank": bank_id(db), "asset": asset_id})
    return [
        Use(kind, subject, title, note, state, tuple(sorted(places)), tuple(sorted(versions)))
        for kind, subject, title, note, state, places, versions in rows
    ]


async def upload(db: Read, upload_id: UUID, *, by: UUID, lock: bool = False) -> AssetUpload:
    """Return an upload that a person began.

    Raises:
        NotFound: nobody's, or somebody else's.
    """
    rows: Select[Any] = select(AssetUpload).where(
        AssetUpload.tenant_id == bank_id(db),
        AssetUpload.id == upload_id,
        AssetUpload.created_by == by,
    )
    found: AssetUpload | None = await db.scalar(rows.with_for_update() if lock else rows)
    if found is None:
        raise NotFound("没有找到这次上传，请重新选择文件")
    return found


async def any_upload(db: Read, upload_id: UUID) -> AssetUpload:
    """Return an upload of the bank, whoever began it; raises NotFound."""
    found = await db.get(AssetUpload, (bank_id(db), upload_id))
    if found is None:
        raise NotFound("没有找到这次上传，请重新选择文件")
    return found


def require_ready(asset: Asset) -> None:
    """Raise AssetNotReady for a file that no scanner has found clean yet."""
    if asset.scan == "waiting":
        raise AssetNotReady(f"“{asset.filename}”正在扫描病毒，扫描通过后就能使用，请稍后再试")
    if asset.scan == "infected":
        raise AssetNotReady(
            f"“{asset.filename}”查出病毒（{asset.scan_note}），请删除并检查来源电脑"
        )


async def picture(db: Read, asset_id: UUID) -> Asset:
    """Return one of the bank's pictures that may be used now.

    Raises:
        Invalid (`asset_id`): not there, or no picture. AssetNotReady.
    """
    found = await db.get(Asset, (bank_id(db), asset_id))
    if found is None or found.deleted_at is not None:
        raise Invalid.of("asset_id", "没有找到这张图片，可能已删除，请重新选择或上传")
    if not found.mime.startswith("image/"):
        raise Invalid.of("asset_id", f"“{found.filename}”不是图片，请选择 JPG、PNG 或 WEBP 图片")
    require_ready(found)
    return found


async def by_keys(db: Read, keys: Sequence[str]) -> set[str]:
    """Return which of some places in the store a file or an upload of the bank owns."""
    owned: set[str] = set()
    for column in (Asset.storage_key, Asset.thumb_key):
        table = select(column).where(Asset.tenant_id == bank_id(db), column.in_(keys))
        owned |= set((await db.scalars(table)).all())
    open_ones = select(AssetUpload.storage_key).where(
        AssetUpload.tenant_id == bank_id(db),
        AssetUpload.storage_key.in_(keys),
        AssetUpload.state == "open",
    )
    return owned | set((await db.scalars(open_ones)).all())


async def unused(
    db: Read, *, before: datetime, limit: int = 10_000, lock: bool = False
) -> Sequence[Asset]:
    """Return files that came before a day and that nothing names, the oldest first."""
    rows = select(Asset).where(
        Asset.tenant_id == bank_id(db),
        Asset.deleted_at.is_(None),
        Asset.created_at < before,
        ~_is_named(),
    )
    return await _some(db, rows.order_by(Asset.created_at), limit=limit, lock=lock)


async def deleted(
    db: Read, *, before: datetime, limit: int = 10_000, lock: bool = False
) -> Sequence[Asset]:
    """Return files that lie in the waste basket since before a day and that nothing names."""
    rows = select(Asset).where(
        Asset.tenant_id == bank_id(db), Asset.deleted_at < before, ~_is_named()
    )
    return await _some(db, rows.order_by(Asset.deleted_at), limit=limit, lock=lock)


def _is_named() -> ColumnElement[bool]:
    return exists().where(
        and_(AssetUse.tenant_id == Asset.tenant_id, AssetUse.asset_id == Asset.id)
    )


async def _some(db: Read, rows: Select[Any], *, limit: int, lock: bool) -> Sequence[Asset]:
    # A wording that names one meanwhile needs a lock on it, and waits for this one.
    rows = rows.limit(limit)
    found: Sequence[Asset] = (
        await db.scalars(rows.with_for_update(skip_locked=True) if lock else rows)
    ).all()
    return found


async def collection(db: Read) -> AssetCollection | None:
    """Return when the bank was last cleared of unused files; None if never."""
    return await db.get(AssetCollection, bank_id(db))


async def names(db: Read, asset_ids: Sequence[UUID]) -> dict[str, str]:
    """Return the names of some files by id; what does not exist is left out."""
    if not asset_ids:
        return {}
    rows = select(Asset.id, Asset.filename).where(
        Asset.tenant_id == bank_id(db), Asset.id.in_(asset_ids)
    )
    return {str(asset): name for asset, name in (await db.execute(rows)).all()}


async def waiting_for_scan(db: Platform, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return (bank, file) of every file that is to be scanned now."""
    rows = (
        select(Asset.tenant_id, Asset.id)
        .where(Asset.scan == "waiting", Asset.scan_after <= now)
        .limit(200)
    )
    return [(bank, asset) for bank, asset in (await db.execute(rows)).all()]


async def not_collected(db: Platform, before: datetime, *, limit: int = 20) -> list[UUID]:
    """Return some banks that were last cleared before an instant, or never."""
    rows = (
        select(Bank.id)
        .outerjoin(AssetCollection, AssetCollection.tenant_id == Bank.id)
        .where(
            Bank.state == "active",
            or_(AssetCollection.collected_at.is_(None), AssetCollection.collected_at < before),
        )
        .limit(limit)
    )
    return list((await db.scalars(rows)).all())
