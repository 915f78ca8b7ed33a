"""GET /reports/{funnel,ranking,trend,chain}: figures within the caller's data scope."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from contenthub.errors import Invalid
from contenthub.sharing import queries, queries_reports
from contenthub.sharing.chain import Node
from contenthub.sharing.queries_reports import FIGURES, Figures
from contenthub.tenants.models import Bank, Staff
from contenthub.web import reporting, sheets
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.openapi import answers
from contenthub.web.reporting import Asked
from contenthub.web.signin import May

Format = Literal["json", "xlsx"]
From = Annotated[str, QueryParameter(name="from", description="2026-11-01")]
To = Annotated[str, QueryParameter(name="to", description="2026-11-30")]


class Step(msgspec.Struct):
    """One step of the funnel; `rate_bp` is its share of the step it comes from."""

    key: str
    label: str
    count: int
    rate_bp: int | None


class Funnel(msgspec.Struct, kw_only=True):
    """From opening to sign-up."""

    since: date
    until: date
    steps: list[Step]
    shares: int


class RankRow(msgspec.Struct, kw_only=True):
    """One place of a ranking."""

    place: int
    id: UUID
    name: str
    branch: str
    figures: Figures


class TrendRow(msgspec.Struct):
    """The figures of one day."""

    on: date
    figures: Figures


class RankList(msgspec.Struct):
    """A ranking, and of what."""

    items: list[RankRow]
    by: str


class TrendList(msgspec.Struct):
    """The days on which anything happened."""

    items: list[TrendRow]


class ChainNode(msgspec.Struct, kw_only=True):
    """One link of a re-share tree; customers are numbered, never named."""

    code: str
    name: str
    depth: int
    figures: dict[str, int]
    children: list["ChainNode"]


class ChainForest(msgspec.Struct):
    """The re-share trees, and the figures that each node carries."""

    items: list[ChainNode]
    figures: list[str]


def _sheet(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    me: Staff,
    bank: Bank,
    at: datetime,
) -> Response[Any]:
    data = sheets.xlsx(title, columns, rows, by=me.name, at=at, zone=bank.zone)
    return sheets.download(data, f"{title}.xlsx")


async def provide_asked(
    *,
    item_id: FromQuery[UUID | None] = None,
    branch_id: FromQuery[UUID | None] = None,
    employee_id: FromQuery[UUID | None] = None,
    since: From = "",
    until: To = "",
) -> Asked:
    """Return the filters that the reports by day share; raises Invalid for no day."""
    return Asked(
        item_id=item_id,
        branch_id=branch_id,
        employee_id=employee_id,
        from_on=reporting.day(since, "from"),
        to_on=reporting.day(until, "to"),
    )


Filters = NamedDependency[Asked]


@get(
    "/reports/funnel",
    guards=[May("reports.view")],
    summary="转化漏斗",
    tags=["reports"],
    responses=answers(Funnel),
    opt=sheets.AS_SHEET_TOO,
)
async def funnel(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    asked: Filters,
    push_id: FromQuery[UUID | None] = None,
    format: FromQuery[Format] = "json",
) -> Response[Any]:
    """Return how many opened, viewed, left a number and signed up."""
    asked = replace(asked, push_id=push_id)
    wanted = await reporting.wanted_of(db, asked, bank, me=me, at=now)
    figures = await queries_reports.totals(db, wanted)
    steps = [Step(*step) for step in reporting.steps(figures)]
    if format == "xlsx":
        rows = [[s.label, s.count, None if s.rate_bp is None else s.rate_bp / 100] for s in steps]
        columns = ["环节", "数量", "上一环节转化率（%）"]
        return _sheet("转化漏斗", columns, rows, me=me, bank=bank, at=now)
    first_on, last_on = reporting.span(asked, bank, at=now)
    return Response(Funnel(since=first_on, until=last_on, steps=steps, shares=figures["shares"]))


@get(
    "/reports/ranking",
    guards=[May("reports.view")],
    summary="员工、机构排行",
    tags=["reports"],
    responses=answers(RankList),
    opt=sheets.AS_SHEET_TOO,
)
async def ranking(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    asked: Filters,
    by: FromQuery[Literal["employee", "branch"]] = "employee",
    format: FromQuery[Format] = "json",
) -> Response[Any]:
    """Return employees or branches by what they brought, most leads first."""
    wanted = await reporting.wanted_of(db, asked, bank, me=me, at=now)
    found: list[tuple[UUID, str, str, Figures]]
    if by == "employee":
        people = await queries_reports.by_employee(db, wanted)
        found = [(staff.id, staff.name, branch.name, f) for staff, branch, f in people]
    else:
        found = [(b.id, b.name, b.name, f) for b, f in await queries_reports.by_branch(db, wanted)]
    rows = [
        RankRow(place=n, id=i, name=name, branch=branch, figures=f)
        for n, (i, name, branch, f) in enumerate(found, start=1)
    ]
    if format == "xlsx":
        columns = ["名次", "姓名" if by == "employee" else "机构", "机构", *reporting.COLUMNS]
        cells = [[r.place, r.name, r.branch, *reporting.row_of(r.figures)] for r in rows]
        return _sheet("排行", columns, cells, me=me, bank=bank, at=now)
    return Response(RankList(rows, by))


@get(
    "/reports/trend",
    guards=[May("reports.view")],
    summary="每日趋势",
    tags=["reports"],
    responses=answers(TrendList),
    opt=sheets.AS_SHEET_TOO,
)
async def trend(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    asked: Filters,
    format: FromQuery[Format] = "json",
) -> Response[Any]:
    """Return the figures day by day; days without any are left out."""
    wanted = await reporting.wanted_of(db, asked, bank, me=me, at=now)
    days = await queries_reports.trend(db, wanted)
    if format == "xlsx":
        cells = [[on.isoformat(), *reporting.row_of(figures)] for on, figures in days]
        return _sheet("每日趋势", ["日期", *reporting.COLUMNS], cells, me=me, bank=bank, at=now)
    return Response(TrendList([TrendRow(on, figures) for on, figures in days]))


@get(
    "/reports/chain",
    guards=[May("reports.view")],
    summary="传播链路",
    tags=["reports"],
    responses=answers(ChainForest),
    opt=sheets.AS_SHEET_TOO,
)
async def chain(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    item_id: FromQuery[UUID | None] = None,
    code: FromQuery[str] = "",
    branch_id: FromQuery[UUID | None] = None,
    employee_id: FromQuery[UUID | None] = None,
    format: FromQuery[Format] = "json",
) -> Response[Any]:
    """Return the re-share trees of an item, or the tree a link (`code`) belongs to."""
    if item_id is None and not code:
        raise Invalid.of("item_id", "请选择一条素材（item_id）或一个链接（code）")
    whose = Asked(branch_id=branch_id, employee_id=employee_id)
    scope = await reporting.staff_ids(db, whose, me)
    root_id = (await queries.link_by_code(db, code)).root_id if code else None
    nodes = await queries_reports.chain(db, item_id=item_id, root_id=root_id, staff_ids=scope)
    if format == "xlsx":
        rows = reporting.chain_rows(nodes)
        return _sheet("传播链路", reporting.CHAIN_COLUMNS, rows, me=me, bank=bank, at=now)
    return Response(ChainForest([_node(node) for node in nodes], list(FIGURES)))


def _node(node: Node) -> ChainNode:
    return ChainNode(
        code=node.code,
        name=node.name,
        depth=node.depth,
        figures=dict(node.counts),
        children=[_node(child) for child in node.children],
    )


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[funnel, ranking, trend, chain],
        dependencies={"asked": Provide(provide_asked)},
    )
]
