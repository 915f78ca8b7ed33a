"""GET/POST /poster-templates and the steps of a template's life."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.posters import actions, editing, queries
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.template import schema
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, InState, Me, Now, TheHouse, keep_answer
from contenthub.web.idempotency import Once
from contenthub.web.keyset import cursor_of, page_size, place_of
from contenthub.web.poster_work import is_office, rehearsed, shown_template
from contenthub.web.signin import May, principal_of

Title = Annotated[str, msgspec.Meta(max_length=60, examples=["金秋存款季海报"])]
Layers = dict[str, Any] | list[Any] | None
KnownHash = Annotated[str, msgspec.Meta(max_length=64)]
Starter = Annotated[str, msgspec.Meta(max_length=40, examples=["deposit-season"])]


class TemplateBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new template: its item, and layers of one's own or a shipped starter.

    `layers` is a whole template {width_px, height_px, layers, …} or only the list of layers
    of a 1080×1920 canvas. With neither, the starter that fits the item's topic is taken.
    With `unfinished`, layers with faults are kept all the same, until a submission.
    """

    item_id: UUID
    title: Title = ""
    layers: Layers = None
    starter: Starter = ""
    unfinished: bool = False


class DraftBody(msgspec.Struct, forbid_unknown_fields=True):
    """What changes in a draft; what is left out stays.

    With `known_hash`, the hash of the revision the change began from, a colleague's newer
    design is not written over: 409 `changed_meanwhile` names who saved it. With `unfinished`,
    layers with faults (outside the canvas, over a code) are kept all the same, as the editor
    keeps what somebody draws; a submission refuses them.
    """

    title: Title | None = None
    layers: Layers = None
    known_hash: KnownHash = ""
    unfinished: bool = False


class TemplateRevisionView(msgspec.Struct):
    """One design of a template."""

    id: UUID
    no: int
    state: str
    hash: str
    item_revision_id: UUID
    layers: dict[str, Any] | None


class TemplateView(msgspec.Struct):
    """A poster template, called as `revision`: the newest one, or the live one for employees."""

    id: UUID
    code: str
    title: str
    item_id: UUID
    state: str
    author_id: UUID
    live_revision_id: UUID | None
    updated_at: datetime
    revision: TemplateRevisionView


class TemplateList(msgspec.Struct):
    """One page of templates, latest change first."""

    items: list[TemplateView]
    next_cursor: str | None


def view_of(
    template: PosterTemplate, revision: TemplateRevision, *, with_layers: bool = True
) -> TemplateView:
    """Return what the API shows of a template."""
    shown = TemplateRevisionView(
        id=revision.id,
        no=revision.no,
        state=revision.state,
        hash=revision.hash,
        item_revision_id=revision.item_revision_id,
        layers=revision.layers if with_layers else None,
    )
    return TemplateView(
        id=template.id,
        code=template.code,
        title=revision.title,
        item_id=template.item_id,
        state=template.state,
        author_id=template.author_id,
        live_revision_id=template.live_revision_id,
        updated_at=template.updated_at,
        revision=shown,
    )


async def _views(
    db: Read, templates: Sequence[PosterTemplate], viewer: Staff
) -> list[TemplateView]:
    """Return the views of a page; who sees only live ones is shown the live revision."""
    office = is_office(viewer)
    wanted = [
        (t.working_revision_id or t.live_revision_id) if office else t.live_revision_id
        for t in templates
    ]
    found = await queries.revisions_by_id(db, [one for one in wanted if one])
    return [
        view_of(t, found[one], with_layers=False)
        for t, one in zip(templates, wanted, strict=True)
        if one in found
    ]


@get("/poster-templates", guards=[May("posters.view")], summary="海报模板列表", tags=["posters"])
async def list_templates(
    db: Db,
    me: Me,
    in_state: InState = "",
    item_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 20,
) -> TemplateList:
    """Return templates; employees and branches see those that are live."""
    limit = page_size(limit)
    state = in_state if is_office(me) else "usable"
    if item_id is not None:
        await library.item(db, item_id)
    found = await queries.templates(
        db, state=state, item_id=item_id, after=place_of(cursor), limit=limit + 1
    )
    last = (found[limit - 1].updated_at, found[limit - 1].id) if len(found) > limit else None
    return TemplateList(await _views(db, found[:limit], me), cursor_of(last))


@get(
    "/poster-templates/schema",
    guards=[May("posters.view")],
    summary="海报模板的 JSON Schema",
    tags=["posters"],
)
async def template_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that a template's `layers` must meet, for editors."""
    return schema()


@post("/poster-templates", guards=[May("posters.write")], summary="新建海报模板", tags=["posters"])
async def create_template(data: JSONBody[TemplateBody], db: Db, me: Me, now: Now) -> TemplateView:
    """Start a template with its first draft."""
    item = await library.item(db, data.item_id)
    if data.starter:
        editing.require_suitable(data.starter, item.topic)
    code = data.starter or editing.starter_for(item.topic)
    layers = (
        await actions.starter_design(db, code, item)
        if data.layers is None
        else editing.whole(data.layers)
    )
    draft = TemplateDraft(data.title or item.title, item.id, layers, is_unfinished=data.unfinished)
    return view_of(*await actions.write_template(db, draft, by=me, at=now))


@get(
    "/poster-templates/{template_id:uuid}",
    guards=[May("posters.view")],
    summary="海报模板详情",
    tags=["posters"],
)
async def show_template(template_id: FromPath[UUID], db: Db, me: Me) -> TemplateView:
    """Return one template with its newest layers (the live ones for employees)."""
    template = await shown_template(db, template_id, viewer=me)
    live = template.live_revision_id
    if is_office(me) or live is None:
        return view_of(template, await queries.shown_revision(db, template))
    return view_of(template, await queries.template_revision(db, live))


@put(
    "/poster-templates/{template_id:uuid}/draft",
    guards=[May("posters.write")],
    summary="修改海报草稿",
    tags=["posters"],
)
async def write_draft(
    template_id: FromPath[UUID], data: JSONBody[DraftBody], db: Db, me: Me, now: Now
) -> TemplateView:
    """Change the draft; past draft, a new draft revision begins and the live one keeps serving."""
    template = await queries.template(db, template_id)
    newest = await queries.shown_revision(db, template)
    if data.title is None and data.layers is None:
        raise Invalid.of("layers", "请给出要修改的 title 或 layers")
    layers = newest.layers if data.layers is None else editing.whole(data.layers)
    title = newest.title if data.title is None else data.title
    unfinished = data.unfinished or data.layers is None
    draft = TemplateDraft(title, template.item_id, layers, is_unfinished=unfinished)
    return view_of(
        *await actions.write_draft(
            db, template_id, draft, known_hash=data.known_hash, by=me, at=now
        )
    )


@post(
    "/poster-templates/{template_id:uuid}/submit",
    guards=[May("posters.write")],
    status_code=200,
    summary="提交海报审核",
    tags=["posters"],
    opt={"idempotent": True},
)
async def submit_template(
    template_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    leave_out: FromQuery[bool] = False,
) -> TemplateView:
    """Draw the template for every employee, then hand it to review.

    With `leave_out`, employees whose own name, branch or phone cannot be drawn have no such
    poster; without it they are named and nothing is submitted.
    """
    who, once = principal_of(request), Once(request)
    await once.replay()
    drawn = await rehearsed(house, who, template_id, leave_out=leave_out)
    async with house.database.unit_of_work(who.tenant) as db:
        await once.claim(db)
        submitted = await actions.submit(
            db, template_id, drawn=drawn, leaves_out=leave_out, by=who.staff, at=now
        )
        shown = view_of(*submitted)
        await once.keep(db, shown)
        return shown


@post(
    "/poster-templates/{template_id:uuid}/withdraw",
    guards=[May("posters.write")],
    status_code=200,
    summary="撤回海报审核",
    tags=["posters"],
)
async def withdraw_template(template_id: FromPath[UUID], db: Db, me: Me, now: Now) -> TemplateView:
    """Take one's own submission back to draft."""
    template = await actions.withdraw(db, template_id, by=me, at=now)
    return view_of(template, await queries.shown_revision(db, template))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_templates,
            template_schema,
            create_template,
            show_template,
            write_draft,
            submit_template,
            withdraw_template,
        ],
        after_request=keep_answer,
    )
]
