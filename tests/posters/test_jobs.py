"""A whole bank's posters: one archive, in parts that survive a kill."""

import csv
import io
import zipfile
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.make import NOW, make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.errors import Conflict, NotFound
from contenthub.library import actions as library
from contenthub.posters import actions_batch as batch
from contenthub.posters import batching, jobs
from contenthub.posters.models import PosterTemplate
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob, Staff

pytestmark = pytest.mark.slow


async def _template(people: Personas) -> PosterTemplate:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return await make_live_template(db, item, ours.author, ours.reviewer)


async def _start(
    people: Personas, template: PosterTemplate, *, by: Staff | None = None, branch: bool = False
) -> UUID:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        branch_id = ours.branch.id if branch else None
        job = await batch.start_batch(
            db, template.id, branch_id=branch_id, by=by or ours.admin, at=NOW
        )
        await db.flush()
        return job.id


async def _run(people: Personas, job_id: UUID) -> LongJob:
    await jobs.draw_batch(people.house.database, people.ours.tenant, job_id=str(job_id))
    return await _job(people, job_id)


async def _job(people: Personas, job_id: UUID) -> LongJob:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await tenants.long_job(db, job_id)


async def _names(people: Personas, job: LongJob) -> list[str]:
    data = await people.house.storage.get(job.result_key)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert all(archive.read(name).startswith(b"\xff\xd8") for name in archive.namelist())
        return sorted(archive.namelist())


def _file(branch: str, person: Staff) -> str:
    return f"{branch}/{person.staff_no}-{person.name}.jpg"


async def test_everybody_who_shares_is_in_the_archive_by_branch(people: Personas) -> None:
    ours = people.ours
    job = await _run(people, await _start(people, await _template(people)))
    assert (job.state, job.done, job.total, job.errors_key) == ("done", 3, 3, "")
    assert await _names(people, job) == sorted(
        [
            _file("城关支行", ours.employee),
            _file("城关支行", ours.branch_manager),
            _file("柳河支行", ours.colleague),
        ]
    )


async def test_a_killed_worker_is_taken_over_where_it_stood(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PART", 1)
    ours, job_id = people.ours, await _start(people, await _template(people))
    stored: list[int] = []
    keep = batching.store_part

    async def killed_after_two(*args: object, **more: object) -> None:
        stored.append(args[2])  # type: ignore[arg-type]  # the part's number
        await keep(*args, **more)  # type: ignore[arg-type]  # as it was called
        if len(stored) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(batching, "store_part", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        await _run(people, job_id)
    halted = await _job(people, job_id)
    assert (halted.state, halted.position, halted.done) == ("running", 1, 1)
    assert await _run(people, job_id) is not None
    assert (await _job(people, job_id)).position == 1, "the lease still holds others off"
    async with people.house.database.unit_of_work(ours.tenant) as db:
        (await tenants.long_job(db, job_id)).lease_until = NOW - timedelta(days=400)
    job = await _run(people, job_id)
    assert stored == [0, 1, 1, 2], "the part that was not recorded is stored again, no other"
    assert (job.state, job.done) == ("done", 3)
    assert len(await _names(people, job)) == 3


async def test_those_without_a_poster_are_listed_with_the_reason(people: Personas) -> None:
    ours = people.ours
    template = await _template(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        expired = await make_staff(
            db, ours.branch, "employee", name="钱多多", authorised_until=date(2026, 1, 1)
        )
        strange = await make_staff(db, ours.branch, "employee", name="=王😀")
        await make_staff(db, ours.branch, "employee", name="走了", state="resigned")
    job = await _run(people, await _start(people, template))
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert "2 人没有生成" in job.message
    text = (await people.house.storage.get(job.errors_key)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["工号", "姓名", "机构", "没有生成的原因"]
    reasons = {row[0]: row for row in rows[1:]}
    assert "到期" in reasons[expired.staff_no][3]
    assert "😀" in reasons[strange.staff_no][3]
    assert reasons[strange.staff_no][1] == "'=王😀", "a spreadsheet must not run it"


async def test_a_branch_managers_batch_stays_in_their_branch(people: Personas) -> None:
    ours = people.ours
    template = await _template(people)
    job = await _run(people, await _start(people, template, by=ours.branch_manager))
    assert await _names(people, job) == sorted(
        [_file("城关支行", ours.employee), _file("城关支行", ours.branch_manager)]
    )


async def test_one_branch_may_be_asked_for(people: Personas) -> None:
    template = await _template(people)
    job = await _run(people, await _start(people, template, branch=True))
    assert job.total == 2
    assert all(name.startswith("城关支行/") for name in await _names(people, job))


async def test_a_name_cannot_lead_out_of_the_archive(people: Personas) -> None:
    ours = people.ours
    template = await _template(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_staff(db, ours.branch, "employee", name="../../王", staff_no="../0999")
    job = await _run(people, await _start(people, template))
    names = await _names(people, job)
    assert len(names) == 4
    assert all(name.count("/") == 1 and ".." not in name.split("/") for name in names)


async def test_a_cancelled_batch_stops_and_leaves_nothing_behind(people: Personas) -> None:
    ours, job_id = people.ours, await _start(people, await _template(people))
    where = batching.folder(ours.tenant, job_id)
    await people.house.storage.put(where + "part-00000.bin", b"x", mime="application/zip")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await batch.cancel_batch(db, job_id, by=ours.admin, at=NOW)
    job = await _run(people, job_id)
    assert (job.state, job.result_key) == ("cancelled", "")
    assert await people.house.storage.keys(where) == []
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(Conflict):
            await batch.cancel_batch(db, job_id, by=ours.admin, at=NOW)


async def test_a_recall_in_the_middle_fails_the_batch_with_the_reason(people: Personas) -> None:
    ours, template = people.ours, await _template(people)
    job_id = await _start(people, template)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.recall(db, template.item_id, reason="利率调整", by=ours.admin, at=NOW)
    job = await _run(people, job_id)
    assert job.state == "failed"
    assert "不能使用" in job.message
    assert job.result_key == ""


async def test_a_draft_has_no_batch(people: Personas) -> None:
    ours, template = people.ours, await _template(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.recall(db, template.item_id, reason="利率调整", by=ours.admin, at=NOW)
    with pytest.raises(Conflict):
        await _start(people, template)


async def test_the_same_batch_does_not_run_twice_at_once(people: Personas) -> None:
    template = await _template(people)
    await _start(people, template)
    with pytest.raises(Conflict, match="正在生成"):
        await _start(people, template)


async def test_another_banks_batch_does_not_exist(people: Personas) -> None:
    theirs, job_id = people.theirs, await _start(people, await _template(people))
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        with pytest.raises(NotFound):
            await batch.cancel_batch(db, job_id, by=theirs.admin, at=NOW)
        with pytest.raises(NotFound):
            await batch.claim(db, job_id)


async def test_the_sweep_finds_a_batch_until_somebody_has_it(people: Personas) -> None:
    ours, job_id = people.ours, await _start(people, await _template(people))

    async def is_due() -> bool:
        async with people.house.database.platform_unit_of_work() as db:
            return (ours.tenant, {"job_id": str(job_id)}) in await jobs.due_batches(db, NOW)

    assert await is_due()
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert await batch.claim(db, job_id) is not None
    assert not await is_due()


async def test_an_old_archive_is_cleared_away(people: Personas) -> None:
    ours = people.ours
    job = await _run(people, await _start(people, await _template(people)))
    async with people.house.database.unit_of_work(ours.tenant) as db:
        (await tenants.long_job(db, job.id)).finished_at = NOW - timedelta(days=800)
    cleared = await _run(people, job.id)
    assert cleared.result_key == ""
    assert "重新生成" in cleared.message
    assert await people.house.storage.keys(batching.folder(ours.tenant, job.id)) == []
