"""需求评分: for what a customer gets points of a topic, and what so many points mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_scores, queries_score_reasons, queries_scores
from contenthub.customers.actions_scores import ScoreDraft, TopicDraft
from contenthub.customers.models_scores import ScoreRule
from contenthub.customers.scoring import BASES, MATCH, SCORED
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.web import expression_desk
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.tag_desk import Deed, buttons, chosen_id, deed, whole_number

HERE = "/console/scores"
MANAGE = [May("customers.tags")]
VIEW = [May("customers.view")]
EXAMPLES = (
    ("看一次贷款内容 8 分，7 天减半", "viewed", "", 8),
    ("在贷款内容里留手机号 40 分", "left", "", 40),
    ("商户 20 分", MATCH, "merchant()", 20),
)


@dataclass
class ScoreForm:
    """What the form of a rule sends."""

    topic: str = "loan"
    name: str = ""
    basis: str = "viewed"
    expr: str = ""
    points: str = ""
    half_life_days: str = ""
    at_most: str = ""
    score_rule_id: str = ""

    def draft(self) -> ScoreDraft:
        """Return the rule as it is meant; raises Invalid naming what is no whole number."""
        points = whole_number(self.points, "points", "分数请填整数，例如 10；要扣分填负数") or 0
        if self.basis == MATCH:
            return ScoreDraft(self.topic, self.name, self.basis, points, self.expr)
        return ScoreDraft(
            self.topic,
            self.name,
            self.basis,
            points,
            half_life_days=whole_number(self.half_life_days, "half_life_days", _DAYS),
            at_most=whole_number(self.at_most, "at_most", "合计最多请填整数，例如 30"),
        )


@dataclass
class SettingsForm:
    """What a topic's form sends."""

    topic: str = ""
    cap: str = ""
    threshold: str = ""
    hands_over: str = ""
    again_days: str = "30"


_DAYS = "减半天数请填整数，例如 7；不减半的请不要填"


@get(HERE, guards=MANAGE, include_in_schema=False)
async def scores_page(
    request: Request[Any, Any, Any], db: Db, gone_rule: FromQuery[UUID | None] = None
) -> Template:
    """Show each topic's rules and settings; `gone_rule` was just deleted, to be brought back."""
    deleted = await queries_scores.rule(db, gone_rule, with_deleted=True) if gone_rule else None
    rules = await queries_scores.rules(db)
    topics = await queries_scores.topics(db)
    return page(
        request,
        "console/scores.html",
        rows=[
            (held, [(one, queries_scores.words_of(one)) for one in rules if one.topic == topic])
            for topic, held in topics.items()
        ],
        counts={topic: await queries_scores.counts(db, held) for topic, held in topics.items()},
        crossings=await queries_scores.crossings(db),
        gone=deleted if deleted and deleted.deleted_at else None,
        examples=EXAMPLES,
    )


@get(f"{HERE}/rules/new", guards=MANAGE, include_in_schema=False)
async def new_rule(
    request: Request[Any, Any, Any],
    db: Db,
    now: Now,
    topic: FromQuery[str] = "loan",
    basis: FromQuery[str] = "viewed",
    expr: FromQuery[str] = "",
    points: FromQuery[str] = "",
) -> Template:
    """Show the form of a new rule, filled with what an example says."""
    form = ScoreForm(
        topic=topic if topic in SCORED else "loan",
        basis=basis if basis in BASES else "viewed",
        expr=expr[:8_000],
        points=points[:4],
        half_life_days="" if basis == MATCH else "7",
    )
    return await _form(request, db, form, None, now=now)


@get(f"{HERE}/rules/{{score_rule_id:uuid}}", guards=MANAGE, include_in_schema=False)
async def one_rule(
    request: Request[Any, Any, Any], score_rule_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show a rule in its form, with what it changes."""
    rule = await queries_scores.rule(db, score_rule_id)
    form = ScoreForm(
        topic=rule.topic,
        name=rule.name,
        basis=rule.basis,
        expr=rule.expr,
        points=str(rule.points),
        half_life_days=str(rule.half_life_days or ""),
        at_most=str(rule.at_most or ""),
        score_rule_id=str(rule.id),
    )
    return await _form(request, db, form, rule, now=now)


async def _form(
    request: Request[Any, Any, Any],
    db: Read,
    form: ScoreForm,
    rule: ScoreRule | None,
    *,
    now: datetime,
) -> Template:
    return page(
        request,
        "console/score_rule.html",
        form=form,
        rule=rule,
        topics=list(SCORED.items()),
        bases=list(BASES.items()),
        groups=await expression_desk.words(db),
        branches=await expression_desk.branches(db),
        **await _tried(db, form, now=now),
    )


async def _tried(db: Read, form: ScoreForm, *, now: datetime) -> dict[str, Any]:
    """Return what the preview fragment shows; what cannot be read is shown with its place."""
    empty: dict[str, Any] = {"found": None, "wrong": None}
    if not form.points.strip() or (form.basis == MATCH and not form.expr.strip()):
        return empty
    try:
        draft = actions_scores.tried(form.draft())
        stored = await _stored(db, form.score_rule_id)
        return {**empty, "found": await queries_scores.preview(db, draft, stored=stored, at=now)}
    except ExpressionInvalid as error:
        return {**empty, "wrong": expression_desk.wrong_place(form.expr, error.detail)}
    except Invalid as error:
        # Somebody is still filling the form in: the fragment says what it waits for.
        wrong = {"message": error.detail, "before": "", "at": "", "after": ""}
        return {**empty, "wrong": wrong}


async def _stored(db: Read, rule_id: str) -> ScoreRule | None:
    if not rule_id:
        return None
    chosen = chosen_id(rule_id, "score_rule_id", "请从需求评分重新打开这条规则")
    return await queries_scores.rule(db, chosen)


@post(f"{HERE}/preview", guards=MANAGE, status_code=200, include_in_schema=False)
async def preview(
    request: Request[Any, Any, Any], data: URLEncodedBody[ScoreForm], db: Db, now: Now
) -> Template:
    """Return what the rule that is being written would change."""
    return page(request, "console/_score_rule_tried.html", **await _tried(db, data, now=now))


@post(f"{HERE}/rules", guards=MANAGE, include_in_schema=False)
async def add_rule(
    request: Request[Any, Any, Any], data: URLEncodedBody[ScoreForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a rule, switched off; its page shows what it would change."""
    made = await actions_scores.create_rule(db, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/rules/{made.id}")


@post(f"{HERE}/rules/{{score_rule_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_rule(
    request: Request[Any, Any, Any],
    score_rule_id: FromPath[UUID],
    data: URLEncodedBody[ScoreForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a rule."""
    await actions_scores.change_rule(db, score_rule_id, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/rules/{score_rule_id}")


@post(f"{HERE}/settings", guards=MANAGE, include_in_schema=False)
async def change_topic(
    request: Request[Any, Any, Any], data: URLEncodedBody[SettingsForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Change what a topic's points mean."""
    cap = whole_number(data.cap, "cap", "封顶分请填整数，例如 100") or 0
    threshold = whole_number(data.threshold, "threshold", "达标分请填整数，例如 60") or 0
    again = whole_number(data.again_days, "again_days", "多少天内不再转交请填整数，例如 30") or 0
    draft = TopicDraft(cap, threshold, bool(data.hands_over), again)
    await actions_scores.change_topic(db, data.topic, draft, by=me, at=now)
    return go(request, HERE)


_DEEDS: dict[str, Deed] = {
    "on": deed(actions_scores.switch_on, f"{HERE}/rules/{{}}"),
    "off": deed(actions_scores.switch_off, f"{HERE}/rules/{{}}"),
    "delete": deed(actions_scores.delete_rule, f"{HERE}?gone_rule={{}}"),
    "restore": deed(actions_scores.restore_rule, f"{HERE}/rules/{{}}"),
}


@get("/console/customers/{customer_id:uuid}/scores", guards=VIEW, include_in_schema=False)
async def of_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Return what a customer's page shows of their scores: how high, and why."""
    found = await in_reach(db, customer_id, me)
    scores = await queries_score_reasons.of_customer(db, found.no, at=now)
    return page(request, "console/_customer_scores.html", scores=scores)


HANDLERS = [
    scores_page,
    new_rule,
    one_rule,
    preview,
    add_rule,
    change_rule,
    change_topic,
    of_customer,
    *buttons(f"{HERE}/rules/{{score_rule_id:uuid}}", _DEEDS, guards=MANAGE),
]
