"""客群转化 as the page and the API tell it: who of which age and assets came how far."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contenthub.customers import conversion, queries_conversion, queries_preview
from contenthub.customers.conversion import Analysis
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.sharing import queries_won
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import topic_slug
from contenthub.web import reporting
from contenthub.web.reporting import Asked

COLUMNS = (
    *("年龄", "资产", "客户", "看过", "留资或报名", "办成"),
    *("留资率（%）", "办成率（%）", "条件"),
)


def checked_days(days: int) -> int:
    """Return how far back to look; raises Invalid (`days`) for what is none of conversion.DAYS."""
    if days not in conversion.DAYS:
        raise Invalid.of("days", f"请从这些天数里选：{'、'.join(map(str, conversion.DAYS))}")
    return days


async def report(
    db: Read, bank: Bank, asked: Asked, *, topic: str, days: int, me: Staff, at: datetime
) -> Analysis:
    """Return the analysis of the customers in reach; an empty `topic` is any.

    Raises:
        Invalid: an unknown topic or number of days. NotFound: the branch lies outside the scope.
    """
    today = bank_day(bank, at)
    slug = topic_slug(topic) if topic.strip() else None
    first = today - timedelta(days=checked_days(days) - 1)
    since = datetime.combine(first, time(), ZoneInfo(bank.zone))
    everybody = await queries_preview.in_scope(db, await reporting.staff_ids(db, asked, me))
    done = await queries_won.won_customers(db, topic=slug, since=since)
    return await queries_conversion.analysis(
        db, everybody, done, topic=slug, days=days, today=today
    )


def cells(found: Analysis) -> list[list[object]]:
    """Return the analysis as a workbook has it: the groups that are shown, then the rest."""
    rows = [group for group in found.groups if group.customers is not None]
    rows += [found.rest] if found.rest is not None else []
    return [
        [
            *(one.age, one.assets, one.customers, one.viewed, one.left, one.done),
            *(None if bp is None else bp / 100 for bp in (one.left_bp, one.done_bp)),
            one.expr,
        ]
        for one in [*rows, found.total]
    ]
