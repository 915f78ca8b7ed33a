"""GET/POST/PATCH /clubs: who is a member because they have a tag; opened, closed, listed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.customers import actions_clubs, queries_clubs, queries_members, queries_tags
from contenthub.customers.actions_clubs import ClubDraft
from contenthub.customers.models_clubs import Club
from contenthub.db import Read
from contenthub.web import club_desk
from contenthub.web.api.customers import PAGE, place
from contenthub.web.deps import Db, Me, Now, OurBank, keep_answer
from contenthub.web.keyset import page_size
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

VIEW, MANAGE = [May("customers.view")], [May("customers.tags")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["金色年华"])]
Intro = Annotated[
    str, msgspec.Meta(max_length=300, examples=["代发 5000 元以上的工资户，每月两份会员礼"])
]
Expr = Annotated[str, msgspec.Meta(examples=["代发工资 and aum >= 5000"])]
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class ClubView(msgspec.Struct, kw_only=True):
    """A club, what makes a member, and how many there are."""

    id: UUID
    name: str
    intro: str
    state: str
    """draft, open or closed."""
    tag_id: UUID
    tag: str
    rule_id: UUID | None
    """The tag rule that was made together with the club."""
    members: int
    problem: str
    """Why it does not follow its tag; empty when it does."""
    opened_at: datetime | None
    closed_at: datetime | None


class ClubList(msgspec.Struct):
    """Every club by name; there is one page."""

    items: list[ClubView]
    next_cursor: str | None = None


class ClubMonth(msgspec.Struct):
    """How many joined and left within one month."""

    month: Annotated[str, msgspec.Meta(examples=["2026-11"])]
    joined: int
    left: int


class ClubDetail(ClubView, kw_only=True):
    """A club with its joins and leaves by month."""

    months: list[ClubMonth]
    expected: int | None
    """While it is not open: how many members it would have."""


class ClubMemberView(msgspec.Struct, kw_only=True):
    """A member, masked."""

    customer_id: UUID
    name: str
    phone: str
    joined_at: datetime
    how: str
    """Where the tag came from: hand, rule, import …"""


class ClubMemberList(msgspec.Struct):
    """One page of members within one's scope, and how many there are."""

    items: list[ClubMemberView]
    next_cursor: str | None
    total: int


class ClubBody(msgspec.Struct, forbid_unknown_fields=True):
    """A club to found; it has no members before it is opened.

    Without `tag_id` a tag of its name is made; with `expr` a tag rule that gives the tag, too.
    """

    name: Name
    intro: Intro = ""
    tag_id: UUID | None = None
    expr: Expr = ""


class ClubPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a club; what is left out stays as it is."""

    name: Name | Unset = UNSET
    intro: Intro | Unset = UNSET
    tag_id: UUID | Unset = UNSET


async def _view(db: Read, club: Club) -> ClubView:
    tag = await queries_tags.tag(db, club.tag_id, with_deleted=True)
    return ClubView(**_shown(club, tag.name))


def _shown(club: Club, tag: str) -> dict[str, Any]:
    return {
        "id": club.id,
        "name": club.name,
        "intro": club.intro,
        "state": club.state,
        "tag_id": club.tag_id,
        "tag": tag,
        "rule_id": club.rule_id,
        "members": club.member_count,
        "problem": club.problem,
        "opened_at": club.opened_at,
        "closed_at": club.closed_at,
    }


@get("/clubs", guards=VIEW, summary="俱乐部", tags=["tags"])
async def list_clubs(db: Db) -> ClubList:
    """Return the bank's clubs."""
    rows = await queries_clubs.clubs(db)
    return ClubList([ClubView(**_shown(club, tag.name)) for club, tag in rows])


@post("/clubs", guards=MANAGE, summary="新建俱乐部", tags=["tags"])
async def add_club(data: JSONBody[ClubBody], db: Db, me: Me, now: Now) -> ClubView:
    """Found a club, with its tag and the rule that gives it when asked for."""
    draft = ClubDraft(data.name, data.intro, data.tag_id, data.expr)
    return await _view(db, await actions_clubs.create_club(db, draft, by=me, at=now))


@get("/clubs/{club_id:uuid}", guards=VIEW, summary="一个俱乐部", tags=["tags"])
async def one_club(club_id: FromPath[UUID], db: Db, bank: OurBank, now: Now) -> ClubDetail:
    """Return a club with its joins and leaves by month."""
    club = await queries_clubs.club(db, club_id)
    tag = await queries_tags.tag(db, club.tag_id, with_deleted=True)
    months = await queries_members.months(db, club, zone=bank.zone)
    is_open = club.state == "open"
    return ClubDetail(
        **_shown(club, tag.name),
        months=[ClubMonth(one.month, one.joined, one.left) for one in months],
        expected=None if is_open else await queries_members.expected(db, club, at=now),
    )


@patch("/clubs/{club_id:uuid}", guards=MANAGE, summary="修改俱乐部", tags=["tags"])
async def change_club(
    club_id: FromPath[UUID], data: JSONBody[ClubPatch], db: Db, me: Me, now: Now
) -> ClubView:
    """Change a club; an open one keeps its name, for expressions name it."""
    held = await queries_clubs.club(db, club_id)
    draft = ClubDraft(
        sent_or(data.name, held.name),
        sent_or(data.intro, held.intro),
        sent_or(data.tag_id, held.tag_id),
    )
    return await _view(db, await actions_clubs.change_club(db, club_id, draft, by=me, at=now))


@post(
    "/clubs/{club_id:uuid}/open",
    guards=MANAGE,
    status_code=200,
    summary="开办俱乐部",
    tags=["tags"],
)
async def open_club(club_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ClubView:
    """Open a club: who has its tag is a member within a minute."""
    return await _view(db, await actions_clubs.open_club(db, club_id, by=me, at=now))


@post(
    "/clubs/{club_id:uuid}/close",
    guards=MANAGE,
    status_code=200,
    summary="停办俱乐部",
    tags=["tags"],
)
async def close_club(club_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ClubView:
    """Close a club: its members leave, their tag stays on."""
    return await _view(db, await actions_clubs.close_club(db, club_id, by=me, at=now))


@get("/clubs/{club_id:uuid}/members", guards=VIEW, summary="俱乐部会员", tags=["tags"])
async def list_members(
    club_id: FromPath[UUID],
    db: Db,
    me: Me,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> ClubMemberList:
    """Return a club's members in scope, by customer number."""
    club = await queries_clubs.club(db, club_id)
    found = await club_desk.members(db, club, me, after=place(cursor), limit=page_size(limit))
    items = [
        ClubMemberView(
            customer_id=one.id,
            name=one.name_masked,
            phone=one.phone_masked,
            joined_at=membership.joined_at,
            how=membership.how,
        )
        for one, membership in found.rows
    ]
    return ClubMemberList(items, found.next_cursor or None, found.total)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_clubs,
            add_club,
            one_club,
            change_club,
            open_club,
            close_club,
            list_members,
        ],
        after_request=keep_answer,
    )
]
