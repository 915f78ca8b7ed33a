"""工作台: what needs a person today, by what their roles let them do."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.library.queries import Filter
from contenthub.scheduler import queries as scheduler
from contenthub.sharing import queries as sharing
from contenthub.tenants import access, queries
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import page
from contenthub.web.signin import SignedIn

SHOWN = 6
"""Rows of each list; the heading links to the whole one."""


@get("/console", guards=[SignedIn()], include_in_schema=False)
async def home_page(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Show what waits for this person."""

    def may(permission: str) -> bool:
        return access.may(me.roles, permission)

    parts: dict[str, Any] = {"reviews": None, "returned": None, "drafts": None}
    if may("reviews.decide"):
        parts["reviews"] = await library.review_inbox(db, limit=SHOWN)
        parts["waiting"] = await library.waiting_count(db)
    if may("library.write"):
        parts["returned"] = await _mine(db, me, "returned")
        parts["drafts"] = await _mine(db, me, "draft")
    expiring = running = leads = None
    if may("library.view"):
        expiring = await library.items(db, Filter(expiring_at=now), limit=SHOWN)
    if may("pushes.view"):
        running = await scheduler.pushes(db, state="running", limit=SHOWN)
    if may("leads.view"):
        reach = await queries.visible_staff_ids(db, me)
        leads = await sharing.latest_leads(db, employee_ids=reach, limit=SHOWN)
    return page(
        request,
        "console/home.html",
        **parts,
        expiring=expiring,
        running=running,
        leads=leads,
        can_write=may("library.write"),
        can_push=may("pushes.write"),
    )


async def _mine(db: Read, me: Staff, state: str) -> Any:
    return await library.items(db, Filter(state=state, author_id=me.id), limit=SHOWN)


HANDLERS = [home_page]
