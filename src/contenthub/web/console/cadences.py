"""跟进节奏: the list, one of them with its customers, the form, and the buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import kinds
from contenthub.library import queries as library
from contenthub.scheduler import actions_cadences, cadencestates, queries_cadences, queries_runs
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.models_cadences import Cadence
from contenthub.scheduler.queries_runs import Line, Wanted
from contenthub.tenants import access
from contenthub.tenants.bankday import bank_day
from contenthub.web import cadence_desk, sheets
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = "/console/cadences"
PAGE, RUNS = 30, 30
ROWS_LEAST = 4
SEE, WRITE = [May("cadences.view")], [May("cadences.write")]


@dataclass
class ReasonForm:
    """Why a cadence is stopped."""

    reason: str = ""


@get(HERE, guards=SEE, include_in_schema=False)
async def list_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    in_state: InState = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the cadences with what became of their customers, latest change first."""
    if in_state not in ("", *cadencestates.STATES):
        raise Invalid.of("state", "没有这种状态")
    q = q[:60]
    found = await queries_cadences.cadences(
        db, state=in_state, title=q, after=place_of(cursor), limit=PAGE + 1
    )
    shown = found[:PAGE]
    visible = await cadence_desk.scope(db, me)
    last = (shown[-1].updated_at, shown[-1].id) if len(found) > PAGE else None
    return page(
        request,
        "console/cadences.html",
        rows=shown,
        figures=await queries_cadences.figures(db, [one.id for one in shown], employee_ids=visible),
        names=await library.names(db, [one.author_id for one in shown]),
        totals=await queries_cadences.state_counts(db),
        states=cadencestates.STATES,
        state=in_state,
        q=q,
        kept=urlencode({k: v for k, v in {"state": in_state, "q": q}.items() if v}),
        next_cursor=cursor_of(last) or "",
        is_first=not cursor,
        can_write=access.may(me.roles, "cadences.write"),
    )


async def _form(
    request: Request[Any, Any, Any], db: Read, found: Cadence | None, *, at: datetime
) -> Template:
    steps = [step.as_dict() for step in idea.read(found.steps)] if found else []
    blank = {"day_from": "", "day_to": "", "reason": "", "todo": "", "item_id": ""}
    count = min(idea.STEPS_MAX, max(len(steps) + 2, ROWS_LEAST))
    items = await queries_cadences.choices(db, at=at)
    known = {str(one.id) for one in items}
    gone = [step["item_id"] for step in steps if step["item_id"] and step["item_id"] not in known]
    return page(
        request,
        "console/cadence_form.html",
        cadence=found,
        steps=[*steps, *[blank] * (count - len(steps))],
        items=[("", "不用内容")]
        + [(one, "（已不能使用，请重新选择）") for one in gone]
        + [(str(i.id), f"{kinds.KINDS[i.kind].label}：{i.title}") for i in items],
        errors={},
    )


@get(f"{HERE}/new", guards=WRITE, include_in_schema=False)
async def new_page(request: Request[Any, Any, Any], db: Db, now: Now) -> Template:
    """Show the form of a new cadence."""
    return await _form(request, db, None, at=now)


@get(f"{HERE}/{{cadence_id:uuid}}/edit", guards=WRITE, include_in_schema=False)
async def edit_page(
    request: Request[Any, Any, Any], cadence_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show the form of a cadence."""
    found = await queries_cadences.cadence(db, cadence_id)
    return await _form(request, db, found, at=now)


async def _draft(request: Request[Any, Any, Any]) -> CadenceDraft:
    """Return what the form sends: fields `steps.N.name`, N from 0."""
    form = await request.form()
    steps: list[dict[str, str]] = [{} for _ in range(idea.STEPS_MAX)]
    for name, value in form.items():
        words = str(name).split(".")
        if len(words) == 3 and words[0] == "steps" and words[1] in map(str, range(idea.STEPS_MAX)):
            steps[int(words[1])][words[2]] = str(value)
    texts = {name: str(form.get(name) or "") for name in ("title", "topic", "purpose")}
    return CadenceDraft(steps=steps, **texts)


@post(HERE, guards=WRITE, include_in_schema=False)
async def write_cadence(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Start a cadence as a draft."""
    made = await actions_cadences.write_cadence(db, await _draft(request), by=me, at=now)
    return go(request, f"{HERE}/{made.id}")


@post(f"{HERE}/{{cadence_id:uuid}}", guards=WRITE, include_in_schema=False)
async def rewrite_cadence(
    request: Request[Any, Any, Any], cadence_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Change a cadence; it is to be reviewed again."""
    draft = await _draft(request)
    await actions_cadences.rewrite_cadence(db, cadence_id, draft, by=me, at=now)
    return go(request, f"{HERE}/{cadence_id}")


async def _shown(db: Read, wanted: Wanted, cursor: str) -> tuple[list[Line], str]:
    rows = await queries_runs.runs(db, wanted, after=place_of(cursor), limit=RUNS + 1)
    shown = rows[:RUNS]
    last = (shown[-1].run.started_at, shown[-1].run.id) if len(rows) > RUNS else None
    return shown, cursor_of(last) or ""


@get(f"{HERE}/{{cadence_id:uuid}}", guards=SEE, include_in_schema=False)
async def one_page(
    request: Request[Any, Any, Any],
    cadence_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    *,
    in_state: InState = "",
    reason: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show one cadence: its steps, figures, reviews, and the customers on it."""
    found = await queries_cadences.cadence(db, cadence_id)
    cadence_desk.checked(in_state, reason)
    steps = idea.read(found.steps)
    visible = await cadence_desk.scope(db, me)
    may_see = access.may(me.roles, "customers.view")
    wanted = Wanted(visible, cadence_id, None, in_state, reason)
    shown, next_cursor = await _shown(db, wanted, cursor) if may_see else ([], "")
    reviews = await library.reviews_of(db, found.id)
    people = [found.author_id, *(one.reviewer_id for one in reviews if one.reviewer_id)]
    return page(
        request,
        "console/cadence.html",
        cadence=found,
        steps=steps,
        brought=await queries_cadences.contents(db, steps, at=now),
        days=idea.dates(bank_day(bank, now), steps),
        figures=(await queries_cadences.figures(db, [found.id], employee_ids=visible))[found.id],
        buttons=cadence_desk.buttons(found, me),
        states=cadencestates.STATES,
        run_states=cadencestates.RUN_STATES,
        stop_reasons=cadencestates.STOP_REASONS,
        reviews=reviews,
        names=await library.names(db, people),
        rows=shown,
        may_see=may_see,
        state=in_state,
        reason=reason,
        kept=urlencode({k: v for k, v in {"state": in_state, "reason": reason}.items() if v}),
        next_cursor=next_cursor,
        is_first=not cursor,
        can_expr=access.may(me.roles, "audiences.view"),
        can_stop_runs=access.may(me.roles, "cadences.start"),
    )


@get(
    f"{HERE}/{{cadence_id:uuid}}/export",
    guards=[May("customers.view")],
    include_in_schema=False,
)
async def export_runs(
    cadence_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    *,
    in_state: InState = "",
    reason: FromQuery[str] = "",
) -> Response[bytes]:
    """Return exactly what is filtered, as xlsx; taking it is an audit entry."""
    found = await queries_cadences.cadence(db, cadence_id)
    cadence_desk.checked(in_state, reason)
    wanted = Wanted(await cadence_desk.scope(db, me), cadence_id, None, in_state, reason)
    data = await cadence_desk.workbook(db, wanted, bank=bank, by=me, at=now)
    return sheets.download(data, f"{found.title}-跟进明细.xlsx")


Acting = Callable[..., Awaitable[Cadence]]


def _button(action: str, act: Acting) -> Any:
    """Return the form handler of an action that takes nothing but the cadence."""

    @post(f"{HERE}/{{cadence_id:uuid}}/{action}", guards=WRITE, include_in_schema=False)
    async def handler(
        request: Request[Any, Any, Any], cadence_id: FromPath[UUID], db: Db, me: Me, now: Now
    ) -> Response[Any]:
        await act(db, cadence_id, by=me, at=now)
        return go(request, f"{HERE}/{cadence_id}")

    return handler


@post(f"{HERE}/{{cadence_id:uuid}}/stop", guards=[May("cadences.stop")], include_in_schema=False)
async def stop_cadence(
    request: Request[Any, Any, Any],
    cadence_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Stop a cadence and every run of it at once."""
    await actions_cadences.stop_cadence(db, cadence_id, reason=data.reason, by=me, at=now)
    return go(request, f"{HERE}/{cadence_id}")


HANDLERS = [
    list_page,
    new_page,
    edit_page,
    write_cadence,
    rewrite_cadence,
    one_page,
    export_runs,
    _button("submit", actions_cadences.submit),
    _button("withdraw", actions_cadences.withdraw),
    stop_cadence,
]
