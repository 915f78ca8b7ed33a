"""Writes that follow a source: its newer wording merged or dismissed, its recall carried out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read, Write
from contenthub.kits import actions_cadences, queries, wordings
from contenthub.kits.actions_adopt import draft_of, keep_files
from contenthub.kits.kitstates import WrongStep
from contenthub.kits.models import AdoptedPart, KitRecall, KitVersionPart
from contenthub.kits.wordings import Merge
from contenthub.library import actions as library
from contenthub.library import queries as library_queries
from contenthub.library.actions_assets import Stored
from contenthub.library.models import Item
from contenthub.posters import actions as posters
from contenthub.posters import queries as posters_queries
from contenthub.scheduler import actions_cadences as scheduler
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

REASON_MAX_CHARS = 200
NOTHING_NEWER = "上级没有比本行采用的更新的版本，不需要合并"
_IN_USE = ("live", "approved")


async def take_update(
    db: Write,
    subject_id: UUID,
    newer: KitVersionPart,
    *,
    stored: Mapping[str, Stored],
    keep_own: bool,
    by: Staff,
    at: datetime,
) -> AdoptedPart:
    """Merge the source's newer wording as the next draft; local fields stay the bank's own.

    `keep_own` also keeps what this bank changed and the source did not.

    Raises:
        WrongStep: it is no newer, or the draft waits for review.
    """
    link = await queries.adopted_part(db, subject_id, lock=True)
    if newer.subject_id != link.source_id or newer.hash == link.hash:
        raise WrongStep(NOTHING_NEWER)
    theirs = wordings.renamed(newer.wording, await keep_files(db, stored, by=by, at=at))
    if link.subject_kind == "template":
        template = await posters_queries.template(db, subject_id)
        design = posters.TemplateDraft(newer.title, template.item_id, theirs["layers"])
        await posters.write_draft(db, subject_id, design, by=by, at=at)
    elif link.subject_kind == "cadence":
        await actions_cadences.merge(db, link, theirs, keep_own=keep_own, by=by, at=at)
    else:
        await _merge_item(db, link, theirs, keep_own=keep_own, by=by, at=at)
    link.hash, link.base, link.revision_no = newer.hash, theirs, newer.revision_no
    link.kit_id, link.kit_no = newer.kit_id, newer.no
    link.dismissed_hash, link.recall_reason, link.updated_at = "", "", at
    tenants.record(
        db, "adoption.merged", link.subject_kind, subject_id, by=by, at=at, no=newer.revision_no
    )
    return link


async def _merge_item(
    db: Write, link: AdoptedPart, theirs: dict[str, Any], *, keep_own: bool, by: Staff, at: datetime
) -> None:
    item = await library_queries.item(db, link.subject_id, lock=True)
    merge = Merge(link.base, await ours(db, item), theirs)
    result = wordings.merged(merge, keep_own=keep_own)
    ready = wordings.localised(
        result["kind"],
        result["topic"],
        result["fields"],
        local=merge.ours["fields"],
        codes=await _codes(db),
    )
    asked = wordings.local_specs(theirs["kind"], theirs["topic"], theirs["fields"])
    item.must_fill = list(dict.fromkeys([*(spec.name for spec in asked), *_still(item, result)]))
    item.held_reason = ""
    draft = draft_of({**result, "fields": ready.fields}, at=at)
    await library.write_draft(db, item.id, draft, by=by, at=at)


def _still(item: Item, result: Mapping[str, Any]) -> list[str]:
    """Return what had to be filled in before and the merged wording still has a place for."""
    return [name for name in item.must_fill if name in result["fields"]]


async def _codes(db: Write) -> dict[str, str]:
    """Return the source's code -> the own one, and every own code of those as itself."""
    known = await queries.codes(db)
    return {**{own: own for own in known.values()}, **known}


async def ours(db: Read, item: Item) -> dict[str, Any]:
    """Return an own item's newest wording as JSON-safe data."""
    shown = item.working_revision_id or item.live_revision_id
    if shown is None:
        raise WrongStep("这条内容没有可处理的版本")
    return queries.wording_of(await library_queries.revision(db, shown))


async def dismiss_update(
    db: Write, subject_id: UUID, newer_hash: str, *, by: Staff, at: datetime
) -> AdoptedPart:
    """Leave the source's newer wording aside; the one after it is told again.

    Raises:
        WrongStep: there is no such newer wording.
    """
    link = await queries.adopted_part(db, subject_id, lock=True)
    if not newer_hash or newer_hash == link.hash:
        raise WrongStep(NOTHING_NEWER)
    link.dismissed_hash, link.updated_at = newer_hash, at
    tenants.record(db, "adoption.dismissed", link.subject_kind, subject_id, by=by, at=at)
    return link


async def carry_recall(db: Write, recall: KitRecall, *, at: datetime) -> int:
    """Take away what this bank made of something that its parent recalled; return how many.

    What is live or approved is recalled as by the bank itself, with the parent's reason; no
    draft of it can be submitted until the parent's newer wording is merged. The same goes for
    copies of it, which no merge sets free: they are made anew from the newer wording. Harmless
    again.
    """
    rows = await db.scalars(
        select(AdoptedPart)
        .where(
            AdoptedPart.tenant_id == bank_id(db),
            AdoptedPart.source_bank_id == recall.tenant_id,
            AdoptedPart.source_id == recall.subject_id,
        )
        .order_by(AdoptedPart.subject_id)
        .with_for_update()
    )
    done = 0
    for link in rows.all():
        is_late = link.adopted_at > recall.recalled_at
        if is_late or (link.recalled_at is not None and link.recalled_at >= recall.recalled_at):
            continue
        await _taken_back(db, link, recall, at=at)
        done += 1
    return done


async def _taken_back(db: Write, link: AdoptedPart, recall: KitRecall, *, at: datetime) -> None:
    link.recalled_at, link.updated_at = recall.recalled_at, at
    link.recall_reason = recall.reason
    if link.subject_kind == "cadence":
        stop_reason = f"上级行停用：{recall.reason}"[: scheduler.STOP_REASON_MAX_CHARS]
        await actions_cadences.take_back(db, link.subject_id, reason=stop_reason, at=at)
    if link.subject_kind != "item":
        return
    reason = f"上级行下架：{recall.reason}"[:REASON_MAX_CHARS]
    parent = Staff(id=None, name=f"上级行（{link.kit_name}）", roles=[])
    # The source first and locked: a copy that is being made meanwhile waits, and is refused.
    item = await library_queries.item(db, link.subject_id, lock=True)
    for one in [item, *await library_queries.copies_of(db, item.id)]:
        one.held_reason = reason
        if await library_queries.revisions_in(db, one.id, _IN_USE):
            await library.recall(db, one.id, reason=reason, by=parent, at=at)
        tenants.record(
            db, "adoption.recalled", "item", one.id, by=None, at=at, reason=recall.reason
        )
