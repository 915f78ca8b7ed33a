"""Rows of a workbook become drafts: one batch, one transaction, never a live wording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from contenthub.db import Write, new_id, savepoint
from contenthub.errors import Conflict, Forbidden, Invalid
from contenthub.library import (
    actions,
    actions_labels,
    kinds,
    queries_labels,
)
from contenthub.library.actions_item_judge import NO_LABEL, Judged, failed
from contenthub.library.folding import fold_text
from contenthub.library.models import Item, Revision
from contenthub.library.models_imports import ItemImportRow
from contenthub.library.queries_item_imports import SORT
from contenthub.library.search_tokens import tokens
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads

MEANWHILE = "导入期间这一条被别人改动了，没有覆盖；请重新导出最新内容再改"
NOT_SENT = "已存为草稿，没有送审：{why}"
LABELS_MADE = "labels_made"
"""In a job's params: id -> name of the labels that its rows made."""
HAS_BLOCKS = "有 {count} 处必须修改，改好后再送审"
# One statement a batch, the words of an item in one text: two hundred words an item, each with
# its item's id, would take longer to send than to write. By word, as the index is: the same page
# is not fetched for each item anew.
_ADD_TOKENS = text("""
insert into item_tokens (tenant_id, token, item_id, of_live)
select :tenant_id, w.token, i.item_id, false
from unnest(cast(:item_ids as uuid[]), cast(:words as text[])) as i (item_id, words),
  string_to_table(i.words, chr(10)) as w (token)
order by w.token
""")


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of rows that were judged, up to and including row `last_no`."""

    after_no: int
    last_no: int
    judged: Sequence[Judged]


async def importer(db: Write, staff_id: UUID) -> Staff:
    """Return who imports; raises Forbidden when they may write no items any more."""
    found = await db.get(Staff, (bank_id(db), staff_id))
    if found is None or found.state != "active" or not access.may(found.roles, "library.write"):
        raise Forbidden("导入的人已停用或不再有编写内容的权限，导入已停止；已写入的草稿保留")
    return found


async def take_step(db: Write, job_id: UUID, step: Step, *, at: datetime) -> bool:
    """Write (or only note) one batch and move the position past it, all in this transaction.

    Returns False when the job was cancelled or another worker has moved on: stop.
    Raises Forbidden as `importer`.
    """
    job = await uploads.running(db, SORT, job_id, after=step.after_no)
    if job is None:
        return False
    if job.params["stage"] == "load":
        by = await importer(db, job.created_by)
        made: dict[str, str] = {}
        written = await _write(
            db, step.judged, is_sent=job.params["submit"], made=made, by=by, at=at
        )
        job.params = {**job.params, LABELS_MADE: {**job.params.get(LABELS_MADE, {}), **made}}
    else:
        written = [_Written(one) for one in step.judged]
    db.add_all(_row(db, job.id, one) for one in written)
    await uploads.move_on(db, job, done=len(step.judged), position=step.last_no)
    return True


@dataclass(slots=True)
class _Written:
    """A judged row and the rows it was written to."""

    judged: Judged
    item: Item | None = None
    revision: Revision | None = None
    before_id: UUID | None = None
    before: dict[str, Any] | None = None
    is_sent: bool = False


def _row(db: Write, job_id: UUID, one: _Written) -> ItemImportRow:
    judged, item = one.judged, item_of(one)
    return ItemImportRow(
        tenant_id=bank_id(db),
        job_id=job_id,
        no=judged.row.no,
        sheet=judged.row.sheet,
        line=judged.row.line,
        outcome=judged.outcome,
        code=item.code if item is not None else judged.row.cells.get("code", "")[:40],
        title=judged.title,
        message=judged.message,
        changes=list(judged.changes),
        blocks=judged.blocks,
        is_sent=one.is_sent,
        item_id=None if item is None else item.id,
        revision_id=one.revision.id if one.revision is not None else None,
        before_id=one.before_id,
        before=one.before,
        hash=one.revision.hash if one.revision is not None else "",
    )


async def _write(
    db: Write,
    judged: Sequence[Judged],
    *,
    is_sent: bool,
    made: dict[str, str],
    by: Staff,
    at: datetime,
) -> list[_Written]:
    written = [_Written(one) for one in judged]
    await _add(db, [one for one in written if one.judged.outcome == "added"], by=by, at=at)
    await _change(db, [one for one in written if one.judged.outcome == "changed"], by=by, at=at)
    await _label(db, written, made=made, by=by, at=at)
    if is_sent:
        for one in written:
            if one.revision is not None:
                await _send(db, one, by=by, at=at)
    return written


async def _add(db: Write, new: Sequence[_Written], *, by: Staff, at: datetime) -> None:
    """Start the items of a batch: codes, rows and words by a handful of statements."""
    for kind in dict.fromkeys(one.judged.columns["kind"] for one in new):
        alike = [one for one in new if one.judged.columns["kind"] == kind]
        prefix = kinds.KINDS[kind].code_prefix
        first = await tenants.next_no(db, f"item_code.{prefix}", count=len(alike))
        for no, one in enumerate(alike, start=first):
            one.item = _item(db, f"{prefix}-{1000 + no}", one.judged.columns, by=by, at=at)
    db.add_all(one.item for one in new if one.item is not None)
    await db.flush()
    for one in new:
        if one.item is not None:
            facts = one.judged.columns
            one.revision = actions.new_revision(db, one.item, facts, no=1, by=by, at=at)
            code = one.item.code
            tenants.record(db, "item.created", "item", one.item.id, by=by, at=at, code=code)
    await db.flush()
    await _add_words(db, new)


async def _add_words(db: Write, new: Sequence[_Written]) -> None:
    """Write the words that new items are found by."""
    found = [
        (one.item.id, "\n".join(one.judged.words | tokens("", one.item.code)))
        for one in new
        if one.item is not None
    ]
    if found:
        ids, words = zip(*found, strict=True)
        facts = {"tenant_id": bank_id(db), "item_ids": list(ids), "words": list(words)}
        await db.execute(_ADD_TOKENS, facts)


def _item(db: Write, code: str, facts: dict[str, Any], *, by: Staff, at: datetime) -> Item:
    return Item(
        tenant_id=bank_id(db),
        id=new_id(),
        code=code,
        kind=facts["kind"],
        topic=facts["topic"],
        title=facts["title"],
        state="draft",
        author_id=by.id,
        created_at=at,
        updated_at=at,
    )


async def _change(db: Write, rows: Sequence[_Written], *, by: Staff, at: datetime) -> None:
    """Write the changed wordings; what moved since it was read is left and told."""
    rows = [one for one in rows if one.judged.columns and one.judged.target is not None]
    ids = sorted(one.judged.target.item.id for one in rows if one.judged.target is not None)
    # In one order, so that two writers never wait for each other in a ring.
    items = await _locked(db, Item, ids)
    newest = await _locked(
        db,
        Revision,
        sorted(one.working_revision_id for one in items.values() if one.working_revision_id),
    )
    for one in rows:
        target = one.judged.target
        if target is None:
            continue
        item = items.get(target.item.id)
        working = newest.get(item.working_revision_id) if item is not None else None
        if item is None or working is None or _moved(target.newest, working):
            one.judged = failed(one.judged.row, {"": MEANWHILE}, target)
            continue
        if working.state == "draft":
            one.before = kept_wording(working)
        else:
            one.before_id, one.before = working.id, {"state": item.state}
        facts = one.judged.columns
        one.item = item
        one.revision = await actions.write_wording(db, item, working, facts, by=by, at=at)


def _moved(seen: Revision, now: Revision) -> bool:
    """Return whether the newest wording is another by now, or waits for review."""
    return now.id != seen.id or now.hash != seen.hash or now.state == "in_review"


async def _locked(db: Write, model: Any, ids: Sequence[UUID]) -> dict[UUID | None, Any]:
    if not ids:
        return {}
    found = await db.scalars(
        select(model)
        .where(model.tenant_id == bank_id(db), model.id.in_(ids))
        .order_by(model.id)
        .with_for_update()
    )
    return {one.id: one for one in found}


def kept_wording(revision: Revision) -> dict[str, Any]:
    """Return a draft's wording as JSON, so that an undo can write it again."""
    cover = revision.cover_asset_id
    return {
        "topic": revision.topic,
        "title": revision.title,
        "fields": dict(revision.fields),
        "body": revision.body,
        "cover_asset_id": None if cover is None else str(cover),
        "valid_from": _iso(revision.valid_from),
        "valid_until": _iso(revision.valid_until),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


async def _label(
    db: Write, rows: Iterable[_Written], *, made: dict[str, str], by: Staff, at: datetime
) -> None:
    """Give items the labels their rows name; `made` gets id -> name of the new ones."""
    wishes: list[tuple[_Written, Item, set[str], set[str]]] = []
    for one in rows:
        judged, item = one.judged, item_of(one)
        if judged.labels is None or item is None or judged.outcome not in ("added", "changed"):
            continue
        wanted, has = set(judged.labels), set(judged.has_labels)
        if wanted != has:
            wishes.append((one, item, wanted - has, has - wanted))
    names = {name for _, _, add, remove in wishes for name in add | remove}
    ids = await label_ids(db, names, made=made, by=by, at=at)
    changes = {}
    for one, item, add, remove in wishes:
        one.before = {**(one.before or {}), "labels": list(one.judged.has_labels)}
        missing = sorted(name for name in add if name not in ids)
        if missing:  # taken meanwhile by somebody else
            one.judged.message = "；".join(NO_LABEL.format(name=name) for name in missing)
        changes[item.id] = actions_labels.Change(
            add=[ids[name] for name in sorted(add) if name in ids],
            remove=[ids[name] for name in sorted(remove) if name in ids],
        )
    if changes:
        await actions_labels.change_each(db, changes, by=by, at=at)


async def label_ids(
    db: Write, names: set[str], *, made: dict[str, str], by: Staff, at: datetime
) -> dict[str, UUID]:
    """Return the bank's labels of some names, made when they are new and there is room.

    `made` gets id -> name of those that were.
    """
    if not names:
        return {}
    known = {one.folded: one.id for one in await queries_labels.labels(db)}
    found: dict[str, UUID] = {}
    for name in sorted(names):
        folded = fold_text(actions_labels.clean_name(name))
        if folded not in known:
            try:
                label = await actions_labels.create_label(db, name, by=by, at=at)
            except Invalid:
                continue
            known[folded], made[str(label.id)] = label.id, label.name
        found[name] = known[folded]
    return found


def item_of(one: _Written) -> Item | None:
    """Return the item that a written row is about, None when it was not taken."""
    target = one.judged.target
    return one.item or (target.item if target is not None else None)


async def _send(db: Write, one: _Written, *, by: Staff, at: datetime) -> None:
    """Submit a written draft; one that cannot be stays a draft and says why."""
    if one.judged.blocks:
        why = HAS_BLOCKS.format(count=one.judged.blocks)
        one.judged.message = NOT_SENT.format(why=why)
        return
    if one.item is None:
        return
    try:
        async with savepoint(db):
            await actions.submit(db, one.item.id, by=by, at=at)
        one.is_sent = True
    except (Conflict, Invalid) as error:
        one.judged.message = NOT_SENT.format(why=error.detail)
