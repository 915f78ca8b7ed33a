"""Writes that start an item from another one."""

from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.library import kinds, queries, review
from contenthub.library.actions import Draft, write_item
from contenthub.library.models import Item, Revision
from contenthub.tenants.models import Staff

_COPY = "（副本）"


async def copy_item(db: Write, item_id: UUID, *, by: Staff, at: datetime) -> tuple[Item, Revision]:
    """Start a new item with the newest wording of another; its validity is not copied."""
    item = await queries.item(db, item_id)
    if item.working_revision_id is None:
        raise review.WrongStep("这条内容没有可复制的版本")
    shown = await queries.revision(db, item.working_revision_id)
    title = shown.title.removesuffix(_COPY)[: kinds.TITLE_MAX_CHARS - len(_COPY)] + _COPY
    draft = Draft(
        kind=shown.kind,
        topic=shown.topic,
        title=title,
        fields=shown.fields,
        body=shown.body,
        cover_asset_id=shown.cover_asset_id,
    )
    return await write_item(db, draft, by=by, at=at)
