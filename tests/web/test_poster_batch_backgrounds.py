"""A batch is drawn on the backgrounds people chose, or on one that was approved, for all."""

import io
import zipfile

from tests.make import make_live_item, make_live_template
from tests.personas import Personas
from tests.web.test_poster_choices import _asset, _design

from contenthub.posters import jobs
from contenthub.tenants import queries as tenants


async def test_who_orders_a_batch_chooses_its_background_by_page_and_api(people: Personas) -> None:
    ours, house = people.ours, people.house
    async with people.client(ours.author) as client:
        hashes = [await _asset(client, colour) for colour in ("#ffd9d9", "#d9e8ff")]
    async with house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=_design(*hashes)
        )
    async with people.client(ours.admin) as client:
        page = (await client.get(f"/console/posters/{made.id}")).text
        assert '<option value="1">都用背景 1</option>' in page
        body = {"template_id": str(made.id), "background": 2}
        odd = await client.post("/api/v1/poster-batches", json=body)
        assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (422, "/background")
        plain = await client.post("/api/v1/poster-batches", json={**body, "background": 0})
        own = await client.post("/api/v1/poster-batches", json={"template_id": str(made.id)})
        form = {"background": "1"}
        token = {"x-csrftoken": str(client.cookies["csrftoken"]), "hx-request": "true"}
        begun = await client.post(f"/console/posters/{made.id}/batches", headers=token, data=form)
        assert (plain.status_code, own.status_code, begun.status_code) == (202, 202, 204)
        async with house.database.reading(ours.tenant) as db:
            job = (await tenants.long_jobs(db, "posters.batch"))[0]
        assert (job.title[-6:], job.params["background"]) == ("（背景 1）", 1)
        async with people.client(ours.colleague) as theirs:
            chosen = {"background": 1}
            await theirs.put(f"/api/v1/poster-templates/{made.id}/background", json=chosen)
        zips = {}
        for job_id in (str(job.id), own.json()["job_id"]):
            await jobs.draw_batch(house.database, ours.tenant, job_id=job_id)
            zips[job_id] = (await client.get(f"/api/v1/jobs/{job_id}/result")).content
        changed = (await client.get(f"/console/posters/{made.id}")).text
        assert "各人自己选的（1 位换过）" in changed
        alone = {
            (person.staff_no, number): (
                await client.get(
                    f"/api/v1/posters/{made.id}/{person.id}.jpg", params={"background": number}
                )
            ).content
            for person in (ours.employee, ours.colleague)
            for number in (0, 1)
        }
    for job_id, numbers in ((str(job.id), (1, 1)), (own.json()["job_id"], (0, 1))):
        with zipfile.ZipFile(io.BytesIO(zips[job_id])) as opened:
            assert opened.testzip() is None
            for person, number in zip((ours.employee, ours.colleague), numbers, strict=True):
                (name,) = [name for name in opened.namelist() if person.staff_no in name]
                assert opened.read(name) == alone[person.staff_no, number]
                assert opened.read(name) != alone[person.staff_no, 1 - number]
