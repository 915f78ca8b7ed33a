"""Published posters from our own disk: for a CDN that fetches from its origin, and for a demo.

With an S3 store the CDN reads the bucket, and nothing of this answers.
"""

import re

from litestar import Response, Router, get
from litestar.params import FromPath

from contenthub.errors import NotFound
from contenthub.storage_public import public_store_of
from contenthub.web.deps import TheHouse

_NAME = re.compile(r"[0-9a-f]{32}(-720)?\.jpg")
_BANK = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@get(
    "/{folder:str}/{name:str}",
    # No cookie of ours belongs on what a CDN keeps for everybody.
    opt={"public": True, "exclude_from_csrf": True},
    include_in_schema=False,
)
async def published_file(
    folder: FromPath[str], name: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return a published poster to whoever knows its name."""
    store = public_store_of(house.database.resources)
    known = _BANK.fullmatch(folder) and _NAME.fullmatch(name)
    if store is None or not store.is_served_by_us or not known:
        raise NotFound("没有找到这张图片")
    data = await store.get(f"{folder}/{name}")
    return Response(
        data,
        media_type="image/jpeg",
        headers={"Cache-Control": store.cache_control, "X-Content-Type-Options": "nosniff"},
    )


HANDLERS = [Router("/published", route_handlers=[published_file])]
