"""内容库: the list with its filters as the URL, saved views, bulk submission and export."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.db import Read, savepoint
from contenthub.errors import Conflict, Invalid
from contenthub.library import actions, findings, kinds, queries, queries_lists, review
from contenthub.library.itemfilter import Filter
from contenthub.library.queries_lists import Line
from contenthub.sharing import queries_reports as reports
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import sheets
from contenthub.web.console.items import detail_of
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import is_fragment, page
from contenthub.web.signin import May

PAGE = 20
EXPORT_ROWS = 5_000
BULK = 100
FIGURE_DAYS = 30
HERE = "/console/library"
COLUMNS = (
    *("编号", "类型", "业务类别", "标题", "状态", "新版状态", "有效期至"),
    *("30 天浏览", "30 天留资", "作者", "更新时间"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for; unknown words are dropped, as a page has no use for them."""

    kind: str = ""
    state: str = ""
    topic: str = ""
    q: str = ""
    view: str = ""

    @classmethod
    def of(cls, **words: str) -> "Asked":
        """Return the filter of a URL."""
        known: dict[str, Collection[str]] = {
            "kind": kinds.KINDS,
            "state": review.STATES,
            "topic": TOPICS,
            "view": ("mine", "expiring"),
        }
        kept = {name: w for name, w in words.items() if name == "q" or w in known[name]}
        return cls(**{name: word.strip()[:100] for name, word in kept.items()})

    def filter(self, me: Staff, *, at: datetime) -> Filter:
        """Return the rows it means for `me` at `at`."""
        return Filter(
            kind=self.kind,
            state="draft" if self.view == "mine" else self.state,
            topic=self.topic,
            q=self.q,
            author_id=me.id if self.view == "mine" else None,
            validity="expiring" if self.view == "expiring" else "",
            at=at,
        )

    def query(self, **over: str) -> str:
        """Return the URL's query with some words changed; empty ones are left out."""
        words = {name: getattr(self, name) for name in self.__slots__} | over
        return urlencode({name: word for name, word in words.items() if word})


async def figures(
    db: Read, lines: list[Line], me: Staff, *, bank: Bank, at: datetime
) -> dict[UUID, reports.Figures]:
    """Return views and leads of the last 30 days per item, inside the viewer's data scope."""
    visible = await tenants_queries.visible_staff_ids(db, me)
    since = at.astimezone(ZoneInfo(bank.zone)).date() - timedelta(days=FIGURE_DAYS - 1)
    wanted = reports.Wanted(staff_ids=visible, from_on=since)
    return await reports.of_items(db, [line.item.id for line in lines], wanted)


def _views(me: Staff, asked: Asked, *, at: datetime) -> dict[str, tuple[str, Asked, Filter]]:
    found = {
        "all": ("全部", Asked(kind=asked.kind)),
        "waiting": ("待审核", Asked(kind=asked.kind, state="in_review")),
        "expiring": ("7 天内到期", Asked(kind=asked.kind, view="expiring")),
    }
    if access.may(me.roles, "library.write"):
        found["mine"] = ("我的草稿", Asked(kind=asked.kind, view="mine"))
    return {name: (label, view, view.filter(me, at=at)) for name, (label, view) in found.items()}


@get(HERE, guards=[May("library.drafts")], include_in_schema=False)
async def library_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    kind: FromQuery[str] = "",
    in_state: InState = "",
    topic: FromQuery[str] = "",
    q: FromQuery[str] = "",
    view: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the items asked for, and the first of them in detail."""
    asked = Asked.of(kind=kind, state=in_state, topic=topic, q=q, view=view)
    wanted = asked.filter(me, at=now)
    found = await queries_lists.lines(db, wanted, after=place_of(cursor), limit=PAGE + 1)
    lines = found[:PAGE]
    last = lines[-1].item if len(found) > PAGE else None
    values: dict[str, Any] = {
        "lines": lines,
        "figures": await figures(db, lines, me, bank=bank, at=now),
        "next_cursor": cursor_of(None if last is None else (last.updated_at, last.id)),
        "asked": asked,
        "is_first": not cursor,
        "may_write": access.may(me.roles, "library.write"),
        # A version can be set aside, an item cannot.
        "states": {slug: word for slug, word in review.STATES.items() if slug != "withdrawn"},
        "kinds": kinds.KINDS,
    }
    if not is_fragment(request):
        values |= await _around(db, me, asked, at=now)
        shown = lines[0].item.id if lines else None
        values["detail"] = None
        if shown is not None:
            values["detail"] = await detail_of(db, shown, me, bank=bank)
    template = "console/_library_list.html" if is_fragment(request) else "console/library.html"
    return page(request, template, **values)


async def _around(db: Read, me: Staff, asked: Asked, *, at: datetime) -> dict[str, Any]:
    """Return tabs and chips with their counts, and the total of what is filtered."""
    views = _views(me, asked, at=at)
    filters = {name: wanted for name, (_, _, wanted) in views.items()}
    counts = await queries_lists.view_counts(db, {**filters, "total": asked.filter(me, at=at)})
    per_kind = await queries_lists.kind_counts(db, Filter())
    tabs = [("全部", f"{HERE}?{asked.query(kind='')}", not asked.kind, sum(per_kind.values()))]
    tabs += [
        (each.label, f"{HERE}?{asked.query(kind=slug)}", asked.kind == slug, per_kind.get(slug, 0))
        for slug, each in kinds.KINDS.items()
    ]
    chips = [
        (label, f"{HERE}?{view.query()}", view == asked, counts[name])
        for name, (label, view, _) in views.items()
    ]
    return {"tabs": tabs, "chips": chips, "total": counts["total"]}


@get(f"{HERE}/export", guards=[May("library.drafts")], include_in_schema=False)
async def export_items(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    kind: FromQuery[str] = "",
    in_state: InState = "",
    topic: FromQuery[str] = "",
    q: FromQuery[str] = "",
    view: FromQuery[str] = "",
) -> Response[bytes]:
    """Return exactly what is filtered as xlsx; taking it is an audit entry."""
    asked = Asked.of(kind=kind, state=in_state, topic=topic, q=q, view=view)
    lines = await queries_lists.lines(db, asked.filter(me, at=now), limit=EXPORT_ROWS)
    counted = await figures(db, lines, me, bank=bank, at=now)
    tenants.record(
        db, "item.exported", "item", None, by=me, at=now, rows=len(lines), filter=asked.query()
    )
    rows = (_row(line, counted.get(line.item.id, {})) for line in lines)
    data = sheets.xlsx("内容库", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, f"内容库-{now.astimezone(ZoneInfo(bank.zone)):%Y%m%d}.xlsx")


def _row(line: Line, counted: reports.Figures) -> list[object]:
    item = line.item
    return [
        item.code,
        kinds.KINDS[item.kind].label,
        TOPICS.get(line.topic, line.topic),
        line.title,
        review.STATES.get(item.state, item.state),
        review.STATES.get(line.state, "") if line.state != item.state else "",
        line.valid_until,
        counted.get("views", 0),
        counted.get("leads", 0),
        line.author,
        item.updated_at,
    ]


@post(f"{HERE}/submit", guards=[May("library.write")], include_in_schema=False)
async def submit_items(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Submit every ticked draft on its own; those that cannot be are named with the reason."""
    form = await request.form()
    ids = _ids([str(one) for one in form.getall("ids", [])])
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for item_id in ids:
        _, newest, _ = await queries.item_wordings(db, item_id)
        title = newest.title
        try:
            async with savepoint(db):
                _, sent = await actions.submit(db, item_id, by=me, at=now)
            blocks = findings.blocks(sent.hits)
            done.append(f"{title}（有 {blocks} 处必须修改，改好才能通过）" if blocks else title)
        except (Conflict, Invalid) as error:
            # One incomplete draft must not hold back the others; it is told beside them.
            refused.append((title, error.detail))
    return page(request, "console/_bulk_result.html", done=done, refused=refused)


def _ids(texts: list[str]) -> list[UUID]:
    if not texts:
        raise Invalid.of("ids", "请先在列表左侧勾选要提交的草稿")
    if len(texts) > BULK:
        raise Invalid.of("ids", f"一次最多提交 {BULK} 条")
    try:
        return [UUID(text) for text in dict.fromkeys(texts)]
    except ValueError as error:
        raise Invalid.of("ids", "勾选的内容不正确，请刷新列表后再试") from error


HANDLERS = [library_page, export_items, submit_items]
