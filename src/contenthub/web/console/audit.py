"""操作留痕: the audit trail as a page and as a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub import log
from contenthub.db import Read
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_audit_export,
    auditsheet,
    queries_audit,
    queries_audit_names,
)
from contenthub.tenants.models import AuditEntry, Bank
from contenthub.tenants.queries_audit import Filter
from contenthub.web import sheets
from contenthub.web.api.jobs import job_view, own_job
from contenthub.web.audit_events import EVENTS
from contenthub.web.audit_words import (
    changes,
    detail_words,
    entry_words,
    event_words,
    facts,
    kind_words,
)
from contenthub.web.bankdays import start_of
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May

PAGE = 50
TEXT_CHARS = 60
EXPORT_ROWS = 10_000
SUBJECTS = {
    "": "全部操作",
    "item.": "内容",
    "revision.": "内容版本",
    "asset.": "素材文件",
    "review.": "审核",
    "template.": "海报模板",
    "push.": "推送",
    "customer.": "客户",
    "import.": "导入",
    "lead.": "线索",
    "staff.": "员工",
    "branch.": "机构",
    "bank.": "银行设置",
    "key.": "接口密钥",
    "data_key.": "数据密钥",
    "webhook.": "事件推送",
    "login.": "登录",
    "audit.": "留痕导出",
}


def _day(name: str, text: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid.of(name, f"日期应写成 2026-11-26 这样，现在是“{text[:20]}”") from error
    return start_of(within_reach(name, day), zone)


@dataclass
class Asked:
    """What the filter's form sends; the same words stand in the address."""

    event: str = ""
    actor: str = ""
    q: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""

    def wanted(self, bank: Bank) -> Filter:
        """Return the filter on the bank's own days; raises Invalid."""
        last = _day("until", self.until, bank.zone)
        return Filter(
            event=self.event.strip()[:TEXT_CHARS],
            subject_id=_id("subject", self.subject),
            since_at=_day("since", self.since, bank.zone),
            until_at=None if last is None else last + timedelta(days=1),
            actor=self.actor.strip()[:TEXT_CHARS],
            # A phone stands masked in the trail, and is found by its masked form.
            words=log.mask(self.q.strip()[:TEXT_CHARS]),
        )


def _choices(asked: str) -> list[tuple[str, str]]:
    # A kind that only an address can ask for is shown too, else the list would say “all”.
    found = list(SUBJECTS.items())
    if asked in SUBJECTS:
        return found
    is_known = any(event.startswith(asked) for event in EVENTS)
    return [*found, (asked, event_words(asked) if is_known else f"没有这个类别：{asked[:20]}")]


def _id(name: str, text: str) -> UUID | None:
    try:
        return UUID(text.strip()) if text.strip() else None
    except ValueError as error:
        raise Invalid.of(name, "对象编号应为 36 位编号，请从记录详情里复制") from error


async def provide_asked(  # one parameter a field of the form
    *,
    event: FromQuery[str] = "",
    actor: FromQuery[str] = "",
    q: FromQuery[str] = "",
    subject: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Asked:
    """Return what the address asks for."""
    return Asked(event, actor, q, subject, since, until)


AskedFor = NamedDependency[Asked]
ASKED = {"asked": Provide(provide_asked)}


@get(
    "/console/audit",
    guards=[May("audit.view")],
    dependencies=ASKED,
    include_in_schema=False,
)
async def audit_page(
    request: Request[Any, Any, Any],
    db: Db,
    bank: OurBank,
    asked: AskedFor,
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show who did what, newest first, and how far the chain is checked."""
    wanted = asked.wanted(bank)
    found = await queries_audit.trail(db, wanted, before=cursor, limit=PAGE + 1)
    is_many = await queries_audit.matching(db, wanted, most=EXPORT_ROWS + 1) > EXPORT_ROWS
    return page(
        request,
        "console/audit.html",
        entries=found[:PAGE],
        next_cursor=str(found[PAGE - 1].id) if len(found) > PAGE else "",
        subjects=_choices(asked.event),
        asked=asked,
        kept=urlencode(asdict(asked)),
        is_first=cursor is None,
        is_many=is_many,
        most=EXPORT_ROWS,
        seal=await queries_audit.last_seal(db),
        check=await queries_audit.last_check(db),
        names=await queries_audit_names.names(db, found[:PAGE]),
        event_words=event_words,
        kind_words=kind_words,
        detail_words=detail_words,
    )


@get("/console/audit/{entry_id:uuid}", guards=[May("audit.view")], include_in_schema=False)
async def audit_entry(
    request: Request[Any, Any, Any], entry_id: FromPath[UUID], db: Db
) -> Template:
    """Show one entry whole: before and after in words, and the seal that covers it."""
    found = await queries_audit.entry(db, entry_id)
    return page(
        request,
        "console/audit_entry.html",
        entry=found,
        names=await queries_audit_names.names(db, [found]),
        changed=changes(found),
        facts=facts(found),
        seal=await queries_audit.seal_of(db, entry_id),
        check=await queries_audit.last_check(db),
        event_words=event_words,
        kind_words=kind_words,
    )


@get(
    "/console/audit/export",
    guards=[May("audit.export")],
    dependencies=ASKED,
    include_in_schema=False,
)
async def export_audit(
    db: Db, me: Me, bank: OurBank, now: Now, asked: AskedFor, format: FromQuery[str] = "xlsx"
) -> Response[bytes]:
    """Return exactly what is filtered, as xlsx or CSV; taking it is an entry of its own."""
    wanted = asked.wanted(bank)
    if await queries_audit.matching(db, wanted, most=EXPORT_ROWS + 1) > EXPORT_ROWS:
        raise Conflict(f"超过 {EXPORT_ROWS:,} 条，请用“后台导出”，或缩小日期范围")
    entries = await _everything(db, wanted)
    told = {name: value for name, value in asdict(asked).items() if value}
    tenants.record(
        db, "audit.exported", "audit", None, by=me, at=now, rows=len(entries), filter=told
    )
    named = await queries_audit_names.names(db, entries)
    rows = [_cells(entry, named) for entry in entries]
    if format == "csv":
        zone = ZoneInfo(bank.zone)
        lined = [(at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"), *rest) for at, *rest in rows]
        text = auditsheet.lines([auditsheet.HEADERS, *lined])
        return sheets.download(text.encode("utf-8-sig"), "操作留痕.csv", mime="text/csv")
    data = sheets.xlsx("操作留痕", auditsheet.HEADERS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "操作留痕.xlsx")


def _cells(entry: AuditEntry, named: Mapping[UUID, str]) -> tuple[Any, ...]:
    event, kind, detail = entry_words(entry)
    name = named.get(entry.subject_id, "") if entry.subject_id else ""
    return (entry.at, entry.actor_name, event, kind, name, str(entry.subject_id or ""), detail)


@post("/console/audit/exports", guards=[May("audit.export")], include_in_schema=False)
async def start_export(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[Asked],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any]:
    """Start writing a long range into a file in the background."""
    job = await actions_audit_export.start_export(db, data.wanted(bank), by=me, at=now)
    return go(request, f"/console/audit/exports/{job.id}")


@get(
    "/console/audit/exports/{export_id:uuid}", guards=[May("audit.export")], include_in_schema=False
)
async def export_page(
    request: Request[Any, Any, Any], export_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show how far an export is, then its file."""
    job = await own_job(db, export_id, me)
    if job.kind != actions_audit_export.KIND:
        raise NotFound("没有找到这次导出")
    names = ("id", "state", "done", "total", "message", "result_url", "errors_url")
    shown = job_view(job)
    template = "console/_audit_export.html" if is_fragment(request) else "console/audit_export.html"
    answer = page(request, template, progress={name: getattr(shown, name) for name in names})
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _everything(db: Read, wanted: Filter) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    before: UUID | None = None
    while len(found) < EXPORT_ROWS:
        part = await queries_audit.trail(db, wanted, before=before, limit=1000)
        found += part
        if len(part) < 1000:
            break
        before = part[-1].id
    return found[:EXPORT_ROWS]


HANDLERS = [audit_page, audit_entry, export_audit, start_export, export_page]
