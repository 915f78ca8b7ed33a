"""Cadences go from a parent to its member in a kit: taken over, changed, stopped; and they ship."""

from datetime import timedelta
from typing import Any

import pytest
from tests.kits.families import join, who
from tests.make import NOW, approve, make_live_item
from tests.personas import Personas
from tests.scheduler.cadences import STEPS, make_cadence, make_draft, make_run
from tests.scheduler.cadences import approve as approve_cadence

from contenthub.errors import Conflict, Invalid
from contenthub.kits import actions, jobs, queries, starterkit
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import NO_ITEMS, Wish
from contenthub.kits.kitstates import WrongStep
from contenthub.kits.models import Kit
from contenthub.library import actions as library
from contenthub.library.models import Item
from contenthub.scheduler import actions_cadences, queries_cadences, queries_runs
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.models_cadences import Cadence
from contenthub.web import kit_desk

SCRIPT: dict[str, Any] = {
    "kind": "script",
    "topic": "deposit",
    "title": "到期问候",
    "fields": {"scene": "one_to_one", "text": "您好，我是{{ employee.name }}，存单快到期了。"},
}


async def _parents(people: Personas) -> tuple[Kit, Item, Cadence]:
    """Let their bank, our parent, publish a kit of a script and a cadence that brings it."""
    side = people.theirs
    await join(people)
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await make_live_item(db, side.author, side.reviewer, **SCRIPT)
        steps = [{**STEPS[0], "item_id": str(script.id)}, *STEPS[1:]]
        found = await make_cadence(db, side, title="存款到期", steps=steps)
        alone = KitDraft("节奏包", "", (), (), [found.id])
        with pytest.raises(Invalid) as error:
            await actions.create_kit(db, alone, by=side.author, at=NOW)
        assert set(error.value.fields) == {"cadence_ids"}
        whole = KitDraft("节奏包", "", [script.id], (), [found.id])
        kit = await actions.create_kit(db, whole, by=side.author, at=NOW)
        await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
    return kit, script, found


async def test_a_cadence_is_taken_over_changed_and_stopped_with_its_parents(
    people: Personas,
) -> None:
    side, theirs, house = people.ours, people.theirs, people.house
    kit, script, found = await _parents(people)
    me = await who(people, side)
    _, taken = await kit_desk.adopt(house, me, kit.id, Wish([found.id]), at=NOW)
    assert [one.why for one in taken.left] == [NO_ITEMS]
    _, taken = await kit_desk.adopt(house, me, kit.id, Wish(), at=NOW)
    [item, own] = [made for _, made in taken.made]
    assert isinstance(item, Item)
    assert isinstance(own, Cadence)
    assert (own.state, own.title) == ("draft", "存款到期")
    assert own.steps[0]["item_id"] == str(item.id)
    async with house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid):  # its script is a draft of this bank yet
            await actions_cadences.submit(db, own.id, by=side.author, at=NOW)
    async with house.database.unit_of_work(side.tenant) as db:
        await library.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
        await approve_cadence(db, side, own.id)
        run = await make_run(db, side, await queries_cadences.cadence(db, own.id))
    # The parent changes a step, and our bank its purpose: the merge keeps both.
    async with house.database.unit_of_work(theirs.tenant) as db:
        changed = [{**STEPS[0], "item_id": str(script.id)}, {**STEPS[1], "reason": "讲讲手机银行"}]
        draft = CadenceDraft("存款到期", "deposit", changed)
        await actions_cadences.rewrite_cadence(db, found.id, draft, by=theirs.author, at=NOW)
        with pytest.raises(Conflict, match="草稿"):
            await actions.publish_kit(db, kit.id, by=theirs.author, at=NOW)
        await approve_cadence(db, theirs, found.id)
        await actions.publish_kit(db, kit.id, by=theirs.author, at=NOW)
    async with house.database.unit_of_work(side.tenant) as db:
        mine = CadenceDraft("存款到期", "deposit", own.steps, "本行客户到期前后")
        await actions_cadences.rewrite_cadence(db, own.id, mine, by=side.author, at=NOW)
    async with house.database.reading(side.tenant) as db:
        one = await kit_desk.standing(db, own.id)
        seen = await kit_desk.differences(db, one, zone="Asia/Shanghai")
    assert (one.stand, one.state) == ("update", "draft")
    assert [row.name for row in seen.theirs] == ["第 2 步", "第 3 步"]
    assert seen.own == ["用途"]
    await kit_desk.merge(house, me, own.id, keep_own=True, at=NOW)
    async with house.database.reading(side.tenant) as db:
        merged = await queries_cadences.cadence(db, own.id)
        assert [step["reason"] for step in merged.steps] == ["谢谢开户", "讲讲手机银行"]
        assert (merged.purpose, merged.steps[0]["item_id"]) == ("本行客户到期前后", str(item.id))
        assert (await kit_desk.standing(db, own.id)).stand == "same"
    # The parent stops it: ours stops too, with the customers on it.
    later = NOW + timedelta(hours=1)
    async with house.database.unit_of_work(theirs.tenant) as db:
        await actions_cadences.stop_cadence(
            db, found.id, reason="口径有变", by=theirs.reviewer, at=later
        )
    async with house.database.platform_unit_of_work() as platform:
        due = [
            ids for tenant, ids in await jobs.recalls_due(platform, later) if tenant == side.tenant
        ]
    for ids in due:
        await jobs.carry_recall(house.database, side.tenant, **ids)
    async with house.database.reading(side.tenant) as db:
        assert (await queries_cadences.cadence(db, own.id)).stop_reason == "上级行停用：口径有变"
        assert (await queries_runs.run(db, run.id)).stop_reason == "cadence_stopped"
        assert (await kit_desk.standing(db, own.id)).stand == "recalled"


async def test_a_newer_cadence_that_brings_what_is_not_here_waits_for_it(people: Personas) -> None:
    side, theirs, house = people.ours, people.theirs, people.house
    kit, script, found = await _parents(people)
    me = await who(people, side)
    _, taken = await kit_desk.adopt(house, me, kit.id, Wish(), at=NOW)
    own = taken.made[-1][1]
    async with house.database.unit_of_work(theirs.tenant) as db:
        other = await make_live_item(db, theirs.author, theirs.reviewer, title="新的产品")
        steps = [{**STEPS[0], "item_id": str(other.id)}]
        draft = CadenceDraft("存款到期", "deposit", steps)
        await actions_cadences.rewrite_cadence(db, found.id, draft, by=theirs.author, at=NOW)
        await approve_cadence(db, theirs, found.id)
        whole = KitDraft("节奏包", "", [script.id, other.id], (), [found.id])
        await actions.change_kit(db, kit.id, whole, by=theirs.author, at=NOW)
        await actions.publish_kit(db, kit.id, by=theirs.author, at=NOW)
    with pytest.raises(WrongStep, match="新的产品"):
        await kit_desk.merge(house, me, own.id, keep_own=True, at=NOW)
    _, taken = await kit_desk.adopt(house, me, kit.id, Wish([other.id]), at=NOW)
    await kit_desk.merge(house, me, own.id, keep_own=True, at=NOW)
    async with house.database.reading(side.tenant) as db:
        merged = await queries_cadences.cadence(db, own.id)
    assert merged.steps[0]["item_id"] == str(taken.made[0][1].id)


async def test_another_banks_cadence_is_in_no_kit(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        theirs = await make_draft(db, people.theirs)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        draft = KitDraft("节奏包", "", (), (), [theirs.id])
        with pytest.raises(Exception, match="没有找到这个跟进节奏"):
            await actions.create_kit(db, draft, by=people.ours.author, at=NOW)
        assert await queries.kits(db) == []


def test_cadences_that_ship_bring_items_that_ship() -> None:
    codes = {part.code for part in starterkit.parts(on=NOW.date())}
    shipped = starterkit.cadences()
    assert [one.wording["title"] for one in shipped] == [
        "新客户",
        "沉睡客户",
        "存款到期",
        "贷款咨询",
        "活动之后",
    ]
    assert set().union(*(one.item_codes for one in shipped)) <= codes
