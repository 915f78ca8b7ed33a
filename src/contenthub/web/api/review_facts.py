"""GET /reviews/{id}/facts: what the content behind a subject says, to hold the subject against."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromPath

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries
from contenthub.library.models import Review, Revision
from contenthub.posters import queries as posters
from contenthub.scheduler import queries as scheduler
from contenthub.web.deps import Db
from contenthub.web.signin import May
from contenthub.web.wordings import facts_of

FieldName = Annotated[str, msgspec.Meta(examples=["rate"])]
Label = Annotated[str, msgspec.Meta(examples=["年利率"])]
Text = Annotated[str, msgspec.Meta(examples=["2.05%"])]


class FactView(msgspec.Struct):
    """One filled field of the content as a customer reads it."""

    name: FieldName
    label: Label
    text: Text


class FactsView(msgspec.Struct, kw_only=True):
    """What a wording of an item says; `is_live` while customers see this very one."""

    item_id: UUID
    code: Annotated[str, msgspec.Meta(examples=["P-0012"])]
    revision_id: UUID
    no: int
    title: str
    kind: str
    topic: str
    is_live: bool
    valid_from: datetime | None
    valid_until: datetime | None
    facts: list[FactView]


@get(
    "/reviews/{review_id:uuid}/facts",
    guards=[May("reviews.decide")],
    summary="审核对照：对应内容的要素",
    tags=["reviews"],
)
async def review_facts(review_id: FromPath[UUID], db: Db) -> FactsView:
    """Return the fields of the exact wording that a poster or a push shows, in form order.

    Of a wording in review they are its own; a cadence shows none (404).
    """
    revision = await _wording(db, await queries.review(db, review_id))
    item = await queries.item(db, revision.item_id)
    return FactsView(
        item_id=item.id,
        code=item.code,
        revision_id=revision.id,
        no=revision.no,
        title=revision.title,
        kind=revision.kind,
        topic=revision.topic,
        is_live=item.live_revision_id == revision.id,
        valid_from=revision.valid_from,
        valid_until=revision.valid_until,
        facts=[FactView(*one) for one in facts_of(revision)],
    )


async def _wording(db: Read, found: Review) -> Revision:
    if found.subject_kind == "revision":
        return await queries.revision(db, found.subject_id)
    if found.subject_kind == "template":
        drawn = await posters.template_revision(db, found.subject_id)
        return await queries.revision(db, drawn.item_revision_id)
    if found.subject_kind == "push":
        push = await scheduler.push(db, found.subject_id)
        return await queries.revision(db, push.revision_id)
    raise NotFound("跟进节奏没有对应的单条内容，请看它每一步用到的内容")


HANDLERS = [Router("/api/v1", route_handlers=[review_facts])]
