"""What a bank keeps is measured: everything below its id, and enforced for every upload."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image
from tests.make import NOW
from tests.personas import Personas

from contenthub import queue
from contenthub.library import actions_assets
from contenthub.library.intake import accept_picture
from contenthub.tenants import jobs_store, queries_banks, queries_platform
from contenthub.tenants.models import Bank

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
    size = len(stored.picture.data)
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
