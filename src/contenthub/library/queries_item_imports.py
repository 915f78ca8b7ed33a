"""Reads of imports of items: their jobs, their rows, and what the rows of a batch name."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.library import (
    bodypictures,
    itemclaims,
    itemmerge,
    itempages,
    kinds,
    queries_fields,
    queries_labels,
    queries_rules,
)
from contenthub.library.itembook import BookRow, Reading
from contenthub.library.itemclaims import Claims, TitleKey
from contenthub.library.itempages import Wording
from contenthub.library.lint import ProductFacts
from contenthub.library.models import Asset, Item, Revision
from contenthub.library.models_imports import ItemImportRow
from contenthub.library.models_labels import LABELS_MAX
from contenthub.library.queries_fields import Named
from contenthub.library.rules import Book as Rules
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import queries as uploads
from contenthub.uploads.sorts import Sort

SORT = Sort("library.import_items", "library.import_items", "library.drop_import")
KIND = SORT.kind
OUTCOMES = {
    "added": "新增",
    "changed": "修改",
    "unchanged": "没有变化",
    "failed": "有误",
    "undone": "已撤销",
    "kept": "没有撤销",
}
SAME = "和{where}是同一条内容（{code}），请只留一行"
_NEWEST = and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.working_revision_id)


@dataclass(frozen=True, slots=True)
class Target:
    """The item a row means, with its newest revision and who is writing it."""

    item: Item
    newest: Revision
    editor: str = ""
    """Name of the author of the newest revision."""


@dataclass(slots=True)
class LookedUp:
    """All that a batch of rows needs to be judged without the database."""

    zone: str
    rules: Rules
    by: UUID
    at: datetime
    earlier: Claims
    targets: dict[int, Target] = field(default_factory=dict)
    """Row number -> the item it means; no entry: a new one."""
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Row number -> (column, why its item cannot be told)."""
    named: Named = field(default_factory=lambda: Named({}, frozenset(), {}))
    file_ids: dict[str, list[str]] = field(default_factory=dict)
    file_names: dict[str, str] = field(default_factory=dict)
    products: Mapping[str, ProductFacts] = field(default_factory=dict)
    labels: dict[UUID, list[str]] = field(default_factory=dict)
    """Item -> names of its labels."""
    published: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    """Activity -> the fields that customers saw last."""


async def import_job(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of an import of items; raises NotFound."""
    return await uploads.upload(db, SORT, job_id, lock=lock)


def reading(job: LongJob) -> Reading:
    """Return how the workbook of an import is read."""
    facts = job.params
    return Reading(
        facts["kind"], facts.get("columns", {}), facts.get("topics", {}), facts.get("kinds", {})
    )


async def columns_chosen(db: Read) -> dict[str, dict[str, str]]:
    """Return what the bank chose for headers of its own, last: kind -> header -> column."""
    last = await db.scalar(
        select(LongJob.params["columns"])
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == KIND,
            LongJob.params["columns"].is_not(None),
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )
    return dict(last or {})


async def loaded_before(db: Read, sha256: str) -> LongJob | None:
    """Return the newest job that loads, or has loaded, a file of exactly this content."""
    return await uploads.loaded_before(db, SORT, sha256)


async def rows(
    db: Read, job_id: UUID, *, outcome: str = "", after_no: int = 0, limit: int = 50
) -> Sequence[ItemImportRow]:
    """Return what became of an import's rows, in the order of the file."""
    query = select(ItemImportRow).where(
        ItemImportRow.tenant_id == bank_id(db),
        ItemImportRow.job_id == job_id,
        ItemImportRow.no > after_no,
    )
    if outcome:
        query = query.where(ItemImportRow.outcome == outcome)
    return (await db.scalars(query.order_by(ItemImportRow.no).limit(limit))).all()


async def counts(db: Read, job_id: UUID) -> dict[str, int]:
    """Return the number of rows by outcome, `blocked` (something to mend) and `sent` to review."""
    found = await db.execute(
        select(
            ItemImportRow.outcome,
            func.count(),
            func.count().filter(ItemImportRow.blocks > 0),
            func.count().filter(ItemImportRow.is_sent),
        )
        .where(ItemImportRow.tenant_id == bank_id(db), ItemImportRow.job_id == job_id)
        .group_by(ItemImportRow.outcome)
    )
    told = Counter(dict.fromkeys((*OUTCOMES, "blocked", "sent"), 0))
    for outcome, number, blocked, sent in found:
        told.update({outcome: number, "blocked": blocked, "sent": sent})
    return dict(told)


async def kept_reasons(db: Read, job_id: UUID) -> dict[str, int]:
    """Return why an undo left rows as they are -> how many, the most first."""
    rows = await db.execute(
        select(ItemImportRow.message, func.count().label("rows"))
        .where(
            ItemImportRow.tenant_id == bank_id(db),
            ItemImportRow.job_id == job_id,
            ItemImportRow.outcome == "kept",
        )
        .group_by(ItemImportRow.message)
        .order_by(func.count().desc(), ItemImportRow.message)
    )
    return {row[0].partition("，")[0]: row[1] for row in rows}


def wording_of(
    item: Item, revision: Revision, *, state: str = "", labels: Sequence[str] = ()
) -> Wording:
    """Return a revision as the row of a workbook shows it."""
    return Wording(
        code=item.code,
        kind=revision.kind,
        topic=revision.topic,
        title=revision.title,
        fields=revision.fields,
        body=revision.body,
        cover_id=revision.cover_asset_id,
        valid_from=revision.valid_from,
        valid_until=revision.valid_until,
        no=revision.no,
        hash=revision.hash,
        state=state,
        labels=tuple(labels),
    )


async def claims(db: Read, job: LongJob) -> Claims:
    """Return what the rows of an import that are done have claimed: a file is gone on with."""
    named = await queries_labels.labels(db)
    found = Claims(labels={one.folded for one in named}, label_room=max(0, LABELS_MAX - len(named)))
    before = aliased(Revision)
    asked = await db.execute(
        select(
            ItemImportRow.item_id,
            ItemImportRow.sheet,
            ItemImportRow.line,
            Item.kind,
            Item.code,
            func.coalesce(ItemImportRow.before["title"].as_string(), before.title),
        )
        .join(Item, and_(Item.tenant_id == bank_id(db), Item.id == ItemImportRow.item_id))
        .outerjoin(
            before, and_(before.tenant_id == bank_id(db), before.id == ItemImportRow.before_id)
        )
        .where(
            ItemImportRow.tenant_id == bank_id(db),
            ItemImportRow.job_id == job.id,
            ItemImportRow.outcome != "added",
        )
    )
    for item_id, sheet, line, kind, code, title in asked:
        found.claim(item_id, itemclaims.place(sheet, line))
        if title is not None:
            found.remember((kind, title), item_id, code)
    return found


async def look_up(
    db: Read, job: LongJob, batch: Sequence[BookRow], earlier: Claims, *, at: datetime
) -> LookedUp:
    """Return what the rows of a batch mean and name; what they mean is claimed of `earlier`."""
    bank = await tenants.bank(db)
    found = LookedUp(
        bank.zone, await queries_rules.rules(db), job.created_by, at=at, earlier=earlier
    )
    await _targets(db, found, job.id, [row for row in batch if not row.faults])
    _claim(found, {row.no: row for row in batch})
    await _names(db, found, batch)
    ids = [target.item.id for target in found.targets.values()]
    found.labels = {
        item_id: [one.name for one in labels]
        for item_id, labels in (await queries_labels.labels_of(db, ids)).items()
    }
    found.published = await queries_fields.published_activities(
        db, [target.item for target in found.targets.values()]
    )
    return found


async def _targets(db: Read, found: LookedUp, job_id: UUID, batch: Sequence[BookRow]) -> None:
    codes = {_code(row): row for row in batch if _code(row)}
    titles = {(row.kind, row.title): row for row in batch if not _code(row) and row.title}
    by_title = and_(
        or_(
            Item.title.in_({title for _, title in titles}),
            Revision.title.in_({title for _, title in titles}),
        ),
        Item.kind.in_({kind for kind, _ in titles}),
    )
    of_this_file = exists().where(
        ItemImportRow.tenant_id == Item.tenant_id,
        ItemImportRow.job_id == job_id,
        ItemImportRow.item_id == Item.id,
        ItemImportRow.outcome == "added",
    )
    asked = await db.execute(
        select(Item, Revision, Staff.name)
        .join(Revision, _NEWEST)
        .join(Staff, and_(Staff.tenant_id == Item.tenant_id, Staff.id == Revision.author_id))
        .where(Item.tenant_id == bank_id(db), or_(Item.code.in_(codes), by_title), ~of_this_file)
    )
    alike: dict[TitleKey, dict[UUID, Target]] = {}
    for item, revision, editor in asked:
        target = Target(item, revision, editor)
        if item.code in codes:
            found.targets[codes[item.code].no] = target
        for title in {item.title, revision.title}:
            alike.setdefault((item.kind, title), {})[item.id] = target
    for key, row in titles.items():
        _by_title(found, row, alike.get(key, {}), found.earlier.titles.get(key, {}))
    for code, row in codes.items():
        if row.no not in found.targets:
            found.faults[row.no] = (
                "code",
                f"没有编号为 {code[:20]} 的内容；新内容请把编号空着，由系统编号",
            )


def _by_title(
    found: LookedUp, row: BookRow, now: Mapping[UUID, Target], before: Mapping[UUID, str]
) -> None:
    """Tell the item of a title: one that has it, or had it before the file."""
    codes = dict(before) | {item_id: target.item.code for item_id, target in now.items()}
    if len(codes) > 1:
        some = "、".join(sorted(codes.values())[:5])
        told = f"有 {len(codes)} 条内容都叫这个标题（{some}），请填写编号"
        found.faults[row.no] = ("title", told)
    elif now:
        found.targets[row.no] = next(iter(now.values()))
    elif before:
        item_id, code = next(iter(before.items()))
        found.faults[row.no] = ("title", SAME.format(where=found.earlier.items[item_id], code=code))


def _code(row: BookRow) -> str:
    return row.cells.get("code", "").strip().upper()


def _claim(found: LookedUp, rows: Mapping[int, BookRow]) -> None:
    """Refuse rows whose item an earlier row of the file means already."""
    for no, target in sorted(found.targets.items()):
        item, title = target.item, target.newest.title
        row = rows[no]
        where = found.earlier.claim(item.id, itemclaims.place(row.sheet, row.line))
        if where:
            told_by = "code" if _code(row) else "title"
            found.faults[no] = (told_by, SAME.format(where=where, code=item.code))
        for one in {item.title, title}:
            found.earlier.remember((item.kind, one), item.id, item.code)


async def _names(db: Read, found: LookedUp, batch: Sequence[BookRow]) -> None:
    words: set[str] = set()
    codes: set[str] = set()
    for row in batch:
        words |= itemmerge.asset_names(row.cells, row.kind)
        codes |= itemmerge.item_codes(row.cells, row.kind)
    by_name = await db.execute(
        select(Asset.filename, Asset.id).where(
            Asset.tenant_id == bank_id(db), Asset.filename.in_(words)
        )
    )
    for filename, asset_id in by_name if words else ():
        found.file_ids.setdefault(filename, []).append(str(asset_id))
        words.add(str(asset_id))
    kept = queries_fields.names_in(_kept(found.targets.values()))
    words |= kept[0] | _covers(found.targets.values())
    bodies = [one.newest.body for one in found.targets.values()]
    bodies += [row.cells.get("body", "") for row in batch]
    words |= bodypictures.named("".join(bodies))
    codes |= kept[1]
    found.named = await queries_fields.look_up(db, words, codes)
    found.file_names = {str(one.id): one.filename for one in found.named.files.values()}
    products = {code for code in codes if code.startswith("P-")}
    found.products = await queries_rules.products(db, products) if products else {}


def _kept(targets: Iterable[Target]) -> list[tuple[str, str, Mapping[str, object]]]:
    return [(one.newest.kind, one.newest.topic, one.newest.fields) for one in targets]


def _covers(targets: Iterable[Target]) -> set[str]:
    return {str(one.newest.cover_asset_id) for one in targets if one.newest.cover_asset_id}


async def newest(db: Read, items: Sequence[Item]) -> dict[UUID, Revision]:
    """Return the newest revision of each item by the item's id."""
    rows = await db.scalars(
        select(Revision).where(
            Revision.tenant_id == bank_id(db),
            Revision.id.in_([item.working_revision_id for item in items]),
        )
    )
    return {one.item_id: one for one in rows}


async def filenames(db: Read, revisions: Collection[Revision]) -> dict[str, str]:
    """Return id -> file name of the uploaded files that some wordings name."""
    words, _ = queries_fields.names_in((one.kind, one.topic, one.fields) for one in revisions)
    words |= {str(one.cover_asset_id) for one in revisions if one.cover_asset_id}
    named = await queries_fields.look_up(db, words, set())
    return {str(one.id): one.filename for one in named.files.values()}


async def own_names(db: Read) -> dict[str, list[str]]:
    """Return the bank's own fields that its newest wordings have, by the sheet they belong on."""
    asked = await db.execute(
        select(Revision.kind, Revision.topic, func.jsonb_object_keys(Revision.fields).label("name"))
        .join(Item, _NEWEST)
        .where(Item.tenant_id == bank_id(db))
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for kind, topic, name in asked:
        if name not in {spec.name for spec in kinds.fields_of(kind, topic)}:
            found.setdefault(itempages.page_for(kind, topic).name, set()).add(name)
    return {page: sorted(names) for page, names in found.items()}
