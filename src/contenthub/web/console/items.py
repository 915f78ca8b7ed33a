"""One item: its detail, phone preview, and what may be done with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import (
    actions,
    actions_copies,
    actions_windows,
    findings,
    kinds,
    lint,
    queries,
    queries_labels,
    queries_reviews,
    review,
    richtext,
)
from contenthub.library.models import Item, Revision
from contenthub.library.models_labels import Label
from contenthub.scheduler import queries_gone
from contenthub.sharing import queries_signups
from contenthub.sharing.queries_contacts import Wanted
from contenthub.tenants import access, queries_audit
from contenthub.tenants.models import Bank, Staff
from contenthub.web.audit_words import event_words
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.landing.preview import preview_values
from contenthub.web.matching_desk import is_matched
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May
from contenthub.web.wordings import SEEN, changes, current_hits, facts_of, placed_hits

HERE = "/console/library"
TRAIL = 20
RECALL_REASONS = ("利率或费用调整", "产品已售罄或停售", "活动提前结束", "内容有误", "监管要求")


@dataclass
class WhichVersion:
    """Which version a button is about."""

    no: int


async def detail_of(
    db: Read,
    item_id: UUID,
    me: Staff,
    *,
    bank: Bank,
    labels: tuple[list[Label], dict[UUID, list[Label]]] | None = None,
) -> dict[str, Any]:
    """Return what the detail of an item shows `me`; raises NotFound.

    `labels` are those of the bank and of its items, from whoever has read them already.
    """
    every, labelled = labels or await queries_labels.labels_and_marks(db, [item_id])
    # All of them first: the newest and the live one then need no statement of their own.
    revisions = await queries.revisions(db, item_id)
    item, newest, current = await queries.item_wordings(db, item_id)
    reviews = await queries_reviews.reviews_of_all(db, [one.id for one in revisions])
    about = queries_audit.Filter(subject_ids=(item_id, *(one.id for one in revisions)))
    trail = await queries_audit.trail(db, about, limit=TRAIL)
    before = await _seen_before(db, item, newest)
    hits = await current_hits(db, newest)
    named = await queries.names(
        db, [*(r.author_id for r in revisions), *(r.reviewer_id for r in reviews)]
    )
    return {
        "item": item,
        "newest": newest,
        "current": current,
        "scheduled": [one for one in revisions if one.state == "approved"],
        "facts": facts_of(newest),
        "body_text": richtext.plain(newest.body)[:600],
        "hits": placed_hits(newest, hits),
        "blocks": findings.block_count(hits),
        "changed": await changes(db, before, newest, zone=bank.zone) if before else [],
        "compared": before,
        "seen": SEEN.get(before.state, "") if before else "",
        "revisions": revisions,
        "reviews": reviews,
        "named": named,
        "waiting": next((r for r in reviews if r.state == "waiting"), None),
        "trail": [(e, event_words(e.event)) for e in trail],
        "kind": kinds.KINDS[item.kind],
        "actions": _buttons(item, newest, me),
        "recall_reasons": RECALL_REASONS,
        **await _stops(db, item),
        "labels": labelled.get(item_id, []),
        "all_labels": every,
        "may_label": access.may(me.roles, "library.write"),
        "rule_pack": newest.rule_pack or lint.RULE_PACK_VERSION,
    }


async def _stops(db: Read, item: Item) -> dict[str, Any]:
    """Return its last recalls and expiries, and how many customers were not told yet."""
    off = []
    if item.recalled_at is not None and item.live_revision_id is None:
        off = await queries_signups.to_call_counts(db, Wanted(None, item_id=item.id))
    stops = await queries_gone.stops_of(db, item.id, limit=3)
    changed = []
    if item.kind == "activity" and item.live_revision_id is not None:
        changed = await queries_signups.to_tell_counts(db, Wanted(None, item_id=item.id))
    waiting, untold = (sum(customers for _, customers in found) for found in (off, changed))
    return {"stops": stops, "to_call": waiting, "to_tell": untold}


async def _seen_before(db: Read, item: Item, newest: Revision) -> Revision | None:
    """Return what customers see or saw last, unless that is the newest wording itself."""
    before = await queries.last_shown(db, item)
    return None if before is None or before.id == newest.id else before


def _buttons(item: Item, newest: Revision, me: Staff) -> set[str]:
    """Return the names of what `me` may do with an item now."""

    def may(permission: str) -> bool:
        return access.may(me.roles, permission)

    found = set(review.allowed(newest.state, authors=newest.editors, actor_id=me.id, may=may))
    if item.live_revision_id is not None and may("library.recall"):
        found.add("recall")
    if may("library.write"):
        found.add("copy")
        if newest.state != "in_review":
            found.add("edit")
    if newest.state == "in_review" and may("reviews.decide"):
        found.add("review")
    return found


@get(f"{HERE}/{{item_id:uuid}}", guards=[May("library.drafts")], include_in_schema=False)
async def item_page(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, bank: OurBank
) -> Template:
    """Show one item: beside the list (a fragment), or as a page with its phone preview."""
    detail = await detail_of(db, item_id, me, bank=bank)
    template = "console/_item.html" if is_fragment(request) else "console/item.html"
    return page(request, template, detail=detail, is_matched=is_matched(detail["item"]))


@get(f"{HERE}/{{item_id:uuid}}/preview", guards=[May("library.drafts")], include_in_schema=False)
async def preview_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, bank: OurBank
) -> Template:
    """Show the newest wording as a customer's phone would, with nothing that can be sent."""
    item, newest, _ = await queries.item_wordings(db, item_id)
    values = await preview_values(db, item, newest, bank=bank)
    return page(request, "console/preview.html", **values)


@post(f"{HERE}/{{item_id:uuid}}/submit", guards=[May("library.write")], include_in_schema=False)
async def submit_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Hand the draft to review."""
    await actions.submit(db, item_id, by=me, at=now)
    return go(request, f"{HERE}/{item_id}")


@post(f"{HERE}/{{item_id:uuid}}/withdraw", guards=[May("library.write")], include_in_schema=False)
async def withdraw_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take the own submission back and go on writing."""
    await actions.withdraw(db, item_id, by=me, at=now)
    return go(request, f"{HERE}/{item_id}/edit")


@post(f"{HERE}/{{item_id:uuid}}/call-off", guards=[May("library.write")], include_in_schema=False)
async def call_off_version(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    data: URLEncodedBody[WhichVersion],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Take an approved version back before its hour; the live one serves on."""
    await actions_windows.call_off(db, item_id, data.no, by=me, at=now)
    return go(request, f"{HERE}/{item_id}")


@post(f"{HERE}/{{item_id:uuid}}/copy", guards=[May("library.write")], include_in_schema=False)
async def copy_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Start a new item from this one and open it."""
    made, _ = await actions_copies.copy_item(db, item_id, by=me, at=now)
    return go(request, f"{HERE}/{made.id}/edit")


@post(f"{HERE}/{{item_id:uuid}}/recall", guards=[May("library.recall")], include_in_schema=False)
async def recall_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take the item away from everybody, at once, with the reason."""
    form = await request.form()
    reason = str(form.get("reason", ""))
    await actions.recall(db, item_id, reason=reason, by=me, at=now)
    return go(request, f"{HERE}/{item_id}")


HANDLERS = [
    item_page,
    preview_item,
    submit_item,
    withdraw_item,
    call_off_version,
    copy_item,
    recall_item,
]
