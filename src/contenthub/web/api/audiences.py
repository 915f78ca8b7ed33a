"""POST /audiences/preview: whom an expression reaches, who drops out and why."""

from datetime import datetime
from time import perf_counter
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from contenthub.customers import queries_preview, tagexpr, tagtext, tagtree
from contenthub.customers.queries_audience import REASONS
from contenthub.customers.tagtree import Node
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.library import queries_rules
from contenthub.tenants import access
from contenthub.tenants.topics import topic_slug
from contenthub.web.deps import Db, Me, Now
from contenthub.web.hygiene import within_reach
from contenthub.web.signin import May


class PreviewBody(msgspec.Struct, forbid_unknown_fields=True):
    """An expression as text or as its JSON tree, and the topic whose refusals count."""

    expr: Annotated[
        str | dict[str, Any],
        msgspec.Meta(examples=["(银发 and 代发工资) and not refused(理财) and aum >= 50000"]),
    ]
    topic: Annotated[str, msgspec.Meta(max_length=20, examples=["deposit"])]
    at: datetime | None = None
    item_id: UUID | None = None
    """What would be sent: with it, customers its product's risk does not suit are taken out."""


class StepView(msgspec.Struct):
    """How many were taken out for one reason."""

    reason: str
    label: str
    removed: int


class SampleView(msgspec.Struct):
    """A customer of the audience, masked."""

    id: UUID
    name: str
    phone: str
    owner: str


class PreviewView(msgspec.Struct):
    """matched = the sum of removed + reachable."""

    matched: int
    steps: list[StepView]
    reachable: int
    employees: int
    sample: list[SampleView]
    took_ms: float
    expr: str
    description: str


def node_of(expr: str | dict[str, Any]) -> Node:
    """Return the tree of an expression given as text or as JSON; raises ExpressionInvalid."""
    if isinstance(expr, str):
        return tagexpr.parse(expr)
    return tagtree.from_json(msgspec.json.encode(expr))


@post(
    "/audiences/preview",
    guards=[May("audiences.view")],
    status_code=200,
    summary="客群试算",
    tags=["audiences"],
)
async def preview_audience(data: JSONBody[PreviewBody], db: Db, me: Me, now: Now) -> PreviewView:
    """Return the waterfall of an audience at an instant (now when left out).

    The sample is empty for who may count customers but not look at them (customers.view).
    """
    started = perf_counter()
    if data.at is not None and data.at.tzinfo is None:
        raise Invalid.of("at", "时间应带时区，例如 2026-12-01T10:00:00+08:00")
    at = within_reach("at", data.at) if data.at else now
    node = node_of(data.expr)
    topic, risk = topic_slug(data.topic), 0
    if data.item_id is not None:
        risk = await queries_rules.risk_of(db, (await library.live(db, data.item_id, at=at))[1])
    found = await queries_preview.preview(db, node, topic=topic, at=at, risk=risk)
    removed = found.audience.removed
    shown = found.sample if access.may(me.roles, "customers.view") else ()
    return PreviewView(
        matched=len(found.audience.matched),
        steps=[StepView(r, label, len(removed[r])) for r, label in REASONS.items()],
        reachable=len(found.audience.reachable),
        employees=found.employees,
        sample=[SampleView(s.id, s.name, s.phone, s.owner) for s in shown],
        took_ms=round((perf_counter() - started) * 1000, 1),
        expr=tagtext.to_text(node),
        description=tagtext.describe(node),
    )


HANDLERS = [Router("/api/v1", route_handlers=[preview_audience])]
