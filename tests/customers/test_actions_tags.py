"""Tags as banks keep them: groups, names, days, exclusive groups, changes of many and undo."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from pyroaring import BitMap
from sqlalchemy import select, update
from tests.make import NOW, make_customer
from tests.personas import Personas, Side
from tests.web.desk import work

from contenthub.customers import (
    actions,
    actions_people,
    actions_tag_changes,
    actions_tagging,
    actions_tags,
    queries_tags,
    queries_truth,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.models import Customer, CustomerTag, Tag
from contenthub.customers.models_tags import RemovedTag, TagChange
from contenthub.db import Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import AuditEntry, LongJob


async def _tags(db: Write, side: Side, draft: GroupDraft, *names: str) -> list[Tag]:
    group = await actions_tags.create_group(db, draft, by=side.author, at=NOW)
    return [
        await actions_tags.create_tag(db, TagDraft(name, group.id), by=side.author, at=NOW)
        for name in names
    ]


async def _levels(db: Write, side: Side) -> list[Tag]:
    return await _tags(db, side, GroupDraft("客户级别", is_exclusive=True), "金卡", "普卡")


async def _people(db: Write, count: int, tags: list[str]) -> list[Customer]:
    return [await make_customer(db, tags=tags) for _ in range(count)]


async def _who(db: Write, expr: str) -> set[int]:
    """Return who an expression finds, after proof that the index is as its truth."""
    assert await queries_truth.disagreements(db, 0, 65_535) == {}
    return set(await audiences.matching(db, tagexpr.parse(expr), at=NOW))


async def _change(db: Write, side: Side, some: list[Customer], wish: Wish) -> UUID:
    nos = BitMap([one.no for one in some])
    made = await actions_tag_changes.change_many(db, nos, wish, about={}, by=side.author, at=NOW)
    return made.id


async def test_of_an_exclusive_group_the_last_tag_stays_by_hand_file_and_bulk(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        gold, plain = await _levels(db, ours)
        one, two = await _people(db, 2, ["普卡", "金卡"])  # the file's last word
        assert await _who(db, "金卡 and not 普卡") == {one.no, two.no}
        await actions.set_tags(db, one, [plain.id], by=ours.author, at=NOW)
        wish = Wish("put", plain.id)
        await actions_tag_changes.put_one(db, two, wish, by=ours.author, at=NOW)
        assert await _who(db, "金卡") == set()
        made = await _change(db, ours, [one, two], Wish("put", gold.id))
        change = await queries_tags.change(db, made)
        assert (change.state, change.changed, change.replaced) == ("done", 2, 2)
        assert await _who(db, "金卡 and not 普卡") == {one.no, two.no}
        await actions_tag_changes.undo(db, change.id, by=ours.author, at=NOW)
        assert await _who(db, "普卡 and not 金卡") == {one.no, two.no}
        held = (await queries_tags.held(db, one))[0]
        assert (held.source, held.by) == ("hand", ours.author.name)
        with pytest.raises(Conflict, match="已经撤销"):
            await actions_tag_changes.undo(db, change.id, by=ours.author, at=NOW)


async def test_a_group_becomes_exclusive_only_when_each_has_one_or_the_newest_may_stay(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        draft = GroupDraft("级别")
        gold, plain = await _tags(db, ours, draft, "金卡", "普卡")
        both = await make_customer(db, tags=["金卡"])
        later = NOW + timedelta(hours=1)
        await actions_tag_changes.put_one(db, both, Wish("put", plain.id), by=ours.author, at=later)
        strict = replace(draft, is_exclusive=True)
        with pytest.raises(Invalid, match="有 1 位客户"):
            await actions_tags.change_group(db, gold.group_id, strict, by=ours.author, at=NOW)
        await actions_tags.change_group(
            db, gold.group_id, strict, keep_newest=True, by=ours.author, at=NOW
        )
        assert await _who(db, "普卡 and not 金卡") == {both.no}
        settled = (await queries_tags.changes(db))[0][0]
        with pytest.raises(Conflict, match="先取消互斥"):
            await actions_tag_changes.undo(db, settled.id, by=ours.author, at=NOW)
        await actions_tags.change_group(db, gold.group_id, draft, by=ours.author, at=NOW)
        await actions_tag_changes.undo(db, settled.id, by=ours.author, at=NOW)
        assert await _who(db, "普卡 and 金卡") == {both.no}
        # A tag that moves into an exclusive group asks the same.
        lone = (await _tags(db, ours, GroupDraft("另一组", is_exclusive=True), "白金"))[0]
        await actions_tag_changes.put_one(db, both, Wish("put", lone.id), by=ours.author, at=NOW)
        moved = TagDraft("金卡", lone.group_id)
        with pytest.raises(Invalid) as refused:
            await actions_tags.change_tag(db, gold.id, moved, by=ours.author, at=NOW)
        assert list(refused.value.fields) == ["group_id"]


async def test_a_renamed_tag_is_meant_by_its_old_name_in_expression_and_file(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        one = await make_customer(db, tags=["银发"])
        tag = (await queries_tags.groups(db))[0][1][0]
        await actions.save_segment(db, "老人", "银发", by=ours.author, at=NOW)
        new = TagDraft("60岁以上", tag.group_id)
        await actions_tags.change_tag(db, tag.id, new, by=ours.author, at=NOW)
        two = await make_customer(db, tags=["银发"])  # a file of before
        assert await _who(db, "银发") == await _who(db, "60岁以上") == {one.no, two.no}
        assert await queries_tags.former_names(db) == {tag.id: ["银发"]}
        with pytest.raises(Invalid, match="以前的名称"):
            await actions_tags.create_tag(
                db, TagDraft("银发", tag.group_id), by=ours.author, at=NOW
            )
        back = TagDraft("银发", tag.group_id)
        await actions_tags.change_tag(db, tag.id, back, by=ours.author, at=NOW)
        assert await queries_tags.former_names(db) == {tag.id: ["60岁以上"]}


async def test_a_tag_ends_with_its_last_day_and_putting_it_on_again_only_prolongs(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        group = await actions_tags.create_group(db, GroupDraft("需求"), by=ours.author, at=NOW)
        draft = TagDraft("定期到期", group.id, holds_days=10)
        tag = await actions_tags.create_tag(db, draft, by=ours.author, at=NOW)
        one = await make_customer(db, tags=["定期到期"])
        end = await tenants.today(db, at=NOW) + timedelta(days=10)
        assert (await queries_tags.held(db, one))[0].until_on == end
        sooner = Wish("put", tag.id, end - timedelta(days=5))
        change = await queries_tags.change(db, await _change(db, ours, [one], sooner))
        assert change.changed == 0
        assert (await queries_tags.held(db, one))[0].until_on == end
        assert await actions_tagging.end_tags(db, at=NOW + timedelta(days=10)) == 0
        assert await actions_tagging.end_tags(db, at=NOW + timedelta(days=11)) == 1
        assert await _who(db, "定期到期") == set()
        with pytest.raises(Invalid, match="今天或以后"):
            past = Wish("put", tag.id, end - timedelta(days=11))
            await actions_tag_changes.put_one(db, one, past, by=ours.author, at=NOW)


async def test_a_merge_gives_its_customers_and_name_and_is_undone(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        old, both, new = await _people(db, 3, [])
        a, b = await _tags(db, ours, GroupDraft("年龄"), "老年", "银发")
        for who, tag in ((old, a), (both, a), (both, b), (new, b)):
            await actions_tag_changes.put_one(
                db, who, Wish("put", tag.id), by=ours.employee, at=NOW
            )
        with pytest.raises(Invalid):
            await actions_tag_changes.merge_tags(db, a.id, a.id, by=ours.author, at=NOW)
        made = await actions_tag_changes.merge_tags(db, a.id, b.id, by=ours.author, at=NOW)
        assert made.changed == 1
        everybody = {old.no, both.no, new.no}
        assert await _who(db, "老年") == await _who(db, "银发") == everybody
        assert [(h.tag.name, h.by) for h in await queries_tags.held(db, old)] == [
            ("银发", ours.employee.name)
        ]
        with pytest.raises(Conflict, match="合并掉的"):
            await actions_tags.restore_tag(db, a.id, by=ours.author, at=NOW)
        await actions_tag_changes.undo(db, made.id, by=ours.author, at=NOW)
        assert await _who(db, "老年") == {old.no, both.no}
        assert await _who(db, "银发") == {both.no, new.no}


async def test_a_deleted_tag_is_gone_everywhere_and_comes_back_as_it_was(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        gold, plain = await _levels(db, ours)
        kept, moved = await _people(db, 2, ["金卡"])
        await actions_tags.delete_tag(db, gold.id, by=ours.author, at=NOW)
        assert await queries_tags.held(db, kept) == []
        with pytest.raises(Invalid, match="没有名为“金卡”的标签"):
            await audiences.matching(db, tagexpr.parse("金卡"), at=NOW)
        with pytest.raises(NotFound):
            await actions.set_tags(db, kept, [gold.id], by=ours.author, at=NOW)
        await actions.set_tags(db, moved, [plain.id], by=ours.author, at=NOW)
        _, left_out = await actions_tags.restore_tag(db, gold.id, by=ours.author, at=NOW)
        assert left_out == 1
        assert await _who(db, "金卡") == {kept.no}
        await actions_tags.delete_tag(db, gold.id, by=ours.author, at=NOW)
        late = NOW + timedelta(days=31)
        with pytest.raises(Conflict, match="30 天"):
            await actions_tags.restore_tag(db, gold.id, by=ours.author, at=late)
        assert await actions_tagging.forget(db, at=late) == 1
        assert await actions_tagging.forget(db, at=late) == 0
        assert await _who(db, "普卡") == {moved.no}


async def test_a_group_with_tags_stays_and_a_retired_tag_is_put_on_nobody(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        gold, _ = await _levels(db, ours)
        one, two = await _people(db, 2, [])
        wish = Wish("put", gold.id)
        await actions_tag_changes.put_one(db, one, wish, by=ours.author, at=NOW)
        await actions_tags.retire_tag(db, gold.id, by=ours.author, at=NOW)
        assert await _who(db, "金卡") == {one.no}
        for put in (
            actions_tag_changes.put_one(db, two, wish, by=ours.author, at=NOW),
            actions.set_tags(db, two, [gold.id], by=ours.author, at=NOW),
        ):
            with pytest.raises(Invalid, match="已停用"):
                await put
        await actions_tags.use_again(db, gold.id, by=ours.author, at=NOW)
        with pytest.raises(Conflict, match="还有 2 个标签"):
            await actions_tags.delete_group(db, gold.group_id, by=ours.author, at=NOW)
        empty = await actions_tags.create_group(db, GroupDraft("空"), by=ours.author, at=NOW)
        await actions_tags.move_group(db, empty.id, step=-1, by=ours.author, at=NOW)
        assert [g.name for g, _ in await queries_tags.groups(db)] == ["空", "客户级别"]
        await actions_tags.delete_group(db, empty.id, by=ours.author, at=NOW)
        await actions_tags.restore_group(db, empty.id, by=ours.author, at=NOW)
        await actions_tags.move_tag(db, gold.id, step=1, by=ours.author, at=NOW)
        names = [[t.name for t in tags] for _, tags in await queries_tags.groups(db)]
        assert names == [[], ["普卡", "金卡"]]


async def test_many_are_changed_by_a_job_in_steps_and_undone_by_another(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = people.ours
    monkeypatch.setattr(actions_tag_changes, "AT_ONCE", 1)
    monkeypatch.setattr(actions_tag_changes, "STEP", 2)

    async with people.house.database.unit_of_work(ours.tenant) as db:
        gold, _ = await _levels(db, ours)
        some = await _people(db, 3, ["普卡"])
        made = await _change(db, ours, some, Wish("put", gold.id))
        change = await queries_tags.change(db, made)
        assert change.state == "running"
        with pytest.raises(Conflict, match="还在进行"):
            await actions_tag_changes.undo(db, change.id, by=ours.author, at=NOW)
        await actions_people.erase_customer(db, some[0], by=ours.author, at=NOW)
    await work(people, "customers.change_tags")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert await _who(db, "金卡") == {some[1].no, some[2].no}
        assert await _who(db, "普卡") == set()
        await actions_people.erase_customer(db, some[1], by=ours.author, at=NOW)
        kept = await db.scalars(select(RemovedTag.customer_no))
        assert list(kept) == [some[2].no]
        undoing = await actions_tag_changes.undo(db, change.id, by=ours.author, at=NOW)
    await work(people, "customers.change_tags")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert await _who(db, "普卡") == {some[2].no}
        assert await _who(db, "金卡") == set()
        job = await db.get_one(LongJob, (ours.tenant, undoing.job_id))
        assert (job.state, job.done) == ("done", 3)
        events = await db.scalars(
            select(AuditEntry.event).where(AuditEntry.event.like("tags.%")).order_by(AuditEntry.at)
        )
        assert list(events) == ["tags.changed", "tags.change_undone"]


async def test_sweeps_end_and_forget_what_is_over(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        gold, plain = await _levels(db, ours)
        one = await make_customer(db)
        for tag in (gold, (await _tags(db, ours, GroupDraft("别的"), "短期"))[0]):
            await actions_tag_changes.put_one(db, one, Wish("put", tag.id), by=ours.author, at=NOW)
        await _change(db, ours, [one], Wish("put", plain.id))
        await db.execute(update(CustomerTag).values(until_on=date(2020, 1, 1)))
        await db.execute(update(TagChange).values(at=NOW - timedelta(days=400)))
    await work(people, "customers.end_tags", "customers.forget_tags")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert await queries_tags.held(db, one) == []
        assert list(await db.scalars(select(RemovedTag.customer_no))) == []
        assert await _who(db, "短期 or 普卡") == set()
