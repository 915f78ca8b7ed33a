"""POST /assets, GET /assets/{id}: pictures of the bank."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from contenthub.library import actions_assets, queries
from contenthub.library.models import Asset
from contenthub.web.deps import Db, Now, TheHouse
from contenthub.web.house import House
from contenthub.web.idempotency import Once
from contenthub.web.picture_uploads import read_upload, store_upload
from contenthub.web.signin import May, principal_of

_FOR_EVER = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class AssetView(msgspec.Struct):
    """A picture as kept: encoded anew, upright, sRGB, without metadata."""

    id: UUID
    sha256: str
    mime: str
    width_px: int
    height_px: int
    bytes: int
    url: str


def asset_view(asset: Asset) -> AssetView:
    """Return what the API shows of a picture; `url` is how an item's body names it."""
    return AssetView(
        id=asset.id,
        sha256=asset.sha256,
        mime=asset.mime,
        width_px=asset.width_px,
        height_px=asset.height_px,
        bytes=asset.size_bytes,
        url=f"/assets/{asset.id}",
    )


async def picture_of(house: House, asset: Asset) -> Response[bytes]:
    """Return a picture's bytes; an id always means the same bytes, so it is kept for ever."""
    data = await house.storage.get(asset.storage_key)
    headers = {**_FOR_EVER, "ETag": f'"{asset.sha256}"'}
    return Response(data, media_type=asset.mime, headers=headers)


class AssetForm(msgspec.Struct):
    """The upload: one picture of at most 10 MB."""

    file: UploadFile


@post(
    "/assets",
    guards=[May("library.write")],
    summary="上传图片",
    tags=["library"],
    opt={"idempotent": True},
)
async def upload_asset(
    request: Request,  # type: ignore[type-arg]  # any request
    data: Annotated[AssetForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    house: TheHouse,
    now: Now,
) -> AssetView:
    """Keep a picture; the same content comes back with the same id."""
    who, picture = principal_of(request), await read_upload(data.file)
    once = Once(request, data.file.filename.encode(), picture)
    await once.replay()
    stored = await store_upload(house, who, picture, filename=data.file.filename)
    async with house.database.unit_of_work(who.tenant) as db:
        await once.claim(db)
        made = asset_view(await actions_assets.keep_asset(db, stored, by=who.staff, at=now))
        await once.keep(db, made)
        return made


@get(
    "/assets/{asset_id:uuid}",
    guards=[May("library.view")],
    summary="图片",
    tags=["library"],
    opt={"files": ("image/jpeg", "image/png", "image/webp")},
)
async def show_asset(asset_id: FromPath[UUID], db: Db, house: TheHouse) -> Response[bytes]:
    """Return a picture of the own bank."""
    return await picture_of(house, await queries.asset(db, asset_id))


HANDLERS = [Router("/api/v1", route_handlers=[upload_asset, show_asset])]
