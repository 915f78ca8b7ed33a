"""跟进节奏 by the pages, the phone and the API: allowed, wrong state, wrong role, another bank."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.make import make_customer
from tests.personas import Personas
from tests.scheduler.cadences import STEPS, make_cadence, make_draft, make_run, make_script
from tests.web.forms import onward, post_form

from contenthub.scheduler import actions_runs, queries_runs
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Task
from contenthub.scheduler.models_cadences import CadenceRun
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day

BODY: dict[str, Any] = {"title": "新客户", "topic": "deposit", "steps": STEPS}


async def test_a_cadence_is_written_approved_started_and_stopped_by_the_api(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        who = await make_customer(db, owner=side.employee, tags=["新客户"])
        refused = await make_customer(db, owner=side.employee, tags=["新客户"], refused=("存款",))
    async with people.client(side.author) as client:
        made = await client.post("/api/v1/cadences", json=BODY)
        assert made.status_code == 201, made.text
        here = f"/api/v1/cadences/{made.json()['id']}"
        assert made.json()["actions"] == ["edit", "submit", "stop"]
        wrong = {**BODY, "steps": [{**STEPS[0], "day_from": -1}]}
        assert (await client.put(here, json=wrong)).status_code == 422
        promise = {**BODY, "steps": [STEPS[0], {**STEPS[1], "reason": "这款理财保本"}]}
        [told] = (await client.put(here, json=promise)).json()["errors"]
        assert told["pointer"] == "/steps/1/reason"
        assert told["message"].startswith("“联系原因”里的“保本”")
        assert (await client.post(f"{here}/submit")).json()["state"] == "in_review"
        assert (await client.post(f"{here}/approve")).status_code == 403
        assert (await client.post(f"{here}/start", json={})).status_code == 403
    async with people.client(side.employee) as client:
        early = await client.post(f"{here}/start", json={"customer_ids": [str(who.id)]})
        assert (early.status_code, early.json()["code"]) == (409, "wrong_cadence_state")
    async with people.client(side.reviewer) as client:
        approved = await client.post(f"{here}/approve", json={"comment": "可以"})
        assert (approved.status_code, approved.json()["state"]) == (200, "in_use")
    async with people.client(side.admin) as client:
        counted = (await client.post(f"{here}/reach", json={"expr": "新客户"})).json()
        gone = {one["reason"]: one["customers"] for one in counted["removed"]}
        assert (counted["matched"], counted["ready"], gone["refused"]) == (2, 1, 1)
    async with people.client(side.employee) as client:
        ids = [str(who.id), str(refused.id)]
        done = await client.post(f"{here}/start", json={"customer_ids": ids, "why": "新开户"})
        assert (done.status_code, done.json()["ready"]) == (201, 1)
        [run] = (await client.get("/api/v1/cadence-runs")).json()["items"]
        assert (run["customer"], run["state"], run["why"]) == (who.name_masked, "running", "新开户")
    async with people.client(side.colleague) as client:
        assert (await client.get("/api/v1/cadence-runs")).json()["items"] == []
        assert (await client.get(f"/api/v1/cadence-runs/{run['id']}")).status_code == 404
    async with people.client(side.reviewer) as client:
        assert (await client.get("/api/v1/cadence-runs")).status_code == 403
        unsaid = await client.post(f"{here}/stop")
        assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/reason")
        stopped = await client.post(f"{here}/stop", json={"reason": "口径有变"})
        assert (stopped.json()["state"], stopped.json()["figures"]["stopped"]) == ("stopped", 1)
    async with people.client(side.author) as client:
        [line] = (await client.get("/api/v1/cadences?state=stopped")).json()["items"]
        assert (line["title"], line["step_count"]) == ("新客户", 3)
        assert (await client.get("/api/v1/cadences?state=nothing")).status_code == 422
    async with people.client(people.theirs.author) as client:
        assert (await client.get(here)).status_code == 404


async def _open_task(people: Personas, run: CadenceRun) -> Task:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        due = await queries_runs.run(db, run.id)
        await actions_runs.hand_out(db, at=due.next_at, new_code=new_code)
        found = await db.scalars(
            select(Task).where(Task.source_id == run.id).order_by(Task.step.desc())
        )
        task = found.first()
    assert task is not None
    return task


async def test_an_employee_starts_a_customer_and_says_what_came_of_it(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await make_script(db, side)
        steps = [{**STEPS[0], "item_id": str(script.id)}, *STEPS[1:]]
        found = await make_cadence(db, side, steps=steps)
        who = await make_customer(db, owner=side.employee)
    async with people.client(side.employee) as client:
        here = f"/m/customers/{who.id}/cadences"
        assert "新客户" in (await client.get(here)).text
        answer = await post_form(client, here, {"cadence_id": str(found.id)})
        assert onward(answer) == f"/m/customers/{who.id}"
        again = await post_form(client, here, {"cadence_id": str(found.id)})
        assert "已经在一个跟进节奏里" in again.text
        async with people.house.database.reading(side.tenant) as db:
            [line] = await queries_runs.runs(db, queries_runs.Wanted())
        task = await _open_task(people, line.run)
        step = f"/m/followups/{task.id}"
        shown = (await client.get(step)).text
        assert "打个电话，问问用得顺不顺手" in shown
        assert f"您好，我是{side.employee.name}，有事随时找我。" in shown
        nothing = await post_form(client, f"{step}/feedback", {"outcome": "agreed"})
        assert "请填写约好的日期" in nothing.text
        assert onward(await post_form(client, f"{step}/feedback", {"outcome": "reached"}))
        assert "已联系" in (await client.get(step)).text
        task = await _open_task(people, line.run)
        assert "之前的联系" in (await client.get(f"/m/followups/{task.id}")).text
        said = await client.post(
            f"/api/v1/tasks/{task.id}/feedback", json={"outcome": "interested"}
        )
        assert (said.status_code, said.json()["state"]) == (200, "done")
        detail = (await client.get(f"/api/v1/cadence-runs/{line.run.id}")).json()
        assert (detail["run"]["stop_reason"], len(detail["contacts"])) == ("answered", 2)
    async with people.client(side.colleague) as client:
        assert (await client.get(step)).status_code == 404
        assert (await client.get(here)).status_code == 404
        other = await client.post(f"/api/v1/tasks/{task.id}/feedback", json={"outcome": "reached"})
        assert other.status_code == 404


async def test_the_day_shows_whom_to_call(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        run = await make_run(db, side, await make_cadence(db, side), name="李小红")
        task = (await db.scalars(select(Task).where(Task.source_id == run.id))).one()
        task.due_on = bank_day(await tenants.bank(db), datetime.now(UTC))  # the page's own day
    async with people.client(side.employee) as client:
        for url in ("/m", "/m/tasks"):
            text = (await client.get(url)).text
            assert f"/m/followups/{task.id}" in text
            assert "李" in text


async def test_the_console_writes_shows_starts_and_stops(people: Personas) -> None:
    side = people.ours
    form = {"title": "存款到期", "topic": "deposit", "purpose": "到期前后"}
    form |= {f"steps.0.{name}": str(value) for name, value in STEPS[0].items()}
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await make_script(db, side)
        who = await make_customer(db, owner=side.employee, tags=["到期"])
    async with people.client(side.author) as client:
        assert "还没有跟进节奏" in (await client.get("/console/cadences")).text
        assert "开户后的问候" in (await client.get("/console/cadences/new")).text
        bad = await post_form(client, "/console/cadences", {**form, "steps.0.reason": ""})
        assert "请写联系原因" in bad.text
        form["steps.0.item_id"] = str(script.id)
        here = onward(await post_form(client, "/console/cadences", form))
        assert "存款到期" in (await client.get(f"{here}/edit")).text
        assert onward(await post_form(client, here, {**form, "purpose": "到期前 30 天"})) == here
        assert onward(await post_form(client, f"{here}/submit")) == here
        assert onward(await post_form(client, f"{here}/withdraw")) == here
        assert onward(await post_form(client, f"{here}/submit")) == here
    async with people.client(side.reviewer) as client:
        queue = (await client.get("/console/reviews?subject_kind=cadence")).text
        assert "打个电话，问问用得顺不顺手" in queue
        [waiting] = (await client.get("/api/v1/reviews?subject_kind=cadence")).json()["items"]
        done = await client.post(f"/api/v1/reviews/{waiting['id']}/approve", json={})
        assert done.status_code == 200, done.text
    async with people.client(side.admin) as client:
        counted = await post_form(client, f"{here}/reach", {"expr": "到期"})
        assert "位可以开始" in counted.text
        started = await post_form(client, f"{here}/start", {"expr": "到期", "why": "12 月到期"})
        assert onward(started) == f"{here}?state=running"
        shown = (await client.get(f"{here}?state=running")).text
        assert who.name_masked in shown
        assert "12 月到期" in shown
        again = await post_form(client, f"{here}/start", {"expr": "到期"})
        assert "没有可以开始的客户（已经在一个跟进节奏里 1）" in again.text
        sheet = await client.get(f"{here}/export?state=running")
        assert sheet.content[:2] == b"PK"
        of_one = (await client.get(f"/console/customers/{who.id}/cadences")).text
        assert "存款到期" in of_one
        async with people.house.database.reading(side.tenant) as db:
            [line] = await queries_runs.runs(db, queries_runs.Wanted())
        stop = f"/console/cadence-runs/{line.run.id}/stop"
        assert onward(await post_form(client, stop, {"back": "customer"})).endswith(str(who.id))
        one = {"cadence_id": line.run.cadence_id, "why": "再试"}
        assert onward(await post_form(client, f"/console/customers/{who.id}/cadences", one))
        assert onward(await post_form(client, f"{here}/stop", {"reason": "改版"})) == here
        assert "改版" in (await client.get(here)).text


@pytest.mark.parametrize("who", ["employee", "branch_manager"])
async def test_who_writes_no_cadences_reads_them(people: Personas, who: str) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_draft(db, side)
    async with people.client(getattr(side, who)) as client:
        assert (await client.get("/api/v1/cadences")).status_code == 200
        assert (await client.post("/api/v1/cadences", json=BODY)).status_code == 403
        assert (await client.post(f"/api/v1/cadences/{found.id}/submit")).status_code == 403
        assert (await client.get("/console/cadences/new")).status_code == 403
