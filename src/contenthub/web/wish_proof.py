"""What one customer agreed to and refused, as a table that can be laid before a court."""

from collections.abc import Sequence, Set
from datetime import date, datetime
from uuid import UUID

from litestar import Response

from contenthub.customers import consenttexts, queries, queries_texts
from contenthub.customers.models import Consent, Customer, Refusal
from contenthub.db import Read, Write
from contenthub.sharing import queries_person as left
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_audit
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import AuditEntry, Bank, Staff
from contenthub.tenants.topics import topic_word
from contenthub.web import sheets

TITLE = "同意与拒绝记录"
COLUMNS = (
    *("姓名", "手机号", "记录", "业务", "现在", "谁登记的", "时间", "有效到"),
    *("文本版本", "渠道", "依据"),
)
CHANNELS = {
    "console": "管理台",
    "api": "接口",
    "h5": "员工手机",
    "landing": "客户本人，分享页面",
    "import": "导入文件",
}
TEXTS = "文本"
TEXT_COLUMNS = ("文本版本", "客户看到的全文", "SHA-256（全文，UTF-8）", "留存时间")
_VERSION = COLUMNS.index("文本版本")
_EVENTS = {
    "customer.consented": "登记同意",
    "customer.consent_withdrawn": "撤回同意",
    "customer.refused": "登记拒绝",
    "customer.refusal_withdrawn": "撤回拒绝",
    "refusal.left": "客户在页面上拒绝",
}
_FORMS = {"lead": "留资", "signup": "报名"}
_HIMSELF = "客户本人"
_MOST_ENTRIES = 10_000
_Row = tuple[object, ...]


async def rows(db: Read, found: Customer, *, today: date) -> list[_Row]:
    """Return a customer's wishes as they stand, then how they came about, oldest first."""
    known = await queries.wishes(db, found)
    who = await tenants_queries.staff_names(
        db, {row.recorded_by for kind in known for row in kind if row.recorded_by}
    )
    told = [_standing("拒绝", row, who, today) for row in known[0]]
    told += [_standing("同意", row, who, today) for row in known[1]]
    forms = [(one.created_at, _form(one)) for one in await left.left_by(db, found.phone_index)]
    trail = await queries_audit.trail(
        db, queries_audit.Filter(subject_id=found.id), limit=_MOST_ENTRIES
    )
    past = [(one.at, _entry(one)) for one in trail if one.event in _EVENTS]
    told += [row for _, row in sorted([*forms, *past], key=lambda pair: pair[0])]
    person = queries.clear(db, found)
    return [(*person, *row) for row in told or [(*("没有同意或拒绝的记录", *[""] * 5), "")]]


async def text_rows(db: Read, versions: Set[str]) -> list[_Row]:
    """Return each version that is named, its wording word for word and its fingerprint."""
    kept = await queries_texts.named(db, versions)
    return [
        (one.version, one.wording, one.sha256, one.created_at)
        if (one := kept.get(version))
        else (version, consenttexts.NOT_KEPT)
        for version in sorted(versions - {""})
    ] or [("没有写明文本版本的记录",)]


def _standing(what: str, row: Refusal | Consent, who: dict[UUID, str], today: date) -> _Row:
    over = row.until_on is not None and row.until_on < today
    return (
        what,
        topic_word(row.topic),
        "已到期" if over else "有效",
        who.get(row.recorded_by, "") if row.recorded_by else _HIMSELF,
        row.recorded_at,
        row.until_on or "长期",
        row.text_version,
        CHANNELS.get(row.channel, row.channel),
        "现行登记",
    )


def _form(one: left.Left) -> _Row:
    label = _FORMS[one.kind]
    told = f"{label}时同意联系：{one.item_title}"
    place = CHANNELS["landing"]
    return (told, "", "", _HIMSELF, one.created_at, "", one.consent_version, place, one.id)


def _entry(one: AuditEntry) -> _Row:
    said = one.detail
    channel = str(said.get("channel", ""))
    return (
        _EVENTS[one.event],
        topic_word(str(said.get("topic", ""))),
        "",
        one.actor_name if one.actor_id else _HIMSELF,
        one.at,
        said.get("until") or "",
        said.get("text_version") or "",
        CHANNELS["landing"] if one.event == "refusal.left" else CHANNELS.get(channel, channel),
        f"操作留痕 {one.id}",
    )


async def proven(
    db: Write, found: Customer, bank: Bank, *, by: Staff, at: datetime
) -> Response[bytes]:
    """Return the table as a workbook, name and number in clear; the audit trail remembers it."""
    told: Sequence[_Row] = await rows(db, found, today=bank_day(bank, at))
    tenants.record(
        db, "customer.wishes_exported", "customer", found.id, by=by, at=at, rows=len(told)
    )
    note = f"{bank.name}，含个人信息，仅用于处理投诉、举证"
    texts = sheets.Sheet(TEXTS, TEXT_COLUMNS, await text_rows(db, {str(r[_VERSION]) for r in told}))
    data = sheets.xlsx(
        TITLE, COLUMNS, told, by=by.name, at=at, zone=bank.zone, note=note, more=(texts,)
    )
    return sheets.download(data, f"{TITLE}-{found.no}.xlsx")
