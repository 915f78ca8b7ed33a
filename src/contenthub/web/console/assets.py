"""素材文件: the list with its uploads, one file with its uses, the choice of one for a form."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import actions_assets, filesorts, kinds, queries, queries_assets, review
from contenthub.library.intake import Box
from contenthub.library.queries_assets import Filter
from contenthub.tenants import access, queries_banks, quotas
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank
from contenthub.web.api.assets import FOR_EVER
from contenthub.web.asset_desk import cut_asset
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.files import file_answer
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import go, page
from contenthub.web.picture_uploads import read_upload, store_upload
from contenthub.web.signin import May, principal_of

HERE = "/console/assets"
PAGE, CHOICE = 40, 24
USE_WORDS = {"used": "正在使用", "unused": "没有用到"}
SCAN_WORDS = {"waiting": "扫描中", "infected": "有病毒"}
SUBJECT_WORDS = {"item": "内容", "template": "海报模板", "kit": "内容包"}
SUBJECT_PAGES = {
    "item": "/console/library/{}",
    "template": "/console/posters/{}",
    "kit": "/console/kits/{}",
}
PLACE_WORDS = {"cover": "题图", "body": "正文", "layers": "海报图层", "kit": "随内容包发布"}
STATE_WORDS = {**review.STATES, "published": "已发布", "stopped": "已停止"}


@dataclass
class FileForm:
    """A picture sent without script, and what it shows."""

    file: UploadFile
    alt_text: str = ""


@dataclass
class WordsForm:
    """A file's name and description."""

    filename: str = ""
    alt_text: str = ""


@dataclass
class CropForm:
    """The part of a picture that was framed, in its own pixels."""

    left_px: str = ""
    top_px: str = ""
    width_px: str = ""
    height_px: str = ""

    def box(self) -> Box:
        """Return it as numbers; raises Invalid (field `box`)."""
        said = (self.left_px, self.top_px, self.width_px, self.height_px)
        if not all(one.isascii() and one.isdecimal() and len(one) < 7 for one in said):
            raise Invalid.of("box", "请先在图上框选要保留的部分")
        return Box(*(int(one) for one in said))


def asked_filter(q: str, kind: str, use: str, bin_: str) -> Filter:
    """Return what a URL asks for; unknown words are dropped, a page has no use for them."""
    return Filter(
        q=q.strip()[:100],
        kind=kind if kind in filesorts.KINDS else "",
        use=use if use in USE_WORDS else "",
        is_deleted=bin_ == "1",
    )


def query_of(wanted: Filter, **over: str) -> str:
    """Return the URL's query of a filter with some words changed; empty ones are left out."""
    words = {"q": wanted.q, "kind": wanted.kind, "use": wanted.use}
    words |= {"bin": "1" if wanted.is_deleted else ""} | over
    return urlencode({name: word for name, word in words.items() if word})


@get(HERE, guards=[May("library.drafts")], include_in_schema=False)
async def assets_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    use: FromQuery[str] = "",
    bin: FromQuery[str] = "",  # the word of the URL
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the files asked for, what all of them take, and the place to send more."""
    wanted = asked_filter(q, kind, use, bin)
    found = await queries_assets.assets(db, wanted, after=place_of(cursor), limit=PAGE + 1)
    lines = found[:PAGE]
    last = lines[-1].asset if len(found) > PAGE else None
    totals = await queries_assets.totals(db)
    everything = sum(one.files for one in totals)
    tabs = [("全部", f"{HERE}?{query_of(wanted, kind='')}", not wanted.kind, everything)]
    tabs += [
        (
            filesorts.KINDS[one.kind],
            f"{HERE}?{query_of(wanted, kind=one.kind)}",
            wanted.kind == one.kind,
            one.files,
        )
        for one in totals
    ]
    return page(
        request,
        "console/assets.html",
        lines=lines,
        wanted=wanted,
        query=query_of(wanted),
        tabs=tabs,
        uses=USE_WORDS,
        total=await queries_assets.count(db, wanted),
        in_bin=await queries_assets.count(db, Filter(is_deleted=True)),
        next_cursor=cursor_of(None if last is None else (last.created_at, last.id)) or "",
        is_first=not cursor,
        may_write=access.may(me.roles, "library.write"),
        keep_days=house.settings.asset_trash_days,
        unused_days=house.settings.asset_unused_days,
        is_scanned=bool(house.settings.antivirus_url),
        collected=await queries_assets.collection(db),
        **await _room(db, bank, sum(one.size_bytes for one in totals)),
        **words(),
    )


async def _room(db: Read, bank: Bank, files_bytes: int) -> dict[str, Any]:
    limit = quotas.limits(bank.quotas)["storage_bytes"]
    stored = await queries_banks.storage_used(db)
    return {
        "files_size": quotas.shown("storage_bytes", files_bytes),
        "stored_size": quotas.shown("storage_bytes", stored),
        "limit_size": quotas.shown("storage_bytes", limit),
        "stored_share": stored / limit if limit else 1.0,
    }


def words() -> dict[str, Any]:
    """Return what templates call sorts, states and sizes of files."""
    return {
        "kind_of": filesorts.kind_of,
        "kind_words": filesorts.KINDS,
        "scan_words": SCAN_WORDS,
        "size_of": lambda size_bytes: quotas.shown("storage_bytes", size_bytes),
    }


@post(HERE, guards=[May("library.write")], include_in_schema=False)
async def send_picture(
    request: Request[Any, Any, Any], data: MultipartBody[FileForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Keep a picture sent without script, and show it."""
    who, alt_text = principal_of(request), filesorts.clean_alt(data.alt_text)
    sent = await read_upload(data.file)
    stored = await store_upload(house, who, sent, filename=data.file.filename, alt_text=alt_text)
    async with house.database.unit_of_work(who.tenant) as db:
        asset = await actions_assets.keep_asset(db, stored, by=who.staff, at=now)
    return go(request, f"{HERE}/{asset.id}")


@get(f"{HERE}/pick", guards=[May("library.write")], include_in_schema=False)
async def pick_page(
    request: Request[Any, Any, Any],
    db: Db,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    field: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Return the files that a field of a form may take, for the dialog that asks."""
    wanted = asked_filter(q, kind, "", "")
    found = await queries_assets.assets(db, wanted, after=place_of(cursor), limit=CHOICE + 1)
    lines = found[:CHOICE]
    last = lines[-1].asset if len(found) > CHOICE else None
    return page(
        request,
        "console/_asset_pick.html",
        lines=lines,
        wanted=wanted,
        field=field[:60],
        next_cursor=cursor_of(None if last is None else (last.created_at, last.id)) or "",
        **words(),
    )


@get(f"{HERE}/{{asset_id:uuid}}", guards=[May("library.drafts")], include_in_schema=False)
async def asset_page(
    request: Request[Any, Any, Any],
    asset_id: FromPath[UUID],
    db: Db,
    me: Me,
    house: TheHouse,
) -> Template:
    """Show one file: what it is, what it shows, and where it is used."""
    asset = await queries.asset(db, asset_id)
    sender = await tenants.staff(db, asset.created_by)
    return page(
        request,
        "console/asset.html",
        asset=asset,
        uses=await queries_assets.uses_of(db, asset_id),
        sender=sender.name,
        place_word=place_word,
        subject_words=SUBJECT_WORDS,
        subject_pages=SUBJECT_PAGES,
        states=STATE_WORDS,
        keep_days=house.settings.asset_trash_days,
        may_write=access.may(me.roles, "library.write"),
        **words(),
    )


def place_word(place: str) -> str:
    """Return what a clerk calls the place in which a file is used: a field by its label."""
    if place in PLACE_WORDS:
        return PLACE_WORDS[place]
    labels = {spec.name: spec.label for kind in kinds.KINDS.values() for spec in kind.fields}
    return labels.get(place, place)


@post(f"{HERE}/{{asset_id:uuid}}/describe", guards=[May("library.write")], include_in_schema=False)
async def describe(
    request: Request[Any, Any, Any],
    asset_id: FromPath[UUID],
    data: URLEncodedBody[WordsForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Keep another name and description."""
    await actions_assets.describe_asset(
        db, asset_id, filename=data.filename, alt_text=data.alt_text, by=me, at=now
    )
    return go(request, f"{HERE}/{asset_id}")


@post(f"{HERE}/{{asset_id:uuid}}/delete", guards=[May("library.write")], include_in_schema=False)
async def delete(
    request: Request[Any, Any, Any], asset_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Put a file that nothing uses into the waste basket."""
    await actions_assets.delete_asset(db, asset_id, by=me, at=now)
    return go(request, f"{HERE}/{asset_id}")


@post(f"{HERE}/{{asset_id:uuid}}/restore", guards=[May("library.write")], include_in_schema=False)
async def restore(
    request: Request[Any, Any, Any], asset_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take a file out of the waste basket."""
    await actions_assets.restore_asset(db, asset_id, by=me, at=now)
    return go(request, f"{HERE}/{asset_id}")


@post(f"{HERE}/{{asset_id:uuid}}/crop", guards=[May("library.write")], include_in_schema=False)
async def crop(
    request: Request[Any, Any, Any],
    asset_id: FromPath[UUID],
    data: URLEncodedBody[CropForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Keep the framed part as a picture of its own, and show it."""
    made = await cut_asset(house, principal_of(request), asset_id, data.box(), at=now)
    return go(request, f"{HERE}/{made.id}")


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


HANDLERS = [
    assets_page,
    send_picture,
    pick_page,
    asset_page,
    describe,
    delete,
    restore,
    crop,
    show_file,
    show_thumb,
]
