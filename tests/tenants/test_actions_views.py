"""Saved views: whose they are, who may share them, what opens with them, and taking back."""

from datetime import timedelta

import pytest
from tests.make import NOW
from tests.personas import Personas

from contenthub.db import Read
from contenthub.errors import Forbidden, Invalid, NotFound
from contenthub.tenants import actions_views, queries_views
from contenthub.tenants.actions_views import ViewDraft
from contenthub.tenants.models import Staff

DUE = ViewDraft("本月到期", "validity=expiring-30")
ALL = ViewDraft("全行待审", "state=in_review", is_shared=True)


async def _names(db: Read, me: Staff) -> list[str]:
    return [one.view.name for one in await queries_views.views(db, me)]


async def test_an_own_view_is_shown_to_its_owner_and_a_shared_one_to_all(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        own = await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        shared = await actions_views.save_view(db, ALL, by=side.author, at=NOW)
        assert await _names(db, side.author) == ["本月到期", "全行待审"]
        assert await _names(db, side.reviewer) == ["全行待审"]
        with pytest.raises(NotFound):
            await actions_views.delete_view(db, own.id, by=side.reviewer, at=NOW)
        with pytest.raises(Forbidden, match="同事共享"):
            await actions_views.delete_view(db, shared.id, by=side.reviewer, at=NOW)
        with pytest.raises(Forbidden, match="不能把视图共享"):
            await actions_views.save_view(db, ALL, by=side.reviewer, at=NOW)
        await actions_views.delete_view(db, shared.id, by=side.admin, at=NOW)
        assert await _names(db, side.reviewer) == []
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        with pytest.raises(NotFound):
            await queries_views.view(db, own.id, me=people.theirs.author)


async def test_a_name_is_the_owners_once_and_free_after_deletion(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        first = await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        with pytest.raises(Invalid, match="已经有叫"):
            await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        await actions_views.save_view(db, DUE, by=side.reviewer, at=NOW)
        await actions_views.delete_view(db, first.id, by=side.author, at=NOW)
        second = await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        with pytest.raises(Invalid, match="已经有叫"):
            await actions_views.restore_view(db, first.id, by=side.author, at=NOW)
        await actions_views.delete_view(db, second.id, by=side.author, at=NOW)
        await actions_views.restore_view(db, first.id, by=side.author, at=NOW)
        assert await _names(db, side.author) == ["本月到期"]
        for wrong in (ViewDraft("", "q=x"), ViewDraft("长" * 21, "q=x"), ViewDraft("空", "")):
            with pytest.raises(Invalid):
                await actions_views.save_view(db, wrong, by=side.author, at=NOW)


async def test_what_was_deleted_long_ago_is_forgotten(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        old = await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        await actions_views.delete_view(db, old.id, by=side.author, at=NOW)
        later = NOW + timedelta(days=31)
        await actions_views.save_view(db, ALL, by=side.author, at=later)
        db.expunge_all()
        with pytest.raises(NotFound):
            await actions_views.restore_view(db, old.id, by=side.author, at=later)


async def test_views_keep_the_order_their_owner_gives_them(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        made = [
            await actions_views.save_view(db, ViewDraft(name, "q=x"), by=side.author, at=NOW)
            for name in ("甲", "乙", "丙")
        ]
        await actions_views.move_view(db, made[2].id, step=-1, by=side.author, at=NOW)
        assert await _names(db, side.author) == ["甲", "丙", "乙"]
        await actions_views.move_view(db, made[0].id, step=-1, by=side.author, at=NOW)
        await actions_views.move_view(db, made[0].id, step=1, by=side.author, at=NOW)
        assert await _names(db, side.author) == ["丙", "甲", "乙"]
        shared = await actions_views.save_view(db, ALL, by=side.author, at=NOW)
        with pytest.raises(Forbidden, match="自己的视图"):
            await actions_views.move_view(db, shared.id, step=1, by=side.admin, at=NOW)


async def test_a_library_opens_with_a_view_until_it_is_gone_for_that_person(
    people: Personas,
) -> None:
    side = people.ours

    async def starts(me: Staff) -> list[str]:
        return [one.view.name for one in await queries_views.views(db, me) if one.is_start]

    async with people.house.database.unit_of_work(side.tenant) as db:
        shared = await actions_views.save_view(db, ALL, by=side.author, at=NOW)
        own = await actions_views.save_view(db, DUE, by=side.author, at=NOW)
        for me in (side.author, side.reviewer):
            await actions_views.start_with(db, shared.id, by=me, at=NOW)
        assert await starts(side.author) == await starts(side.reviewer) == ["全行待审"]
        with pytest.raises(NotFound):
            await actions_views.start_with(db, own.id, by=side.reviewer, at=NOW)
        private = ViewDraft(ALL.name, ALL.query)
        await actions_views.change_view(db, shared.id, private, by=side.author, at=NOW)
        assert await starts(side.author) == ["全行待审"]
        assert await starts(side.reviewer) == []
        await actions_views.start_with(db, own.id, by=side.author, at=NOW)
        assert await starts(side.author) == ["本月到期"]
        await actions_views.start_with(db, None, by=side.author, at=NOW)
        assert await starts(side.author) == []
