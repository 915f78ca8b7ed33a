"""The import as a long job: killed anywhere, resumed where it stood, nothing counted twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import select, update
from tests.make import make_customer
from tests.personas import Personas

from contenthub.customers import (
    actions,
    actions_uploads,
    filerows,
    jobs,
    queries,
    queries_uploads,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.filerows import Batch
from contenthub.customers.headers import guess_mapping
from contenthub.customers.models import Customer
from contenthub.customers.queries_uploads import SORT
from contenthub.customers.rows import CustomerRow
from contenthub.customers.seenphones import SeenPhones
from contenthub.customers.sheets import open_sheet
from contenthub.db import new_id
from contenthub.errors import Conflict
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealer import Sealer
from contenthub.uploads import actions as uploads
from contenthub.uploads.models import ImportProblem

HEAD = "姓名,手机号,标签"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many batches from a small file."""
    monkeypatch.setattr(jobs, "ROWS_PER_STEP", 10)


def _lines(count: int, *, bad_every: int = 0) -> str:
    rows = [HEAD]
    for n in range(count):
        phone = "1.38E+10" if bad_every and n % bad_every == 0 else f"1390000{n:04}"
        rows.append(f"王小明,{phone},银发")
    return "\n".join(rows) + "\n"


async def _start(people: Personas, tmp_path: Path, content: str, *, dry_run: bool = False) -> UUID:
    path = tmp_path / f"{new_id()}.csv"
    path.write_text(content, "utf-8")
    sheet = await asyncio.to_thread(open_sheet, path, "a.csv")
    ours, job_id = people.ours, new_id()
    key = f"{ours.tenant}/imports/{job_id}.csv"
    await people.house.storage.put_file(key, path, mime="text/csv")
    mapping = guess_mapping(sheet.headers)
    upload = actions_uploads.Upload(
        job_id, key, "a.csv", "00", 1, "UTF-8", sheet.headers, sheet.row_count, []
    )
    async with people.house.database.unit_of_work(ours.tenant) as db:
        actions_uploads.start_upload(db, upload, mapping, by=ours.author, at=datetime.now(UTC))
        await db.flush()
        await actions_uploads.confirm_upload(
            db, job_id, mapping, dry_run=dry_run, by=ours.author, at=datetime.now(UTC)
        )
    return job_id


def _batch(people: Personas, rows: list[CustomerRow], *, last_line: int) -> Batch:
    """Return rows as the reader of the file hands them on."""
    ring, phones = people.house.keyring, [row.phone for row in rows]
    indexes = ring.index_all(people.ours.tenant, phones)
    return Batch(0, last_line, rows, [], indexes, None)


async def _job(people: Personas, job_id: UUID) -> LongJob:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries_uploads.upload(db, job_id)


async def _run(people: Personas, job_id: UUID) -> LongJob:
    await jobs.import_file(people.house.database, people.ours.tenant, job_id=str(job_id))
    return await _job(people, job_id)


async def _lapse(people: Personas, job_id: UUID) -> None:
    """Let the lease of a dead worker end."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(
            update(LongJob)
            .where(LongJob.tenant_id == people.ours.tenant, LongJob.id == job_id)
            .values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        )


async def _phones(people: Personas) -> int:
    async with people.house.database.reading(people.ours.tenant) as db:
        return len(await queries.customers(db, limit=10_000))


async def test_a_file_with_a_third_bad_rows_keeps_the_good_and_lists_the_bad(
    people: Personas, tmp_path: Path
) -> None:
    job = await _run(people, await _start(people, tmp_path, _lines(60, bad_every=3)))
    assert job.state == "done"
    assert (job.result["added"], job.result["failed"], job.done) == (40, 20, 60)
    assert await _phones(people) == 40
    errors = (await people.house.storage.get(job.errors_key)).decode("utf-8-sig").splitlines()
    assert len(errors) == 21
    assert errors[1].startswith("2,未导入,手机号,1.38E+10,")
    async with people.house.database.reading(people.ours.tenant) as db:
        assert list(await db.scalars(select(ImportProblem))) == []


async def test_who_comes_in_a_file_is_sealed_and_opens_again(
    people: Personas, tmp_path: Path
) -> None:
    lines = _lines(60, bad_every=3).replace("姓名,手机号,标签", "姓名,手机号,客户备注")
    job = await _run(people, await _start(people, tmp_path, lines))
    assert (job.state, job.done) == ("done", 60)
    assert (job.result["added"], job.result["failed"]) == (40, 20)
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await queries.customers(db, limit=100)
        clear = {queries.clear(db, customer) for customer in found}
        ring = people.house.keyring
        places = [f"customers.remark:{customer.id}" for customer in found]
        remarks = {
            ring.open(people.ours.tenant, place, customer.remark_sealed)
            for place, customer in zip(places, found, strict=True)
        }
    assert clear == {("王小明", f"1390000{n:04}") for n in range(60) if n % 3}
    assert remarks == {"银发"}


async def test_new_customers_among_known_and_repeated_ones_get_what_their_own_rows_say(
    people: Personas, tmp_path: Path
) -> None:
    await _run(people, await _start(people, tmp_path, _lines(20)))
    again = _lines(30) + "李娜,13900000025,新市民\n"
    job = await _run(people, await _start(people, tmp_path, again))
    assert {k: job.result[k] for k in ("added", "updated", "repeated")} == {
        "added": 10,
        "updated": 20,
        "repeated": 1,
    }
    tenant = people.ours.tenant
    async with people.house.database.reading(tenant) as db:
        found = await queries.customers(db, limit=100)
        clear = {phone: name for name, phone in (queries.clear(db, one) for one in found)}
    assert len(clear) == 30
    assert [phone for phone, name in clear.items() if name == "李娜"] == ["13900000025"]
    assert await jobs.audience_differences(people.house.database, tenant) == {}


async def test_rows_sealed_by_a_key_of_before_are_sealed_anew(
    people: Personas, tmp_path: Path
) -> None:
    job_id, tenant = await _start(people, tmp_path, _lines(2)), people.ours.tenant
    ring = people.house.keyring
    keys = msgspec.structs.replace(ring.for_files(tenant), head=b"\x02\x00\x63", key=bytes(32))
    rows = [CustomerRow(line=n + 2, name="王小明", phone=f"1390000{n:04}") for n in range(2)]
    step = _batch(people, rows, last_line=3)
    made = filerows.prepared(Sealer(keys), keys.head, rows)
    step = msgspec.structs.replace(step, prepared=made)
    async with people.house.database.unit_of_work(tenant) as db:
        assert await uploads.claim_in_memory(db, SORT, job_id, at=datetime.now(UTC)) is not None
        await actions_uploads.take_step(db, job_id, step, seen=SeenPhones(), at=datetime.now(UTC))
    async with people.house.database.reading(tenant) as db:
        found = await queries.customers(db, limit=100)
        assert [queries.clear(db, one)[1] for one in sorted(found, key=lambda c: c.no)] == [
            "13900000000",
            "13900000001",
        ]


async def test_a_formula_in_a_bad_cell_does_not_run_in_the_error_file(
    people: Personas, tmp_path: Path
) -> None:
    content = f'{HEAD}\n王小明,"=HYPERLINK(""http://x"")",银发\n'
    job = await _run(people, await _start(people, tmp_path, content))
    line = (await people.house.storage.get(job.errors_key)).decode("utf-8-sig").splitlines()[1]
    assert ",\"'=HYPERLINK" in line


@pytest.mark.parametrize("seed", range(4))
async def test_killed_anywhere_it_ends_with_every_row_once(
    people: Personas, tmp_path: Path, seed: int
) -> None:
    rng = Random(seed)
    job_id = await _start(people, tmp_path, _lines(120, bad_every=10))
    for _ in range(60):
        task = asyncio.create_task(
            jobs.import_file(people.house.database, people.ours.tenant, job_id=str(job_id))
        )
        await asyncio.wait([task], timeout=rng.random() * 0.25)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if (await _job(people, job_id)).state == "done":
            break
        await _lapse(people, job_id)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            # So many kills in a row are the test's doing, not the file's.
            job = await queries_uploads.upload(db, job_id, lock=True)
            job.result = {**job.result, "tries": 0}
    done = await _run(people, job_id)
    assert done.state == "done"
    assert (done.result["added"], done.result["updated"], done.result["failed"]) == (108, 0, 12)
    assert done.done == 120
    assert await _phones(people) == 108
    errors = (await people.house.storage.get(done.errors_key)).decode("utf-8-sig").splitlines()
    assert len(errors) == 13
    async with people.house.database.reading(people.ours.tenant) as db:
        nos = list(await db.scalars(select(Customer.no).order_by(Customer.no)))
    assert len(set(nos)) == 108


async def test_a_resumed_run_goes_on_after_the_last_whole_batch(
    people: Personas, tmp_path: Path
) -> None:
    job_id = await _start(people, tmp_path, _lines(25))
    tenant, database = people.ours.tenant, people.house.database
    rows = [CustomerRow(line=n, name="王小明", phone=f"1390000{n - 2:04}") for n in range(2, 12)]
    step = _batch(people, rows, last_line=11)
    async with database.unit_of_work(tenant) as db:
        assert await uploads.claim_in_memory(db, SORT, job_id, at=datetime.now(UTC)) is not None
    async with database.unit_of_work(tenant) as db:
        await actions_uploads.take_step(db, job_id, step, seen=SeenPhones(), at=datetime.now(UTC))
    assert (await _job(people, job_id)).position == 11
    # Its worker is alive as far as anyone knows, so nobody else may begin.
    assert (await _run(people, job_id)).state == "running"
    async with database.platform_unit_of_work() as db:
        assert (tenant, {"job_id": str(job_id)}) not in await jobs.waiting_files(
            db, datetime.now(UTC)
        )
    async with database.unit_of_work(tenant) as db:
        # Another host, whose clock is ahead: the lease is not over by the database's.
        ahead = datetime.now(UTC) + timedelta(hours=2)
        assert await uploads.claim_in_memory(db, SORT, job_id, at=ahead) is None
    await _lapse(people, job_id)
    async with database.platform_unit_of_work() as db:
        assert (tenant, {"job_id": str(job_id)}) in await jobs.waiting_files(db, datetime.now(UTC))
    job = await _run(people, job_id)
    assert (job.result["added"], job.result["updated"], job.done) == (25, 0, 25)
    # The first worker wakes up again: its batch is past, and must not count twice.
    async with database.unit_of_work(tenant) as db:
        late = await actions_uploads.take_step(
            db, job_id, step, seen=SeenPhones(), at=datetime.now(UTC)
        )
    assert late is None
    assert (await _job(people, job_id)).done == 25


async def test_two_workers_on_one_file_load_it_once(people: Personas, tmp_path: Path) -> None:
    job_id = await _start(people, tmp_path, _lines(50))
    await asyncio.gather(
        *(
            jobs.import_file(people.house.database, people.ours.tenant, job_id=str(job_id))
            for _ in range(3)
        )
    )
    job = await _job(people, job_id)
    assert (job.state, job.result["added"], job.done) == ("done", 50, 50)


async def test_two_files_with_the_same_new_people_at_once_make_them_once(
    people: Personas, tmp_path: Path
) -> None:
    ids = [await _start(people, tmp_path, _lines(40)) for _ in range(2)]
    done = await asyncio.gather(*(_run(people, job_id) for job_id in ids))
    assert {job.state for job in done} == {"done"}
    assert sum(job.result["added"] for job in done) == 40
    assert sum(job.result["updated"] for job in done) == 40
    assert await _phones(people) == 40


async def test_a_trial_counts_a_phone_in_two_batches_as_the_load_will(
    people: Personas, tmp_path: Path
) -> None:
    content = _lines(20) + "李娜,13900000001,商户\n"
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone="13900000000")
    trial = await _run(people, await _start(people, tmp_path, content, dry_run=True))
    load = await _run(people, await _start(people, tmp_path, content))
    for figure in ("added", "updated", "repeated", "failed"):
        assert trial.result[figure] == load.result[figure], figure
    assert (trial.result["added"], trial.result["updated"]) == (19, 1)
    assert (load.result["repeated"], load.result["failed"]) == (1, 0)
    for job in (trial, load):
        errors = (await people.house.storage.get(job.errors_key)).decode("utf-8-sig").splitlines()
        assert errors == [
            "行号,级别,字段,原内容（已脱敏）,原因与改法",
            "3,提示,手机号,139****0001,第 3 行与第 22 行手机号相同，已合成一位："
            "标签和拒绝业务都保留，其余第 22 行填了的再按合并规则写入",
        ]


async def test_a_killed_trial_begins_again_and_counts_right(
    people: Personas, tmp_path: Path
) -> None:
    job_id = await _start(people, tmp_path, _lines(20, bad_every=4), dry_run=True)
    tenant, database = people.ours.tenant, people.house.database
    async with database.unit_of_work(tenant) as db:
        await uploads.claim_in_memory(db, SORT, job_id, at=datetime.now(UTC))
    row = CustomerRow(line=3, name="王小明", phone="13900000001")
    async with database.unit_of_work(tenant) as db:
        await actions_uploads.take_step(
            db,
            job_id,
            _batch(people, [row], last_line=3),
            seen=SeenPhones(),
            at=datetime.now(UTC),
        )
    await _lapse(people, job_id)
    job = await _run(people, job_id)
    assert (job.result["added"], job.result["failed"], job.done) == (15, 5, 20)


async def test_a_cancelled_run_stops_and_keeps_what_was_loaded(
    people: Personas, tmp_path: Path
) -> None:
    job_id = await _start(people, tmp_path, _lines(30))
    tenant, database = people.ours.tenant, people.house.database
    async with database.unit_of_work(tenant) as db:
        await uploads.claim_in_memory(db, SORT, job_id, at=datetime.now(UTC))
    row = CustomerRow(line=2, name="王小明", phone="13900000000")
    step = _batch(people, [row], last_line=2)
    async with database.unit_of_work(tenant) as db:
        await actions_uploads.take_step(db, job_id, step, seen=SeenPhones(), at=datetime.now(UTC))
    async with database.unit_of_work(tenant) as db:
        job = await actions_uploads.cancel_upload(
            db, job_id, by=people.ours.author, at=datetime.now(UTC)
        )
        assert "1 行保留" in job.message
    assert (await _run(people, job_id)).state == "cancelled"
    assert await _phones(people) == 1
    async with database.unit_of_work(tenant) as db:
        with pytest.raises(Conflict):
            await actions_uploads.confirm_upload(
                db, job_id, {}, dry_run=True, by=people.ours.author, at=datetime.now(UTC)
            )


async def test_a_file_that_is_gone_fails_with_the_reason(people: Personas, tmp_path: Path) -> None:
    job_id = await _start(people, tmp_path, _lines(3))
    await people.house.storage.delete((await _job(people, job_id)).params["source_key"])
    job = await _run(people, job_id)
    assert job.state == "failed"
    assert "不存在" in job.message


async def test_a_column_that_cannot_be_tags_stops_the_run_and_makes_none(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ROWS_PER_STEP", 1000)
    rows = "".join(f"王小明,1390000{n:04},备注{n}\n" for n in range(600))
    for dry_run in (True, False):
        job = await _run(people, await _start(people, tmp_path, f"{HEAD}\n{rows}", dry_run=dry_run))
        assert job.state == "failed"
        assert "不像是标签" in job.message
    async with people.house.database.reading(people.ours.tenant) as db:
        assert list(await queries.tags(db)) == []


async def test_a_run_that_never_moves_on_is_given_up(people: Personas, tmp_path: Path) -> None:
    job_id = await _start(people, tmp_path, _lines(3))
    for _ in range(uploads.MAX_STILL_TRIES):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            taken = await uploads.claim_in_memory(db, SORT, job_id, at=datetime.now(UTC))
            assert taken is not None
        await _lapse(people, job_id)
    job = await _run(people, job_id)
    assert job.state == "failed"
    assert "没有进展" in job.message


async def test_the_uploaded_file_goes_when_it_is_not_needed(
    people: Personas, tmp_path: Path
) -> None:
    tenant, database = people.ours.tenant, people.house.database
    loaded = await _start(people, tmp_path, _lines(3))
    await _run(people, loaded)
    tried = await _start(people, tmp_path, _lines(3), dry_run=True)
    await _run(people, tried)

    async def due(at: datetime) -> set[str]:
        async with database.platform_unit_of_work() as db:
            return {i["job_id"] for t, i in await jobs.kept_files(db, at) if t == tenant}

    now = datetime.now(UTC)
    assert await due(now) == {str(loaded)}
    assert await due(now + timedelta(days=8)) == {str(loaded), str(tried)}
    for job_id in (loaded, tried):
        await jobs.drop_upload(database, tenant, job_id=str(job_id))
        await jobs.drop_upload(database, tenant, job_id=str(job_id))
    assert await due(now + timedelta(days=8)) == set()
    assert await people.house.storage.keys(f"{tenant}/imports/") == []
    async with database.unit_of_work(tenant) as db:
        with pytest.raises(Conflict, match="清理"):
            await actions_uploads.confirm_upload(
                db,
                tried,
                {"name": "姓名", "phone": "手机号"},
                dry_run=False,
                by=people.ours.author,
                at=now,
            )


async def test_refusals_end_by_themselves(people: Personas) -> None:
    tenant, database = people.ours.tenant, people.house.database
    past = datetime.now(UTC) - timedelta(days=30)
    async with database.unit_of_work(tenant) as db:
        made = await make_customer(db)
        await actions.record_refusal(
            db, made.no, "loan", until_on=(past + timedelta(days=2)).date(), by=None, at=past
        )
    await jobs.end_refusals(database, tenant)
    async with database.reading(tenant) as db:
        assert (await queries.portrait(db, made)).refusals == []
        audience = await audiences.audience(
            db, tagexpr.parse("refused(贷款)"), topic="deposit", at=datetime.now(UTC)
        )
        assert list(audience.matched) == []


async def test_assessments_end_by_themselves_and_only_those_that_are_over(people: Personas) -> None:
    tenant, database, now = people.ours.tenant, people.house.database, datetime.now(UTC)
    today = (now.astimezone(ZoneInfo("Asia/Shanghai"))).date()
    days = {3: -1, 4: 0, 5: 200}
    async with database.unit_of_work(tenant) as db:
        for grade, after in days.items():
            await make_customer(db, risk=grade, risk_until=today + timedelta(days=after))
    async with database.platform_unit_of_work() as platform:
        assert (tenant, {}) in await jobs.ended_assessments(platform, now)
    await jobs.end_assessments(database, tenant)
    async with database.platform_unit_of_work() as platform:
        assert (tenant, {}) not in await jobs.ended_assessments(platform, now)
    async with database.reading(tenant) as db:
        rows = await db.scalars(select(Customer.risk_grade).order_by(Customer.no))
        assert list(rows) == [0, 4, 5]
        everybody = tagexpr.parse("everyone()")
        found = await audiences.audience(db, everybody, topic="wealth", at=now, risk=3)
        assert len(found.removed["unsuitable"]) == 1
