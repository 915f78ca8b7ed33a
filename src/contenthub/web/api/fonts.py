"""GET/POST /poster-fonts: the typefaces that a bank's posters may use."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody

from contenthub.posters import actions_fonts, facenames, fonts, queries_fonts
from contenthub.posters.models_fonts import PosterFont
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.font_desk import BODY_BYTES, keep_upload
from contenthub.web.signin import May, principal_of


class FontView(msgspec.Struct):
    """A bank's own face; `key` is what a text layer's `font` says.

    `common_missing` counts the 6,763 common characters (GB2312) it lacks, which the shipped 黑体
    draws in its stead. `licence` is what was stated at `created_at` by `created_by`.
    """

    id: UUID
    key: str
    family: str
    style: str
    weight: int
    characters: int
    common_missing: int
    may_travel: bool
    copyright: str
    filename: str
    bytes: int
    licence: str
    state: str
    recall_reason: str
    created_by: UUID
    created_at: datetime


class FontChoiceView(msgspec.Struct):
    """A face that may be chosen now: its key for a layer's `font`, and what it is called."""

    key: str
    label: str


class FontsView(msgspec.Struct):
    """The bank's own faces, and all that may be chosen: shipped ones and those in use."""

    items: list[FontView]
    choices: list[FontChoiceView]


class RecallBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a face may be used no more."""

    reason: Annotated[str, msgspec.Meta(max_length=200, examples=["授权到期"])]


class RecalledView(msgspec.Struct):
    """A stopped face, and how many live posters ended with it."""

    font: FontView
    posters_ended: int


class FontUpload(msgspec.Struct):
    """The upload: a TTF, OTF or TTC of at most 30 MB, and the word that it is licensed.

    `number` is the face of a TTC, from 1; without it the one for simplified Chinese is taken.
    """

    file: UploadFile
    licence: str
    is_licensed: bool = False
    number: int = 0


def font_view(font: PosterFont) -> FontView:
    """Return what the API shows of a face."""
    return FontView(
        id=font.id,
        key=font.sha256,
        family=font.family,
        style=font.style,
        weight=font.weight,
        characters=font.characters,
        common_missing=font.common_missing,
        may_travel=font.may_travel,
        copyright=font.copyright,
        filename=font.filename,
        bytes=font.size_bytes,
        licence=font.licence,
        state=font.state,
        recall_reason=font.recall_reason,
        created_by=font.created_by,
        created_at=font.created_at,
    )


@get("/poster-fonts", guards=[May("posters.view")], summary="海报字体", tags=["posters"])
async def list_fonts(db: Db) -> FontsView:
    """Return the bank's own faces and what a text layer's `font` may say."""
    found = await queries_fonts.fonts(db)
    choices = [FontChoiceView(key, label) for key, label in fonts.SHIPPED.items()]
    called = facenames.full_names([one for one in found if one.state == "usable"])
    choices += [FontChoiceView(key, label) for key, label in called.items()]
    return FontsView([font_view(one) for one in found], choices)


@post(
    "/poster-fonts",
    guards=[May("posters.write")],
    summary="上传有授权的字体（TTF、OTF、TTC）",
    tags=["posters"],
    request_max_body_size=BODY_BYTES,
)
async def upload_font(
    request: Request[Any, Any, Any],
    data: Annotated[FontUpload, Body(media_type=RequestEncodingType.MULTI_PART)],
    house: TheHouse,
    now: Now,
) -> FontView:
    """Keep a face that the bank holds a licence for; who said so is written down."""
    kept = await keep_upload(
        house,
        principal_of(request),
        data.file,
        number=data.number,
        licence=data.licence,
        is_licensed=data.is_licensed,
        at=now,
    )
    return font_view(kept)


@post(
    "/poster-fonts/{font_id:uuid}/recall",
    guards=[May("library.recall")],
    status_code=200,
    summary="停用字体，并停用正在使用它的海报",
    tags=["posters"],
)
async def recall_font(
    font_id: FromPath[UUID], data: JSONBody[RecallBody], db: Db, me: Me, now: Now
) -> RecalledView:
    """Stop a face: its live posters end at once, drafts must change to another."""
    found, ended = await actions_fonts.recall_font(db, font_id, reason=data.reason, by=me, at=now)
    return RecalledView(font_view(found), ended)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_fonts, upload_font, recall_font],
        after_request=keep_answer,
    )
]
