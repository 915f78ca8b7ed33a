"""What an employee's first page shows, gathered: figures, the main push, leads, birthdays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from contenthub.customers import queries_mine as customers
from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library import queries_service, queries_shareable
from contenthub.library.mix import Mix
from contenthub.library.models import Item
from contenthub.library.queries import NotLive
from contenthub.posters import queries_shareable as posters
from contenthub.posters.models import PosterTemplate
from contenthub.scheduler import queries as scheduler
from contenthub.scheduler import queries_needs, queries_runs, queries_tasks
from contenthub.scheduler.models import Push, Task
from contenthub.scheduler.schedule import Window
from contenthub.sharing import queries as sharing
from contenthub.sharing import (
    queries_leads,
    queries_mine,
    queries_reports,
    queries_signups,
    signupstates,
)
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_leads import LeadRow
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.web import mix_desk
from contenthub.web.bankdays import start_of
from contenthub.web.h5 import words

WAITING_LEADS = ("new", "assigned")
WATCH_FOR = timedelta(minutes=3)
"""How long the page asks by itself what came of a confirmation."""


@dataclass(frozen=True, slots=True)
class Hero:
    """The push of the day as its employee sees it."""

    task: Task
    push: Push
    counts: dict[str, int]
    url: str
    """Of the employee's own link in this push."""
    scripts: list[str]
    """What may be said, the push's own message first; variables are filled in."""
    script_ids: list[str]
    """Which script each is, empty for the push's own message."""
    foot: str = ""
    """What the law wants said with it; goes along with every copy."""
    gone: str = ""
    """Why the content may not be sent any more, or an empty text."""
    templates: list[PosterTemplate] = field(default_factory=list)
    tags: list[tuple[str, int]] = field(default_factory=list)
    """The commonest tags of its customers."""
    views: int = 0
    leads: int = 0
    acted: bool = False
    is_watched: bool = False

    @property
    def waiting(self) -> int:
        """Customers who wait for this employee's confirmation in WeCom."""
        return self.counts["submitted"]

    @property
    def coming(self) -> int:
        """Customers whose send has not reached WeCom yet."""
        return sum(self.counts[s] for s in ("planned", "claimed", "sending", "unknown"))

    @property
    def sent(self) -> int:
        """Customers WeCom has delivered to."""
        return self.counts["delivered"] + self.counts["confirmed"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The four numbers under the greeting."""

    views: int
    leads: int
    signups: int
    reshared: int
    place: int
    """Among the employee's branch this week; 0 is not ranked yet."""


@dataclass(frozen=True, slots=True)
class Todo:
    """What is open today."""

    tasks: list[Task]
    leads: list[LeadRow]
    signups: list[SignupRow]
    birthdays: list[Customer]
    done: int
    total: int
    sent: bool = False
    """Whether a push of today was sent and none is open."""
    named: dict[UUID, str] = field(default_factory=dict)
    """The masked customer of each follow-up and each need among the tasks."""


async def figures(db: Read, me: Staff, bank: Bank, *, at: datetime) -> Figures:
    """Return this week's numbers of an employee."""
    today = bank_day(bank, at)
    monday = words.week_start(today)
    rows = await ranking(db, me, from_on=monday, to_on=today)
    mine = next((row for row in rows if row[3]), None)
    since = start_of(monday, bank.zone)
    return Figures(
        views=mine[2]["views"] if mine else 0,
        leads=mine[2]["leads"] if mine else 0,
        signups=mine[2]["signups"] if mine else 0,
        reshared=await queries_mine.reshare_leads(db, me.id, since=since),
        place=mine[0] if mine else 0,
    )


Place = tuple[int, Staff, queries_reports.Figures, bool]
"""place, who, their figures, whether it is me."""


async def ranking(db: Read, me: Staff, *, from_on: date, to_on: date) -> list[Place]:
    """Return the people of my branch by leads, then views; who brought nothing is left out."""
    people = await tenants.staff_of_branches(db, {me.branch_id})
    wanted = queries_reports.Wanted(staff_ids=people, from_on=from_on, to_on=to_on)
    rows = await queries_reports.by_employee(db, wanted)
    return [(n, who, sums, who.id == me.id) for n, (who, _, sums) in enumerate(rows, 1)]


async def todo(db: Read, me: Staff, bank: Bank, *, at: datetime) -> Todo:
    """Return what is open today and how much of the day is done."""
    today = bank_day(bank, at)
    tasks = await queries_tasks.todays(db, me.id, on=today)
    leads = await new_leads(db, me)
    signups = await waiting_signups(db, me, bank, at=at)
    still_open = [task for task in tasks if task.state == "open"]
    followed = await queries_mine.followed_since(db, me.id, since=start_of(today, bank.zone))
    done = len(tasks) - len(still_open) + followed
    return Todo(
        tasks=still_open,
        leads=leads,
        signups=signups,
        birthdays=list(await customers.birthdays(db, me.id, on=today)),
        done=done,
        total=done + len(still_open) + len(leads) + len(signups),
        sent=any(task.kind == "push" and task.state == "done" for task in tasks),
        named=await queries_runs.customers_of(db, still_open)
        | await queries_needs.customers_of(db, still_open),
    )


async def new_leads(db: Read, me: Staff) -> list[LeadRow]:
    """Return an employee's own leads that nobody has called yet, newest first."""
    found: list[LeadRow] = []
    for state in WAITING_LEADS:
        wanted = Wanted({me.id}, state=state)
        found += await queries_leads.leads(db, wanted, limit=20)
    return sorted(found, key=lambda row: row.lead.id, reverse=True)


async def waiting_signups(db: Read, me: Staff, bank: Bank, *, at: datetime) -> list[SignupRow]:
    """Return own sign-ups to confirm or to call off, and those whose day has come.

    Those of something recalled or changed come first: each customer has to be told.
    """
    found: list[SignupRow] = []
    for state in signupstates.OPEN:
        wanted = Wanted({me.id}, state=state)
        found += await queries_signups.signups(db, wanted, limit=20)
    waits = [row for row in found if _waits(row, bank, at=at)]
    return sorted(
        waits, key=lambda row: (row.to_call or bool(row.change), row.signup.id), reverse=True
    )


def _waits(row: SignupRow, bank: Bank, *, at: datetime) -> bool:
    due = bool(row.starts_at) and row.moment(zone=bank.zone, at=at).begun
    return due or row.to_call or bool(row.change) or row.signup.state == "new"


async def hero(db: Read, task: Task, me: Staff, bank: Bank, *, at: datetime) -> Hero:
    """Return one push task with all that its card shows."""
    push = await scheduler.push(db, task.source_id)
    title, gone, foot = push.title, "", ""
    templates: list[PosterTemplate] = []
    scripts: list[tuple[UUID, str]] = []
    try:
        item, revision = await library.live(db, push.item_id, at=at)
        title, foot = revision.title, queries_shareable.foot_of(bank, item, revision)
        templates = await _templates(db, push, item.id)
        scripts = await queries_shareable.scripts(db, item.topic, at=at)
        if stopped := await queries_shareable.stopped_of(db, {push.revision_id, revision.id}):
            templates, gone = [], f"“{title}”{next(iter(stopped.values()))}"
    except NotLive as error:
        gone = error.detail or error.title
    views, leads, url = await _link(db, str(task.detail.get("link_code", "")))
    branch = await db.get(Branch, (me.tenant_id, me.branch_id))
    at_branch = branch.name if branch else ""
    acted_at = queries_tasks.acted_of(task)
    counts = await queries_tasks.part_counts(db, task)
    return Hero(
        task=task,
        push=push,
        counts=counts,
        url=url,
        scripts=[
            words.message_for(text, bank=bank, me=me, branch=at_branch, title=title, link=url)
            for text in (push.message, *(text for _, text in scripts))
        ],
        script_ids=["", *(str(script_id) for script_id, _ in scripts)],
        foot=foot,
        gone=gone,
        templates=templates,
        tags=await queries_tasks.part_tags(db, task),
        views=views,
        leads=leads,
        acted=acted_at is not None,
        is_watched=_is_watched(task, counts, acted_at, at=at),
    )


def _is_watched(
    task: Task, counts: dict[str, int], acted_at: datetime | None, *, at: datetime
) -> bool:
    if task.state != "open":
        return False
    on_the_way = any(counts[state] for state in ("planned", "claimed", "sending"))
    return (on_the_way and at - task.created_at < 10 * WATCH_FOR) or (
        acted_at is not None and at - acted_at < WATCH_FOR
    )


async def _templates(db: Read, push: Push, item_id: UUID) -> list[PosterTemplate]:
    """Return the usable templates of the item, the push's own first."""
    found = (await posters.sendable_of(db, [item_id])).get(item_id, [])
    return sorted(found, key=lambda template: template.id != push.template_id)


async def _link(db: Read, code: str) -> tuple[int, int, str]:
    """Return views and leads of a link and of all below it, and its address."""
    if not code:
        return 0, 0, ""
    try:
        link = await sharing.link_by_code(db, code)
    except NotFound:
        return 0, 0, ""
    stat = await sharing.stat(db, link.id)
    address = f"{db.info['settings'].public_url}/s/{link.code}"
    return stat.views + stat.sub_views, stat.leads + stat.sub_leads, address


@dataclass(frozen=True, slots=True)
class Balance:
    """That too much of what an employee sent lately sold, and what they may send instead."""

    mix: Mix
    most_percent: int
    items: Sequence[Item]


async def balance(db: Read, me: Staff, bank: Bank, *, at: datetime) -> Balance | None:
    """Return what an employee is told when they only sell; None while the mix is well."""
    feed, is_over = await mix_desk.mine(db, me, bank, at=at)
    if not is_over:
        return None
    items = await queries_service.service_items(db, at=at)
    return Balance(feed.mix, mix_desk.limit_of(bank), items)


def due_word(task: Task, bank: Bank, *, on: date) -> str:
    """Return until when a task should be done: the hour messages may still go out today."""
    if task.due_on < on:
        return f"{task.due_on.month}-{task.due_on.day} 未完成"
    closes = Window.of(bank.zone, bank.settings).closes
    return "今天内" if closes.hour == 23 and closes.minute >= 59 else f"{closes:%H:%M} 前"
