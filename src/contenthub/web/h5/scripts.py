"""话术: what an employee may say, in their own name, with their own link where one belongs."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contenthub.db import Read
from contenthub.errors import Conflict
from contenthub.library import disclosing, kinds, messagetext, queries_fields, queries_shareable
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.library.queries import NotLive
from contenthub.sharing import actions, actions_copies, queries_mine
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants import access, qualification, queries_staff
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.h5 import words
from contenthub.web.h5.shares import CHANNEL, PER_PAGE
from contenthub.web.pages import page
from contenthub.web.signin import May

LINK_HERE = "（您的链接）"
"""Stands in a script for a link that is not made yet."""


@get("/m/scripts", guards=[May("library.view")], include_in_schema=False)
async def scripts_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    topic: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Template:
    """Show live scripts by topic and word, each as this employee would say it."""
    q = q[:60]
    found = await queries_shareable.script_items(db, topic=topic, q=q, at=now, limit=PER_PAGE)
    branch = await queries_staff.branch(db, me.branch_id)
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in found])
    return page(
        request,
        "h5/scripts.html",
        scripts=[
            {
                "item": item,
                "title": revision.title,
                "scene": _scene(revision),
                "text": _said(revision, "", bank=bank, me=me, branch=branch.name),
                "stopped": stopped.get(revision.id, ""),
            }
            for item, revision in found
        ],
        chips=words.topic_chips("/m/scripts", TOPICS, topic=topic, q=q),
        topic=topic,
        q=q,
        is_cut=len(found) == PER_PAGE,
    )


@get("/m/scripts/{item_id:uuid}", guards=[May("library.view")], include_in_schema=False)
async def script_page(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template | Redirect:
    """Show one script filled in, to be copied; with the link of what it goes with, once made."""
    item, revision = await library.live(db, item_id, at=now)
    if item.kind != "script":
        return Redirect(f"/m/materials/{item.id}", status_code=303)
    with_item = await _goes_with(db, revision, at=now)
    link = (
        await queries_mine.own_link(db, with_item.id, me.id, channel=CHANNEL) if with_item else None
    )
    person = await tenants.staff(db, me.id)
    refused = qualification.why_not(person, topic=item.topic, bank=bank, at=now)
    stopped = await queries_shareable.stopped_of(db, [revision.id])
    branch = await queries_staff.branch(db, me.branch_id)
    address = f"{db.info['settings'].public_url}/s/{link.code}" if link else ""
    return page(
        request,
        "h5/script.html",
        item=item,
        title=revision.title,
        scene=_scene(revision),
        when=str(revision.fields.get("when") or ""),
        text=_said(revision, address, bank=bank, me=person, branch=branch.name),
        foot=_foot(bank, item, revision, address),
        with_item=with_item,
        has_link=link is not None,
        asks_link="link" in messagetext.check_text(str(revision.fields.get("text") or "")),
        link_here=LINK_HERE,
        may_share=access.may(me.roles, "links.write"),
        refused=refused or stopped.get(revision.id, ""),
        advice=await queries_shareable.advice_of(db, revision),
    )


@post(
    "/m/scripts/{item_id:uuid}/copied",
    guards=[May("library.view")],
    status_code=204,
    include_in_schema=False,
)
async def script_copied(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Note that the employee copied the script; told by the page as it fills the clipboard."""
    await actions_copies.note_copy(db, item_id, by=me, at=now)


@post("/m/scripts/{item_id:uuid}/link", guards=[May("links.write")], include_in_schema=False)
async def link_for_script(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Redirect:
    """Make the employee's link to what the script goes with, and show the script with it."""
    _, revision = await library.live(db, item_id, at=now)
    with_item = await _goes_with(db, revision, at=now)
    if with_item is None:
        raise Conflict("这段话术没有配合的内容；请在“素材”里选一条内容，复制它的链接")
    code = code_from(secrets.token_bytes(RANDOM_BYTES))
    await actions.make_link(db, with_item, employee=me, channel=CHANNEL, at=now, code=code)
    return Redirect(f"/m/scripts/{item_id}", status_code=303)


def _foot(bank: Bank, item: Item, revision: Revision, address: str) -> str:
    """Return the lines below a script; without a link the way out is to say so."""
    foot = queries_shareable.foot_of(bank, item, revision)
    return foot if address else foot.replace(disclosing.WAY_OUT, "不想再收到请告诉我")


def _scene(revision: Revision) -> str:
    scene = revision.fields.get("scene")
    spec = kinds.field(revision.kind, revision.topic, "scene")
    return kinds.show(spec, scene) if scene else ""


def _said(revision: Revision, link: str, *, bank: Bank, me: Staff, branch: str) -> str:
    return words.message_for(
        str(revision.fields.get("text") or ""),
        bank=bank,
        me=me,
        branch=branch,
        title=revision.title,
        link=link or LINK_HERE,
    )


async def _goes_with(db: Read, revision: Revision, *, at: datetime) -> Item | None:
    """Return the live item that a script goes with, if it names one that has a page."""
    code = str(revision.fields.get("related_item") or "")
    named = await queries_fields.item_by_code(db, code) if code else None
    if named is None or named.kind not in kinds.SHARED_KINDS:
        return None
    try:
        return (await library.live(db, named.id, at=at))[0]
    except NotLive:
        return None


HANDLERS = [scripts_page, script_page, script_copied, link_for_script]
