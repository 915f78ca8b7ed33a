"""今日海报 and one poster at full size: pictures saved by a long press or passed on."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.db import Write
from contenthub.library import queries as library
from contenthub.library.models import Revision
from contenthub.posters import actions_choices, queries
from contenthub.sharing import actions, actions_own
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants import qualification
from contenthub.tenants.models import Bank, Staff
from contenthub.web import contact_ways
from contenthub.web.api.poster_pictures import Background, OwnBackground
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.h5 import deck
from contenthub.web.pages import page
from contenthub.web.signin import May

CHANNEL = "poster"
"""The link in a poster's code; what is sent beside the poster leads to the same."""


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
    background: OwnBackground = None,
) -> Template:
    """Show the employee's poster of a live template at full size."""
    slide, _ = await deck.one(db, template_id, me, background=background, at=now)
    refused = qualification.why_not(me, topic=slide.item.topic, bank=bank, at=now)
    refused = refused or slide.stopped
    if not refused and slide.shows_contact:
        refused = (await contact_ways.standing(db, me, at=now, channel=CHANNEL)).why
    return page(request, "h5/poster.html", slide=slide, refused=refused)


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
    background: OwnBackground = None,
) -> Template:
    """Return the words and the ways to pass a poster on, with the link that is in its code."""
    slide, revision = await deck.one(db, template_id, me, background=background, at=now)
    deck.require_sendable(slide)
    return await _along(request, db, slide, revision=revision, me=me, bank=bank, at=now)


@post(
    "/m/posters/{template_id:uuid}/background",
    guards=[May("links.write")],
    status_code=200,
    include_in_schema=False,
)
async def choose_background(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    background: Background = 0,
) -> Template:
    """Remember the background the employee's poster has from now on; return what goes along."""
    await actions_choices.choose(db, template_id, background, by=me, at=now)
    slide, revision = await deck.one(db, template_id, me, background=background, at=now)
    deck.require_sendable(slide)
    return await _along(
        request, db, slide, revision=revision, me=me, bank=bank, at=now, is_kept=True
    )


async def _along(  # what the page shows below a poster
    request: Request[Any, Any, Any],
    db: Write,
    slide: deck.Slide,
    *,
    revision: Revision,
    me: Staff,
    bank: Bank,
    at: datetime,
    is_kept: bool = False,
) -> Template:
    code = code_from(secrets.token_bytes(RANDOM_BYTES))
    link = await actions.make_link(db, slide.item, employee=me, channel=CHANNEL, at=at, code=code)
    share = await deck.share_of(db, link, slide, revision=revision, bank=bank, me=me)
    return page(request, "h5/_poster_share.html", share=share, slide=slide, is_kept=is_kept)


@post(
    "/m/posters/{template_id:uuid}/shared",
    guards=[May("links.write")],
    status_code=200,
    include_in_schema=False,
)
async def note_shared(template_id: FromPath[UUID], db: Db, me: Me, now: Now) -> dict[str, int]:
    """Count that the employee saved, copied or sent a poster; return how often today."""
    template = await queries.shareable_template(db, template_id, at=now)
    link = await actions.make_link(
        db,
        await library.item(db, template.item_id),
        employee=me,
        channel=CHANNEL,
        at=now,
        code=code_from(secrets.token_bytes(RANDOM_BYTES)),
    )
    return {"times": await actions_own.note_share(db, link, by=me, at=now)}


HANDLERS = [posters_page, poster_page, share_poster, choose_background, note_shared]
