"""Everything of a bank in one ZIP that anybody can read, without a secret in it."""

import asyncio
import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.house.rows import make_row
from tests.make import NOW, make_branch, make_customer, make_link, make_live_item
from tests.personas import Personas

from contenthub import queue
from contenthub.customers.models import TagGroup
from contenthub.errors import Conflict
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_exports, jobs_banks, passwords, queries, queries_archive
from contenthub.tenants.models import Staff

PHONE = "13700009876"


async def _furnish(people: Personas) -> str:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        await make_link(db, item, ours.employee)
        await make_customer(
            db, owner=ours.employee, branch=ours.branch, name="欧阳振华", phone=PHONE
        )
        _, clear = await tenants.create_key(db, ours.author, "脚本", by=ours.admin, at=NOW)
        staff = await db.get_one(Staff, (ours.tenant, ours.admin.id))
        staff.password_hash = passwords.hash_password("zhi-ma-kai-men-8")
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        await make_customer(
            db, owner=people.theirs.employee, branch=people.theirs.branch, name="外行客户"
        )
    await people.house.storage.put(f"{ours.tenant}/assets/a.jpg", b"picture", mime="image/jpeg")
    return clear


async def _archive(people: Personas, path: Path, *, is_clear: bool) -> zipfile.ZipFile:
    await queries_archive.write_archive(
        people.house.database,
        people.house.storage,
        people.ours.tenant,
        path,
        is_clear=is_clear,
        at=NOW,
    )
    return zipfile.ZipFile(path)


async def test_every_file_is_as_its_manifest_says(people: Personas, tmp_path: Path) -> None:
    await _furnish(people)
    with await _archive(people, tmp_path / "bank.zip", is_clear=False) as made:
        manifest = json.loads(made.read("manifest.json"))
        for name, facts in manifest["files"].items():
            content = made.read(name)
            assert sha256(content).hexdigest() == facts["sha256"], name
        for table, count in manifest["tables"].items():
            lines = made.read(f"tables/{table}.jsonl").splitlines()
            assert len(lines) == count
            assert all(isinstance(json.loads(line), dict) for line in lines)
        assert manifest["tables"]["customers"] == 1
        assert manifest["tables"]["staff"] == 8
        assert made.read("objects/assets/a.jpg") == b"picture"
        assert "jsonl" in made.read("README.txt").decode()


async def test_no_secret_and_no_other_bank_is_in_it(people: Personas, tmp_path: Path) -> None:
    clear_key = await _furnish(people)
    with await _archive(people, tmp_path / "bank.zip", is_clear=False) as made:
        everything = b"".join(made.read(name) for name in made.namelist())
    assert b"argon2" not in everything
    assert queries.key_hash(clear_key).encode() not in everything
    assert PHONE.encode() not in everything
    assert "欧阳振华".encode() not in everything
    assert "外行客户".encode() not in everything
    assert str(people.theirs.tenant).encode() not in everything
    assert b"_sealed" not in everything
    assert b"137****9876" in everything


async def test_a_clear_archive_opens_names_and_phones_only(
    people: Personas, tmp_path: Path
) -> None:
    await _furnish(people)
    with await _archive(people, tmp_path / "bank.zip", is_clear=True) as made:
        [customer] = [json.loads(x) for x in made.read("tables/customers.jsonl").splitlines()]
        assert (customer["name"], customer["phone"]) == ("欧阳振华", PHONE)
        staff = made.read("tables/staff.jsonl")
    assert b"argon2" not in staff
    assert b"totp_sealed" not in staff


async def test_an_administrators_export_is_made_by_the_worker_and_cleared_after_a_week(
    people: Personas,
) -> None:
    await _furnish(people)
    house, ours = people.house, people.ours
    async with people.client(ours.admin) as client:
        asked = await client.post("/api/v1/bank/exports")
        assert asked.status_code == 202
        job_id = asked.json()["job_id"]
        again = await client.post("/api/v1/bank/exports")
        assert again.status_code == 409
        async with house.database.platform_unit_of_work() as db:
            due = await jobs_banks.waiting_exports(db, datetime.now(UTC))
        assert (ours.tenant, {"job_id": job_id}) in due
        await queue.jobs["tenants.export_bank"](house.database, ours.tenant, job_id=job_id)
        job = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        assert job["state"] == "done"
        file = await client.get(job["result_url"])
        assert file.content.startswith(b"PK")
    async with people.client(ours.author) as client:
        assert (await client.get(f"/api/v1/jobs/{job_id}/result")).status_code == 404
        assert (await client.post("/api/v1/bank/exports")).status_code == 403
    async with house.database.platform_unit_of_work() as db:
        late = await jobs_banks.waiting_exports(db, datetime.now(UTC) + timedelta(days=8))
    assert (ours.tenant, {"job_id": job_id, "clear": "1"}) in late
    await jobs_banks.export_bank(house.database, ours.tenant, job_id=job_id, clear="1")
    assert await house.storage.keys(f"{ours.tenant}/exports/") == []


async def test_one_export_at_a_time(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await actions_exports.start_export(db, by=people.ours.admin, at=NOW)
        await db.flush()
        with pytest.raises(Conflict, match="正在进行"):
            await actions_exports.start_export(db, by=people.ours.admin, at=NOW)


async def test_a_change_made_meanwhile_is_in_all_of_an_archive_or_in_none(
    people: Personas, tmp_path: Path
) -> None:
    """A writer adds a branch and a tag group of the same name in one transaction, all the time."""
    await _furnish(people)
    database, tenant = people.house.database, people.ours.tenant
    done, written = asyncio.Event(), 0

    async def write() -> None:
        nonlocal written
        while not done.is_set():
            async with database.unit_of_work(tenant) as db:
                await make_branch(db, f"并发{written}")
                await make_row(db, TagGroup, name=f"并发{written}")
            written += 1

    writer = asyncio.create_task(write())
    try:
        while written < 5:
            await asyncio.sleep(0.01)
        before = written
        with await _archive(people, tmp_path / "bank.zip", is_clear=False) as made:
            names = [
                {
                    row["name"]
                    for row in map(json.loads, made.read(f"tables/{table}.jsonl").splitlines())
                    if row["name"].startswith("并发")
                }
                for table in ("branches", "tag_groups")
            ]
    finally:
        done.set()
        await writer
    assert written > before  # it wrote while the archive was made
    assert names[0] == names[1]
    assert len(names[0]) >= before


async def test_no_transaction_is_open_while_files_come_from_the_store(
    people: Personas, tmp_path: Path
) -> None:
    await _furnish(people)
    database, tenant = people.house.database, people.ours.tenant
    open_at: list[int] = []

    class Watching:
        """The store, noting how many connections are in use at each call."""

        async def keys(self, prefix: str) -> list[str]:
            open_at.append(database.engine.pool.checkedout())  # type: ignore[attr-defined]  # a queue pool
            return await people.house.storage.keys(prefix)

        async def get(self, key: str) -> bytes:
            open_at.append(database.engine.pool.checkedout())  # type: ignore[attr-defined]  # a queue pool
            return await people.house.storage.get(key)

    store = cast("Storage", Watching())
    path = tmp_path / "bank.zip"
    await queries_archive.write_archive(database, store, tenant, path, is_clear=False, at=NOW)
    assert len(open_at) >= 2
    assert set(open_at) == {0}


async def test_a_snapshot_reads_only_and_leaves_no_trace_in_the_pool(people: Personas) -> None:
    database, tenant = people.house.database, people.ours.tenant
    async with database.snapshot(tenant) as db:
        level = await db.scalar(text("show transaction_isolation"))
        assert level == "repeatable read"
        with pytest.raises(DBAPIError, match="read-only"):
            await db.execute(text("update banks set name = name"))
    for _ in range(12):
        async with database.reading(tenant) as db:
            assert await db.scalar(text("show transaction_isolation")) == "read committed"


async def test_a_colleagues_phone_is_masked_unless_the_archive_is_clear(
    people: Personas, tmp_path: Path
) -> None:
    await _furnish(people)
    phone = people.ours.employee.phone
    for is_clear in (False, True):
        with await _archive(people, tmp_path / f"{is_clear}.zip", is_clear=is_clear) as made:
            staff = made.read("tables/staff.jsonl").decode()
        assert (phone in staff) is is_clear
        assert (f"{phone[:3]}****{phone[-4:]}" in staff) is not is_clear
