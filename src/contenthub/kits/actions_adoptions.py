"""Writes of a large adoption: a long job that takes a kit over in steps, as its clerk asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.kits import actions_adopt
from contenthub.kits.actions_adopt import Taken, Wish
from contenthub.kits.models import KitVersion, KitVersionPart
from contenthub.library import queries as library
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff

KIND = "kits.adopt"
JOB = "kits.adopt_parts"
AT_ONCE = 30
"""Parts that one request takes over while its clerk waits; more is a job."""
STEP = 20
LEASE = timedelta(seconds=120)
_OPEN = ("queued", "running")


class AlreadyAdopting(Conflict):
    """A kit is being taken over by a job that somebody began before."""

    code = "already_adopting"
    title = "这个内容包正在采用"

    def __init__(self, kit: str, who: str, job: LongJob) -> None:
        self.job = job
        super().__init__(
            f"“{kit}”正在采用：{who}已经开始，完成 {job.done}/{job.total} 条，请等它完成，"
            f"不用再点一次。进度见后台任务 {job.id}"
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed step: whose lease it is, and which parts come next."""

    job_id: UUID
    lease_until: datetime
    kit_id: UUID
    subject_ids: tuple[UUID, ...]
    wish: Wish
    by_id: UUID


async def start(
    db: Write,
    version: KitVersion,
    parts: Sequence[KitVersionPart],
    wish: Wish,
    *,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Start taking over many parts, in the order in which they are to be taken.

    Raises:
        AlreadyAdopting: the same kit is being taken over.
    """
    await actions_adopt.hold_adoptions(db)
    for known in await tenants_queries.long_jobs(db, KIND):
        if known.state in _OPEN and known.params["kit_id"] == str(version.kit_id):
            who = (await library.names(db, [known.created_by])).get(known.created_by, "同事")
            raise AlreadyAdopting(version.name, who, known)
    params: dict[str, Any] = {
        "kit_id": str(version.kit_id),
        "subject_ids": [str(part.subject_id) for part in parts],
        "local": {str(part): dict(held) for part, held in wish.local.items()},
    }
    job = tenants.start_job(db, KIND, f"采用内容包：{version.name}", params=params, by=by, at=at)
    job.total = len(parts)
    await db.flush()
    enqueue(db, JOB, job_id=job.id)
    return job


async def claim(db: Write, job_id: UUID) -> Turn | None:
    """Take the next step of an adoption, or return None: somebody has it, or it has ended."""
    job = await tenants.take_job(db, job_id, KIND, lease=LEASE)
    if job is None or job.lease_until is None:
        return None
    local = {UUID(part): held for part, held in job.params["local"].items()}
    ids = tuple(UUID(one) for one in job.params["subject_ids"][job.done : job.done + STEP])
    kit_id = UUID(job.params["kit_id"])
    return Turn(job.id, job.lease_until, kit_id, ids, Wish(ids, local), job.created_by)


async def take_step(
    db: Write, turn: Turn, version: KitVersion, parts: Sequence[KitVersionPart], **given: Any
) -> bool:
    """Take over one step's parts; return whether there are more.

    `given` is what actions_adopt.adopt_parts asks for: stored, by, at. What the newest version
    has no more is told as left out.
    """
    job = await _held(db, turn)
    if job is None:
        return False
    taken = await actions_adopt.adopt_parts(db, version, parts, turn.wish, **given)
    job.result = _told(job.result, taken, gone=set(turn.subject_ids) - _ids(parts))
    job.done += len(turn.subject_ids)
    job.position, job.lease_until = job.position + 1, None
    if job.done < job.total:
        return True
    made, left = len(job.result["made"]), len(job.result["left"])
    job.state, job.finished_at = "done", given["at"]
    job.message = f"已采用 {made} 条" + (f"，{left} 条没有采用" if left else "")
    return False


async def give_up(db: Write, turn: Turn, why: str, *, at: datetime) -> None:
    """End an adoption whose kit its parent offers no more; what was taken over stays."""
    job = await _held(db, turn)
    if job is not None:
        made = len(job.result.get("made", {}))
        job.state, job.finished_at, job.lease_until = "failed", at, None
        job.message = f"{why}；已采用的 {made} 条保留"


async def _held(db: Write, turn: Turn) -> LongJob | None:
    job = await tenants_queries.long_job(db, turn.job_id, lock=True)
    return job if job.state == "running" and job.lease_until == turn.lease_until else None


def _ids(parts: Sequence[KitVersionPart]) -> set[UUID]:
    return {part.subject_id for part in parts}


def _told(before: dict[str, Any], taken: Taken, *, gone: set[UUID]) -> dict[str, Any]:
    made = {str(part.subject_id): str(own.id) for part, own in taken.made}
    left = [
        {
            "subject_id": str(one.part.subject_id),
            "subject_kind": one.part.subject_kind,
            "title": one.part.title,
            "why": one.why,
            "own_id": str(one.own_id or ""),
        }
        for one in taken.left
    ]
    left += [
        {"subject_id": str(one), "title": "", "own_id": "", "why": "上级行的最新版里已经没有这一条"}
        for one in sorted(gone)
    ]
    return {"made": {**before.get("made", {}), **made}, "left": [*before.get("left", []), *left]}
