"""Clubs: who has the tag joins, who loses it leaves, each once; expressions; erasure; rings."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.make import make_customer
from tests.personas import Personas

from contenthub.customers import (
    actions_club_moves,
    actions_clubs,
    actions_people,
    actions_rules,
    actions_tag_changes,
    actions_tags,
    jobs,
    jobs_clubs,
    jobs_rules,
    queries,
    queries_audience,
    queries_clubs,
    queries_members,
    queries_rules,
    queries_tags,
)
from contenthub.customers.actions_clubs import ClubDraft
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.models import Customer
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.tagexpr import parse
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import actions_webhooks
from contenthub.tenants.actions_webhooks import Wish as Hears
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.models_webhooks import WebhookEvent


class Desk:
    """A bank with some customers of given assets and the clubs a test founds."""

    def __init__(self, people: Personas) -> None:
        self.people, self.database = people, people.house.database
        self.tenant, self.by = people.ours.tenant, people.ours.author
        self.at = datetime.now(UTC)
        self.customers: list[Customer] = []

    async def settle(self, aums_yuan: Sequence[int]) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            self.customers = [
                await make_customer(db, owner=self.people.ours.employee, aum_fen=yuan * 100)
                for yuan in aums_yuan
            ]

    async def club(self, expr: str = "", name: str = "金色年华", *, is_open: bool = True) -> UUID:
        async with self.database.unit_of_work(self.tenant) as db:
            draft = ClubDraft(name, "每月两份会员礼", None, expr)
            made = await actions_clubs.create_club(db, draft, by=self.by, at=self.at)
            if is_open:
                await actions_clubs.open_club(db, made.id, by=self.by, at=self.at)
        return made.id

    async def run(self) -> None:
        await jobs_rules.run_rules(self.database, self.tenant)
        await jobs_clubs.follow_clubs(self.database, self.tenant)
        assert await jobs.audience_differences(self.database, self.tenant) == {}

    async def who(self, expr: str = "club(金色年华)") -> list[int]:
        """Return the places of the customers an expression means."""
        async with self.database.reading(self.tenant) as db:
            nos = await queries_audience.matching(db, parse(expr), at=self.at)
        return [place for place, one in enumerate(self.customers) if one.no in nos]

    async def rows(self, place: int) -> list[tuple[str, str]]:
        """Return how a customer joined and why they left, each time, the oldest first."""
        async with self.database.reading(self.tenant) as db:
            found = await db.scalars(
                select(ClubMembership)
                .where(ClubMembership.customer_no == self.customers[place].no)
                .order_by(ClubMembership.joined_at)
            )
            return [(one.how, one.why_left) for one in found]

    async def earn(self, place: int, yuan: int) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            one = await queries.customer(db, self.customers[place].id)
            _, phone = queries.clear(db, one)
            await make_customer(db, phone=phone, aum_fen=yuan * 100)

    async def told(self, kind: type[Any], event: str) -> list[dict[str, Any]]:
        async with self.database.reading(self.tenant) as db:
            rows = await db.scalars(select(kind).where(kind.event == event))
            return [getattr(one, "payload", None) or getattr(one, "detail", {}) for one in rows]


@pytest.fixture
def desk(people: Personas) -> Desk:
    return Desk(people)


async def test_who_gets_the_tag_joins_and_who_loses_it_leaves_and_may_join_again(
    desk: Desk,
) -> None:
    await desk.settle([60_000, 70_000, 10])
    club_id = await desk.club("aum >= 50000")
    assert await desk.who() == []
    await desk.run()
    await desk.run()
    assert await desk.who() == [0, 1]
    await desk.earn(0, 1)
    await desk.run()
    assert await desk.who() == [1]
    await desk.earn(0, 90_000)
    await desk.run()
    assert await desk.rows(0) == [("rule", "tag"), ("rule", "")]
    assert await desk.rows(2) == []
    moved = await desk.told(AuditEntry, "club.moved")
    assert sorted((one["joined"], one["left"]) for one in moved) == [(0, 1), (1, 0), (2, 0)]
    async with desk.database.reading(desk.tenant) as db:
        club = await queries_clubs.club(db, club_id)
        assert club.member_count == 2
        months = await queries_members.months(db, club, zone="Asia/Shanghai")
        assert [(one.joined, one.left) for one in months] == [(3, 1)]


async def test_a_club_by_hand_needs_no_rule_and_says_where_a_tag_came_from(desk: Desk) -> None:
    await desk.settle([1, 1])
    club_id = await desk.club()
    async with desk.database.unit_of_work(desk.tenant) as db:
        tag_id = (await queries_clubs.club(db, club_id)).tag_id
        wish = Wish("put", tag_id)
        await actions_tag_changes.put_one(db, desk.customers[1], wish, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.who("not club(金色年华)") == [0]
    assert await desk.rows(1) == [("hand", "")]


async def test_portions_that_die_are_finished_and_nobody_joins_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_club_moves, "STEP", 2)
    monkeypatch.setattr(actions_club_moves, "TOLD_AT_ONCE", 1)
    await desk.settle([60_000] * 5)
    async with desk.database.unit_of_work(desk.tenant) as db:
        hears = Hears("https://crm.example.com/hook", "核心", ("club.joined",))
        await actions_webhooks.create_endpoint(db, hears, by=desk.people.ours.admin, at=desk.at)
    club_id = await desk.club("aum >= 50000")
    await jobs_rules.run_rules(desk.database, desk.tenant)
    async with desk.database.unit_of_work(desk.tenant) as db:
        assert await actions_club_moves.take_step(db, club_id, at=desk.at)
    with pytest.raises(RuntimeError):
        async with desk.database.unit_of_work(desk.tenant) as db:
            await actions_club_moves.take_step(db, club_id, at=desk.at)
            raise RuntimeError("the worker is killed")
    assert len(await desk.who()) == 2
    async with desk.database.platform_unit_of_work() as platform:
        later = desk.at + timedelta(minutes=5)
        assert (desk.tenant, {}) in await jobs_clubs.unchecked_clubs(platform, later)
    await desk.run()
    assert await desk.who() == [0, 1, 2, 3, 4]
    heard = [one["customer_ids"] for one in await desk.told(WebhookEvent, "club.joined")]
    assert sorted(heard) == sorted([str(one.id)] for one in desk.customers)


async def test_closing_lets_everybody_go_and_opening_takes_them_in_again(desk: Desk) -> None:
    await desk.settle([60_000])
    club_id = await desk.club("aum >= 50000", is_open=False)
    async with desk.database.unit_of_work(desk.tenant) as db:
        club = await queries_clubs.club(db, club_id)
        assert await queries_members.expected(db, club, at=desk.at) == 1
        with pytest.raises(Conflict, match="还在筹备"):
            await actions_clubs.close_club(db, club_id, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.who() == []
    for move, wrong, members in (
        (actions_clubs.open_club, "已经在开办", [0]),
        (actions_clubs.close_club, "已经停办", []),
        (actions_clubs.open_club, "已经在开办", [0]),
    ):
        async with desk.database.unit_of_work(desk.tenant) as db:
            await move(db, club_id, by=desk.by, at=desk.at)
            with pytest.raises(Conflict, match=wrong):
                await move(db, club_id, by=desk.by, at=desk.at)
        await desk.run()
        assert await desk.who() == members
    assert await desk.rows(0) == [("rule", "closed"), ("rule", "")]


async def test_who_is_erased_is_a_member_no_more_and_the_figures_stay(desk: Desk) -> None:
    await desk.settle([60_000, 60_000])
    club_id = await desk.club("aum >= 50000")
    await desk.run()
    async with desk.database.unit_of_work(desk.tenant) as db:
        gone = await queries.customer(db, desk.customers[0].id)
        await actions_people.erase_customer(db, gone, by=desk.people.ours.admin, at=desk.at)
    assert await jobs.audience_differences(desk.database, desk.tenant) == {}
    await desk.run()
    assert await desk.who() == [1]
    assert await desk.rows(0) == [("rule", "erased")]
    async with desk.database.reading(desk.tenant) as db:
        club = await queries_clubs.club(db, club_id)
        assert club.member_count == 1
        months = await queries_members.months(db, club, zone="Asia/Shanghai")
        assert [(one.joined, one.left) for one in months] == [(2, 1)]


async def test_a_club_whose_tag_is_deleted_keeps_its_members_and_says_so(desk: Desk) -> None:
    await desk.settle([60_000])
    club_id = await desk.club("aum >= 50000")
    await desk.run()
    async with desk.database.unit_of_work(desk.tenant) as db:
        tag_id = (await queries_clubs.club(db, club_id)).tag_id
        await actions_tags.delete_tag(db, tag_id, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.who() == [0]
    async with desk.database.reading(desk.tenant) as db:
        assert "已删除" in (await queries_clubs.club(db, club_id)).problem


async def test_names_tags_and_expressions_are_checked_and_rules_never_wait_in_a_ring(
    desk: Desk,
) -> None:
    await desk.settle([60_000])
    club_id = await desk.club("aum >= 50000")
    async with desk.database.unit_of_work(desk.tenant) as db:
        tag_id = (await queries_clubs.club(db, club_id)).tag_id
        for draft, field in (
            (ClubDraft("金色年华"), "name"),
            (ClubDraft(""), "name"),
            (ClubDraft("银色", "长" * 301), "intro"),
            (ClubDraft("银色", "", tag_id, "aum >="), "expr"),
            (ClubDraft("银色", "", tag_id, "club(没有的)"), "expr"),
            (ClubDraft("银色", "", tag_id, "club(金色年华)"), "expr"),
        ):
            with pytest.raises(Invalid) as caught:
                await actions_clubs.create_club(db, draft, by=desk.by, at=desk.at)
            assert list(caught.value.fields) == [field], draft
        with pytest.raises(Invalid, match="开办中的俱乐部不能改名"):
            renamed = ClubDraft("银色年华")
            await actions_clubs.change_club(db, club_id, renamed, by=desk.by, at=desk.at)
    async with desk.database.unit_of_work(desk.tenant) as db:
        group = (await queries_tags.groups(db))[0][0]
        fan = await actions_tags.create_tag(
            db, actions_tags.TagDraft("会员之友", group.id), by=desk.by, at=desk.at
        )
        follows = RuleDraft("跟着会员", "club(金色年华)", fan.id)
        rule = await actions_rules.create_rule(db, follows, by=desk.by, at=desk.at)
        await actions_rules.switch_on(db, rule.id, by=desk.by, at=desk.at)
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid, match="会互相等"):
            moved = ClubDraft("金色年华", "", fan.id)
            await actions_clubs.change_club(db, club_id, moved, by=desk.by, at=desk.at)
        await db.rollback()
    for _ in range(2):
        await desk.run()
    assert await desk.who("会员之友") == [0]
    async with desk.database.reading(desk.tenant) as db:
        assert (await queries_rules.rule(db, rule.id)).problem == ""


async def test_another_bank_sees_no_club_and_no_name(desk: Desk) -> None:
    await desk.settle([60_000])
    club_id = await desk.club("aum >= 50000")
    theirs = desk.people.theirs
    async with desk.database.unit_of_work(theirs.tenant) as db:
        assert await queries_clubs.clubs(db) == []
        for act in (actions_clubs.open_club, actions_clubs.close_club):
            with pytest.raises(NotFound):
                await act(db, club_id, by=theirs.author, at=desk.at)
        with pytest.raises(Invalid, match="没有名为“金色年华”的俱乐部"):
            await queries_audience.check_names(db, parse("club(金色年华)"))
        assert not await actions_club_moves.take_step(db, club_id, at=desk.at)
        assert (await db.scalars(select(Club))).all() == []
