"""GET/POST/PATCH/DELETE /tag-rules: who has a tag because of what we know of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.customers import actions_rules, queries_rules, queries_tags, tagexpr
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.models_rules import TagRule
from contenthub.customers.tagtext import said
from contenthub.db import Read
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

MANAGE = [May("customers.tags")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["常看贷款"])]
Expr = Annotated[str, msgspec.Meta(examples=["did(浏览, 业务=贷款, 7天) >= 2"])]
Days = Annotated[int, msgspec.Meta(examples=[30])] | None
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class RuleView(msgspec.Struct, kw_only=True):
    """A rule, what it says in words, and what it has done."""

    id: UUID
    name: str
    expr: str
    description: str
    tag_id: UUID
    tag: str
    keep_days: int | None
    """How many days the tag holds; without: for as long as the expression is true."""
    state: str
    """off, on, or clearing: its tags are being taken off."""
    customers: int
    """How many have the tag by this rule."""
    last_put: int
    last_taken: int
    ran_at: datetime | None
    """When a run last changed anything, and what it did."""
    problem: str
    """Why it cannot run; empty when it can."""


class RuleList(msgspec.Struct):
    """Every rule by name; there is one page."""

    items: list[RuleView]
    next_cursor: str | None = None


class RuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule to add; it is off until it is switched on."""

    name: Name
    expr: Expr
    tag_id: UUID
    keep_days: Days = None


class RulePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a rule; what is left out stays as it is."""

    name: Name | Unset = UNSET
    expr: Expr | Unset = UNSET
    tag_id: UUID | Unset = UNSET
    keep_days: Days | Unset = UNSET


class RuleTryBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule to be tried without keeping it; `tag_rule_id`: the kept one that it would replace."""

    expr: Expr
    tag_id: UUID
    keep_days: Days = None
    tag_rule_id: UUID | None = None


class RuleTried(msgspec.Struct):
    """What a rule would do now."""

    description: str
    matched: int
    gain: int
    """How many would get the tag."""
    lose: int
    """From how many it would be taken."""


class TakeOffBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the tags that the rule gave come off, or stay."""

    take_off: bool = False


async def _view(db: Read, rule: TagRule) -> RuleView:
    tag = await queries_tags.tag(db, rule.tag_id, with_deleted=True)
    return _shown(rule, tag.name)


def _shown(rule: TagRule, tag: str) -> RuleView:
    return RuleView(
        id=rule.id,
        name=rule.name,
        expr=rule.expr,
        description=said(tagexpr.parse(rule.expr)),
        tag_id=rule.tag_id,
        tag=tag,
        keep_days=rule.keep_days,
        state=rule.state,
        customers=queries_rules.given_count(rule),
        last_put=rule.last_put,
        last_taken=rule.last_taken,
        ran_at=rule.ran_at,
        problem=rule.problem,
    )


@get("/tag-rules", guards=MANAGE, summary="标签规则", tags=["tags"])
async def list_rules(db: Db) -> RuleList:
    """Return the bank's tag rules."""
    return RuleList([_shown(rule, tag.name) for rule, tag in await queries_rules.rules(db)])


@post("/tag-rules", guards=MANAGE, summary="新增标签规则", tags=["tags"])
async def add_rule(data: JSONBody[RuleBody], db: Db, me: Me, now: Now) -> RuleView:
    """Add a rule, switched off; rules that would wait for each other are refused (`expr`)."""
    draft = RuleDraft(data.name, data.expr, data.tag_id, data.keep_days)
    return await _view(db, await actions_rules.create_rule(db, draft, by=me, at=now))


@post("/tag-rules/try", guards=MANAGE, status_code=200, summary="试算标签规则", tags=["tags"])
async def try_rule(data: JSONBody[RuleTryBody], db: Db, now: Now) -> RuleTried:
    """Return how many would get the tag, and how many would lose it; nothing is kept."""
    stored = await queries_rules.rule(db, data.tag_rule_id) if data.tag_rule_id else None
    found = await queries_rules.preview(
        db,
        tagexpr.parse(data.expr),
        data.tag_id,
        keep_days=data.keep_days,
        stored=stored,
        at=now,
    )
    plan = found.plan
    return RuleTried(found.said, len(plan.matched), len(plan.gain), len(plan.lose))


@patch("/tag-rules/{tag_rule_id:uuid}", guards=MANAGE, summary="修改标签规则", tags=["tags"])
async def change_rule(
    tag_rule_id: FromPath[UUID], data: JSONBody[RulePatch], db: Db, me: Me, now: Now
) -> RuleView:
    """Change a rule; one that is on follows within a minute."""
    held = await queries_rules.rule(db, tag_rule_id)
    draft = RuleDraft(
        sent_or(data.name, held.name),
        sent_or(data.expr, held.expr),
        sent_or(data.tag_id, held.tag_id),
        sent_or(data.keep_days, held.keep_days),
    )
    return await _view(db, await actions_rules.change_rule(db, tag_rule_id, draft, by=me, at=now))


@post(
    "/tag-rules/{tag_rule_id:uuid}/switch-on",
    guards=MANAGE,
    status_code=200,
    summary="启用标签规则",
    tags=["tags"],
)
async def switch_on(tag_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RuleView:
    """Let a rule give its tag from now on."""
    return await _view(db, await actions_rules.switch_on(db, tag_rule_id, by=me, at=now))


@post(
    "/tag-rules/{tag_rule_id:uuid}/switch-off",
    guards=MANAGE,
    status_code=200,
    summary="停用标签规则",
    tags=["tags"],
)
async def switch_off(
    tag_rule_id: FromPath[UUID], data: JSONBody[TakeOffBody], db: Db, me: Me, now: Now
) -> RuleView:
    """Let a rule rest; with `take_off` the tags it gave come off, never those set by hand."""
    off = await actions_rules.switch_off(db, tag_rule_id, take_off=data.take_off, by=me, at=now)
    return await _view(db, off)


@delete("/tag-rules/{tag_rule_id:uuid}", guards=MANAGE, summary="删除标签规则", tags=["tags"])
async def delete_rule(
    tag_rule_id: FromPath[UUID], db: Db, me: Me, now: Now, take_off: FromQuery[bool] = False
) -> None:
    """Delete a rule; with `take_off` the tags it gave come off."""
    await actions_rules.delete_rule(db, tag_rule_id, take_off=take_off, by=me, at=now)


@post(
    "/tag-rules/{tag_rule_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复标签规则",
    tags=["tags"],
)
async def restore_rule(tag_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RuleView:
    """Bring a deleted rule back, switched off."""
    return await _view(db, await actions_rules.restore_rule(db, tag_rule_id, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_rules,
            add_rule,
            try_rule,
            change_rule,
            switch_on,
            switch_off,
            delete_rule,
            restore_rule,
        ],
        after_request=keep_answer,
    )
]
