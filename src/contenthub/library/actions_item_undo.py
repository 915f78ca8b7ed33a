"""An import taken back: its drafts go, or say again what they said, unless somebody worked on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from contenthub.db import Write, savepoint
from contenthub.library import (
    actions,
    actions_labels,
    actions_tokens,
    queries,
    queries_item_imports,
    queries_labels,
)
from contenthub.library.actions_item_import import LABELS_MADE, importer, label_ids
from contenthub.library.fingerprint import wording
from contenthub.library.models import Item, ItemToken, Revision
from contenthub.library.models_imports import ItemImportRow
from contenthub.library.models_labels import LabelledItem
from contenthub.library.queries_item_imports import SORT
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads

WORKED_ON = "导入后有人改过，没有撤销"
SENT = "已经送审或审过，没有撤销；要撤销请先撤回送审"
USED = "已被别处使用，没有撤销"
RENAMED = "已改名为“{name}”"
_OPEN = ("added", "changed")


class _Kept(Exception):  # not an error: the row stays as the import left it
    """A row is left alone; the text says why."""


async def undo_step(db: Write, job_id: UUID, *, after_no: int, limit: int, at: datetime) -> int:
    """Take back the next rows of an import; return the last one's number, 0 at the end or stop.

    Raises Forbidden as `importer`.
    """
    job = await uploads.running(db, SORT, job_id, after=after_no)
    if job is None:
        return 0
    by = await importer(db, UUID(job.params["undone_by"]))
    some = await db.scalars(
        select(ItemImportRow)
        .where(
            ItemImportRow.tenant_id == bank_id(db),
            ItemImportRow.job_id == job_id,
            ItemImportRow.outcome.in_(_OPEN),
            ItemImportRow.no > after_no,
        )
        .order_by(ItemImportRow.no)
        .limit(limit)
    )
    rows = some.all()
    for row in rows:
        await _take_back(db, row, by=by, at=at)
    if rows:
        await uploads.move_on(db, job, done=len(rows), position=rows[-1].no)
    return rows[-1].no if rows else 0


async def _take_back(db: Write, row: ItemImportRow, *, by: Staff, at: datetime) -> None:
    try:
        async with savepoint(db):
            await _undo(db, row, by=by, at=at)
            await db.flush()
        row.outcome, row.message = "undone", ""
    except _Kept as left:
        row.outcome, row.message = "kept", str(left)
    except IntegrityError:
        row.outcome, row.message = "kept", USED


async def _undo(db: Write, row: ItemImportRow, *, by: Staff, at: datetime) -> None:
    if row.item_id is None:
        raise _Kept(WORKED_ON)
    item = await db.get(Item, (bank_id(db), row.item_id), with_for_update=True)
    if item is None:
        raise _Kept(WORKED_ON)
    if row.revision_id is not None:
        revision = await _untouched(db, item, row)
        if row.outcome == "added":
            await _delete_item(db, item, revision, by=by, at=at)
            row.item_id = None
            return
        if row.before_id is not None:
            await _delete_draft(db, item, revision, row, by=by, at=at)
        else:
            columns = _columns(revision.kind, row.before or {})
            await actions.write_wording(db, item, revision, columns, by=by, at=at)
    if row.before is not None and "labels" in row.before:
        await _restore_labels(db, item, row.before["labels"], by=by, at=at)


async def _untouched(db: Write, item: Item, row: ItemImportRow) -> Revision:
    """Return the draft that the row wrote when it is the newest and says what it was left with."""
    if item.working_revision_id != row.revision_id or row.revision_id is None:
        raise _Kept(WORKED_ON)
    revision = await queries.revision(db, row.revision_id, lock=True)
    if revision.state != "draft" or revision.submitted_at is not None:
        raise _Kept(SENT)
    if revision.hash != row.hash:
        raise _Kept(WORKED_ON)
    return revision


async def _delete_item(
    db: Write, item: Item, revision: Revision, *, by: Staff, at: datetime
) -> None:
    """Delete an item that is nothing but the draft an import made of it."""
    count = await db.scalar(
        select(func.count())
        .select_from(Revision)
        .where(Revision.tenant_id == bank_id(db), Revision.item_id == item.id)
    )
    if count != 1:
        raise _Kept(WORKED_ON)
    for model in (ItemToken, LabelledItem):
        await db.execute(
            delete(model).where(model.tenant_id == bank_id(db), model.item_id == item.id)
        )
    tenants.record(db, "item.import_undone", "item", item.id, by=by, at=at, code=item.code)
    await db.delete(revision)
    await db.flush()
    await db.delete(item)


async def _delete_draft(
    db: Write, item: Item, revision: Revision, row: ItemImportRow, *, by: Staff, at: datetime
) -> None:
    """Delete a draft that an import began; what was the newest before is so again."""
    before = await queries.revision(db, row.before_id or revision.id)
    await db.delete(revision)
    item.working_revision_id = before.id
    if item.live_revision_id is None and row.before is not None:
        item.state = row.before["state"]
    if not await queries.was_live(db, item):
        item.topic, item.title = before.topic, before.title
    item.updated_at = at
    await db.flush()
    await actions_tokens.index(db, item)
    tenants.record(
        db, "item.import_undone", "item", item.id, by=by, at=at, code=item.code, no=revision.no
    )


def _columns(kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the wording that stood in a draft before an import."""
    cover = before["cover_asset_id"]
    columns: dict[str, Any] = {
        "kind": kind,
        "topic": before["topic"],
        "title": before["title"],
        "fields": before["fields"],
        "body": before["body"],
        "cover_asset_id": UUID(cover) if cover else None,
        "valid_from": _at(before["valid_from"]),
        "valid_until": _at(before["valid_until"]),
    }
    return {**columns, "hash": wording(**columns)}


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _restore_labels(
    db: Write, item: Item, names: list[str], *, by: Staff, at: datetime
) -> None:
    has = set(await queries_labels.names_of(db, item.id))
    wanted = set(names)
    ids = await label_ids(db, has ^ wanted, made={}, by=by, at=at)
    change = actions_labels.Change(
        add=[ids[name] for name in sorted(wanted - has) if name in ids],
        remove=[ids[name] for name in sorted(has - wanted) if name in ids],
    )
    if change.add or change.remove:
        await actions_labels.change_labels(db, [item.id], change, by=by, at=at)


async def take_back_labels(db: Write, job_id: UUID, *, at: datetime) -> None:
    """Delete the labels that an import made and nothing else uses; the others say why they stay.

    Raises Forbidden as `importer`.
    """
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    made = job.params.get(LABELS_MADE, {})
    if job.state != "running" or not made:
        return
    by = await importer(db, UUID(job.params["undone_by"]))
    used = await queries_labels.uses(db, [UUID(one) for one in made])
    gone: list[str] = []
    left: dict[str, str] = {}
    for label in await queries_labels.labels(db):
        name = made.get(str(label.id))
        if name is None:
            continue
        why = RENAMED.format(name=label.name) if label.name != name else used.get(label.id, "")
        if why:
            left[name] = why
        else:
            await actions_labels.delete_label(db, label.id, by=by, at=at)
            gone.append(name)
    still = {one: name for one, name in made.items() if name in left}
    job.params = {**job.params, LABELS_MADE: still, "labels_gone": gone, "labels_left": left}
