"""俱乐部: founded with the rule that says who is a member, opened, its members looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions_clubs,
    clubstates,
    queries,
    queries_clubs,
    queries_members,
    queries_rules,
    queries_tags,
    tagexpr,
)
from contenthub.customers.actions_clubs import ClubDraft
from contenthub.customers.taggroups import SOURCES
from contenthub.customers.tagtext import said
from contenthub.db import Read
from contenthub.sharing import queries_grants
from contenthub.tenants import access
from contenthub.tenants import actions as tenants_actions
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web import club_desk, expression_desk, sheets
from contenthub.web.api.customers import place
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.scope_choices import chosen_id
from contenthub.web.signin import May
from contenthub.web.tag_desk import tag_options

HERE = "/console/clubs"
VIEW, MANAGE = [May("customers.view")], [May("customers.tags")]
PAGE = 50
EXAMPLES = (
    ("代发 5000 元以上的工资户", "代发工资 and aum >= 5000"),
    ("年满 60 岁、资产 5 万以上", "age >= 60 and aum >= 50000"),
)


@dataclass
class ClubForm:
    """What the form of a club sends."""

    name: str = ""
    intro: str = ""
    tag_id: str = ""
    expr: str = ""

    def draft(self) -> ClubDraft:
        """Return the club as it is meant; raises Invalid."""
        return ClubDraft(self.name, self.intro, chosen_id(self.tag_id, "tag_id"), self.expr)


@get(HERE, guards=VIEW, include_in_schema=False)
async def clubs_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the bank's clubs with how many members they have."""
    return page(
        request,
        "console/clubs.html",
        rows=await queries_clubs.clubs(db),
        states=clubstates.STATES,
        can_manage=access.may(me.roles, "customers.tags"),
    )


@get(f"{HERE}/new", guards=MANAGE, include_in_schema=False)
async def new_club(request: Request[Any, Any, Any], db: Db, expr: FromQuery[str] = "") -> Template:
    """Show the form of a new club."""
    return page(
        request,
        "console/club_new.html",
        form=ClubForm(expr=expr[:8_000]),
        examples=EXAMPLES,
        tags=tag_options(await queries_tags.groups(db), but_retired=True),
        groups=await expression_desk.words(db),
        branches=await expression_desk.branches(db),
    )


@post(HERE, guards=MANAGE, include_in_schema=False)
async def add_club(
    request: Request[Any, Any, Any], data: URLEncodedBody[ClubForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Found a club; its page shows how many members it would have."""
    made = await actions_clubs.create_club(db, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{made.id}")


@get(f"{HERE}/{{club_id:uuid}}", guards=VIEW, include_in_schema=False)
async def one_club(
    request: Request[Any, Any, Any],
    club_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    cursor: FromQuery[str] = "",
) -> Template:
    """Show a club: its state, who joined and left by month, its members in scope, masked."""
    club = await queries_clubs.club(db, club_id)
    listed = await club_desk.members(db, club, me, after=place(cursor), limit=PAGE)
    return page(
        request,
        "console/club.html",
        club=club,
        tag=await queries_tags.tag(db, club.tag_id, with_deleted=True),
        rule=await _rule(db, club.rule_id),
        expected=await queries_members.expected(db, club, at=now) if club.state != "open" else 0,
        rights=await queries_grants.given(db, club_id=club.id, at=now),
        months=await queries_members.months(db, club, zone=bank.zone),
        listed=listed,
        owners=await club_desk.owner_names(db, listed.rows),
        is_first=not cursor,
        sources=SOURCES,
        states=clubstates.STATES,
        **await _manageable(db, me, at=now),
    )


async def _rule(db: Read, rule_id: UUID | None) -> dict[str, Any] | None:
    if rule_id is None:
        return None
    rule = await queries_rules.rule(db, rule_id, with_deleted=True)
    return {"rule": rule, "said": said(tagexpr.parse(rule.expr))}


async def _manageable(db: Read, me: Staff, *, at: datetime) -> dict[str, Any]:
    can_manage = access.may(me.roles, "customers.tags")
    groups = await queries_tags.groups(db) if can_manage else []
    reach = await tenants.visible_staff_ids(db, me)
    return {
        "can_manage": can_manage,
        "choices": await queries_grants.choices(db, at=at) if can_manage else [],
        "tags": tag_options(groups, but_retired=True),
        "whole_bank": reach is None,
    }


@post(f"{HERE}/{{club_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_club(
    request: Request[Any, Any, Any],
    club_id: FromPath[UUID],
    data: URLEncodedBody[ClubForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a club."""
    await actions_clubs.change_club(db, club_id, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{club_id}")


@post(f"{HERE}/{{club_id:uuid}}/open", guards=MANAGE, include_in_schema=False)
async def open_club(
    request: Request[Any, Any, Any], club_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Open a club."""
    await actions_clubs.open_club(db, club_id, by=me, at=now)
    return go(request, f"{HERE}/{club_id}")


@post(f"{HERE}/{{club_id:uuid}}/close", guards=MANAGE, include_in_schema=False)
async def close_club(
    request: Request[Any, Any, Any], club_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Close a club."""
    await actions_clubs.close_club(db, club_id, by=me, at=now)
    return go(request, f"{HERE}/{club_id}")


@get(f"{HERE}/{{club_id:uuid}}/members.xlsx", guards=VIEW, include_in_schema=False)
async def export_members(
    request: Request[Any, Any, Any],
    club_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[bytes]:
    """Return a club's members in scope as a workbook, masked; that it was taken is audited."""
    club = await queries_clubs.club(db, club_id)
    rows = [row async for row in club_desk.sheet_rows(db, club, me)]
    facts = {"name": club.name, "rows": len(rows)}
    tenants_actions.record(db, "club.exported", "club", club.id, by=me, at=now, **facts)
    title = f"{club.name}会员"
    book = sheets.xlsx(title, club_desk.COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(book, f"{title}.xlsx")


@get("/console/customers/{customer_id:uuid}/clubs", guards=VIEW, include_in_schema=False)
async def clubs_of_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return when a customer in scope joined which club, and left it."""
    reach = await tenants.visible_staff_ids(db, me)
    customer = await queries.customer(db, customer_id, owner_ids=reach)
    return page(
        request,
        "console/_customer_clubs.html",
        rows=await queries_clubs.of_customer(db, customer.no),
        leavings=clubstates.LEAVINGS,
    )


HANDLERS = [
    clubs_of_customer,
    clubs_page,
    new_club,
    add_club,
    one_club,
    change_club,
    open_club,
    close_club,
    export_members,
]
