"""What the clock does to items: windows that begin and end, or are called off before."""

from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.library import (
    actions_references,
    actions_rescan,
    actions_signals,
    queries,
    queries_fields,
    queries_rules,
    review,
)
from contenthub.library.actions import go_live
from contenthub.library.lint import Hit
from contenthub.library.models import Item, Revision
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff


async def expire(db: Write, item_id: UUID, *, at: datetime) -> None:
    """End a live revision whose window has passed; harmless when run again."""
    item = await queries.item(db, item_id, lock=True)
    if item.live_revision_id is None:
        return
    revision = await queries.revision(db, item.live_revision_id, lock=True)
    if revision.state != "live" or revision.valid_until is None or revision.valid_until > at:
        return
    revision.state = review.decide("live", "expire", authors=revision.editors, actor_id=None)
    item.live_revision_id, item.state, item.updated_at = None, "expired", at
    tenants.record(db, "revision.expired", "item", item.id, by=None, at=at, no=revision.no)
    await actions_signals.page_changed(db, item)
    actions_references.mark(db, item)
    enqueue(db, "scheduler.stop_item", item_id=item.id)


async def start_window(db: Write, item_id: UUID, *, at: datetime) -> None:
    """Publish the approved revision whose window has begun; harmless when run again.

    An approved one that a newer live one has overtaken, or that would change the prizes of an
    activity meanwhile begun, ends unseen. One that the rules as they are now stop goes back to
    its author, and what is live serves on.
    """
    item = await queries.item(db, item_id, lock=True)
    live_no = 0
    if item.live_revision_id is not None:
        live_no = (await queries.revision(db, item.live_revision_id)).no
    for revision in await queries.revisions_in(db, item_id, ("approved",), lock=True):
        if revision.valid_from is not None and revision.valid_from > at:
            continue
        over = bool(await queries_fields.ended(db, revision, at=at)) or revision.no < live_no
        if over or await queries_fields.changed_prizes(db, item, revision.fields, at=at):
            revision.state = review.decide(
                "approved", "expire", authors=revision.editors, actor_id=None
            )
            tenants.record(db, "revision.expired", "item", item.id, by=None, at=at, no=revision.no)
        elif blocks := await queries_rules.stopping(db, revision):
            await _stop(db, item, revision, blocks, at=at)
        else:
            await go_live(db, item, revision, at=at)
            live_no = revision.no


async def _stop(
    db: Write, item: Item, revision: Revision, blocks: list[Hit], *, at: datetime
) -> None:
    """Give an approved wording back to its author; the list of what fails says why."""
    revision.state = review.decide("approved", "stop", authors=revision.editors, actor_id=None)
    if item.live_revision_id is None:
        item.state = revision.state
    item.updated_at = at
    version = (await queries_rules.rules(db)).version
    await actions_rescan.keep(
        db, [actions_rescan.Read(revision.id, item.id, blocks)], version=version, at=at
    )
    tenants.record(
        db,
        "revision.stopped",
        "item",
        item.id,
        by=None,
        at=at,
        no=revision.no,
        rules=sorted({hit.rule for hit in blocks}),
        reason="、".join(dict.fromkeys(hit.name for hit in blocks)),
    )


async def call_off(db: Write, item_id: UUID, no: int, *, by: Staff, at: datetime) -> Revision:
    """Take back an approved version before its hour; what is live meanwhile serves on.

    Raises:
        NotFound: no such item or version. WrongStep: it does not wait for its hour.
    """
    item = await queries.item(db, item_id, lock=True)
    found = await queries.revision_no(db, item_id, no)
    revision = await queries.revision(db, found.id, lock=True)
    revision.state = review.decide(
        revision.state, "call_off", authors=revision.editors, actor_id=by.id
    )
    if item.live_revision_id is None and revision.id == item.working_revision_id:
        item.state = "draft"
    item.updated_at = at
    tenants.record(db, "revision.called_off", "item", item.id, by=by, at=at, no=no)
    return revision
