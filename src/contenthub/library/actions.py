"""Writes of items: draft, submit, withdraw, approve, return, publish, recall, expire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.library import (
    actions_references,
    actions_reviews,
    actions_signals,
    actions_tokens,
    bodytext,
    kinds,
    queries,
    queries_fields,
    queries_outside,
    queries_rules,
    review,
)
from contenthub.library.findings import Kept
from contenthub.library.fingerprint import wording
from contenthub.library.models import Item, Review, Revision
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

REASON_MIN_CHARS, REASON_MAX_CHARS = 2, 200
_SHOWN_OR_WAITING = ("live", "approved")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes; `fields` as the form or API sent them (kinds.py cleans them)."""

    kind: str
    topic: str
    title: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    cover_asset_id: UUID | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


async def _checked(db: Write, draft: Draft) -> dict[str, Any]:
    """Return a revision's columns for a draft; raises Invalid naming every wrong field."""
    fields = kinds.check(draft.kind, draft.topic, draft.title, draft.fields, complete=False)
    if draft.valid_from and draft.valid_until and draft.valid_from >= draft.valid_until:
        raise Invalid.of("valid_until", "有效期的结束应晚于开始")
    body = bodytext.kept(draft.body)
    fields, cover_id = await queries_fields.settled(
        db, draft.kind, draft.topic, fields, cover_id=draft.cover_asset_id, body=body
    )
    columns: dict[str, Any] = {
        "kind": draft.kind,
        "topic": draft.topic,
        "title": kinds.clean_title(draft.title),
        "fields": fields,
        "body": body,
        "cover_asset_id": cover_id,
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
    }
    return {**columns, "hash": wording(**columns)}


async def write_item(db: Write, draft: Draft, *, by: Staff, at: datetime) -> tuple[Item, Revision]:
    """Start an item with its first draft revision."""
    columns = await _checked(db, draft)
    prefix = kinds.KINDS[draft.kind].code_prefix
    no = await tenants.next_no(db, f"item_code.{prefix}")
    item = Item(
        tenant_id=bank_id(db),
        id=new_id(),
        code=f"{prefix}-{1000 + no}",
        kind=draft.kind,
        topic=draft.topic,
        title=columns["title"],
        state="draft",
        author_id=by.id,
        created_at=at,
        updated_at=at,
    )
    db.add(item)
    await db.flush()
    first = new_revision(db, item, columns, no=1, by=by, at=at)
    await actions_tokens.index(db, item)
    tenants.record(db, "item.created", "item", item.id, by=by, at=at, code=item.code)
    return item, first


async def write_draft(
    db: Write,
    item_id: UUID,
    draft: Draft,
    *,
    known_hash: str = "",
    by: Staff,
    at: datetime,
) -> tuple[Item, Revision]:
    """Change the draft of an item; anything past draft gets a new draft revision.

    `known_hash` is the wording the author began from; empty does not ask. An unchanged
    wording writes nothing, unless it left the shelf: then it is offered anew.

    Raises:
        WrongStep: the newest revision waits for review; withdraw it first.
        ChangedMeanwhile: somebody else saved another wording since.
    """
    item = await queries.item(db, item_id, lock=True)
    working = await _working(db, item)
    if known_hash and known_hash != working.hash:
        raise review.ChangedMeanwhile()
    if working.state == "in_review":
        raise review.WrongStep("这一版正在审核，请先撤回再修改")
    if draft.kind != item.kind:
        raise Invalid.of("kind", "内容类型不能更改，请新建一条内容")
    columns = await _checked(db, draft)
    if columns["hash"] == working.hash and not working.may_return:
        return item, working
    await queries_fields.require_prizes_kept(
        db, item, columns["fields"], at=at, valid_from=draft.valid_from
    )
    return item, await write_wording(db, item, working, columns, by=by, at=at)


async def write_wording(
    db: Write,
    item: Item,
    working: Revision,
    columns: Mapping[str, Any],
    *,
    by: Staff,
    at: datetime,
) -> Revision:
    """Write checked columns of another wording into a locked item's draft, or start the next one.

    The caller has seen that the newest revision `working` does not wait for review.
    """
    if working.state == "draft":
        for name, value in columns.items():
            setattr(working, name, value)
        working.updated_at = at
        working.editors = review.with_editor(working.editors, by.id)
    else:
        working = _after(db, item, working, columns, by=by, at=at)
        if item.live_revision_id is None:
            item.state = "draft"
    item.updated_at = at
    if not await queries.was_live(db, item):
        item.topic, item.title = working.topic, working.title
    await actions_tokens.index(db, item)
    tenants.record(
        db, "revision.written", "item", item.id, by=by, at=at, no=working.no, hash=working.hash
    )
    return working


def new_revision(
    db: Write, item: Item, columns: Mapping[str, Any], *, no: int, by: Staff, at: datetime
) -> Revision:
    """Add draft number `no` of an item, of checked columns, and make it the newest."""
    made = Revision(
        tenant_id=bank_id(db),
        id=new_id(),
        item_id=item.id,
        no=no,
        state="draft",
        author_id=by.id,
        editors=[by.id],
        created_at=at,
        updated_at=at,
        **columns,
    )
    db.add(made)
    item.working_revision_id = made.id
    return made


def _after(
    db: Write, item: Item, before: Revision, columns: Mapping[str, Any], *, by: Staff, at: datetime
) -> Revision:
    """Start the next draft revision; what nobody approved goes on with its people."""
    made = new_revision(db, item, columns, no=before.no + 1, by=by, at=at)
    theirs = review.carried(before.editors, was_approved=before.approved_at is not None)
    made.editors = review.with_editor(theirs, by.id)
    return made


async def _working(db: Write, item: Item) -> Revision:
    if item.working_revision_id is None:
        raise review.WrongStep("这条内容没有可处理的版本")
    return await queries.revision(db, item.working_revision_id, lock=True)


async def submit(db: Write, item_id: UUID, *, by: Staff, at: datetime) -> tuple[Item, Revision]:
    """Hand the draft to review: complete, checked against the rules, its hash fixed.

    Blocking rule hits do not stop a submission; they stop its approval.
    """
    item = await queries.item(db, item_id, lock=True)
    working = await _working(db, item)
    state = review.decide(working.state, "submit", authors=working.editors, actor_id=by.id)
    kinds.check(working.kind, working.topic, working.title, working.fields)
    await queries_fields.check_finished(db, working.body)
    queries_fields.require_own(item, working)
    await queries_fields.require_prizes_kept(
        db, item, working.fields, at=at, valid_from=working.valid_from
    )
    await queries_fields.require_not_over(db, working, at=at)
    rules = await queries_rules.rules(db)
    hits = await queries_rules.hits_of(db, working, under=rules)
    hits = [*await queries_outside.hits_of(db, working), *hits]
    working.rule_pack = rules.version
    working.editors = review.with_editor(working.editors, by.id)
    # All at once: once submitted, the database lets nothing of a wording change.
    working.state, working.hits = state, msgspec.to_builtins(hits)
    working.submitted_at = working.updated_at = item.updated_at = at
    if item.live_revision_id is None:
        item.state = "in_review"
    await actions_reviews.open_review(db, "revision", working, flow=working.kind, at=at)
    tenants.record(
        db,
        "revision.submitted",
        "item",
        item.id,
        by=by,
        at=at,
        no=working.no,
        hash=working.hash,
        hits=len(hits),
    )
    return item, working


async def withdraw(db: Write, item_id: UUID, *, by: Staff, at: datetime) -> Item:
    """Take a submission back to draft, by somebody who wrote or submitted it."""
    item = await queries.item(db, item_id)
    if item.working_revision_id is not None:
        # The review first, as every decision does: two orders of locks would be a deadlock.
        await queries.waiting_review(db, item.working_revision_id, lock=True)
    item = await queries.item(db, item_id, lock=True)
    working = await _working(db, item)
    working.state = review.decide(
        working.state, "withdraw", authors=working.editors, actor_id=by.id
    )
    if item.live_revision_id is None:
        item.state = "draft"
    item.updated_at = at
    await actions_reviews.withdraw_review(db, working.id, at=at)
    tenants.record(db, "revision.withdrawn", "item", item.id, by=by, at=at, no=working.no)
    return item


async def approve_revision(
    db: Write,
    taken: Review,
    *,
    comment: str = "",
    kept: Sequence[Kept] = (),
    by: Staff,
    at: datetime,
) -> Revision:
    """Approve the revision of a taken review; it goes live now unless its window begins later.

    `kept` gives the reasons to keep findings that have to be weighed.

    Raises:
        BlockingHits, OpenFindings, OwnWork, NotInReview; WindowOver when its validity ended.
    """
    item, revision = await _subject(db, taken)
    queries_fields.require_not_held(item)
    await queries_fields.require_prizes_kept(
        db, item, revision.fields, at=at, valid_from=revision.valid_from
    )
    state = review.decide(
        revision.state,
        "approve",
        authors=revision.editors,
        actor_id=by.id,
        open_blocks=await queries_rules.blocks_now(db, revision),
    )
    if over := await queries_fields.ended(db, revision, at=max(at, revision.valid_from or at)):
        raise review.WindowOver(next(iter(over.values())) + "；请退回作者修改")
    await actions_reviews.close_review(
        db, taken, "approved", comment=comment, seen=revision, kept=kept, by=by, at=at
    )
    if await actions_reviews.opens_next(db, taken, at=at):
        return revision
    revision.state, revision.approved_at = state, at
    await db.flush()
    await actions_reviews.tell_approved(db, item, revision, at=at)
    if revision.valid_from is None or revision.valid_from <= at:
        await go_live(db, item, revision, at=at)
    elif item.live_revision_id is None:
        item.state = "approved"
    item.updated_at = at
    return revision


async def _subject(db: Write, taken: Review) -> tuple[Item, Revision]:
    """Return a review's item and revision, locked in the order of every write of an item."""
    found = await queries.revision(db, taken.subject_id)
    item = await queries.item(db, found.item_id, lock=True)
    return item, await queries.revision(db, found.id, lock=True)


async def return_revision(
    db: Write, taken: Review, *, comment: str, by: Staff, at: datetime
) -> Revision:
    """Return the revision of a taken review to its author, with the reason."""
    item, revision = await _subject(db, taken)
    state = review.decide(revision.state, "return", authors=revision.editors, actor_id=by.id)
    await actions_reviews.close_review(
        db, taken, "returned", comment=comment, seen=revision, by=by, at=at
    )
    revision.state = state
    if item.live_revision_id is None:
        item.state = "returned"
    item.updated_at = at
    return revision


async def go_live(db: Write, item: Item, revision: Revision, *, at: datetime) -> None:
    """Make an approved revision the live one; the one before it is superseded."""
    if item.live_revision_id is not None and item.live_revision_id != revision.id:
        before = await queries.revision(db, item.live_revision_id, lock=True)
        if before.state == "live":
            before.state = review.decide("live", "supersede", authors=before.editors, actor_id=None)
    revision.state = review.decide(
        revision.state, "go_live", authors=revision.editors, actor_id=None
    )
    revision.live_at = at
    item.live_revision_id = revision.id
    item.topic, item.title = revision.topic, revision.title
    item.state, item.updated_at = "live", at
    await actions_tokens.index(db, item)
    tenants.record(
        db,
        "revision.published",
        "item",
        item.id,
        by=None,
        at=at,
        no=revision.no,
        hash=revision.hash,
    )
    await actions_signals.page_changed(db, item)
    actions_references.mark(db, item)
    # Posters of the wording before show what holds no more.
    enqueue(db, "scheduler.stop_item", item_id=item.id)


async def recall(db: Write, item_id: UUID, *, reason: str, by: Staff, at: datetime) -> Item:
    """Take the live revision, and one approved for later, away from everybody at once.

    Posters stop, links say 「内容已下架」, queued deliveries are cancelled by the rooms above. A
    next wording that waits for review becomes a draft again.

    Raises:
        WrongStep: nothing of the item is live or approved.
    """
    reason = reason.strip()
    if len(reason) < REASON_MIN_CHARS:
        raise Invalid.of("reason", "请写明下架原因，便于留痕和告知客户经理，例如 利率调整")
    if len(reason) > REASON_MAX_CHARS:
        raise Invalid.of("reason", f"下架原因最多 {REASON_MAX_CHARS} 字，请写得简短些")
    if "\x00" in reason:
        raise Invalid.of("reason", "下架原因含有无法保存的特殊字符，请删除后重新输入")
    item = await queries.item(db, item_id)
    if item.working_revision_id is not None:
        # The review first, as every decision does: two orders of locks would be a deadlock.
        await queries.waiting_review(db, item.working_revision_id, lock=True)
    item = await queries.item(db, item_id, lock=True)
    found = await queries.revisions_in(db, item_id, _SHOWN_OR_WAITING, lock=True)
    if not found:
        review.step(item.state, "recall")
        raise review.WrongStep("这条内容没有可下架的版本")
    for revision in found:
        revision.state = review.decide(
            revision.state, "recall", authors=revision.editors, actor_id=by.id
        )
        tenants.record(
            db, "revision.recalled", "item", item.id, by=by, at=at, no=revision.no, reason=reason
        )
    await actions_reviews.take_back(db, item, by=by, at=at)
    item.live_revision_id = None
    item.state, item.recall_reason, item.recalled_at, item.updated_at = "recalled", reason, at, at
    await actions_signals.page_changed(db, item)
    actions_references.mark(db, item)
    await actions_reviews.tell_recalled(db, item, at=at)
    return item
