"""我的码 and one poster at full size, to be saved by a long press."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Template

from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.library.queries import NotLive
from contenthub.posters import queries
from contenthub.tenants import qualification, queries_staff
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.h5 import words
from contenthub.web.pages import page
from contenthub.web.signin import May

CODE_PX = 860


@get("/m/code", guards=[May("links.write")], include_in_schema=False)
async def code_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show the employee's personal code, large, and their name card."""
    refused, title = "", ""
    try:
        item = await queries.card_item(db, me, at=now)
        title = item.title
        refused = qualification.why_not(me, topic=item.topic, bank=bank, at=now)
    except NotLive as error:
        refused = error.detail or error.title
    return page(
        request,
        "h5/code.html",
        branch=await queries_staff.branch(db, me.branch_id),
        opens=title,
        refused=refused,
        code_url=f"/api/v1/employees/{me.id}/qr.png?size_px={CODE_PX}",
        card_url=f"/api/v1/employees/{me.id}/card.jpg",
    )


@get("/m/photo.jpg", guards=[May("links.write")], include_in_schema=False)
async def own_photo(me: Me, house: TheHouse) -> Response[bytes]:
    """Return the signed-in person's own photo."""
    if not me.photo_key:
        raise NotFound("您还没有照片，请联系本行管理员上传")
    data = await house.storage.get(me.photo_key)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@get("/m/posters/{template_id:uuid}", guards=[May("links.write")], include_in_schema=False)
async def poster_page(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show the employee's poster of a live template at full size."""
    template = await queries.live_template(db, template_id, at=now)
    item, revision = await library.live(db, template.item_id, at=now)
    refused = qualification.why_not(me, topic=item.topic, bank=bank, at=now)
    stopped = await queries_shareable.stopped_of(db, [revision.id])
    return page(
        request,
        "h5/poster.html",
        shown=template,
        poster=words.poster_url(template.id, me),
        refused=refused or stopped.get(revision.id, ""),
    )


HANDLERS = [code_page, own_photo, poster_page]
