"""素材: what an employee may share now, and their own link to it with code, poster and words."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contenthub.db import Read
from contenthub.errors import Conflict, NotFound
from contenthub.library import disclosing, kinds, pageparts, queries_shareable
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.posters import qr
from contenthub.posters import queries_shareable as posters
from contenthub.posters.models import PosterTemplate
from contenthub.sharing import actions, queries, queries_mine
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants import access, qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import matching_desk
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.h5 import words
from contenthub.web.landing.words import facts_for_staff, rows_of
from contenthub.web.pages import fragment_headers, is_fragment, page
from contenthub.web.signin import May

CHANNEL = "h5"
QR_PX = 560
PER_PAGE = 40


@get("/m/materials", guards=[May("library.view")], include_in_schema=False)
async def materials_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    now: Now,
    topic: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Template:
    """Show live items, by topic and word, each with its poster."""
    q = q[:60]
    found = await queries_shareable.shareable(db, topic=topic, q=q, at=now, limit=PER_PAGE)
    templates = await posters.sendable_of(db, [item.id for item, _ in found])
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in found])
    counts = await queries_shareable.shareable_topics(db, at=now)
    slugs = (slug for slug in TOPICS if counts.get(slug))
    return page(
        request,
        "h5/materials.html",
        cards=[
            _card(item, revision, templates.get(item.id, []), me, why=stopped.get(revision.id, ""))
            for item, revision in found
        ],
        chips=words.topic_chips("/m/materials", slugs, topic=topic, q=q),
        topic=topic,
        q=q,
        may_share=access.may(me.roles, "links.write"),
        is_cut=len(found) == PER_PAGE,
    )


def _points(revision: Revision) -> list[pageparts.Section]:
    return pageparts.parts_of(revision.kind, revision.topic, revision.fields).points


def _card(
    item: Item, revision: Revision, templates: list[Any], me: Staff, *, why: str = ""
) -> dict[str, Any]:
    """Return what the list shows of an item; `why` nobody shares it now, then without a poster."""
    return {
        "stopped": why,
        "id": item.id,
        "title": revision.title,
        "kind": kinds.KINDS[item.kind].label,
        "topic": item.topic,
        "summary": words.summary_of(revision.fields),
        "valid_until": revision.valid_until,
        "thumb": words.poster_url(templates[0].id, me, width_px=240)
        if templates and not why
        else "",
    }


@get("/m/materials/{item_id:uuid}", guards=[May("library.view")], include_in_schema=False)
async def material_page(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template | Redirect:
    """Show what a customer will read, the employee's posters of it, and the share button."""
    item, revision = await library.live(db, item_id, at=now)
    if item.kind == "script":
        return Redirect(f"/m/scripts/{item.id}", status_code=303)
    templates, paused, others = await posters.standing(db, item.id)
    link = await queries_mine.own_link(db, item.id, me.id, channel=CHANNEL)
    stat = await queries.stat(db, link.id) if link else None
    # Read anew: a qualification that ended a second ago is not shared on.
    person = await tenants.staff(db, me.id)
    refused = qualification.why_not(person, topic=item.topic, bank=bank, at=now)
    stopped = (await queries_shareable.stopped_of(db, [revision.id])).get(revision.id, "")
    return page(
        request,
        "h5/material.html",
        item=item,
        revision=revision,
        card=_card(item, revision, templates, me),
        facts=rows_of(revision),
        points=[line for each in _points(revision) for line in each.lines],
        for_staff=facts_for_staff(revision),
        posters=[(t, words.poster_url(t.id, me, width_px=360)) for t in templates],
        paused=paused,
        others=others,
        stat=stat,
        may_share=access.may(me.roles, "links.write"),
        refused=refused,
        stopped=stopped,
        is_matched=matching_desk.is_matched(item),
        advice="" if stopped else await queries_shareable.advice_of(db, revision),
        share=share_of(db, item, revision, bank, me=person, code=link.code, templates=templates)
        if link and not (refused or stopped)
        else None,
        bank_name=bank.name,
    )


def share_of(  # what the sheet is made of
    db: Read,
    item: Item,
    revision: Revision,
    bank: Bank,
    *,
    me: Staff,
    code: str,
    templates: Sequence[PosterTemplate],
) -> dict[str, Any]:
    """Return what the share sheet shows: address, code picture, words, poster."""
    address = f"{db.info['settings'].public_url}/s/{code}"
    text = words.own_words(revision, bank=bank, me=me)
    return {
        "title": revision.title,
        "code": code,
        "url": address,
        "qr": f"/m/links/{code}/qr.png",
        "text": text,
        "whole": disclosing.with_foot(
            words.with_link(text, address), queries_shareable.foot_of(bank, item, revision)
        ),
        "template_id": templates[0].id if templates else None,
        "poster": words.poster_url(templates[0].id, me) if templates else "",
    }


@post(
    "/m/materials/{item_id:uuid}/share",
    guards=[May("links.write")],
    status_code=200,
    include_in_schema=False,
)
async def share_material(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Make the employee's link to an item, or find it again, and show the share sheet."""
    item, revision = await library.live(db, item_id, at=now)
    code = code_from(secrets.token_bytes(RANDOM_BYTES))
    link = await actions.make_link(db, item, employee=me, channel=CHANNEL, at=now, code=code)
    template = "h5/_sheet.html" if is_fragment(request) else "h5/share.html"
    templates = (await posters.sendable_of(db, [item.id])).get(item.id, [])
    share = share_of(db, item, revision, bank, me=me, code=link.code, templates=templates)
    answer = page(request, template, share=share, item=item)
    answer.headers.update(fragment_headers())
    return answer


@get("/m/links/{code:str}/qr.png", guards=[May("links.write")], include_in_schema=False)
async def link_code(  # what a route asks for
    code: FromPath[str], db: Db, me: Me, bank: OurBank, now: Now, house: TheHouse
) -> Response[bytes]:
    """Return the picture of the code of one of the employee's own links, while they may share."""
    link = await queries.link_by_code(db, code)
    if link.employee_id != me.id:
        raise NotFound("没有找到这个分享链接")
    item, person = await library.item(db, link.item_id), await tenants.staff(db, me.id)
    if why := qualification.why_not(person, topic=item.topic, bank=bank, at=now):
        raise Conflict(why)
    plain = bool(effective(bank.settings)["qr_plain_link"])
    text = qr.compact(f"{house.settings.public_url}/s/{link.code}", plain=plain)
    data = await asyncio.to_thread(qr.png, text, QR_PX)
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


HANDLERS = [materials_page, material_page, share_material, link_code]
