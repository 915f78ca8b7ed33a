"""The bank's review flows and return reasons, and who stands in for a reviewer on leave."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from contenthub.db import Read
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
from contenthub.web.api.audit import aware
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["消保审查"])]
Role = Annotated[
    str,
    msgspec.Meta(
        max_length=40,
        examples=["compliance_reviewer"],
        description="`reviewer`、`compliance_reviewer`；空 = 任一审核员",
    ),
]
Hours = Annotated[int, msgspec.Meta(ge=1, le=flows.HOURS_MAX, examples=[8])]
Subject = Annotated[
    str,
    msgspec.Meta(max_length=40, examples=["product"], description="内容类型、`template` 或 `push`"),
]
Reasons = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=400)]],
    msgspec.Meta(max_length=50, examples=[["缺少风险提示或必要披露", "错别字或排版问题"]]),
]


class SubjectBody(msgspec.Struct, forbid_unknown_fields=True):
    """One kind."""

    subject: Subject


class StepBody(msgspec.Struct, forbid_unknown_fields=True):
    """One step: what it is called, whose it is, and its working hours."""

    name: Name
    role: Role = ""
    hours: Hours = 8


class FlowBody(msgspec.Struct, forbid_unknown_fields=True):
    """The steps of one kind in their order."""

    subject: Subject
    steps: Annotated[list[StepBody], msgspec.Meta(max_length=10)]


class FlowView(msgspec.Struct):
    """The steps of one kind; `is_default` when the bank has set none of its own."""

    subject: str
    label: str
    steps: list[StepBody]
    is_default: bool


class FlowList(msgspec.Struct):
    """The flows of every kind of item, of poster templates and pushes."""

    items: list[FlowView]
    next_cursor: str | None = None


class ReasonsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The reasons for a return that reviewers pick from."""

    reasons: Reasons


class DeputyBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who is away from when until when, and who stands in; without `from_id`: oneself."""

    to_id: UUID
    starts_at: datetime
    ends_at: datetime
    from_id: UUID | None = None
    reason: Annotated[str, msgspec.Meta(max_length=400, examples=["年休假"])] = ""


class DeputyView(msgspec.Struct):
    """One arrangement for a leave."""

    id: UUID
    from_id: UUID
    from_name: str
    to_id: UUID
    to_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    ended_at: datetime | None


class DeputyList(msgspec.Struct):
    """The newest arrangements first; they are few, so there is one page."""

    items: list[DeputyView]
    next_cursor: str | None = None


def _flow_view(subject: str, steps: tuple[FlowStep, ...], *, is_default: bool) -> FlowView:
    shown = [StepBody(step.name, step.role, step.hours) for step in steps]
    return FlowView(subject, flows.SUBJECTS[subject], shown, is_default)


@get("/review-flows", guards=[May("bank.view")], summary="审核流程", tags=["reviews"])
async def list_flows(db: Db) -> FlowList:
    """Return the steps of every kind."""
    own = await queries_flows.own_flows(db)
    default = await queries_flows.default_flow(db)
    return FlowList(
        [
            _flow_view(
                subject,
                flows.read(own[subject].steps) if subject in own else default,
                is_default=subject not in own,
            )
            for subject in flows.SUBJECTS
        ]
    )


@put(
    "/review-flows",
    guards=[May("bank.manage")],
    summary="修改一类内容的审核流程",
    tags=["reviews"],
)
async def set_flow(data: JSONBody[FlowBody], db: Db, me: Me, now: Now) -> FlowView:
    """Set the steps; they hold for what is submitted from now on."""
    said = [msgspec.to_builtins(step) for step in data.steps]
    steps = await actions_flows.set_flow(db, data.subject, said, by=me, at=now)
    return _flow_view(data.subject, steps, is_default=False)


@post(
    "/review-flows/reset",
    guards=[May("bank.manage")],
    status_code=200,
    summary="恢复默认的审核流程",
    tags=["reviews"],
)
async def reset_flow(data: JSONBody[SubjectBody], db: Db, me: Me, now: Now) -> FlowView:
    """Let the default steps hold again."""
    steps = await actions_flows.reset_flow(db, data.subject, by=me, at=now)
    return _flow_view(data.subject, steps, is_default=True)


@get("/review-reasons", guards=[May("library.drafts")], summary="退回原因", tags=["reviews"])
async def list_reasons(db: Db) -> ReasonsBody:
    """Return the reasons for a return."""
    return ReasonsBody(await queries_flows.reasons(db))


@put("/review-reasons", guards=[May("bank.manage")], summary="修改退回原因", tags=["reviews"])
async def set_reasons(data: JSONBody[ReasonsBody], db: Db, me: Me, now: Now) -> ReasonsBody:
    """Set the reasons for a return."""
    return ReasonsBody(await actions_flows.set_reasons(db, data.reasons, by=me, at=now))


async def _deputies(db: Read, found: list[ReviewDelegation]) -> list[DeputyView]:
    named = await queries.names(db, [i for d in found for i in (d.from_id, d.to_id)])
    return [
        DeputyView(
            d.id,
            d.from_id,
            named.get(d.from_id, ""),
            d.to_id,
            named.get(d.to_id, ""),
            d.starts_at,
            d.ends_at,
            d.reason,
            d.ended_at,
        )
        for d in found
    ]


@get("/review-deputies", guards=[May("library.drafts")], summary="代审安排", tags=["reviews"])
async def list_deputies(db: Db) -> DeputyList:
    """Return who stands in for whom."""
    return DeputyList(await _deputies(db, list(await queries_deputies.delegations(db))))


@post("/review-deputies", guards=[May("library.drafts")], summary="指定代审人", tags=["reviews"])
async def name_deputy(data: JSONBody[DeputyBody], db: Db, me: Me, now: Now) -> DeputyView:
    """Name one's own deputy; an administrator may for anybody."""
    starts, ends = aware("starts_at", data.starts_at), aware("ends_at", data.ends_at)
    assert starts is not None
    assert ends is not None
    leave = Leave(data.from_id or me.id, data.to_id, starts, ends, data.reason)
    made = await actions_deputies.name_deputy(db, leave, by=me, at=now)
    return (await _deputies(db, [made]))[0]


@post(
    "/review-deputies/{delegation_id:uuid}/end",
    guards=[May("library.drafts")],
    status_code=200,
    summary="提前结束代审",
    tags=["reviews"],
)
async def end_deputy(delegation_id: FromPath[UUID], db: Db, me: Me, now: Now) -> DeputyView:
    """End an arrangement before its time."""
    ended = await actions_deputies.end_delegation(db, delegation_id, by=me, at=now)
    return (await _deputies(db, [ended]))[0]


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_flows,
            set_flow,
            reset_flow,
            list_reasons,
            set_reasons,
            list_deputies,
            name_deputy,
            end_deputy,
        ],
        after_request=keep_answer,
    )
]
