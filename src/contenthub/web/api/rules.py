"""Rules: the shipped pack, what the bank added or made stricter, and what does not pass now."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Read
from contenthub.errors import Conflict, Invalid
from contenthub.library import actions_rescan, actions_rules, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.models_rules import BankRule, RuleMark
from contenthub.library.queries_rules import SCANNED_STATES, STOPPED, Failing
from contenthub.library.rules import Rule, pack
from contenthub.web.api.jobs import JobView, job_view
from contenthub.web.api.lint import HitView, hit_view
from contenthub.web.deps import Db, InState, Me, Now, keep_answer
from contenthub.web.keyset import cursor_of, page_size, place_of, strange
from contenthub.web.signin import May

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, examples=["本行禁用宣传语"])]
Phrases = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=80)]],
    msgspec.Meta(
        max_length=40, description="短语；“…”代表中间可隔十个字", examples=[["存多少…送多少"]]
    ),
]
ShippedRule = Annotated[str, msgspec.Meta(max_length=40, examples=["ABS-02"])]
FAILING_NAMES = ("rule", "kind", "topic", "state", "mine")
Severity = Literal["block", "review"]
Words = Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=20)]


class RuleView(msgspec.Struct):
    """One shipped rule as it holds for the bank, with its legal source and who checked it."""

    code: str
    name: str
    severity: str
    """As it holds for the bank."""
    is_raised: bool
    advice: str
    source: str
    effective_on: str
    seen: str
    """How sure the source is: S seen in it, R recalled, I our own judgement."""
    kinds: list[str]
    topics: list[str]
    enforced: str
    """The part of the product that keeps the rule, where no text can show it."""
    reviewed_by: str
    """Who checked it against the source, for this version; empty: nobody yet."""
    reviewed_at: datetime | None


class OwnRuleView(msgspec.Struct):
    """One rule of the bank's own."""

    id: UUID
    code: str
    name: str
    severity: str
    phrases: list[str]
    advice: str
    source: str
    kinds: list[str]
    topics: list[str]
    is_strict: bool
    replacement: str | None
    is_on: bool
    created_at: datetime
    updated_at: datetime


class RuleBook(msgspec.Struct):
    """All rules that hold for the bank, and the last reading of its content under them."""

    version: str
    rules: list[RuleView]
    own: list[OwnRuleView]
    scanned_version: str
    scanned_at: datetime | None
    failing: int


class OwnRuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule of the bank's own; empty kinds or topics mean all of them."""

    name: Name
    phrases: Phrases
    severity: Severity = "block"
    advice: Annotated[str, msgspec.Meta(max_length=400)] = ""
    source: Annotated[str, msgspec.Meta(max_length=400)] = ""
    kinds: Words = []
    topics: Words = []
    is_strict: bool = False
    """Also found where the words around speak against it."""
    replacement: Annotated[str, msgspec.Meta(max_length=400)] | None = None

    def draft(self) -> RuleDraft:
        """Return it as the action reads it."""
        return RuleDraft(
            name=self.name,
            phrases="\n".join(self.phrases),
            severity=self.severity,
            advice=self.advice,
            source=self.source,
            kinds=self.kinds,
            topics=self.topics,
            is_strict=self.is_strict,
            replacement=self.replacement,
        )


class OwnRulePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of an own rule; `is_on` alone puts it in force or out of it."""

    rule: OwnRuleBody | msgspec.UnsetType = msgspec.UNSET
    is_on: bool | msgspec.UnsetType = msgspec.UNSET


class RaiseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a shipped rule that only asks to be looked at blocks for this bank, and why."""

    rule: ShippedRule
    is_raised: bool
    reason: Annotated[str, msgspec.Meta(max_length=400, examples=["总行消保部要求"])] = ""


class CheckedBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which shipped rule was checked against its source."""

    rule: ShippedRule


class MarkView(msgspec.Struct):
    """What the bank says of a shipped rule."""

    rule: str
    is_raised: bool
    reason: str
    reviewed_version: str
    reviewed_at: datetime | None


class FailingView(msgspec.Struct):
    """An item in use that does not pass the rules as they are now."""

    item_id: UUID
    code: str
    title: str
    kind: str
    topic: str
    state: str
    revision_no: int
    rule_version: str
    found_at: datetime
    hits: list[HitView]


class FailingList(msgspec.Struct):
    """One page of failing items, newest finding first."""

    items: list[FailingView]
    next_cursor: str | None


def own_view(rule: BankRule) -> OwnRuleView:
    """Return what is shown of an own rule."""
    plain = {name: getattr(rule, name) for name in OwnRuleView.__struct_fields__}
    return OwnRuleView(**plain)


def mark_view(mark: RuleMark) -> MarkView:
    """Return what is shown of what the bank says of a shipped rule."""
    return MarkView(
        rule=mark.rule_id,
        is_raised=mark.is_raised,
        reason=mark.reason,
        reviewed_version=mark.reviewed_version,
        reviewed_at=mark.reviewed_at,
    )


async def shipped_views(db: Read) -> list[RuleView]:
    """Return the shipped rules as they hold for the bank."""
    marks = await queries_rules.marks(db)
    named = await queries_rules.reviewers(db, marks.values())
    return [
        _view(
            rule,
            *queries_rules.reviewed(rule, marks.get(rule.id), named),
            raised=(rule.id in marks and marks[rule.id].is_raised),
        )
        for rule in pack().rules
    ]


def _view(rule: Rule, who: str, when: datetime | None, *, raised: bool) -> RuleView:
    return RuleView(
        code=rule.id,
        name=rule.name,
        severity="block" if raised else rule.severity,
        is_raised=raised,
        advice=rule.advice,
        source=rule.source,
        effective_on=rule.effective_on,
        seen=rule.seen,
        kinds=sorted(rule.kinds),
        topics=sorted(rule.topics),
        enforced=rule.enforced,
        reviewed_by=who,
        reviewed_at=when,
    )


@get("/rules", guards=[May("library.drafts")], summary="全部规则", tags=["rules"])
async def list_rules(db: Db) -> RuleBook:
    """Return the shipped rules, the bank's own, and the last re-scan."""
    scan = await queries_rules.scan(db)
    return RuleBook(
        version=(await queries_rules.rules(db)).version,
        rules=await shipped_views(db),
        own=[own_view(one) for one in await queries_rules.bank_rules(db)],
        scanned_version=scan.version if scan else "",
        scanned_at=scan.finished_at if scan else None,
        failing=await queries_rules.failing_count(db),
    )


@post("/rules", guards=[May("rules.manage")], summary="新增本行规则", tags=["rules"])
async def add_rule(data: JSONBody[OwnRuleBody], db: Db, me: Me, now: Now) -> OwnRuleView:
    """Add a rule of the bank's own; all content in use is read again.

    422 on `phrases` when a rule of the bank's own that is in force has one of them already, in
    whatever script or width: it is named, and is the one to change.
    """
    return own_view(await actions_rules.add_rule(db, data.draft(), by=me, at=now))


@patch(
    "/rules/{rule_id:uuid}", guards=[May("rules.manage")], summary="修改本行规则", tags=["rules"]
)
async def change_rule(
    rule_id: FromPath[UUID], data: JSONBody[OwnRulePatch], db: Db, me: Me, now: Now
) -> OwnRuleView:
    """Change an own rule, or put it in force or out of it; all content is read again."""
    rule = await queries_rules.bank_rule(db, rule_id)
    if data.rule is not msgspec.UNSET:
        rule = await actions_rules.change_rule(db, rule_id, data.rule.draft(), by=me, at=now)
    if data.is_on is not msgspec.UNSET:
        rule = await actions_rules.switch_rule(db, rule_id, is_on=data.is_on, by=me, at=now)
    return own_view(rule)


@post(
    "/rules/raise",
    guards=[May("rules.manage")],
    status_code=200,
    summary="收紧内置规则",
    tags=["rules"],
)
async def raise_rule(data: JSONBody[RaiseBody], db: Db, me: Me, now: Now) -> MarkView:
    """Make a shipped rule that only asks to be looked at a blocking one, or take that back."""
    mark = await actions_rules.raise_rule(
        db, data.rule, is_raised=data.is_raised, reason=data.reason, by=me, at=now
    )
    return mark_view(mark)


@post(
    "/rules/confirm",
    guards=[May("rules.manage")],
    status_code=200,
    summary="登记已核对依据",
    tags=["rules"],
)
async def confirm_rule(data: JSONBody[CheckedBody], db: Db, me: Me, now: Now) -> MarkView:
    """Record that you have checked a shipped rule against its source, for this version."""
    mark = await actions_rules.confirm_rule(db, data.rule, by=me, at=now)
    return mark_view(mark)


@post(
    "/rules/rescan",
    guards=[May("rules.manage")],
    status_code=202,
    summary="复查全部在用内容",
    tags=["rules"],
)
async def rescan(db: Db, me: Me, now: Now) -> JobView:
    """Read all content in use again under the rules as they are now."""
    job = await actions_rescan.start(db, by=me, at=now)
    if job is None:
        raise Conflict("还没有已发布或待审核的内容，不需要复查")
    return job_view(job)


def _check_failing(request: Request[Any, Any, Any], state: str) -> None:
    wrong = strange(request.query_params, FAILING_NAMES)
    known = (*SCANNED_STATES, STOPPED)
    if state and state not in known:
        wrong["state"] = f"没有“{state[:20]}”这个状态，可用的有：{'、'.join(known)}"
    if wrong:
        raise Invalid(fields=wrong)


@get("/rules/failing", guards=[May("library.drafts")], summary="未通过现行规则", tags=["rules"])
async def list_failing(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    rule: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    in_state: InState = "",
    mine: FromQuery[bool] = False,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> FailingList:
    """Return the items in use or in review that do not pass the rules now.

    Those in state `returned` were approved for later and stopped at their hour. `mine`: those
    the caller wrote; 422 on a `state` that none of them has, and on a parameter that is none:
    it names what there is.
    """
    _check_failing(request, in_state)
    limit = page_size(limit)
    wanted = Failing(rule, kind, topic, in_state, me.id if mine else None)
    found = await queries_rules.failing(db, wanted, after=place_of(cursor), limit=limit + 1)
    shown = [
        FailingView(
            item_id=item.id,
            code=item.code,
            title=revision.title,
            kind=revision.kind,
            topic=revision.topic,
            state=revision.state,
            revision_no=revision.no,
            rule_version=one.version,
            found_at=one.found_at,
            hits=[hit_view(hit) for hit in one.hits],
        )
        for one, item, revision in found[:limit]
    ]
    last = found[limit - 1][0] if len(found) > limit else None
    return FailingList(
        shown, cursor_of(None if last is None else (last.found_at, last.revision_id))
    )


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_rules,
            add_rule,
            change_rule,
            raise_rule,
            confirm_rule,
            rescan,
            list_failing,
        ],
        after_request=keep_answer,
    )
]
