"""What the report pages and the report API share: filters within the data scope, and tables."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.sharing.chain import Node, flat
from contenthub.sharing.queries_reports import FIGURES, Figures, Wanted
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web.hygiene import within_reach

LABELS = {"fetches": "打开", "views": "浏览", "leads": "留资", "signups": "报名", "shares": "转发"}
FUNNEL = ("fetches", "views", "leads", "signups")
DAYS = 30
DAYS_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a report as they were asked for."""

    item_id: UUID | None = None
    push_id: UUID | None = None
    branch_id: UUID | None = None
    employee_id: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None


def day(text: str, name: str) -> date | None:
    """Return a day written 2026-11-26, or None for an empty text; raises Invalid."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid.of(name, "日期应写成 2026-11-26 这样") from error
    return within_reach(name, found)


def span(asked: Asked, bank: Bank, *, at: datetime) -> tuple[date, date]:
    """Return the days a report covers: as asked, else the last 30 days of the bank's zone.

    Raises:
        Invalid: the end lies before the beginning, or more than 400 days.
    """
    to_on = asked.to_on or bank_day(bank, at)
    from_on = asked.from_on or to_on - timedelta(days=DAYS - 1)
    if from_on > to_on:
        raise Invalid.of("to", "结束日期应不早于开始日期")
    if (to_on - from_on).days > DAYS_AT_MOST:
        raise Invalid.of("from", f"一次最多看 {DAYS_AT_MOST} 天，请缩短日期范围")
    return from_on, to_on


async def wanted_of(db: Read, asked: Asked, bank: Bank, *, me: Staff, at: datetime) -> Wanted:
    """Return what a report counts: the filters, cut down to what `me` may see.

    Raises:
        NotFound: the branch or employee does not exist or lies outside the scope.
    """
    from_on, to_on = span(asked, bank, at=at)
    return Wanted(
        staff_ids=await staff_ids(db, asked, me),
        item_id=asked.item_id,
        push_id=asked.push_id,
        from_on=from_on,
        to_on=to_on,
    )


async def staff_ids(db: Read, asked: Asked, me: Staff) -> set[UUID] | None:
    """Return whose figures count (None is everybody's); raises NotFound outside the scope."""
    visible = await tenants.visible_staff_ids(db, me)
    if asked.branch_id is not None:
        branches = await tenants.branches(db)
        if asked.branch_id not in {branch.id for branch in branches}:
            raise NotFound("没有找到这个机构")
        inside = await tenants.staff_of_branches(db, tenants.subtree(branches, asked.branch_id))
        if visible is not None and not inside & visible:
            raise NotFound("没有找到这个机构")
        visible = inside if visible is None else inside & visible
    if asked.employee_id is not None:
        await tenants.staff(db, asked.employee_id)
        if visible is not None and asked.employee_id not in visible:
            raise NotFound("没有找到这位员工")
        visible = {asked.employee_id}
    return visible


def steps(figures: Figures) -> list[tuple[str, str, int, int | None]]:
    """Return the funnel as (key, label, count, basis points of the step before)."""
    found: list[tuple[str, str, int, int | None]] = []
    for name in FUNNEL:
        count = figures[name]
        # Leads and sign-ups both come out of views: neither follows from the other.
        before = {"views": "fetches", "leads": "views", "signups": "views"}.get(name)
        base = figures[before] if before else 0
        found.append((name, LABELS[name], count, count * 10_000 // base if base else None))
    return found


def row_of(figures: Figures) -> list[int]:
    """Return the figures in the order of COLUMNS."""
    return [figures[name] for name in FIGURES]


COLUMNS = [LABELS[name] for name in FIGURES]


def chain_rows(nodes: list[Node]) -> list[list[object]]:
    """Return the chain as table rows, each before its children, indented by level."""
    return [
        [
            node.depth + 1,
            "　" * node.depth + node.name,
            node.code,
            *(node.counts[name] for name in FIGURES),
            *(node.counts[name] for name in ("sub_views", "sub_leads", "sub_signups")),
        ]
        for node in flat(nodes)
    ]


CHAIN_COLUMNS = ["层级", "分享人", "编号", *COLUMNS, "下级浏览", "下级留资", "下级报名"]
