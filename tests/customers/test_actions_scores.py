"""Scores at work: they follow rules, behaviour and days, say why, and agree with the index."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.make import make_customer
from tests.personas import Personas

from contenthub import queue
from contenthub.customers import (
    actions_audience,
    actions_behaviour,
    actions_people,
    actions_rules,
    actions_score_runs,
    actions_scores,
    actions_tags,
    behaviour,
    jobs,
    jobs_rules,
    jobs_scores,
    queries_score_reasons,
    queries_scores,
    scoring,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.actions_scores import ScoreDraft, TopicDraft
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.behaviour import Act
from contenthub.customers.models import Customer
from contenthub.customers.models_scores import CustomerScore, ScoreTopic
from contenthub.errors import Invalid, NotFound
from contenthub.tenants import queries as tenants

RICH = ScoreDraft("loan", "有钱", "match", 40, "aum >= 50000")
VIEWS = ScoreDraft("loan", "看贷款", "viewed", 8, half_life_days=7, at_most=30)


class Desk:
    """A bank with customers of given assets, and the rules a test makes."""

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

    async def rule(self, draft: ScoreDraft) -> UUID:
        async with self.database.unit_of_work(self.tenant) as db:
            made = await actions_scores.create_rule(db, draft, by=self.by, at=self.at)
            await actions_scores.switch_on(db, made.id, by=self.by, at=self.at)
        return made.id

    async def did(self, place: int, act: str, *, ago: int = 0, times: int = 1) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            on = await tenants.today(db, at=self.at) - timedelta(days=ago)
            one = self.customers[place]
            await actions_behaviour.note(db, one.phone_index, Act(act, "loan", on), times=times)
        await jobs_rules.count_acts(self.database, self.tenant)

    async def run(self) -> None:
        await queue.jobs["customers.run_scores"](self.database, self.tenant)
        assert await jobs.audience_differences(self.database, self.tenant) == {}

    async def scores(self) -> list[int]:
        async with self.database.reading(self.tenant) as db:
            rows = await db.execute(select(CustomerScore.customer_no, CustomerScore.points))
            kept = {no: points for no, points in rows}
        return [kept.get(one.no, 0) for one in self.customers]

    async def who(self, expr: str) -> list[int]:
        async with self.database.reading(self.tenant) as db:
            nos = await audiences.matching(db, tagexpr.parse(expr), at=self.at)
        return [place for place, one in enumerate(self.customers) if one.no in nos]


@pytest.fixture
def desk(people: Personas) -> Desk:
    return Desk(people)


async def test_scores_follow_facts_and_behaviour_and_every_comparison_finds_them(
    desk: Desk,
) -> None:
    await desk.settle([60_000, 60_000, 10, 10])
    await desk.rule(RICH)
    views = await desk.rule(VIEWS)
    await desk.did(1, "viewed", times=2)
    await desk.did(1, "viewed", ago=7, times=2)
    await desk.did(2, "viewed", times=5)
    await desk.run()
    # 40 + 2·8 + 2·4; five views of 8 are cut at the rule's most.
    assert await desk.scores() == [40, 64, 30, 0]
    for expr, places in (
        ("score(贷款) >= 40", [0, 1]),
        ("score(贷款) > 40", [1]),
        ("score(贷款) < 40", [2, 3]),
        ("score(贷款) <= 40", [0, 2, 3]),
        ("score(贷款) = 30", [2]),
        ("score(贷款) != 0 and not score(贷款) >= 64", [0, 2]),
        ("score(理财) >= 1", []),
    ):
        assert await desk.who(expr) == places, expr
    await desk.did(2, "viewed", times=-5)
    await desk.run()
    assert await desk.scores() == [40, 64, 0, 0]
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_scores.switch_off(db, views, by=desk.by, at=datetime.now(UTC))
    await desk.run()
    assert await desk.scores() == [40, 40, 0, 0]


async def test_points_fade_with_the_days_and_nothing_is_written_when_nothing_changed(
    desk: Desk,
) -> None:
    await desk.settle([10])
    await desk.rule(VIEWS)
    await desk.did(0, "viewed", times=3)
    await desk.run()
    assert await desk.scores() == [24]
    for days, points in ((7, 12), (14, 6), (179, 0)):
        async with desk.database.unit_of_work(desk.tenant) as db:
            at = desk.at + timedelta(days=days)
            assert await actions_score_runs.take_step(db, "loan", at=at) is False
        assert await desk.scores() == [points]
    await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        before = (await queries_scores.topic_settings(db, "loan")).ran_at
    await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        held = await queries_scores.topic_settings(db, "loan")
    assert held.ran_at == before
    assert held.checked_at is not None
    assert before is not None
    assert held.checked_at > before


async def test_a_score_says_why_and_the_reasons_add_up_to_it(desk: Desk) -> None:
    await desk.settle([60_000])
    await desk.rule(RICH)
    await desk.rule(VIEWS)
    await desk.rule(ScoreDraft("loan", "没留过号", "match", -5, "not did(留资, 90天)"))
    await desk.did(0, "viewed", ago=7)
    await desk.run()
    assert await desk.scores() == [39]
    async with desk.database.reading(desk.tenant) as db:
        (why,) = await queries_score_reasons.of_customer(db, desk.customers[0].no, at=desk.at)
        today = await tenants.today(db, at=desk.at)
    assert (why.topic, why.points, why.threshold) == ("loan", 39, 60)
    assert [(one.rule, one.points) for one in why.reasons] == [
        ("有钱", 40.0),
        ("没留过号", -5.0),
        ("看贷款", 4.0),
    ]
    assert [(part.on, part.times) for part in why.reasons[2].parts] == [
        (today - timedelta(days=7), 1)
    ]
    assert why.reasons[2].said == "每次浏览贷款内容，每 7 天减半，合计最多 30 分"


async def test_the_sum_of_the_reasons_is_the_score_for_everybody(desk: Desk) -> None:
    await desk.settle([index * 7_000 for index in range(12)])
    await desk.rule(RICH)
    await desk.rule(VIEWS)
    await desk.rule(ScoreDraft("loan", "转发", "shared", 11, half_life_days=3))
    for place in range(12):
        await desk.did(place, "viewed", ago=place * 3 % 11, times=place % 6)
        await desk.did(place, "shared", ago=place * 5 % 13)
    await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        for one, points in zip(desk.customers, await desk.scores(), strict=True):
            found = await queries_score_reasons.of_customer(db, one.no, at=desk.at)
            milli = sum(reason.milli for scored in found for reason in scored.reasons)
            assert (milli + 500) // 1000 == points


async def test_a_run_that_dies_between_portions_is_finished_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_score_runs, "STEP", 2)
    await desk.settle([60_000] * 5)
    await desk.rule(RICH)
    async with desk.database.unit_of_work(desk.tenant) as db:
        assert await actions_score_runs.take_step(db, "loan", at=desk.at) is True
    assert sorted(await desk.scores()) == [0, 0, 0, 40, 40]
    assert await jobs.audience_differences(desk.database, desk.tenant) == {}
    await desk.run()
    assert await desk.scores() == [40] * 5
    async with desk.database.reading(desk.tenant) as db:
        assert (await queries_scores.topic_settings(db, "loan")).last_moved == 5


async def test_a_topic_has_a_cap_and_a_threshold_that_fit_each_other(desk: Desk) -> None:
    await desk.settle([60_000])
    await desk.rule(ScoreDraft("loan", "九十", "match", 90, "aum > 1"))
    for cap, threshold, field in ((0, 1, "cap"), (101, 60, "cap"), (50, 51, "threshold")):
        async with desk.database.unit_of_work(desk.tenant) as db:
            with pytest.raises(Invalid) as caught:
                await actions_scores.change_topic(
                    db, "loan", TopicDraft(cap, threshold), by=desk.by, at=desk.at
                )
            assert list(caught.value.fields) == [field]
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_scores.change_topic(db, "loan", TopicDraft(70, 50), by=desk.by, at=desk.at)
        with pytest.raises(NotFound):
            await actions_scores.change_topic(
                db, "wealth", TopicDraft(70, 50), by=desk.by, at=desk.at
            )
    await desk.run()
    assert await desk.scores() == [70]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"topic": "life"}, "topic"),
        ({"name": " "}, "name"),
        ({"basis": "slept"}, "basis"),
        ({"points": 0}, "points"),
        ({"points": 101}, "points"),
        ({"expr": "aum >="}, "expr"),
        ({"expr": "没有的标签"}, "expr"),
        ({"expr": "score(理财) > 5"}, "expr"),
        ({"expr": "segment(老客户)"}, "expr"),
        ({"half_life_days": 7}, "half_life_days"),
        ({"at_most": 50}, "at_most"),
        ({"basis": "viewed", "half_life_days": 0}, "half_life_days"),
        ({"basis": "viewed", "at_most": 39}, "at_most"),
    ],
)
async def test_a_rule_that_cannot_be_meant_is_refused_at_its_field(
    desk: Desk, over: dict[str, object], field: str
) -> None:
    facts = {"topic": "loan", "name": "有钱", "basis": "match", "points": 40, "expr": "aum > 1"}
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid) as caught:
            draft = ScoreDraft(**{**facts, **over})  # type: ignore[arg-type]
            await actions_scores.create_rule(db, draft, by=desk.by, at=desk.at)
    assert list(caught.value.fields) == [field]


async def test_a_tag_by_score_and_a_score_by_that_tag_are_refused_whichever_comes_last(
    desk: Desk,
) -> None:
    await desk.settle([60_000])
    score_id = await desk.rule(RICH)
    async with desk.database.unit_of_work(desk.tenant) as db:
        group = await actions_tags.create_group(
            db, GroupDraft("需求", "needs", "red"), by=desk.by, at=desk.at
        )
        tag = await actions_tags.create_tag(
            db, TagDraft("贷款意向", group.id, "", None), by=desk.by, at=desk.at
        )
        by_score = RuleDraft("按评分", "score(贷款) >= 60", tag.id)
        made = await actions_rules.create_rule(db, by_score, by=desk.by, at=desk.at)
    ring = ScoreDraft("loan", "有钱", "match", 40, "not 贷款意向")
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid, match="按评分"):
            await actions_scores.change_rule(db, score_id, ring, by=desk.by, at=desk.at)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_rules.delete_rule(db, made.id, take_off=False, by=desk.by, at=desk.at)
        await actions_scores.change_rule(db, score_id, ring, by=desk.by, at=desk.at)
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid, match="贷款评分"):
            await actions_rules.create_rule(db, by_score, by=desk.by, at=desk.at)


async def test_a_rule_whose_tag_is_gone_stops_its_topic_and_says_so(desk: Desk) -> None:
    await desk.settle([60_000])
    await desk.rule(RICH)
    await desk.run()
    async with desk.database.unit_of_work(desk.tenant) as db:
        (rule,) = await queries_scores.rules(db)
        rule.expr, rule.changed_at = "不见了", datetime.now(UTC)
    await desk.run()
    assert await desk.scores() == [40]
    async with desk.database.reading(desk.tenant) as db:
        assert "不见了" in (await queries_scores.topic_settings(db, "loan")).problem


async def test_who_is_erased_leaves_no_score_behind(desk: Desk) -> None:
    await desk.settle([60_000, 60_000])
    await desk.rule(RICH)
    await desk.run()
    async with desk.database.unit_of_work(desk.tenant) as db:
        one = await db.get_one(Customer, (desk.tenant, desk.customers[0].no))
        await actions_people.erase_customer(db, one, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.scores() == [0, 40]
    assert await desk.who("score(贷款) >= 1") == [1]


async def test_a_deleted_rule_comes_back_switched_off_and_another_bank_sees_none(
    desk: Desk,
) -> None:
    await desk.settle([60_000])
    rule_id = await desk.rule(RICH)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_scores.delete_rule(db, rule_id, by=desk.by, at=desk.at)
    await desk.run()
    assert await desk.scores() == [0]
    async with desk.database.unit_of_work(desk.tenant) as db:
        found = await actions_scores.restore_rule(db, rule_id, by=desk.by, at=desk.at)
        assert found.state == "off"
        await actions_scores.delete_rule(db, rule_id, by=desk.by, at=desk.at)
    await desk.rule(RICH)
    async with desk.database.unit_of_work(desk.tenant) as db:
        with pytest.raises(Invalid, match="已经有了"):
            await actions_scores.restore_rule(db, rule_id, by=desk.by, at=desk.at)
    async with desk.database.unit_of_work(desk.people.theirs.tenant) as db:
        assert await queries_scores.rules(db) == []
        with pytest.raises(NotFound):
            await actions_scores.switch_on(db, rule_id, by=desk.by, at=desk.at)


async def test_the_sweep_finds_banks_whose_scores_nobody_looked_at(desk: Desk) -> None:
    await desk.settle([60_000])
    await desk.rule(RICH)
    await desk.run()
    now = datetime.now(UTC)

    async def is_due(at: datetime) -> bool:
        async with desk.database.platform_unit_of_work() as db:
            return (desk.tenant, {}) in await jobs_scores.unchecked_scores(db, at)

    assert not await is_due(now)
    assert await is_due(now + jobs_scores.CHECKED_EVERY * 2)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await db.execute(update(ScoreTopic).values(checked_at=None))
    assert await is_due(now)


async def test_a_preview_says_whom_a_rule_touches_and_how_many_become_worth_a_call(
    desk: Desk,
) -> None:
    await desk.settle([60_000, 200_000, 10])
    await desk.rule(RICH)
    await desk.run()
    async with desk.database.reading(desk.tenant) as db:
        (stored,) = await queries_scores.rules(db)
        draft = actions_scores.tried(ScoreDraft("loan", "更有钱", "match", 25, "aum > 100000"))
        found = await queries_scores.preview(db, draft, at=desk.at)
        assert (found.given, found.reached, found.will_reach) == (1, 0, 1)
        assert [points for _, points in found.best] == [65]
        again = await queries_scores.preview(db, draft, stored=stored, at=desk.at)
        assert (again.given, again.will_reach, again.best[0][1]) == (1, 0, 25)


async def test_many_rules_of_one_busy_customer_do_not_wrap_around(desk: Desk) -> None:
    await desk.settle([0])
    await desk.rule(ScoreDraft("loan", "每次都给", "viewed", 100))
    async with desk.database.unit_of_work(desk.tenant) as db:
        (rule,) = await queries_scores.rules(db)
        today = await tenants.today(db, at=desk.at)
        days = [today - timedelta(days=ago) for ago in range(behaviour.MAX_DAYS)]
        each = range(1, behaviour.MAX_TIMES + 1)
        keys = [behaviour.act_key(Act("viewed", "loan", on), time) for on in days for time in each]
        no = desk.customers[0].no
        await actions_audience.mark(db, {key: [no] for key in keys})
        found = await queries_scores.totals(db, [rule] * 25, at=desk.at)
    assert found[no] == 25 * 100 * len(keys) * scoring.MILLI > 2**31
    assert queries_scores.scores_of(found, 100)[no] == 100
