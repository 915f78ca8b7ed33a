"""What the posters' API and pages do alike: gather in the database, then draw outside it.

No transaction is open while pixels are painted or blobs fetched.
"""

from datetime import UTC, datetime
from uuid import UUID

from contenthub.db import Read
from contenthub.errors import Conflict, Forbidden, NotFound
from contenthub.library import queries as library
from contenthub.posters import (
    actions,
    designs,
    figures,
    fontfiles,
    queries,
    queries_contact,
    queries_plans,
    queries_wording,
    rehearsal,
    rendering,
    studio,
)
from contenthub.posters.actions_batch import own_url
from contenthub.posters.actions_cards import card_url, card_urls
from contenthub.posters.contactcodes import CHANNEL, shows_contact
from contenthub.posters.jobs import new_code
from contenthub.posters.models import PosterTemplate
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.template import Personal, Template, require_disclosure
from contenthub.storage import Storage
from contenthub.tenants import access, queries_staff
from contenthub.tenants.models import Staff
from contenthub.web import contact_ways
from contenthub.web.house import House
from contenthub.web.signin import Principal

PREVIEW_CODE = "PREVIEW00000"
"""No link has it: its I is not in the alphabet of codes (sharing/codes.py)."""
PEOPLE_MAX = 5000


def is_office(person: Staff) -> bool:
    """Return whether a person works with drafts; others see only what is live."""
    return access.scope(person.roles) == "bank"


def preview_url(house: House) -> str:
    """Return what the code of a preview says: an address of the right length that leads nowhere."""
    return f"{house.settings.public_url}/s/{PREVIEW_CODE}"


async def shown_template(
    db: Read, template_id: UUID, *, viewer: Staff, with_ended: bool = False
) -> PosterTemplate:
    """Return a template that `viewer` may see; raises NotFound.

    `with_ended` counts those that once were live: whoever had one may be told why it is gone.
    """
    template = await queries.template(db, template_id)
    was_shown = with_ended and template.state in queries.ENDED
    if template.live_revision_id is None and not was_shown and not is_office(viewer):
        raise NotFound("没有找到这个海报模板")
    return template


async def person(db: Read, employee_id: UUID | None, *, viewer: Staff) -> Staff:
    """Return the employee a preview is for: the one asked for, else the first who shares."""
    if employee_id is not None:
        return await queries_staff.visible(db, employee_id, viewer=viewer)
    if not is_office(viewer):
        return viewer
    first = await queries.sharers(db, limit=1)
    return first[0] if first else viewer


async def preview_plan(
    house: House,
    who: Principal,
    template_id: UUID,
    *,
    employee_id: UUID | None = None,
    background: int = 0,
) -> PosterPlan:
    """Return the plan of a template's newest revision for an employee, without a real link."""
    async with house.database.reading(who.tenant) as db:
        employee = await person(db, employee_id, viewer=who.staff)
        template = await shown_template(db, template_id, viewer=who.staff)
        if is_office(who.staff):
            revision = await queries.shown_revision(db, template)
        elif template.live_revision_id is not None:
            revision = await queries.template_revision(db, template.live_revision_id)
        else:
            raise Forbidden
        url = preview_url(house)
        return await queries_plans.prepare(
            db,
            revision,
            employee,
            qr_text=url,
            card_text=url,
            background=background,
            day=figures.SAMPLE,
        )


async def unsaved_plan(
    house: House,
    who: Principal,
    design: Template,
    *,
    item_id: UUID,
    hashes: list[str],
    employee_id: UUID | None,
) -> PosterPlan:
    """Return the plan of a design that is not saved, as it would look for an employee."""
    async with house.database.reading(who.tenant) as db:
        employee = await person(db, employee_id, viewer=who.staff)
        bound = await actions.bound_revision(db, item_id)
        base = await queries_plans.design_base(db, design, item_revision_id=bound.id, hashes=hashes)
        names = await queries_plans.branch_names(db)
        return queries_plans.personal_plan(
            base, employee, branches=names, qr_text=preview_url(house)
        )


async def live_plan(
    house: House,
    who: Principal,
    template_id: UUID,
    *,
    employee_id: UUID,
    background: int | None = None,
    at: datetime,
) -> PosterPlan:
    """Return the plan of an employee's real poster, with their own link (made at first request).

    It is on the background they chose, unless one is named.

    Raises:
        NotFound; NotLive: template or item may not be used. Conflict: the employee may not share,
        or has no 「联系我」 code that it shows.
    """
    async with house.database.unit_of_work(who.tenant) as db:
        employee = await queries_staff.visible(db, employee_id, viewer=who.staff)
        await shown_template(db, template_id, viewer=who.staff, with_ended=True)
        template, revision = await queries.live_design(db, template_id, at=at)
        await queries_wording.check_passes(db, revision)
        item = await library.item(db, template.item_id)
        url = await own_url(db, item, employee, at=at, code=new_code())
        await card_urls(
            db,
            designs.read(revision.hash, revision.layers),
            item,
            [employee.id],
            at=at,
            new_code=new_code,
        )
        plan = await queries_plans.prepare(
            db, revision, employee, qr_text=url, background=background
        )
        why = ""
        if shows_contact(plan.template) and not plan.personal.contact_text:
            # Somebody new: asked for now, it is there when they look again.
            why = (await contact_ways.standing(db, employee, at=at, channel=CHANNEL)).why
    if why:  # raised behind the transaction: what was asked for stays
        raise Conflict(why)
    return plan


async def submit_drawn(
    house: House, who: Principal, template_id: UUID, *, leave_out: bool = False, at: datetime
) -> PosterTemplate:
    """Hand a template to review after it was drawn for everybody who will have it.

    Raises:
        Invalid: a text that does not fit or has no glyph (employees by name), no disclosure, a
        code that does not scan. WrongStep: not a draft, or changed while it was drawn.
    """
    drawn = await rehearsed(house, who, template_id, leave_out=leave_out)
    async with house.database.unit_of_work(who.tenant) as db:
        submitted, _ = await actions.submit(
            db, template_id, drawn=drawn, leaves_out=leave_out, by=who.staff, at=at
        )
        return submitted


async def rehearsed(
    house: House, who: Principal, template_id: UUID, *, leave_out: bool = False
) -> str:
    """Draw a template for everybody who will have it; return the hash of what was drawn.

    With `leave_out` those whose own texts or code cannot be drawn have none. The store then has
    its compiled bases.

    Raises:
        Invalid: as `submit_drawn`.
    """
    async with house.database.reading(who.tenant) as db:
        template = await queries.template(db, template_id)
        working = await queries.shown_revision(db, template)
        base = await queries_plans.prepare_every(db, working)
        backgrounds = await queries_plans.prepare_bases(db, working)
        crowd = await everybody(db, preview_url(house))
        drawn = working.hash
    require_disclosure(base.template)
    await contact_ways.require_codes(
        house, who, base.template, leave_out=leave_out, at=datetime.now(UTC)
    )
    await fontfiles.bring(house.storage, rendering.faces_of(base, crowd))
    assets = {name: await house.storage.get(key) for name, key in base.assets.items()}
    await studio.rehearse(
        base.template, crowd, values=base.values, assets=assets, leave_out=leave_out
    )
    # Compiled now, while its author waits anyway: no employee does once it is approved.
    for each in backgrounds:
        await rendering.artefact_of(house.storage, each)
    return drawn


async def everybody(db: Read, url: str) -> list[Personal]:
    """Return all who may share, as a poster shows them, with one code for all."""
    people = await queries.sharers(db, limit=PEOPLE_MAX)
    names = await queries_plans.branch_names(db)
    blank = await queries_plans.blank(db)
    return [
        queries_plans.personal_plan(blank, each, branches=names, qr_text=url).personal
        for each in people
    ]


async def misfits(
    db: Read, storage: Storage, template: PosterTemplate, people: list[Staff]
) -> dict[UUID, str]:
    """Return why people have no poster of a template, by their id; those who have are left out."""
    revision = await queries.shown_revision(db, template)
    base = await queries_plans.prepare_base(db, revision)
    names = await queries_plans.branch_names(db)
    plans = {
        each.id: queries_plans.personal_plan(base, each, branches=names, qr_text="x")
        for each in people
    }
    crowd = [plan.personal for plan in plans.values()]
    await fontfiles.bring(storage, rendering.faces_of(base, crowd))
    found: dict[UUID, str] = {}
    for each in people:
        plan = plans[each.id]
        why = rehearsal.misfit(base.template, plan.personal, base.values)
        if why:
            found[each.id] = why
    lacking = {}
    if shows_contact(base.template):
        lacking = await queries_contact.refusals(db, people, channel=CHANNEL)
    return {**lacking, **found}


async def card_plan(
    house: House, who: Principal, employee_id: UUID, *, item_id: UUID | None, at: datetime
) -> PosterPlan:
    """Return the plan of an employee's name card; its code leads to their e-card.

    With `item_id` the code is their own link to that item.
    """
    async with house.database.unit_of_work(who.tenant) as db:
        employee = await queries_staff.visible(db, employee_id, viewer=who.staff)
        if item_id is None:
            url = await card_url(db, employee, at=at, code=new_code())
        else:
            item, _ = await library.live(db, item_id, at=at)
            url = await own_url(db, item, employee, channel="card", at=at, code=new_code())
        return await queries_plans.prepare_card(db, employee, qr_text=url)


async def draw(house: House, plan: PosterPlan, *, png: bool = False, width_px: int = 0) -> bytes:
    """Return a plan's picture: JPEG or PNG, or a small JPEG of `width_px` when that is given."""
    return await rendering.draw(house.storage, plan, png=png, width_px=width_px)
