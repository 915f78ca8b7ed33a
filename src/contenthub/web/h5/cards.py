"""我的码 and 我的名片: an employee's personal code, and what their e-card shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromQuery, MultipartBody
from litestar.response import Template

from contenthub.db import Read, Write
from contenthub.errors import Conflict, Forbidden, Invalid, NotFound
from contenthub.library import queries_shareable
from contenthub.library.queries import NotLive
from contenthub.posters.actions_cards import card_url
from contenthub.posters.jobs import new_code
from contenthub.sharing import actions_cards, queries_cards
from contenthub.tenants import banksettings, qualification, queries_staff
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web import contact_ways
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of
from contenthub.web.staff_photos import keep_photo

CODE_PX = 860
ITEMS_OFFERED = 40


@get("/m/code", guards=[May("links.write")], include_in_schema=False)
async def code_page(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Show the employee's personal code, large, and their name card."""
    return page(
        request,
        "h5/code.html",
        branch=await queries_staff.branch(db, me.branch_id),
        code_url=f"/api/v1/employees/{me.id}/qr.png?size_px={CODE_PX}",
        card_url=f"/api/v1/employees/{me.id}/card.jpg",
        contact=await contact_ways.standing(db, await tenants.staff(db, me.id), at=now),
        contact_url=f"/api/v1/employees/{me.id}/contact.png?size_px={CODE_PX}",
        **await _own_card(db, me, at=now),
    )


async def _own_card(db: Write, me: Staff, *, at: datetime) -> dict[str, Any]:
    """Return the address of the employee's card, or why there is none."""
    try:
        url = await card_url(db, me, at=at, code=new_code())
    except NotLive as error:
        return {"refused": error.detail or error.title, "url": ""}
    except Conflict as error:
        return {"refused": error.detail, "url": ""}
    return {"refused": "", "url": url}


@get("/m/card", guards=[May("links.write")], include_in_schema=False)
async def card_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    kept: FromQuery[bool] = False,
) -> Template:
    """Show what the employee's e-card shows, to be chosen."""
    card = await queries_cards.choices(db, me.id)
    chosen = list(card.item_ids) if card else []
    found = await queries_shareable.shareable(db, at=now, limit=ITEMS_OFFERED)
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in found])
    offered = [
        item
        for item, revision in found
        if item.kind != "script"
        and revision.id not in stopped
        and not qualification.why_not(me, topic=item.topic, bank=bank, at=now)
    ]
    place = {item_id: n for n, item_id in enumerate(chosen)}
    return page(
        request,
        "h5/card.html",
        shows_phone=card is None or card.shows_phone,
        items=sorted(offered, key=lambda item: place.get(item.id, len(place))),
        chosen=set(chosen),
        most=actions_cards.ITEMS_MAX,
        kept=kept,
        has_photo=bool((await tenants.staff(db, me.id)).photo_key),
        may_photo=await _may_change_photo(db),
        **await _own_card(db, me, at=now),
    )


async def _may_change_photo(db: Read) -> bool:
    bank = await tenants.bank(db)  # anew: who signed in may be remembered for seconds
    return bool(banksettings.effective(bank.settings)["photo_by_employee"])


@post("/m/card", guards=[May("links.write")], include_in_schema=False)
async def write_card(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Keep what the e-card shows: of what the bank knows, and nothing written freely."""
    sent = await request.form()
    try:
        item_ids = [UUID(str(one)) for one in sent.getall("item", [])]
    except ValueError as wrong:
        raise Invalid.of("item", "请从列表里选择名片上的内容") from wrong
    await actions_cards.write_card(
        db,
        item_ids,
        shows_phone=sent.get("shows_phone") is not None,
        by=me,
        at=now,
        new_code=new_code,
    )
    return go(request, "/m/card?kept=1")


@dataclass
class PhotoForm:
    """An uploaded photo."""

    file: UploadFile


@post("/m/card/photo", guards=[May("links.write")], include_in_schema=False)
async def change_photo(
    request: Request[Any, Any, Any],
    data: MultipartBody[PhotoForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Keep the employee's own new photo, where the bank lets them.

    Raises Forbidden: the bank changes photos itself. Invalid: no picture.
    """
    who = principal_of(request)
    async with house.database.reading(who.tenant) as db:
        if not await _may_change_photo(db):
            raise Forbidden("本行的员工照片由管理员上传，请把照片发给管理员")
    await keep_photo(house, who, who.staff.id, await data.file.read(), at=now)
    return go(request, "/m/card?kept=1")


@get("/m/photo.jpg", guards=[May("links.write")], include_in_schema=False)
async def own_photo(request: Request[Any, Any, Any], house: TheHouse) -> Response[bytes]:
    """Return the signed-in person's own photo, a changed one at once."""
    who = principal_of(request)
    async with house.database.reading(who.tenant) as db:
        photo_key = (await tenants.staff(db, who.staff.id)).photo_key
    if not photo_key:
        raise NotFound("您还没有照片，请联系本行管理员上传")
    data = await house.storage.get(photo_key)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


HANDLERS = [code_page, card_page, write_card, change_photo, own_photo]
