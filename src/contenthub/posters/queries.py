"""Reads of poster templates and their revisions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.library.queries_shareable import check_passes, shareable, stopped_of
from contenthub.posters import figures, queries_wording
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.sharing.models import Link
from contenthub.tenants import access, qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id

SHARING_ROLES = tuple(role for role in access.ROLES if access.may([role], "links.write"))
"""Roles whose people get posters: those who share."""
ENDED = ("superseded", "expired", "recalled")
"""States of a template that was in use."""
NEWEST = 50
"""Live items looked through for one that a person may show."""


async def template(db: Read, template_id: UUID, *, lock: bool = False) -> PosterTemplate:
    """Return one poster template; raises NotFound."""
    found = await db.get(PosterTemplate, (bank_id(db), template_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个海报模板")
    return found


async def templates(  # what a list may be narrowed by
    db: Read,
    *,
    state: str = "",
    item_id: UUID | None = None,
    author_id: UUID | None = None,
    title: str = "",
    since: datetime | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> Sequence[PosterTemplate]:
    """Return templates, latest change first, after the (updated_at, id) of the last one seen.

    State `usable` means: has a live revision, whatever its draft is; `ended`: was in use, and is
    not any more. `title` is part of one; a draft's is looked at too, except among the usable.
    `since` leaves out what last changed before.
    """
    query = select(PosterTemplate).where(PosterTemplate.tenant_id == bank_id(db))
    if state == "usable":
        query = query.where(PosterTemplate.live_revision_id.is_not(None))
    elif state == "ended":
        query = query.where(PosterTemplate.state.in_(ENDED))
    elif state:
        query = query.where(PosterTemplate.state == state)
    if author_id is not None:
        query = query.where(PosterTemplate.author_id == author_id)
    if since is not None:
        query = query.where(PosterTemplate.updated_at >= since)
    if item_id is not None:
        query = query.where(PosterTemplate.item_id == item_id)
    if title:
        query = query.where(_called(title, with_drafts=state != "usable"))
    if after is not None:
        at, last = after
        earlier = and_(PosterTemplate.updated_at == at, PosterTemplate.id < last)
        query = query.where(or_(PosterTemplate.updated_at < at, earlier))
    ordered = query.order_by(PosterTemplate.updated_at.desc(), PosterTemplate.id.desc())
    rows = await db.scalars(ordered.limit(limit))
    return rows.all()


def _called(title: str, *, with_drafts: bool) -> ColumnElement[bool]:
    shown = PosterTemplate.title.icontains(title, autoescape=True)
    if not with_drafts:
        return shown
    newest = select(TemplateRevision.id).where(
        TemplateRevision.tenant_id == PosterTemplate.tenant_id,
        TemplateRevision.id == PosterTemplate.working_revision_id,
        TemplateRevision.title.icontains(title, autoescape=True),
    )
    return or_(shown, newest.exists())


async def was_live(db: Read, template: PosterTemplate) -> bool:
    """Return whether anything of a template is, or once was, live."""
    if template.live_revision_id is not None:
        return True
    was = select(TemplateRevision.id).where(
        TemplateRevision.tenant_id == bank_id(db),
        TemplateRevision.template_id == template.id,
        TemplateRevision.live_at.is_not(None),
    )
    return await db.scalar(was.limit(1)) is not None


async def newest_titles(db: Read, templates: Sequence[PosterTemplate]) -> dict[UUID, str]:
    """Return what the newest revisions of templates are called, for those who see drafts."""
    wanted = [t.working_revision_id for t in templates if t.working_revision_id]
    found = await revisions_by_id(db, wanted)
    return {revision.template_id: revision.title for revision in found.values()}


async def items_of(db: Read, templates: Sequence[PosterTemplate]) -> dict[UUID, Item]:
    """Return the items that templates belong to, by id."""
    wanted = {template.item_id for template in templates}
    rows = await db.scalars(select(Item).where(Item.tenant_id == bank_id(db), Item.id.in_(wanted)))
    return {row.id: row for row in rows}


async def state_counts(db: Read) -> dict[str, int]:
    """Return the number of templates per state."""
    rows = await db.execute(
        select(PosterTemplate.state, func.count())
        .where(PosterTemplate.tenant_id == bank_id(db))
        .group_by(PosterTemplate.state)
    )
    return {row[0]: int(row[1]) for row in rows}


async def template_revisions(db: Read, template_id: UUID) -> Sequence[TemplateRevision]:
    """Return the revisions of a template, newest first."""
    rows = await db.scalars(
        select(TemplateRevision)
        .where(TemplateRevision.tenant_id == bank_id(db))
        .where(TemplateRevision.template_id == template_id)
        .order_by(TemplateRevision.no.desc())
    )
    return rows.all()


async def revisions_by_id(db: Read, ids: Collection[UUID]) -> dict[UUID, TemplateRevision]:
    """Return template revisions by id; unknown ids are left out."""
    table = TemplateRevision
    rows = await db.scalars(select(table).where(table.tenant_id == bank_id(db), table.id.in_(ids)))
    return {row.id: row for row in rows}


async def shown_revision(db: Read, template: PosterTemplate) -> TemplateRevision:
    """Return the revision an author works on: the newest; raises NotFound."""
    shown = template.working_revision_id or template.live_revision_id
    if shown is None:
        raise NotFound("这个海报还没有任何版本")
    return await template_revision(db, shown)


def _sharers(
    db: Read, branch_ids: Collection[UUID] | None, staff_ids: Collection[UUID] | None
) -> Select[Any]:
    query = select(Staff).where(
        Staff.tenant_id == bank_id(db),
        Staff.state == "active",
        Staff.roles.overlap(list(SHARING_ROLES)),
    )
    if staff_ids is not None:
        query = query.where(Staff.id.in_(staff_ids))
    return query if branch_ids is None else query.where(Staff.branch_id.in_(branch_ids))


async def sharers(  # who, from whom on, how many
    db: Read,
    *,
    branch_ids: Collection[UUID] | None = None,
    staff_ids: Collection[UUID] | None = None,
    q: str = "",
    after: str = "",
    limit: int = 100,
) -> Sequence[Staff]:
    """Return active people who share (and so have posters) by staff number, after `after`.

    `q` is part of a name or of a branch's, or the start of a staff number. None of `branch_ids` and
    of `staff_ids` (the viewer's data scope) is the bank.
    """
    query = _sharers(db, branch_ids, staff_ids).where(Staff.staff_no > after)
    if text := q.strip():
        named = Staff.name.contains(text, autoescape=True)
        numbered = Staff.staff_no.startswith(text, autoescape=True)
        places = select(Branch.id).where(
            Branch.tenant_id == bank_id(db), Branch.name.contains(text, autoescape=True)
        )
        query = query.where(or_(named, numbered, Staff.branch_id.in_(places)))
    rows = await db.scalars(query.order_by(Staff.staff_no).limit(limit))
    return rows.all()


async def sharer_count(
    db: Read,
    *,
    branch_ids: Collection[UUID] | None = None,
    staff_ids: Collection[UUID] | None = None,
) -> int:
    """Return how many active people share, of some branches or among some people."""
    counted = select(func.count()).select_from(_sharers(db, branch_ids, staff_ids).subquery())
    return int(await db.scalar(counted) or 0)


async def template_revision(db: Read, revision_id: UUID, *, lock: bool = False) -> TemplateRevision:
    """Return one template revision; raises NotFound."""
    found = await db.get(TemplateRevision, (bank_id(db), revision_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到海报模板的这个版本")
    return found


async def live_template(db: Read, template_id: UUID, *, at: datetime) -> PosterTemplate:
    """Return a template that may be rendered now; raises as `live_design`."""
    return (await live_design(db, template_id, at=at))[0]


async def live_design(
    db: Read, template_id: UUID, *, at: datetime
) -> tuple[PosterTemplate, TemplateRevision]:
    """Return a template that may be rendered now, and its live revision.

    It is live itself, and its item live and unchanged.

    Raises:
        NotFound, or NotLive naming what is missing.
    """
    found = await template(db, template_id)
    # The item first: a poster that ended with it is not one that was never approved.
    _, revision = await library.live(db, found.item_id, at=at)
    if found.live_revision_id is None and found.state in ENDED:
        raise library.NotLive(f"海报“{found.title}”已停用（内容下架过或换了新版），请用新的海报")
    if found.live_revision_id is None:
        raise library.NotLive(f"海报“{found.title}”还没有审核通过的版本，不能使用")
    current = await template_revision(db, found.live_revision_id)
    if figures.shows_figures(current.layers):
        raise library.NotLive(f"“{found.title}”{figures.NO_POSTER}")
    if current.item_revision_id != revision.id:
        raise library.NotLive(
            f"海报“{found.title}”对应的内容已发布新版本，请重新提交海报审核后再使用"
        )
    return found, current


async def shareable_template(db: Read, template_id: UUID, *, at: datetime) -> PosterTemplate:
    """Return a template whose posters may be handed out now: live, its wording within the rules.

    The rules come first: a draft of a stopped wording is told of them too.

    Raises:
        As `live_template`; FailsRules: a rule of today stops the item's wording, or the
        poster's own words.
    """
    found = await template(db, template_id)
    _, revision = await library.live(db, found.item_id, at=at)
    await check_passes(db, revision)
    found, design = await live_design(db, template_id, at=at)
    await queries_wording.check_passes(db, design)
    return found


async def usable(db: Read, *, item_id: UUID | None = None, at: datetime) -> list[PosterTemplate]:
    """Return the templates employees may use now (of one item, or all), latest change first."""
    found = []
    for each in await templates(db, state="usable", item_id=item_id):
        try:
            found.append(await live_template(db, each.id, at=at))
        except library.NotLive:
            continue
    return found


async def card_item(db: Read, employee: Staff, *, at: datetime) -> Item:
    """Return the item behind an employee's personal code: the one it always led to, while live.

    A printed card must keep its code, so the oldest card link whose item is live wins over
    the newest item of the bank; a first one is for what no rule of today stops.
    Raises NotLive when there is nothing to open.
    """
    made = await db.scalars(
        select(Link.item_id)
        .where(
            Link.tenant_id == bank_id(db),
            Link.employee_id == employee.id,
            Link.channel == "card",
            Link.parent_id.is_(None),
        )
        .order_by(Link.id)
    )
    for item_id in made.all():
        try:
            found, _ = await library.live(db, item_id, at=at)
        except library.NotLive:
            continue
        return found
    newest = await shareable(db, at=at, limit=NEWEST)
    if not newest:
        raise library.NotLive(
            "本行还没有已发布的内容，个人码没有可以打开的页面，总行发布一条内容后就能用"
        )
    bank = await tenants.bank(db)
    stopped = await stopped_of(db, [revision.id for _, revision in newest])
    allowed = (
        item
        for item, revision in newest
        if revision.id not in stopped
        and not qualification.why_not(employee, topic=item.topic, bank=bank, at=at)
    )
    return next(allowed, newest[0][0])


async def templates_of(db: Read, revision_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    """Return the (template, item) of each revision of a template."""
    rows = await db.execute(
        select(TemplateRevision.id, PosterTemplate.id, PosterTemplate.item_id)
        .join(
            PosterTemplate,
            and_(
                PosterTemplate.tenant_id == TemplateRevision.tenant_id,
                PosterTemplate.id == TemplateRevision.template_id,
            ),
        )
        .where(TemplateRevision.tenant_id == bank_id(db), TemplateRevision.id.in_(revision_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}
