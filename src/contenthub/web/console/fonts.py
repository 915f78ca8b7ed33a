"""海报字体: shipped faces and the bank's own, uploads with their licence, and stopping one."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Template

from contenthub.errors import NotFound
from contenthub.posters import actions_fonts, facenames, fontfiles, fonts, queries_fonts, studio
from contenthub.posters.layers import Box, TextLayer
from contenthub.posters.rendering import NOBODY
from contenthub.posters.template import Template as Design
from contenthub.tenants import access, quotas
from contenthub.tenants import queries as tenants
from contenthub.web.api.assets import FOR_EVER
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.font_desk import BODY_BYTES, keep_upload
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of

HERE = "/console/posters/fonts"
SAMPLE = "稳健理财 2.05% 起 Aa"
_SAMPLE_PX = (640, 96)


@dataclass
class FontForm:
    """A face, and the word that the bank may use it."""

    file: UploadFile | None = None
    number: str = ""
    licence: str = ""
    is_licensed: str = ""


@dataclass
class RecallForm:
    """Why a face may be used no more."""

    reason: str = ""


@get(HERE, guards=[May("posters.view")], include_in_schema=False)
async def fonts_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the faces a poster may use, who stated the licence, and the place to send more."""
    found = await queries_fonts.fonts(db)
    past = facenames.older([one for one in found if one.state == "usable"])
    rows = []
    for one in found:
        uses = await queries_fonts.used_by(db, one.sha256)
        live = sum(revision.id == template.live_revision_id for template, revision in uses)
        rows.append((one, await tenants.staff(db, one.created_by), uses, live))
    return page(
        request,
        "console/poster_fonts.html",
        rows=rows,
        newer={key: (facenames.number(key), latest) for key, latest in past.items()},
        shipped=[(key or "sans", label) for key, label in fonts.SHIPPED.items()],
        may_write=access.may(me.roles, "posters.write"),
        may_recall=access.may(me.roles, "library.recall"),
        size_of=lambda size_bytes: quotas.shown("storage_bytes", size_bytes),
    )


def _number(said: str) -> int:
    """Return the place asked for; 0 where none was, -1 for what is no place."""
    if not said.strip():
        return 0
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 4 else -1


@post(
    HERE,
    guards=[May("posters.write")],
    include_in_schema=False,
    request_max_body_size=BODY_BYTES,
)
async def send_font(
    request: Request[Any, Any, Any], data: MultipartBody[FontForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Keep a face, and show the list with it."""
    await keep_upload(
        house,
        principal_of(request),
        data.file,
        number=_number(data.number),
        licence=data.licence,
        is_licensed=bool(data.is_licensed),
        at=now,
    )
    return go(request, HERE)


@post(f"{HERE}/{{font_id:uuid}}/recall", guards=[May("library.recall")], include_in_schema=False)
async def recall(
    request: Request[Any, Any, Any],
    font_id: FromPath[UUID],
    data: URLEncodedBody[RecallForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Stop a face and the live posters that show it."""
    await actions_fonts.recall_font(db, font_id, reason=data.reason, by=me, at=now)
    return go(request, HERE)


@get(f"{HERE}/{{face:str}}/sample.jpg", guards=[May("posters.view")], include_in_schema=False)
async def sample(
    request: Request[Any, Any, Any], face: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return a line of text in a face, drawn as posters are."""
    key = await ready_face(house, request, face)
    wide_px, tall_px = _SAMPLE_PX
    line = TextLayer(
        id="sample", box=Box(8, 8, wide_px - 16, tall_px - 16), text=SAMPLE, size_px=56, font=key
    )
    drawn = await studio.preview(
        Design(wide_px, tall_px, (line,)), values={}, assets={}, personal=NOBODY, width_px=wide_px
    )
    return Response(drawn, media_type="image/jpeg", headers=FOR_EVER)


@get(f"{HERE}/{{face:str}}/file", guards=[May("posters.write")], include_in_schema=False)
async def face_file(
    request: Request[Any, Any, Any], face: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return a face's own file, for words typed on the canvas; only if its maker allows that."""
    key = await ready_face(house, request, face)
    if key == fonts.SANS:
        raise NotFound("自带黑体的文件在 /static/faces")
    if key != fonts.SERIF:
        async with house.database.reading(principal_of(request).tenant) as db:
            found = await queries_fonts.font_by_sha256(db, key)
        if found is None or not found.may_travel or found.state == "recalled":
            raise NotFound("这个字体的文件不能发给浏览器，文字按图片显示")
    path = fonts.serif_path() if key == fonts.SERIF else fonts.own_path(key)
    data = await asyncio.to_thread(path.read_bytes)
    return Response(data, media_type="font/sfnt", headers=FOR_EVER)


async def ready_face(house: House, request: Request[Any, Any, Any], face: str) -> str:
    """Return the key of a face named in an address, its file on this machine; raises NotFound."""
    key = fonts.SANS if face == "sans" else face
    if key in fonts.SHIPPED:
        return key
    async with house.database.reading(principal_of(request).tenant) as db:
        found = await queries_fonts.font_by_sha256(db, key)
    if found is None:
        raise NotFound("没有找到这个字体")
    await fontfiles.bring(house.storage, {found.sha256: found.storage_key})
    return found.sha256


HANDLERS = [fonts_page, send_font, recall, sample, face_file]
