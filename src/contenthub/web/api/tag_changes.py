"""GET/POST /tag-changes: changes of many customers' tags, and taking one back; merging tags."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions_tag_changes, queries_found
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.models_tags import TagChange
from contenthub.customers.queries_found import Filter
from contenthub.customers.stages import stage_slug
from contenthub.customers.tagexpr import parse
from contenthub.errors import Invalid
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May
from contenthub.web.tag_desk import ChangeWords, change_words, own_change, shown_changes


class MergeBody(msgspec.Struct, forbid_unknown_fields=True):
    """The tag that takes the other one's customers and name."""

    into_tag_id: UUID


class ChosenBody(msgspec.Struct, forbid_unknown_fields=True):
    """Customers by what they are, as GET /customers finds them within one's scope."""

    q: Annotated[str, msgspec.Meta(max_length=60)] = ""
    tag_ids: Annotated[list[UUID], msgspec.Meta(max_length=10)] = []
    without_tag_ids: Annotated[list[UUID], msgspec.Meta(max_length=10)] = []
    owner_id: UUID | None = None
    is_owned: bool | None = None
    branch_id: UUID | None = None
    stage: str = ""
    expr: Annotated[str, msgspec.Meta(max_length=500, examples=["存款到期 within 30天"])] = ""
    """A condition as of an audience."""


class ChangeTagsBody(msgspec.Struct, forbid_unknown_fields=True):
    """A tag to put on many customers, or take off: those listed, or all that a filter finds."""

    kind: Literal["put", "take"]
    tag_id: UUID
    until: date | None = None
    customer_ids: Annotated[list[UUID], msgspec.Meta(max_length=2_000)] = []
    filter: ChosenBody | None = None
    """Instead of `customer_ids`; an empty one means everybody in one's scope."""


class TagChangeView(msgspec.Struct, kw_only=True):
    """One change of many: what it did, in numbers and words; `job_id` is there for a large one."""

    id: UUID
    kind: str
    """put, take, merge, or one: a group became exclusive."""
    tag_id: UUID
    from_tag_id: UUID | None
    state: str
    """running, done, undoing or undone."""
    people: int
    """How many customers were chosen."""
    changed: int
    """How many got the tag, or lost it."""
    replaced: int
    """How many tags of the same exclusive group that took away."""
    until_on: date | None
    words: str
    job_id: UUID | None
    at: datetime
    undone_at: datetime | None


class TagChangeList(msgspec.Struct):
    """The newest changes; there is one page."""

    items: list[TagChangeView]
    next_cursor: str | None = None


def change_view(shown: ChangeWords) -> TagChangeView:
    """Return what is shown of a change."""
    one: TagChange = shown.change
    kept = {name: getattr(one, name) for name in _AS_KEPT}
    return TagChangeView(**kept, words=f"{shown.what}：{shown.result}")


_AS_KEPT = (
    "id kind tag_id from_tag_id state people changed replaced until_on job_id at undone_at"
).split()


@get("/tag-changes", guards=[May("customers.view")], summary="批量修改标签", tags=["tags"])
async def list_changes(db: Db, me: Me) -> TagChangeList:
    """Return the newest changes: one's own, or all for who manages tags."""
    return TagChangeList([change_view(one) for one in await shown_changes(db, me)])


@post("/tag-changes", guards=[May("customers.write")], summary="批量贴标签、取标签", tags=["tags"])
async def change_tags(data: JSONBody[ChangeTagsBody], db: Db, me: Me, now: Now) -> TagChangeView:
    """Put a tag on many customers or take it off; more than 2,000 are a job's work.

    Customers outside one's scope are left out; who has the tag already is left as it is.
    """
    if (data.filter is None) == (not data.customer_ids):
        raise Invalid.of("customer_ids", "请给出 customer_ids 或 filter 其中一个")
    reach = await tenants.visible_staff_ids(db, me)
    if data.filter is None:
        some = await queries_found.numbers_of(db, data.customer_ids, owner_ids=reach)
        about = {"words": "按编号指定的客户"}
    else:
        some = await queries_found.found(db, _filter(data.filter), owner_ids=reach, at=now)
        about = {"words": "按条件筛选的客户"}
    wish = Wish(data.kind, data.tag_id, data.until)
    made = await actions_tag_changes.change_many(db, some, wish, about=about, by=me, at=now)
    return change_view(await change_words(db, made))


def _filter(body: ChosenBody) -> Filter:
    return Filter(
        q=body.q.strip(),
        tag_ids=tuple(body.tag_ids),
        without_tag_ids=tuple(body.without_tag_ids),
        owner_id=body.owner_id,
        is_owned=body.is_owned,
        branch_id=body.branch_id,
        stage=stage_slug(body.stage) if body.stage else "",
        condition=parse(body.expr) if body.expr.strip() else None,
    )


@get(
    "/tag-changes/{change_id:uuid}",
    guards=[May("customers.view")],
    summary="一次批量修改标签",
    tags=["tags"],
)
async def show_change(change_id: FromPath[UUID], db: Db, me: Me) -> TagChangeView:
    """Return one change; of a large one GET /jobs/{job_id} says how far it is."""
    return change_view(await change_words(db, await own_change(db, change_id, me)))


@post(
    "/tags/{tag_id:uuid}/merge", guards=[May("customers.tags")], summary="合并标签", tags=["tags"]
)
async def merge_tag(
    tag_id: FromPath[UUID], data: JSONBody[MergeBody], db: Db, me: Me, now: Now
) -> TagChangeView:
    """Let a tag go into another: its customers get that one, its name means that one."""
    made = await actions_tag_changes.merge_tags(db, tag_id, data.into_tag_id, by=me, at=now)
    return change_view(await change_words(db, made))


@post(
    "/tag-changes/{change_id:uuid}/undo",
    guards=[May("customers.write")],
    status_code=200,
    summary="撤销批量修改标签",
    tags=["tags"],
)
async def undo_change(change_id: FromPath[UUID], db: Db, me: Me, now: Now) -> TagChangeView:
    """Take a change back; what was changed by hand since stays."""
    found = await own_change(db, change_id, me)
    undone = await actions_tag_changes.undo(db, found.id, by=me, at=now)
    return change_view(await change_words(db, undone))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_changes, change_tags, show_change, merge_tag, undo_change],
        after_request=keep_answer,
    )
]
