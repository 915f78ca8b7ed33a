"""批量操作: changes of many customers' tags, how far they are, and taking one back."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.customers import actions_tag_changes
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now
from contenthub.web.job_progress import progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.tag_desk import ChangeWords, own_change, shown_changes

HERE = "/console/tag-changes"


@get(HERE, guards=[May("customers.view")], include_in_schema=False)
async def changes_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the newest changes: one's own, or all for who manages tags."""
    rows = await shown_changes(db, me)
    return page(request, "console/tag_changes.html", rows=rows, jobs=await _jobs(db, rows))


async def _jobs(db: Read, rows: list[ChangeWords]) -> dict[UUID, dict[str, object]]:
    """Return the progress of those that a job is at."""
    found = {}
    for row in rows:
        one = row.change
        if one.state in ("running", "undoing") and one.job_id is not None:
            job = await tenants.long_job(db, one.job_id)
            found[one.id] = progress_of(job, HERE, row.state, url=_url(one.id))
    return found


def _url(change_id: UUID) -> str:
    return f"{HERE}/{change_id}/progress"


@get(f"{HERE}/{{change_id:uuid}}/progress", guards=[May("customers.view")], include_in_schema=False)
async def progress(
    request: Request[Any, Any, Any], change_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return how far a change's job is; asks again until it ends."""
    found = await own_change(db, change_id, me)
    if found.job_id is None:
        raise NotFound("这次批量操作没有后台任务")
    job = await tenants.long_job(db, found.job_id)
    return progress_answer(request, job, HERE, "批量修改标签", url=_url(change_id))


@post(f"{HERE}/{{change_id:uuid}}/undo", guards=[May("customers.write")], include_in_schema=False)
async def undo(
    request: Request[Any, Any, Any], change_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take a change back."""
    found = await own_change(db, change_id, me)
    await actions_tag_changes.undo(db, found.id, by=me, at=now)
    return go(request, HERE)


HANDLERS = [changes_page, progress, undo]
