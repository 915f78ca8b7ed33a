"""标签管理: groups and tags with their customers; made, changed, merged, retired, deleted."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions_tag_changes,
    actions_tags,
    queries_preview,
    queries_tags,
    taggroups,
)
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.models import Tag, TagGroup
from contenthub.db import Read, Write
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.tag_desk import (
    Deed,
    buttons,
    change_words,
    chosen_id,
    own_change,
    tag_options,
    whole_days,
)

HERE = "/console/tags"
GROUPS = "/console/tag-groups"
MANAGE = [May("customers.tags")]


@dataclass
class GroupForm:
    """What the form of a group sends; a box that is not ticked sends nothing."""

    name: str = ""
    dimension: str = "kind"
    colour: str = "grey"
    is_exclusive: str = ""
    keep_newest: str = ""

    def draft(self) -> GroupDraft:
        """Return the group as it is meant."""
        return GroupDraft(self.name, self.dimension, self.colour, bool(self.is_exclusive))


@dataclass
class TagForm:
    """What the form of a tag sends."""

    name: str = ""
    group_id: str = ""
    colour: str = ""
    holds_days: str = ""
    keep_newest: str = ""

    def draft(self) -> TagDraft:
        """Return the tag as it is meant; raises Invalid (`group_id`, `holds_days`)."""
        days = whole_days(
            self.holds_days, "holds_days", "有效天数请填整数，例如 90；长期有效请不要填"
        )
        group_id = chosen_id(self.group_id, "group_id", "请选择标签组")
        return TagDraft(self.name, group_id, self.colour, days)


@dataclass
class MergeForm:
    """The tag into which another one goes."""

    into_tag_id: str = ""


@get(HERE, guards=[May("customers.view")], include_in_schema=False)
async def tags_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    q: FromQuery[str] = "",
    gone: FromQuery[UUID | None] = None,
    gone_group: FromQuery[UUID | None] = None,
    change: FromQuery[UUID | None] = None,
    left_out: FromQuery[int] = 0,
) -> Template:
    """Show the groups and their tags; `q` is part of a name.

    `gone`, `gone_group` and `change` are what was just done, to be undone beside it.
    """
    q = q.strip()[:30]
    groups = await queries_tags.groups(db)
    former = await queries_tags.former_names(db)
    shown = [(group, _found(tags, former, q)) for group, tags in groups]
    done = await own_change(db, change, me) if change else None
    return page(
        request,
        "console/tags.html",
        groups=[(group, tags) for group, tags in shown if tags or not q],
        counts=await queries_preview.tag_counts(
            db, owner_ids=await tenants.visible_staff_ids(db, me)
        ),
        former=former,
        group_options=[(group.id, group.name) for group, _ in groups],
        tag_options=tag_options(groups),
        total=sum(len(tags) for _, tags in groups),
        q=q,
        dimensions=taggroups.DIMENSIONS,
        colours=[(slug, word) for slug, (word, _) in taggroups.COLOURS.items()],
        tone=taggroups.tone,
        gone=await _gone(db, gone, gone_group),
        change=await change_words(db, done) if done else None,
        left_out=left_out,
        can_write=access.may(me.roles, "customers.tags"),
        can_preview=access.may(me.roles, "audiences.view"),
    )


def _found(tags: list[Tag], former: dict[UUID, list[str]], q: str) -> list[Tag]:
    return [tag for tag in tags if any(q in name for name in (tag.name, *former.get(tag.id, [])))]


async def _gone(db: Read, tag_id: UUID | None, group_id: UUID | None) -> dict[str, str] | None:
    """Return the tag or group that was just deleted: its name, and where it is brought back."""
    found: Tag | TagGroup | None = None
    if tag_id is not None:
        found = await queries_tags.tag(db, tag_id, with_deleted=True)
    elif group_id is not None:
        found = await queries_tags.group(db, group_id)
    if found is None or found.deleted_at is None:
        return None
    under = HERE if isinstance(found, Tag) else GROUPS
    what = "标签" if isinstance(found, Tag) else "标签组"
    return {"name": f"{what}“{found.name}”", "url": f"{under}/{found.id}/restore"}


@post(GROUPS, guards=MANAGE, include_in_schema=False)
async def add_group(
    request: Request[Any, Any, Any], data: URLEncodedBody[GroupForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a group."""
    await actions_tags.create_group(db, data.draft(), by=me, at=now)
    return go(request, HERE)


@post(f"{GROUPS}/{{group_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_group(
    request: Request[Any, Any, Any],
    group_id: FromPath[UUID],
    data: URLEncodedBody[GroupForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a group."""
    keep = bool(data.keep_newest)
    await actions_tags.change_group(db, group_id, data.draft(), keep_newest=keep, by=me, at=now)
    return go(request, HERE)


@post(HERE, guards=MANAGE, include_in_schema=False)
async def add_tag(
    request: Request[Any, Any, Any], data: URLEncodedBody[TagForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a tag to a group."""
    await actions_tags.create_tag(db, data.draft(), by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{tag_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_tag(
    request: Request[Any, Any, Any],
    tag_id: FromPath[UUID],
    data: URLEncodedBody[TagForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Rename a tag, move it to another group, give it a colour or days."""
    keep = bool(data.keep_newest)
    await actions_tags.change_tag(db, tag_id, data.draft(), keep_newest=keep, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{tag_id:uuid}}/merge", guards=MANAGE, include_in_schema=False)
async def merge_tag(
    request: Request[Any, Any, Any],
    tag_id: FromPath[UUID],
    data: URLEncodedBody[MergeForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Let a tag go into another; the page then offers to undo it."""
    into_tag_id = chosen_id(data.into_tag_id, "into_tag_id", "请选择合并到哪个标签")
    made = await actions_tag_changes.merge_tags(db, tag_id, into_tag_id, by=me, at=now)
    return go(request, f"{HERE}?change={made.id}")


async def _moved_group(db: Write, group_id: UUID, *, step: int, by: Staff, at: datetime) -> str:
    await actions_tags.move_group(db, group_id, step=step, by=by, at=at)
    return HERE


async def _deleted_group(db: Write, group_id: UUID, *, by: Staff, at: datetime) -> str:
    await actions_tags.delete_group(db, group_id, by=by, at=at)
    return f"{HERE}?gone_group={group_id}"


async def _restored_group(db: Write, group_id: UUID, *, by: Staff, at: datetime) -> str:
    await actions_tags.restore_group(db, group_id, by=by, at=at)
    return HERE


async def _moved_tag(db: Write, tag_id: UUID, *, step: int, by: Staff, at: datetime) -> str:
    await actions_tags.move_tag(db, tag_id, step=step, by=by, at=at)
    return HERE


async def _retired(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> str:
    await actions_tags.retire_tag(db, tag_id, by=by, at=at)
    return HERE


async def _used_again(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> str:
    await actions_tags.use_again(db, tag_id, by=by, at=at)
    return HERE


async def _deleted(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> str:
    await actions_tags.delete_tag(db, tag_id, by=by, at=at)
    return f"{HERE}?gone={tag_id}"


async def _restored(db: Write, tag_id: UUID, *, by: Staff, at: datetime) -> str:
    _, left_out = await actions_tags.restore_tag(db, tag_id, by=by, at=at)
    return f"{HERE}?left_out={left_out}" if left_out else HERE


_GROUP_DEEDS: dict[str, Deed] = {
    "up": partial(_moved_group, step=-1),
    "down": partial(_moved_group, step=1),
    "delete": _deleted_group,
    "restore": _restored_group,
}
_TAG_DEEDS: dict[str, Deed] = {
    "up": partial(_moved_tag, step=-1),
    "down": partial(_moved_tag, step=1),
    "retire": _retired,
    "use": _used_again,
    "delete": _deleted,
    "restore": _restored,
}


HANDLERS = [
    tags_page,
    add_group,
    change_group,
    add_tag,
    change_tag,
    merge_tag,
    *buttons(f"{GROUPS}/{{group_id:uuid}}", _GROUP_DEEDS, guards=MANAGE),
    *buttons(f"{HERE}/{{tag_id:uuid}}", _TAG_DEEDS, guards=MANAGE),
]
