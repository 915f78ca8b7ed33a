"""Labels of a bank's own: one spelling once, bounded, carried on by copies and kits."""

from uuid import UUID

import pytest
from tests.make import NOW, make_item
from tests.personas import Personas
from tests.web.h5 import submit

from contenthub.db import new_id
from contenthub.errors import Invalid, NotFound
from contenthub.library import actions_copies, actions_labels, queries_labels
from contenthub.library.actions_labels import Change
from contenthub.tenants.queries_audit import Filter, trail


async def test_a_label_is_there_once_however_it_is_written(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        made = await actions_labels.create_label(db, " ＶＩＰ  贵宾 ", by=side.author, at=NOW)
        assert made.name == "VIP 贵宾"
        for again in ("vip 贵宾", "VIP 貴賓"):
            with pytest.raises(Invalid, match="已经有"):
                await actions_labels.create_label(db, again, by=side.author, at=NOW)
            assert await actions_labels.label_named(db, again, by=side.author, at=NOW) == made.id
        for wrong in ("", "  ", "很" * 21, "a\x00b", "\u200b"):
            with pytest.raises(Invalid):
                await actions_labels.create_label(db, wrong, by=side.author, at=NOW)
        for several in ("春节、涉农", "春节；涉农", "春节,涉农"):
            # A cell of a workbook would read it back as two.
            with pytest.raises(Invalid, match="隔开几个标签"):
                await actions_labels.create_label(db, several, by=side.author, at=NOW)
            with pytest.raises(Invalid, match="隔开几个标签"):
                await actions_labels.rename_label(db, made.id, several, by=side.author, at=NOW)


async def test_a_label_is_renamed_and_deleted_with_its_marks(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        spring = await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
        farm = await actions_labels.create_label(db, "涉农", by=side.author, at=NOW)
        ours = [spring.id, farm.id]
        await actions_labels.change_labels(db, [item.id], Change(ours), by=side.author, at=NOW)
        await actions_labels.rename_label(db, spring.id, "开门红", by=side.author, at=NOW)
        assert await queries_labels.names_of(db, item.id) == ["开门红", "涉农"]
        with pytest.raises(Invalid, match="已经有"):
            await actions_labels.rename_label(db, spring.id, "涉农", by=side.author, at=NOW)
        assert await actions_labels.delete_label(db, spring.id, by=side.author, at=NOW) == 1
        assert await queries_labels.names_of(db, item.id) == ["涉农"]
        assert await queries_labels.label_counts(db) == {farm.id: 1}
        with pytest.raises(NotFound):
            await actions_labels.rename_label(db, spring.id, "x", by=side.author, at=NOW)


async def test_a_deleted_label_comes_back_on_its_items_unless_its_name_is_taken(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        gone = await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
        put = Change([gone.id])
        await actions_labels.change_labels(db, [item.id], put, by=side.author, at=NOW)
    async with people.client(side.author) as client:
        url = f"/console/library/labels/{gone.id}"
        await submit(client, f"{url}/delete")
        page = (await client.get(f"/console/library/labels?deleted={gone.id}")).text
        found = f"/api/v1/items?label={gone.id}"
        hidden = (await client.get(found)).json()["items"]
        back = await client.post(f"/api/v1/item-labels/{gone.id}/restore")
        again = await client.post(f"/api/v1/item-labels/{gone.id}/restore")
        shown = (await client.get(found)).json()["items"]
        note = (await client.get(f"/console/library/labels?restored={gone.id}&left_out=0")).text
    assert "撤销删除" in page
    assert "已撤销：标签“春节”回来了，仍贴在原来的 1 条内容上" in note
    assert (hidden, back.json()["items"], again.status_code) == ([], 1, 200)
    assert [one["id"] for one in shown] == [str(item.id)]
    async with people.client(people.theirs.author) as client:
        assert (await client.post(f"/api/v1/item-labels/{gone.id}/restore")).status_code == 404
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_labels.delete_label(db, gone.id, by=side.author, at=NOW)
        await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
        with pytest.raises(Invalid, match="已经有"):
            await actions_labels.restore_label(db, gone.id, by=side.author, at=NOW)


async def test_a_label_that_comes_back_leaves_full_items_out_and_says_on_how_many(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        full, free = [(await make_item(db, side.author))[0].id for _ in range(2)]
        made = [
            (await actions_labels.create_label(db, f"标签{n}", by=side.author, at=NOW)).id
            for n in range(actions_labels.OF_ITEM_MAX + 2)
        ]
        two, rest = made[:2], made[2:]
        for gone in two:
            put = Change([gone])
            await actions_labels.change_labels(db, [full, free], put, by=side.author, at=NOW)
            await actions_labels.delete_label(db, gone, by=side.author, at=NOW)
        await actions_labels.change_labels(db, [full], Change(rest), by=side.author, at=NOW)
    async with people.client(side.author) as client:
        back = (await client.post(f"/api/v1/item-labels/{two[0]}/restore")).json()
        moved = await submit(client, f"/console/library/labels/{two[1]}/restore")
        page = (await client.get(moved.headers["location"])).text
    assert (back["items"], back["left_out"]) == (1, 1)
    assert "有 1 条内容现在已有 10 个标签，没有再贴上" in page
    async with people.house.database.reading(side.tenant) as db:
        found = await queries_labels.labels_of(db, [full, free])
    assert {one.id for one in found[full]} == set(rest)
    assert {one.id for one in found[free]} == set(two)


async def test_only_what_changes_is_told_and_written_down(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        items = [(await make_item(db, side.author))[0].id for _ in range(3)]
        label = await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
        put = Change(add=[label.id])
        done = await actions_labels.change_labels(db, items[:1], put, by=side.author, at=NOW)
        assert done == items[:1]
        done = await actions_labels.change_labels(db, items, put, by=side.author, at=NOW)
        assert set(done) == set(items[1:])
        take = Change(remove=[label.id])
        assert len(await actions_labels.change_labels(db, items, take, by=side.author, at=NOW)) == 3
        assert await actions_labels.change_labels(db, items, take, by=side.author, at=NOW) == []
        await db.flush()
        told = [e for e in await trail(db, Filter(subject_id=items[0])) if "labelled" in e.event]
        assert [e.detail for e in told] == [
            {"added": [], "removed": ["春节"]},
            {"added": ["春节"], "removed": []},
        ]


@pytest.mark.parametrize("whose", ["label", "item"])
async def test_what_is_not_the_banks_is_not_found(people: Personas, whose: str) -> None:
    async def pair(side: object) -> dict[str, UUID]:
        assert side in (people.ours, people.theirs)
        async with people.house.database.unit_of_work(side.tenant) as db:
            item, _ = await make_item(db, side.author)
            label = await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
            return {"item": item.id, "label": label.id}

    ours, theirs = await pair(people.ours), await pair(people.theirs)
    mixed = {**ours, whose: theirs[whose]}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(NotFound):
            await actions_labels.change_labels(
                db, [mixed["item"]], Change([mixed["label"]]), by=people.ours.author, at=NOW
            )


async def test_labels_of_an_item_are_bounded_and_a_refusal_names_it(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, title="标签很多的存单")
        ids = [
            (await actions_labels.create_label(db, f"标签{n}", by=side.author, at=NOW)).id
            for n in range(actions_labels.OF_ITEM_MAX + 1)
        ]
        with pytest.raises(Invalid, match="标签很多的存单"):
            await actions_labels.change_labels(db, [item.id], Change(ids), by=side.author, at=NOW)
        for nothing in (Change(), Change(add=[])):
            with pytest.raises(Invalid, match="选择"):
                await actions_labels.change_labels(db, [item.id], nothing, by=side.author, at=NOW)
        with pytest.raises(Invalid, match="勾选"):
            await actions_labels.change_labels(db, [], Change(ids[:1]), by=side.author, at=NOW)
        too_many = [new_id() for _ in range(actions_labels.ITEMS_MAX + 1)]
        with pytest.raises(Invalid, match="最多"):
            await actions_labels.change_labels(
                db, too_many, Change(ids[:1]), by=side.author, at=NOW
            )


async def test_a_copy_carries_the_labels_on(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        await actions_labels.put_names(db, item.id, ["春节", "涉农"], by=side.author, at=NOW)
        copied, _ = await actions_copies.copy_item(db, item.id, by=side.author, at=NOW)
        assert await queries_labels.names_of(db, copied.id) == ["春节", "涉农"]
