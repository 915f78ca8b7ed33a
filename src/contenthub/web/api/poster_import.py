"""POST /poster-templates/import: a designer's finished picture becomes a poster's draft."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from contenthub.web import poster_import
from contenthub.web.api.posters import TemplateView, view_of
from contenthub.web.console.poster_import import FORM_BYTES
from contenthub.web.deps import Now, TheHouse, keep_answer
from contenthub.web.poster_import import Import
from contenthub.web.signin import May, principal_of


class ImportBody(msgspec.Struct):
    """The picture as `file`, or one of the bank's own by `asset_id`; and where it goes.

    `size` is a code (moments, square, cover, a4, slide), empty for the one nearest to the
    picture's form; `fit` says what is kept where the forms differ: middle, top or bottom.
    A poster is always one of an item: without `item_id` the answer (422) names the newest ones.
    """

    item_id: UUID | None = None
    file: UploadFile | None = None
    asset_id: UUID | None = None
    size: str = ""
    fit: str = "middle"
    title: str = ""


@post(
    "/poster-templates/import",
    guards=[May("posters.write")],
    summary="导入设计好的背景图，生成海报草稿",
    tags=["posters"],
    request_max_body_size=FORM_BYTES,
)
async def import_background(
    request: Request[Any, Any, Any],
    data: Annotated[ImportBody, Body(media_type=RequestEncodingType.MULTI_PART)],
    house: TheHouse,
    now: Now,
) -> TemplateView:
    """Return a draft: the picture, the employee's block where least is hidden, the law's line."""
    made = await poster_import.import_picture(
        house,
        principal_of(request),
        Import(data.item_id, size=data.size, fit=data.fit, title=data.title),
        file=data.file,
        asset_id=data.asset_id,
        at=now,
    )
    return view_of(*made)


HANDLERS = [Router("/api/v1", route_handlers=[import_background], after_request=keep_answer)]
