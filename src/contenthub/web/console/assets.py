"""/assets/{id}: a picture as an item's body names it, for signed-in people."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from contenthub.library import queries
from contenthub.web.api.assets import picture_of
from contenthub.web.deps import Db, TheHouse
from contenthub.web.signin import May


@get("/assets/{asset_id:uuid}", guards=[May("library.view")], include_in_schema=False)
async def show_picture(asset_id: FromPath[UUID], db: Db, house: TheHouse) -> Response[bytes]:
    """Return a picture of the own bank."""
    return await picture_of(house, await queries.asset(db, asset_id))


HANDLERS = [show_picture]
