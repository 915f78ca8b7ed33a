"""今日海报, one poster at full size, 我的码: pictures saved by a long press or passed on."""

import secrets
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.library.queries import NotLive
from contenthub.posters import queries
from contenthub.sharing import actions, actions_own
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants import qualification, queries_staff
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.h5 import deck
from contenthub.web.pages import page
from contenthub.web.signin import May

CODE_PX = 860
CHANNEL = "poster"
"""The link in a poster's code; what is sent beside the poster leads to the same."""
Background = Annotated[int, QueryParameter(name="background", ge=0, le=8)]


@get("/m/posters", guards=[May("links.write")], include_in_schema=False)
async def posters_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show today's posters, one beside the other."""
    return page(request, "h5/posters.html", slides=await deck.slides(db, me, bank, at=now))


@get("/m/posters/{template_id:uuid}", guards=[May("links.write")], include_in_schema=False)
async def poster_page(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    background: Background = 0,
) -> Template:
    """Show the employee's poster of a live template at full size."""
    slide, revision = await deck.one(db, template_id, me, background=background, at=now)
    refused = qualification.why_not(me, topic=slide.item.topic, bank=bank, at=now)
    stopped = await queries_shareable.stopped_of(db, [revision.id])
    return page(
        request,
        "h5/poster.html",
        slide=slide,
        refused=refused or stopped.get(revision.id, ""),
    )


@post(
    "/m/posters/{template_id:uuid}/share",
    guards=[May("links.write")],
    status_code=200,
    include_in_schema=False,
)
async def share_poster(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    background: Background = 0,
) -> Template:
    """Return the words and the ways to pass a poster on, with the link that is in its code."""
    slide, revision = await deck.one(db, template_id, me, background=background, at=now)
    code = code_from(secrets.token_bytes(RANDOM_BYTES))
    link = await actions.make_link(db, slide.item, employee=me, channel=CHANNEL, at=now, code=code)
    share = await deck.share_of(db, link, slide, revision=revision, bank=bank, me=me)
    return page(request, "h5/_poster_share.html", share=share, slide=slide)


@post(
    "/m/posters/{template_id:uuid}/shared",
    guards=[May("links.write")],
    status_code=200,
    include_in_schema=False,
)
async def note_shared(template_id: FromPath[UUID], db: Db, me: Me, now: Now) -> dict[str, int]:
    """Count that the employee saved, copied or sent a poster; return how often today."""
    template = await queries.live_template(db, template_id, at=now)
    link = await actions.make_link(
        db,
        await library.item(db, template.item_id),
        employee=me,
        channel=CHANNEL,
        at=now,
        code=code_from(secrets.token_bytes(RANDOM_BYTES)),
    )
    return {"times": await actions_own.note_share(db, link, by=me, at=now)}


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


HANDLERS = [posters_page, poster_page, share_poster, note_shared, code_page, own_photo]
