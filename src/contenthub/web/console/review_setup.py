"""审核流程 and 请假代审: the steps of each kind, the reasons for a return, who stands in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import (
    actions_deputies,
    actions_flows,
    flows,
    queries,
    queries_deputies,
    queries_flows,
)
from contenthub.library.actions_deputies import Leave
from contenthub.library.flows import FlowStep
from contenthub.library.models_reviews import ReviewDelegation
from contenthub.library.review import RETURN_REASONS
from contenthub.tenants import access
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web.bankdays import end_of, start_of
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, page
from contenthub.web.signin import May

FLOWS = "/console/reviews/flows"
DEPUTIES = "/console/reviews/deputies"


@dataclass
class FlowForm:
    """Which kind; its steps come as names, roles and hours side by side."""

    subject: str = ""


@dataclass
class ReasonsForm:
    """The reasons for a return, one a line."""

    reasons: str = ""


@dataclass
class LeaveForm:
    """Who is away from which day to which day, both included, and who stands in."""

    from_id: str = ""
    to_id: str = ""
    starts_on: str = ""
    ends_on: str = ""
    reason: str = ""


@get(FLOWS, guards=[May("bank.view")], include_in_schema=False)
async def flows_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the steps of every kind, with a word where nobody could take one."""
    own = await queries_flows.own_flows(db)
    default = await queries_flows.default_flow(db)
    reviewers = await queries_deputies.reviewers(db)
    rows = []
    for subject, label in flows.SUBJECTS.items():
        steps = flows.read(own[subject].steps) if subject in own else default
        rows.append(
            {
                "subject": subject,
                "label": label,
                "steps": steps,
                "is_own": subject in own,
                "problem": problem_of(steps, reviewers),
                "empty": flows.STEPS_MAX - len(steps),
            }
        )
    return page(
        request,
        "console/review_flows.html",
        rows=rows,
        roles=list(flows.ROLES.items()),
        advised=flows.ADVISED,
        advised_words=actions_flows.words(flows.ADVISED),
        reasons=await queries_flows.reasons(db),
        default_reasons=RETURN_REASONS,
        may_manage=access.may(me.roles, "bank.manage"),
    )


def problem_of(steps: tuple[FlowStep, ...], reviewers: list[Staff]) -> str:
    """Return why a flow cannot be walked with the people at work, '' when it can."""
    for step in steps:
        if not any(flows.is_mine(step.role, one.roles) for one in reviewers):
            return f"没有在岗的{step.whose}，提交后“{step.name}”没有人能处理；请先在“员工”里授权"
    if len(reviewers) < len(steps):
        return f"在岗审核员只有 {len(reviewers)} 位，{len(steps)} 步须由不同的人处理；请增加审核员"
    return ""


@post(FLOWS, guards=[May("bank.manage")], include_in_schema=False)
async def set_flow(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[FlowForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Keep the steps of one kind; they hold for what is submitted from now on."""
    form, names = await request.form(), ("name", "role", "hours")
    rows = zip(*(form.getall(name, []) for name in names), strict=False)
    said = [dict(zip(names, row, strict=True)) for row in rows]
    await actions_flows.set_flow(db, data.subject, said, by=me, at=now)
    return go(request, FLOWS)


@post(FLOWS + "/reset", guards=[May("bank.manage")], include_in_schema=False)
async def reset_flow(
    request: Request[Any, Any, Any], data: URLEncodedBody[FlowForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Let the default hold again for one kind."""
    await actions_flows.reset_flow(db, data.subject, by=me, at=now)
    return go(request, FLOWS)


@post("/console/reviews/reasons", guards=[May("bank.manage")], include_in_schema=False)
async def set_reasons(
    request: Request[Any, Any, Any], data: URLEncodedBody[ReasonsForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep the reasons for a return."""
    await actions_flows.set_reasons(db, data.reasons.splitlines(), by=me, at=now)
    return go(request, FLOWS)


@get(DEPUTIES, guards=[May("reviews.decide")], include_in_schema=False)
async def deputies_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show who stands in for whom, and the form to name one's own deputy."""
    return page(request, "console/review_deputies.html", **await _deputies(db, me, bank, now))


@get("/console/reviews/all-deputies", guards=[May("bank.manage")], include_in_schema=False)
async def all_deputies_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show an administrator who stands in for whom, to name one for a colleague."""
    return page(request, "console/review_deputies.html", **await _deputies(db, me, bank, now))


async def _deputies(db: Read, me: Staff, bank: Bank, now: datetime) -> dict[str, Any]:
    manages = access.may(me.roles, "bank.manage")
    found = await queries_deputies.delegations(db, of=None if manages else me.id)
    people = [i for one in found for i in (one.from_id, one.to_id, one.created_by)]
    reviewers = await queries_deputies.reviewers(db)
    return {
        "rows": [{"one": one, "state": state_of(one, at=now)} for one in found],
        "named": await queries.names(db, people),
        "people": [(str(one.id), one.name) for one in reviewers],
        "others": [(str(one.id), one.name) for one in reviewers if manages or one.id != me.id],
        "manages": manages,
        "today": bank_day(bank, now),
    }


def state_of(one: ReviewDelegation, *, at: datetime) -> str:
    """Return whether a delegation is coming, holds, is over, or was ended."""
    if one.ended_at is not None:
        return "ended"
    if one.ends_at <= at:
        return "over"
    return "coming" if one.starts_at > at else "holds"


@post(DEPUTIES, guards=[May("reviews.decide")], include_in_schema=False)
async def name_deputy(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[LeaveForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any]:
    """Name a reviewer's own deputy."""
    await actions_deputies.name_deputy(db, leave_of(data, me, bank.zone), by=me, at=now)
    return go(request, DEPUTIES)


@post("/console/reviews/all-deputies", guards=[May("bank.manage")], include_in_schema=False)
async def name_any_deputy(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[LeaveForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any]:
    """Name a colleague's deputy, as an administrator."""
    await actions_deputies.name_deputy(db, leave_of(data, me, bank.zone), by=me, at=now)
    return go(request, "/console/reviews/all-deputies")


@post(
    DEPUTIES + "/{delegation_id:uuid}/end",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def end_deputy(
    request: Request[Any, Any, Any], delegation_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """End a delegation before its time."""
    await actions_deputies.end_delegation(db, delegation_id, by=me, at=now)
    own = access.may(me.roles, "reviews.decide")
    return go(request, DEPUTIES if own else "/console/reviews/all-deputies")


def leave_of(form: LeaveForm, me: Staff, zone: str) -> Leave:
    """Return the form's leave, whole days on the bank's clock; raises Invalid naming fields."""
    wrong: dict[str, str] = {}
    ids: dict[str, UUID] = {}
    for name, said in (("from_id", form.from_id or str(me.id)), ("to_id", form.to_id)):
        try:
            ids[name] = UUID(said)
        except ValueError:
            wrong[name] = "请选择一位审核员"
    days: dict[str, date] = {}
    for name in ("starts_on", "ends_on"):
        try:
            days[name] = within_reach(name, date.fromisoformat(getattr(form, name)))
        except ValueError:
            wrong[name] = "请选择日期"
        except Invalid as refused:
            wrong |= refused.fields
    if wrong:
        raise Invalid(fields=wrong)
    starts, ends = start_of(days["starts_on"], zone), end_of(days["ends_on"], zone)
    return Leave(ids["from_id"], ids["to_id"], starts, ends, form.reason)


HANDLERS = [
    flows_page,
    set_flow,
    reset_flow,
    set_reasons,
    deputies_page,
    all_deputies_page,
    name_deputy,
    name_any_deputy,
    end_deputy,
]
