"""Clubs' rights: each member once a month, never who left, claimed or handed over, then over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.web.desk import post_form, work
from tests.web.landing import send, visitor
from tests.web.test_landing_blocks import RIGHT

from contenthub.customers import (
    actions_club_moves,
    actions_clubs,
    actions_people,
    actions_tag_changes,
    queries_clubs,
)
from contenthub.customers import queries as customers
from contenthub.customers.actions_clubs import ClubDraft
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.models import Customer
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import actions as library
from contenthub.library.models import Item
from contenthub.sharing import actions_grant_runs, actions_grants, jobs_grants, queries_grants
from contenthub.sharing.models import Link
from contenthub.sharing.models_clubs import ClubGrant, ClubRight

PHONES = ("13800000001", "13800000002", "13800000003")
NOW = datetime.now(UTC)


class Desk:
    """An open club with three members and one right that it gives."""

    def __init__(self, people: Personas) -> None:
        self.people, self.database = people, people.house.database
        self.tenant, self.ours = people.ours.tenant, people.ours
        self.members: list[Customer] = []
        self.club_id, self.right_id, self.tag_id = (UUID(int=0),) * 3
        self.item: Item
        self.link: Link

    async def settle(self, *, monthly: int = 1, **fields: str) -> None:
        ours = self.ours
        facts = {**RIGHT, "stock": "50", "per_person": "9", **fields}
        async with self.database.unit_of_work(self.tenant) as db:
            self.item = await make_live_item(
                db, ours.author, ours.reviewer, kind="right", topic="rights", fields=facts
            )
            self.link = await make_link(db, self.item, ours.employee)
            made = await actions_clubs.create_club(
                db, ClubDraft("金色年华"), by=ours.author, at=NOW
            )
            self.club_id, self.tag_id = made.id, made.tag_id
            await actions_clubs.open_club(db, made.id, by=ours.author, at=NOW)
            for phone in PHONES:
                self.members.append(await make_customer(db, owner=ours.employee, phone=phone))
            right = await actions_grants.add_right(
                db, made.id, self.item.id, monthly=monthly, by=ours.author, at=NOW
            )
            self.right_id = right.id
        for place in range(3):
            await self.tag(place)
        await self.follow()

    async def tag(self, place: int, *, put: bool = True) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            one = self.members[place]
            if put:
                wish = Wish("put", self.tag_id)
                await actions_tag_changes.put_one(db, one, wish, by=self.ours.author, at=NOW)
            else:
                await actions_tag_changes.take_one(
                    db, one, self.tag_id, by=self.ours.author, at=NOW
                )

    async def follow(self, at: datetime = NOW) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_club_moves.take_step(db, self.club_id, at=at)

    async def grant(self, at: datetime = NOW) -> bool:
        async with self.database.unit_of_work(self.tenant) as db:
            return await actions_grant_runs.take_step(db, self.right_id, at=at)

    async def grants(self) -> list[tuple[str, int]]:
        """Return (month, place) of everything given."""
        async with self.database.reading(self.tenant) as db:
            rows = await db.scalars(
                select(ClubGrant).order_by(ClubGrant.month_on, ClubGrant.customer_no)
            )
            nos = [one.no for one in self.members]
            return [(f"{row.month_on:%m}", nos.index(row.customer_no)) for row in rows]

    async def right(self) -> ClubRight:
        async with self.database.reading(self.tenant) as db:
            return await queries_grants.right(db, self.right_id)


@pytest.fixture
async def desk(people: Personas) -> Desk:
    return Desk(people)


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(day=2)


async def test_each_member_is_given_a_right_once_a_month_and_never_who_left(desk: Desk) -> None:
    await desk.settle()
    this, later = f"{NOW.astimezone():%m}", _next_month(NOW)
    for _ in range(3):
        await desk.grant()
    assert [place for _, place in await desk.grants()] == [0, 1, 2]
    await desk.tag(1, put=False)
    await desk.follow()
    await desk.tag(1)
    await desk.follow(NOW + timedelta(seconds=1))
    await desk.grant()
    assert len(await desk.grants()) == 3, "who joins again has this month's already"
    await desk.tag(2, put=False)
    await desk.follow(later)
    for _ in range(2):
        await desk.grant(later)
    found = await desk.grants()
    assert [place for _, place in found] == [0, 1, 2, 0, 1]
    assert {month for month, _ in found[3:]} == {f"{later:%m}"} != {this}


async def test_portions_that_die_are_finished_and_nobody_gets_two(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_grant_runs, "STEP", 1)
    await desk.settle()
    assert await desk.grant()
    with pytest.raises(RuntimeError):
        async with desk.database.unit_of_work(desk.tenant) as db:
            await actions_grant_runs.take_step(db, desk.right_id, at=NOW)
            raise RuntimeError("the worker is killed")
    assert len(await desk.grants()) == 1
    async with desk.database.platform_unit_of_work() as platform:
        due = await jobs_grants.unchecked_rights(platform, NOW + timedelta(minutes=5))
    assert (desk.tenant, {}) in due
    await jobs_grants.grant_rights(desk.database, desk.tenant)
    assert [place for _, place in await desk.grants()] == [0, 1, 2]


async def test_no_more_than_the_stock_is_given_and_more_stock_reaches_the_rest(
    desk: Desk,
) -> None:
    await desk.settle(monthly_stock="2")
    for _ in range(2):
        await desk.grant()
    assert [place for _, place in await desk.grants()] == [0, 1]
    assert "还有 1 位会员没有发到" in (await desk.right()).problem
    later = _next_month(NOW)
    await desk.grant(later)
    assert len(await desk.grants()) == 4, "another month has its own pieces"


async def test_what_is_recalled_stopped_or_closed_is_given_to_nobody(desk: Desk) -> None:
    await desk.settle()
    by = desk.ours.author
    async with desk.database.unit_of_work(desk.tenant) as db:
        await library.recall(db, desk.item.id, reason="换新版", by=by, at=NOW)
    assert not await desk.grant()
    assert "已下架" in (await desk.right()).problem
    assert await desk.grants() == []
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_grants.stop_right(db, desk.right_id, by=by, at=NOW)
        with pytest.raises(Conflict, match="已经停止发放"):
            await actions_grants.stop_right(db, desk.right_id, by=by, at=NOW)
        assert not await queries_grants.is_for_members(db, desk.item.id)


async def test_who_is_erased_is_given_nothing_and_no_list_shows_them(desk: Desk) -> None:
    await desk.settle()
    await desk.grant()
    async with desk.database.unit_of_work(desk.tenant) as db:
        gone = await customers.customer(db, desk.members[0].id)
        await actions_people.erase_customer(db, gone, by=desk.ours.admin, at=NOW)
        due = await queries_grants.due_of(db, desk.right_id, owner_ids=None, at=NOW)
        assert [one.customer.no for one in due] == [one.no for one in desk.members[1:]]
    later = _next_month(NOW)
    await desk.follow(later)
    await desk.grant(later)
    assert [place for _, place in (await desk.grants())[3:]] == [1, 2]


async def test_only_a_member_claims_and_one_sentence_answers_all_others(desk: Desk) -> None:
    await desk.settle()
    await desk.grant()
    async with visitor(desk.people) as client:
        mine = await send(client, desk.people, desk.link, "signup", phone=PHONES[0])
        again = await send(client, desk.people, desk.link, "signup", phone=PHONES[0])
        other = await send(client, desk.people, desk.link, "signup", phone="13800000099")
    assert (mine.status_code, again.status_code, other.status_code) == (201, 409, 409)
    assert again.json()["detail"] == other.json()["detail"]
    assert "只送给俱乐部会员" in other.json()["detail"]
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Conflict, match="已经领完或送完"):
            await actions_grants.hand_over(
                db, desk.right_id, desk.members[0].id, by=desk.ours.employee, at=NOW
            )


async def test_a_piece_is_handed_over_and_taken_back_by_who_serves_the_member(
    desk: Desk,
) -> None:
    await desk.settle(monthly=2)
    await desk.grant()
    ours, theirs = desk.ours, desk.people.theirs
    who = desk.members[0].id
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Conflict, match="没有登记过送达"):
            await actions_grants.take_back(db, desk.right_id, who, by=ours.employee, at=NOW)
        for handed in (1, 2):
            grant = await actions_grants.hand_over(db, desk.right_id, who, by=ours.employee, at=NOW)
            assert grant.handed == handed
        grant = await actions_grants.take_back(db, desk.right_id, who, by=ours.employee, at=NOW)
        assert grant.handed == 1
        assert (await queries_grants.waiting(db, ours.employee.id, at=NOW)) == {
            desk.right_id: (3, 3)
        }
        with pytest.raises(Conflict):
            later = _next_month(NOW)
            await actions_grants.hand_over(db, desk.right_id, who, by=ours.employee, at=later)
        stranger = await make_customer(db, owner=ours.employee, phone="13800000050")
        with pytest.raises(Conflict, match="本月没有这项会员权益"):
            await actions_grants.hand_over(db, desk.right_id, stranger.id, by=ours.employee, at=NOW)
    async with desk.database.unit_of_work(theirs.tenant) as db:
        with pytest.raises(NotFound):
            await actions_grants.hand_over(db, desk.right_id, who, by=theirs.employee, at=NOW)
        assert await queries_grants.given(db, at=NOW) == []


async def test_only_a_live_right_is_added_once_and_within_what_it_allows(desk: Desk) -> None:
    await desk.settle(monthly_per_person="2")
    ours = desk.ours
    async with desk.database.unit_of_work(desk.tenant) as db:
        product = await make_live_item(db, ours.author, ours.reviewer)
        club = (await queries_clubs.club(db, desk.club_id)).id
        for item_id, monthly, field in (
            (product.id, 1, "item_id"),
            (desk.item.id, 3, "monthly"),
            (desk.item.id, 0, "monthly"),
            (desk.item.id, 1, "item_id"),
        ):
            with pytest.raises(Invalid) as caught:
                await actions_grants.add_right(
                    db, club, item_id, monthly=monthly, by=ours.author, at=NOW
                )
            assert list(caught.value.fields) == [field]
            if monthly == 3:
                assert "请填 1 到 2 的整数：这项权益每人每月可领 2 份" in str(caught.value.fields)


async def test_the_api_and_the_pages_show_who_waits_and_what_was_used(desk: Desk) -> None:
    await desk.settle()
    await work(desk.people, "sharing.grant_rights")
    right, who = desk.right_id, str(desk.members[0].id)
    body: dict[str, Any] = {"customer_id": who}
    async with desk.people.client(desk.ours.employee) as client:
        shown = (await client.get("/m/clubs")).text
        assert "本月可送 3 位会员" in shown
        assert f'href="/m/materials/{desk.item.id}"' in shown
        done = await client.post(f"/api/v1/club-rights/{right}/hand-over", json=body)
        assert done.json() == {"pieces": 1, "claimed": 0, "handed": 1}
        assert (
            await client.post(f"/api/v1/club-rights/{right}/hand-over", json=body)
        ).status_code == 409
        assert "本月可送 2 位会员" in (await client.get("/m/clubs")).text
        await post_form(client, f"/m/clubs/{right}/{who}/take-back", {})
        await post_form(client, f"/m/clubs/{right}/{who}/hand-over", {})
        assert (
            await client.post(
                f"/api/v1/clubs/{desk.club_id}/rights", json={"item_id": str(desk.item.id)}
            )
        ).status_code == 403
        assert (await client.delete(f"/api/v1/club-rights/{right}")).status_code == 403
    async with desk.people.client(desk.ours.author) as client:
        listed = (await client.get(f"/api/v1/clubs/{desk.club_id}/rights")).json()["items"]
        assert [(one["members"], one["pieces"], one["used"]) for one in listed] == [(3, 3, 1)]
        grants = (await client.get(f"/api/v1/club-rights/{right}/grants")).json()["items"]
        assert [one["handed"] for one in grants] == [0, 0, 1]
        page = (await client.get(f"/console/clubs/{desk.club_id}")).text
        assert "已发 3 位" in page
        await post_form(client, f"/console/club-rights/{right}/stop", {})
        assert "已停发" in (await client.get(f"/console/clubs/{desk.club_id}")).text
        form = {"item_id": str(desk.item.id), "monthly": "1"}
        await post_form(client, f"/console/clubs/{desk.club_id}/rights", form)
        assert (await desk.right()).stopped_at is None
    async with desk.people.client(desk.ours.admin) as client:
        kept = (await client.get(f"/api/v1/customers/{who}/export")).json()
        assert [one["club"] for one in kept["clubs"]] == ["金色年华"]
        assert [(one["pieces"], one["handed"]) for one in kept["club_rights"]] == [(1, 1)]
    async with desk.people.client(desk.people.theirs.author) as client:
        assert (await client.get(f"/api/v1/club-rights/{right}/grants")).status_code == 404
        assert (await client.delete(f"/api/v1/club-rights/{right}")).status_code == 404
