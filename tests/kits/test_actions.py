"""A bank's own kits: filled with what is live, published as versions, withdrawn."""

import pytest
from tests.kits.families import publish
from tests.make import NOW, make_item, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.errors import Invalid, NotFound
from contenthub.kits import actions, queries
from contenthub.kits.actions import KitDraft
from contenthub.kits.kitstates import WrongStep
from contenthub.library.queries import NotLive


async def test_a_kit_is_published_once_for_each_change(people: Personas) -> None:
    kit = await publish(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(WrongStep):
            await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
        more = await make_live_item(db, side.author, side.reviewer)
        first = [part.subject_id for part in await queries.parts(db, kit.id)]
        draft = KitDraft("开门红内容包", "说明", [*first, more.id])
        await actions.change_kit(db, kit.id, draft, by=side.author, at=NOW)
        version = await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
        assert (version.no, version.parts) == (2, 2)
        assert [one.is_newest for one in await queries.versions(db, kit.id)] == [True, False]


async def test_what_is_not_live_is_not_published(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        kit = await actions.create_kit(db, KitDraft("包", "", [item.id]), by=side.author, at=NOW)
        with pytest.raises(NotLive, match=item.title[:3]):
            await actions.publish_kit(db, kit.id, by=side.author, at=NOW)


async def test_an_empty_kit_is_not_published(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        kit = await actions.create_kit(db, KitDraft("空包"), by=side.author, at=NOW)
        with pytest.raises(Invalid) as refused:
            await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
    assert set(refused.value.fields) == {"item_ids"}


async def test_a_template_needs_its_item_in_the_kit(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        template = await make_live_template(db, item, side.author, side.reviewer)
        with pytest.raises(Invalid) as refused:
            draft = KitDraft("包", "", [], [template.id])
            await actions.create_kit(db, draft, by=side.author, at=NOW)
    assert set(refused.value.fields) == {"template_ids"}


async def test_every_wrong_field_is_named_at_once(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions.create_kit(db, KitDraft(" ", "长" * 201), by=side.author, at=NOW)
    assert set(refused.value.fields) == {"name", "summary"}


async def test_a_withdrawn_kit_is_offered_no_more_and_can_come_back(people: Personas) -> None:
    kit = await publish(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions.withdraw_kit(db, kit.id, by=side.author, at=NOW)
        assert not any(one.is_newest for one in await queries.versions(db, kit.id))
        with pytest.raises(WrongStep):
            await actions.withdraw_kit(db, kit.id, by=side.author, at=NOW)
        again = await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
    assert again.no == 2


async def test_another_banks_kit_and_items_are_not_found(people: Personas) -> None:
    kit = await publish(people)
    side = people.ours
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        theirs = await make_live_item(db, people.theirs.author, people.theirs.reviewer)
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(NotFound):
            await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
        with pytest.raises(NotFound):
            await actions.create_kit(db, KitDraft("包", "", [theirs.id]), by=side.author, at=NOW)
