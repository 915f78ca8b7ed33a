"""海报模板: the list, one poster with its steps, everybody's posters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Conflict, Invalid
from contenthub.library import queries as library
from contenthub.library.queries_shareable import FailsRules
from contenthub.posters import actions, choosing, queries, studio
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.queries_contact import REFUSED
from contenthub.storage import Storage
from contenthub.tenants import access, qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import poster_faults, poster_work
from contenthub.web.console.poster_batches import batch_shown
from contenthub.web.deps import Db, InState, Me, Now, OurBank, TheHouse
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import go, page
from contenthub.web.poster_work import is_office, shown_template
from contenthub.web.signin import May, principal_of

PAGE = 24
PEOPLE = 24
VIEWS = ("", "draft", "in_review", "returned", "live", "ended")


@get("/console/posters", guards=[May("posters.view")], include_in_schema=False)
async def posters_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    in_state: InState = "",
    item_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the templates as cards; those who write none see what is live."""
    office = is_office(me)
    may_write = access.may(me.roles, "posters.write")
    if may_write:
        studio.awake()  # the editor is next
    wanted = in_state if office and in_state in VIEWS else ("" if office else "usable")
    item = await library.item(db, item_id) if item_id else None
    found = await queries.templates(
        db, state=wanted, item_id=item_id, after=place_of(cursor), limit=PAGE + 1
    )
    last = (found[PAGE - 1].updated_at, found[PAGE - 1].id) if len(found) > PAGE else None
    counts = await queries.state_counts(db)
    return page(
        request,
        "console/posters.html",
        templates=found[:PAGE],
        items=await queries.items_of(db, found),
        titles=await queries.newest_titles(db, found) if office else {},
        next_cursor=cursor_of(last),
        cursor=cursor,
        state=in_state,
        item=item,
        counts=counts,
        ended=sum(counts.get(each, 0) for each in queries.ENDED),
        office=office,
        may_write=may_write,
    )


@get("/console/posters/{template_id:uuid}", guards=[May("posters.view")], include_in_schema=False)
async def poster_page(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    house: TheHouse,
    me: Me,
    now: Now,
    bank: OurBank,
    employee_id: FromQuery[UUID | None] = None,
    version: FromQuery[str] = "",
) -> Template:
    """Show one poster for an employee, where it stands, and its history."""
    who = principal_of(request)
    async with house.database.reading(who.tenant) as db:
        employee = await poster_work.person(db, employee_id, viewer=me)
        template = await shown_template(db, template_id, viewer=me)
        revision = await _revision(db, template, me)
        reasons = await _reasons(db, house.storage, template, people=[employee], bank=bank, at=now)
        shown: dict[str, Any] = {
            "poster": template,
            "revision": revision,
            "item": await library.item(db, template.item_id),
            "employee": employee,
            "reason": reasons.get(employee.id, ""),
            "version": version,
            "backgrounds": choosing.stored_backgrounds(revision.layers),
            "people": await people_of(db, me, q="", chosen=employee),
            "history": await _history(db, template) if is_office(me) else [],
            **await batch_shown(db, str(template_id), me),
            **await _standing(db, template, revision, me=me, at=now),
        }
    drafted = revision.id != template.live_revision_id
    shown["is_real"] = shown["is_live"] and (not drafted or version == "live")
    shown["problems"] = {}
    if not shown["is_real"]:
        # Outside the database: a draft that nobody has drawn yet takes half a second of CPU.
        shown["problems"] = await poster_faults.undrawable(
            house, who, template_id, employee_id=employee.id, layers=revision.layers
        )
    return page(request, "console/poster.html", **shown)


async def _revision(db: Read, template: PosterTemplate, viewer: Staff) -> TemplateRevision:
    if is_office(viewer) or template.live_revision_id is None:
        return await queries.shown_revision(db, template)
    return await queries.template_revision(db, template.live_revision_id)


async def _standing(
    db: Read, template: PosterTemplate, revision: TemplateRevision, *, me: Staff, at: datetime
) -> dict[str, Any]:
    """Return which buttons may be pressed and why the poster is not in use, if it is not."""
    writes = access.may(me.roles, "posters.write")
    why_not_live, told = "", template.live_revision_id is not None
    try:
        await queries.shareable_template(db, template.id, at=at)
    except Conflict as refused:
        why_not_live = refused.detail
        # A draft's author is told too: neither submission nor approval would pass.
        told = told or isinstance(refused, FailsRules)
    return {
        "why_not_live": why_not_live,
        "told": told,
        "is_live": not why_not_live,
        "may_write": writes,
        "may_edit": writes and revision.state != "in_review",
        "may_submit": writes and revision.state == "draft",
        "may_withdraw": writes and revision.state == "in_review" and me.id in revision.editors,
        "may_review": access.may(me.roles, "reviews.decide") and me.id not in revision.editors,
        "may_batch": access.may(me.roles, "posters.batch"),
    }


async def people_of(
    db: Read, viewer: Staff, *, q: str, chosen: Staff | None = None
) -> list[tuple[Staff, str]]:
    """Return employees for a switcher with their branch, the chosen one among them."""
    reach = await tenants.visible_staff_ids(db, viewer)
    found = list(await queries.sharers(db, staff_ids=reach, q=q, limit=50))
    if chosen is not None and all(one.id != chosen.id for one in found):
        found.insert(0, chosen)
    names = {branch.id: branch.name for branch in await tenants.branches(db)}
    return [(one, names.get(one.branch_id, "")) for one in found]


async def _history(db: Read, template: PosterTemplate) -> list[dict[str, Any]]:
    """Return every review of every revision, newest first, with who decided."""
    rows: list[dict[str, Any]] = []
    for revision in await queries.template_revisions(db, template.id):
        rows.append({"revision": revision, "reviews": []})
        for one in await library.reviews_of(db, revision.id):
            decided = await tenants.staff(db, one.reviewer_id) if one.reviewer_id else None
            rows[-1]["reviews"].append((one, decided.name if decided else ""))
    return rows


@get("/console/posters/people", guards=[May("posters.view")], include_in_schema=False)
async def people_options(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    q: FromQuery[str] = "",
    employee_id: FromQuery[UUID | None] = None,
) -> Template:
    """Return the options of an employee switcher that match; who was chosen stays, if they do."""
    chosen = await poster_work.person(db, employee_id, viewer=me) if employee_id else None
    people = await people_of(db, me, q=q, chosen=None if q.strip() else chosen)
    return page(request, "console/_poster_people.html", people=people, employee=chosen)


@get(
    "/console/posters/{template_id:uuid}/employees",
    guards=[May("posters.view")],
    include_in_schema=False,
)
async def employees_page(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    house: TheHouse,
    me: Me,
    bank: OurBank,
    now: Now,
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show everybody's poster as thumbnails, and who has none with the reason."""
    template = await shown_template(db, template_id, viewer=me)
    reach = await tenants.visible_staff_ids(db, me)
    found = await queries.sharers(db, staff_ids=reach, q=q, after=cursor, limit=PEOPLE + 1)
    shown = list(found[:PEOPLE])
    revision = await _revision(db, template, me)
    standing = await _standing(db, template, revision, me=me, at=now)
    undrawn = await _undrawn(db, house.storage, template, shown)
    reasons = await _with_unqualified(db, template, shown, undrawn, bank=bank, at=now)
    return page(
        request,
        "console/poster_employees.html",
        poster=template,
        title=revision.title,
        people=shown,
        branches={branch.id: branch.name for branch in await tenants.branches(db)},
        reasons=reasons,
        next_cursor=found[PEOPLE - 1].staff_no if len(found) > PEOPLE else None,
        q=q,
        cursor=cursor,
        is_live=standing["is_live"],
        why_not_live=standing["why_not_live"],
        # Offered beside whom it is about: with nobody to leave out it would only confuse.
        may_submit=standing["may_submit"] and bool(undrawn),
        may_retry=access.may(me.roles, "posters.batch")
        and any(why.startswith(REFUSED) for why in undrawn.values()),
    )


async def _reasons(  # whose, of what
    db: Read,
    storage: Storage,
    template: PosterTemplate,
    *,
    people: Sequence[Staff],
    bank: Bank,
    at: datetime,
) -> dict[UUID, str]:
    undrawn = await _undrawn(db, storage, template, people)
    return await _with_unqualified(db, template, people, undrawn, bank=bank, at=at)


async def _undrawn(
    db: Read, storage: Storage, template: PosterTemplate, people: Sequence[Staff]
) -> dict[UUID, str]:
    """Return why people's posters cannot be drawn, by their id."""
    try:
        told = await poster_faults.told_of(db, storage, await queries.shown_revision(db, template))
        misfits = await poster_work.misfits(db, storage, template, list(people))
    except Invalid as wrong:
        return {one.id: wrong.detail for one in people}
    return {one.id: told for one in people} if told else misfits


async def _with_unqualified(
    db: Read,
    template: PosterTemplate,
    people: Sequence[Staff],
    undrawn: Mapping[UUID, str],
    *,
    bank: Bank,
    at: datetime,
) -> dict[UUID, str]:
    """Return the reasons with who may not share the item, too: each is to be mended."""
    topic = (await library.item(db, template.item_id)).topic
    reasons = dict(undrawn)
    for one in people:
        if why := qualification.why_not(one, topic=topic, bank=bank, at=at):
            reasons[one.id] = "；".join(filter(None, (undrawn.get(one.id), why)))
    return reasons


@post(
    "/console/posters/{template_id:uuid}/submit",
    guards=[May("posters.write")],
    include_in_schema=False,
)
async def submit(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    house: TheHouse,
    now: Now,
    leave_out: FromQuery[bool] = False,
) -> Response[Any]:
    """Draw the poster for everybody, or whom it can be drawn for, then hand it to review."""
    await poster_work.submit_drawn(
        house, principal_of(request), template_id, leave_out=leave_out, at=now
    )
    return go(request, f"/console/posters/{template_id}")


@post(
    "/console/posters/{template_id:uuid}/withdraw",
    guards=[May("posters.write")],
    include_in_schema=False,
)
async def withdraw(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
    then: FromQuery[str] = "",
) -> Response[Any]:
    """Take one's submission back to draft, and go on to its editor where that is what for."""
    await actions.withdraw(db, template_id, by=me, at=now)
    return go(request, f"/console/posters/{template_id}" + ("/edit" if then == "edit" else ""))


HANDLERS = [
    posters_page,
    poster_page,
    people_options,
    employees_page,
    submit,
    withdraw,
]
