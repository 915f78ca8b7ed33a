"""客群转化: which age and assets convert best, as a page."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.customers import conversion
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.topics import TOPICS
from contenthub.web import conversion_desk
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.reporting import Asked
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May


@get("/console/reports/segments", guards=[May("reports.view")], include_in_schema=False)
async def conversion_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    topic: FromQuery[str] = "",
    days: FromQuery[int] = 90,
    branch_id: FromQuery[str] = "",
) -> Template:
    """Show who of which age and assets came from looking to business."""
    asked = Asked(branch_id=chosen_id(branch_id, "branch_id"))
    found = await conversion_desk.report(db, bank, asked, topic=topic, days=days, me=me, at=now)
    kept = {"topic": topic, "days": str(days), "branch_id": branch_id}
    rates = [group.done_bp for group in found.groups if group.done_bp is not None]
    return page(
        request,
        "console/reports_segments.html",
        found=found,
        ages=[band.label for band in conversion.AGES],
        assets=[band.label for band in conversion.ASSETS],
        top_bp=max([1, *rates]),
        least=conversion.LEAST,
        topic=topic,
        topic_options=[("", "全部业务"), *TOPICS.items()],
        days=days,
        days_options=[(str(n), f"近 {n} 天") for n in conversion.DAYS],
        branch_id=branch_id,
        branch_options=await branch_options(db, me, await tenants.visible_staff_ids(db, me)),
        kept=urlencode({name: value for name, value in kept.items() if value}),
        may_audience=access.may(me.roles, "audiences.view"),
    )


HANDLERS = [conversion_page]
