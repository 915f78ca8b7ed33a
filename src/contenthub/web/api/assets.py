"""Files of the bank: sent in, listed, described, cut, deleted and restored."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, JSONBody

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import actions_assets, filesorts, queries, queries_assets
from contenthub.library.intake import Box
from contenthub.library.models import Asset
from contenthub.tenants import queries_banks, quotas
from contenthub.web.asset_desk import cut_asset
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.files import file_answer
from contenthub.web.idempotency import Once
from contenthub.web.keyset import cursor_of, page_size, place_of
from contenthub.web.patches import sent_or
from contenthub.web.picture_uploads import read_upload, store_upload
from contenthub.web.signin import May, principal_of

FOR_EVER = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Filename = Annotated[str, msgspec.Meta(max_length=200, examples=["惠民贷宣传片.mp4"])]
Alt = Annotated[str, msgspec.Meta(max_length=400, examples=["客户经理在田间为农户介绍贷款"])]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=20_000, examples=[640])]


class AssetView(msgspec.Struct):
    """A file as kept; pictures are encoded anew, upright, sRGB, without metadata.

    `url` is how an item's body names a picture. `scan` is off, waiting, clean or infected.
    """

    id: UUID
    sha256: str
    mime: str
    width_px: int
    height_px: int
    bytes: int
    url: str
    filename: str
    alt_text: str
    scan: str
    created_at: datetime
    deleted_at: datetime | None
    is_known: bool
    """Whether the bank had it before this upload."""


class AssetLineView(msgspec.Struct):
    """A file in the list, and how many wordings, designs and kits name it."""

    asset: AssetView
    uses: int


class AssetsView(msgspec.Struct):
    """One page of files, newest first."""

    items: list[AssetLineView]
    next_cursor: str | None


class AssetTotalView(msgspec.Struct):
    """What one sort of files takes: image, video, audio or file."""

    kind: str
    files: int
    bytes: int


class AssetTotalsView(msgspec.Struct):
    """What the files take, beside all that the bank keeps in the store and its limit."""

    totals: list[AssetTotalView]
    stored_bytes: int
    limit_bytes: int


class AssetUseView(msgspec.Struct):
    """One item, poster template or kit that names a file.

    `places` are cover, body, layers, kit or names of fields; `versions` the numbers of the
    revisions or kit versions that do.
    """

    kind: str
    id: UUID
    title: str
    code: str
    state: str
    places: list[str]
    versions: list[int]


class AssetUsageView(msgspec.Struct):
    """Where a file is used; one with uses cannot be deleted."""

    asset: AssetView
    uses: list[AssetUseView]


class AssetForm(msgspec.Struct):
    """The upload: one picture of at most 10 MB, and what it shows."""

    file: UploadFile
    alt_text: str = ""


class AssetPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change; the file itself never does."""

    filename: Filename | msgspec.UnsetType = msgspec.UNSET
    alt_text: Alt | msgspec.UnsetType = msgspec.UNSET


class CropBody(msgspec.Struct, forbid_unknown_fields=True):
    """The part to cut out, in the picture's own pixels, and what the new file is called."""

    left_px: Pixels
    top_px: Pixels
    width_px: Pixels
    height_px: Pixels
    filename: Filename = ""
    alt_text: Alt = ""


def asset_view(asset: Asset, *, at: datetime | None = None) -> AssetView:
    """Return what the API shows of a file; `at` is when it was sent in, if it just was."""
    return AssetView(
        id=asset.id,
        sha256=asset.sha256,
        mime=asset.mime,
        width_px=asset.width_px,
        height_px=asset.height_px,
        bytes=asset.size_bytes,
        url=f"/assets/{asset.id}",
        filename=asset.filename,
        alt_text=asset.alt_text,
        scan=asset.scan,
        created_at=asset.created_at,
        deleted_at=asset.deleted_at,
        is_known=at is not None and asset.created_at != at,
    )


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
    alt_text = filesorts.clean_alt(data.alt_text)
    once = Once(request, data.file.filename.encode(), picture)
    await once.replay()
    stored = await store_upload(house, who, picture, filename=data.file.filename, alt_text=alt_text)
    async with house.database.unit_of_work(who.tenant) as db:
        await once.claim(db)
        kept = await actions_assets.keep_asset(db, stored, by=who.staff, at=now)
        made = asset_view(kept, at=now)
        await once.keep(db, made)
        return made


@get("/assets", guards=[May("library.drafts")], summary="素材文件", tags=["library"])
async def list_assets(
    db: Db,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    use: FromQuery[str] = "",
    is_deleted: FromQuery[bool] = False,
    limit: FromQuery[int] = 50,
    cursor: FromQuery[str] = "",
) -> AssetsView:
    """Return files by name or description, sort, and whether anything uses them."""
    wanted = wanted_files(q=q, kind=kind, use=use, is_deleted=is_deleted)
    size = page_size(limit)
    found = await queries_assets.assets(db, wanted, after=place_of(cursor), limit=size + 1)
    lines = found[:size]
    last = lines[-1].asset if len(found) > size else None
    return AssetsView(
        items=[AssetLineView(asset_view(line.asset), line.uses) for line in lines],
        next_cursor=cursor_of(None if last is None else (last.created_at, last.id)),
    )


def wanted_files(*, q: str, kind: str, use: str, is_deleted: bool) -> queries_assets.Filter:
    """Return which files a query asks for; raises Invalid for words that are no choice."""
    wrong = {}
    if kind and kind not in filesorts.KINDS:
        wrong["kind"] = f"文件类型可选：{'、'.join(filesorts.KINDS)}"
    if use and use not in queries_assets.USES:
        wrong["use"] = f"使用情况可选：{'、'.join(queries_assets.USES)}"
    if wrong:
        raise Invalid(fields=wrong)
    return queries_assets.Filter(q=q.strip()[:100], kind=kind, use=use, is_deleted=is_deleted)


@get("/assets/totals", guards=[May("library.drafts")], summary="素材文件用量", tags=["library"])
async def asset_totals(db: Db, bank: OurBank) -> AssetTotalsView:
    """Return what each sort of files takes, and how full the bank's store is."""
    totals = await queries_assets.totals(db)
    return AssetTotalsView(
        totals=[AssetTotalView(one.kind, one.files, one.size_bytes) for one in totals],
        stored_bytes=await queries_banks.storage_used(db),
        limit_bytes=quotas.limits(bank.quotas)["storage_bytes"],
    )


@get(
    "/assets/{asset_id:uuid}",
    guards=[May("library.view")],
    summary="素材文件的内容",
    tags=["library"],
    opt={
        "files": (
            *("image/jpeg", "image/png", "image/webp", "video/mp4"),
            *("audio/mpeg", "audio/mp4", "application/pdf"),
        )
    },
)
async def show_asset(
    request: Request[Any, Any, Any], asset_id: FromPath[UUID], house: TheHouse
) -> Response[Any]:
    """Return a file of the own bank, or the part that a Range header asks for."""
    async with house.database.reading(principal_of(request).tenant) as db:
        asset = await queries.asset(db, asset_id)
    return await file_answer(request, house, asset, FOR_EVER)


@get(
    "/assets/{asset_id:uuid}/usage",
    guards=[May("library.drafts")],
    summary="素材文件用在哪里",
    tags=["library"],
)
async def asset_usage(asset_id: FromPath[UUID], db: Db) -> AssetUsageView:
    """Return a file's facts and every item, poster template and kit that names it."""
    return await usage_view(db, asset_id)


async def usage_view(db: Read, asset_id: UUID) -> AssetUsageView:
    """Return a file and its uses; raises NotFound."""
    asset = await queries.asset(db, asset_id)
    uses = await queries_assets.uses_of(db, asset_id)
    shown = [
        AssetUseView(
            kind=use.kind,
            id=use.subject_id,
            title=use.title,
            code=use.note,
            state=use.state,
            places=list(use.places),
            versions=list(use.versions),
        )
        for use in uses
    ]
    return AssetUsageView(asset=asset_view(asset), uses=shown)


@patch(
    "/assets/{asset_id:uuid}",
    guards=[May("library.write")],
    summary="改素材文件的名称和说明",
    tags=["library"],
)
async def change_asset(
    asset_id: FromPath[UUID], data: JSONBody[AssetPatch], db: Db, me: Me, now: Now
) -> AssetView:
    """Give a file another name or description."""
    said = {
        "filename": sent_or(data.filename, None),
        "alt_text": sent_or(data.alt_text, None),
    }
    return asset_view(await actions_assets.describe_asset(db, asset_id, **said, by=me, at=now))


@delete(
    "/assets/{asset_id:uuid}",
    guards=[May("library.write")],
    summary="删除素材文件",
    tags=["library"],
)
async def delete_asset(asset_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Put a file that nothing uses into the waste basket."""
    await actions_assets.delete_asset(db, asset_id, by=me, at=now)


@post(
    "/assets/{asset_id:uuid}/restore",
    guards=[May("library.write")],
    summary="恢复删除的素材文件",
    tags=["library"],
    status_code=200,
)
async def restore_asset(asset_id: FromPath[UUID], db: Db, me: Me, now: Now) -> AssetView:
    """Take a file out of the waste basket."""
    return asset_view(await actions_assets.restore_asset(db, asset_id, by=me, at=now))


@post(
    "/assets/{asset_id:uuid}/crop",
    guards=[May("library.write")],
    summary="裁剪图片，得到一张新图片",
    tags=["library"],
    opt={"idempotent": False},
)
async def crop_asset(
    request: Request[Any, Any, Any],
    asset_id: FromPath[UUID],
    data: JSONBody[CropBody],
    house: TheHouse,
    now: Now,
) -> AssetView:
    """Cut a part out of a picture and keep it as a picture of its own."""
    box = Box(data.left_px, data.top_px, data.width_px, data.height_px)
    made = await cut_asset(
        house,
        principal_of(request),
        asset_id,
        box,
        filename=data.filename,
        alt_text=data.alt_text,
        at=now,
    )
    return asset_view(made, at=now)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            upload_asset,
            list_assets,
            asset_totals,
            show_asset,
            asset_usage,
            change_asset,
            delete_asset,
            restore_asset,
            crop_asset,
        ],
        after_request=keep_answer,
    )
]
