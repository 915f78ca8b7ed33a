"""导入背景图: a designer's picture becomes a poster; only the employee's block is ours to place."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromQuery, MultipartBody
from litestar.response import Template

from contenthub.library import queries as library
from contenthub.posters import actions, importing
from contenthub.posters.sizes import SIZES
from contenthub.web import poster_import
from contenthub.web.console.poster_editor import choose_item
from contenthub.web.deps import Db, Now, TheHouse
from contenthub.web.pages import go, page
from contenthub.web.poster_import import Import
from contenthub.web.push_form import uuid_of
from contenthub.web.signin import May, principal_of

HERE = "/console/posters/import"
FORM_BYTES = 12 * 1024 * 1024


@dataclass
class ImportForm:
    """The picture (sent, or one of the bank's files), and where it goes."""

    item_id: str = ""
    file: UploadFile | None = None
    asset_id: str = ""
    size: str = ""
    fit: str = "middle"


@get(HERE, guards=[May("posters.write")], include_in_schema=False)
async def import_page(
    request: Request[Any, Any, Any],
    db: Db,
    item_id: FromQuery[UUID | None] = None,
    q: FromQuery[str] = "",
) -> Template:
    """Show where the picture goes in, for an item; else the items to choose from."""
    item = await library.item(db, item_id) if item_id else None
    refused = await actions.why_none(db, item) if item else ""
    if item is None or refused:
        return await choose_item(request, db, item, here=HERE, q=q, refused=refused)
    return page(
        request,
        "console/poster_import.html",
        item=item,
        sizes=[(code, SIZES[code].title) for code in poster_import.OFFERED],
        fits=list(importing.FITS.items()),
    )


@post(
    HERE, guards=[May("posters.write")], include_in_schema=False, request_max_body_size=FORM_BYTES
)
async def send(
    request: Request[Any, Any, Any], data: MultipartBody[ImportForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Make the draft, and go on in the editor."""
    template, _ = await poster_import.import_picture(
        house,
        principal_of(request),
        Import(uuid_of(data.item_id, "item_id", "请先选择内容"), size=data.size, fit=data.fit),
        file=data.file,
        asset_id=uuid_of(data.asset_id, "asset_id", "请先选择图片") if data.asset_id else None,
        at=now,
    )
    return go(request, f"/console/posters/{template.id}/edit")


HANDLERS = [import_page, send]
