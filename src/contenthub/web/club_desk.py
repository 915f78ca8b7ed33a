"""What the page of clubs and their API share: who is listed, and how that is written out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from contenthub.customers import queries_members
from contenthub.customers.models import Customer
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.taggroups import SOURCES
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff

EXPORT_MOST, EXPORT_STEP = 50_000, 2_000
COLUMNS = ("客户号", "姓名", "手机号", "机构", "客户经理", "加入时间", "会员标签来源")


@dataclass(frozen=True, slots=True)
class Members:
    """One page of a club's members in the viewer's scope."""

    rows: list[tuple[Customer, ClubMembership]]
    total: int
    next_cursor: str


async def members(db: Read, club: Club, me: Staff, *, after: int, limit: int) -> Members:
    """Return members of a club after a customer number, within what a viewer may see."""
    reach = await tenants.visible_staff_ids(db, me)
    some = await queries_members.members(db, club, owner_ids=reach)
    rows = list(await queries_members.member_rows(db, club, some, after=after, limit=limit))
    last = rows[-1][0].no if rows else 0
    has_more = bool(rows) and some.rank(last) < len(some)
    return Members(rows, len(some), str(last) if has_more else "")


async def owner_names(db: Read, rows: list[tuple[Customer, ClubMembership]]) -> dict[UUID, str]:
    """Return the names of the employees of some members."""
    ids = {one.owner_id for one, _ in rows if one.owner_id}
    return {one: (await tenants.staff(db, one)).name for one in sorted(ids)}


async def sheet_rows(db: Read, club: Club, me: Staff) -> AsyncIterator[list[object]]:
    """Yield the rows of a club's member list as a workbook has them, masked."""
    branches = {b.id: b.name for b in await tenants.branches(db)}
    reach = await tenants.visible_staff_ids(db, me)
    some = await queries_members.members(db, club, owner_ids=reach)
    after = 0
    for _ in range(0, EXPORT_MOST, EXPORT_STEP):
        rows = await queries_members.member_rows(db, club, some, after=after, limit=EXPORT_STEP)
        owners = await owner_names(db, list(rows))
        for one, membership in rows:
            yield [
                one.crm_no,
                one.name_masked,
                one.phone_masked,
                branches.get(one.branch_id, ""),
                owners.get(one.owner_id, "") if one.owner_id else "",
                membership.joined_at,
                SOURCES.get(membership.how, membership.how),
            ]
        if len(rows) < EXPORT_STEP:
            return
        after = rows[-1][0].no
