"""GET/POST /segments: saved audiences."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from contenthub.customers import actions, queries, tagexpr, tagtext
from contenthub.customers.models import Segment
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


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
    Router("/api/v1", route_handlers=[list_segments, save_segment], after_request=keep_answer)
]
