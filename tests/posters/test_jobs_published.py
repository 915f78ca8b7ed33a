"""Posters published as files: what stands, what goes, and what a kill leaves behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update
from tests.make import NOW, make_staff
from tests.personas import Personas
from tests.posters.shop import CDN, Shop, disk_shop, open_shop
from tests.qrcodes import code_on
from tests.s3_server import ACCESS, SECRET, S3Server, s3_server
from tests.web.desk import work

from contenthub.errors import Invalid, Unavailable
from contenthub.library import actions as library
from contenthub.library import actions_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.posters import actions_gone, actions_published, queries_published
from contenthub.posters import queries as posters
from contenthub.posters.jobs import new_code
from contenthub.posters.models import PosterTemplate
from contenthub.settings import Settings
from contenthub.storage import DiskStorage, open_storage
from contenthub.storage_public import PublicStore, open_public
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_banks
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.worker import WHILE_RESTING

JOB = "posters.publish_posters"
__all__ = ["disk_shop"]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("cdn") / "root") as server:
        yield server


class _Killed(BaseException):
    """Ends a worker's turn without any of its handlers."""


@pytest.fixture(params=["disk", "s3"])
async def shop(
    request: pytest.FixtureRequest, people: Personas, tmp_path: Path
) -> AsyncIterator[Shop]:
    if request.param == "disk":
        store = PublicStore(DiskStorage(tmp_path / "public", is_public=True), "", CDN, 3600)
    else:
        server: S3Server = request.getfixturevalue("s3")
        storage = open_storage(server.url, access_key=ACCESS, secret_key=SECRET)
        store = PublicStore(storage, "posters/", CDN, 3600)
    async for made in open_shop(people, store):
        yield made


async def test_posters_are_published_follow_their_people_and_go_with_the_switch(
    shop: Shop,
) -> None:
    people, ours = shop.people, shop.people.ours
    await shop.work()
    assert await shop.rows() == []  # off by default

    await shop.switch(on=True)
    rows = await shop.rows("published")
    sharers = {one.employee_id for one in rows}
    assert {ours.employee.id, ours.colleague.id} <= sharers
    assert len(await shop.files()) == 2 * len(rows)
    mine = next(one for one in rows if one.employee_id == ours.employee.id)
    picture = await shop.store.get(f"{ours.tenant}/{mine.name}.jpg")
    said = code_on(picture)
    assert said is not None
    assert said.rpartition("/")[2] == mine.link_code
    small = Image.open(BytesIO(await shop.store.get(f"{ours.tenant}/{mine.name}-720.jpg")))
    assert small.width == 720
    async with people.client(ours.employee) as client:
        same = await client.get(f"/api/v1/posters/{shop.template.id}/{ours.employee.id}.jpg")
    assert picture == same.content

    async with people.house.database.unit_of_work(ours.tenant) as db:
        await db.execute(
            update(Staff)
            .where(Staff.id == ours.employee.id)
            .values(name="王改名", updated_at=datetime.now(UTC))
        )
    # From that commit on no page names the old file; its row waits to be taken away.
    assert [one.id for one in await shop.rows("removing")] == [mine.id]
    await shop.work(later=True)
    again = next(o for o in await shop.rows("published") if o.employee_id == ours.employee.id)
    assert again.name != mine.name
    assert f"{ours.tenant}/{mine.name}.jpg" not in await shop.files()

    async with people.house.database.unit_of_work(ours.tenant) as db:
        await db.execute(
            update(Staff)
            .where(Staff.id == ours.colleague.id)
            .values(state="resigned", updated_at=datetime.now(UTC))
        )
    await shop.work(later=True)
    assert ours.colleague.id not in {o.employee_id for o in await shop.rows("published")}

    await shop.switch(on=False)
    assert await shop.files() == []
    assert {one.state for one in await shop.rows()} == {"gone"}

    # What is left of a bank that is erased goes with it, and nothing of another's.
    for bank in (ours.tenant, people.theirs.tenant):
        await shop.store.put(f"{bank}/{'0' * 32}.jpg", b"x", mime="image/jpeg")
    assert await shop.store.empty(str(ours.tenant)) == 1
    assert await shop.files() == []
    assert len(await shop.store.entries(str(people.theirs.tenant))) == 1


async def test_a_recall_takes_the_files_away_and_a_logo_makes_new_ones(disk_shop: Shop) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    database = shop.people.house.database
    await shop.switch(on=True)
    before = await shop.files()
    async with database.unit_of_work(ours.tenant) as db:
        await actions_banks.change_brand(db, {"hotline": "95533"}, by=ours.admin, at=NOW)
    await shop.work(later=True)
    after = await shop.files()
    assert len(after) == len(before)
    assert not set(after) & set(before)
    async with database.unit_of_work(ours.tenant) as db:
        renamed = update(Branch).where(Branch.id == ours.branch.id).values(name="新城支行")
        await db.execute(renamed)
    theirs = {one.employee_id for one in await shop.rows("removing")}
    assert ours.employee.id in theirs
    assert ours.colleague.id not in theirs  # of the other branch
    await shop.work(later=True)
    async with database.unit_of_work(ours.tenant) as db:
        item = await library.recall(
            db, shop.template.item_id, reason="利率有误", by=ours.reviewer, at=NOW
        )
        await actions_gone.retire_templates(db, item, at=datetime.now(UTC))
    await work(shop.people, JOB)  # nobody waits two minutes for it
    assert await shop.files() == []


async def test_a_poster_whose_own_words_a_rule_of_today_stops_is_taken_away(
    disk_shop: Shop,
) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    await shop.switch(on=True)
    assert await shop.files()
    async with shop.people.house.database.unit_of_work(ours.tenant) as db:
        template = await posters.template(db, shop.template.id)
        revision = await posters.shown_revision(db, template)
        said = next(one["text"] for one in revision.layers["layers"] if one["id"] == "slogan")
        draft = RuleDraft(name="不说", phrases=said, severity="block", advice="请删去")
        await actions_rules.add_rule(db, draft, by=ours.admin, at=NOW)
    await shop.work(later=True)
    assert await shop.files() == []


async def test_a_bank_that_is_suspended_publishes_nothing(disk_shop: Shop) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    await shop.switch(on=True)
    assert await shop.files()
    async with shop.people.house.database.unit_of_work(ours.tenant) as db:
        await db.execute(update(Bank).where(Bank.id == ours.tenant).values(state="suspended"))
    await shop.work(later=True)
    assert await shop.files() == []
    assert JOB in WHILE_RESTING


async def test_a_killed_worker_leaves_no_file_that_no_row_names(
    disk_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    database = shop.people.house.database
    put = PublicStore.put
    left = 3

    async def killed(self: PublicStore, name: str, data: bytes, *, mime: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Killed
        await put(self, name, data, mime=mime)

    monkeypatch.setattr(PublicStore, "put", killed)
    with pytest.raises(_Killed):
        await shop.switch(on=True)
    await asyncio.sleep(0)
    sent = await shop.files()
    assert sent
    async with database.reading(ours.tenant) as db:
        assert set(sent) <= await queries_published.file_names(db)
    monkeypatch.setattr(PublicStore, "put", put)
    await shop.work()
    assert await shop.rows("published") == []  # the lease of who was killed still runs
    await shop.work(later=True)
    rows = await shop.rows()
    assert {one.state for one in rows} == {"published"}
    assert len(await shop.files()) == 2 * len(rows)


async def test_what_ends_while_it_is_sent_is_taken_away_after_it_arrived(disk_shop: Shop) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    database, at = shop.people.house.database, datetime.now(UTC)
    async with database.unit_of_work(ours.tenant) as db:
        await tenants.set_settings(db, {"poster_cdn": True}, by=ours.admin, at=NOW)
        await db.flush()
        await actions_published.look(db, at=at)
        files = await actions_published.claim_uploads(db, at=at, new_code=new_code)
    async with database.unit_of_work(ours.tenant) as db:
        await tenants.set_settings(db, {"poster_cdn": False}, by=ours.admin, at=NOW)
        await db.flush()
        await actions_published.look(db, at=at)
        # Not before the lease is over: the file may still be on its way.
        assert await actions_published.claim_removals(db, at=at) == []
    async with database.unit_of_work(ours.tenant) as db:
        await actions_published.record_published(db, files, at=at)
        over = await actions_published.claim_removals(db, at=at)
    assert {one.id for one in over} == {one.id for one in files}


async def test_a_store_that_is_away_is_told_on_the_row_and_tried_again(
    disk_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = disk_shop
    await shop.switch(on=True)
    tried = 0

    async def away(_self: PublicStore, _name: str) -> None:
        nonlocal tried
        tried += 1
        raise Unavailable("对象存储没有应答，请稍后再试")

    with monkeypatch.context() as patch:
        patch.setattr(PublicStore, "delete", away)
        await shop.switch(on=False)
    rows = await shop.rows("removing")
    assert rows
    assert {one.problem for one in rows} == {"对象存储没有应答，请稍后再试"}
    assert tried <= 4  # the rest of the portion is not tried
    await shop.work()
    assert await shop.files()  # each waits for its pause
    await shop.work(later=True)
    assert await shop.files() == []


async def test_only_who_may_share_is_published_and_strays_are_tidied(disk_shop: Shop) -> None:
    shop, ours = disk_shop, disk_shop.people.ours
    database, tenant = shop.people.house.database, shop.people.ours.tenant
    async with database.unit_of_work(tenant) as db:
        nobody = await make_staff(db, ours.branch, "employee", qualification_no="")
        await db.execute(
            update(PosterTemplate)
            .where(PosterTemplate.id == shop.template.id)
            .values(updated_at=NOW)
        )
    await shop.switch(on=True)
    assert nobody.id not in {one.employee_id for one in await shop.rows()}
    # Strays: nobody's file, and a base no design has; young ones and the live base stay.
    blobs = shop.people.house.storage
    await shop.store.put(f"{tenant}/{'0' * 32}.jpg", b"x", mime="image/jpeg")
    base = f"{tenant}/posters/base-{'0' * 64}.bin"
    await blobs.put(base, b"x", mime="application/octet-stream")
    bases = await blobs.keys(f"{tenant}/posters/base-")
    assert len(bases) == 2
    await work(shop.people, "posters.tidy_files")
    assert await blobs.keys(f"{tenant}/posters/base-") == bases
    lost = (await shop.rows("published"))[0]
    await shop.store.delete(f"{tenant}/{lost.name}.jpg")
    await _age(shop.people, tenant)
    assert await blobs.keys(f"{tenant}/posters/base-") == [one for one in bases if one != base]
    assert not any("0" * 32 in one for one in await shop.files())
    # A file that was lost with its disk is made again.
    await work(shop.people, JOB)
    await work(shop.people, JOB)
    assert f"{tenant}/{lost.name}.jpg" in await shop.files()
    assert len(await shop.files()) == 2 * len(await shop.rows("published"))


async def _age(people: Personas, tenant: Any) -> None:
    """Tidy as on a day when everything is old."""
    from contenthub.posters import jobs_published

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs_published, "BASE_RESTS", timedelta(days=-1))
        patch.setattr(jobs_published, "STRAY_AFTER", timedelta(days=-1))
        await jobs_published.tidy_files(people.house.database, tenant)


async def test_another_bank_has_none_of_it_and_no_store_refuses_the_switch(
    people: Personas,
) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await tenants.set_settings(db, {"poster_cdn": True}, by=people.theirs.admin, at=NOW)
        assert "CONTENTHUB_CDN_URL" in refused.value.fields["poster_cdn"]
    assert open_public(Settings()) is None
