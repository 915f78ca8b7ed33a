"""Customers on cadences: counted and started from a cadence, started and stopped for one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.scheduler.queries_runs import Whom
from contenthub.web import cadence_desk
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

START = [May("cadences.start")]


@dataclass
class StartForm:
    """Whom the form of a cadence means, and why now."""

    expr: str = ""
    why: str = ""


@dataclass
class OneForm:
    """Which cadence a customer is put on, and why now."""

    cadence_id: str = ""
    why: str = ""


@dataclass
class StopForm:
    """Which page one goes back to: the `customer`'s, else the cadence's."""

    back: str = ""


@post("/console/cadences/{cadence_id:uuid}/reach", guards=START, include_in_schema=False)
async def reach(
    request: Request[Any, Any, Any],
    cadence_id: FromPath[UUID],
    data: URLEncodedBody[StartForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Return how many customers a start would put on a cadence, and how many not, by reason."""
    whom = Whom(expr=data.expr)
    found, why = None, ""
    try:
        found = await cadence_desk.reach(db, cadence_id, whom, by=me, at=now)
    except Invalid as error:
        why = error.detail
    gone = cadence_desk.removed(found) if found else []
    steps = [{"label": label, "removed": count} for _, label, count in gone if count]
    return page(request, "console/_cadence_reach.html", found=found, why=why, steps=steps)


@post("/console/cadences/{cadence_id:uuid}/start", guards=START, include_in_schema=False)
async def start(
    request: Request[Any, Any, Any],
    cadence_id: FromPath[UUID],
    data: URLEncodedBody[StartForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Put everybody who matches on a cadence."""
    whom = Whom(expr=data.expr)
    done = await cadence_desk.start(db, cadence_id, whom, why=data.why, by=me, at=now)
    if not done.ready:
        gone = "、".join(f"{label} {n}" for _, label, n in cadence_desk.removed(done) if n)
        raise Invalid.of("expr", f"没有可以开始的客户（{gone or '没有匹配的客户'}），请换一个条件")
    return go(request, f"/console/cadences/{cadence_id}?state=running")


@post("/console/cadence-runs/{run_id:uuid}/stop", guards=START, include_in_schema=False)
async def stop(
    request: Request[Any, Any, Any],
    run_id: FromPath[UUID],
    data: URLEncodedBody[StopForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Take a customer off a cadence."""
    run = await cadence_desk.stop(db, run_id, by=me, at=now)
    if data.back == "customer":
        return go(request, f"/console/customers/{run.customer_id}")
    return go(request, f"/console/cadences/{run.cadence_id}")


@get(
    "/console/customers/{customer_id:uuid}/cadences",
    guards=[May("customers.view")],
    include_in_schema=False,
)
async def of_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return what a customer's page shows of cadences."""
    values = await cadence_desk.of_customer(db, customer_id, viewer=me)
    return page(request, "console/_customer_cadences.html", **values)


@post("/console/customers/{customer_id:uuid}/cadences", guards=START, include_in_schema=False)
async def start_one(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[OneForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Put one customer on a cadence."""
    await cadence_desk.start_one(db, data.cadence_id, customer_id, why=data.why, by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


HANDLERS = [reach, start, stop, of_customer, start_one]
