"""GET /reports/segments: which age and assets come from looking to business most often."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import FromQuery

from contenthub.customers import conversion
from contenthub.customers.conversion import Group
from contenthub.web import conversion_desk, sheets
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.openapi import answers
from contenthub.web.reporting import Asked
from contenthub.web.signin import May


class SegmentRow(msgspec.Struct, kw_only=True):
    """Customers of an age and assets, and how far they came; rates in basis points of `viewed`.

    Figures are null where too few people looked to tell them apart.
    """

    age: str
    assets: str
    expr: str
    """Who they are, for POST /segments; empty where no expression says it."""
    customers: int | None
    viewed: int | None
    left: int | None
    """Left a number or signed up."""
    done: int | None
    """Of the leads left in these days, who did business."""
    left_bp: int | None
    done_bp: int | None


class SegmentReport(msgspec.Struct, kw_only=True):
    """The groups of the caller's customers in the order of the bands."""

    days: int
    topic: str
    least: int
    """Fewer who looked than this are not shown by themselves."""
    items: list[SegmentRow]
    rest: SegmentRow | None
    """The groups that are too small, together."""
    total: SegmentRow


def _row(group: Group) -> SegmentRow:
    return SegmentRow(**{name: getattr(group, name) for name in SegmentRow.__struct_fields__})


@get(
    "/reports/segments",
    guards=[May("reports.view")],
    summary="客群转化：哪个年龄和资产段最容易办成",
    tags=["reports"],
    responses=answers(SegmentReport),
    opt=sheets.AS_SHEET_TOO,
)
async def segment_report(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    topic: FromQuery[str] = "",
    days: FromQuery[int] = 90,
    branch_id: FromQuery[UUID | None] = None,
    format: FromQuery[Literal["json", "xlsx"]] = "json",
) -> Response[Any]:
    """Return how many of each age and asset band looked, left a number and did business."""
    asked = Asked(branch_id=branch_id)
    found = await conversion_desk.report(db, bank, asked, topic=topic, days=days, me=me, at=now)
    if format == "xlsx":
        rows = conversion_desk.cells(found)
        data = sheets.xlsx(
            "客群转化", conversion_desk.COLUMNS, rows, by=me.name, at=now, zone=bank.zone
        )
        return sheets.download(data, "客群转化.xlsx")
    report = SegmentReport(
        days=days,
        topic=topic,
        least=conversion.LEAST,
        items=[_row(group) for group in found.groups],
        rest=None if found.rest is None else _row(found.rest),
        total=_row(found.total),
    )
    return Response(report)


HANDLERS = [Router("/api/v1", route_handlers=[segment_report])]
