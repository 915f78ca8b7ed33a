"""How far a long job is, as a fragment that asks again until it ends."""

from typing import Any

from litestar import Request
from litestar.response import Template

from contenthub.tenants.models import LongJob
from contenthub.web.api.jobs import job_view
from contenthub.web.pages import page

ENDED = ("done", "failed", "cancelled")


def progress_of(job: LongJob, under: str, label: str, *, url: str = "") -> dict[str, object]:
    """Return what `_job_progress.html` shows; it asks again at `url`, else below `under`."""
    shown = job_view(job)
    return {
        "id": shown.id,
        "state": shown.state,
        "done": shown.done,
        "total": shown.total,
        "message": shown.message,
        "errors_url": shown.errors_url,
        "url": url or f"{under}/{job.id}/progress",
        "label": label,
    }


def progress_answer(
    request: Request[Any, Any, Any], job: LongJob, under: str, label: str, *, url: str = ""
) -> Template:
    """Return the fragment; at the job's end the page around it is asked to load anew."""
    shown = progress_of(job, under, label, url=url)
    answer = page(request, "console/_job_progress.html", progress=shown)
    answer.headers["Cache-Control"] = "no-store"
    if job.state in ENDED:
        answer.headers["HX-Refresh"] = "true"
    return answer
