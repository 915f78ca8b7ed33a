"""Large files: an address for one PUT, the PUT itself where it comes to us, and the end."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, post, put
from litestar.params import FromPath, JSONBody

from contenthub.library import actions_asset_uploads, queries_assets
from contenthub.library.models_assets import AssetUpload
from contenthub.web import asset_uploads
from contenthub.web.api.assets import Alt, AssetView, asset_view
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.signin import May, principal_of

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300, examples=["惠民贷宣传片.mp4"])]
Size = Annotated[int, msgspec.Meta(ge=0, le=10**12, examples=[52_428_800])]


class UploadBody(msgspec.Struct, forbid_unknown_fields=True):
    """A file that is about to be sent; its ending says its sort."""

    filename: Name
    size_bytes: Size
    alt_text: Alt = ""


class UploadView(msgspec.Struct):
    """Where to PUT the file, within 15 minutes, and with which headers.

    A `url` that begins with a slash is on this host and needs no sign-in of its own; another
    one is the object store's.
    """

    id: UUID
    method: str
    url: str
    headers: dict[str, str]
    is_direct: bool
    expires_at: datetime


@post(
    "/assets/uploads",
    guards=[May("library.write")],
    summary="开始上传大文件",
    tags=["library"],
)
async def begin_upload(
    data: JSONBody[UploadBody], db: Db, me: Me, house: TheHouse, now: Now
) -> UploadView:
    """Hold room for a file and return where it goes."""
    upload = await actions_asset_uploads.begin_upload(
        db,
        filename=data.filename,
        size_bytes=data.size_bytes,
        alt_text=data.alt_text,
        by=me,
        at=now,
    )
    address = asset_uploads.address_of(house, upload, at=now)
    return UploadView(
        id=upload.id,
        method="PUT",
        url=address.url,
        headers=address.headers,
        is_direct=address.is_direct,
        expires_at=now + actions_asset_uploads.UPLOAD_TIME,
    )


@post(
    "/assets/uploads/{upload_id:uuid}/finish",
    guards=[May("library.write")],
    summary="完成上传",
    tags=["library"],
    opt={"idempotent": False},
)
async def finish_upload(
    request: Request[Any, Any, Any], upload_id: FromPath[UUID], house: TheHouse, now: Now
) -> AssetView:
    """Look at the file that has arrived and keep it; asked again, the same comes back."""
    asset = await asset_uploads.finish(house, principal_of(request), upload_id, at=now)
    return asset_view(asset, at=now)


@delete(
    "/assets/uploads/{upload_id:uuid}",
    guards=[May("library.write")],
    summary="放弃上传",
    tags=["library"],
)
async def give_up_upload(
    request: Request[Any, Any, Any], upload_id: FromPath[UUID], house: TheHouse
) -> None:
    """Let go of the room an upload holds, and of what has arrived."""
    await asset_uploads.give_up(house, principal_of(request), upload_id)


@put(
    "/uploads/{token:str}",
    opt={"public": True, "exclude_from_csrf": True},
    include_in_schema=False,
    status_code=204,
    request_max_body_size=None,
)
async def receive_upload(
    request: Request[Any, Any, Any], token: FromPath[str], house: TheHouse, now: Now
) -> Response[None]:
    """Take the one file that a signed address was given for."""
    tenant, upload_id = asset_uploads.opened(house, token, at=now)
    async with house.database.reading(tenant) as db:
        upload: AssetUpload = await queries_assets.any_upload(db, upload_id)
    await asset_uploads.receive(request, house, upload)
    return Response(None, status_code=204)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[begin_upload, finish_upload, give_up_upload],
        after_request=keep_answer,
    ),
    receive_upload,
]
