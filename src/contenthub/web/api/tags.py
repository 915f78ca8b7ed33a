"""GET/POST /tag-groups, /tags: a bank's tags and their groups, managed."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.customers import (
    actions_tags,
    queries_preview,
    queries_tags,
)
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.models import Tag, TagGroup
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

MANAGE = [May("customers.tags")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["银发"])]
GroupName = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["年龄段"])]
Colour = Annotated[str, msgspec.Meta(max_length=10, examples=["teal"])]
Days = Annotated[int, msgspec.Meta(examples=[90])] | None
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class GroupView(msgspec.Struct):
    """A tag group: which question about a customer it answers, and how it is kept."""

    id: UUID
    name: str
    dimension: str
    colour: str
    is_exclusive: bool
    """Whether a customer has one tag of it at most: the one put on last."""


class GroupList(msgspec.Struct):
    """Every group in the bank's order; there is one page."""

    items: list[GroupView]
    next_cursor: str | None = None


class GroupBody(msgspec.Struct, forbid_unknown_fields=True):
    """A group to add; dimension is who, kind, refuses or needs."""

    name: GroupName
    dimension: Annotated[str, msgspec.Meta(examples=["kind"])] = "kind"
    colour: Colour = "grey"
    is_exclusive: bool = False


class GroupPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a group; what is left out stays as it is."""

    name: GroupName | Unset = UNSET
    dimension: Annotated[str, msgspec.Meta(examples=["kind"])] | Unset = UNSET
    colour: Colour | Unset = UNSET
    is_exclusive: bool | Unset = UNSET
    keep_newest: bool = False
    """When it becomes exclusive: who has several of its tags keeps the one put on last."""


class TagView(msgspec.Struct, kw_only=True):
    """A tag and how many customers in the viewer's scope have it."""

    id: UUID
    name: str
    group_id: UUID
    customers: int
    colour: str
    """Empty: its group's."""
    holds_days: int | None
    is_retired: bool
    former_names: list[str]
    """Names that expressions and files may still say for it."""


class TagList(msgspec.Struct):
    """Every tag in the bank's order; there is one page."""

    items: list[TagView]
    next_cursor: str | None = None


class TagBody(msgspec.Struct, forbid_unknown_fields=True):
    """A tag to add to a group; `holds_days`: after how many days it comes off by itself."""

    name: Name
    group_id: UUID
    colour: Colour = ""
    holds_days: Days = None


class TagPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a tag; what is left out stays as it is."""

    name: Name | Unset = UNSET
    group_id: UUID | Unset = UNSET
    colour: Colour | Unset = UNSET
    holds_days: Days | Unset = UNSET
    keep_newest: bool = False
    """When it moves into an exclusive group: who has another of its tags keeps the newest."""


class MoveTagBody(msgspec.Struct, forbid_unknown_fields=True):
    """One place earlier (-1) or later (1)."""

    step: Literal[-1, 1]


class RestoredTag(msgspec.Struct):
    """A tag that came back; `left_out` have another one of its exclusive group by now."""

    tag: TagView
    left_out: int


def _group_view(group: TagGroup) -> GroupView:
    return GroupView(group.id, group.name, group.dimension, group.colour, group.is_exclusive)


async def _groups(db: Read) -> GroupList:
    return GroupList([_group_view(group) for group, _ in await queries_tags.groups(db)])


async def _tag_views(db: Read, me: Me, q: str = "") -> list[TagView]:
    counts = await queries_preview.tag_counts(db, owner_ids=await tenants.visible_staff_ids(db, me))
    former = await queries_tags.former_names(db)
    return [
        _tag_view(tag, counts.get(str(tag.id), 0), former.get(tag.id, []))
        for _, tags in await queries_tags.groups(db)
        for tag in tags
        if any(q in name for name in (tag.name, *former.get(tag.id, [])))
    ]


def _tag_view(tag: Tag, customers: int, former: list[str]) -> TagView:
    return TagView(
        id=tag.id,
        name=tag.name,
        group_id=tag.group_id,
        customers=customers,
        colour=tag.colour,
        holds_days=tag.holds_days,
        is_retired=tag.retired_at is not None,
        former_names=former,
    )


async def _one(db: Read, tag: Tag, me: Me) -> TagView:
    return next(view for view in await _tag_views(db, me) if view.id == tag.id)


@get("/tag-groups", guards=[May("customers.view")], summary="标签组", tags=["tags"])
async def list_groups(db: Db) -> GroupList:
    """Return the bank's tag groups."""
    return await _groups(db)


@post("/tag-groups", guards=MANAGE, summary="新增标签组", tags=["tags"])
async def add_group(data: JSONBody[GroupBody], db: Db, me: Me, now: Now) -> GroupView:
    """Add a tag group."""
    draft = GroupDraft(data.name, data.dimension, data.colour, data.is_exclusive)
    return _group_view(await actions_tags.create_group(db, draft, by=me, at=now))


@patch("/tag-groups/{group_id:uuid}", guards=MANAGE, summary="修改标签组", tags=["tags"])
async def change_group(
    group_id: FromPath[UUID], data: JSONBody[GroupPatch], db: Db, me: Me, now: Now
) -> GroupView:
    """Change a group; one that becomes exclusive asks what is to become of several tags."""
    held = await queries_tags.group(db, group_id)
    draft = GroupDraft(
        sent_or(data.name, held.name),
        sent_or(data.dimension, held.dimension),
        sent_or(data.colour, held.colour),
        sent_or(data.is_exclusive, held.is_exclusive),
    )
    changed = await actions_tags.change_group(
        db, group_id, draft, keep_newest=data.keep_newest, by=me, at=now
    )
    return _group_view(changed)


@post(
    "/tag-groups/{group_id:uuid}/move",
    guards=MANAGE,
    status_code=200,
    summary="调整标签组的顺序",
    tags=["tags"],
)
async def move_group(
    group_id: FromPath[UUID], data: JSONBody[MoveTagBody], db: Db, me: Me, now: Now
) -> GroupList:
    """Move a group one place; return them all in their order."""
    await actions_tags.move_group(db, group_id, step=data.step, by=me, at=now)
    return await _groups(db)


@delete("/tag-groups/{group_id:uuid}", guards=MANAGE, summary="删除标签组", tags=["tags"])
async def delete_group(group_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Delete a group that has no tags any more."""
    await actions_tags.delete_group(db, group_id, by=me, at=now)


@post(
    "/tag-groups/{group_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复标签组",
    tags=["tags"],
)
async def restore_group(group_id: FromPath[UUID], db: Db, me: Me, now: Now) -> GroupView:
    """Bring a deleted group back."""
    return _group_view(await actions_tags.restore_group(db, group_id, by=me, at=now))


@get("/tags", guards=[May("customers.view")], summary="标签", tags=["tags"])
async def list_tags(db: Db, me: Me, q: FromQuery[str] = "") -> TagList:
    """Return the bank's tags with how many customers in scope have them; `q`: part of a name."""
    return TagList(await _tag_views(db, me, q.strip()[:30]))


@post("/tags", guards=MANAGE, summary="新增标签", tags=["tags"])
async def add_tag(data: JSONBody[TagBody], db: Db, me: Me, now: Now) -> TagView:
    """Add a tag; its name is unique in the bank."""
    draft = TagDraft(data.name, data.group_id, data.colour, data.holds_days)
    made = await actions_tags.create_tag(db, draft, by=me, at=now)
    return _tag_view(made, 0, [])


@patch("/tags/{tag_id:uuid}", guards=MANAGE, summary="修改标签", tags=["tags"])
async def change_tag(
    tag_id: FromPath[UUID], data: JSONBody[TagPatch], db: Db, me: Me, now: Now
) -> TagView:
    """Rename a tag, move it, colour it; expressions and files may still say its old name."""
    held = await queries_tags.tag(db, tag_id)
    draft = TagDraft(
        sent_or(data.name, held.name),
        sent_or(data.group_id, held.group_id),
        sent_or(data.colour, held.colour),
        sent_or(data.holds_days, held.holds_days),
    )
    changed = await actions_tags.change_tag(
        db, tag_id, draft, keep_newest=data.keep_newest, by=me, at=now
    )
    return await _one(db, changed, me)


@post(
    "/tags/{tag_id:uuid}/move",
    guards=MANAGE,
    status_code=200,
    summary="调整标签的顺序",
    tags=["tags"],
)
async def move_tag(
    tag_id: FromPath[UUID], data: JSONBody[MoveTagBody], db: Db, me: Me, now: Now
) -> TagList:
    """Move a tag one place within its group; return them all in their order."""
    await actions_tags.move_tag(db, tag_id, step=data.step, by=me, at=now)
    return TagList(await _tag_views(db, me))


@post(
    "/tags/{tag_id:uuid}/retire", guards=MANAGE, status_code=200, summary="停用标签", tags=["tags"]
)
async def retire_tag(tag_id: FromPath[UUID], db: Db, me: Me, now: Now) -> TagView:
    """Put a tag on nobody any more; who has it keeps it."""
    return await _one(db, await actions_tags.retire_tag(db, tag_id, by=me, at=now), me)


@post(
    "/tags/{tag_id:uuid}/use-again",
    guards=MANAGE,
    status_code=200,
    summary="恢复使用标签",
    tags=["tags"],
)
async def use_again(tag_id: FromPath[UUID], db: Db, me: Me, now: Now) -> TagView:
    """Let a retired tag be put on customers again."""
    return await _one(db, await actions_tags.use_again(db, tag_id, by=me, at=now), me)


@delete("/tags/{tag_id:uuid}", guards=MANAGE, summary="删除标签", tags=["tags"])
async def delete_tag(tag_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Take a tag away from every customer; for 30 days it can be brought back as it was."""
    await actions_tags.delete_tag(db, tag_id, by=me, at=now)


@post(
    "/tags/{tag_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复标签",
    tags=["tags"],
)
async def restore_tag(tag_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RestoredTag:
    """Bring a deleted tag back on the customers that had it."""
    found, left_out = await actions_tags.restore_tag(db, tag_id, by=me, at=now)
    return RestoredTag(await _one(db, found, me), left_out)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_groups,
            add_group,
            change_group,
            move_group,
            delete_group,
            restore_group,
            list_tags,
            add_tag,
            change_tag,
            move_tag,
            retire_tag,
            use_again,
            delete_tag,
            restore_tag,
        ],
        after_request=keep_answer,
    )
]
