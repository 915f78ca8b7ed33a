"""合规规则: all rules with their sources, the bank's own, a text to try, and what fails now."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import (
    actions_rescan,
    actions_rules,
    findings,
    kinds,
    lint,
    queries_rules,
    referring,
)
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.ownrules import SEVERITIES
from contenthub.library.queries_rules import Failing
from contenthub.library.rules import Rule, pack
from contenthub.tenants.models import LongJob
from contenthub.tenants.topics import TOPICS
from contenthub.web import sheets
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.job_progress import progress_of
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.wordings import placed

HERE = "/console/rules"
PAGE = 50
EXPORT_ROWS = 10_000
TRY_MAX_CHARS = 5_000
SEEN = {"S": "已见原文", "R": "凭记忆，待核对", "I": "本产品的判断"}
STATES = {
    "live": "已发布",
    "approved": "待生效",
    "in_review": "审核中",
    queries_rules.STOPPED: "到时未上线",
}
KIND_WORDS = {slug: kind.label for slug, kind in kinds.KINDS.items()}
SEE, MANAGE = [May("library.drafts")], [May("rules.manage")]
COLUMNS = ("编号", "标题", "类型", "业务", "状态", "版本", "未通过的规则", "命中的文字", "发现时间")


@dataclass
class RuleForm:
    """What the form of an own rule sends; a single ticked box comes as a word."""

    name: str = ""
    phrases: str = ""
    severity: str = "block"
    advice: str = ""
    source: str = ""
    kinds: list[str] | str = field(default_factory=list)
    topics: list[str] | str = field(default_factory=list)
    is_strict: str = ""
    replacement: str = ""
    has_replacement: str = ""

    def draft(self) -> RuleDraft:
        """Return it as the action reads it."""
        return RuleDraft(
            name=self.name,
            phrases=self.phrases,
            severity=self.severity,
            advice=self.advice,
            source=self.source,
            kinds=_ticked(self.kinds),
            topics=_ticked(self.topics),
            is_strict=bool(self.is_strict),
            replacement=self.replacement if self.replacement or self.has_replacement else None,
        )


@dataclass
class MarkForm:
    """Which shipped rule, and why it is made stricter."""

    rule: str = ""
    reason: str = ""


@dataclass
class TryForm:
    """A text to try the rules on."""

    text: str = ""
    kind: str = "article"
    topic: str = "wealth"


def _ticked(value: list[str] | str) -> list[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one]


@get(HERE, guards=SEE, include_in_schema=False)
async def rules_page(
    request: Request[Any, Any, Any], db: Db, q: FromQuery[str] = "", show: FromQuery[str] = ""
) -> Template:
    """Show the rules: all, those that block, those to be confirmed, or those kept elsewhere."""
    marks = await queries_rules.marks(db)
    named = await queries_rules.reviewers(db, marks.values())
    rows: list[dict[str, Any]] = [
        {
            "rule": rule,
            "mark": marks.get(rule.id),
            "severity": "block" if _raised(marks, rule) else rule.severity,
            "reviewed": queries_rules.reviewed(rule, marks.get(rule.id), named),
        }
        for rule in pack().rules
    ]
    counts = {name: sum(map(chosen, rows)) for name, (_, chosen) in _VIEWS.items()}
    chosen = _VIEWS.get(show, _VIEWS[""])[1]
    asked = q.strip().lower()
    shown = [row for row in rows if chosen(row) and asked in _told(row["rule"])]
    return page(
        request,
        "console/rules.html",
        rows=shown,
        q=q,
        show=show,
        views=[(words, name, counts[name]) for name, (words, _) in _VIEWS.items()],
        seen_words=SEEN,
        **await _around(db),
        **_options(),
    )


def _raised(marks: dict[str, Any], rule: Rule) -> bool:
    return rule.id in marks and bool(marks[rule.id].is_raised)


_VIEWS: dict[str, tuple[str, Any]] = {
    "": ("全部", lambda row: True),
    "block": ("必须修改", lambda row: row["severity"] == "block" and not row["rule"].enforced),
    "review": ("请审核人确认", lambda row: row["severity"] == "review"),
    "raised": ("本行已收紧", lambda row: bool(row["mark"] and row["mark"].is_raised)),
    "unconfirmed": ("依据待核对", lambda row: not row["reviewed"][0]),
    "enforced": ("由功能保证", lambda row: bool(row["rule"].enforced)),
}


def _told(rule: Rule) -> str:
    return f"{rule.id} {rule.name} {rule.advice} {rule.source}".lower()


async def _around(db: Read) -> dict[str, Any]:
    """Return what the list of rules shows beside them: the own ones and the last re-scan."""
    return {
        "own": await queries_rules.bank_rules(db),
        "scan": await queries_rules.scan(db),
        "failing": await queries_rules.failing_count(db),
        "job": _progress(await queries_rules.open_scan(db)),
        "version": (await queries_rules.rules(db)).version,
    }


def _options() -> dict[str, Any]:
    return {
        "severities": list(SEVERITIES.items()),
        "kind_options": list(KIND_WORDS.items()),
        "topic_options": list(TOPICS.items()),
        "errors": {},
    }


def _progress(job: LongJob | None) -> dict[str, object] | None:
    # There is one re-scan at a time: its progress has an address without an id.
    if job is None:
        return None
    return progress_of(job, HERE, "复查进度") | {"url": f"{HERE}/rescan"}


@get(f"{HERE}/rescan", guards=SEE, include_in_schema=False)
async def rescan_progress(request: Request[Any, Any, Any], db: Db) -> Template:
    """Return how far the last re-scan is."""
    job = await queries_rules.scan_job(db)
    return page(request, "console/_job_progress.html", progress=_progress(job))


@post(f"{HERE}/rescan", guards=MANAGE, include_in_schema=False)
async def rescan(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Have all content in use read again."""
    await actions_rescan.start(db, by=me, at=now)
    return go(request, f"{HERE}/failing")


@post(f"{HERE}/try", guards=SEE, status_code=200, include_in_schema=False)
async def try_text(
    request: Request[Any, Any, Any], data: URLEncodedBody[TryForm], db: Db
) -> Template:
    """Return what the rules say of a text, without keeping it."""
    text = data.text[:TRY_MAX_CHARS]
    rules = await queries_rules.rules(db)
    found = lint.lint(data.kind, data.topic, {}, text, rules=rules) if text.strip() else []
    worded = [hit.as_dict() for hit in found if hit.text]
    return page(
        request,
        "console/_rule_try.html",
        hits=placed(data.kind, data.topic, worded),
        blocks=findings.block_count(worded),
        is_blank=not text.strip(),
    )


@get(f"{HERE}/new", guards=MANAGE, include_in_schema=False)
async def new_rule(request: Request[Any, Any, Any]) -> Template:
    """Show the form of a new rule."""
    return page(request, "console/rule_form.html", rule=None, **_options())


@post(HERE, guards=MANAGE, include_in_schema=False)
async def add_rule(
    request: Request[Any, Any, Any], data: URLEncodedBody[RuleForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a rule; all content in use is read again."""
    await actions_rules.add_rule(db, data.draft(), by=me, at=now)
    return go(request, f"{HERE}?show=#own")


@get(f"{HERE}/{{rule_id:uuid}}", guards=MANAGE, include_in_schema=False)
async def edit_rule(request: Request[Any, Any, Any], rule_id: FromPath[UUID], db: Db) -> Template:
    """Show the form of one of the bank's own rules."""
    rule = await queries_rules.bank_rule(db, rule_id)
    return page(request, "console/rule_form.html", rule=rule, **_options())


@post(f"{HERE}/{{rule_id:uuid}}", guards=MANAGE, include_in_schema=False)
async def change_rule(
    request: Request[Any, Any, Any],
    rule_id: FromPath[UUID],
    data: URLEncodedBody[RuleForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change an own rule; all content in use is read again."""
    await actions_rules.change_rule(db, rule_id, data.draft(), by=me, at=now)
    return go(request, f"{HERE}?show=#own")


@post(f"{HERE}/{{rule_id:uuid}}/stop", guards=MANAGE, include_in_schema=False)
async def stop_rule(
    request: Request[Any, Any, Any], rule_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take an own rule out of force."""
    await actions_rules.switch_rule(db, rule_id, is_on=False, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{rule_id:uuid}}/resume", guards=MANAGE, include_in_schema=False)
async def resume_rule(
    request: Request[Any, Any, Any], rule_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Put an own rule in force again."""
    await actions_rules.switch_rule(db, rule_id, is_on=True, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/raise", guards=MANAGE, include_in_schema=False)
async def raise_rule(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[MarkForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Make a shipped rule blocking for this bank."""
    await actions_rules.raise_rule(db, data.rule, is_raised=True, reason=data.reason, by=me, at=now)
    return go(request, f"{HERE}?show=raised")


@post(f"{HERE}/lower", guards=MANAGE, include_in_schema=False)
async def lower_rule(
    request: Request[Any, Any, Any], data: URLEncodedBody[MarkForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Give a shipped rule its own severity back."""
    await actions_rules.raise_rule(db, data.rule, is_raised=False, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/confirm", guards=MANAGE, include_in_schema=False)
async def confirm_rule(
    request: Request[Any, Any, Any], data: URLEncodedBody[MarkForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Record that this person has checked a shipped rule against its source."""
    await actions_rules.confirm_rule(db, data.rule, by=me, at=now)
    return go(request, f"{HERE}?show=unconfirmed")


async def provide_wanted(
    *,
    rule: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    in_state: InState = "",
    mine: FromQuery[str] = "",
    me: Me,
) -> Failing:
    """Return which failing items the address asks for; unknown words ask for all."""
    return Failing(
        rule=rule[:40],
        kind=kind if kind in KIND_WORDS else "",
        topic=topic if topic in TOPICS else "",
        state=in_state if in_state in STATES else "",
        author_id=me.id if mine else None,
    )


Wanted = NamedDependency[Failing]
WANTED = {"wanted": Provide(provide_wanted)}


@get(f"{HERE}/failing", guards=SEE, dependencies=WANTED, include_in_schema=False)
async def failing_page(
    request: Request[Any, Any, Any], db: Db, wanted: Wanted, cursor: FromQuery[str] = ""
) -> Template:
    """Show the items in use or in review that do not pass the rules as they are now."""
    found = await queries_rules.failing(db, wanted, after=place_of(cursor), limit=PAGE + 1)
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return page(
        request,
        "console/rules_failing.html",
        rows=found[:PAGE],
        next_cursor=cursor_of(None if last is None else (last.found_at, last.revision_id)) or "",
        is_first=not cursor,
        wanted=wanted,
        kept=_kept(wanted),
        rule_options=[(rule.id, f"{rule.id} {rule.name}") for rule in pack().rules]
        + [(one.code, f"{one.code} {one.name}") for one in await queries_rules.bank_rules(db)]
        + [(referring.RULE, f"{referring.RULE} {referring.NAME}")],
        states=list(STATES.items()),
        state_words=STATES,
        matching=await queries_rules.failing_count(db, wanted),
        job=_progress(await queries_rules.open_scan(db)),
        kind_words=KIND_WORDS,
        **_options(),
    )


def _kept(wanted: Failing) -> str:
    asked = {name: getattr(wanted, name) for name in ("rule", "kind", "topic", "state")}
    asked["mine"] = "1" if wanted.author_id else ""
    return urlencode({name: value for name, value in asked.items() if value})


@get(f"{HERE}/failing/export", guards=SEE, dependencies=WANTED, include_in_schema=False)
async def export_failing(
    db: Db, me: Me, bank: OurBank, now: Now, wanted: Wanted
) -> Response[bytes]:
    """Return exactly what is filtered as xlsx."""
    found = await queries_rules.failing(db, wanted, limit=EXPORT_ROWS)
    rows: list[tuple[object, ...]] = [
        (
            item.code,
            revision.title,
            KIND_WORDS[revision.kind],
            TOPICS[revision.topic],
            STATES.get(revision.state, revision.state),
            f"v{revision.no}",
            "；".join(dict.fromkeys(f"{hit['rule']} {hit['name']}" for hit in one.hits)),
            "；".join(dict.fromkeys(hit["text"] for hit in one.hits if hit["text"])),
            one.found_at,
        )
        for one, item, revision in found
    ]
    data = sheets.xlsx("未通过现行规则的内容", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "未通过现行规则的内容.xlsx")


HANDLERS = [
    rules_page,
    rescan_progress,
    rescan,
    try_text,
    new_rule,
    add_rule,
    edit_rule,
    change_rule,
    stop_rule,
    resume_rule,
    raise_rule,
    lower_rule,
    confirm_rule,
    failing_page,
    export_failing,
]
