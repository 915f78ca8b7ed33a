"""制作海报: choose an item, a starter, then words, colours and pictures with a live preview."""

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.library import queries_assets, queries_lists
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item
from contenthub.posters import actions, editing, queries, queries_fonts, rendering
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.faults import VARIABLES
from contenthub.posters.template import parse
from contenthub.tenants.models import Staff
from contenthub.web import poster_gallery, poster_work
from contenthub.web.console import poster_canvas
from contenthub.web.console.posters import people_of
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.picture_uploads import keep_picture
from contenthub.web.poster_gallery import Wanted
from contenthub.web.push_form import uuid_of
from contenthub.web.signin import May, Principal, principal_of

ITEMS = 30
PREVIEW_PX = 560
FORM_BYTES = 12 * 1024 * 1024


@get("/console/posters/new", guards=[May("posters.write")], include_in_schema=False)
async def new_poster(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    item_id: FromQuery[UUID | None] = None,
    starter: FromQuery[str] = "",
    q: FromQuery[str] = "",
    plain: FromQuery[bool] = False,
    copy: FromQuery[UUID | None] = None,
    size: FromQuery[str] = "",
    season: FromQuery[str] = "",
    fits: FromQuery[str] = "",
) -> Template:
    """Show the next step of a new poster: item, gallery, or the editor (`plain`: as a form).

    `starter` is a shipped design, `copy` one of the bank's; the rest narrows the gallery.
    """
    item = await library.item(db, item_id) if item_id else None
    refused = actions.why_no_poster(item) if item else ""
    if item is None or refused:
        found = await queries_lists.items(db, Filter(q=q), limit=ITEMS)
        # A script is what an employee says, not what a customer reads on a picture.
        items = [(one, actions.why_no_poster(one)) for one in found if one.kind != "script"]
        return page(
            request,
            "console/poster_item.html",
            items=items,
            q=q,
            starter=starter,
            refused=f"“{item.title}”不能制作海报：{refused}" if item else "",
        )
    if starter and not editing.unsuitable_code(starter, item.topic):
        design = await actions.starter_design(db, starter, item)
        shown = Shown(item, item.title, design)
        return await _editor(request, db, me, shown=shown, plain=plain)
    if copy is not None:
        shown = Shown(item, item.title, await poster_gallery.copied_design(db, copy, item))
        return await _editor(request, db, me, shown=shown, plain=plain)
    wanted = Wanted(q[:60], size, season, fits)
    offered = await poster_gallery.gallery(db, item, wanted, viewer=me)
    return page(request, "console/poster_starter.html", **offered)


@get(
    "/console/posters/{template_id:uuid}/edit",
    guards=[May("posters.write")],
    include_in_schema=False,
)
async def edit_poster(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    plain: FromQuery[bool] = False,
) -> Template:
    """Show the editor of a template's newest design (`plain`: as a form)."""
    template = await queries.template(db, template_id)
    revision = await queries.shown_revision(db, template)
    item = await library.item(db, template.item_id)
    shown = Shown(item, revision.title, revision.layers, template_id, revision.hash)
    return await _editor(request, db, me, shown=shown, plain=plain)


class Shown(NamedTuple):
    """What the editor begins with; a new design has neither template nor hash."""

    item: Item
    title: str
    design: Mapping[str, Any]
    template_id: UUID | None = None
    hash: str = ""


async def _editor(
    request: Request[Any, Any, Any], db: Read, me: Staff, *, shown: Shown, plain: bool
) -> Template:
    employee = await poster_work.person(db, None, viewer=me)
    both: dict[str, Any] = {
        "item": shown.item,
        "title": shown.title,
        "employee": employee,
        "people": await people_of(db, me, q="", chosen=employee),
    }
    if plain:
        saves = f"/console/posters/{shown.template_id}/draft"
        action = saves if shown.template_id else "/console/posters"
        return page(
            request, "console/poster_editor.html", action=action, **both, **_fields(shown.design)
        )
    return page(
        request,
        "console/poster_canvas.html",
        plain_url=f"{request.url.path}?{request.url.query}&plain=true".replace("?&", "?"),
        template_id=shown.template_id,
        told=poster_canvas.told(
            design=shown.design,
            title=shown.title,
            item_id=shown.item.id,
            template_id=shown.template_id,
            hash=shown.hash,
            employee_id=employee.id,
            own_fonts=await queries_fonts.fonts(db, state="usable"),
            bank_colours=_colours(principal_of(request)),
        ),
        modules=poster_canvas.modules(),
        tabs=poster_canvas.TABS,
        **both,
    )


def _colours(who: Principal) -> list[str]:
    return [who.bank.colour_main, who.bank.colour_accent] if who.bank else []


def _fields(design: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form's fields are drawn from."""
    return {
        "design_json": json.dumps(design, ensure_ascii=False, indent=1),
        "texts": editing.text_rows(design),
        "pictures": editing.picture_rows(design),
        "palette": editing.palette(design),
        "places": list(editing.PLACES.items()),
        "variables": VARIABLES,
    }


async def _form(request: Request[Any, Any, Any]) -> tuple[dict[str, str], UploadFile | None]:
    """Return the form's texts and its file, if one came."""
    sent = await request.form()
    texts = {str(name): str(value) for name, value in sent.items() if isinstance(value, str)}
    file = next((value for value in sent.values() if isinstance(value, UploadFile)), None)
    return texts, file


def _design(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the design that a form describes, unchecked; raises Invalid naming the field."""
    return editing.changed(editing.read_json(form.get("layers", "")), form)


def _id(form: Mapping[str, str], name: str, what: str) -> UUID:
    return uuid_of(form.get(name, ""), name, f"请先选择{what}")


@post("/console/posters", guards=[May("posters.write")], include_in_schema=False)
async def create(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Keep a new poster as a draft."""
    form, _ = await _form(request)
    draft, design = _draft(form, _id(form, "item_id", "内容"))
    try:
        template, _ = await actions.write_template(db, draft, by=me, at=now)
    except Invalid as wrong:
        raise editing.named(wrong, design) from wrong
    return go(request, f"/console/posters/{template.id}")


@post(
    "/console/posters/{template_id:uuid}/draft",
    guards=[May("posters.write")],
    include_in_schema=False,
)
async def save(
    request: Request[Any, Any, Any], template_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep what was changed as the draft."""
    template = await queries.template(db, template_id)
    form, _ = await _form(request)
    draft, design = _draft(form, template.item_id)
    try:
        await actions.write_draft(db, template_id, draft, by=me, at=now)
    except Invalid as wrong:
        raise editing.named(wrong, design) from wrong
    return go(request, f"/console/posters/{template_id}")


def _draft(form: Mapping[str, str], item_id: UUID) -> tuple[TemplateDraft, dict[str, Any]]:
    design = _design(form)
    return TemplateDraft(form.get("title", ""), item_id, design), design


@post(
    "/console/posters/preview",
    guards=[May("posters.write")],
    status_code=200,
    include_in_schema=False,
)
async def preview(request: Request[Any, Any, Any], house: TheHouse) -> Template:
    """Return the unsaved design as a picture, or what stands in its way beside it."""
    form, _ = await _form(request)
    problems: dict[str, str] = {}
    shown = ""
    try:
        shown = await _drawn(house, principal_of(request), form)
    except Invalid as wrong:
        problems = wrong.fields or {"layers": wrong.detail}
    return page(request, "console/_poster_preview.html", shown=shown, problems=problems)


async def _drawn(house: House, who: Principal, form: Mapping[str, str]) -> str:
    design = _design(form)
    try:
        template = parse(design)
        plan = await poster_work.unsaved_plan(
            house,
            who,
            template,
            item_id=_id(form, "item_id", "内容"),
            hashes=rendering.picture_hashes(design),
            employee_id=_id(form, "employee_id", "员工") if form.get("employee_id") else None,
        )
        data = await poster_work.draw(house, plan, width_px=PREVIEW_PX)
    except Invalid as wrong:
        raise editing.named(wrong, design) from wrong
    return base64.b64encode(data).decode()


@post(
    "/console/posters/fields",
    guards=[May("posters.write")],
    status_code=200,
    include_in_schema=False,
)
async def redraw_fields(request: Request[Any, Any, Any]) -> Template:
    """Return the form's fields drawn anew from the JSON box."""
    form, _ = await _form(request)
    return page(request, "console/_poster_fields.html", **_fields(_design(form)))


@post(
    "/console/posters/pictures",
    guards=[May("posters.write")],
    status_code=200,
    include_in_schema=False,
    request_max_body_size=FORM_BYTES,
)
async def add_picture(request: Request[Any, Any, Any], house: TheHouse, now: Now) -> Template:
    """Return the fields with a picture in the design: one of the bank's files, or an upload."""
    form, file = await _form(request)
    design = _design(form)
    who = principal_of(request)
    if form.get("asset_id"):
        async with house.database.reading(who.tenant) as db:
            asset = await queries_assets.picture(db, _id(form, "asset_id", "图片"))
    elif file is None or not file.filename:
        raise Invalid.of("file", "请先选择一张 JPG、PNG 或 WEBP 图片，或从素材文件选择")
    else:
        asset = await keep_picture(house, who, file, at=now)
    made = editing.with_picture(
        design, asset.sha256, place=form.get("place", ""), replaces=form.get("replaces", "")
    )
    return page(request, "console/_poster_fields.html", **_fields(made))


@get("/console/posters/starter.jpg", guards=[May("posters.view")], include_in_schema=False)
async def starter_picture(
    request: Request[Any, Any, Any],
    house: TheHouse,
    item_id: FromQuery[UUID | None] = None,
    code: Annotated[str, QueryParameter(name="starter")] = "deposit-season",
) -> Response[bytes]:
    """Return a shipped template with an item's words, or with made-up ones."""
    return await poster_gallery.thumbnail(request, house, code, item_id)


HANDLERS = [
    new_poster,
    edit_poster,
    create,
    save,
    preview,
    redraw_fields,
    add_picture,
    starter_picture,
]
