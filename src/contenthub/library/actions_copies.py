"""Writes that start from words that are there: a copy of an item, an older version restored."""

from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.library import (
    actions_labels,
    kinds,
    placeholders,
    queries,
    queries_labels,
    review,
)
from contenthub.library.actions import Draft, write_draft, write_item
from contenthub.library.models import Item, Revision
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff

_COPY = "（副本）"
HELD = "上级行已经下架这条内容，不能复制；上级发布新版后，请先合并新版，再从新版复制"


async def copy_item(db: Write, item_id: UUID, *, by: Staff, at: datetime) -> tuple[Item, Revision]:
    """Start a new item with the newest wording of another; its validity is not copied.

    A copy of what came from a kit has the same gaps to fill in, and goes when its source goes.

    Raises:
        HeldBack: the bank it came from took it back. WrongStep: it has no wording.
    """
    item = await queries.item(db, item_id)
    # Locked: a recall on its way to the source either sees this copy or is seen by it.
    source = await queries.item(db, item.copy_of_id or item.id, lock=True)
    await db.refresh(item)
    if item.held_reason or source.held_reason:
        raise placeholders.HeldBack(HELD)
    if item.working_revision_id is None:
        raise review.WrongStep("这条内容没有可复制的版本")
    shown = await queries.revision(db, item.working_revision_id)
    title = shown.title.removesuffix(_COPY)[: kinds.TITLE_MAX_CHARS - len(_COPY)] + _COPY
    draft = Draft(
        kind=shown.kind,
        topic=shown.topic,
        title=title,
        fields=shown.fields,
        body=shown.body,
        cover_asset_id=shown.cover_asset_id,
    )
    copied, made = await write_item(db, draft, by=by, at=at)
    copied.copy_of_id, copied.must_fill = source.id, list(item.must_fill)
    _go_on(made, shown)
    names = await queries_labels.names_of(db, item_id)
    await actions_labels.put_names(db, copied.id, names, by=by, at=at)
    return copied, made


def _go_on(made: Revision, source: Revision) -> None:
    """Count who wrote `source` among the people of its copy, unless it was approved once."""
    theirs = review.carried(source.editors, was_approved=source.approved_at is not None)
    for person_id in theirs:
        made.editors = review.with_editor(made.editors, person_id)


async def restore_revision(
    db: Write, item_id: UUID, no: int, *, known_hash: str = "", by: Staff, at: datetime
) -> tuple[Item, Revision]:
    """Make a new draft of an older wording; the live one serves on, a draft is set aside.

    A validity that has ended meanwhile is left out. `known_hash` is the newest wording the
    author saw; empty does not ask.

    Raises:
        NotFound: no such item or version. WrongStep: the newest version waits for review, or
        says the same already. ChangedMeanwhile: somebody saved another wording since.
    """
    item = await queries.item(db, item_id, lock=True)
    old = await queries.revision_no(db, item_id, no)
    if item.working_revision_id is None:
        raise review.WrongStep("这条内容没有可处理的版本")
    newest = await queries.revision(db, item.working_revision_id, lock=True)
    if known_hash and known_hash != newest.hash:
        raise review.ChangedMeanwhile()
    if newest.state == "in_review":
        raise review.WrongStep("最新的一版正在审核，请先撤回再恢复旧版本")
    if old.hash == newest.hash and newest.state not in review.OFF_SHELF:
        raise review.WrongStep(f"最新的第 {newest.no} 版和第 {no} 版内容相同，不需要恢复")
    await _set_aside(db, newest, by=by, at=at)
    is_over = old.valid_until is not None and old.valid_until <= at
    draft = Draft(
        kind=old.kind,
        topic=old.topic,
        title=old.title,
        fields=old.fields,
        body=old.body,
        cover_asset_id=old.cover_asset_id,
        valid_from=None if is_over else old.valid_from,
        valid_until=None if is_over else old.valid_until,
    )
    item, made = await write_draft(db, item_id, draft, by=by, at=at)
    if made.id == newest.id:
        raise review.WrongStep(f"第 {no} 版去掉已过去的有效期后和最新一版相同，不需要恢复")
    _go_on(made, old)
    tenants.record(
        db, "revision.restored", "item", item.id, by=by, at=at, no=made.no, from_no=old.no
    )
    return item, made


async def write_beside(
    db: Write, item_id: UUID, draft: Draft, *, known_hash: str, by: Staff, at: datetime
) -> tuple[Item, Revision]:
    """Make an author's wording the newest draft; the colleague's saved meanwhile is set aside.

    `known_hash` is the colleague's wording that the author was shown.

    Raises:
        ChangedMeanwhile: it has changed once more. WrongStep: it waits for review by now.
    """
    item = await queries.item(db, item_id, lock=True)
    if item.working_revision_id is None:
        raise review.WrongStep("这条内容没有可处理的版本")
    theirs = await queries.revision(db, item.working_revision_id, lock=True)
    if theirs.hash != known_hash:
        raise review.ChangedMeanwhile()
    if theirs.state == "in_review":
        raise review.WrongStep("这一版已经提交审核，请先撤回，或把您写的另存为新内容")
    await _set_aside(db, theirs, by=by, at=at)
    item, mine = await write_draft(db, item_id, draft, by=by, at=at)
    if mine.id == theirs.id:
        raise review.WrongStep("两个人写的内容相同，不需要另存")
    return item, mine


async def _set_aside(db: Write, newest: Revision, *, by: Staff, at: datetime) -> None:
    """Keep a draft in the history without its being the newest; other states stay as they are."""
    if newest.state != "draft":
        return
    newest.state = review.decide("draft", "set_aside", authors=newest.editors, actor_id=None)
    tenants.record(db, "revision.set_aside", "item", newest.item_id, by=by, at=at, no=newest.no)
    await db.flush()
