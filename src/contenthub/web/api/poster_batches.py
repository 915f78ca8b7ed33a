"""POST /poster-batches: a ZIP of a bank's (or branch's) posters, as a long job."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.params import FromPath, JSONBody

from contenthub.posters import actions_batch as batch
from contenthub.posters.actions_batch import Wish
from contenthub.web.api.jobs import JobView, job_view, own_job
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.poster_work import shown_template
from contenthub.web.signin import May


class BatchBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which poster, and for which branch with all below it; without one, the whole bank.

    `png` is for print: several times the size of a `jpg`. `background` is the number of one that
    was approved with the poster, for all: 0 is its own, 1 and on what employees may choose
    instead. Without it each poster is on the one its employee chose.
    """

    template_id: UUID
    branch_id: UUID | None = None
    format: Literal["jpg", "png"] = "jpg"
    background: int | None = None


class BatchView(msgspec.Struct):
    """The long job to ask about at `/api/v1/jobs/{job_id}`.

    `title` says whose posters it draws: who sees one branch only has no others in it.
    """

    job_id: UUID
    total: int
    title: str


@post(
    "/poster-batches",
    guards=[May("posters.batch")],
    status_code=202,
    summary="批量生成海报",
    tags=["posters"],
)
async def start_batch(data: JSONBody[BatchBody], db: Db, me: Me, now: Now) -> BatchView:
    """Start drawing everybody's posters."""
    await shown_template(db, data.template_id, viewer=me)
    wish = Wish(data.branch_id, data.format, background=data.background)
    job = await batch.start_batch(db, data.template_id, wish, by=me, at=now)
    await db.flush()
    return BatchView(job.id, job.total, job.title)


@post(
    "/poster-batches/{job_id:uuid}/again",
    guards=[May("posters.batch")],
    status_code=202,
    summary="只为没有生成的员工重新生成",
    tags=["posters"],
)
async def start_again(job_id: FromPath[UUID], db: Db, me: Me, now: Now) -> BatchView:
    """Start a batch of those whom a finished one left out, once their details were mended."""
    await own_job(db, job_id, me)
    job = await batch.start_again(db, job_id, by=me, at=now)
    await db.flush()
    return BatchView(job.id, job.total, job.title)


@post(
    "/poster-batches/{job_id:uuid}/cancel",
    guards=[May("posters.batch")],
    status_code=200,
    summary="取消批量生成",
    tags=["posters"],
)
async def cancel_batch(job_id: FromPath[UUID], db: Db, me: Me, now: Now) -> JobView:
    """Stop a batch one started."""
    await own_job(db, job_id, me)
    return job_view(await batch.cancel_batch(db, job_id, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[start_batch, start_again, cancel_batch],
        after_request=keep_answer,
    )
]
