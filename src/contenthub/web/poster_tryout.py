"""Trying a design with ten telling employees: who, why they, and what becomes of their posters."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.posters import (
    editing,
    fontfiles,
    queries,
    queries_plans,
    rendering,
    studio,
    tryout,
)
from contenthub.posters.contactcodes import SAMPLE
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.tryout import Candidate, Tried
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.poster_work import PEOPLE_MAX, is_office, preview_url, shown_template
from contenthub.web.signin import Principal


class TriedView(msgspec.Struct):
    """One of the employees a design was tried with.

    `problem` says why they would have no poster (empty: they have one), `hidden` which texts of
    theirs the drawn poster does not plainly show, `cut` what an ellipsis shortened, `shrunk` what
    was made smaller; `notes` are the last two; `picture_url` is their preview.
    """

    employee_id: UUID
    staff_no: str
    name: str
    branch: str
    reasons: list[str]
    problem: str
    hidden: list[str]
    cut: list[str]
    shrunk: list[str]
    notes: list[str]
    picture_url: str


class TryoutView(msgspec.Struct):
    """The ten, the worst first, of how many, and what is wrong for everybody (by field)."""

    people: list[TriedView]
    of_people: int
    faults: dict[str, str]


async def tryout_of(house: House, who: Principal, template_id: UUID) -> TryoutView:
    """Return ten employees in the viewer's scope whose posters tell most, the worst first.

    Each one's poster was drawn, with no transaction open, to see what of their own it hides.

    Raises:
        NotFound; Unavailable: what draws was killed.
    """
    async with house.database.reading(who.tenant) as db:
        trial = await _trial(db, template_id, viewer=who.staff, url=preview_url(house))
    if isinstance(trial, TryoutView):
        return trial
    try:
        found = await _drawn(house, trial, await _looked_at(house, trial))
    except Invalid as wrong:  # what stands on everybody's cannot be drawn
        faults = editing.named(wrong, trial.layers).fields
        return TryoutView([], len(trial.people), faults)
    shown = [_view(trial, one, template_id) for one in tryout.worst(found)]
    return TryoutView(shown, len(trial.people), {})


async def one_of(
    house: House, who: Principal, template_id: UUID, employee_id: UUID
) -> TriedView | None:
    """Return one of those a design is tried with, or None; only their texts were looked at.

    Raises NotFound.
    """
    async with house.database.reading(who.tenant) as db:
        trial = await _trial(db, template_id, viewer=who.staff, url=preview_url(house))
    if isinstance(trial, TryoutView):
        return None
    try:
        found = await _looked_at(house, trial)
    except Invalid:
        return None
    mine = (one for one in found if trial.people[one.place].id == employee_id)
    return next((_view(trial, one, template_id) for one in mine), None)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A design and who it is tried with, gathered for drawing."""

    layers: dict[str, Any]
    base: PosterPlan
    people: list[Staff]
    plans: list[PosterPlan]
    branches: dict[UUID, str]


async def _trial(db: Read, template_id: UUID, *, viewer: Staff, url: str) -> _Trial | TryoutView:
    """Return what a trial needs, or at once what is wrong for everybody."""
    template = await shown_template(db, template_id, viewer=viewer)
    if is_office(viewer) or template.live_revision_id is None:
        revision = await queries.shown_revision(db, template)
    else:
        revision = await queries.template_revision(db, template.live_revision_id)
    reach = await tenants.visible_staff_ids(db, viewer)
    people = list(await queries.sharers(db, staff_ids=reach, limit=PEOPLE_MAX))
    try:
        base = await queries_plans.prepare_base(db, revision)
        names = await queries_plans.branch_names(db)
        plans = [
            queries_plans.personal_plan(
                base, one, branches=names, qr_text=url, card_text=url, contact_text=SAMPLE
            )
            for one in people
        ]
    except Invalid as wrong:  # an unfinished draft
        return TryoutView([], len(people), editing.named(wrong, revision.layers).fields)
    return _Trial(revision.layers, base, people, plans, names)


async def _looked_at(house: House, trial: _Trial) -> list[Tried]:
    """Return who is looked at with what becomes of their texts; raises Invalid for a draft."""
    base = trial.base
    candidates = [
        Candidate(plan.personal, bool(one.photo_key), one.created_at.isoformat())
        for plan, one in zip(trial.plans, trial.people, strict=True)
    ]
    faces = rendering.faces_of(base, [plan.personal for plan in trial.plans])
    await fontfiles.bring(house.storage, faces)
    return tryout.looked_at(base.template, candidates, base.values)


async def _drawn(house: House, trial: _Trial, found: list[Tried]) -> list[Tried]:
    """Return those looked at with what their drawn posters hide."""
    drawable = [one for one in found if not one.problem]
    base = trial.base
    assets = {name: await house.storage.get(key) for name, key in base.assets.items()}
    crowd = await rendering.with_photos(house.storage, [trial.plans[one.place] for one in drawable])
    hidden = await studio.hidden_texts(base.template, crowd, values=base.values, assets=assets)
    seen = {one.place: texts for one, texts in zip(drawable, hidden, strict=True)}
    return [one._replace(hidden=seen.get(one.place, ())) for one in found]


def _view(trial: _Trial, one: Tried, template_id: UUID) -> TriedView:
    person = trial.people[one.place]
    return TriedView(
        employee_id=person.id,
        staff_no=person.staff_no,
        name=person.name,
        branch=trial.branches.get(person.branch_id, ""),
        reasons=list(one.reasons),
        problem=one.problem,
        hidden=list(one.hidden),
        cut=list(one.cut),
        shrunk=list(one.shrunk),
        notes=[*one.cut, *one.shrunk],
        picture_url=f"/api/v1/poster-templates/{template_id}/preview.jpg?employee_id={person.id}",
    )
