"""GET /reports/mix and /pushes/{id}/mix: how much of what customers received sold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery

from contenthub.errors import Conflict
from contenthub.library import mix as idea
from contenthub.library import queries as library
from contenthub.library.mix import Mix
from contenthub.scheduler import queries as scheduler
from contenthub.web import mix_desk, reporting, sheets
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.mix_desk import By, Line
from contenthub.web.openapi import answers
from contenthub.web.reporting import Asked
from contenthub.web.signin import May

COLUMNS: dict[str, tuple[str, str]] = {
    "segment": ("客群", "条件"),
    "employee": ("客户经理", "机构"),
    "content": ("内容", "归类"),
}
"""What the first two columns of each report are."""


class MixRow(msgspec.Struct, kw_only=True):
    """What one segment, employee or sort of content comes to; `share_bp` is what sold of it."""

    id: UUID | None
    name: str
    note: str
    """The segment's expression, the employee's branch, or whether the content sells."""
    selling: int
    service: int
    share_bp: int
    customers: int
    is_over: bool
    problem: str
    """Why a segment cannot be counted; empty when it can."""


class MixReport(msgspec.Struct, kw_only=True):
    """The mix of the last `days` days: of all customers in the caller's scope, and row by row."""

    by: str
    days: int
    since: datetime
    selling_most_percent: int
    """The bank's limit (a setting); 100 warns of nothing."""
    whole: MixRow
    items: list[MixRow]


class Portion(msgspec.Struct):
    """How many posts sold and how many served."""

    selling: int
    service: int
    share_bp: int


class Suggestion(msgspec.Struct):
    """Published content that helps and offers nothing."""

    id: UUID
    code: str
    title: str
    kind: str
    topic: str


class PushMix(msgspec.Struct, kw_only=True):
    """What a push would make of what its customers received in the last `days` days."""

    days: int
    sells: bool
    reachable: int
    before: Portion
    after: Portion
    selling_most_percent: int
    is_over: bool
    suggestions: list[Suggestion]


def _row(line: Line) -> MixRow:
    return MixRow(
        id=line.id,
        name=line.name,
        note=line.second,
        selling=line.mix.selling,
        service=line.mix.service,
        share_bp=line.mix.share_bp,
        customers=line.customers,
        is_over=line.is_over,
        problem=line.problem,
    )


def _portion(of: Mix) -> Portion:
    return Portion(of.selling, of.service, of.share_bp)


def cells(rows: Sequence[Line]) -> list[list[object]]:
    """Return the rows as a workbook has them."""
    return [
        [
            *(row.name, row.second, row.mix.selling, row.mix.service),
            row.mix.share_bp / 100 if row.mix.total else None,
            row.customers,
            row.problem or ("超过上限" if row.is_over else ""),
        ]
        for row in rows
    ]


@get(
    "/reports/mix",
    guards=[May("reports.view")],
    summary="内容配比：近 30 天销售类占比",
    tags=["reports"],
    responses=answers(MixReport),
    opt=sheets.AS_SHEET_TOO,
)
async def mix_report(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    by: FromQuery[By] = "segment",
    branch_id: FromQuery[UUID | None] = None,
    format: FromQuery[Literal["json", "xlsx"]] = "json",
) -> Response[Any]:
    """Return how much of what customers received sold: by segment, employee or content."""
    scope = await reporting.staff_ids(db, Asked(branch_id=branch_id), me)
    whole, rows = await mix_desk.report(db, by, bank, staff_ids=scope, at=now)
    if format == "xlsx":
        columns = [*COLUMNS[by], "销售类", "服务知识类", "销售类占比（%）", "客户数", "提醒"]
        data = sheets.xlsx("内容配比", columns, cells(rows), by=me.name, at=now, zone=bank.zone)
        return sheets.download(data, "内容配比.xlsx")
    report = MixReport(
        by=by,
        days=idea.DAYS,
        since=mix_desk.since(now),
        selling_most_percent=mix_desk.limit_of(bank),
        whole=_row(whole),
        items=[_row(line) for line in rows],
    )
    return Response(report)


@get(
    "/pushes/{push_id:uuid}/mix",
    guards=[May("audiences.view")],
    summary="这次推送后客群的内容配比",
    tags=["pushes"],
)
async def push_mix(push_id: FromPath[UUID], db: Db, bank: OurBank, now: Now) -> PushMix:
    """Return what a push that has not started would do to the mix of its customers.

    Raises:
        Conflict: it has started, or nobody would get it.
    """
    push = await scheduler.push(db, push_id)
    item = await library.item(db, push.item_id)
    found = await mix_desk.plan_of(db, push, item, bank=bank, at=now)
    if found is None:
        raise Conflict("推送已经开始，或按现在的条件一个客户也发不到，没有可以预估的配比")
    return PushMix(
        days=idea.DAYS,
        sells=found.sells,
        reachable=found.reachable,
        before=_portion(found.before),
        after=_portion(found.after),
        selling_most_percent=found.most_percent,
        is_over=found.is_over,
        suggestions=[
            Suggestion(one.id, one.code, one.title, one.kind, one.topic)
            for one in found.suggestions
        ],
    )


HANDLERS = [Router("/api/v1", route_handlers=[mix_report, push_mix])]
