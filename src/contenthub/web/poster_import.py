"""A designer's picture on its way to a poster: kept, looked at, and a draft with the rest on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar.datastructures import UploadFile

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import disclosing, queries_assets, queries_lists, queries_shareable
from contenthub.library import queries as library
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Asset, Item
from contenthub.posters import actions, importing, studio
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.sizes import SIZES
from contenthub.web.house import House
from contenthub.web.picture_uploads import keep_picture
from contenthub.web.signin import Principal

OFFERED = tuple(code for code in SIZES if code != "card")
"""A name card has no room for the block, and a starter of its own."""
ITEMS_NAMED = 5
"""Items a refusal names; all of them are at GET /api/v1/items."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a person decides about an import; an empty size is the one of the picture's form."""

    item_id: UUID | None
    size: str = ""
    fit: str = "middle"
    title: str = ""


async def import_picture(  # a file, or one that the bank has
    house: House,
    who: Principal,
    wanted: Import,
    *,
    file: UploadFile | None,
    asset_id: UUID | None,
    at: datetime,
) -> tuple[PosterTemplate, TemplateRevision]:
    """Return a new draft of an item: the picture, the employee's block, the mandatory lines.

    Raises:
        Invalid: no picture (`file`), an unknown `size` or `fit`, an item that may have no
        poster (`item_id`); as picture_uploads.store_upload. NotFound: no such item or file.
    """
    if wanted.size and wanted.size not in OFFERED:
        raise Invalid.of("size", f"尺寸只能是：{'、'.join(OFFERED)}，或留空按图片比例自动选择")
    if wanted.fit not in importing.FITS:
        raise Invalid.of("fit", f"裁切方式只能是：{'、'.join(importing.FITS)}")
    async with house.database.reading(who.tenant) as db:
        item = await _item(db, wanted.item_id)
        if why := await actions.why_none(db, item):
            raise Invalid.of("item_id", why)
        known = await queries_assets.picture(db, asset_id) if asset_id else None
    asset = known or await _uploaded(house, who, file, at=at)
    size = wanted.size or importing.best_size(asset.width_px, asset.height_px)
    data = await house.storage.get(asset.storage_key)
    look = await studio.look_at(data, size=size, fit=wanted.fit)
    async with house.database.unit_of_work(who.tenant) as db:
        bound = await actions.bound_revision(db, item.id)
        others = queries_shareable.others_of(bound)
        design = importing.imported(
            asset.sha256,
            size,
            crop=importing.cut_to(asset.width_px, asset.height_px, size, wanted.fit),
            look=look,
            lines=disclosing.poster_lines(bound.kind, bound.topic, others=others),
        )
        draft = TemplateDraft(wanted.title or item.title, item.id, importing.as_json(design))
        return await actions.write_template(db, draft, by=who.staff, at=at)


async def _item(db: Read, item_id: UUID | None) -> Item:
    """Return the item a poster is to be of; without one, the refusal names some to choose from."""
    if item_id is not None:
        return await library.item(db, item_id)
    newest = await queries_lists.items(db, Filter(), limit=ITEMS_NAMED)
    offered = [f"{one.title} {one.id}" for one in newest if not actions.why_no_poster(one)]
    named = f"最近的有：{'；'.join(offered)}" if offered else "本行还没有可以做海报的内容"
    raise Invalid.of("item_id", f"海报的提示语和二维码由内容决定，请填内容的编号（id）。{named}")


async def _uploaded(
    house: House, who: Principal, file: UploadFile | None, *, at: datetime
) -> Asset:
    if file is None or not file.filename:
        raise Invalid.of("file", "请先选择设计公司交付的图片（JPG、PNG 或 WEBP），或从素材文件选择")
    return await keep_picture(house, who, file, at=at)
