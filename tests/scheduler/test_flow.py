"""A push from draft to delivered, through a real sandbox; lost answers, kills, refusals."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, text
from tests.channels.conftest import SEND
from tests.scheduler.conftest import Desk

from contenthub.customers import actions as customers
from contenthub.customers import queries as customers_queries
from contenthub.db import Write
from contenthub.errors import Conflict, NotFound
from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as reviews
from contenthub.library.lifecycle import OwnWork
from contenthub.library.models import Review
from contenthub.scheduler import actions, actions_results, actions_send, queries
from contenthub.scheduler.models import SendJob


async def _ready(desk: Desk) -> tuple[datetime, UUID]:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    return now, push_id


async def test_a_push_is_planned_sent_confirmed_and_finished(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    push = await desk.expand(push_id, now)
    assert push.state == "running"
    # 23 match: 20 to send to, one refused deposits, one has no owner, one is no WeCom friend.
    assert await desk.counts(push_id) == {"planned": 20, "skipped": 3}
    async with desk.database.reading(desk.side.tenant) as db:
        occurrence = (await queries.occurrences(db, push_id))[0]
        reasons = dict((r[1], r[2]) for r in await queries.reasons(db, push_id))
        jobs = await queries.send_jobs(db, push_id)
        tasks = await queries.tasks(db, employee_id=desk.side.employee.id)
    assert occurrence.waterfall["matched"] == 23
    assert occurrence.waterfall["reachable"] == 20
    assert reasons == {"refused": 1, "no_owner": 1, "unreachable": 1}
    assert len(jobs) == 2
    assert [t.title for t in tasks] == ["金秋存款季"]
    await desk.deliver_all(push_id)
    assert (await desk.counts(push_id))["submitted"] == 20
    sent = desk.sandbox.messages()
    assert len(sent) == 2
    for message in sent:
        desk.sandbox.confirm(message["msgid"], message["sender"])
    await _follow(desk, push_id)
    assert await desk.counts(push_id) == {"delivered": 20, "skipped": 3}
    async with desk.database.reading(desk.side.tenant) as db:
        assert (await queries.push(db, push_id)).state == "finished"
        done = await queries.task(db, tasks[0].id)
    assert done.state == "done"


async def _follow(desk: Desk, push_id: UUID) -> None:
    """Ask about every job of a push as the follow job does, once it is due."""
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        for job in await queries.send_jobs(db, push_id):
            job.next_at = datetime.now(UTC) - timedelta(seconds=1)
    async with desk.database.reading(desk.side.tenant) as db:
        ids = [j.id for j in await queries.send_jobs(db, push_id)]
    for job_id in ids:
        await desk.run("scheduler.follow_batch", send_job_id=job_id)


async def _lapse(db: Write, job_id: UUID) -> None:
    """Let the lease of a dead worker end."""
    past = text("update send_jobs set lease_until = now() - interval '1 second' where id = :id")
    await db.execute(past, {"id": job_id})
    db.expire_all()


@pytest.mark.parametrize("skew", [timedelta(hours=-2), timedelta(hours=2)], ids=["slow", "fast"])
async def test_a_host_whose_clock_is_wrong_leaves_the_others_sends_alone(
    desk: Desk, skew: timedelta
) -> None:
    now, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        job = (await queries.send_jobs(db, push_id))[0]
        assert await actions_send.claim(db, job.id, at=now) is not None
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        assert await actions_results.question(db, job.id, at=now + skew) is None
        found = await db.get_one(SendJob, (desk.side.tenant, job.id))
        assert found.state == "calling"
        await actions_send.mark_unknown(db, found, at=now + skew)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        # The quarantine of 90 seconds has not passed, whatever that host believes.
        assert await actions_results.question(db, job.id, at=now + timedelta(hours=2)) is None


async def test_expanding_twice_changes_nothing(desk: Desk) -> None:
    now, push_id = await _ready(desk)
    before = await desk.counts(push_id)
    await desk.expand(push_id, now + timedelta(seconds=5))
    assert await desk.counts(push_id) == before
    async with desk.database.reading(desk.side.tenant) as db:
        assert len(await queries.occurrences(db, push_id)) == 1


async def test_a_push_does_not_start_before_its_hour(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    assert (await desk.expand(push_id, now)).state == "scheduled"
    assert await desk.counts(push_id) == {}


async def test_a_lost_answer_is_reconciled_and_never_sent_twice(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    desk.sandbox.spoil(SEND, "lost", "lost")
    await desk.deliver_all(push_id)
    assert (await desk.counts(push_id))["unknown"] == 20
    await desk.deliver_all(push_id)
    assert len(desk.sandbox.messages()) == 2
    await _follow(desk, push_id)
    assert (await desk.counts(push_id))["submitted"] == 20
    assert desk.sandbox.get("/sandbox/deliveries/count")["duplicated"] == 0


async def test_whom_a_lost_answer_had_refused_is_failed_once_the_list_is_there(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    desk.sandbox.set(unrelated_rate=0.4)
    desk.sandbox.spoil(SEND, "lost", "lost")
    await desk.deliver_all(push_id)
    await _follow(desk, push_id)
    taken = desk.sandbox.get("/sandbox/deliveries/count")["sends"]
    assert 0 < taken < 20
    assert await desk.counts(push_id) == {"submitted": 20, "skipped": 3}
    # The list holds those who wait for the employee as well; who is missing was never taken.
    await _follow(desk, push_id)
    assert await desk.counts(push_id) == {"submitted": taken, "failed": 20 - taken, "skipped": 3}


async def test_a_killed_worker_that_never_called_is_sent_again(desk: Desk) -> None:
    now, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        job = (await queries.send_jobs(db, push_id))[0]
        claim = await actions_send.claim(db, job.id, at=now)
    assert claim is not None
    # The process dies here: committed as calling, nothing sent, nobody records it.
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await _lapse(db, job.id)
        assert await actions_results.question(db, job.id, at=now) is None
        assert (await db.get_one(SendJob, (desk.side.tenant, job.id))).state == "unknown"
    await _follow(desk, push_id)
    await desk.deliver_all(push_id)
    assert (await desk.counts(push_id))["submitted"] == 20
    assert desk.sandbox.get("/sandbox/deliveries/count")["duplicated"] == 0


async def test_a_killed_worker_that_had_called_is_adopted(desk: Desk) -> None:
    now, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        job = (await queries.send_jobs(db, push_id))[0]
        claim = await actions_send.claim(db, job.id, at=now)
    assert claim is not None
    await claim.send(desk.people.house.storage)
    # The process dies here: the channel has it, PostgreSQL does not know.
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await _lapse(db, job.id)
        await actions_results.question(db, job.id, at=now)
    await _follow(desk, push_id)
    async with desk.database.reading(desk.side.tenant) as db:
        assert (await db.get_one(SendJob, (desk.side.tenant, job.id))).state == "sent"
    await desk.deliver_all(push_id)
    assert desk.sandbox.get("/sandbox/deliveries/count")["duplicated"] == 0
    assert len(desk.sandbox.messages()) == 2


async def test_a_paused_worker_cannot_record_over_a_newer_claim(desk: Desk) -> None:
    now, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        job = (await queries.send_jobs(db, push_id))[0]
        old = await actions_send.claim(db, job.id, at=now)
    assert old is not None
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await _lapse(db, job.id)
        await actions_results.question(db, job.id, at=now)
    await _follow(desk, push_id)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        new = await actions_send.claim(db, job.id, at=datetime.now(UTC))
        assert new is not None
        await actions_send.record_unknown(db, old, at=datetime.now(UTC))
        assert (await db.get_one(SendJob, (desk.side.tenant, job.id))).state == "calling"


async def test_a_refusal_after_the_plan_is_honoured_at_the_call(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        late = await customers_queries.by_phone(db, "13900000001")
        assert late is not None
        await customers.record_refusal(
            db, late.no, "deposit", by=desk.side.employee, at=datetime.now(UTC)
        )
    await desk.deliver_all(push_id)
    counts = await desk.counts(push_id)
    assert counts == {"submitted": 19, "skipped": 4}


async def test_busy_answers_are_tried_again_later(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    desk.sandbox.spoil(SEND, "busy", "busy", "busy", "busy")
    await desk.deliver_all(push_id)
    counts = await desk.counts(push_id)
    assert counts.get("submitted", 0) + counts.get("planned", 0) == 20
    assert counts.get("failed", 0) == 0


async def test_pause_stops_and_resume_goes_on(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.pause(db, push_id, by=desk.side.reviewer, at=datetime.now(UTC))
    await desk.deliver_all(push_id)
    assert desk.sandbox.messages() == []
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.resume(db, push_id, by=desk.side.reviewer, at=datetime.now(UTC))
    await desk.deliver_all(push_id)
    assert len(desk.sandbox.messages()) == 2


async def test_cancel_skips_what_is_queued_and_counts_stay_whole(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.cancel(db, push_id, by=desk.side.author, at=datetime.now(UTC))
    await desk.deliver_all(push_id)
    assert desk.sandbox.messages() == []
    assert await desk.counts(push_id) == {"skipped": 23}
    async with desk.database.reading(desk.side.tenant) as db:
        tasks = await queries.tasks(db, employee_id=desk.side.employee.id)
    assert tasks == []


async def test_recalled_content_stops_the_push_at_once(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await library.recall(
            db, desk.item.id, reason="利率调整", by=desk.side.reviewer, at=datetime.now(UTC)
        )
    await desk.deliver_all(push_id)
    await desk.run("scheduler.stop_item", item_id=desk.item.id)
    assert desk.sandbox.messages() == []
    counts = await desk.counts(push_id)
    assert counts == {"skipped": 23}
    async with desk.database.reading(desk.side.tenant) as db:
        push = await queries.push(db, push_id)
    assert push.state == "cancelled"
    assert "下架" in push.paused_reason


async def test_an_edit_after_approval_voids_it(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    draft = actions.PushDraft(
        title="改过的推送",
        item_id=desk.item.id,
        expr="银发",
        schedule={"kind": "once", "at": (now + timedelta(hours=1)).isoformat()},
    )
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        push = await actions.rewrite_push(db, push_id, draft, by=desk.side.author, at=now)
        assert push.state == "draft"
    with pytest.raises(Conflict, match="数据库拒绝"):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            forged = await queries.push(db, push_id, lock=True)
            forged.state = "scheduled"


async def test_the_author_cannot_approve_their_own_push(desk: Desk) -> None:
    now = datetime.now(UTC)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        push = await actions.write_push(
            db,
            actions.PushDraft(
                title="自批自审",
                item_id=desk.item.id,
                expr="银发",
                schedule={"kind": "once", "at": (now + timedelta(hours=1)).isoformat()},
            ),
            by=desk.side.author,
            at=now,
        )
        await actions.submit(db, push.id, by=desk.side.author, at=now)
        waiting = (await reviews.reviews_of(db, push.id))[0]
        with pytest.raises(OwnWork):
            await actions_reviews.take_review(db, waiting.id, "approve", by=desk.side.author)


async def test_the_third_push_meets_the_frequency_cap(desk: Desk) -> None:
    for _ in range(3):
        _, push_id = await _ready(desk)
    assert await desk.counts(push_id) == {"skipped": 23}
    async with desk.database.reading(desk.side.tenant) as db:
        reasons = dict((r[1], r[2]) for r in await queries.reasons(db, push_id))
    assert reasons["capped"] == 20


async def test_the_database_keeps_the_words_of_an_approved_push(desk: Desk) -> None:
    push_id = await desk.push(datetime.now(UTC))
    with pytest.raises(Conflict, match="推送提交后不能再改内容"):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            push = await queries.push(db, push_id, lock=True)
            push.message = "换了一句话 {{ link }}"


async def test_the_database_takes_no_review_that_is_approved_from_the_start(desk: Desk) -> None:
    push_id = await desk.push(datetime.now(UTC))
    with pytest.raises(Conflict, match="待审核开始"):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            push = await queries.push(db, push_id)
            forged = await actions_reviews.open_review(db, "push", push, at=push.created_at)
            forged.state, forged.reviewer_id = "approved", desk.side.reviewer.id


async def test_a_decided_review_cannot_be_deleted(desk: Desk) -> None:
    push_id = await desk.push(datetime.now(UTC))
    with pytest.raises(NotFound):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            await db.execute(delete(Review).where(Review.subject_id == push_id))
    async with desk.database.reading(desk.side.tenant) as db:
        assert [r.state for r in await reviews.reviews_of(db, push_id)] == ["approved"]


async def test_a_cancelled_push_is_taken_back_from_employees_who_did_not_confirm(
    desk: Desk,
) -> None:
    _, push_id = await _ready(desk)
    await desk.deliver_all(push_id)
    one, other = desk.sandbox.messages()
    desk.sandbox.confirm(one["msgid"], one["sender"])
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.cancel(db, push_id, by=desk.side.author, at=datetime.now(UTC))
    await _follow(desk, push_id)
    assert await desk.counts(push_id) == {"delivered": 10, "skipped": 13}
    desk.sandbox.confirm(other["msgid"], other["sender"])
    assert desk.sandbox.get("/sandbox/deliveries/count")["delivered"] == 10


async def test_recalled_content_is_taken_back_from_employees_too(desk: Desk) -> None:
    _, push_id = await _ready(desk)
    await desk.deliver_all(push_id)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await library.recall(
            db, desk.item.id, reason="利率调整", by=desk.side.reviewer, at=datetime.now(UTC)
        )
    await desk.run("scheduler.stop_item", item_id=desk.item.id)
    await _follow(desk, push_id)
    for message in desk.sandbox.messages():
        desk.sandbox.confirm(message["msgid"], message["sender"])
    assert await desk.counts(push_id) == {"skipped": 23}
    assert desk.sandbox.get("/sandbox/deliveries/count")["delivered"] == 0
