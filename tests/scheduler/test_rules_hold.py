"""The bank's rules hold when a push is written, resumed, started and sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.scheduler.conftest import Desk

from contenthub.errors import Invalid
from contenthub.library import actions_rescan, actions_rules, jobs_rules, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.queries import item
from contenthub.library.queries import revision as revision_of
from contenthub.scheduler import actions, queries


async def _forbid(desk: Desk, words: str) -> None:
    """Add a rule of the bank's own and let the worker read everything again."""
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_rules.add_rule(
            db, RuleDraft("本行禁用语", words), by=side.admin, at=datetime.now(UTC)
        )
        job = await queries_rules.open_scan(db)
    if job is not None:
        assert jobs_rules.rescan  # its import is what lets the worker know the job
        await desk.run(actions_rescan.JOB, job_id=job.id)


async def _words_of(desk: Desk) -> str:
    """Return words that stand in the pushed item's live wording."""
    async with desk.database.reading(desk.side.tenant) as db:
        pushed = await item(db, desk.item.id)
        assert pushed.live_revision_id is not None
        return (await revision_of(db, pushed.live_revision_id)).title[:6]


async def test_content_that_fails_the_rules_of_today_pauses_its_push(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    await _forbid(desk, await _words_of(desk))
    await desk.deliver_all(push_id)
    async with desk.database.reading(desk.side.tenant) as db:
        push = await queries.push(db, push_id)
        assert push.state == "paused"
        assert "未通过现行规则" in push.paused_reason
    assert (await desk.counts(push_id))["planned"] == 20
    assert desk.sandbox.messages() == []


async def test_a_push_of_failing_content_or_with_a_bad_message_is_not_taken(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    async with desk.database.reading(desk.side.tenant) as db:
        known = await queries.push(db, push_id)
    draft = actions.PushDraft(
        title="再推一次",
        item_id=known.item_id,
        expr=known.expr,
        schedule={"kind": "once", "at": (now + timedelta(hours=1)).isoformat()},
        message="保本保息的理财，{{ link }}",
    )
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions.write_push(db, draft, by=desk.side.author, at=now)
        assert set(refused.value.fields) == {"message"}
    await _forbid(desk, await _words_of(desk))
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions.write_push(
                db,
                replace(draft, message=""),
                by=desk.side.author,
                at=now,
            )
        assert set(refused.value.fields) == {"item_id"}
