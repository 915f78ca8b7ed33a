"""What a bank keeps is measured: everything below its id, and enforced for every upload."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

from PIL import Image
from tests.make import NOW
from tests.personas import Personas

from contenthub import queue
from contenthub.library import actions_assets
from contenthub.library.intake import accept_picture
from contenthub.tenants import actions_store, jobs_store, queries_banks, queries_platform
from contenthub.tenants.models import Bank
from contenthub.tenants.quotas import QuotaReached

STAFF = "工号,姓名,机构\n1001,王芳,总行\n"
CUSTOMERS = "手机号,姓名\n13700001111,王芳\n"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(out, "PNG")
    return out.getvalue()


async def _used(people: Personas) -> int:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries_banks.storage_used(db)


async def _on_platform(people: Personas) -> int:
    database = people.house.database
    async with database.reading(people.ours.tenant) as db:
        slug = (await db.get_one(Bank, people.ours.tenant)).slug
    async with database.platform_unit_of_work() as db:
        return (await queries_platform.bank_line(db, slug)).storage_bytes


async def test_photos_and_imports_count_once_the_store_is_measured(people: Personas) -> None:
    ours, house = people.ours, people.house
    await house.storage.put(f"{ours.tenant}/photos/a.jpg", b"1" * 700, mime="image/jpeg")
    await house.storage.put(f"{ours.tenant}/imports/b.csv", b"1" * 300, mime="text/csv")
    before = await house.storage.size_bytes(f"{ours.tenant}/")
    await queue.jobs["tenants.measure_store"](house.database, ours.tenant)
    assert before >= 1000
    assert await _used(people) == await _on_platform(people) == before
    async with house.database.platform_unit_of_work() as db:
        now, limit = datetime.now(UTC), 9999  # the banks of all tests
        due = await queries_platform.unmeasured(
            db, before=now - jobs_store.MEASURED_EVERY, limit=limit
        )
        later = await queries_platform.unmeasured(db, before=now + timedelta(hours=1), limit=limit)
    assert ours.tenant not in due
    assert ours.tenant in later


async def test_a_picture_added_since_counts_at_once_and_an_older_one_not_twice(
    people: Personas,
) -> None:
    ours, house = people.ours, people.house
    stored = await actions_assets.store_picture(
        house.storage, ours.tenant, accept_picture(picture()), filename="a.png"
    )
    async with house.database.unit_of_work(ours.tenant) as db:
        await actions_assets.keep_asset(db, stored, by=ours.author, at=NOW)
        bank = await db.get_one(Bank, ours.tenant)
        bank.stored_bytes, bank.stored_at = 5, NOW.replace(year=NOW.year - 1)
    size = stored.size_bytes
    assert await _used(people) == 5 + size
    async with house.database.unit_of_work(ours.tenant) as db:
        (await db.get_one(Bank, ours.tenant)).stored_at = NOW
    assert await _used(people) == 5


async def test_a_full_store_takes_neither_photos_nor_imports(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        bank = await db.get_one(Bank, ours.tenant)
        bank.quotas, bank.stored_bytes, bank.stored_at = {"storage_bytes": 10}, 9, NOW
    held = await people.house.storage.keys(f"{ours.tenant}/")
    async with people.client(ours.admin) as client:
        await client.get("/login")
        token = {"x-csrftoken": str(client.cookies["csrftoken"])}
        answers = [
            await client.post(url, files={"file": file}, headers=token)
            for url, file in (
                (f"/console/staff/{ours.employee.id}/photo", ("a.png", picture(), "image/png")),
                ("/console/staff/imports", ("人员.csv", STAFF.encode(), "text/csv")),
                ("/console/imports", ("客户.csv", CUSTOMERS.encode(), "text/csv")),
            )
        ]
    for answer in answers:
        assert answer.status_code == 429
        assert "图片与文件已用" in answer.text
    assert await people.house.storage.keys(f"{ours.tenant}/") == held


async def _limit(people: Personas, room: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.quotas, bank.stored_bytes, bank.stored_at = {"storage_bytes": room}, 0, NOW


async def test_an_import_and_a_photo_count_before_the_next_measurement(people: Personas) -> None:
    ours = people.ours
    await _limit(people, 10**9)
    async with people.client(ours.admin) as client:
        await client.get("/login")
        token = {"x-csrftoken": str(client.cookies["csrftoken"])}
        for url, file in (
            (f"/console/staff/{ours.employee.id}/photo", ("a.png", picture(), "image/png")),
            ("/console/staff/imports", ("人员.csv", STAFF.encode(), "text/csv")),
            ("/console/imports", ("客户.csv", CUSTOMERS.encode(), "text/csv")),
        ):
            before = await _used(people)
            answer = await client.post(url, files={"file": file}, headers=token)
            assert answer.status_code < 400, answer.text
            assert await _used(people) > before, url
    counted = await _used(people)
    stored = await people.house.storage.size_bytes(f"{ours.tenant}/")
    assert counted >= stored > 0
    await queue.jobs["tenants.measure_store"](people.house.database, ours.tenant)
    assert await _used(people) == await people.house.storage.size_bytes(f"{ours.tenant}/")


async def test_uploads_side_by_side_do_not_share_the_last_room(people: Personas) -> None:
    await _limit(people, 1000)
    database, tenant = people.house.database, people.ours.tenant

    async def take() -> bool:
        try:
            async with database.unit_of_work(tenant) as db:
                await actions_store.take_room(db, 300)
        except QuotaReached:
            return False
        return True

    taken = await asyncio.gather(*(take() for _ in range(8)))
    assert sum(taken) == 3
    assert await _used(people) == 900


async def test_what_comes_while_the_store_is_measured_is_not_forgotten(people: Personas) -> None:
    await _limit(people, 10**6)
    database, tenant = people.house.database, people.ours.tenant
    async with database.unit_of_work(tenant) as db:
        await actions_store.take_room(db, 300)
    async with database.reading(tenant) as db:
        added = await queries_banks.added_since_measured(db)
    async with database.unit_of_work(tenant) as db:
        await actions_store.take_room(db, 50)
    async with database.unit_of_work(tenant) as db:
        await actions_store.measured(db, 300, added_bytes=added, at=datetime.now(UTC))
    assert await _used(people) == 350
