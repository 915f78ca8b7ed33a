"""GET/POST/DELETE of what clubs give their members every month, and to whom it was handed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import queries_clubs
from contenthub.db import Read
from contenthub.sharing import actions_grants, queries_grants
from contenthub.sharing.models_clubs import ClubGrant
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

VIEW, MANAGE = [May("customers.view")], [May("customers.tags")]
HAND = [May("customers.write")]
Monthly = Annotated[int, msgspec.Meta(ge=1, le=31, examples=[1])]


class ClubRightView(msgspec.Struct, kw_only=True):
    """A right that a club gives, and what came of it this month."""

    id: UUID
    item_id: UUID
    title: str
    monthly: int
    """How many pieces a member gets a month."""
    members: int
    """How many members were given it this month."""
    pieces: int
    used: int
    """How many of these pieces were claimed or handed over."""
    problem: str
    """Why members get nothing, or not all of them do; empty when everybody does."""
    stopped_at: datetime | None


class ClubRightList(msgspec.Struct):
    """Every right of a club; there is one page."""

    items: list[ClubRightView]
    next_cursor: str | None = None


class ClubRightBody(msgspec.Struct, forbid_unknown_fields=True):
    """A live right for the members, so many pieces a month; then only they may claim it."""

    item_id: UUID
    monthly: Monthly = 1


class GrantView(msgspec.Struct, kw_only=True):
    """What one member was given this month."""

    customer_id: UUID
    name: str
    phone: str
    month_on: date
    pieces: int
    claimed: int
    handed: int


class GrantList(msgspec.Struct):
    """The members in one's scope, who waits for it first; at most 200."""

    items: list[GrantView]
    next_cursor: str | None = None


class HandBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who was handed a piece, or was not after all."""

    customer_id: UUID


class HandView(msgspec.Struct):
    """What a member has of a right this month."""

    pieces: int
    claimed: int
    handed: int


async def _rights(db: Read, club_id: UUID, now: datetime) -> list[ClubRightView]:
    return [
        ClubRightView(
            id=one.right.id,
            item_id=one.item.id,
            title=one.item.title,
            monthly=one.right.monthly,
            members=one.members,
            pieces=one.pieces,
            used=one.used,
            problem=one.right.problem,
            stopped_at=one.right.stopped_at,
        )
        for one in await queries_grants.given(db, club_id=club_id, at=now)
    ]


@get("/clubs/{club_id:uuid}/rights", guards=VIEW, summary="俱乐部的每月权益", tags=["tags"])
async def list_rights(club_id: FromPath[UUID], db: Db, now: Now) -> ClubRightList:
    """Return what a club gives, with this month's figures."""
    club = await queries_clubs.club(db, club_id)
    return ClubRightList(await _rights(db, club.id, now))


@post("/clubs/{club_id:uuid}/rights", guards=MANAGE, summary="给俱乐部加权益", tags=["tags"])
async def add_right(
    club_id: FromPath[UUID], data: JSONBody[ClubRightBody], db: Db, me: Me, now: Now
) -> ClubRightView:
    """Let a club give a live right every month."""
    made = await actions_grants.add_right(
        db, club_id, data.item_id, monthly=data.monthly, by=me, at=now
    )
    return next(one for one in await _rights(db, club_id, now) if one.id == made.id)


@delete("/club-rights/{club_right_id:uuid}", guards=MANAGE, summary="停发俱乐部权益", tags=["tags"])
async def stop_right(club_right_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Give a right no more; what was given holds until the month ends."""
    await actions_grants.stop_right(db, club_right_id, by=me, at=now)


@get(
    "/club-rights/{club_right_id:uuid}/grants",
    guards=VIEW,
    summary="本月发给了谁",
    tags=["tags"],
)
async def list_grants(club_right_id: FromPath[UUID], db: Db, me: Me, now: Now) -> GrantList:
    """Return the members in scope that were given a right this month, masked."""
    right = await queries_grants.right(db, club_right_id)
    reach = await tenants.visible_staff_ids(db, me)
    return GrantList(
        [
            GrantView(
                customer_id=one.customer.id,
                name=one.customer.name_masked,
                phone=one.customer.phone_masked,
                month_on=one.grant.month_on,
                pieces=one.grant.pieces,
                claimed=one.grant.claimed,
                handed=one.grant.handed,
            )
            for one in await queries_grants.due_of(db, right.id, owner_ids=reach, at=now)
        ]
    )


@post(
    "/club-rights/{club_right_id:uuid}/hand-over",
    guards=HAND,
    status_code=200,
    summary="登记已送达会员权益",
    tags=["tags"],
)
async def hand_over(
    club_right_id: FromPath[UUID], data: JSONBody[HandBody], db: Db, me: Me, now: Now
) -> HandView:
    """Note that a member was handed a piece of this month."""
    return _hand(await actions_grants.hand_over(db, club_right_id, data.customer_id, by=me, at=now))


@post(
    "/club-rights/{club_right_id:uuid}/take-back",
    guards=HAND,
    status_code=200,
    summary="撤销已送达",
    tags=["tags"],
)
async def take_back(
    club_right_id: FromPath[UUID], data: JSONBody[HandBody], db: Db, me: Me, now: Now
) -> HandView:
    """Undo that a member was handed a piece."""
    return _hand(await actions_grants.take_back(db, club_right_id, data.customer_id, by=me, at=now))


def _hand(grant: ClubGrant) -> HandView:
    return HandView(grant.pieces, grant.claimed, grant.handed)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_rights, add_right, stop_right, list_grants, hand_over, take_back],
        after_request=keep_answer,
    )
]
