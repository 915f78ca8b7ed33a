"""时间线: what happened with one customer, from every room, newest first; read by both pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from contenthub.customers import (
    nextbest,
    queries,
    queries_behaviour,
    queries_contacts,
    queries_lists,
)
from contenthub.customers.behaviour import done_words
from contenthub.customers.contacts import WAYS
from contenthub.customers.holdings import DUES
from contenthub.customers.models import Customer
from contenthub.customers.rows import shown
from contenthub.db import Read
from contenthub.scheduler import queries_person as pushed
from contenthub.sharing import queries_person as left
from contenthub.tenants import queries_audit
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank
from contenthub.tenants.topics import topic_word

SHOWN = 60
NOTE_CHARS = 300
TRAIL = {
    "customer.added": "新增",
    "customer.changed": "修改资料",
    "customer.tagged": "修改标签",
    "customer.refused": "记录拒绝",
    "customer.refusal_withdrawn": "撤回拒绝",
    "customer.consented": "记录授权",
    "customer.consent_withdrawn": "撤回授权",
    "customer.revealed": "查看明文",
    "customer.exported": "导出个人信息",
    "customer.wishes_exported": "导出同意与拒绝记录",
    "refusal.left": "客户在页面上拒绝",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: a kind for the icon, words, and where to read on."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    by: str = ""
    url: str = ""
    state: str = ""
    is_day: bool = False
    """Whether only the day of it is known."""


@dataclass(frozen=True, slots=True)
class Story:
    """A customer's timeline and what to talk about next."""

    entries: list[Entry]
    topics: list[tuple[str, str]]


async def story(db: Read, found: Customer, bank: Bank, *, at: datetime) -> Story:
    """Return what happened with a customer, and the topics that follow from it."""
    zone = ZoneInfo(bank.zone)
    acts = await queries_behaviour.done_by(db, found.no)
    told = await queries_lists.sources_of(db, found.no)
    known = await queries.wishes(db, found)
    today = bank_day(bank, at)
    entries = [*await _pushes(db, found), *await _contacts(db, found, zone)]
    entries += [
        _day(
            day,
            zone,
            kind="act",
            title=done_words(act, topic),
            detail="，".join(_told(times, told.get((act, topic, day), ""))),
        )
        for act, topic, day, times in acts
    ]
    entries += await _moves(db, found)
    entries += await _trail(db, found)
    entries.append(Entry(found.created_at, "added", "建档"))
    entries.sort(key=lambda one: one.at, reverse=True)
    topics = nextbest.suggestions(
        {kind: getattr(found, f"{kind}_due_on") for kind in DUES},
        acts,
        refused={r.topic for r in known[0] if r.until_on is None or r.until_on >= today},
        is_assessed=found.risk_grade > 0,
        today=today,
    )
    return Story(entries[:SHOWN], topics)


def _told(times: int, sources: str) -> list[str]:
    often = [f"{times} 次"] if times > 1 else []
    return [*often, *([f"来自名单“{sources}”"] if sources else [])]


def _day(
    on: date, zone: ZoneInfo, *, kind: str, title: str, detail: str = "", by: str = ""
) -> Entry:
    noon = datetime.combine(on, time(12), zone)
    return Entry(noon, kind, title, detail, by, is_day=True)


async def _pushes(db: Read, found: Customer) -> list[Entry]:
    entries = [
        Entry(
            s.updated_at,
            "push",
            s.title,
            s.reason,
            url=f"/console/pushes/{s.push_id}",
            state=s.state,
        )
        for s in await pushed.pushes_to(db, found.no)
    ]
    entries += [
        Entry(row.created_at, row.kind, row.item_title)
        for row in await left.left_by(db, found.phone_index)
    ]
    return entries


async def _contacts(db: Read, found: Customer, zone: ZoneInfo) -> list[Entry]:
    spoken = await queries_contacts.contacts_of(db, found.no)
    name = queries.clear(db, found)[0] if any(one.note for one in spoken) else ""
    entries = []
    for one in spoken:
        title = WAYS.get(one.way, one.way) + ("联系" if one.is_reached else "，没联系上")
        note = one.note.replace(name, found.name_masked) if name else one.note
        masked = shown(note, most_chars=NOTE_CHARS)
        entries.append(_day(one.on, zone, kind="contact", title=title, detail=masked, by=one.by))
    for call in await pushed.calls_to(db, found.no):
        if call.said_at is not None:
            step = f"第 {call.step} 步"
            entries.append(Entry(call.said_at, "contact", f"跟进：{call.cadence}", step))
    return entries


async def _moves(db: Read, found: Customer) -> list[Entry]:
    entries = []
    for move in await queries_contacts.moves_of(db, found.no):
        parts = []
        if move.from_owner != move.to_owner:
            who = (move.from_owner or "无人管户", move.to_owner or "无人管户")
            parts.append(f"客户经理由 {who[0]} 变为 {who[1]}")
        if move.from_branch != move.to_branch:
            parts.append(f"机构由 {move.from_branch} 变为 {move.to_branch}")
        entries.append(Entry(move.at, "move", "归属变动", "；".join(parts)))
    return entries


def _about(event: str, detail: Mapping[str, object]) -> str:
    """Return what was changed of the customer, or which business they spoke of."""
    if event == "customer.changed":
        return str(detail.get("facts", ""))
    return topic_word(str(detail.get("topic", "")))


async def _trail(db: Read, found: Customer) -> list[Entry]:
    trail = await queries_audit.trail(db, queries_audit.Filter(subject_id=found.id), limit=30)
    return [
        Entry(
            one.at,
            "trail",
            TRAIL[one.event],
            _about(one.event, one.detail),
            by=one.actor_name,
        )
        for one in trail
        if one.event in TRAIL
    ]
