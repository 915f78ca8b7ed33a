"""A whole bank's posters: one archive, in parts that survive a kill."""

import asyncio
import csv
import io
import os
import sys
import zipfile
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from tests.library.fontmaking import made_font
from tests.make import NOW, make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.errors import Conflict, NotFound
from contenthub.library import actions as library
from contenthub.posters import actions_batch as batch
from contenthub.posters import archive, batching, easel, jobs
from contenthub.posters.actions_batch import Wish
from contenthub.posters.models import PosterTemplate
from contenthub.settings import PREFIX, Settings
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.queries import staff

pytestmark = pytest.mark.slow


class _Killed(BaseException):
    """Ends a worker's turn without any of its handlers."""


async def _template(people: Personas) -> PosterTemplate:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return await make_live_template(db, item, ours.author, ours.reviewer)


async def _start(
    people: Personas,
    template: PosterTemplate,
    wish: Wish = batch.WHOLE_BANK,
    *,
    by: Staff | None = None,
) -> UUID:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        job = await batch.start_batch(db, template.id, wish, by=by or ours.admin, at=NOW)
        await db.flush()
        return job.id


async def _run(people: Personas, job_id: UUID) -> LongJob:
    await jobs.draw_batch(people.house.database, people.ours.tenant, job_id=str(job_id))
    return await _job(people, job_id)


async def _job(people: Personas, job_id: UUID) -> LongJob:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await tenants.long_job(db, job_id)


async def _expire(people: Personas, job_id: UUID) -> None:
    """Let the lease of a worker that is gone run out."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        (await tenants.long_job(db, job_id)).lease_until = NOW - timedelta(days=400)


async def _files(people: Personas, job: LongJob) -> dict[str, bytes]:
    """Return what the archive that is downloaded holds, the list of those left out apart."""
    made = await archive.opened(people.house.storage, job.result_key)
    data = b"".join([block async for block in made.read(0, made.size_bytes - 1)])
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        names = [name for name in opened.namelist() if name != batching.LEFT_OUT]
        return {name: opened.read(name) for name in names}


async def _names(people: Personas, job: LongJob) -> list[str]:
    return sorted(await _files(people, job))


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as png:
        return repr((png.size, png.mode, png.info)).encode() + png.tobytes()


def _file(branch: str, person: Staff, ending: str = "jpg") -> str:
    return f"{branch}/{person.staff_no}-{person.name}.{ending}"


@pytest.mark.parametrize("wanted", ["jpg", "png"])
async def test_everybody_who_shares_is_in_the_archive_by_branch_as_drawn_alone(
    people: Personas, wanted: str
) -> None:
    ours, template = people.ours, await _template(people)
    job = await _run(people, await _start(people, template, Wish(format=wanted)))
    assert (job.state, job.done, job.total, job.errors_key) == ("done", 3, 3, "")
    files = await _files(people, job)
    # The same pixels may be coded in other bytes (deflate.py): of a PNG they are compared.
    drawn = _pixels if wanted == "png" else bytes
    async with people.client(ours.admin) as client:
        for branch, person in (
            ("城关支行", ours.employee),
            ("城关支行", ours.branch_manager),
            ("柳河支行", ours.colleague),
        ):
            alone = await client.get(f"/api/v1/posters/{template.id}/{person.id}.{wanted}")
            assert drawn(files.pop(_file(branch, person, wanted))) == drawn(alone.content)
    assert files == {}


async def test_a_killed_worker_is_taken_over_where_it_stood(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "PART_MIN", 1)
    monkeypatch.setattr(batching, "PART_MAX", 1)
    job_id = await _start(people, await _template(people))
    stored: list[int] = []
    keep = batching.store_part

    async def killed_after_two(*args: object, **more: object) -> None:
        stored.append(args[2])  # type: ignore[arg-type]  # the part's number
        await keep(*args, **more)  # type: ignore[arg-type]  # as it was called
        if len(stored) == 2:
            raise _Killed

    monkeypatch.setattr(batching, "store_part", killed_after_two)
    with pytest.raises(_Killed):
        await _run(people, job_id)
    halted = await _job(people, job_id)
    assert (halted.state, halted.position, halted.done) == ("running", 1, 1)
    assert await _run(people, job_id) is not None
    assert (await _job(people, job_id)).position == 1, "the lease still holds others off"
    await _expire(people, job_id)
    job = await _run(people, job_id)
    assert stored == [0, 1, 1, 2], "the part that was not recorded is stored again, no other"
    assert (job.state, job.done) == ("done", 3)
    assert len(await _names(people, job)) == 3


WORKER = """
import asyncio, sys
from uuid import UUID
from contenthub.db import TenantId
from contenthub.posters import batching, jobs
from contenthub.settings import Settings
from contenthub.web.house import make_house

batching.PART_MIN = batching.PART_MAX = 1
keep = batching.store_part

async def stop_at_the_third(storage, where, part_no, drawn):
    if part_no == 2:
        await asyncio.sleep(600)
    await keep(storage, where, part_no, drawn)

batching.store_part = stop_at_the_third
house = make_house(Settings.from_env())
asyncio.run(jobs.draw_batch(house.database, TenantId(UUID(sys.argv[1])), job_id=sys.argv[2]))
"""


async def test_after_kill_9_another_worker_goes_on_and_no_painter_is_left(people: Personas) -> None:
    ours, job_id = people.ours, await _start(people, await _template(people))
    mine = {field.name: getattr(people.house.settings, field.name) for field in fields(Settings)}
    environment = {**os.environ, **{PREFIX + name.upper(): str(v) for name, v in mine.items()}}
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(ours.tenant), str(job_id), env=environment
    )
    while (await _job(people, job_id)).position < 2:
        assert worker.returncode is None
        await asyncio.sleep(0.1)
    painters = children_of(worker.pid)
    assert painters
    worker.kill()
    await worker.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in painters):
        await asyncio.sleep(0.1)
    await _expire(people, job_id)
    job = await _run(people, job_id)
    assert (job.state, job.done) == ("done", 3)
    assert len(await _names(people, job)) == 3


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


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
    assert len(await _names(people, job)) == 3
    async with people.house.database.unit_of_work(ours.tenant) as db:
        (await staff(db, strange.id)).name = "王平"
        again = await batch.start_again(db, job.id, by=ours.admin, at=NOW)
        await db.flush()
    mended = await _run(people, again.id)
    assert (mended.done, mended.total) == (2, 2)
    assert await _names(people, mended) == [f"城关支行/{strange.staff_no}-王平.jpg"]
    assert [row["name"] for row in mended.result["told"]] == ["钱多多"]


async def test_a_batch_that_left_out_nobody_has_nothing_to_do_again(people: Personas) -> None:
    ours, job_id = people.ours, await _start(people, await _template(people))
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(Conflict, match="补做"):
            await batch.start_again(db, job_id, by=ours.admin, at=NOW)
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        with pytest.raises(NotFound):
            await batch.start_again(db, job_id, by=people.theirs.admin, at=NOW)


async def test_a_branch_managers_batch_stays_in_their_branch(people: Personas) -> None:
    ours = people.ours
    template = await _template(people)
    job = await _run(people, await _start(people, template, by=ours.branch_manager))
    assert await _names(people, job) == sorted(
        [_file("城关支行", ours.employee), _file("城关支行", ours.branch_manager)]
    )


async def test_one_branch_may_be_asked_for(people: Personas) -> None:
    template = await _template(people)
    job = await _run(people, await _start(people, template, Wish(people.ours.branch.id)))
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


async def test_a_batch_whose_processes_are_killed_is_tried_again_and_fails_at_last(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await _start(people, await _template(people))
    # The children end before they can draw.
    monkeypatch.setattr(easel, "confine", os.abort)
    for _ in range(batch.TRIES - 1):
        assert (await _run(people, job_id)).state == "running"
        await _expire(people, job_id)
    job = await _run(people, job_id)
    assert job.state == "failed"
    assert "中断" in job.message
    assert await people.house.storage.keys(batching.folder(people.ours.tenant, job_id)) == []


async def test_a_base_that_changed_between_two_turns_fails_the_batch(people: Personas) -> None:
    """The parts drawn before show the old logo or hotline: one archive never mixes two."""
    job_id = await _start(people, await _template(people))
    where = batching.folder(people.ours.tenant, job_id)
    await archive.keep_shared(people.house.storage, where, (b"other", b"bytes"))
    job = await _run(people, job_id)
    assert (job.state, job.message) == ("failed", archive.OTHER_BASE)


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


async def test_a_rare_name_is_in_the_archive_once_the_bank_has_a_face_for_it(
    people: Personas,
) -> None:
    template, ours, rare = await _template(people), people.ours, "\U0002a6a5"
    async with people.house.database.unit_of_work(ours.tenant) as db:
        who = await staff(db, ours.employee.id)
        who.name = f"王{rare}"
        number = who.staff_no
    left_out = await _run(people, await _start(people, template))
    assert left_out.errors_key
    assert number in (await people.house.storage.get(left_out.errors_key)).decode()
    async with people.client(ours.author) as client:
        files = {"file": ("补字.ttf", made_font(f"王存款利率本行公告{rare}"), "font/ttf")}
        words = {"licence": "合同 2026-018", "is_licensed": "true"}
        sent = await client.post("/api/v1/poster-fonts", files=files, data=words)
        assert sent.status_code == 201, sent.text
        job = await _run(people, await _start(people, template))
        assert job.errors_key == ""
        whole = await _files(people, job)
        alone = await client.get(f"/api/v1/posters/{template.id}/{ours.employee.id}.jpg")
    mine = [data for name, data in whole.items() if f"{number}-" in name]
    assert mine == [alone.content]
