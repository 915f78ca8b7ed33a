"""Writes of a bank's own labels: made, renamed, deleted; put on items and taken off."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from contenthub.db import Write, new_id
from contenthub.errors import Invalid, NotFound
from contenthub.library import queries_labels
from contenthub.library.folding import fold_text
from contenthub.library.models import Item
from contenthub.library.models_labels import LABELS_MAX, Label, LabelledItem
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

NAME_MAX_CHARS = 20
OF_ITEM_MAX = 10
ITEMS_MAX = 200
"""Items of one change."""
_SEPARATOR = re.compile(r"[、,，;；]")
# One statement for any number: hundreds of rows of `values` would be compiled anew each time.
_PUT = text("""
insert into labelled_items (tenant_id, label_id, item_id, at)
select :bank, w.label_id, w.item_id, :at
from unnest(cast(:labels as uuid[]), cast(:items as uuid[])) as w (label_id, item_id)
order by w.label_id, w.item_id on conflict do nothing returning label_id, item_id
""")


@dataclass(frozen=True, slots=True)
class Change:
    """Which labels to put on items, and which to take off."""

    add: Sequence[UUID] = ()
    remove: Sequence[UUID] = ()


def clean_name(name: str) -> str:
    """Return a label's name as it is kept; raises Invalid (field `name`)."""
    if "\x00" in name:
        raise Invalid.of("name", "标签名称含有无法保存的特殊字符，请删除后重新输入")
    kept = " ".join(unicodedata.normalize("NFKC", name).split())
    if not fold_text(kept) or len(kept) > NAME_MAX_CHARS:
        raise Invalid.of(
            "name", f"请填写标签名称，最多 {NAME_MAX_CHARS} 字，例如 春节、涉农、老年客群"
        )
    return kept


def _new_name(name: str) -> str:
    kept = clean_name(name)
    if found := _SEPARATOR.search(kept):
        raise Invalid.of(
            "name", f"标签名称里不能有“{found[0]}”：表格里用它隔开几个标签；几个标签请分别新建"
        )
    return kept


async def create_label(db: Write, name: str, *, by: Staff, at: datetime) -> Label:
    """Add a label; its name is the bank's only one of that spelling.

    Raises:
        Invalid: no name, one that is there, or too many labels (field `name`).
    """
    kept = _new_name(name)
    await _check_count(db)
    row = {
        "tenant_id": bank_id(db),
        "id": new_id(),
        "name": kept,
        "folded": fold_text(kept),
        "created_at": at,
        "updated_at": at,
    }
    made = await db.execute(
        insert(Label)
        .values(**row)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "folded"], index_where=Label.deleted_at.is_(None)
        )
        .returning(Label.id)
    )
    label_id = made.scalar_one_or_none()
    if label_id is None:
        raise _taken(kept)
    tenants.record(db, "label.created", "label", label_id, by=by, at=at, name=kept)
    return await queries_labels.label(db, label_id)


def _taken(name: str) -> Invalid:
    return Invalid.of("name", f"已经有“{name}”这个标签（大小写、繁简体算同一个），请直接选用")


async def rename_label(db: Write, label_id: UUID, name: str, *, by: Staff, at: datetime) -> Label:
    """Call a label otherwise, on every item that has it."""
    label = await queries_labels.label(db, label_id, lock=True)
    if clean_name(name) == label.name:
        return label
    kept = _new_name(name)
    other = await _by_name(db, kept)
    if other is not None and other.id != label.id:
        raise _taken(kept)
    tenants.record(
        db, "label.renamed", "label", label.id, by=by, at=at, before=label.name, after=kept
    )
    label.name, label.folded, label.updated_at = kept, fold_text(kept), at
    await db.flush()
    return label


async def _by_name(db: Write, name: str) -> Label | None:
    return await db.scalar(
        select(Label).where(
            Label.tenant_id == bank_id(db),
            Label.folded == fold_text(name),
            Label.deleted_at.is_(None),
        )
    )


async def delete_label(db: Write, label_id: UUID, *, by: Staff, at: datetime) -> int:
    """Delete a label from every item; return how many had it. `restore_label` undoes it."""
    label = await queries_labels.label(db, label_id, lock=True)
    count = (await queries_labels.label_counts(db)).get(label.id, 0)
    label.deleted_at = label.updated_at = at
    await db.flush()
    tenants.record(
        db, "label.deleted", "label", label.id, by=by, at=at, name=label.name, items=count
    )
    return count


async def restore_label(db: Write, label_id: UUID, *, by: Staff, at: datetime) -> tuple[Label, int]:
    """Bring a deleted label back, on the items that had it; one that is there stays as it is.

    An item that has its full number by now keeps those: on how many it was left out is returned.

    Raises:
        NotFound: no such label. Invalid: its name is another one's by now, or there
        are too many labels (field `name`).
    """
    label = await queries_labels.label(db, label_id, lock=True, even_deleted=True)
    if label.deleted_at is None:
        return label, 0
    if await _by_name(db, label.name) is not None:
        raise _taken(label.name)
    await _check_count(db)
    full = await _take_off(db, [(label.id, item_id) for item_id in await _full(db, label.id)])
    label.deleted_at, label.updated_at = None, at
    await db.flush()
    facts = {"name": label.name, "left_out": len(full)}
    tenants.record(db, "label.restored", "label", label.id, by=by, at=at, **facts)
    return label, len(full)


async def _full(db: Write, label_id: UUID) -> Sequence[UUID]:
    """Return the items of a deleted label that have no room for it any more."""
    has = aliased(LabelledItem)
    rows = await db.scalars(
        select(LabelledItem.item_id)
        .join(
            has, and_(has.tenant_id == LabelledItem.tenant_id, has.item_id == LabelledItem.item_id)
        )
        .join(Label, and_(Label.tenant_id == has.tenant_id, Label.id == has.label_id))
        .where(
            LabelledItem.tenant_id == bank_id(db),
            LabelledItem.label_id == label_id,
            Label.deleted_at.is_(None),
        )
        .group_by(LabelledItem.item_id)
        .having(func.count() >= OF_ITEM_MAX)
    )
    return rows.all()


async def _check_count(db: Write) -> None:
    """Raise Invalid when the bank has as many labels as it may."""
    count = await db.scalar(
        select(func.count())
        .select_from(Label)
        .where(Label.tenant_id == bank_id(db), Label.deleted_at.is_(None))
    )
    if (count or 0) >= LABELS_MAX:
        raise Invalid.of("name", f"本行已有 {LABELS_MAX} 个内容标签，请先合并或删除不用的")


async def change_labels(
    db: Write, item_ids: Collection[UUID], change: Change, *, by: Staff, at: datetime
) -> list[UUID]:
    """Put labels on items and take others off; return the items that are other ones now.

    Labels are the bank's own order and nothing a customer sees: no review is asked for.

    Raises:
        Invalid: nothing or too much is named, or an item would have too many labels.
        NotFound: an item or a label is not the bank's.
    """
    ids = sorted(set(item_ids))
    if not ids or len(ids) > ITEMS_MAX:
        raise Invalid.of("ids", f"请勾选要贴标签的内容，一次最多 {ITEMS_MAX} 条")
    adds, removes = sorted(set(change.add)), sorted(set(change.remove) - set(change.add))
    if not adds and not removes:
        raise Invalid.of("label_ids", "请选择要贴上或取下的标签")
    return await change_each(db, dict.fromkeys(ids, Change(adds, removes)), by=by, at=at)


async def change_each(
    db: Write, changes: Mapping[UUID, Change], *, by: Staff, at: datetime
) -> list[UUID]:
    """Put labels on items and take others off, each its own; return the items that changed.

    A handful of statements for any number of items.

    Raises:
        Invalid: an item would have too many labels. NotFound: an item or a label is not the bank's.
    """
    puts = sorted({(one, item) for item, change in changes.items() for one in change.add})
    takes = sorted({(one, item) for item, change in changes.items() for one in change.remove})
    named = await queries_labels.names(db, {label for label, _ in [*puts, *takes]})
    await _all_ours(db, sorted(changes))
    added = await _put(db, puts, at=at)
    removed = await _take_off(db, takes)
    await _check_room(db, {item_id for _, item_id in added})
    told: dict[UUID, tuple[list[str], list[str]]] = {}
    for place, pairs in enumerate((added, removed)):
        for label_id, item_id in pairs:
            told.setdefault(item_id, ([], []))[place].append(named[label_id])
    for item_id, (put, taken) in sorted(told.items()):
        facts = {"added": put, "removed": taken}
        tenants.record(db, "item.labelled", "item", item_id, by=by, at=at, **facts)
    return sorted(told)


async def put_names(
    db: Write, item_id: UUID, names: Iterable[str], *, by: Staff, at: datetime
) -> None:
    """Put labels on an item by name, as its source had them; what finds no room is left out."""
    label_ids = []
    for name in list(dict.fromkeys(names))[:OF_ITEM_MAX]:
        try:
            label_ids.append(await label_named(db, name, by=by, at=at))
        except Invalid:
            continue
    if label_ids:
        await change_labels(db, [item_id], Change(add=label_ids), by=by, at=at)


async def label_named(db: Write, name: str, *, by: Staff, at: datetime) -> UUID:
    """Return the id of the label of a name, which is added if there is none.

    Raises:
        Invalid: as `create_label`, but for a name that is there.
    """
    found = await _by_name(db, clean_name(name)) or await create_label(db, name, by=by, at=at)
    return found.id


async def _all_ours(db: Write, ids: Sequence[UUID]) -> None:
    rows = await db.scalars(select(Item.id).where(Item.tenant_id == bank_id(db), Item.id.in_(ids)))
    if len(rows.all()) != len(ids):
        raise NotFound("没有找到其中的某条内容，请刷新列表后重新勾选")


async def _put(
    db: Write, pairs: Sequence[tuple[UUID, UUID]], *, at: datetime
) -> list[tuple[UUID, UUID]]:
    """Add (label, item) pairs; return those that are new."""
    if not pairs:
        return []
    labels, items = zip(*pairs, strict=True)
    facts = {"bank": bank_id(db), "at": at, "labels": list(labels), "items": list(items)}
    return [(row[0], row[1]) for row in await db.execute(_PUT, facts)]


async def _take_off(db: Write, pairs: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """Take (label, item) pairs away; return those that were there."""
    if not pairs:
        return []
    gone = await db.execute(
        delete(LabelledItem)
        .where(
            LabelledItem.tenant_id == bank_id(db),
            tuple_(LabelledItem.label_id, LabelledItem.item_id).in_(pairs),
        )
        .returning(LabelledItem.label_id, LabelledItem.item_id)
    )
    return [(row[0], row[1]) for row in gone]


async def _check_room(db: Write, item_ids: Collection[UUID]) -> None:
    full = await db.scalar(
        select(LabelledItem.item_id)
        .join(
            Label,
            and_(Label.tenant_id == LabelledItem.tenant_id, Label.id == LabelledItem.label_id),
        )
        .where(
            LabelledItem.tenant_id == bank_id(db),
            LabelledItem.item_id.in_(item_ids),
            Label.deleted_at.is_(None),
        )
        .group_by(LabelledItem.item_id)
        .having(func.count() > OF_ITEM_MAX)
        .limit(1)
    )
    if full is not None:
        item = await db.get_one(Item, (bank_id(db), full))
        raise Invalid.of("label_ids", f"“{item.title}”的标签超过 {OF_ITEM_MAX} 个，请先取下不用的")
