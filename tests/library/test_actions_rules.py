"""A bank adds rules and makes shipped ones stricter; never looser, never another bank's."""

from typing import Any

import pytest
from sqlalchemy import select
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.errors import Invalid, NotFound
from contenthub.library import actions, actions_rescan, actions_rules, jobs_rules, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.models_rules import RuleFinding
from contenthub.library.queries_rules import Failing
from contenthub.library.review import BlockingHits
from contenthub.library.rules import RULE_PACK_VERSION
from contenthub.queue import jobs as registered
from contenthub.tenants.models import LongJob

RESCAN = "library.rescan_items"
DRAFT = RuleDraft("本行禁用语", "到网点办理\n存…就送", advice="改写")


async def rescanned(people: Personas, side: Side) -> None:
    """Let the worker read everything that waits to be read."""
    async with people.house.database.reading(side.tenant) as db:
        job = await queries_rules.open_scan(db)
    if job is not None:
        await registered[RESCAN](people.house.database, side.tenant, job_id=str(job.id))


async def failing_titles(db: Write, **wanted: Any) -> list[str]:
    """Return the titles of the items in use that fail now."""
    return [rev.title for _, _, rev in await queries_rules.failing(db, Failing(**wanted))]


async def test_an_added_rule_is_found_and_all_content_is_read_again(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        bad = await make_live_item(db, side.author, side.reviewer)
        good = await make_live_item(db, side.author, side.reviewer, body="<p>详询柜台</p>")
        rule = await actions_rules.add_rule(db, DRAFT, by=side.admin, at=NOW)
        assert rule.code == "BANK-01"
        assert (await queries_rules.rules(db)).version.startswith(f"{RULE_PACK_VERSION}+")
    await rescanned(people, side)
    async with database.unit_of_work(side.tenant) as db:
        assert await failing_titles(db) == [bad.title]
        assert await failing_titles(db, rule="BANK-01", kind="product", topic="deposit") == [
            bad.title
        ]
        assert await failing_titles(db, rule="INV-01") == []
        scan = await queries_rules.scan(db)
        assert scan is not None
        assert (scan.scanned, scan.failing) == (2, 1)
        assert good.live_revision_id is not None
        assert await queries_rules.failing_now(db, good.live_revision_id) is None
        await actions_rules.switch_rule(db, rule.id, is_on=False, by=side.admin, at=NOW)
    await rescanned(people, side)
    async with database.unit_of_work(side.tenant) as db:
        assert await failing_titles(db) == []


async def test_a_wording_submitted_before_a_rule_is_held_by_it(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await actions_rules.add_rule(db, DRAFT, by=side.admin, at=NOW)
        with pytest.raises(BlockingHits):
            await approve(db, item, side.reviewer)


async def test_a_rule_of_the_bank_is_found_in_disguise_and_spares_warnings(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        draft = RuleDraft("口号", "闭眼选", topics=["deposit"], replacement="看清条款再选")
        await actions_rules.add_rule(db, draft, by=side.admin, at=NOW)
        for text, found in (
            ("存款闭眼选就对了", True),
            ("存款闭·眼·选", True),
            ("存款bi眼选", True),
            ("不得宣传闭眼选", False),
            ("闭眼休息", False),
        ):
            item, revision = await make_item(db, side.author, body=f"<p>{text}</p>")
            hits = [h for h in await queries_rules.hits_of(db, revision) if h.rule == "BANK-01"]
            assert bool(hits) is found, text
            if found:
                assert hits[0].fix is not None
                assert hits[0].fix["action"] == "replace"
            assert item.state == "draft"


async def test_a_shipped_rule_is_made_stricter_and_given_back(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, revision = await make_item(db, side.author, body="<p>最终解释权归本行</p>")
        kinds = {h.severity for h in await queries_rules.hits_of(db, revision)}
        await actions_rules.raise_rule(
            db, "TERM-01", is_raised=True, reason="消保部要求", by=side.admin, at=NOW
        )
        hits = await queries_rules.hits_of(db, revision)
        assert "TERM-01" in {h.rule for h in hits if h.severity == "block"}
        await actions_rules.raise_rule(db, "TERM-01", is_raised=False, by=side.admin, at=NOW)
        assert {h.severity for h in await queries_rules.hits_of(db, revision)} == kinds


@pytest.mark.parametrize(
    ("rule_id", "reason", "field"),
    [("INV-01", "原因", "rule_id"), ("TERM-01", " ", "reason")],
)
async def test_what_cannot_be_raised_is_refused_by_name(
    people: Personas, rule_id: str, reason: str, field: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions_rules.raise_rule(
                db, rule_id, is_raised=True, reason=reason, by=side.admin, at=NOW
            )
    assert set(refused.value.fields) == {field}


async def test_an_unknown_shipped_rule_is_not_found(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(NotFound):
            await actions_rules.confirm_rule(db, "NO-99", by=people.ours.admin, at=NOW)


async def test_every_wrong_field_of_a_rule_is_named_at_once(people: Personas) -> None:
    side = people.ours
    draft = RuleDraft(" ", "好", severity="mild", kinds=["poem"], topics=["stocks"])
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions_rules.add_rule(db, draft, by=side.admin, at=NOW)
    assert set(refused.value.fields) == {"name", "phrases", "severity", "kinds", "topics"}


async def test_a_check_against_the_source_holds_for_one_version(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        mark = await actions_rules.confirm_rule(db, "INV-01", by=side.admin, at=NOW)
        rule = next(r for r in (await queries_rules.rules(db)).rules if r.id == "INV-01")
        named = {side.admin.id: side.admin.name}
        assert queries_rules.reviewed(rule, mark, named) == (side.admin.name, NOW)
        mark.reviewed_version = "2020-01"
        assert queries_rules.reviewed(rule, mark, named) == ("", None)


async def test_another_banks_rule_is_not_found(people: Personas) -> None:
    database = people.house.database
    async with database.unit_of_work(people.theirs.tenant) as db:
        rule = await actions_rules.add_rule(db, DRAFT, by=people.theirs.admin, at=NOW)
    side = people.ours
    async with database.unit_of_work(side.tenant) as db:
        assert (await queries_rules.rules(db)).version == RULE_PACK_VERSION
        with pytest.raises(NotFound):
            await actions_rules.change_rule(db, rule.id, DRAFT, by=side.admin, at=NOW)
        with pytest.raises(NotFound):
            await actions_rules.switch_rule(db, rule.id, is_on=False, by=side.admin, at=NOW)


async def test_a_new_pack_has_every_bank_read_again_and_a_lost_worker_goes_on(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        for _ in range(3):
            await make_live_item(db, side.author, side.reviewer)
    async with database.platform_unit_of_work() as platform:
        due = await jobs_rules.due_scans(platform, NOW)
    assert (side.tenant, {}) in due
    await registered[RESCAN](database, side.tenant)
    async with database.unit_of_work(side.tenant) as db:
        job = await queries_rules.open_scan(db)
        assert job is not None
        # A worker that read one revision and died: its lease has run out.
        turn = await actions_rescan.claim(db, job.id)
        assert turn is not None
        first = (await queries_rules.to_scan(db, after=None, limit=1))[0]
        read = actions_rescan.Read(first.id, first.item_id, [])
        turn = await actions_rescan.take_step(db, turn, [read], version="x", at=NOW)
        assert turn is not None
        job.lease_until = NOW
    await registered[RESCAN](database, side.tenant, job_id=str(job.id))
    async with database.reading(side.tenant) as db:
        done = await db.get(LongJob, (side.tenant, job.id))
        assert done is not None
        assert (done.state, done.done) == ("done", 3)
    async with database.platform_unit_of_work() as platform:
        due = await jobs_rules.due_scans(platform, NOW)
    assert [ids for tenant, ids in due if tenant == side.tenant] == []


async def test_a_rule_changed_during_a_re_scan_begins_it_anew(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        await make_live_item(db, side.author, side.reviewer)
        await actions_rules.add_rule(db, DRAFT, by=side.admin, at=NOW)
        first = await queries_rules.open_scan(db)
        assert first is not None
        turn = await actions_rescan.claim(db, first.id)
        assert turn is not None
        await actions_rules.add_rule(db, RuleDraft("另一条", "另一个词"), by=side.admin, at=NOW)
        second = await queries_rules.open_scan(db)
        assert second is not None
        assert second.id != first.id
        assert await actions_rescan.take_step(db, turn, [], version="", at=NOW) is None
        assert (await db.scalars(select(RuleFinding))).all() == []
