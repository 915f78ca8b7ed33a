"""A recall, and the end of a validity: every consequence, all in one step of one job."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.make import approve, make_link, make_live_item
from tests.scheduler.conftest import Desk

from contenthub.channels.channel import Stopped
from contenthub.errors import Conflict, NotFound
from contenthub.library import actions as library
from contenthub.library import actions_windows
from contenthub.library.models import Item, Revision
from contenthub.posters import actions as posters
from contenthub.posters import queries as poster_queries
from contenthub.posters.editing import starter_for, starter_layers
from contenthub.scheduler import actions, actions_gone, actions_send, jobs, queries, queries_gone
from contenthub.scheduler.models import Delivery, Task
from contenthub.scheduler.models_gone import Notice
from contenthub.storage import storage_of
from contenthub.tenants.models import Staff


async def recall(desk: Desk, reason: str = "利率调整") -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await library.recall(
            db, desk.item.id, reason=reason, by=desk.side.reviewer, at=datetime.now(UTC)
        )


async def carry_through(desk: Desk) -> None:
    await desk.run("scheduler.stop_item", item_id=desk.item.id)


async def stop_of(desk: Desk) -> queries_gone.Told:
    async with desk.database.reading(desk.side.tenant) as db:
        (found,) = await queries_gone.stops_of(db, desk.item.id)
    return found


async def told(desk: Desk, staff: Staff) -> list[str]:
    async with desk.database.reading(desk.side.tenant) as db:
        return [each.stop.title for each in await queries_gone.open_notices(db, staff.id)]


async def share(desk: Desk, staff: Staff) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        item = await db.get_one(Item, (desk.side.tenant, desk.item.id))
        await make_link(db, item, staff)


async def running(desk: Desk) -> UUID:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    return push_id


async def test_every_push_of_it_is_cancelled_in_whatever_state(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    going = await running(desk)
    planned = await desk.push(now)
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions.pause(db, planned, reason="先停一停", by=side.author, at=now)
        draft = actions.PushDraft(
            title="等审核",
            item_id=desk.item.id,
            expr="银发",
            schedule={"kind": "once", "at": (now + timedelta(hours=1)).isoformat()},
        )
        asked = await actions.write_push(db, draft, by=side.author, at=now)
        await actions.submit(db, asked.id, by=side.author, at=now)
    await recall(desk)
    await carry_through(desk)
    async with desk.database.reading(side.tenant) as db:
        for push_id in (going, planned, asked.id):
            push = await queries.push(db, push_id)
            assert (push.state, push.paused_reason) == (
                "cancelled",
                "内容已下架，未发送的部分已取消",
            )
        tasks = await db.scalars(select(Task.state).where(Task.source_id == going))
        assert set(tasks.all()) == {"cancelled"}
        reasons = await db.scalars(select(Delivery.reason).where(Delivery.push_id == going))
        assert "content_gone" in set(reasons.all())
    found = (await stop_of(desk)).stop
    assert (found.pushes, found.deliveries, found.tasks) == (3, 20, 2)
    await desk.deliver_all(going)
    assert desk.sandbox.messages() == []


async def test_a_send_that_waited_for_its_turn_is_stopped_and_counted(desk: Desk) -> None:
    going, tenant = await running(desk), desk.side.tenant
    async with desk.database.unit_of_work(tenant) as db:
        first = (await queries.send_jobs(db, going))[0]
        # Claimed a while ago: it waits for a lane, or for its poster.
        taken = await actions_send.claim(db, first.id, at=datetime.now(UTC) - timedelta(seconds=9))
    assert taken is not None
    await recall(desk)
    still = partial(jobs.look_again, desk.database, tenant, taken)
    with pytest.raises(Stopped) as stopped:
        await taken.send(storage_of(desk.database.resources), still=still)
    async with desk.database.unit_of_work(tenant) as db:
        await actions_send.record_refused(db, taken, stopped.value, at=datetime.now(UTC))
    await desk.deliver_all(going)  # the others look for themselves, before the stop is carried out
    await carry_through(desk)
    assert desk.sandbox.messages() == []
    found = await stop_of(desk)
    assert (found.stopped, found.stop.deliveries, found.open) == (20, 20, 0)


async def test_what_employees_had_to_confirm_is_counted_as_it_is_taken_back(desk: Desk) -> None:
    going = await running(desk)
    await desk.deliver_all(going)
    await recall(desk)
    await carry_through(desk)
    found = await stop_of(desk)
    assert (found.stop.deliveries, found.taken_back, found.open) == (0, 0, 20)
    async with desk.database.reading(desk.side.tenant) as db:
        sent = [job.id for job in await queries.send_jobs(db, going)]
    for job_id in sent:
        await desk.run("scheduler.follow_batch", send_job_id=job_id)
    async with desk.people.client(desk.side.author) as client:
        [told] = (await client.get(f"/api/v1/items/{desk.item.id}/stops")).json()["items"]
        assert (told["deliveries"], told["taken_back"], told["open"]) == (0, 20, 0)
        page = await client.get(f"/console/library/{desk.item.id}")
        assert "从企业微信收回员工还没有发出的 20 条" in page.text


async def test_a_review_of_a_push_of_it_is_waited_for_no_more(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    draft = {"kind": "once", "at": (now + timedelta(hours=1)).isoformat()}
    async with desk.database.unit_of_work(side.tenant) as db:
        wanted = actions.PushDraft(title="等", item_id=desk.item.id, expr="银发", schedule=draft)
        asked = await actions.write_push(db, wanted, by=side.author, at=now)
        await actions.submit(db, asked.id, by=side.author, at=now)
        with pytest.raises(Conflict):  # a person takes it back first
            await actions.cancel(db, asked.id, by=side.author, at=now)
    await recall(desk)
    await carry_through(desk)
    async with desk.people.client(side.reviewer) as client:
        inbox = (await client.get("/api/v1/reviews")).json()["items"]
    assert str(asked.id) not in str(inbox)


async def test_those_who_shared_it_are_told_once_and_nobody_else(desk: Desk) -> None:
    side = desk.side
    await share(desk, side.employee)
    await running(desk)  # the colleague has a task of it
    await recall(desk, "利率调整，请换新版")
    await carry_through(desk)
    await carry_through(desk)
    for staff in (side.employee, side.colleague):
        assert await told(desk, staff) == [desk.item.title]
    for staff in (side.author, side.reviewer):
        assert await told(desk, staff) == []
    found = await stop_of(desk)
    assert (found.stop.told, found.seen) == (2, 0)
    async with desk.people.client(side.employee) as client:
        page = await client.get("/m")
        assert "您分享过的内容已下架" in page.text
        assert "利率调整，请换新版" in page.text
        (notice,) = (await client.get("/api/v1/notices")).json()["items"]
        assert (notice["code"], notice["cause"]) == (desk.item.code, "recalled")
        for _ in range(2):
            seen = await client.post(f"/api/v1/notices/{notice['id']}/seen")
            assert seen.status_code == 204
        assert "您分享过的内容已下架" not in (await client.get("/m")).text
    async with desk.people.client(side.author) as client:
        stops = (await client.get(f"/api/v1/items/{desk.item.id}/stops")).json()["items"]
        page = await client.get(f"/console/library/{desk.item.id}")
    assert [(s["told"], s["seen"], s["pushes"]) for s in stops] == [(2, 1, 1)]
    assert "已通知分享过的员工 2 位，1 位已看" in page.text


async def test_a_notice_is_its_employees_own(desk: Desk) -> None:
    side, theirs = desk.side, desk.people.theirs
    await share(desk, side.employee)
    await recall(desk)
    await carry_through(desk)
    async with desk.database.reading(side.tenant) as db:
        (notice,) = await db.scalars(select(Notice).where(Notice.tenant_id == side.tenant))
    for other in (side.colleague, theirs.employee):
        async with desk.people.client(other) as client:
            answer = await client.post(f"/api/v1/notices/{notice.id}/seen")
        assert answer.status_code == 404
    async with desk.people.client(theirs.author) as client:
        assert (await client.get(f"/api/v1/items/{desk.item.id}/stops")).status_code == 404
    async with desk.people.client(side.employee) as client:
        assert (await client.get(f"/api/v1/items/{desk.item.id}/stops")).status_code == 403
    async with desk.database.unit_of_work(side.tenant) as db:
        with pytest.raises(NotFound):
            await actions_gone.see_notice(db, notice.id, by=side.colleague, at=datetime.now(UTC))


async def test_the_successor_of_one_who_left_is_told(desk: Desk) -> None:
    side = desk.side
    await share(desk, side.employee)
    async with desk.database.unit_of_work(side.tenant) as db:
        await db.execute(
            update(Staff)
            .where(Staff.id == side.employee.id)
            .values(state="resigned", successor_id=side.colleague.id)
        )
    await recall(desk)
    await carry_through(desk)
    assert await told(desk, side.employee) == []
    assert await told(desk, side.colleague) == [desk.item.title]


async def _template(desk: Desk) -> UUID:
    """Return a live template of the desk's item."""
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.get_one(Item, (side.tenant, desk.item.id))
        revision = await db.get_one(Revision, (side.tenant, item.live_revision_id))
        draft = posters.TemplateDraft(
            title="存单海报", item_id=item.id, layers=_layers(revision.topic)
        )
        template, made = await posters.write_template(db, draft, by=side.author, at=now)
        await posters.submit(db, template.id, drawn=made.hash, by=side.author, at=now)
    await _approve_template(desk, made.id)
    return template.id


def _layers(topic: str) -> dict[str, object]:
    return starter_layers(starter_for(topic), kind="product", topic=topic)


async def _approve_template(desk: Desk, revision_id: UUID) -> None:
    side = desk.side
    async with desk.people.client(side.reviewer) as client:
        inbox = (await client.get("/api/v1/reviews")).json()["items"]
        review = next(r for r in inbox if r["subject_id"] == str(revision_id))
        answer = await client.post(f"/api/v1/reviews/{review['id']}/approve", json={"comment": ""})
    assert answer.status_code == 200, answer.text


async def _drawn(desk: Desk, template_id: UUID) -> int:
    async with desk.people.client(desk.side.employee) as client:
        url = f"/api/v1/posters/{template_id}/{desk.side.employee.id}.jpg"
        return (await client.get(url)).status_code


async def _states(desk: Desk, template_id: UUID) -> tuple[str, list[str]]:
    async with desk.database.reading(desk.side.tenant) as db:
        template = await poster_queries.template(db, template_id)
        assert template.live_revision_id is None
        revisions = await poster_queries.template_revisions(db, template_id)
    return template.state, [each.state for each in revisions]


async def test_its_posters_are_drawn_no_more_and_say_why(desk: Desk) -> None:
    template_id = await _template(desk)
    assert await _drawn(desk, template_id) == 200
    await recall(desk)
    assert await _drawn(desk, template_id) in (404, 409, 422)  # before any job has run
    await carry_through(desk)
    assert await _drawn(desk, template_id) in (404, 409, 422)
    assert await _states(desk, template_id) == ("recalled", ["recalled"])
    assert (await stop_of(desk)).stop.templates == 1


async def test_a_new_wording_ends_the_posters_of_the_one_before(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    template_id = await _template(desk)
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.get_one(Item, (side.tenant, desk.item.id))
        draft = library.Draft(
            kind="product",
            topic="deposit",
            title="三年期大额存单（新利率）",
            fields={"summary": "20 万元起存", "rate": 195},
            body="<p>到网点办理。</p>",
        )
        await library.write_draft(db, item.id, draft, by=side.author, at=now)
        await library.submit(db, item.id, by=side.author, at=now)
        await approve(db, item, side.reviewer, now)
    await carry_through(desk)
    assert await _states(desk, template_id) == ("superseded", ["superseded"])
    assert await told(desk, side.employee) == []
    async with desk.database.reading(side.tenant) as db:
        assert await queries_gone.stops_of(db, desk.item.id) == []


async def test_the_end_of_a_validity_does_the_same(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    ends = now + timedelta(hours=3)
    async with desk.database.unit_of_work(side.tenant) as db:
        desk.item = await make_live_item(db, side.author, side.reviewer, valid_until=ends)
    await share(desk, side.employee)
    push_id = await desk.push(now)
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_windows.expire(db, desk.item.id, at=ends)
    await carry_through(desk)
    found = (await stop_of(desk)).stop
    assert (found.cause, found.pushes, found.told) == ("expired", 1, 1)
    async with desk.database.reading(side.tenant) as db:
        assert (await queries.push(db, push_id)).state == "cancelled"


async def test_a_lost_ring_is_made_good_by_the_sweep(desk: Desk) -> None:
    await share(desk, desk.side.employee)
    await recall(desk)
    ids = {"item_id": str(desk.item.id)}

    async def due() -> bool:
        async with desk.database.platform_unit_of_work() as db:
            return (desk.side.tenant, ids) in await jobs.items_gone(db, datetime.now(UTC))

    assert await due()
    await carry_through(desk)
    assert not await due()


async def test_a_second_recall_is_told_anew(desk: Desk) -> None:
    side = desk.side
    await share(desk, side.employee)
    await recall(desk)
    await carry_through(desk)
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.get_one(Item, (side.tenant, desk.item.id))
        newest = await db.get_one(Revision, (side.tenant, item.working_revision_id))
        draft = library.Draft(
            kind=item.kind,
            topic=item.topic,
            title=f"{item.title}（重发）",
            fields=newest.fields,
            body=newest.body,
        )
        now = datetime.now(UTC)
        await library.write_draft(db, item.id, draft, by=side.author, at=now)
        await library.submit(db, item.id, by=side.author, at=now)
        await approve(db, item, side.reviewer, now)
        # Live again: what was told holds no more, and says so.
        (told_before,) = await queries_gone.open_notices(db, side.employee.id)
        assert told_before.is_back
    await recall(desk, "又有错")
    await carry_through(desk)
    assert len(await told(desk, side.employee)) == 2


async def test_employees_pages_offer_it_no_more_the_moment_it_is_recalled(desk: Desk) -> None:
    side = desk.side
    await _template(desk)
    async with desk.people.client(side.employee) as client:
        await client.get("/login")
        token = {"x-csrftoken": client.cookies["csrftoken"]}
        share = f"/m/materials/{desk.item.id}/share"
        before = await client.get("/m/materials")
        shared = await client.post(share, headers=token)
        assert desk.item.title in before.text
        assert shared.status_code == 200
        found = re.search(r"/s/([0-9A-Z]{12})", shared.text)
        assert found is not None
        picture = f"/s/{found[1]}/poster.jpg"
        assert (await client.get(picture)).status_code == 200
        await recall(desk)
        assert desk.item.title not in (await client.get("/m/materials")).text
        assert (await client.get(f"/m/materials/{desk.item.id}")).status_code == 409
        assert (await client.post(share, headers=token)).status_code in (409, 422)
        assert (await client.get(picture)).status_code == 404
