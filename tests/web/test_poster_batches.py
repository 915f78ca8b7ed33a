"""Everybody's posters as one ZIP: started, followed, cancelled, fetched, by page and by API."""

import io
import re
import zipfile
from uuid import UUID

import httpx
from tests.make import NOW, make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.posters import actions_batch as batch
from contenthub.posters import jobs
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff


async def _live(people: Personas) -> str:
    """Return the id of a live template."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return str((await make_live_template(db, item, ours.author, ours.reviewer)).id)


async def _auditor(people: Personas) -> Staff:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_staff(db, people.ours.branch, "auditor")


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": str(client.cookies["csrftoken"]), "hx-request": "true"}


async def test_a_batch_is_started_followed_and_cancelled_by_button(people: Personas) -> None:
    ours = people.ours
    here = f"/console/posters/{await _live(people)}"
    async with people.client(ours.admin) as client:
        token = await _token(client)
        form = {"branch_id": str(ours.branch.id), "format": "png"}
        started = await client.post(here + "/batches", headers=token, data=form)
        assert started.headers["hx-redirect"] == here
        shown = (await client.get(here)).text
        progress = re.search(r'hx-get="(/console/posters/batches/[^"]+)"', shown)
        assert progress is not None
        assert "排队中" in (await client.get(progress[1])).text
        stopped = await client.post(progress[1] + "/cancel", headers=token)
        assert stopped.status_code == 204
        ended = (await client.get(progress[1])).text
        assert "已取消" in ended
        assert "hx-get" not in ended
        assert "再生成一批" in ended
        odd = {**form, "format": "tiff"}
        refused = await client.post(here + "/batches", headers=token, data=odd)
        assert refused.status_code == 422
        assert "jpg 或 png" in refused.text
    async with people.client(ours.author) as client:
        assert (await client.get(progress[1])).status_code == 404
        assert (await client.post(progress[1] + "/again", headers=token)).status_code != 204


async def test_those_without_a_poster_are_named_on_the_page_and_done_again(
    people: Personas,
) -> None:
    ours, template_id = people.ours, await _live(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        strange = await make_staff(db, ours.branch, "employee", name="王😀")
        job = await batch.start_batch(db, UUID(template_id), by=ours.admin, at=NOW)
        await db.flush()
    await jobs.draw_batch(people.house.database, ours.tenant, job_id=str(job.id))
    async with people.client(ours.admin) as client:
        token = await _token(client)
        shown = (await client.get(f"/console/posters/batches/{job.id}")).text
        assert "1 位员工没有海报" in shown
        assert f"王😀（工号 {strange.staff_no}，城关支行）" in shown
        again = f"/console/posters/batches/{job.id}/again"
        assert again in shown
        assert (await client.post(again, headers=token)).status_code == 204
        page = (await client.get(f"/console/posters/{template_id}")).text
        assert "0 / 1" in page, "only whom the first one left out"


async def test_a_batch_is_asked_for_followed_and_cancelled(people: Personas) -> None:
    template_id = await _live(people)
    async with people.client(people.ours.admin) as client:
        key = {"idempotency-key": "batch-1"}
        body = {"template_id": template_id}
        answer = await client.post("/api/v1/poster-batches", json=body, headers=key)
        assert answer.status_code == 202, answer.text
        again = await client.post("/api/v1/poster-batches", json=body, headers=key)
        assert again.json() == answer.json()
        job_id = answer.json()["job_id"]
        shown = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        assert (shown["state"], shown["total"]) == ("queued", 3)
        assert (await client.post("/api/v1/poster-batches", json=body)).status_code == 409
        done = await client.post(f"/api/v1/poster-batches/{job_id}/cancel")
        assert done.json()["state"] == "cancelled"
    for other in (people.ours.employee, people.ours.reviewer, await _auditor(people)):
        async with people.client(other) as client:
            assert (await client.post("/api/v1/poster-batches", json=body)).status_code == 403
            assert (await client.post(f"/api/v1/poster-batches/{job_id}/again")).status_code == 403


async def test_an_auditor_looks_at_a_poster_and_is_offered_no_batch(people: Personas) -> None:
    here = f"/console/posters/{await _live(people)}"
    async with people.client(await _auditor(people)) as client:
        shown = await client.get(here)
        token = await _token(client)
        started = await client.post(here + "/batches", headers=token, data={"format": "jpg"})
    assert shown.status_code == 200
    assert "全行海报" not in shown.text
    assert started.status_code == 403


async def test_who_sees_one_branch_is_told_that_the_batch_holds_no_others(
    people: Personas,
) -> None:
    ours, template_id = people.ours, await _live(people)
    here = f"/console/posters/{template_id}"
    async with people.client(ours.branch_manager) as client:
        before = (await client.get(here)).text
        token = await _token(client)
        await client.post(here + "/batches", headers=token, data={"format": "jpg"})
        async with people.house.database.reading(ours.tenant) as db:
            (job,) = await tenants.long_jobs(db, batch.KIND)
        running = (await client.get(f"/console/posters/batches/{job.id}")).text
        await jobs.draw_batch(people.house.database, ours.tenant, job_id=str(job.id))
        ended = (await client.get(f"/api/v1/jobs/{job.id}")).json()
    assert f"只含您支行（{ours.branch.name}）及下级的 2 人" in before
    assert "本支行的海报" in before
    assert "全部机构" not in before
    assert f"只含{ours.branch.name}及下级的 2 人，不是全行" in running
    assert ended["title"].startswith(f"{ours.branch.name}及下级的海报")
    assert ended["message"] == f"已生成 2 张；只含{ours.branch.name}及下级的 2 人，不是全行"
    async with people.client(ours.admin) as client:
        shown = (await client.get(here)).text
        body = {"template_id": template_id, "branch_id": str(ours.branch.id)}
        named = (await client.post("/api/v1/poster-batches", json=body)).json()
    assert "只含您支行" not in shown
    assert named["title"].startswith(f"{ours.branch.name}及下级的海报")


async def test_a_finished_batch_is_downloaded_whole_or_from_where_it_broke_off(
    people: Personas,
) -> None:
    ours, house = people.ours, people.house
    template_id = await _live(people)
    async with people.client(ours.admin) as client:
        body = {"template_id": template_id, "branch_id": str(ours.branch.id), "format": "jpg"}
        job_id = (await client.post("/api/v1/poster-batches", json=body)).json()["job_id"]
        here = f"/api/v1/jobs/{job_id}/result"
        assert (await client.get(here)).status_code == 404, "nothing to fetch yet"
        await jobs.draw_batch(house.database, ours.tenant, job_id=job_id)
        whole = await client.get(here)
        assert whole.headers["content-type"] == "application/zip"
        assert int(whole.headers["content-length"]) == len(whole.content)
        assert ".zip" in whole.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(whole.content)) as opened:
            assert opened.testzip() is None
            assert len(opened.namelist()) == 2
        rest = await client.get(here, headers={"range": "bytes=1000-"})
        assert (rest.status_code, rest.content) == (206, whole.content[1000:])
        assert (
            rest.headers["content-range"]
            == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
        )
        beyond = await client.get(here, headers={"range": f"bytes={len(whole.content)}-"})
        assert beyond.status_code == 416
        nobody = await client.post(f"/api/v1/poster-batches/{job_id}/again")
        assert nobody.status_code == 409
    for other in (ours.branch_manager, people.theirs.admin):
        async with people.client(other) as client:
            assert (await client.get(here)).status_code == 404
            again = await client.post(f"/api/v1/poster-batches/{job_id}/again")
            assert again.status_code == 404
