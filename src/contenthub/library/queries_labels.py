"""Reads of a bank's own labels on items."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models_labels import Label, LabelledItem
from contenthub.tenants.models_views import SavedView
from contenthub.tenants.sealing import BANK, bank_id

_GONE = "没有找到这个内容标签，可能已被同事删除，请刷新后再试"
_OF = and_(LabelledItem.tenant_id == Label.tenant_id, LabelledItem.label_id == Label.id)
_IS_THERE = Label.deleted_at.is_(None)
_WITH_MARKS = (
    select(Label, LabelledItem.item_id)
    .outerjoin(
        LabelledItem, and_(_OF, LabelledItem.item_id.in_(bindparam("items", expanding=True)))
    )
    .where(Label.tenant_id == BANK, _IS_THERE)
    .order_by(Label.folded)
)


async def labels(db: Read) -> Sequence[Label]:
    """Return the bank's labels by name."""
    rows = await db.scalars(
        select(Label).where(Label.tenant_id == bank_id(db), _IS_THERE).order_by(Label.folded)
    )
    return rows.all()


async def label(
    db: Read, label_id: UUID, *, lock: bool = False, even_deleted: bool = False
) -> Label:
    """Return one label, with `even_deleted` one that was deleted too; raises NotFound."""
    found = await db.get(Label, (bank_id(db), label_id), with_for_update=lock or None)
    if found is None or (found.deleted_at is not None and not even_deleted):
        raise NotFound(_GONE)
    return found


async def names(db: Read, label_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of some labels by their ids; raises NotFound for one the bank has not."""
    rows = await db.execute(
        select(Label.id, Label.name).where(
            Label.tenant_id == bank_id(db), Label.id.in_(label_ids), _IS_THERE
        )
    )
    found = {row[0]: row[1] for row in rows}
    if len(found) < len(set(label_ids)):
        raise NotFound(_GONE)
    return found


async def label_counts(db: Read) -> dict[UUID, int]:
    """Return how many items have each label; labels without any are left out."""
    rows = await db.execute(
        select(LabelledItem.label_id, func.count())
        .join(Label, _OF)
        .where(LabelledItem.tenant_id == bank_id(db), _IS_THERE)
        .group_by(LabelledItem.label_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def uses(db: Read, label_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what some labels are used by, in Chinese; unused ones are left out."""
    counts = await label_counts(db)
    found = {one: f"还贴在 {counts[one]:,} 条内容上" for one in label_ids if one in counts}
    views = await db.execute(
        select(SavedView.name, SavedView.query).where(
            SavedView.tenant_id == bank_id(db),
            SavedView.place == "library",
            SavedView.deleted_at.is_(None),
        )
    )
    for name, query in views:
        for one in label_ids:
            if str(one) in query:
                found.setdefault(one, f"常用视图“{name}”在用")
    return found


async def labels_of(db: Read, item_ids: Collection[UUID]) -> dict[UUID, list[Label]]:
    """Return the labels of some items by name; items without any are left out."""
    found: dict[UUID, list[Label]] = {}
    if item_ids:
        rows = await db.execute(
            select(LabelledItem.item_id, Label)
            .join(Label, _OF)
            .where(
                LabelledItem.tenant_id == bank_id(db),
                LabelledItem.item_id.in_(item_ids),
                _IS_THERE,
            )
            .order_by(Label.folded)
        )
        for item_id, one in rows:
            found.setdefault(item_id, []).append(one)
    return found


async def labels_and_marks(
    db: Read, item_ids: Collection[UUID]
) -> tuple[list[Label], dict[UUID, list[Label]]]:
    """Return the bank's labels by name, and those of some items, in one statement."""
    rows = await db.execute(_WITH_MARKS, {"bank": bank_id(db), "items": item_ids})
    every: dict[UUID, Label] = {}
    found: dict[UUID, list[Label]] = {}
    for one, item_id in rows:
        every[one.id] = one
        if item_id is not None:
            found.setdefault(item_id, []).append(one)
    return list(every.values()), found


async def names_of(db: Read, item_id: UUID) -> list[str]:
    """Return the names of an item's labels: what a copy, or a kit, carries on."""
    return [one.name for one in (await labels_of(db, [item_id])).get(item_id, [])]
