"""Writes of a batch of posters: a long job in steps, each its own transaction.

claim → (next → draw and store, no transaction → record)* → finish. A killed worker's lease
runs out and another goes on at `position`; a part stored but not recorded is stored again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contenthub.db import Write, clock
from contenthub.errors import Conflict
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.posters import queries, queries_plans
from contenthub.posters.batching import Row, Work, zip_key
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.ziparchive import safe_name
from contenthub.queue import enqueue
from contenthub.sharing import actions as sharing
from contenthub.tenants import actions as tenants
from contenthub.tenants import qualification, queries_staff
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id, settings_of

KIND = "posters.batch"
JOB = "posters.draw_batch"
LEASE = timedelta(seconds=60)
LONG_LEASE = timedelta(minutes=15)
"""For putting the parts together: a gigabyte is read and written once."""
PART = 40
"""Posters in one part: about 20 MB in memory and in the object store."""
KEEP = timedelta(days=7)

NewCode = Callable[[], str]
"""Gives a fresh random share code (jobs and web make them; nothing below reads chance)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed batch: whose lease it is, and where it stands."""

    job_id: UUID
    lease_until: datetime
    part_no: int
    after: str
    total: int


async def start_batch(
    db: Write, template_id: UUID, *, branch_id: UUID | None = None, by: Staff, at: datetime
) -> LongJob:
    """Start drawing the posters of the bank (or of a branch and all below it).

    Raises:
        NotFound, NotLive; Conflict: nobody to draw for, or the same batch is under way.
    """
    template = await queries.live_template(db, template_id, at=at)
    if branch_id is not None:
        await queries_staff.branch(db, branch_id)
    params = {
        "template_id": str(template_id),
        "revision_id": str(template.live_revision_id),
        "branch_id": str(branch_id) if branch_id else "",
        "reach": await _reach(db, by),
    }
    for known in await tenants_queries.long_jobs(db, KIND):
        if known.state in ("queued", "running") and known.params == params:
            raise Conflict("同样的一批海报正在生成，请等它完成，或先取消")
    total = await queries.sharer_count(db, branch_ids=await _branches(db, params))
    if total == 0:
        raise Conflict("这个范围里没有在职的客户经理，没有海报可以生成")
    job = tenants.start_job(db, KIND, f"全行海报：{template.title}", params=params, by=by, at=at)
    job.total = total
    tenants.record(db, "poster_batch.started", "job", job.id, by=by, at=at, total=total)
    enqueue(db, JOB, job_id=job.id)
    return job


async def _reach(db: Write, by: Staff) -> str:
    """Return the branch whose tree bounds what `by` may see; empty for the whole bank."""
    seen = await tenants_queries.visible_staff_ids(db, by)
    return "" if seen is None else str(by.branch_id)


async def _branches(db: Write, params: dict[str, str]) -> set[UUID] | None:
    tree = await tenants_queries.branches(db)
    bounds = [
        tenants_queries.subtree(tree, UUID(root))
        for root in (params["branch_id"], params["reach"])
        if root
    ]
    return set.intersection(*bounds) if bounds else None


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
    return _turn(job, job.lease_until)


def _turn(job: LongJob, lease_until: datetime) -> Turn:
    return Turn(job.id, lease_until, job.position, str(job.result.get("after", "")), job.total)


async def next_part(db: Write, turn: Turn, *, at: datetime, new_code: NewCode) -> Work | None:
    """Return what the next part needs, each person's link made; None when all are drawn.

    Raises:
        NotLive: the template or its item may not be used any more.
    """
    job = await tenants_queries.long_job(db, turn.job_id)
    template = await queries.live_template(db, UUID(job.params["template_id"]), at=at)
    if str(template.live_revision_id) != job.params["revision_id"]:
        raise Conflict("海报已发布新版本，请重新生成")
    branch_ids = await _branches(db, job.params)
    people = await queries.sharers(db, branch_ids=branch_ids, after=turn.after, limit=PART)
    if not people:
        return None
    revision = await queries.template_revision(db, UUID(job.params["revision_id"]))
    base = await queries_plans.prepare_base(db, revision)
    names = await queries_plans.branch_names(db)
    item = await library.item(db, template.item_id)
    return await _work(db, base, people, item=item, names=names, at=at, new_code=new_code)


async def _work(
    db: Write,
    base: PosterPlan,
    people: Sequence[Staff],
    *,
    item: Item,
    names: dict[UUID, str],
    at: datetime,
    new_code: NewCode,
) -> Work:
    plans: list[tuple[str, PosterPlan]] = []
    problems: list[Row] = []
    bank = await tenants_queries.bank(db)
    for employee in people:
        branch = names.get(employee.branch_id, "")
        if why := qualification.why_not(employee, topic=item.topic, bank=bank, at=at):
            problems.append(Row(employee.staff_no, employee.name, branch, why))
            continue
        url = await own_url(db, item, employee, at=at, code=new_code())
        plan = queries_plans.personal_plan(base, employee, branches=names, qr_text=url)
        file = safe_name(f"{employee.staff_no}-{employee.name}") + ".jpg"
        plans.append((f"{safe_name(branch)}/{file}", plan))
    return Work(base, plans, problems, len(people), people[-1].staff_no)


async def own_url(
    db: Write,
    item: Item,
    employee: Staff,
    *,
    channel: str = "poster",
    root: Literal["s", "c"] = "s",
    at: datetime,
    code: str,
) -> str:
    """Return the address of an employee's own link to an item; made with `code` at first.

    Under root `c` lies the employee's card, for links of channel `card`.

    Raises:
        NotLive, or Conflict with the reason when the employee may not share.
    """
    link = await sharing.make_link(db, item, employee=employee, channel=channel, at=at, code=code)
    return f"{settings_of(db).public_url}/{root}/{link.code}"


async def record_part(db: Write, turn: Turn, work: Work, *, failed: int) -> Turn | None:
    """Write down that a part is stored and renew the lease; None when the batch was taken away."""
    job = await _mine(db, turn)
    if job is None:
        return None
    left_out = int(job.result.get("failed", 0)) + failed
    job.position = turn.part_no + 1
    job.done = min(job.total, job.done + work.seen)
    job.result = {**job.result, "after": work.after, "failed": left_out}
    job.lease_until = await clock(db) + LEASE
    return _turn(job, job.lease_until)


async def hold(db: Write, turn: Turn) -> Turn | None:
    """Renew the lease for the work at the end; None when the batch was taken away."""
    job = await _mine(db, turn)
    if job is None:
        return None
    job.lease_until = await clock(db) + LONG_LEASE
    return _turn(job, job.lease_until)


async def finish_batch(db: Write, turn: Turn, *, errors_key: str, at: datetime) -> None:
    """Close a batch whose archive is whole."""
    job = await _mine(db, turn)
    if job is None:
        return
    failed = int(job.result.get("failed", 0))
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.done = job.total
    job.result_key, job.errors_key = zip_key(bank_id(db), job.id), errors_key
    tail = f"，{failed} 人没有生成，原因见错误明细" if failed else ""
    job.message = f"已生成 {max(0, job.total - failed)} 张{tail}"
    tenants.record(db, "poster_batch.finished", "job", job.id, by=None, at=at, failed=failed)


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
