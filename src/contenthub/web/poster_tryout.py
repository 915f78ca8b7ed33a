"""Trying a design with ten telling employees: who, why they, and what becomes of their posters."""

from uuid import UUID

import msgspec

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.posters import editing, queries, queries_plans, tryout
from contenthub.posters.models import TemplateRevision
from contenthub.posters.tryout import Candidate
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web.poster_work import PEOPLE_MAX, is_office, shown_template


class TriedView(msgspec.Struct):
    """One of the employees a design was tried with.

    `problem` says why they would have no poster (empty: they have one); `notes` what was made
    smaller or shortened; `picture_url` is their preview.
    """

    employee_id: UUID
    staff_no: str
    name: str
    branch: str
    reasons: list[str]
    problem: str
    notes: list[str]
    picture_url: str


class TryoutView(msgspec.Struct):
    """The ten, of how many, and what is wrong with the design for everybody (by field)."""

    people: list[TriedView]
    of_people: int
    faults: dict[str, str]


async def tryout_of(db: Read, template_id: UUID, *, viewer: Staff) -> TryoutView:
    """Return ten employees in the viewer's scope whose posters tell most; raises NotFound.

    No pixel is painted: each `picture_url` is drawn when it is looked at.
    """
    template = await shown_template(db, template_id, viewer=viewer)
    if is_office(viewer) or template.live_revision_id is None:
        revision = await queries.shown_revision(db, template)
    else:
        revision = await queries.template_revision(db, template.live_revision_id)
    reach = await tenants.visible_staff_ids(db, viewer)
    people = await queries.sharers(db, staff_ids=reach, limit=PEOPLE_MAX)
    return await _tried(db, revision, list(people))


async def _tried(db: Read, revision: TemplateRevision, people: list[Staff]) -> TryoutView:
    try:
        base = await queries_plans.prepare_base(db, revision)
    except Invalid as wrong:  # an unfinished draft
        return TryoutView([], len(people), editing.named(wrong, revision.layers).fields)
    names = await queries_plans.branch_names(db)
    candidates = [
        Candidate(
            queries_plans.personal_plan(base, one, branches=names, qr_text="x").personal,
            has_photo=bool(one.photo_key),
            order=one.created_at.isoformat(),
        )
        for one in people
    ]
    try:
        found = tryout.tried(base.template, candidates, base.values)
    except Invalid as wrong:
        return TryoutView([], len(people), editing.named(wrong, revision.layers).fields)
    shown = [
        TriedView(
            employee_id=people[one.place].id,
            staff_no=people[one.place].staff_no,
            name=people[one.place].name,
            branch=names.get(people[one.place].branch_id, ""),
            reasons=list(one.reasons),
            problem=one.problem,
            notes=list(one.notes),
            picture_url=f"/api/v1/poster-templates/{revision.template_id}/preview.jpg"
            f"?employee_id={people[one.place].id}",
        )
        for one in found
    ]
    return TryoutView(shown, len(people), {})
