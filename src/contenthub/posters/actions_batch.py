"""Writes of a batch of posters: a long job in steps, each its own transaction.

claim → (next → draw and store, no transaction → record)* → finish; the next part is made ready
while one is drawn. A killed worker's lease runs out and another goes on at `position`; a part
stored but not recorded is stored again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from contenthub.db import Write, clock
from contenthub.errors import Conflict, Invalid
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.posters import (
    actions_contact,
    batching,
    choosing,
    queries,
    queries_batch,
    queries_choices,
    queries_plans,
    queries_wording,
)
from contenthub.posters.actions_cards import card_urls
from contenthub.posters.batching import Drawn, Planned, Row, Work
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.ziparchive import safe_name
from contenthub.queue import enqueue
from contenthub.sharing import actions as sharing
from contenthub.sharing.actions_push import make_own_links
from contenthub.tenants import actions as tenants
from contenthub.tenants import qualification, queries_staff
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import settings_of

KIND = "posters.batch"
JOB = "posters.draw_batch"
LEASE = timedelta(seconds=60)
KEEP = timedelta(days=7)
TRIES = 3
"""How often the processes that draw a batch may be killed before it fails."""
TOLD = 20
"""People without a poster who are named on the page; the list for download names all."""
FORMATS = {"jpg": "JPG", "png": "PNG（印刷用）"}

CHANNEL = "poster"

NewCode = Callable[[], str]
"""Gives a fresh random share code (jobs and web make them; nothing below reads chance)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed batch: whose lease it is, and where it stands; `zone` is the bank's."""

    job_id: UUID
    lease_until: datetime
    part_no: int
    after: str
    zone: str


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom, and how: a branch with all below it, or some people; else the whole bank.

    All are drawn on one of the backgrounds approved with the poster (0 is its own); None is the
    one that each of them chose.
    """

    branch_id: UUID | None = None
    format: str = "jpg"
    staff_ids: tuple[UUID, ...] = ()
    background: int | None = None


WHOLE_BANK = Wish()


class Ground(NamedTuple):
    """What some people's posters are drawn on: bases by background, and who has which."""

    bases: Mapping[int, PosterPlan]
    numbers: Mapping[UUID, int]


async def start_batch(
    db: Write, template_id: UUID, wish: Wish = WHOLE_BANK, *, by: Staff, at: datetime
) -> LongJob:
    """Start drawing the posters that are wished for, as far as `by` may see those people.

    Raises:
        NotFound, NotLive, FailsRules; Invalid: an unknown format or background. Conflict: nobody
        to draw for, or the same batch is under way.
    """
    if wish.format not in FORMATS:
        raise Invalid.of("format", f"没有“{wish.format[:10]}”这种格式，请选 jpg 或 png")
    template = await queries.shareable_template(db, template_id, at=at)
    if wish.background is not None:
        await _require_background(db, template, wish.background)
    if wish.branch_id is not None:
        await queries_staff.branch(db, wish.branch_id)
    reach = queries_batch.reach(by)
    params = {
        "template_id": str(template_id),
        "revision_id": str(template.live_revision_id),
        "branch_id": str(wish.branch_id) if wish.branch_id else "",
        "reach": str(reach) if reach else "",
        "format": wish.format,
        "staff_ids": [str(one) for one in wish.staff_ids],
        "background": wish.background,
        "whose": await _called(db, wish, reach),
    }
    for known in await tenants_queries.long_jobs(db, KIND):
        if known.state in ("queued", "running") and known.params == params:
            raise Conflict("同样的一批海报正在生成，请等它完成，或先取消")
    total = await queries.sharer_count(db, **await queries_batch.whom(db, params))
    if total == 0:
        raise Conflict("这个范围里没有在职的客户经理，没有海报可以生成")
    title = f"{params['whose']}海报：{template.title}"
    if wish.background:
        title += f"（背景 {wish.background}）"
    job = tenants.start_job(db, KIND, title, params=params, by=by, at=at)
    job.total = total
    job.message = _bounds(job)
    tenants.record(db, "poster_batch.started", "job", job.id, by=by, at=at, total=total)
    enqueue(db, JOB, job_id=job.id)
    return job


def _bounds(job: LongJob) -> str:
    """Return what is said of a batch that was bounded by what its starter may see."""
    whose = job.params.get("whose", "")
    return f"只含{whose} {job.total} 人，不是全行" if job.params.get("reach") and whose else ""


async def start_again(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Start a batch of those whom a finished one left out, in its format.

    Raises:
        NotFound; Conflict: it left out nobody, or as `start_batch`.
    """
    job = await tenants_queries.long_job(db, job_id)
    left_out = tuple(UUID(one) for one in job.result.get("left_out", ()))
    if job.kind != KIND or job.state != "done" or not left_out:
        raise Conflict("这一批没有需要补做的员工")
    wish = Wish(
        format=str(job.params.get("format", "jpg")),
        staff_ids=left_out,
        background=background_of(job),
    )
    return await start_batch(db, UUID(job.params["template_id"]), wish, by=by, at=at)


def background_of(job: LongJob) -> int | None:
    """Return the background that a batch is drawn on, None for the one each person chose."""
    wanted: int | None = job.params.get("background", 0)
    return wanted


async def _require_background(db: Write, template: PosterTemplate, background: int) -> None:
    if template.live_revision_id is not None:
        live = await queries.template_revision(db, template.live_revision_id)
        choosing.require_offered(background, choosing.stored_backgrounds(live.layers))


async def _called(db: Write, wish: Wish, reach: UUID | None) -> str:
    """Return whose posters a batch is said to be: some people's, a branch's, or the bank's."""
    if wish.staff_ids:
        return "一部分员工的"
    tree = await tenants_queries.branches(db)
    inside = None if reach is None else tenants_queries.subtree(tree, reach)
    wished = wish.branch_id if inside is None or wish.branch_id in inside else None
    root = wished or reach
    name = next((each.name for each in tree if each.id == root), "")
    return f"{name}及下级的" if name else "全行"


async def cancel_batch(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop a batch; what it has stored is cleared away. Raises Conflict when it has ended."""
    job = await tenants_queries.long_job(db, job_id, lock=True)
    if job.kind != KIND or job.state not in ("queued", "running"):
        raise Conflict("这个任务已经结束，不能取消")
    job.state, job.finished_at, job.lease_until = "cancelled", at, None
    job.message = f"已取消，取消前生成了 {job.done} 张"
    tenants.record(db, "poster_batch.cancelled", "job", job.id, by=by, at=at, done=job.done)
    enqueue(db, JOB, job_id=job.id)
    return job


async def claim(db: Write, job_id: UUID) -> Turn | None:
    """Take a batch for one lease, or return None: somebody has it, or it has ended."""
    job = await tenants.take_job(db, job_id, KIND, lease=LEASE)
    if job is None or job.lease_until is None:
        return None
    zone = (await tenants_queries.bank(db)).zone
    return Turn(job.id, job.lease_until, job.position, str(job.result.get("after", "")), zone)


async def next_part(
    db: Write, job_id: UUID, *, after: str, at: datetime, new_code: NewCode
) -> Work | None:
    """Return what the part behind a staff number needs, each person's link made; None at the end.

    Raises:
        NotLive: the template or its item may not be used any more. Conflict: a new version.
        FailsRules: a rule of today stops its words.
    """
    job = await tenants_queries.long_job(db, job_id)
    template, revision = await queries.live_design(db, UUID(job.params["template_id"]), at=at)
    await queries_wording.check_passes(db, revision)
    if str(revision.id) != job.params["revision_id"]:
        raise Conflict("海报已发布新版本，请重新生成")
    png = job.params.get("format") == "png"
    whom = await queries_batch.whom(db, job.params)
    limit = batching.part_people(revision.layers, png=png)
    people = await queries.sharers(db, **whom, after=after, limit=limit)
    if not people:
        return None
    item = await library.item(db, template.item_id)
    ground = await _ground(db, revision, people, wanted=background_of(job))
    return await work_of(db, ground, people, item=item, png=png, at=at, new_code=new_code)


async def _ground(
    db: Write, revision: TemplateRevision, people: Sequence[Staff], *, wanted: int | None
) -> Ground:
    ids = [one.id for one in people]
    chosen = await queries_choices.chosen_by(db, revision, ids) if wanted is None else {}
    plain = wanted or 0
    numbers = {one: chosen.get(one, plain) for one in ids}
    # The plain one is in every part, so that a change of the bank's look between two is seen.
    bases = await queries_plans.bases_on(db, revision, sorted({plain, *numbers.values()}))
    return Ground(bases, numbers)


async def work_of(
    db: Write,
    ground: Ground,
    people: Sequence[Staff],
    *,
    item: Item,
    png: bool,
    at: datetime,
    new_code: NewCode,
) -> Work:
    """Return the plans of some people's posters of one design, each one's link made.

    Who may not share the item is named among the problems. Raises NotLive, FailsRules.
    """
    bank = await tenants_queries.bank(db)
    names = await queries_plans.branch_names(db)
    base = next(iter(ground.bases.values()))
    lacking = await actions_contact.ask_for(db, base.template, people, at=at, new_code=new_code)
    whys = {
        one.id: qualification.why_not(one, topic=item.topic, bank=bank, at=at)
        or lacking.get(one.id, "")
        for one in people
    }
    fresh = {one.id: new_code() for one in people if not whys[one.id]}
    codes = await make_own_links(db, item, fresh, channel=CHANNEL, at=at)
    contacts = await queries_plans.contacts_for(db, base, fresh)
    cards = await card_urls(db, base.template, item, fresh, at=at, new_code=new_code)
    plans: list[Planned] = []
    problems: list[Row] = []
    for employee in people:
        branch = names.get(employee.branch_id, "")
        if why := whys[employee.id]:
            problems.append(Row(employee.staff_no, employee.name, branch, why, employee.id))
            continue
        url, number = _url(db, codes[employee.id]), ground.numbers[employee.id]
        plan = queries_plans.personal_plan(
            ground.bases[number],
            employee,
            branches=names,
            qr_text=url,
            card_text=cards.get(employee.id, ""),
            contact_text=contacts.get(employee.id, ""),
        )
        file = safe_name(f"{employee.staff_no}-{employee.name}") + (".png" if png else ".jpg")
        plans.append(Planned(employee.id, f"{safe_name(branch)}/{file}", plan, number))
    seen, after = len(people), people[-1].staff_no
    return Work(ground.bases, plans, problems, seen=seen, after=after, png=png)


async def own_url(
    db: Write,
    item: Item,
    employee: Staff,
    *,
    channel: str = CHANNEL,
    at: datetime,
    code: str,
) -> str:
    """Return the address of an employee's own link to an item; made with `code` at first.

    Raises:
        NotLive, or Conflict with the reason when the employee may not share.
    """
    link = await sharing.make_link(db, item, employee=employee, channel=channel, at=at, code=code)
    return _url(db, link.code)


def _url(db: Write, code: str) -> str:
    return f"{settings_of(db).public_url}/s/{code}"


async def record_part(db: Write, turn: Turn, drawn: Drawn) -> Turn | None:
    """Write down that a part is stored and renew the lease; None when the batch was taken away."""
    job = await _mine(db, turn)
    if job is None:
        return None
    work, known = drawn.work, job.result
    told = [*known.get("told", ()), *map(msgspec.to_builtins, drawn.problems)]
    left_out = [*known.get("left_out", ()), *(str(one.staff_id) for one in drawn.problems)]
    job.position = turn.part_no + 1
    job.done = min(job.total, job.done + work.seen)
    job.result = {"after": work.after, "told": told[:TOLD], "left_out": left_out}
    job.lease_until = await clock(db) + LEASE
    return replace(turn, part_no=job.position, after=work.after, lease_until=job.lease_until)


async def hold(db: Write, turn: Turn) -> Turn | None:
    """Renew the lease for the work at the end; None when the batch was taken away."""
    job = await _mine(db, turn)
    if job is None:
        return None
    job.lease_until = await clock(db) + LEASE
    return replace(turn, lease_until=job.lease_until)


async def finish_batch(
    db: Write, turn: Turn, *, result_key: str, errors_key: str, at: datetime
) -> None:
    """Close a batch whose archive is whole."""
    job = await _mine(db, turn)
    if job is None:
        return
    failed = len(job.result.get("left_out", ()))
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.done = job.total
    job.result_key, job.errors_key = result_key, errors_key
    tail = f"，{failed} 人没有生成，原因见下" if failed else ""
    within = _bounds(job)
    made = f"已生成 {max(0, job.total - failed)} 张{tail}"
    job.message = f"{made}；{within}" if within else made
    tenants.record(db, "poster_batch.finished", "job", job.id, by=None, at=at, failed=failed)


async def note_killed(db: Write, turn: Turn, *, why: str, at: datetime) -> None:
    """Note that a batch's painters were killed: another turn follows the lease, some at most."""
    job = await _mine(db, turn)
    if job is None:
        return
    tries = int(job.result.get("broken", 0)) + 1
    job.result = {**job.result, "broken": tries}
    if tries >= TRIES:
        await fail_batch(db, job.id, reason=why, at=at)


async def fail_batch(db: Write, job_id: UUID, *, reason: str, at: datetime) -> None:
    """Close a batch that cannot go on, with the reason on the page."""
    job = await tenants_queries.long_job(db, job_id, lock=True)
    if job.state != "running":
        return
    job.state, job.finished_at, job.lease_until, job.message = "failed", at, None, reason
    tenants.record(db, "poster_batch.failed", "job", job.id, by=None, at=at, reason=reason)


async def forget_files(db: Write, job_id: UUID) -> None:
    """Write down that a batch's files are gone."""
    job = await tenants_queries.long_job(db, job_id, lock=True)
    job.position = 0
    if job.result_key:
        job.result_key = job.errors_key = ""
        job.message += "；文件已过保存期，需要时请重新生成"


async def _mine(db: Write, turn: Turn) -> LongJob | None:
    """Return the job if this turn still holds its lease (a fence against a paused worker)."""
    job = await tenants_queries.long_job(db, turn.job_id, lock=True)
    return job if job.state == "running" and job.lease_until == turn.lease_until else None
