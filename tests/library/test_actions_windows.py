"""A wording approved for later is read once more at its hour; what fails then is not shown."""

from datetime import timedelta

from tests.library.test_actions_rules import rescanned
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.library import actions, actions_rules, actions_windows, queries, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.models import Item, Revision
from contenthub.library.models_rules import BankRule
from contenthub.library.queries_rules import Failing
from contenthub.tenants.queries_audit import Filter, trail

BEGINS = NOW + timedelta(days=1)
MISSED = Failing(state=queries_rules.STOPPED)
WORDS = "凌波微步"
PAGE = "/console/rules/failing?state=returned"


def _draft(body: str) -> actions.Draft:
    return actions.Draft(
        kind="product", topic="deposit", title="三年定期", body=body, valid_from=BEGINS
    )


async def _rule(db: Write, side: Side) -> BankRule:
    return await actions_rules.add_rule(
        db, RuleDraft("不用武侠词", WORDS, advice="请删去"), by=side.admin, at=NOW
    )


async def _scheduled(db: Write, side: Side) -> tuple[Item, Revision]:
    """Return a live item with a next version, approved and waiting for its hour."""
    item = await make_live_item(db, side.author, side.reviewer)
    await actions.write_draft(
        db, item.id, _draft(f"<p>{WORDS}，到网点办理。</p>"), by=side.author, at=NOW
    )
    _, revision = await actions.submit(db, item.id, by=side.author, at=NOW)
    await approve(db, item, side.reviewer)
    assert revision.state == "approved"
    return item, revision


async def test_a_rule_added_after_the_approval_keeps_it_from_going_live(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item, revision = await _scheduled(db, side)
        rule = await _rule(db, side)
        await actions_windows.start_window(db, item.id, at=BEGINS)
        await actions_windows.start_window(db, item.id, at=BEGINS)
    async with database.unit_of_work(side.tenant) as db:
        _, live = await queries.live(db, item.id, at=BEGINS)
        assert (live.no, live.state) == (1, "live")
        found = await queries.revision(db, revision.id)
        assert (found.state, found.was_stopped) == ("returned", True)
        (entry,) = await trail(db, Filter(subject_id=item.id, event="revision.stopped"))
        assert (entry.detail["no"], entry.detail["rules"]) == (2, [rule.code])
        assert entry.detail["reason"] == "不用武侠词"
        (missed,) = await queries_rules.failing(db, MISSED)
        assert missed[0].hits[0]["rule"] == rule.code
        assert await queries_rules.failing_count(db) == 0


async def test_a_first_version_that_is_stopped_waits_for_its_author(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, body=f"<p>{WORDS}。</p>", valid_from=BEGINS)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
        await _rule(db, side)
        await actions_windows.start_window(db, item.id, at=BEGINS)
        assert (item.state, item.live_revision_id) == ("returned", None)


async def test_author_and_reviewer_are_told_why_and_where_to_mend_it(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await _scheduled(db, side)
        rule = await _rule(db, side)
        await actions_windows.start_window(db, item.id, at=BEGINS)
    async with people.client(side.author) as client:
        home, failing = (await client.get("/console")).text, (await client.get(PAGE)).text
        shown = (await client.get(f"/console/library/{item.id}")).text
        asked = await client.get("/api/v1/rules/failing?state=returned")
        other = await client.get("/api/v1/rules/failing?state=approved")
    async with people.client(side.reviewer) as client:
        seen = (await client.get("/console")).text
    async with people.client(people.theirs.author) as client:
        theirs = (await client.get("/api/v1/rules/failing")).json()["items"]
        nothing = (await client.get("/console")).text
    assert "1 条排期内容到时没有上线" in home
    assert "其中 1 条是您写的" in home
    assert "1 条排期内容到时没有上线" in seen
    assert "其中" not in seen[seen.index("到时没有上线") :][:120]
    assert "到时没有上线" not in nothing
    assert "到时未上线" in failing
    assert "不用武侠词" in failing
    assert "被现行规则拦下，没有上线" in shown
    assert "去改正" in shown
    assert "请删去" in shown
    (one,) = asked.json()["items"]
    assert (one["revision_no"], one["hits"][0]["rule"]) == (2, rule.code)
    assert other.json()["items"] == theirs == []


async def test_a_mended_version_is_reviewed_again_and_goes_live(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await _scheduled(db, side)
        await _rule(db, side)
        await actions_windows.start_window(db, item.id, at=BEGINS)
        await actions.write_draft(
            db, item.id, _draft("<p>到网点办理。</p>"), by=side.author, at=BEGINS
        )
        await actions.submit(db, item.id, by=side.author, at=BEGINS)
        await approve(db, item, side.reviewer, at=BEGINS)
        _, live = await queries.live(db, item.id, at=BEGINS)
        assert live.no == 3
        assert await queries_rules.failing_count(db, MISSED) == 0


async def test_when_the_rule_is_taken_back_the_same_wording_may_be_submitted_again(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, stopped = await _scheduled(db, side)
        rule = await _rule(db, side)
        await actions_windows.start_window(db, item.id, at=BEGINS)
        await actions_rules.switch_rule(db, rule.id, is_on=False, by=side.admin, at=BEGINS)
    await rescanned(people, side)
    async with people.client(side.author) as client:
        shown = (await client.get(f"/console/library/{item.id}")).text
    async with people.house.database.unit_of_work(side.tenant) as db:
        assert await queries_rules.failing_count(db, MISSED) == 0
        same = _draft(stopped.body)
        await actions.write_draft(db, item.id, same, by=side.author, at=BEGINS)
        found = await queries.item(db, item.id)
        assert found.working_revision_id != stopped.id
    assert "打开再保存一次" in shown
