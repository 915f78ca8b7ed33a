"""客群试算: an expression, whom it reaches as one types, why people drop out, saved segments."""

from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Template
from pyroaring import BitMap

from contenthub.customers import (
    actions,
    queries,
    queries_preview,
    tagexpr,
    tagtext,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.queries_audience import REASONS
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import access
from contenthub.tenants.topics import TOPICS, topic_slug
from contenthub.web import builder_desk, expression_desk
from contenthub.web.api.customers import place
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

PAGE = 50
BRANCHES_SHOWN = 8
EXAMPLES = (
    "(银发 and 代发工资) and not refused(理财) and aum >= 50000",
    "(商户 or 种养大户) and age < 60",
    "birthday(05) and has_owner()",
)
STEPS = {"matched": "命中条件", **REASONS, "reachable": "可触达"}
_FORM = "#audience-form"
_builder = partial(builder_desk.shown, url="/console/audiences/build", include=_FORM, sync=_FORM)


@dataclass
class AudienceForm:
    """What the page sends: the expression, its topic, and a name when it is saved."""

    expr: str = ""
    topic: str = "deposit"
    name: str = ""
    turn: int = 0


@get("/console/audiences", guards=[May("audiences.view")], include_in_schema=False)
async def audiences_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    now: Now,
    expr: FromQuery[str] = "",
    topic: FromQuery[str] = "deposit",
) -> Template:
    """Show the expression box with the bank's words, and the preview of what is in it."""
    form = AudienceForm(expr=expr, topic=topic if topic in TOPICS else "deposit")
    return page(
        request,
        "console/audiences.html",
        form=form,
        topics=list(TOPICS.items()),
        groups=await expression_desk.words(db),
        branches=await expression_desk.branches(db),
        segments=[
            (s.name, _url("", s.expr, form.topic), tagtext.describe(tagexpr.parse(s.expr)))
            for s in await queries.segments(db)
        ],
        examples=[(e, _url("", e, form.topic)) for e in EXAMPLES],
        can_save=access.may(me.roles, "customers.write"),
        **await _previewed(db, form, now),
        **await _builder(db, form.expr),
    )


def _url(path: str, expr: str, topic: str, **more: object) -> str:
    return f"/console/audiences{path}?" + urlencode({"expr": expr, "topic": topic, **more})


async def _previewed(db: Read, form: AudienceForm, now: Now) -> dict[str, Any]:
    """Return what the preview fragment shows; what cannot be read is shown with its place."""
    empty: dict[str, Any] = {"found": None, "wrong": None, "asked": form}
    if not form.expr.strip():
        return empty
    started = perf_counter()
    try:
        node = tagexpr.parse(form.expr)
        found = await queries_preview.preview(
            db, node, topic=topic_slug(form.topic), at=now, turn=form.turn
        )
    except ExpressionInvalid as error:
        # Not a refusal: somebody is still typing. The fragment says where and why.
        return {**empty, "wrong": expression_desk.wrong_place(form.expr, error.detail)}
    places = await queries_preview.by_branch(db, found.audience.reachable)
    rows = [{"label": name, "value": count} for name, count in places[:BRANCHES_SHOWN]]
    if rest := sum(count for _, count in places[BRANCHES_SHOWN:]):
        rows.append({"label": f"其余 {len(places) - BRANCHES_SHOWN} 家", "value": rest})
    return {
        "found": found,
        "wrong": None,
        "asked": form,
        "steps": [
            {
                "reason": reason,
                "label": label,
                "removed": len(found.audience.removed[reason]),
                "href": _url("/people", form.expr, form.topic, step=reason)
                if found.audience.removed[reason]
                else "",
            }
            for reason, label in REASONS.items()
        ],
        "hrefs": {
            step: _url("/people", form.expr, form.topic, step=step)
            for step in ("matched", "reachable")
        },
        "places": rows,
        "said": tagtext.describe(node),
        "took_ms": round((perf_counter() - started) * 1000),
    }


@post(
    "/console/audiences/preview",
    guards=[May("audiences.view")],
    status_code=200,
    include_in_schema=False,
)
async def preview(
    request: Request[Any, Any, Any], data: URLEncodedBody[AudienceForm], db: Db, now: Now
) -> Template:
    """Return the preview of what is being typed, and the builder as the text stands."""
    return page(
        request,
        "console/_audience_typed.html",
        **await _previewed(db, data, now),
        **await _builder(db, data.expr, apart=True),
    )


@post(
    "/console/audiences/build",
    guards=[May("audiences.view")],
    status_code=200,
    include_in_schema=False,
)
async def build(request: Request[Any, Any, Any], db: Db, now: Now) -> Template:
    """Make one change in the builder; return it, the text, the count and the waterfall."""
    form = await request.form()
    asked = AudienceForm(expr=str(form.get("expr", "")), topic=str(form.get("topic", "deposit")))
    change = await builder_desk.changed(db, asked.expr, builder_desk.deed_of(form))
    asked.expr = change.expr
    return page(
        request,
        "console/_audience_built.html",
        **await _previewed(db, asked, now),
        **await _builder(db, change.expr, change=change),
    )


@get("/console/audiences/people", guards=[May("audiences.view")], include_in_schema=False)
async def people_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    now: Now,
    expr: FromQuery[str] = "",
    topic: FromQuery[str] = "deposit",
    step: FromQuery[str] = "reachable",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show who stands behind a number of the preview, masked."""
    if step not in STEPS:
        raise Invalid.of("step", "没有这个步骤，请从试算页面的数字点进来")
    found = await audiences.audience(db, tagexpr.parse(expr), topic=topic_slug(topic), at=now)
    some: BitMap = {
        "matched": found.matched,
        "reachable": found.reachable,
        **found.removed,
    }[step]
    rows = await queries_preview.people(db, some, after=place(cursor), limit=PAGE + 1)
    return page(
        request,
        "console/audience_people.html",
        rows=rows[:PAGE],
        total=len(some),
        label=STEPS[step],
        expr=expr,
        back=_url("", expr, topic),
        here=_url("/people", expr, topic, step=step),
        is_first=not cursor,
        next_cursor=str(rows[PAGE - 1].no) if len(rows) > PAGE else "",
        can_open=access.may(me.roles, "customers.view"),
    )


@post(
    "/console/audiences/segments",
    guards=[May("audiences.view"), May("customers.write")],
    include_in_schema=False,
)
async def save_segment(
    request: Request[Any, Any, Any], data: URLEncodedBody[AudienceForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Save the expression under a name."""
    await actions.save_segment(db, data.name, data.expr, by=me, at=now)
    return go(request, _url("", data.expr, data.topic))


HANDLERS = [audiences_page, preview, build, people_page, save_segment]
