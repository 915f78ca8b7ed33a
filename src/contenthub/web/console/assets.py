"""/assets/{id}: a picture as an item's body names it, for signed-in people."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from contenthub.library import queries, queries_assets
from contenthub.web.api.assets import FOR_EVER
from contenthub.web.deps import TheHouse
from contenthub.web.files import file_answer
from contenthub.web.signin import May, principal_of


@get("/assets/{asset_id:uuid}", guards=[May("library.view")], include_in_schema=False)
async def show_file(
    request: Request[Any, Any, Any], asset_id: FromPath[UUID], house: TheHouse
) -> Response[Any]:
    """Return a file of the own bank, or the part that a player asks for."""
    async with house.database.reading(principal_of(request).tenant) as db:
        asset = await queries.asset(db, asset_id)
    return await file_answer(request, house, asset, FOR_EVER)


@get("/assets/{asset_id:uuid}/thumb", guards=[May("library.view")], include_in_schema=False)
async def show_thumb(
    request: Request[Any, Any, Any], asset_id: FromPath[UUID], house: TheHouse
) -> Response[Any]:
    """Return a small JPEG of a picture; one of before there were any is shown whole."""
    async with house.database.reading(principal_of(request).tenant) as db:
        asset = await queries.asset(db, asset_id)
    if not asset.thumb_key:
        return await file_answer(request, house, asset, FOR_EVER)
    queries_assets.require_ready(asset)
    data = await house.storage.get(asset.thumb_key)
    return Response(data, media_type="image/jpeg", headers=FOR_EVER)


HANDLERS = [show_file, show_thumb]
