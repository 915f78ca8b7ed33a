"""The block of an item as its author sees it before anybody else does: the same template."""

from typing import Any

from markupsafe import Markup

from contenthub.db import Read
from contenthub.library import bodytext, messagetext, queries, queries_fields
from contenthub.library.models import Item, Revision
from contenthub.sharing.window import places
from contenthub.tenants.models import Bank
from contenthub.web.landing.words import item_values, related_values

_LOST = "<em>〔这里的图片已不在素材文件里，客户看不到，请重新上传或从素材文件选择〕</em>"


async def preview_values(db: Read, item: Item, revision: Revision, *, bank: Bank) -> dict[str, Any]:
    """Return what `landing/_item.html` needs for a wording that nobody shares; no button works."""
    named = await queries_fields.related(db, revision)
    current = [
        await queries.revision(db, other.live_revision_id) if other.live_revision_id else None
        for _, other in named
    ]
    files = await queries_fields.files_of(db, revision)
    body = bodytext.shown(
        revision.body,
        _sample(bank, revision.title),
        pictures=await queries_fields.pictures(db, revision.body),
        lost=_LOST,
    )
    return {
        **item_values(revision, bank=bank, code=item.code),
        "item": item,
        "left": places(revision.fields),
        "cover_url": f"/assets/{revision.cover_asset_id}" if revision.cover_asset_id else "",
        "cover_alt": await queries_fields.cover_alt(db, revision),
        "body": Markup(body),  # noqa: S704  # cleaned by nh3
        "files": [
            {
                "label": spec.label,
                "mime": asset.mime,
                "name": asset.filename,
                "url": f"/assets/{asset.id}",
            }
            for spec, asset in files
        ],
        "related": [
            related_values(spec.label, other, shown)
            for (spec, other), shown in zip(named, current, strict=True)
        ],
        "related_url": "",
    }


def _sample(bank: Bank, title: str) -> dict[str, str]:
    """Return what stands for the variables while nobody shares the item yet."""
    somebody = ("〔客户经理姓名〕", "〔职务〕", "〔网点〕", "〔电话〕")
    return messagetext.values_of(
        bank=bank.name, hotline=bank.hotline, employee=somebody, item_title=title
    )
