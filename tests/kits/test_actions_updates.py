"""A source's newer wording is merged or dismissed; its recall reaches every member at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.kits.families import adopt, join, publish, who
from tests.make import NOW, approve, make_live_item
from tests.personas import Personas

from contenthub import queue
from contenthub.errors import Invalid, NotFound
from contenthub.kits import actions, actions_updates, queries
from contenthub.kits.jobs import recalls_due
from contenthub.kits.kitstates import NotAdopted, WrongStep
from contenthub.library import actions as library
from contenthub.library import actions_copies
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.models import Item
from contenthub.library.placeholders import HeldBack
from contenthub.tenants import jobs_banks
from contenthub.web import kit_desk

LATER = NOW + timedelta(hours=1)
FIELDS: dict[str, Any] = {"summary": "20 万元起存", "rate": 205, "term": "三年"}


async def source_of(people: Personas, **over: Any) -> Item:
    """Return a live item of their bank."""
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        return await make_live_item(
            db, side.author, side.reviewer, **{"fields": FIELDS, "title": "大额存单", **over}
        )


async def republish(people: Personas, source: Item, kit_id: Any, **over: Any) -> None:
    """Let their bank change an item, approve it and publish the kit's next version."""
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        facts = {
            "kind": source.kind,
            "topic": source.topic,
            "title": "大额存单（新）",
            "fields": {**FIELDS, "summary": "20 万元起存，额度有限以系统为准", "rate": 215},
            "body": "<p>到网点办理，存款受存款保险保障。</p>",
            **over,
        }
        await library.write_draft(db, source.id, Draft(**facts), by=side.author, at=LATER)
        await library.submit(db, source.id, by=side.author, at=LATER)
        item = await library_queries.item(db, source.id)
        await approve(db, item, side.reviewer, LATER)
        await actions.publish_kit(db, kit_id, note="改了介绍", by=side.author, at=LATER)


async def edit(people: Personas, item: Item, **fields: Any) -> None:
    """Let our author fill in fields of an adopted item."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        _, seen, _ = await library_queries.item_wordings(db, item.id)
        draft = Draft(seen.kind, seen.topic, seen.title, {**seen.fields, **fields}, seen.body)
        await library.write_draft(db, item.id, draft, by=ours.author, at=NOW)


async def live_adopted(people: Personas) -> tuple[Item, Item, Any]:
    """Return a source, what we made of it and put live, and the kit."""
    await join(people)
    source = await source_of(people)
    kit = await publish(people, source)
    [item] = await adopt(people, kit)
    await edit(people, item, rate="1.85")
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.submit(db, item.id, by=ours.author, at=NOW)
        await approve(db, await library_queries.item(db, item.id), ours.reviewer)
    return source, item, kit


async def test_an_update_is_shown_field_by_field_and_merged_with_the_own_rate(
    people: Personas,
) -> None:
    source, item, kit = await live_adopted(people)
    await republish(people, source, kit.id)
    async with people.house.database.reading(people.ours.tenant) as db:
        one = await kit_desk.standing(db, item.id)
        assert (one.stand, one.newer and one.newer.revision_no) == ("update", 2)
        found = await kit_desk.differences(db, one, zone="Asia/Shanghai")
    assert [row.label for row in found.theirs] == ["标题", "一句话介绍", "年化利率"]
    assert found.own == []
    me = await who(people, people.ours)
    await kit_desk.merge(people.house, me, item.id, keep_own=True, at=LATER)
    async with people.house.database.reading(people.ours.tenant) as db:
        own, draft, live = await library_queries.item_wordings(db, item.id)
        assert (own.state, draft.state, draft.no) == ("live", "draft", 2)
        assert live is not None
        assert live.fields["summary"] == "20 万元起存"
        assert (draft.title, draft.fields["rate"]) == ("大额存单（新）", 185)
        assert draft.fields["summary"].endswith("以系统为准")
        assert (await kit_desk.standing(db, item.id)).stand == "same"


@pytest.mark.parametrize(("keep_own", "term"), [(True, "三年（本行）"), (False, "三年")])
async def test_an_own_change_that_the_source_did_not_touch_stays_if_wished(
    people: Personas, keep_own: bool, term: str
) -> None:
    await join(people)
    source = await source_of(people)
    kit = await publish(people, source)
    [item] = await adopt(people, kit)
    await edit(people, item, term="三年（本行）", summary="本行的介绍")
    await republish(people, source, kit.id)
    me = await who(people, people.ours)
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await kit_desk.differences(
            db, await kit_desk.standing(db, item.id), zone="Asia/Shanghai"
        )
    assert set(found.own) == {"期限", "一句话介绍"}
    await kit_desk.merge(people.house, me, item.id, keep_own=keep_own, at=LATER)
    async with people.house.database.reading(people.ours.tenant) as db:
        _, draft, _ = await library_queries.item_wordings(db, item.id)
    assert draft.fields["term"] == term
    assert draft.fields["summary"].endswith("以系统为准")


async def test_a_dismissed_update_is_quiet_until_the_next_one(people: Personas) -> None:
    source, item, kit = await live_adopted(people)
    await republish(people, source, kit.id)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        newer = (await kit_desk.standing(db, item.id)).newer
        assert newer is not None
        await actions_updates.dismiss_update(db, item.id, newer.hash, by=ours.author, at=LATER)
        await db.flush()
        assert (await kit_desk.standing(db, item.id)).stand == "dismissed"
    await republish(people, source, kit.id, title="大额存单（再改）")
    async with people.house.database.reading(ours.tenant) as db:
        assert (await kit_desk.standing(db, item.id)).stand == "update"


async def test_nothing_newer_cannot_be_merged_or_dismissed(people: Personas) -> None:
    _, item, _ = await live_adopted(people)
    me = await who(people, people.ours)
    with pytest.raises(WrongStep):
        await kit_desk.merge(people.house, me, item.id, keep_own=True, at=LATER)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(WrongStep):
            await actions_updates.dismiss_update(db, item.id, "", by=me.staff, at=LATER)
        own = await make_live_item(db, people.ours.author, people.ours.reviewer)
        with pytest.raises(NotAdopted):
            await kit_desk.standing(db, own.id)
    async with people.house.database.reading(people.theirs.tenant) as db:
        with pytest.raises(NotFound):
            await kit_desk.standing(db, item.id)


async def recall_source(people: Personas, source: Item) -> None:
    """Let their bank recall an item."""
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        await library.recall(db, source.id, reason="利率调整", by=side.reviewer, at=LATER)


async def work(people: Personas) -> int:
    """Let the worker sweep once and run what it found of our bank; return how much that was."""
    async with people.house.database.platform_unit_of_work() as db:
        due = await recalls_due(db, datetime.now(UTC))
    mine = [ids for tenant, ids in due if tenant == people.ours.tenant]
    for ids in mine:
        await queue.jobs["kits.carry_recall"](people.house.database, people.ours.tenant, **ids)
    return len(mine)


async def test_a_recall_takes_the_members_live_item_down_with_the_reason(
    people: Personas,
) -> None:
    source, item, kit = await live_adopted(people)
    await recall_source(people, source)
    assert await work(people) == 1
    assert await work(people) == 0
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        found = await library_queries.item(db, item.id)
        assert (found.state, found.live_revision_id) == ("recalled", None)
        assert found.recall_reason == "上级行下架：利率调整"
        assert (await kit_desk.standing(db, item.id)).stand == "recalled"
        who_did = await db.scalar(
            text("select actor_name from audit_entries where event = 'revision.recalled'")
        )
        assert who_did == f"上级行（{kit.name}）"
        await edit_held(db, people, item)


async def edit_held(db: Any, people: Personas, item: Item) -> None:
    """A new draft can be written, but not submitted."""
    ours = people.ours
    _, seen, _ = await library_queries.item_wordings(db, item.id)
    draft = Draft(seen.kind, seen.topic, "换个标题", seen.fields, seen.body)
    await library.write_draft(db, item.id, draft, by=ours.author, at=LATER)
    with pytest.raises(HeldBack):
        await library.submit(db, item.id, by=ours.author, at=LATER)


async def test_a_recall_reaches_copies_and_what_was_recalled_is_not_copied(
    people: Personas,
) -> None:
    source, item, kit = await live_adopted(people)
    ours, me = people.ours, await who(people, people.ours)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        live, _ = await actions_copies.copy_item(db, item.id, by=ours.author, at=NOW)
        await library.submit(db, live.id, by=ours.author, at=NOW)
        await approve(db, live, ours.reviewer)
        draft, _ = await actions_copies.copy_item(db, live.id, by=ours.author, at=NOW)
        assert (draft.copy_of_id, draft.must_fill) == (item.id, item.must_fill)
    await edit(people, draft, rate="")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(Invalid, match="利率"):  # a copy has the same gaps to fill in
            await library.submit(db, draft.id, by=ours.author, at=NOW)
    await recall_source(people, source)
    await work(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        found = await library_queries.item(db, live.id)
        assert (found.state, found.recall_reason) == ("recalled", "上级行下架：利率调整")
        with pytest.raises(HeldBack, match="重新复制"):
            await library.submit(db, draft.id, by=ours.author, at=LATER)
        for held in (item, live, draft):
            with pytest.raises(HeldBack, match="不能复制"):
                await actions_copies.copy_item(db, held.id, by=ours.author, at=LATER)
    await republish(people, source, kit.id)
    await kit_desk.merge(people.house, me, item.id, keep_own=True, at=LATER)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(HeldBack):  # the merge brought the new wording to its item only
            await actions_copies.copy_item(db, draft.id, by=ours.author, at=LATER)
        anew, _ = await actions_copies.copy_item(db, item.id, by=ours.author, at=LATER)
        await library.submit(db, anew.id, by=ours.author, at=LATER)


async def test_a_draft_waiting_for_review_cannot_be_approved_after_a_recall(
    people: Personas,
) -> None:
    await join(people)
    source = await source_of(people)
    [item] = await adopt(people, await publish(people, source))
    await edit(people, item, rate="1.85")
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.submit(db, item.id, by=ours.author, at=NOW)
    await recall_source(people, source)
    assert await work(people) == 1
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(HeldBack):
            await approve(db, await library_queries.item(db, item.id), ours.reviewer)


async def test_the_newer_wording_after_a_recall_can_be_merged_and_submitted(
    people: Personas,
) -> None:
    source, item, kit = await live_adopted(people)
    await recall_source(people, source)
    await work(people)
    await republish(people, source, kit.id)
    me, ours = await who(people, people.ours), people.ours
    await kit_desk.merge(people.house, me, item.id, keep_own=True, at=LATER)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert (await kit_desk.standing(db, item.id)).stand == "same"
        await library.submit(db, item.id, by=ours.author, at=LATER)
    assert await work(people) == 0


async def test_what_was_recalled_is_not_taken_over_and_who_left_is_not_reached(
    people: Personas,
) -> None:
    source, item, kit = await live_adopted(people)
    await join(people, parent=False)
    await recall_source(people, source)
    assert await work(people) == 0
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        assert (await library_queries.item(db, item.id)).state == "live"
        await db.execute(text("delete from adopted_parts"))
    await join(people)
    assert await adopt(people, kit) == []


async def _is_due(people: Personas) -> bool:
    """Return whether the sweep finds the parent's kits; its members' figures are another's."""
    async with people.house.database.platform_unit_of_work() as db:
        due = await jobs_banks.parents_to_tell_of_kits(db, datetime.now(UTC))
    return (people.theirs.tenant, {}) in due


async def test_the_parent_counts_its_members_and_sees_no_row_of_theirs(people: Personas) -> None:
    source, _, kit = await live_adopted(people)
    side, database = people.theirs, people.house.database
    assert await _is_due(people)
    await queue.jobs["tenants.gather_kit_figures"](database, side.tenant)
    assert not await _is_due(people)
    async with database.reading(side.tenant) as db:
        [one] = kit_desk.by_member(list(await queries.figures(db, kit.id)))
    assert (one.adopted, one.live, one.recalled) == (1, 1, 0)
    await recall_source(people, source)
    await work(people)
    assert await _is_due(people)
    await queue.jobs["tenants.gather_kit_figures"](database, side.tenant)
    async with database.reading(side.tenant) as db:
        [one] = kit_desk.by_member(list(await queries.figures(db, kit.id)))
        assert (one.adopted, one.live, one.recalled) == (1, 0, 1)
    async with database.reading(people.ours.tenant) as db:
        assert list(await queries.figures(db, kit.id)) == []
