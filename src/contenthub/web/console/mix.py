"""内容配比: how much of what customers received sold, as a page and beside a plan."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.library import mix as idea
from contenthub.library import queries as library
from contenthub.scheduler import queries as scheduler
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.web import mix_desk, push_form, reporting
from contenthub.web.api.mix import COLUMNS
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.mix_desk import By
from contenthub.web.pages import page
from contenthub.web.push_form import PushForm
from contenthub.web.reporting import Asked
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May

SHOWN = 100
"""Rows of a page, the worst first; the workbook has all."""


@get("/console/reports/mix", guards=[May("reports.view")], include_in_schema=False)
async def mix_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    by: FromQuery[By] = "segment",
    branch_id: FromQuery[str] = "",
) -> Template:
    """Show the mix of the last 30 days by segment, employee or content."""
    asked = Asked(branch_id=chosen_id(branch_id, "branch_id"))
    scope = await reporting.staff_ids(db, asked, me)
    whole, rows = await mix_desk.report(db, by, bank, staff_ids=scope, at=now)
    return page(
        request,
        "console/reports_mix.html",
        by=by,
        branch_id=branch_id,
        branch_options=await branch_options(db, me, await tenants.visible_staff_ids(db, me)),
        kept=urlencode({"branch_id": branch_id} if branch_id else {}),
        whole=whole,
        rows=rows[:SHOWN],
        total=len(rows),
        columns=COLUMNS[by],
        days=idea.DAYS,
        most_percent=mix_desk.limit_of(bank),
        may_set=access.may(me.roles, "bank.view"),
        may_audience=access.may(me.roles, "audiences.view"),
    )


@post("/console/pushes/mix", guards=[May("pushes.write")], status_code=200, include_in_schema=False)
async def mix_of_form(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, bank: OurBank, now: Now
) -> Template:
    """Return what the push in the wizard would do to the mix of its customers."""
    found = None
    if data.item_id and data.expr.strip():
        item = await library.item(db, push_form.uuid_of(data.item_id, "item_id", "请重新选择内容"))
        found = await mix_desk.plan(db, data.expr, item, topic=item.topic, bank=bank, at=now)
    return page(request, "console/_push_mix.html", plan=found, days=idea.DAYS, in_wizard=True)


@get("/console/pushes/{push_id:uuid}/mix", guards=[May("audiences.view")], include_in_schema=False)
async def mix_of_push(
    request: Request[Any, Any, Any], push_id: FromPath[UUID], db: Db, bank: OurBank, now: Now
) -> Template:
    """Return what a push that has not started would do to the mix of its customers."""
    push = await scheduler.push(db, push_id)
    item = await library.item(db, push.item_id)
    found = await mix_desk.plan_of(db, push, item, bank=bank, at=now)
    return page(request, "console/_push_mix.html", plan=found, days=idea.DAYS, in_wizard=False)


@get(
    "/console/reviews/{review_id:uuid}/mix", guards=[May("reviews.decide")], include_in_schema=False
)
async def mix_of_review(
    request: Request[Any, Any, Any], review_id: FromPath[UUID], db: Db, bank: OurBank, now: Now
) -> Template:
    """Return what the push under review would do to the mix of its customers."""
    review = await library.review(db, review_id)
    found = None
    if review.subject_kind == "push":
        push = await scheduler.push(db, review.subject_id)
        item = await library.item(db, push.item_id)
        found = await mix_desk.plan_of(db, push, item, bank=bank, at=now)
    return page(request, "console/_push_mix.html", plan=found, days=idea.DAYS, in_wizard=False)


HANDLERS = [mix_page, mix_of_form, mix_of_push, mix_of_review]
