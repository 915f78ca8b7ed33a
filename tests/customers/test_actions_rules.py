"""Tag rules at work: who gets a tag and loses it, what a hand did stays, portions resume."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pyroaring import BitMap
from sqlalchemy import select, update
from tests.make import make_customer
from tests.personas import Personas

from contenthub import queue
from contenthub.customers import (
    actions_rule_runs,
    actions_rules,
    actions_tag_changes,
    actions_tagging,
    actions_tags,
    jobs,
    jobs_rules,
    queries,
    queries_rules,
    queries_tags,
)
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.models import Customer, CustomerTag, Tag
from contenthub.customers.models_rules import TagRule
from contenthub.customers.tagexpr import parse
from contenthub.errors import Conflict, Invalid, NotFound


class Desk:
    """A bank with some customers of given assets, two tags and the rules a test makes."""

    def __init__(self, people: Personas) -> None:
        self.people, self.database = people, people.house.database
        self.tenant, self.by = people.ours.tenant, people.ours.author
        self.at = datetime.now(UTC)
        self.tags: dict[str, Tag] = {}
        self.customers: list[Customer] = []

    async def settle(self, aums_yuan: Sequence[int], *, exclusive: bool = False) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            group = await actions_tags.create_group(
                db, GroupDraft("资产等级", "kind", "grey", exclusive), by=self.by, at=self.at
            )
            for name in ("大额", "小额"):
                draft = TagDraft(name, group.id, "", None)
                self.tags[name] = await actions_tags.create_tag(db, draft, by=self.by, at=self.at)
            self.customers = [
                await make_customer(db, owner=self.people.ours.employee, aum_fen=yuan * 100)
                for yuan in aums_yuan
            ]

    async def rule(
        self, expr: str, tag: str = "大额", *, name: str = "", days: int | None = None
    ) -> UUID:
        async with self.database.unit_of_work(self.tenant) as db:
            draft = RuleDraft(name or f"规则{tag}", expr, self.tags[tag].id, days)
            made = await actions_rules.create_rule(db, draft, by=self.by, at=self.at)
            await actions_rules.switch_on(db, made.id, by=self.by, at=self.at)
        return made.id

    async def run(self) -> None:
        await queue.jobs["customers.run_rules"](self.database, self.tenant)
        assert await jobs.audience_differences(self.database, self.tenant) == {}

    async def has(self, tag: str = "大额") -> list[int]:
        """Return the places of the customers that have a tag."""
        async with self.database.reading(self.tenant) as db:
            rows = await db.scalars(
                select(CustomerTag.customer_no).where(CustomerTag.tag_id == self.tags[tag].id)
            )
            nos = set(rows)
        return [place for place, one in enumerate(self.customers) if one.no in nos]

    async def earn(self, place: int, yuan: int) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            one = await queries.customer(db, self.customers[place].id)
            _, phone = queries.clear(db, one)
            await make_customer(db, phone=phone, aum_fen=yuan * 100)

    async def by_hand(self, place: int, tag: str = "大额", *, put: bool) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            one, tag_id = self.customers[place], self.tags[tag].id
            if put:
                wish = Wish("put", tag_id)
                await actions_tag_changes.put_one(db, one, wish, by=self.by, at=self.at)
            else:
                await actions_tag_changes.take_one(db, one, tag_id, by=self.by, at=self.at)


@pytest.fixture
def desk(people: Personas) -> Desk:
    return Desk(people)


async def test_a_rule_follows_the_facts_and_leaves_alone_what_a_hand_did(desk: Desk) -> None:
    await desk.settle([60_000, 70_000, 10_000, 20_000])
    await desk.by_hand(3, put=True)
    rule_id = await desk.rule("aum >= 50000")
    await desk.run()
    assert await desk.has() == [0, 1, 3]
    await desk.earn(0, 1)
    await desk.earn(2, 99_000)
    await desk.run()
    assert await desk.has() == [1, 2, 3]
    # Taken off by hand it stays off, until the facts say no once and yes again.
    await desk.by_hand(1, put=False)
    await desk.run()
    await desk.earn(1, 80_000)
    await desk.run()
    assert await desk.has() == [2, 3]
    for yuan in (1, 80_000):
        await desk.earn(1, yuan)
        await desk.run()
    assert await desk.has() == [1, 2, 3]
    # What a hand puts on over it is the hand's.
    await desk.by_hand(1, put=True)
    await desk.earn(1, 1)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_rules.switch_off(db, rule_id, take_off=True, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.has() == [1, 3]
    async with desk.database.reading(desk.tenant) as db:
        assert (await queries_rules.rule(db, rule_id)).state == "off"


async def test_nothing_is_written_when_nothing_changed(desk: Desk) -> None:
    await desk.settle([60_000])
    rule_id = await desk.rule("aum >= 50000")
    for _ in range(3):
        await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        before = await queries_rules.rule(db, rule_id)
        word = await queries_rules.seen(db, parse(before.expr), before.tag_id, at=datetime.now(UTC))
    assert before.seen == word
    assert (before.last_put, before.last_taken) == (1, 0)
    await desk.earn(0, 70_000)
    async with desk.database.reading(desk.tenant) as db:
        now = await queries_rules.seen(db, parse(before.expr), before.tag_id, at=datetime.now(UTC))
    assert now != word


async def test_a_run_that_dies_between_portions_is_finished_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_rule_runs, "STEP", 2)
    await desk.settle([60_000] * 5)
    rule_id = await desk.rule("aum >= 50000")
    async with desk.database.unit_of_work(desk.tenant) as db:
        assert await actions_rule_runs.take_step(db, rule_id, at=desk.at)
    with pytest.raises(RuntimeError):
        async with desk.database.unit_of_work(desk.tenant) as db:
            await actions_rule_runs.take_step(db, rule_id, at=desk.at)
            raise RuntimeError("the worker is killed")
    assert len(await desk.has()) == 2
    async with desk.database.platform_unit_of_work() as platform:
        later = desk.at + timedelta(minutes=5)
        assert (desk.tenant, {}) in await jobs_rules.unchecked_rules(platform, later)
    await desk.run()
    assert await desk.has() == [0, 1, 2, 3, 4]
    async with desk.database.reading(desk.tenant) as db:
        found = await queries_rules.rule(db, rule_id)
        assert (found.last_put, len(BitMap.deserialize(found.given))) == (5, 5)
        assert not found.is_running


async def test_of_an_exclusive_group_a_rule_takes_nothing_that_is_there(desk: Desk) -> None:
    await desk.settle([60_000, 60_000, 1_000], exclusive=True)
    await desk.by_hand(0, "小额", put=True)
    await desk.rule("aum >= 50000")
    await desk.rule("aum < 50000", "小额")
    await desk.run()
    assert (await desk.has(), await desk.has("小额")) == ([1], [0, 2])
    await desk.earn(2, 90_000)
    for _ in range(2):  # one rule takes its tag off, then the other may give its own
        await desk.run()
    assert (await desk.has(), await desk.has("小额")) == ([1, 2], [0])


async def test_for_days_a_tag_is_renewed_while_true_and_ends_by_itself(desk: Desk) -> None:
    await desk.settle([60_000, 60_000])
    await desk.rule("aum >= 50000", days=10)
    await desk.run()
    await desk.earn(1, 1)
    soon = (desk.at + timedelta(days=1)).date()
    async with desk.database.unit_of_work(desk.tenant) as db:
        await db.execute(update(CustomerTag).values(until_on=soon))
        await db.execute(update(TagRule).values(seen=""))
    await desk.run()
    assert await desk.has() == [0, 1]
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_tagging.end_tags(db, at=desk.at + timedelta(days=3))
    assert await desk.has() == [0]


async def test_rules_read_each_others_tags_in_order_and_never_in_a_ring(desk: Desk) -> None:
    await desk.settle([60_000])
    second = await desk.rule("大额", "小额", name="跟着大额")
    await desk.rule("aum >= 50000", name="资产大")
    await desk.run()
    assert await desk.has("小额") == [0]
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid, match="它自己要贴的标签“大额”"):
            draft = RuleDraft("自己等自己", "大额 or aum > 1", desk.tags["大额"].id)
            await actions_rules.create_rule(db, draft, by=desk.by, at=desk.at)
        with pytest.raises(Invalid, match="和规则“跟着大额”互相等"):
            draft = RuleDraft("绕一圈", "小额", desk.tags["大额"].id)
            await actions_rules.create_rule(db, draft, by=desk.by, at=desk.at)
        for draft, field in (
            (RuleDraft("跟着大额", "aum > 1", desk.tags["小额"].id), "name"),
            (RuleDraft("天数", "aum > 1", desk.tags["小额"].id, 0), "keep_days"),
            (RuleDraft("没有的", "没有的标签", desk.tags["小额"].id), "expr"),
        ):
            with pytest.raises(Invalid) as caught:
                await actions_rules.create_rule(db, draft, by=desk.by, at=desk.at)
            assert list(caught.value.fields) == [field]
        moved = RuleDraft("跟着大额", "大额", desk.tags["大额"].id)
        with pytest.raises(Invalid, match="请先停用并取下"):
            await actions_rules.change_rule(db, second, moved, by=desk.by, at=desk.at)


async def test_a_deleted_rule_keeps_or_takes_its_tags_and_comes_back(desk: Desk) -> None:
    await desk.settle([60_000])
    rule_id = await desk.rule("aum >= 50000")
    await desk.run()
    for take_off, left in ((False, [0]), (True, [])):
        async with desk.database.unit_of_work(desk.tenant) as db:
            await actions_rules.delete_rule(db, rule_id, take_off=take_off, by=desk.by, at=desk.at)
        await desk.run()
        assert await desk.has() == left
        async with desk.database.unit_of_work(desk.tenant) as db:
            with pytest.raises(NotFound):
                await queries_rules.rule(db, rule_id)
            back = await actions_rules.restore_rule(db, rule_id, by=desk.by, at=desk.at)
            assert back.state == "off"


async def test_a_rule_whose_tag_or_words_are_gone_says_so_and_waits(desk: Desk) -> None:
    await desk.settle([60_000])
    rule_id = await desk.rule("小额 or aum >= 50000")
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_tags.delete_tag(db, desk.tags["小额"].id, by=desk.by, at=desk.at)
    await desk.run()
    async with desk.database.unit_of_work(desk.tenant) as db:
        assert "没有名为“小额”的标签" in (await queries_rules.rule(db, rule_id)).problem
        await actions_rules.switch_off(db, rule_id, take_off=False, by=desk.by, at=desk.at)
        with pytest.raises(Invalid, match="没有名为“小额”"):
            await actions_rules.switch_on(db, rule_id, by=desk.by, at=desk.at)
        await actions_tags.restore_tag(db, desk.tags["小额"].id, by=desk.by, at=desk.at)
        await actions_rules.switch_on(db, rule_id, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.has() == [0]
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_rules.switch_off(db, rule_id, take_off=True, by=desk.by, at=desk.at)
        with pytest.raises(Conflict, match="正在取下"):
            await actions_rules.switch_on(db, rule_id, by=desk.by, at=desk.at)


async def test_why_a_customer_has_a_tag_names_rule_and_facts(desk: Desk) -> None:
    await desk.settle([60_000])
    rule_id = await desk.rule("aum >= 50000 and (小额 or not 小额)")
    await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        one = desk.customers[0]
        held = await queries_tags.held(db, one)
        why = await queries_rules.reasons(db, one.no, held, at=desk.at)
        found = why[desk.tags["大额"].id]
        assert found.rule.id == rule_id
        assert [(fact.said, fact.holds) for fact in found.facts] == [
            ("资产不低于 5 万元", True),
            ("有“小额”标签", False),
        ]
    async with desk.database.reading(desk.people.theirs.tenant) as db:
        assert await queries_rules.rules(db) == []
        with pytest.raises(NotFound):
            await queries_rules.rule(db, rule_id)
