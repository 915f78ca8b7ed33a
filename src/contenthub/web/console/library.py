"""内容库: the list with its filters as the URL, quick and saved views, bulk deeds and export."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import (
    kinds,
    queries_labels,
    queries_lists,
    review,
)
from contenthub.library.itemfilter import SORTS, Filter
from contenthub.library.models_labels import Label
from contenthub.library.queries_lists import Line
from contenthub.sharing import queries_reports as reports
from contenthub.tenants import access, queries_views
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import sheets
from contenthub.web.console.items import detail_of
from contenthub.web.console.library_deeds import labelled_at
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.item_figures import figures_of
from contenthub.web.item_filters import (
    HERE,
    ME,
    NONE,
    STATES,
    VALIDITIES,
    Asked,
    Called,
    conditions,
)
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May

PAGE = 20
EXPORT_ROWS = 5_000
COLUMNS = (
    *("编号", "类型", "业务类别", "标题", "状态", "新版状态", "有效期至", "内容标签"),
    *("30 天分享", "30 天浏览", "30 天留资", "作者", "更新时间"),
)
_QUICK: tuple[tuple[str, Asked, str], ...] = (
    ("全部", Asked(), ""),
    ("待审核", Asked(state="in_review"), ""),
    ("7 天内到期", Asked(validity="expiring"), ""),
    ("30 天零转发", Asked(shares=NONE), ""),
    ("我的草稿", Asked(author=ME, state="draft"), "library.write"),
)
"""Label, what it asks for, and the permission without which it is not shown."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks at the library, of which bank, when."""

    me: Staff
    bank: Bank
    at: datetime

    def filter(self, asked: Asked) -> Filter:
        """Return the rows that a URL means for this person now."""
        return asked.filter(self.me, at=self.at, zone=self.bank.zone)


@get(HERE, guards=[May("library.drafts")], include_in_schema=False)
async def library_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template | Response[Any]:
    """Show the items asked for, and the first of them in detail; a bare address opens with
    the person's default view.
    """
    params = request.query_params
    saved = await queries_views.views(db, me)
    start = next((one.view for one in saved if one.is_start), None)
    if not params and start is not None:
        return go(request, f"{HERE}?{start.query}")
    desk = Desk(me, bank, now)
    asked, _ = Asked.read(params)  # what a URL says wrongly is dropped: a page has no use for it
    cursor = params.get("cursor", "")
    wanted = desk.filter(asked)
    found = await queries_lists.lines(db, wanted, after=asked.place(cursor), limit=PAGE + 1)
    lines = found[:PAGE]
    place = queries_lists.place(wanted, lines[-1].item) if len(found) > PAGE else None
    values = await _listed(db, lines, desk)
    values |= {
        "next_cursor": asked.cursor(place),
        "asked": asked,
        "is_first": not cursor,
        "states": STATES,
        "kinds": kinds.KINDS,
    }
    if is_fragment(request):
        return page(request, "console/_library_list.html", **values)
    values |= await _around(db, desk, asked, labels=values["all_labels"])
    values |= _views(saved, me, asked)
    values["labelled_now"] = await labelled_at(db, params.get("labelled", ""), me, at=now)
    values["is_undone"] = "undone" in params
    values["ways"] = [] if lines else await _ways(db, desk, values["conditions"])
    shown = lines[0].item.id if lines else None
    known = (values["all_labels"], values["labelled"])
    detail = None if shown is None else await detail_of(db, shown, me, bank=bank, labels=known)
    return page(request, "console/library.html", detail=detail, **values)


async def _listed(db: Read, lines: list[Line], desk: Desk) -> dict[str, Any]:
    """Return what a list shows of its items beside the items themselves."""
    ids = [line.item.id for line in lines]
    every, labelled = await queries_labels.labels_and_marks(db, ids)
    return {
        "lines": lines,
        "figures": await figures_of(db, ids, desk.me, bank=desk.bank, at=desk.at),
        "labelled": labelled,
        "all_labels": every,
        "may_write": access.may(desk.me.roles, "library.write"),
    }


async def _around(db: Read, desk: Desk, asked: Asked, *, labels: Sequence[Label]) -> dict[str, Any]:
    """Return tabs and chips with their counts, the saved views, and what the filters offer."""
    me = desk.me
    quick = [
        (label, replace(view, kind=asked.kind))
        for label, view, permission in _QUICK
        if not permission or access.may(me.roles, permission)
    ]
    per_kind, counts = await queries_lists.list_counts(
        db,
        replace(desk.filter(asked), kind=""),
        {label: desk.filter(view) for label, view in quick if view.is_narrow},
    )
    tabs = [("全部", asked.url(kind=""), not asked.kind, sum(per_kind.values()))]
    tabs += [
        (each.label, asked.url(kind=slug), asked.kind == slug, per_kind.get(slug, 0))
        for slug, each in kinds.KINDS.items()
    ]
    chips = [(label, view.url(), view == asked, counts.get(label)) for label, view in quick]
    return {
        "tabs": tabs,
        "chips": chips,
        "total": sum(per_kind.values()) if not asked.kind else per_kind.get(asked.kind, 0),
        **await _offers(db, asked, labels),
    }


async def _ways(
    db: Read, desk: Desk, conditions: Sequence[tuple[str, Asked]]
) -> list[tuple[str, str, int]]:
    """Return each condition with the address without it and how much that shows, most first."""
    views = {str(no): desk.filter(rest) for no, (_, rest) in enumerate(conditions)}
    counts = await queries_lists.named_counts(db, views)
    found = [
        (text, rest.url(), counts.get(str(no), 0)) for no, (text, rest) in enumerate(conditions)
    ]
    return sorted(found, key=lambda way: -way[2])


def _views(saved: Sequence[queries_views.Shown], me: Staff, asked: Asked) -> dict[str, Any]:
    """Return the saved views as chips, and whether what is asked for can be saved as one."""
    query = asked.query()
    return {
        "views": saved,
        "may_view": access.may(me.roles, "library.views"),
        "may_share": access.may(me.roles, "library.share_views"),
        "can_save": bool(query) and all(one.view.query != query for one in saved),
    }


async def _offers(db: Read, asked: Asked, labels: Sequence[Label]) -> dict[str, Any]:
    """Return what the filters offer to choose from, and the conditions as words."""
    authors = await queries_lists.authors(db)
    called = Called({str(one.id): one.name for one in labels}, authors)
    return {
        "authors": authors,
        "validities": VALIDITIES,
        "sorts": SORTS,
        "conditions": conditions(asked, called),
    }


@get(f"{HERE}/export", guards=[May("library.drafts")], include_in_schema=False)
async def export_items(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return exactly what is filtered as xlsx; taking it is an audit entry."""
    desk = Desk(me, bank, now)
    asked, _ = Asked.read(request.query_params)
    lines = await queries_lists.lines(db, desk.filter(asked), limit=EXPORT_ROWS)
    ids = [line.item.id for line in lines]
    counted = await figures_of(db, ids, me, bank=bank, at=now)
    labelled = await queries_labels.labels_of(db, ids)
    tenants.record(
        db, "item.exported", "item", None, by=me, at=now, rows=len(lines), filter=asked.query()
    )
    rows = (
        _row(line, counted.get(line.item.id, {}), labelled.get(line.item.id, [])) for line in lines
    )
    data = sheets.xlsx("内容库", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, f"内容库-{now.astimezone(ZoneInfo(bank.zone)):%Y%m%d}.xlsx")


def _row(line: Line, counted: reports.Figures, labels: list[Label]) -> list[object]:
    item = line.item
    return [
        item.code,
        kinds.KINDS[item.kind].label,
        TOPICS.get(line.topic, line.topic),
        line.title,
        review.STATES.get(item.state, item.state),
        review.STATES.get(line.state, "") if line.state != item.state else "",
        line.valid_until,
        "、".join(one.name for one in labels),
        counted.get("links", 0),
        counted.get("views", 0),
        counted.get("leads", 0),
        line.author,
        item.updated_at,
    ]


HANDLERS = [library_page, export_items]
