"""工作台: what needs a person today, by what their roles let them do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.response import Template

from contenthub.customers import queries_checks
from contenthub.db import Read
from contenthub.kits import queries as kits
from contenthub.library import queries_lists as library
from contenthub.library import queries_remarks, queries_reviews, queries_rules
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Review
from contenthub.library.queries_reviews import Hands, Wanted
from contenthub.posters import queries as posters
from contenthub.scheduler import queries as scheduler
from contenthub.scheduler import queries_start
from contenthub.sharing import queries as sharing
from contenthub.sharing import queries_reports as figures
from contenthub.sharing import queries_signups
from contenthub.sharing.queries_contacts import Wanted as People
from contenthub.tenants import access, queries, queries_webhooks
from contenthub.tenants.models import Bank, Staff
from contenthub.web.console.review_comments import remarks
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.review_desk import SUBJECTS
from contenthub.web.signin import SignedIn

SHOWN = 6
"""Rows of each list; its heading links to the whole one."""
TREND_DAYS = 14
ENDED_SHOWN = timedelta(days=14)
"""How long an author is told that a poster of theirs is in use no more."""
Tile = dict[str, Any]
"""What ui.kpi draws."""

# label, href, icon, permission
_QUICK = (
    ("新建产品", "/console/library/new?kind=product", "plus", "library.write"),
    ("制作海报", "/console/posters/new", "photo-plus", "posters.write"),
    ("新建推送", "/console/pushes/new", "send", "pushes.write"),
    ("导入客户", "/console/imports", "file-import", "customers.import"),
)
# who sees how far the bank is: those who can bring it further
_STARTERS = ("staff.manage", "library.write", "pushes.write")


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose workbench it is: what they may do, whom they may see, which day it is."""

    me: Staff
    bank: Bank
    now: datetime
    reach: set[Any] | None
    hands: Hands | None
    """Which steps are in their hands; None for who decides no review."""

    def may(self, permission: str) -> bool:
        """Return whether this person has a permission."""
        return access.may(self.me.roles, permission)

    @property
    def today(self) -> date:
        """The day on the bank's clock."""
        return self.now.astimezone(ZoneInfo(self.bank.zone)).date()


@get("/console", guards=[SignedIn()], include_in_schema=False)
async def home_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show what waits for this person, how their part of the bank does, and the way on."""
    desk = await _desk(db, me, bank, at=now)
    lists = await _lists(db, desk)
    trend = await _trend(db, desk)
    return page(
        request,
        "console/home.html",
        tiles=await _tiles(db, desk, trend),
        stopped=await queries_webhooks.stopped_endpoints(db) if desk.may("webhooks.manage") else (),
        wrong_index=await _wrong_index(db) if desk.may("security.manage") else 0,
        **await _failing(db, desk),
        **lists,
        **await _remarks(db, desk),
        subjects=SUBJECTS,
        trend=trend,
        quick=[row[:3] for row in _QUICK if desk.may(row[3])],
        steps=await _steps(db, desk),
        whole_bank=desk.reach is None,
        may_drafts=desk.may("library.drafts"),
    )


async def _desk(db: Read, me: Staff, bank: Bank, *, at: datetime) -> Desk:
    decides = access.may(me.roles, "reviews.decide")
    hands = await queries_reviews.hands(db, me, at=at) if decides else None
    return Desk(me, bank, at, await queries.visible_staff_ids(db, me), hands)


async def _lists(db: Read, desk: Desk) -> dict[str, Any]:
    """Return each list's rows; None is a list this person does not have."""

    async def when(permission: str, ask: Callable[[], Any]) -> Any:
        return list(await ask()) if desk.may(permission) else None

    mine = desk.me.id
    return {
        "reviews": await when("reviews.decide", lambda: _for_me(db, desk)),
        "returned": await when(
            "library.write",
            lambda: library.lines(db, Filter(state="returned", author_id=mine), limit=SHOWN),
        ),
        "drafts": await when(
            "library.write",
            lambda: library.lines(db, Filter(state="draft", author_id=mine), limit=SHOWN),
        ),
        "ended": await when(
            "posters.write",
            lambda: posters.templates(
                db, state="ended", author_id=mine, since=desk.now - ENDED_SHOWN, limit=SHOWN
            ),
        ),
        "expiring": await when(
            "library.drafts",
            lambda: library.lines(db, Filter(validity="expiring", at=desk.now), limit=SHOWN),
        ),
        "running": await when(
            "pushes.view", lambda: scheduler.pushes(db, state="running", limit=SHOWN)
        ),
        "leads": await when(
            "leads.view", lambda: sharing.latest_leads(db, employee_ids=desk.reach, limit=SHOWN)
        ),
    }


async def _for_me(db: Read, desk: Desk) -> Sequence[Review]:
    """Return the steps in this person's hands, late ones first, else what waits for others."""
    found = await queries_reviews.inbox(db, Wanted(mine=desk.hands), limit=SHOWN)
    return found or await queries_reviews.inbox(db, Wanted(), limit=SHOWN)


async def _wrong_index(db: Read) -> int:
    check = await queries_checks.last(db)
    return check.wrong_count if check else 0


async def _failing(db: Read, desk: Desk) -> dict[str, int]:
    """Return how many items do not pass the rules now, and how many of them are one's own.

    `failing` are in use, `missed` were to go live and were stopped.
    """
    may_see, may_mend = desk.may("library.drafts"), desk.may("library.write")
    every = await queries_rules.failing_counts(db) if may_see else (0, 0)
    mine = (0, 0)
    if any(every) and may_mend:
        mine = await queries_rules.failing_counts(db, desk.me.id)
    found = {"failing": every[0], "missed": every[1]}
    return found | {"failing_mine": mine[0], "missed_mine": mine[1]}


async def _remarks(db: Read, desk: Desk) -> dict[str, Any]:
    """Return the open remarks that wait for this person, and how many there are."""
    if not desk.may("library.drafts"):
        return {"remarks": (), "remarks_count": 0}
    found = await queries_remarks.waiting(db, desk.me.id, limit=SHOWN)
    if len(found) < SHOWN:
        count = len(found)
    else:
        count = await queries_remarks.waiting_count(db, desk.me.id)
    return {**(await remarks(db, found) if found else {}), "remarks_count": count}


async def _tiles(db: Read, desk: Desk, trend: list[dict[str, Any]] | None) -> list[Tile]:
    found = []
    if desk.hands is not None:
        waiting = await queries_reviews.waiting(db, desk.hands, at=desk.now)
        found.append(_tile("待我审核", waiting.mine, "/console/reviews?mine=1", tone="warn"))
        if waiting.mine_late:
            href = "/console/reviews?mine=1&late=1"
            found.append(_tile("审核已超时", waiting.mine_late, href, tone="bad"))
    asked = {}
    if desk.may("library.write"):
        asked = {each: Filter(state=each, author_id=desk.me.id) for each in ("returned", "draft")}
    if desk.may("library.drafts"):
        asked["expiring"] = Filter(validity="expiring", at=desk.now)
    counts = await library.named_counts(db, asked)
    if desk.may("library.write"):
        for label, state in (("退回给我", "returned"), ("我的草稿", "draft")):
            href = "view=mine" if state == "draft" else "state=returned"
            tone = "bad" if state == "returned" else ""
            found.append(_tile(label, counts[state], f"/console/library?{href}", tone=tone))
    if desk.may("pushes.view"):
        running = (await scheduler.state_counts(db)).get("running", 0)
        found.append(_tile("正在发送", running, "/console/pushes?state=running"))
    if desk.may("library.drafts"):
        href = "/console/library?view=expiring"
        found.append(_tile("7 天内到期", counts["expiring"], href, tone="warn"))
    if desk.may("leads.view"):
        found += await _to_call(db, desk)
    return found if trend is None else [*found, *_week(desk, trend)]


async def _to_call(db: Read, desk: Desk) -> list[Tile]:
    """Return the tiles of customers to be told of a recall or a change, if there are any."""
    people, href = People(desk.reach), "/console/signups?{}=true"
    found = (
        ("已下架待通知客户", "to_call", "bad", await queries_signups.to_call_counts(db, people)),
        ("活动变更待通知客户", "to_tell", "warn", await queries_signups.to_tell_counts(db, people)),
    )
    return [
        _tile(label, sum(n for _, n in rows), href.format(name), tone=tone)
        for label, name, tone, rows in found
        if rows
    ]


def _tile(label: str, value: int, href: str, *, tone: str = "", hint: str = "") -> Tile:
    # A colour says that something waits: nought has none.
    return {
        "label": label,
        "value": value,
        "href": href,
        "tone": tone if value else "",
        "hint": hint,
    }


def _week(desk: Desk, trend: list[dict[str, Any]]) -> list[Tile]:
    monday = desk.today - timedelta(days=desk.today.weekday())
    href = f"/console/reports/funnel?from={monday}&to={desk.today}"
    days = {day["on"]: day for day in trend}
    before = [days.get(day["on"] - timedelta(days=7)) for day in trend if day["on"] >= monday]
    found = []
    for label, name in (("本周浏览", "views"), ("本周留资", "leads"), ("本周报名", "signups")):
        this = sum(day[name] for day in trend if day["on"] >= monday)
        last = sum(day[name] for day in before if day is not None)
        found.append(_tile(label, this, href, hint=f"上周同期 {last:,}"))
    return found


async def _trend(db: Read, desk: Desk) -> list[dict[str, Any]] | None:
    """Return the last 14 days, each with its figures (nought too); None without the right."""
    if not desk.may("reports.view"):
        return None
    first = desk.today - timedelta(days=TREND_DAYS - 1)
    wanted = figures.Wanted(staff_ids=desk.reach, from_on=first, to_on=desk.today)
    found = dict(await figures.trend(db, wanted))
    days = [first + timedelta(days=number) for number in range(TREND_DAYS)]
    none = dict.fromkeys(figures.FIGURES, 0)
    return [{"on": on, **found.get(on, none)} for on in days]


async def _steps(db: Read, desk: Desk) -> list[dict[str, Any]]:
    """Return the first hour of a new bank, or nothing when it is over or not this person's."""
    if not any(desk.may(permission) for permission in _STARTERS):
        return []
    done = await queries_start.progress(db)
    if done.is_complete:
        return []
    rows = (
        ("填好行名和客服电话", bool(desk.bank.full_name and desk.bank.hotline), "", "",
         "由科技部门用命令 contenthub bank 设置，会印在每张海报和落地页上"),
        ("录入机构和客户经理", done.employees, "/console/staff", "staff.manage",
         "上传照片、填好手机号，海报才能一人一张"),
        ("导入起步内容包", await kits.has_starter(db), "/console/kits/starter", "kits.adopt",
         "现成的内容、话术、节日文章和标签，填上本行利率电话就能用"),
        ("写一条产品并请同事审核", done.content, "/console/library/new?kind=product",
         "library.write", "写的人和审的人不能是同一个人"),
        ("做一张海报模板", done.posters, "/console/posters/new", "posters.write",
         "有现成的可以直接用"),
        ("导入客户名单", done.customers, "/console/imports", "customers.import",
         "CSV 或 Excel，先试算再导入"),
        ("排一次推送", done.pushes, "/console/pushes/new", "pushes.write",
         "到点后客户经理在手机上收到任务"),
    )  # fmt: skip
    return [
        {"label": label, "is_done": is_done, "note": note}
        | {"href": href if not is_done and href and desk.may(needed) else ""}
        for label, is_done, href, needed, note in rows
    ]


HANDLERS = [home_page]
