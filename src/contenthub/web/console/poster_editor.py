"""制作海报: choose an item, a design to begin from, then draw it in the editor."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from litestar import Request, Response, get
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.library import queries_lists
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item
from contenthub.posters import actions, editing, queries, queries_fonts, studio
from contenthub.tenants.models import Staff
from contenthub.web import poster_drafting, poster_gallery, poster_work
from contenthub.web.console import poster_canvas
from contenthub.web.console.posters import people_of
from contenthub.web.deps import Db, Me, TheHouse
from contenthub.web.house import house_of
from contenthub.web.pages import go, page
from contenthub.web.poster_drafting import Drawing
from contenthub.web.poster_gallery import Wanted
from contenthub.web.signin import May, Principal, principal_of

ITEMS = 30


@get("/console/posters/new", guards=[May("posters.write")], include_in_schema=False)
async def new_poster(
    request: Request[Any, Any, Any],
    db: Db,
    house: TheHouse,
    me: Me,
    item_id: FromQuery[UUID | None] = None,
    starter: FromQuery[str] = "",
    q: FromQuery[str] = "",
    copy: FromQuery[UUID | None] = None,
    size: FromQuery[str] = "",
    season: FromQuery[str] = "",
    fits: FromQuery[str] = "",
) -> Template:
    """Show the next step of a new poster: item, gallery, or the editor.

    `starter` is a shipped design, `copy` one of the bank's; the rest narrows the gallery.
    """
    studio.awake()
    item = await library.item(db, item_id) if item_id else None
    refused = await actions.why_none(db, item) if item else ""
    if item is None or refused:
        here = "/console/posters/new"
        return await choose_item(
            request, db, item, here=here, q=q, refused=refused, starter=starter
        )
    if starter and not editing.unsuitable_code(starter, item.topic):
        design = await actions.starter_design(db, starter, item)
        shown = Shown(item, item.title, design)
        return await _editor(request, db, me, shown=shown)
    if copy is not None:
        shown = Shown(item, item.title, await poster_gallery.copied_design(db, copy, item))
        return await _editor(request, db, me, shown=shown)
    wanted = Wanted(q[:60], size, season, fits)
    offered = await poster_gallery.gallery(db, house.storage, item, wanted=wanted, viewer=me)
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
) -> Response[Any] | Template:
    """Show the editor of the newest design; one that waits for review sends to its page."""
    template = await queries.template(db, template_id)
    revision = await queries.shown_revision(db, template)
    if revision.state == "in_review":
        return go(request, f"/console/posters/{template_id}")
    item = await library.item(db, template.item_id)
    shown = Shown(item, revision.title, revision.layers, template_id, revision.hash)
    return await _editor(request, db, me, shown=shown)


async def choose_item(
    request: Request[Any, Any, Any],
    db: Read,
    item: Item | None,
    *,
    here: str,
    q: str,
    refused: str,
    starter: str = "",
) -> Template:
    """Show the items to make a poster of; `refused` says why `item` may have none.

    `here` is the page that is shown again with the chosen one.
    """
    found = await queries_lists.items(db, Filter(q=q), limit=ITEMS)
    # A script is what an employee says, not what a customer reads on a picture.
    items = [(one, actions.why_no_poster(one)) for one in found if one.kind != "script"]
    return page(
        request,
        "console/poster_item.html",
        items=items,
        here=here,
        q=q,
        starter=starter,
        refused=f"“{item.title}”不能制作海报：{refused}" if item else "",
    )


class Shown(NamedTuple):
    """What the editor begins with; a new design has neither template nor hash."""

    item: Item
    title: str
    design: Mapping[str, Any]
    template_id: UUID | None = None
    hash: str = ""


async def _editor(
    request: Request[Any, Any, Any], db: Read, me: Staff, *, shown: Shown
) -> Template:
    employee = await poster_work.person(db, None, viewer=me)
    answer = page(
        request,
        "console/poster_canvas.html",
        item=shown.item,
        title=shown.title,
        employee=employee,
        people=await people_of(db, me, q="", chosen=employee),
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
    )
    drawing = Drawing(shown.item.id, dict(shown.design), employee.id)
    # Once the page is on its way: nobody waits for what is gathered, and no transaction is open.
    answer.background = BackgroundTask(
        poster_drafting.paint_ahead, house_of(request), principal_of(request), drawing
    )
    return answer


def _colours(who: Principal) -> list[str]:
    return [who.bank.colour_main, who.bank.colour_accent] if who.bank else []


@get("/console/posters/starter.jpg", guards=[May("posters.view")], include_in_schema=False)
async def starter_picture(
    request: Request[Any, Any, Any],
    house: TheHouse,
    item_id: FromQuery[UUID | None] = None,
    code: Annotated[str, QueryParameter(name="starter")] = "deposit-season",
) -> Response[bytes]:
    """Return a shipped template with an item's words, or with made-up ones."""
    return await poster_gallery.thumbnail(request, house, code, item_id)


HANDLERS = [new_poster, edit_poster, starter_picture]
