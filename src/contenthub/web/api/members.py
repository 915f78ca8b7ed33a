"""GET /members: a parent's view of its member banks, sums only."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import QueryParameter

from contenthub.tenants import actions as tenants
from contenthub.tenants import memberfigures, queries_members
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.openapi import answers
from contenthub.web.sheets import AS_SHEET_TOO, download, xlsx
from contenthub.web.signin import May


class MemberView(msgspec.Struct):
    """One member bank's sums."""

    id: UUID
    name: str
    figures: dict[str, int]
    counted_at: datetime | None


class MemberList(msgspec.Struct):
    """Every member, by name, and the sums of all."""

    items: list[MemberView]
    totals: dict[str, int]


@get(
    "/members",
    guards=[May("members.view")],
    summary="成员行汇总",
    tags=["bank"],
    responses=answers(MemberList),
    opt=AS_SHEET_TOO,
)
async def list_members(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    form: Annotated[Literal["json", "xlsx"], QueryParameter(name="format")] = "json",
) -> Response[MemberList] | Response[bytes]:
    """Return the member banks with their sums: no row of a member can be had here."""
    found = await queries_members.members(db)
    if form == "xlsx":
        return await members_sheet(db, found, me=me, bank=bank, at=now)
    items = [
        MemberView(
            m.id, m.name, {n: m.values.get(n, 0) for n in memberfigures.FIGURES}, m.counted_at
        )
        for m in found
    ]
    return Response(MemberList(items, memberfigures.totals(found)))


async def members_sheet(
    db: Db, found: list[memberfigures.Member], *, me: Me, bank: OurBank, at: datetime
) -> Response[bytes]:
    """Return the members as a workbook; taking it is audited."""
    columns = ["成员行", *memberfigures.FIGURES.values(), "统计时间"]
    rows = [
        [m.name, *(m.values.get(n, 0) for n in memberfigures.FIGURES), m.counted_at or ""]
        for m in found
    ]
    tenants.record(db, "members.exported", "bank", bank.id, by=me, at=at, rows=len(rows))
    data = xlsx("成员行汇总", columns, rows, by=me.name, at=at, zone=bank.zone)
    return download(data, "成员行汇总.xlsx")


HANDLERS = [Router("/api/v1", route_handlers=[list_members])]
