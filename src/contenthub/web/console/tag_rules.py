"""标签规则: who gets a tag because of what we know of them; written, tried, switched on and off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_rules, queries_rules, queries_tags, tagexpr
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.models_rules import TagRule
from contenthub.customers.tagtext import said
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.web import expression_desk
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.tag_desk import Deed, buttons, chosen_id, deed, tag_options, whole_days

HERE = "/console/tag-rules"
MANAGE = [May("customers.tags")]
STATES = {"off": "已停用", "on": "启用中", "clearing": "正在取下标签"}
EXAMPLES = (
    ("常看贷款的客户", "did(浏览, 业务=贷款, 7天) >= 2"),
    ("资产 20 万以上、没拒绝理财", "aum >= 200000 and not refused(理财)"),
    ("年满 60 岁", "age >= 60"),
)


@dataclass
class RuleForm:
    """What the form of a rule sends."""

    name: str = ""
    expr: str = ""
    tag_id: str = ""
    keep_days: str = ""
    tag_rule_id: str = ""

    def tag(self) -> UUID:
        """Return the tag chosen; raises Invalid (`tag_id`)."""
        return chosen_id(self.tag_id, "tag_id", "请选择要贴的标签")

    def days(self) -> int | None:
        """Return the days it holds, None for as long as true; raises Invalid (`keep_days`)."""
        return whole_days(
            self.keep_days, "keep_days", "保留天数请填整数，例如 30；条件不满足就取下的请不要填"
        )

    def draft(self) -> RuleDraft:
        """Return the rule as it is meant; raises Invalid."""
        return RuleDraft(self.name, self.expr, self.tag(), self.days())


@get(HERE, guards=MANAGE, include_in_schema=False)
async def rules_page(
    request: Request[Any, Any, Any], db: Db, gone_rule: FromQuery[UUID | None] = None
) -> Template:
    """Show the rules with what they do; `gone_rule` was just deleted, to be brought back here."""
    deleted = await queries_rules.rule(db, gone_rule, with_deleted=True) if gone_rule else None
    return page(
        request,
        "console/tag_rules.html",
        rows=[
            (rule, tag, said(tagexpr.parse(rule.expr)), queries_rules.given_count(rule))
            for rule, tag in await queries_rules.rules(db)
        ],
        gone=deleted if deleted and deleted.deleted_at else None,
        states=STATES,
        examples=EXAMPLES,
    )


@get(f"{HERE}/new", guards=MANAGE, include_in_schema=False)
async def new_rule(
    request: Request[Any, Any, Any], db: Db, now: Now, expr: FromQuery[str] = ""
) -> Template:
    """Show the form of a new rule."""
    return await _form(request, db, RuleForm(expr=expr[:8_000]), None, now=now)


@get(f"{HERE}/{{tag_rule_id:uuid}}", guards=MANAGE, include_in_schema=False)
async def one_rule(
    request: Request[Any, Any, Any], tag_rule_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show a rule in its form, with what it would do now."""
    rule = await queries_rules.rule(db, tag_rule_id)
    form = RuleForm(
        name=rule.name,
        expr=rule.expr,
        tag_id=str(rule.tag_id),
        keep_days=str(rule.keep_days or ""),
        tag_rule_id=str(rule.id),
    )
    return await _form(request, db, form, rule, now=now)


async def _form(
    request: Request[Any, Any, Any],
    db: Read,
    form: RuleForm,
    rule: TagRule | None,
    *,
    now: datetime,
) -> Template:
    return page(
        request,
        "console/tag_rule.html",
        form=form,
        rule=rule,
        has_now=queries_rules.given_count(rule) if rule else 0,
        states=STATES,
        tags=tag_options(await queries_tags.groups(db), but_retired=True),
        groups=await expression_desk.words(db),
        branches=await expression_desk.branches(db),
        **await _tried(db, form, now=now),
    )


async def _tried(db: Read, form: RuleForm, *, now: datetime) -> dict[str, Any]:
    """Return what the preview fragment shows; what cannot be read is shown with its place."""
    empty: dict[str, Any] = {"found": None, "wrong": None}
    if not form.expr.strip():
        return empty
    try:
        stored = await queries_rules.rule(db, UUID(form.tag_rule_id)) if form.tag_rule_id else None
        node = tagexpr.parse(form.expr)
        found = await queries_rules.preview(
            db, node, form.tag(), keep_days=form.days(), stored=stored, at=now
        )
    except ExpressionInvalid as error:
        return {**empty, "wrong": expression_desk.wrong_place(form.expr, error.detail)}
    except (Invalid, NotFound, ValueError) as error:
        # Somebody is still filling the form in: the fragment says what it waits for.
        message = getattr(error, "detail", "请从标签规则列表重新打开这条规则")
        return {**empty, "wrong": {"message": message, "before": "", "at": "", "after": ""}}
    return {**empty, "found": found}


@post(f"{HERE}/preview", guards=MANAGE, status_code=200, include_in_schema=False)
async def preview(
    request: Request[Any, Any, Any], data: URLEncodedBody[RuleForm], db: Db, now: Now
) -> Template:
    """Return what the rule that is being written would do."""
    return page(request, "console/_tag_rule_tried.html", **await _tried(db, data, now=now))


@post(HERE, guards=MANAGE, include_in_schema=False)
async def add_rule(
    request: Request[Any, Any, Any], data: URLEncodedBody[RuleForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a rule, switched off; its page shows what it would do."""
    made = await actions_rules.create_rule(db, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{made.id}")


@post(f"{HERE}/{{tag_rule_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_rule(
    request: Request[Any, Any, Any],
    tag_rule_id: FromPath[UUID],
    data: URLEncodedBody[RuleForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a rule."""
    await actions_rules.change_rule(db, tag_rule_id, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{tag_rule_id}")


_ONE = f"{HERE}/{{}}"
_GONE = f"{HERE}?gone_rule={{}}"
_DEEDS: dict[str, Deed] = {
    "on": deed(actions_rules.switch_on, _ONE),
    "off": deed(actions_rules.switch_off, _ONE, take_off=False),
    "off-and-take": deed(actions_rules.switch_off, _ONE, take_off=True),
    "delete": deed(actions_rules.delete_rule, _GONE, take_off=False),
    "delete-and-take": deed(actions_rules.delete_rule, _GONE, take_off=True),
    "restore": deed(actions_rules.restore_rule, _ONE),
}


HANDLERS = [
    rules_page,
    new_rule,
    one_rule,
    preview,
    add_rule,
    change_rule,
    *buttons(f"{HERE}/{{tag_rule_id:uuid}}", _DEEDS, guards=MANAGE),
]
