"""全行海报: start a ZIP of everybody's posters, follow it, stop it, do the left-out ones again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.posters import actions_batch as batch
from contenthub.posters import choosing, queries, queries_batch, queries_choices
from contenthub.posters.actions_batch import Wish
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.web.api.jobs import own_job
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.poster_work import shown_template
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May

GUARDS = [May("posters.batch")]


@dataclass
class BatchForm:
    """For whom, in which format, and on which background; an empty one is each person's own."""

    branch_id: str = ""
    format: str = "jpg"
    background: str = ""

    @property
    def wanted(self) -> int | None:
        """Return the background for all, None for the one each of them chose; raises Invalid."""
        if not self.background:
            return None
        if not (self.background.isascii() and self.background.isdecimal()):
            raise Invalid.of("background", "请从列表里选择背景")
        return int(self.background)


async def batch_shown(
    db: Read, template_id: str, me: Staff, *, job: LongJob | None = None
) -> dict[str, Any]:
    """Return what the card of a template's batches shows: the newest one, unless it is given."""
    visible = await tenants.visible_staff_ids(db, me)
    return {
        "template_id": template_id,
        "job": job or await _newest(db, template_id, me),
        "branches": await branch_options(db, me, visible),
        "narrowed": await queries_batch.narrowed(db, me),
        "formats": list(batch.FORMATS.items()),
        **await _offered(db, template_id),
    }


async def _offered(db: Read, template_id: str) -> dict[str, int]:
    """Return how many backgrounds a template's live revision has, and how many people chose."""
    template = await queries.template(db, UUID(template_id)) if template_id else None
    if template is None or template.live_revision_id is None:
        return {"offered": 1, "changed": 0}
    live = await queries.template_revision(db, template.live_revision_id)
    changed = await queries_choices.chosen_by(db, live)
    return {"offered": choosing.stored_backgrounds(live.layers), "changed": len(changed)}


async def _newest(db: Read, template_id: str, me: Staff) -> LongJob | None:
    for job in await tenants.long_jobs(db, batch.KIND):
        mine = job.created_by == me.id or "bank_admin" in me.roles
        if mine and job.params.get("template_id") == template_id:
            return job
    return None


@post(
    "/console/posters/{template_id:uuid}/batches",
    guards=GUARDS,
    include_in_schema=False,
)
async def start_batch(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    data: URLEncodedBody[BatchForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Start drawing everybody's posters, or those of a branch, into one ZIP."""
    await shown_template(db, template_id, viewer=me)
    wish = Wish(chosen_id(data.branch_id, "branch_id"), data.format, background=data.wanted)
    await batch.start_batch(db, template_id, wish, by=me, at=now)
    return go(request, f"/console/posters/{template_id}")


@get("/console/posters/batches/{job_id:uuid}", guards=GUARDS, include_in_schema=False)
async def batch_progress(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return how far a batch is; asked again until it ends."""
    job = await own_job(db, job_id, me)
    shown = await batch_shown(db, job.params.get("template_id", ""), me, job=job)
    return page(request, "console/_poster_batch.html", **shown)


@post("/console/posters/batches/{job_id:uuid}/cancel", guards=GUARDS, include_in_schema=False)
async def cancel_batch(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Stop a batch."""
    job = await own_job(db, job_id, me)
    await batch.cancel_batch(db, job_id, by=me, at=now)
    return go(request, f"/console/posters/{job.params.get('template_id', '')}")


@post("/console/posters/batches/{job_id:uuid}/again", guards=GUARDS, include_in_schema=False)
async def start_again(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Start a batch of those whom a finished one left out."""
    await own_job(db, job_id, me)
    job = await batch.start_again(db, job_id, by=me, at=now)
    return go(request, f"/console/posters/{job.params['template_id']}")


HANDLERS = [start_batch, batch_progress, cancel_batch, start_again]
