"""Writes of tags and their groups: made, changed, moved, retired, deleted, brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from contenthub.customers import actions_exclusive, actions_tagging, queries_tags
from contenthub.customers.models import Tag, TagGroup
from contenthub.customers.models_tags import TagName
from contenthub.customers.taggroups import DIMENSIONS, check_colour, check_days, clean_name
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

GROUPS_MAX, TAGS_MAX = 100, 2_000


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What a person decides about a group."""

    name: str
    dimension: str = "kind"
    colour: str = "grey"
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class TagDraft:
    """What a person decides about a tag; without a colour it has its group's."""

    name: str
    group_id: UUID
    colour: str = ""
    holds_days: int | None = None


async def create_group(db: Write, draft: GroupDraft, *, by: Staff | None, at: datetime) -> TagGroup:
    """Add a tag group, behind the others.

    Raises:
        Invalid: an unknown dimension or colour, a name in use, too many groups.
    """
    kept = _checked(draft)
    await _check_group_name(db, kept.name)
    last = (
        await db.execute(
            select(func.count(), func.coalesce(func.max(TagGroup.position), 0)).where(
                TagGroup.tenant_id == bank_id(db), TagGroup.deleted_at.is_(None)
            )
        )
    ).one()
    if last[0] >= GROUPS_MAX:
        raise Invalid.of("name", f"标签组最多 {GROUPS_MAX} 个，请先合并或删除不用的")
    group = TagGroup(
        tenant_id=bank_id(db),
        id=new_id(),
        name=kept.name,
        dimension=kept.dimension,
        colour=kept.colour,
        is_exclusive=kept.is_exclusive,
        position=last[1] + 1,
        created_at=at,
    )
    db.add(group)
    await db.flush()
    tenants.record(db, "tag_group.created", "tag_group", group.id, by=by, at=at, name=group.name)
    return group


def _checked(draft: GroupDraft) -> GroupDraft:
    if draft.dimension not in DIMENSIONS:
        raise Invalid.of("dimension", f"维度应是 {'、'.join(DIMENSIONS)} 之一")
    return GroupDraft(
        clean_name(draft.name), draft.dimension, check_colour(draft.colour), draft.is_exclusive
    )


async def _check_group_name(db: Write, name: str, *, but: UUID | None = None) -> None:
    taken = await db.scalar(
        select(TagGroup.id).where(
            TagGroup.tenant_id == bank_id(db), TagGroup.name == name, TagGroup.deleted_at.is_(None)
        )
    )
    if taken is not None and taken != but:
        raise Invalid.of("name", f"标签组“{name}”已经有了，请换一个名称")


async def change_group(
    db: Write,
    group_id: UUID,
    draft: GroupDraft,
    *,
    keep_newest: bool = False,
    by: Staff,
    at: datetime,
) -> TagGroup:
    """Rename a group, give it another question or colour, make it exclusive or not.

    Raises:
        Invalid: as `create_group`; it shall be exclusive, customers have several of its tags,
        and `keep_newest` does not say that the newest one stays (field `is_exclusive`).
    """
    group = await _living_group(db, group_id)
    kept = _checked(draft)
    await _check_group_name(db, kept.name, but=group.id)
    facts = {"before": group.name, "after": kept.name, "exclusive": kept.is_exclusive}
    group.name, group.dimension, group.colour = kept.name, kept.dimension, kept.colour
    if kept.is_exclusive and not group.is_exclusive:
        tags = await _tags_of(db, group.id)
        await actions_exclusive.keep_one(db, tags, keep_newest=keep_newest, by=by, at=at)
    group.is_exclusive = kept.is_exclusive
    await db.flush()
    tenants.record(db, "tag_group.changed", "tag_group", group.id, by=by, at=at, **facts)
    return group


async def _living_group(db: Write, group_id: UUID) -> TagGroup:
    group = await queries_tags.group(db, group_id, lock=True)
    if group.deleted_at is not None:
        raise Conflict("这个标签组已经删除，请先恢复它")
    return group


async def _tags_of(db: Write, group_id: UUID) -> Sequence[Tag]:
    rows = await db.scalars(
        select(Tag)
        .where(Tag.tenant_id == bank_id(db), Tag.group_id == group_id, Tag.deleted_at.is_(None))
        .order_by(Tag.position, Tag.name)
        .with_for_update()
    )
    return rows.all()


async def move_group(db: Write, group_id: UUID, *, step: int, by: Staff, at: datetime) -> None:
    """Show a group one place earlier (`step` -1) or later (1); no further than the end."""
    group = await _living_group(db, group_id)
    order = [one for one, _ in await queries_tags.groups(db)]
    _move(order, group, step)
    await db.flush()
    tenants.record(db, "tag_group.moved", "tag_group", group.id, by=by, at=at, name=group.name)


Placed = TypeVar("Placed", Tag, TagGroup)


def _move(order: list[Placed], one: Placed, step: int) -> None:
    old = order.index(one)
    order.insert(min(max(old + step, 0), len(order) - 1), order.pop(old))
    for position, each in enumerate(order, start=1):
        each.position = position


async def delete_group(db: Write, group_id: UUID, *, by: Staff, at: datetime) -> TagGroup:
    """Delete a group that has no tags any more; `restore_group` undoes it.

    Raises:
        Conflict: it has tags.
    """
    group = await _living_group(db, group_id)
    if tags := await _tags_of(db, group.id):
        raise Conflict(f"这个组里还有 {len(tags)} 个标签，请先移到别的组或删除")
    group.deleted_at = at
    await db.flush()
    tenants.record(db, "tag_group.deleted", "tag_group", group.id, by=by, at=at, name=group.name)
    return group


async def restore_group(db: Write, group_id: UUID, *, by: Staff, at: datetime) -> TagGroup:
    """Bring a deleted group back; raises Invalid when its name is another one's by now."""
    group = await queries_tags.group(db, group_id, lock=True)
    if group.deleted_at is None:
        return group
    await _check_group_name(db, group.name)
    group.deleted_at = None
    await db.flush()
    tenants.record(db, "tag_group.restored", "tag_group", group.id, by=by, at=at, name=group.name)
    return group


async def create_tag(db: Write, draft: TagDraft, *, by: Staff | None, at: datetime) -> Tag:
    """Add a tag to a group, behind the others.

    Raises:
        Invalid: a name in use or standing for another tag, an unknown group or colour, days out
        of range, too many tags.
    """
    kept = await _checked_tag(db, draft)
    count = await db.scalar(
        select(func.count())
        .select_from(Tag)
        .where(Tag.tenant_id == bank_id(db), Tag.deleted_at.is_(None))
    )
    if (count or 0) >= TAGS_MAX:
        raise Invalid.of("name", f"标签最多 {TAGS_MAX} 个，请先合并或删除不用的")
    made = Tag(
        tenant_id=bank_id(db),
        id=new_id(),
        group_id=kept.group_id,
        name=kept.name,
        colour=kept.colour,
        holds_days=kept.holds_days,
        position=await _last_place(db, kept.group_id) + 1,
        created_at=at,
    )
    db.add(made)
    await db.flush()
    tenants.record(db, "tag.created", "tag", made.id, by=by, at=at, name=made.name)
    return made


async def _checked_tag(db: Write, draft: TagDraft, *, but: UUID | None = None) -> TagDraft:
    name = clean_name(draft.name)
    group = await db.get(TagGroup, (bank_id(db), draft.group_id))
    if group is None or group.deleted_at is not None:
        raise Invalid.of("group_id", "没有找到这个标签组")
    await _check_name(db, name, but=but)
    return TagDraft(
        name, group.id, check_colour(draft.colour, or_none=True), check_days(draft.holds_days)
    )


async def _check_name(db: Write, name: str, *, but: UUID | None = None) -> None:
    """Raise Invalid when a name is, or stands for, another tag than `but`."""
    other = await queries_tags.stands_for(db, name)
    if other is None or other.id == but:
        return
    if other.name == name:
        raise Invalid.of("name", f"标签“{name}”已经有了，标签名在全行唯一")
    raise Invalid.of(
        "name", f"“{name}”是标签“{other.name}”以前的名称，客群条件还用着，请换一个名称"
    )


async def _last_place(db: Write, group_id: UUID) -> int:
    last = await db.scalar(
        select(func.max(Tag.position)).where(
            Tag.tenant_id == bank_id(db), Tag.group_id == group_id, Tag.deleted_at.is_(None)
        )
    )
    return last or 0


async def change_tag(
    db: Write, tag_id: UUID, draft: TagDraft, *, keep_newest: bool = False, by: Staff, at: datetime
) -> Tag:
    """Rename a tag, move it to another group, give it a colour or days; its customers stay.

    What names it by its old name, an expression or a file, means it still.

    Raises:
        Invalid: as `create_tag`; the other group is exclusive, customers have another tag of it,
        and `keep_newest` does not say that the newest one stays (field `group_id`).
    """
    found = await queries_tags.tag(db, tag_id, lock=True)
    kept = await _checked_tag(db, draft, but=found.id)
    facts = {"before": found.name, "after": kept.name, "days": kept.holds_days}
    if kept.name != found.name:
        await _remember_name(db, found, kept.name)
    if kept.group_id != found.group_id:
        group = await queries_tags.group(db, kept.group_id, lock=True)
        if group.is_exclusive:
            tags = [*await _tags_of(db, group.id), found]
            await actions_exclusive.keep_one(
                db, tags, field="group_id", keep_newest=keep_newest, by=by, at=at
            )
        found.position = await _last_place(db, group.id) + 1
    found.name, found.group_id = kept.name, kept.group_id
    found.colour, found.holds_days = kept.colour, kept.holds_days
    await db.flush()
    tenants.record(db, "tag.changed", "tag", found.id, by=by, at=at, **facts)
    return found


async def _remember_name(db: Write, found: Tag, new: str) -> None:
    await db.execute(
        delete(TagName).where(TagName.tenant_id == bank_id(db), TagName.name.in_((found.name, new)))
    )
    db.add(TagName(tenant_id=bank_id(db), name=found.name, tag_id=found.id))


async def move_tag(db: Write, tag_id: UUID, *, step: int, by: Staff, at: datetime) -> None:
    """Show a tag one place earlier (`step` -1) or later (1) in its group."""
    found = await queries_tags.tag(db, tag_id, lock=True)
    _move(list(await _tags_of(db, found.group_id)), found, step)
    await db.flush()
    tenants.record(db, "tag.moved", "tag", found.id, by=by, at=at, name=found.name)


async def retire_tag(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> Tag:
    """Put a tag on nobody any more; who has it keeps it. `use_again` undoes it."""
    found = await queries_tags.tag(db, tag_id, lock=True)
    if found.retired_at is None:
        found.retired_at = at
        await db.flush()
        tenants.record(db, "tag.retired", "tag", found.id, by=by, at=at, name=found.name)
    return found


async def use_again(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> Tag:
    """Let a retired tag be put on customers again."""
    found = await queries_tags.tag(db, tag_id, lock=True)
    if found.retired_at is not None:
        found.retired_at = None
        await db.flush()
        tenants.record(db, "tag.used_again", "tag", found.id, by=by, at=at, name=found.name)
    return found


async def delete_tag(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> Tag:
    """Take a tag away from every list, customer and expression; `restore_tag` undoes it.

    Its rows stay for 30 days, so that they come back exactly as they were.
    """
    found = await queries_tags.tag(db, tag_id, lock=True)
    found.deleted_at = at
    await db.flush()
    tenants.record(db, "tag.deleted", "tag", found.id, by=by, at=at, name=found.name)
    return found


async def restore_tag(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> tuple[Tag, int]:
    """Bring a deleted tag back, on the customers that had it.

    Who got another tag of the same exclusive group meanwhile keeps that one; of how many this
    is so is returned.

    Raises:
        Conflict: it was merged, which is undone as a change, or its group is deleted.
        Invalid: its name is another tag's by now.
    """
    found = await queries_tags.tag(db, tag_id, with_deleted=True, lock=True)
    if found.deleted_at is None:
        return found, 0
    if found.merged_into is not None:
        raise Conflict("这个标签是合并掉的，请在“批量操作”里撤销那次合并")
    if at - found.deleted_at > actions_tagging.KEPT:
        raise Conflict("删除超过 30 天，已经不能恢复，请重新新增")
    await _living_group(db, found.group_id)
    await _check_name(db, found.name)
    found.deleted_at = None
    await db.flush()
    left_out = await actions_tagging.drop_rivals(db, found)
    facts = {"name": found.name, "left_out": left_out}
    tenants.record(db, "tag.restored", "tag", found.id, by=by, at=at, **facts)
    return found, left_out
