"""操作留痕: the audit trail as a page and as a file."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries_audit
from contenthub.tenants.models import AuditEntry, Bank
from contenthub.tenants.queries_audit import Filter
from contenthub.web import sheets
from contenthub.web.audit_words import detail_words, event_words, kind_words
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import page
from contenthub.web.signin import May

PAGE = 50
EXPORT_ROWS = 10_000
SUBJECTS = {
    "": "全部操作",
    "item.": "内容",
    "revision.": "内容版本",
    "asset.": "图片",
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
    "audit.": "留痕导出",
}


def _day(name: str, text: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid.of(name, f"日期应写成 2026-11-26 这样，现在是“{text[:20]}”") from error
    return datetime.combine(within_reach(name, day), time(), ZoneInfo(zone))


def _filter(bank: Bank, event: str, since: str, until: str) -> Filter:
    last = _day("until", until, bank.zone)
    return Filter(
        event=event if event in SUBJECTS else "",
        since_at=_day("since", since, bank.zone),
        until_at=None if last is None else last + timedelta(days=1),
    )


@get("/console/audit", guards=[May("audit.view")], include_in_schema=False)
async def audit_page(
    request: Request[Any, Any, Any],
    db: Db,
    bank: OurBank,
    event: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show who did what, newest first."""
    wanted = _filter(bank, event, since, until)
    found = await queries_audit.trail(db, wanted, before=cursor, limit=PAGE + 1)
    seal = await queries_audit.last_seal(db)
    kept = urlencode({"event": event, "since": since, "until": until})
    return page(
        request,
        "console/audit.html",
        entries=found[:PAGE],
        next_cursor=str(found[PAGE - 1].id) if len(found) > PAGE else "",
        subjects=list(SUBJECTS.items()),
        event=event,
        since=since,
        until=until,
        kept=kept,
        is_first=cursor is None,
        seal=seal,
        event_words=event_words,
        kind_words=kind_words,
        detail_words=detail_words,
    )


@get("/console/audit/export", guards=[May("audit.view")], include_in_schema=False)
async def export_audit(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    event: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[bytes]:
    """Return exactly what is filtered, as xlsx; taking it is an entry of its own."""
    entries = await _everything(db, _filter(bank, event, since, until))
    tenants.record(db, "audit.exported", "audit", None, by=me, at=now, rows=len(entries))
    rows = (
        (
            e.at,
            e.actor_name,
            event_words(e.event),
            kind_words(e.subject_kind),
            str(e.subject_id or ""),
            detail_words(e),
        )
        for e in entries
    )
    columns = ("时间", "操作人", "操作", "对象", "对象编号", "详情")
    data = sheets.xlsx("操作留痕", columns, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "操作留痕.xlsx")


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


HANDLERS = [audit_page, export_audit]
