"""The pictures of a landing page: the employee's photo, the cover, those of the article.

Only what the link itself shows is given out, so a code opens no other file of the bank.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.posters import (
    choosing,
    designs,
    queries_choices,
    queries_plans,
    queries_published,
    queries_wording,
    rendering,
)
from contenthub.posters import queries as posters
from contenthub.posters.actions_cards import card_urls
from contenthub.posters.contactcodes import shows_card
from contenthub.posters.jobs import new_code
from contenthub.posters.models import TemplateRevision
from contenthub.tenants import qualification
from contenthub.web.deps import TheHouse
from contenthub.web.files import file_answer
from contenthub.web.house import House
from contenthub.web.landing import forms
from contenthub.web.landing.limits import spend
from contenthub.web.landing.targets import Shown, look_up

POSTERS_AN_HOUR = 600
"""Per address: a poster costs milliseconds of CPU, and a whole village may share an address."""
_HEADERS = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


async def _shown(request: Request[Any, Any, Any], house: House, code: str) -> tuple[Any, Shown]:
    sent = await forms.read_form(request, house, code)
    tenant, shown = await look_up(house, sent.code, at=sent.at)
    if shown.bank.state != "active":
        raise NotFound("页面暂时打不开")
    return tenant, shown


async def _asset(
    request: Request[Any, Any, Any], house: House, tenant: Any, asset_id: UUID
) -> Response[Any]:
    """Return a file, or the part of it that a player's `Range` header asks for."""
    async with house.database.reading(tenant) as db:
        asset = await library.asset(db, asset_id)
    return await file_answer(request, house, asset, _HEADERS)


@get("/{code:str}/photo.jpg", opt={"public": True}, include_in_schema=False)
async def photo(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return the photo of the employee who serves this link."""
    _, shown = await _shown(request, house, code)
    if shown.is_nameless or not shown.employee.photo_key:
        raise NotFound("这位员工还没有照片")
    data = await house.storage.get(shown.employee.photo_key)
    return Response(data, media_type=_mime(data), headers=_HEADERS)


@get("/{code:str}/cover", opt={"public": True}, include_in_schema=False)
async def cover(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any]:
    """Return the cover picture of the live revision."""
    tenant, shown = await _shown(request, house, code)
    if shown.revision is None or shown.revision.cover_asset_id is None:
        raise NotFound("这条内容没有题图")
    return await _asset(request, house, tenant, shown.revision.cover_asset_id)


@get("/{code:str}/assets/{asset_id:uuid}", opt={"public": True}, include_in_schema=False)
async def picture(
    request: Request[Any, Any, Any], code: FromPath[str], asset_id: FromPath[UUID], house: TheHouse
) -> Response[Any]:
    """Return a picture that the live revision's text shows."""
    tenant, shown = await _shown(request, house, code)
    if shown.revision is None:
        raise NotFound("没有找到这张图片")
    is_file = any(asset_id == each for *_, each in shown.files)
    if not is_file and f"/assets/{asset_id}" not in shown.revision.body.lower():
        raise NotFound("没有找到这张图片")
    return await _asset(request, house, tenant, asset_id)


@get("/{code:str}/poster.jpg", opt={"public": True}, include_in_schema=False)
async def poster(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return the poster of the link's item with the employee who serves it and this very link.

    What a visitor passes on as a picture leads back to their own link. `?template=` and
    `?background=` name one out of what is approved for the item; else it is on the background
    the employee chose.
    """
    sent = await forms.read_form(request, house, code)
    await spend(house, f"poster:{sent.address}", limit=POSTERS_AN_HOUR)
    tenant, shown = await look_up(house, sent.code, at=sent.at)
    if shown.revision is None:
        raise NotFound("内容已下架，海报不能再用")
    async with house.database.reading(tenant) as db:
        usable = await posters.usable(db, item_id=shown.item.id, at=sent.at)
        refused = qualification.why_not(
            shown.employee, topic=shown.item.topic, bank=shown.bank, at=sent.at
        )
        asked = [each.live_revision_id for each in usable if each.live_revision_id]
        stopped = await queries_wording.stopped_of(db, asked)
        usable = [each for each in usable if each.live_revision_id not in stopped]
        if not usable or refused:
            raise NotFound("这条内容还没有海报")
        wanted = request.query_params.get("template", "")
        chosen = next((each for each in usable if str(each.id) == wanted), usable[0])
        revision = await posters.template_revision(db, chosen.live_revision_id or chosen.id)
        number = _background(request, revision)
        if number is None:
            number = await queries_choices.chosen(db, revision, shown.employee.id)
        files = await queries_published.addresses(db, shown.employee.id, [revision.id])
        file = files.get(revision.id)
        if file is not None and (file.code, file.background) == (sent.code, number):
            # The very same picture lies on the CDN.
            return Response(b"", status_code=302, headers={**_HEADERS, "Location": file.whole})
    await _bring_card(house, tenant, shown, revision, at=sent.at)
    async with house.database.reading(tenant) as db:
        url = f"{house.settings.public_url}/s/{sent.code}"
        plan = await queries_plans.prepare(
            db, revision, shown.employee, qr_text=url, background=number
        )
    headers = {**_HEADERS, "ETag": f'"{plan.etag}"'}
    if f'"{plan.etag}"' in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    data = await rendering.draw(house.storage, plan)
    return Response(data, media_type="image/jpeg", headers=headers)


async def _bring_card(
    house: House, tenant: Any, shown: Shown, revision: TemplateRevision, *, at: datetime
) -> None:
    """Make the e-card that the poster's code opens, where the employee has none yet."""
    design = designs.read(revision.hash, revision.layers)
    if shows_card(design):
        async with house.database.unit_of_work(tenant) as db:
            whose = [shown.employee.id]
            await card_urls(db, design, shown.item, whose, at=at, new_code=new_code)


def _background(request: Request[Any, Any, Any], revision: TemplateRevision) -> int | None:
    """Return the background asked for, None where none is, or none that is offered (any more)."""
    asked = request.query_params.get("background", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 3):
        return None
    return int(asked) if int(asked) < choosing.stored_backgrounds(revision.layers) else None


def _mime(data: bytes) -> str:
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"


HANDLERS = [
    Router("/s", route_handlers=[photo, cover, picture, poster], exception_handlers=forms.REFUSALS)
]
