"""转化漏斗, 员工排行, 传播链路: the roll-ups as pages."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from litestar import Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.sharing import queries, queries_reports
from contenthub.sharing.chain import Node, flat
from contenthub.sharing.queries_reports import Wanted
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import reporting
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.reporting import Asked
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May

From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
TREE_NODES = 400


async def provide_asked(
    item_id: FromQuery[str] = "",
    branch_id: FromQuery[str] = "",
    since: From = "",
    until: To = "",
) -> Asked:
    """Return the filters of the page's form; raises Invalid for what is no id and no day."""
    return Asked(
        item_id=chosen_id(item_id, "item_id"),
        branch_id=chosen_id(branch_id, "branch_id"),
        from_on=reporting.day(since, "from"),
        to_on=reporting.day(until, "to"),
    )


Filters = NamedDependency[Asked]


async def _choices(db: Read, me: Staff, wanted: Wanted) -> dict[str, Any]:
    """Return what the filters offer: the branches in reach, the items with traffic."""
    visible = await tenants.visible_staff_ids(db, me)
    scope = Wanted(staff_ids=wanted.staff_ids, from_on=wanted.from_on, to_on=wanted.to_on)
    items = await queries_reports.by_item(db, scope)
    return {
        "branch_options": await branch_options(db, me, visible),
        "item_options": [("", "全部素材"), *((str(i.id), i.title) for i, _ in items)],
        "items": items,
    }


async def _filters(
    db: Read, bank: Bank, me: Staff, *, asked: Asked, at: datetime
) -> tuple[Wanted, dict[str, Any]]:
    wanted = await reporting.wanted_of(db, asked, bank, me=me, at=at)
    shown: dict[str, Any] = await _choices(db, me, wanted)
    shown |= {
        "item_id": str(asked.item_id or ""),
        "branch_id": str(asked.branch_id or ""),
        "since": _iso(wanted.from_on),
        "until": _iso(wanted.to_on),
    }
    kept = {"item_id": shown["item_id"], "branch_id": shown["branch_id"]}
    kept |= {"from": shown["since"], "to": shown["until"]}
    shown["kept"] = urlencode({k: v for k, v in kept.items() if v})
    return wanted, shown


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


@get("/console/reports/funnel", guards=[May("reports.view")], include_in_schema=False)
async def funnel_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    asked: Filters,
) -> Template:
    """Show the funnel, its trend and what brought it."""
    wanted, shown = await _filters(db, bank, me, asked=asked, at=now)
    figures = await queries_reports.totals(db, wanted)
    return page(
        request,
        "console/reports_funnel.html",
        figures=figures,
        steps=[
            {"label": "打开", "value": figures["fetches"]},
            {"label": "浏览", "value": figures["views"]},
            {"label": "留资或报名", "value": figures["leads"] + figures["signups"]},
        ],
        trend=await queries_reports.trend(db, wanted),
        labels=reporting.LABELS,
        **shown,
    )


@get("/console/reports/ranking", guards=[May("reports.view")], include_in_schema=False)
async def ranking_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    asked: Filters,
    by: FromQuery[Literal["employee", "branch"]] = "employee",
) -> Template:
    """Show employees or branches by what they brought."""
    wanted, shown = await _filters(db, bank, me, asked=asked, at=now)
    if by == "employee":
        people = await queries_reports.by_employee(db, wanted)
        rows = [(staff.name, branch.name, figures) for staff, branch, figures in people]
    else:
        rows = [(b.name, b.code, f) for b, f in await queries_reports.by_branch(db, wanted)]
    return page(request, "console/reports_ranking.html", by=by, rows=rows, **shown)


@get("/console/reports/chain", guards=[May("reports.view")], include_in_schema=False)
async def chain_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    item_id: FromQuery[str] = "",
    code: FromQuery[str] = "",
) -> Template:
    """Show who passed an item on to whom; customers are numbered, never named."""
    asked = Asked(item_id=chosen_id(item_id, "item_id"))
    _, shown = await _filters(db, bank, me, asked=Asked(), at=now)
    scope = await reporting.staff_ids(db, Asked(), me)
    item: Item | None = None
    nodes: list[Node] = []
    if code:
        link = await queries.link_by_code(db, code)
        nodes = await queries_reports.chain(db, item_id=None, root_id=link.root_id, staff_ids=scope)
    elif asked.item_id or shown["items"]:
        wanted_id = asked.item_id or shown["items"][0][0].id
        item = await library.item(db, wanted_id)
        nodes = await queries_reports.chain(db, item_id=wanted_id, root_id=None, staff_ids=scope)
    shown["item_id"] = str(item.id) if item else ""
    every = flat(nodes)
    # What nobody opened says nothing; a tree of thousands of links would only hide the rest.
    active = [n for n in nodes if n.children or n.counts["fetches"]]
    return page(
        request,
        "console/reports_chain.html",
        item=item,
        code=code,
        nodes=[_drawn(node) for node in active[:TREE_NODES]],
        links=len(every),
        passed_on=sum(1 for n in every if n.depth),
        deepest=max((n.depth + 1 for n in every), default=0),
        **shown,
    )


def _drawn(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "role": "customer" if node.depth else "employee",
        "views": node.counts["views"],
        "leads": node.counts["leads"],
        "signups": node.counts["signups"],
        "children": [_drawn(child) for child in node.children],
    }


HANDLERS = [
    Router(
        "",
        route_handlers=[funnel_page, ranking_page, chain_page],
        dependencies={"asked": Provide(provide_asked)},
    )
]
