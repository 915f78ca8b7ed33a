"""Today's push on the phone: what it shows, who may act on it, and what WeCom then says."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from tests.make import make_live_template
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.h5 import handed_out, planned, submit, task_of

from contenthub.scheduler import actions, queries_tasks
from contenthub.scheduler.models import SendJob
from contenthub.tenants.models import AuditEntry, WeComApp

__all__ = ["desk", "sandbox"]


async def test_today_shows_poster_script_link_and_how_many_wait(desk: Desk) -> None:
    me = desk.side.employee
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        template = await make_live_template(db, desk.item, desk.side.author, desk.side.reviewer)
    await handed_out(desk, message="{{ customer.surname }}好，我是{{ employee.name }}：{{ link }}")
    task = await task_of(desk, me)
    async with desk.people.client(me) as client:
        page = await client.get("/m")
    assert page.status_code == 200
    assert f"/api/v1/posters/{template.id}/{me.id}.jpg" in page.text
    assert "您好，我是王小明" in page.text
    assert f"http://hub.test/s/{task.detail['link_code']}" in page.text
    assert "去企业微信确认发送（10 位）" in page.text
    assert f'action="/m/tasks/{task.id}/confirm"' in page.text
    assert "今日完成 0 项，共 1 项" in page.text


async def test_before_wecom_has_it_there_is_nothing_to_confirm(desk: Desk) -> None:
    await planned(desk)
    task = await task_of(desk, desk.side.employee)
    async with desk.people.client(desk.side.employee) as client:
        page = await client.get("/m")
        refused = await submit(client, f"/m/tasks/{task.id}/confirm")
    assert "正在下发到您的企业微信（10 位）" in page.text
    assert "去企业微信确认发送" not in page.text
    assert refused.status_code == 409
    assert "还没有下发到您的企业微信" in refused.text


async def test_confirming_moves_the_sandbox_and_then_the_ledger(desk: Desk) -> None:
    me = desk.side.employee
    push_id = await handed_out(desk)
    task = await task_of(desk, me)
    async with desk.people.client(me) as client:
        answer = await submit(client, f"/m/tasks/{task.id}/confirm")
        assert (answer.status_code, answer.headers["location"]) == (303, "/m")
        states = {m["sender"]: m["state"] for m in desk.sandbox.messages()}
        assert states == {
            me.wecom_userid: "confirmed",
            desk.side.colleague.wecom_userid: "waiting",
        }
        acted = await task_of(desk, me)
        assert acted.state == "open"
        assert acted.detail["acted_at"]
        async with desk.database.reading(desk.side.tenant) as db:
            jobs = await queries_tasks.part_jobs(db, acted)
        for job in jobs:
            await desk.run("scheduler.follow_batch", send_job_id=job.id)
        assert await desk.counts(push_id) == {"delivered": 10, "submitted": 10, "skipped": 3}
        assert (await task_of(desk, me)).state == "done"
        page = await client.get("/m")
        again = await submit(client, f"/m/tasks/{task.id}/confirm")
    assert "今日完成 1 项，共 1 项" in page.text
    assert "今天的推送都发完了" in page.text
    assert again.status_code == 409


async def test_going_to_confirm_is_audited_and_asked_about_at_once(desk: Desk) -> None:
    me = desk.side.employee
    await handed_out(desk)
    task = await task_of(desk, me)
    before = datetime.now(UTC)
    async with desk.people.client(me) as client:
        await submit(client, f"/m/tasks/{task.id}/confirm")
    async with desk.database.reading(desk.side.tenant) as db:
        audited = await db.scalar(
            select(AuditEntry).where(
                AuditEntry.tenant_id == desk.side.tenant, AuditEntry.event == "task.acted"
            )
        )
        job = (await queries_tasks.part_jobs(db, task))[0]
    assert audited is not None
    assert audited.actor_id == me.id
    assert job.next_at is not None
    assert before <= job.next_at <= datetime.now(UTC)


async def test_nobody_confirms_for_a_real_employee(desk: Desk) -> None:
    await handed_out(desk)
    task = await task_of(desk, desk.side.employee)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        app = (
            await db.scalars(select(WeComApp).where(WeComApp.tenant_id == desk.side.tenant))
        ).one()
        app.base_url = "https://qyapi.weixin.qq.com"
    async with desk.people.client(desk.side.employee) as client:
        assert (await submit(client, f"/m/tasks/{task.id}/confirm")).status_code == 303
        page = await client.get("/m")
    assert {m["state"] for m in desk.sandbox.messages()} == {"waiting"}
    assert "正在等回执" in page.text
    assert 'hx-trigger="every 3s"' in page.text


async def test_a_colleagues_task_does_not_exist(desk: Desk) -> None:
    await handed_out(desk)
    task = await task_of(desk, desk.side.colleague)
    for staff in (desk.side.employee, desk.side.branch_manager, desk.people.theirs.employee):
        async with desk.people.client(staff) as client:
            assert (await client.get(f"/m/tasks/{task.id}")).status_code == 404
            assert (await submit(client, f"/m/tasks/{task.id}/confirm")).status_code == 404
    assert {m["state"] for m in desk.sandbox.messages()} == {"waiting"}


async def test_office_roles_have_no_tasks(desk: Desk) -> None:
    async with desk.people.client(desk.side.author) as client:
        assert (await client.get("/m")).status_code == 403
        assert (await client.get("/m/tasks")).status_code == 403


async def test_a_paused_push_is_not_confirmed(desk: Desk) -> None:
    push_id = await handed_out(desk)
    task = await task_of(desk, desk.side.employee)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.pause(
            db, push_id, reason="利率有误", by=desk.side.reviewer, at=datetime.now(UTC)
        )
    async with desk.people.client(desk.side.employee) as client:
        page = await client.get("/m")
        refused = await submit(client, f"/m/tasks/{task.id}/confirm")
    assert "推送已暂停：利率有误" in page.text
    assert "去企业微信确认发送" not in page.text
    assert refused.status_code == 409
    assert {m["state"] for m in desk.sandbox.messages()} == {"waiting"}


async def test_a_task_names_its_customers_masked_with_what_became_of_them(desk: Desk) -> None:
    await handed_out(desk)
    task = await task_of(desk, desk.side.employee)
    async with desk.people.client(desk.side.employee) as client:
        page = (await client.get(f"/m/tasks/{task.id}")).text
    assert page.count("已下发，待员工确认") == 10
    assert "王*明" in page
    assert "银发 <b>10</b>" in page


async def test_all_tasks_are_listed(desk: Desk) -> None:
    await handed_out(desk)
    async with desk.people.client(desk.side.employee) as client:
        page = (await client.get("/m/tasks")).text
    assert "金秋存款季" in page
    assert "名单 10 位" in page


async def test_the_ledger_is_asked_with_short_pauses_after_the_employee_went(desk: Desk) -> None:
    """A job that waited for hours would else be asked a quarter of an hour later."""
    push_id = await handed_out(desk)
    task = await task_of(desk, desk.side.employee)
    now = datetime.now(UTC)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        for job in await queries_tasks.part_jobs(db, task):
            job.sent_at = now - timedelta(hours=5)
            job.next_at = now
        kept = await db.get_one(type(task), (task.tenant_id, task.id))
        kept.detail = {**kept.detail, "acted_at": now.isoformat()}
    async with desk.database.reading(desk.side.tenant) as db:
        jobs = await queries_tasks.part_jobs(db, task)
    await desk.run("scheduler.follow_batch", send_job_id=jobs[0].id)
    async with desk.database.reading(desk.side.tenant) as db:
        asked = await db.get_one(SendJob, (jobs[0].tenant_id, jobs[0].id))
    assert (await desk.counts(push_id))["submitted"] == 20
    assert asked.next_at is not None
    assert (asked.next_at - now).total_seconds() < 60
