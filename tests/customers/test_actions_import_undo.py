"""An import taken back: what it did goes, what somebody went on with stays, with the reason."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update
from tests.make import NOW, make_consent, make_customer
from tests.personas import Personas
from tests.web.desk import csv_of, post_form, work

from contenthub.customers import (
    actions_contacts,
    actions_import_undo,
    actions_people,
    actions_uploads_undo,
    jobs,
    queries,
    queries_uploads,
)
from contenthub.customers import queries_truth as truths
from contenthub.customers.contacts import ContactDraft
from contenthub.customers.models import Customer
from contenthub.customers.models_imports import ImportChange, ImportStep
from contenthub.customers.queries_uploads import SORT
from contenthub.errors import Conflict
from contenthub.uploads import actions as uploads

RUN = ("customers.import_file", "customers.drop_upload")
OLD = "13900000001"
ROWS = (
    "李娜,13900000001,银发;代发工资,52000.00",
    "王小明,13900000002,银发,1",
    "赵强,13900000003,,3",
    "孙丽,13900000004,银发,4",
)


async def _loaded(people: Personas, client: httpx.AsyncClient, *more: str) -> str:
    """Load four rows, of which the first is of somebody who is there, and more; return the job."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone=OLD, name="王芳", aum_fen=100, tags=["银发"])
    started = await client.post("/api/v1/imports", files={"file": ("a.csv", csv_of(*ROWS, *more))})
    assert started.status_code == 202, started.text
    await work(people, *RUN)
    job_id: str = started.json()["job_id"]
    return job_id


async def _undo(people: Personas, client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    begun = await client.post(f"/api/v1/imports/{job_id}/undo")
    assert begun.status_code == 202, begun.text
    await work(people, *RUN)
    view: dict[str, Any] = (await client.get(f"/api/v1/imports/{job_id}")).json()
    return view


async def test_an_import_is_taken_back_and_its_page_says_what_will_happen(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        job_id = await _loaded(people, client, "周五,139,,5")
        ahead = (await client.get(f"/api/v1/imports/{job_id}/undo")).json()
        assert (ahead["may_undo"], ahead["added"], ahead["changed"], ahead["tags"]) == (
            True,
            3,
            1,
            3,
        )
        page = (await client.get(f"/console/imports/{job_id}")).text
        assert "新增的 3 位客户会删除，更新过的 1 位恢复到导入前，贴上的 3 个标签" in page
        view = await _undo(people, client, job_id)
        assert view["undone"] == {"deleted": 3, "restored": 1, "untagged": 1, "kept": 0}
        page = (await client.get(f"/console/imports/{job_id}")).text
        for shown in ("已撤销：删除新增的 3 位", "5 行·编码"):
            assert shown in page, shown
        assert page.count('<li class="done">') == 4, "what an import went through stays ticked"
        assert "</svg>已撤销</span>" in (await client.get("/console/imports")).text
        again = await post_form(client, f"/console/imports/{job_id}/undo", {})
        assert again.status_code == 409
    async with people.house.database.reading(ours.tenant) as read:
        (one,) = (await read.scalars(select(Customer))).all()
        assert queries.clear(read, one) == ("王芳", OLD)
        assert one.aum_fen == 100
        assert [tag.name for tag in (await queries.portrait(read, one)).tags] == ["银发"]
        assert await truths.disagreements(read, 0, 65_535) == {}


async def test_who_was_worked_with_since_stays_and_who_was_erased_is_gone(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        job_id = await _loaded(people, client)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            by_phone = {
                row[1][-1]: row[0]
                for row in [
                    (one, queries.clear(db, one)[1]) for one in await db.scalars(select(Customer))
                ]
            }
            await make_consent(db, by_phone["2"], "wealth", text_version="v1", by=ours.author)
            called = await queries.customer(db, by_phone["4"].id, lock=True)
            await actions_contacts.record_contact(
                db, called, ContactDraft("call"), by=ours.author, at=NOW
            )
            await actions_people.erase_customer(db, by_phone["3"], by=ours.admin, at=NOW)
            await db.execute(
                update(Customer)
                .where(Customer.no == by_phone["1"].no)
                .values(updated_at=NOW + timedelta(days=400))
            )
        view = await _undo(people, client, job_id)
        assert view["undone"] == {"deleted": 0, "restored": 0, "untagged": 1, "kept": 3}
        left = (await client.get(f"/api/v1/imports/{job_id}/left")).json()["items"]
        page = (await client.get(f"/console/imports/{job_id}")).text
    assert [one["reason"] for one in left] == [
        actions_import_undo.EDITED,
        "导入后登记过授权",
        "导入后有联系记录",
    ]
    assert "没有撤销的客户" in page
    async with people.house.database.reading(ours.tenant) as read:
        assert await truths.disagreements(read, 0, 65_535) == {}


@pytest.mark.parametrize("rows_at_once", [1, 2, 5_000])
async def test_a_phone_in_several_batches_is_taken_back_whole(
    people: Personas, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(jobs, "ROWS_PER_STEP", rows_at_once)
    again = (
        "王小明,13900000002,商户,8",
        "李娜,13900000001,商户,9",
        "王大明,13900000002,亲子,12",
        "李大娜,13900000001,亲子,13",
    )
    async with people.client(people.ours.author) as client:
        job_id = await _loaded(people, client, *again)
        ahead = (await client.get(f"/api/v1/imports/{job_id}/undo")).json()
        assert (ahead["added"], ahead["changed"]) == (3, 1)
        view = await _undo(people, client, job_id)
        left = (await client.get(f"/api/v1/imports/{job_id}/left")).json()["items"]
    assert left == []
    figures = {name: view["undone"][name] for name in ("deleted", "restored", "kept")}
    assert figures == {"deleted": 3, "restored": 1, "kept": 0}
    async with people.house.database.reading(people.ours.tenant) as read:
        (one,) = (await read.scalars(select(Customer))).all()
        assert (queries.clear(read, one), one.aum_fen) == (("王芳", OLD), 100)
        assert [tag.name for tag in (await queries.portrait(read, one)).tags] == ["银发"]
        assert await truths.disagreements(read, 0, 65_535) == {}


async def test_a_newcomer_of_several_batches_with_whom_somebody_went_on_stays_whole(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ROWS_PER_STEP", 1)
    async with people.client(people.ours.author) as client:
        job_id = await _loaded(people, client, "王大明,13900000002,亲子,12")
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            met = await queries.by_phone(db, "13900000002")
            assert met is not None
            await make_consent(db, met, "wealth", text_version="v1", by=people.ours.author)
        view = await _undo(people, client, job_id)
    assert (view["undone"]["deleted"], view["undone"]["kept"]) == (2, 1)
    async with people.house.database.reading(people.ours.tenant) as read:
        kept = await queries.by_phone(read, "13900000002")
        assert kept is not None
        assert (queries.clear(read, kept)[0], kept.aum_fen) == ("王大明", 1200)
        assert {tag.name for tag in (await queries.portrait(read, kept)).tags} == {"银发", "亲子"}


async def test_a_killed_undo_goes_on_where_it_stood(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ROWS_PER_STEP", 1)
    ours, database = people.ours, people.house.database
    async with people.client(ours.author) as client:
        job_id = await _loaded(people, client)
        assert (await client.post(f"/api/v1/imports/{job_id}/undo")).status_code == 202
        async with database.unit_of_work(ours.tenant) as db:
            taken = await uploads.claim_in_memory(db, SORT, _id(job_id), at=datetime.now(UTC))
            assert taken is not None
        async with database.unit_of_work(ours.tenant) as db:
            at = datetime.now(UTC)
            last = await actions_import_undo.undo_step(db, _id(job_id), after=0, at=at)
        assert last > 0
        async with database.unit_of_work(ours.tenant) as db:
            # Somebody who stands elsewhere does nothing.
            assert await actions_import_undo.undo_step(db, _id(job_id), after=0, at=at) == 0
            job = await queries_uploads.upload(db, _id(job_id), lock=True)
            job.lease_until = at - timedelta(minutes=5)
        await work(people, *RUN)
        view = (await client.get(f"/api/v1/imports/{job_id}")).json()
    assert view["undone"] == {"deleted": 3, "restored": 1, "untagged": 1, "kept": 0}


async def test_no_trial_no_other_role_and_no_other_bank_takes_it_back(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        tried = await client.post(
            "/api/v1/imports", files={"file": ("a.csv", csv_of(*ROWS))}, data={"dry_run": "true"}
        )
        await work(people, *RUN)
        refused = await client.post(f"/api/v1/imports/{tried.json()['job_id']}/undo")
        assert refused.status_code == 409
        job_id = await _loaded(people, client)
    async with people.client(people.ours.employee) as client:
        assert (await client.post(f"/api/v1/imports/{job_id}/undo")).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.post(f"/api/v1/imports/{job_id}/undo")).status_code == 404
        assert (await client.get(f"/api/v1/imports/{job_id}/left")).status_code == 404


async def test_after_ninety_days_it_stays_and_what_was_kept_of_it_goes(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        job_id = await _loaded(people, client)
    later = datetime.now(UTC) + timedelta(days=91)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(Conflict):
            await actions_uploads_undo.undo_import(db, _id(job_id), by=ours.author, at=later)
        assert await actions_uploads_undo.forget(db, at=later) == 1
        for model in (ImportStep, ImportChange):
            assert await db.scalar(select(func.count()).select_from(model)) == 0
        assert await actions_uploads_undo.forget(db, at=later) == 0


def _id(text: str) -> UUID:
    return UUID(text)
