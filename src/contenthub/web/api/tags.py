"""GET/POST /tag-groups, /tags and /segments."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from contenthub.customers import actions, queries, queries_preview, tagexpr, tagtext
from contenthub.customers.models import Segment
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["银发"])]


class GroupView(msgspec.Struct):
    """A tag group and which question about a customer it answers."""

    id: UUID
    name: str
    dimension: str


class GroupList(msgspec.Struct):
    """Every group of the bank; there is one page."""

    items: list[GroupView]
    next_cursor: str | None = None


class GroupBody(msgspec.Struct, forbid_unknown_fields=True):
    """A group to add; dimension is who, kind, refuses or needs."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["年龄段"])]
    dimension: Annotated[str, msgspec.Meta(examples=["kind"])] = "kind"


class TagView(msgspec.Struct):
    """A tag and how many customers in the viewer's scope have it."""

    id: UUID
    name: str
    group_id: UUID
    customers: int


class TagList(msgspec.Struct):
    """Every tag of the bank; there is one page."""

    items: list[TagView]
    next_cursor: str | None = None


class TagBody(msgspec.Struct, forbid_unknown_fields=True):
    """A tag to add to a group."""

    name: Name
    group_id: UUID


class SegmentView(msgspec.Struct):
    """A saved audience, and what it says in words."""

    id: UUID
    name: str
    expr: str
    description: str


class SegmentList(msgspec.Struct):
    """Every segment of the bank; there is one page."""

    items: list[SegmentView]
    next_cursor: str | None = None


class SegmentBody(msgspec.Struct, forbid_unknown_fields=True):
    """An audience to save; the same name again replaces it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["银发代发客群"])]
    expr: Annotated[str, msgspec.Meta(examples=["银发 and not refused(理财)"])]


def segment_view(segment: Segment) -> SegmentView:
    """Return what is shown of a segment."""
    return SegmentView(
        segment.id, segment.name, segment.expr, tagtext.describe(tagexpr.parse(segment.expr))
    )


@get("/tag-groups", guards=[May("customers.view")], summary="标签组", tags=["tags"])
async def list_groups(db: Db) -> GroupList:
    """Return the bank's tag groups."""
    return GroupList([GroupView(g.id, g.name, g.dimension) for g in await queries.tag_groups(db)])


@post("/tag-groups", guards=[May("customers.import")], summary="新增标签组", tags=["tags"])
async def add_group(data: JSONBody[GroupBody], db: Db, me: Me, now: Now) -> GroupView:
    """Add a tag group."""
    made = await actions.create_group(db, data.name, dimension=data.dimension, by=me, at=now)
    return GroupView(made.id, made.name, made.dimension)


@get("/tags", guards=[May("customers.view")], summary="标签", tags=["tags"])
async def list_tags(db: Db, me: Me) -> TagList:
    """Return the bank's tags with how many customers in scope have them."""
    counts = await queries_preview.tag_counts(db, owner_ids=await tenants.visible_staff_ids(db, me))
    return TagList(
        [
            TagView(t.id, t.name, t.group_id, counts.get(str(t.id), 0))
            for t in await queries.tags(db)
        ]
    )


@post("/tags", guards=[May("customers.import")], summary="新增标签", tags=["tags"])
async def add_tag(data: JSONBody[TagBody], db: Db, me: Me, now: Now) -> TagView:
    """Add a tag; its name is unique in the bank."""
    made = await actions.create_tag(db, data.name, data.group_id, by=me, at=now)
    return TagView(made.id, made.name, made.group_id, 0)


@get("/segments", guards=[May("audiences.view")], summary="客群", tags=["tags"])
async def list_segments(db: Db) -> SegmentList:
    """Return the saved audiences."""
    return SegmentList([segment_view(s) for s in await queries.segments(db)])


@post(
    "/segments",
    guards=[May("audiences.view"), May("customers.write")],
    summary="保存客群",
    tags=["tags"],
)
async def save_segment(data: JSONBody[SegmentBody], db: Db, me: Me, now: Now) -> SegmentView:
    """Save an audience under a name."""
    made = await actions.save_segment(db, data.name, data.expr, by=me, at=now)
    await db.flush()
    return segment_view(made)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_groups, add_group, list_tags, add_tag, list_segments, save_segment],
        after_request=keep_answer,
    )
]
