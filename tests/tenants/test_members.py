"""A parent sees sums of its members, and no way leads to a member's row."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.make import make_customer, make_live_item
from tests.personas import Personas

from contenthub import queue
from contenthub.errors import NotFound
from contenthub.sharing.models import EmployeeDay
from contenthub.tenants import actions_platform, jobs_banks, memberfigures, queries_members
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.models_security import MemberFigure


async def _slug(people: Personas, side: str) -> str:
    tenant = getattr(people, side).tenant
    async with people.house.database.reading(tenant) as db:
        return (await db.get_one(Bank, tenant)).slug


async def _join(people: Personas, *, parent: str = "theirs", member: str = "ours") -> None:
    async with people.house.database.platform_unit_of_work() as db:
        await actions_platform.set_parent(
            db,
            await _slug(people, member),
            await _slug(people, parent),
            by=None,
            at=datetime.now(UTC),
        )


async def _work(people: Personas) -> None:
    """Let our bank have content, a customer, and a day's views, leads and sign-ups."""
    ours, today = people.ours, datetime.now(UTC).date()
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_live_item(db, ours.author, ours.reviewer)
        await make_customer(db, owner=ours.employee, branch=ours.branch, name="绝密客户")
        for on, views in ((today, 7), (today - timedelta(days=200), 1000)):
            db.add(
                EmployeeDay(
                    tenant_id=ours.tenant,
                    employee_id=ours.employee.id,
                    day_on=on,
                    views=views,
                    leads=2,
                    signups=1,
                )
            )


async def test_the_worker_counts_and_the_parent_sees_sums(people: Personas) -> None:
    await _work(people)
    await _join(people)
    async with people.house.database.platform_unit_of_work() as db:
        assert (people.theirs.tenant, {}) in await jobs_banks.parents_to_tell(db, datetime.now(UTC))
    await queue.jobs["tenants.gather_figures"](people.house.database, people.theirs.tenant)
    async with people.client(people.theirs.admin) as client:
        found = (await client.get("/api/v1/members")).json()
        page = (await client.get("/console/members")).text
        sheet = await client.get("/api/v1/members?format=xlsx")
    [member] = found["items"]
    assert member["figures"] == {
        "people": 8,
        "items": 1,
        "pushes": 0,
        "views": 7,
        "leads": 2,
        "signups": 1,
    }
    assert found["totals"] == member["figures"]
    assert member["name"] in page
    assert "绝密客户" not in page + str(found)
    assert sheet.content.startswith(b"PK")
    async with people.house.database.platform_unit_of_work() as db:
        assert (people.theirs.tenant, {}) not in await jobs_banks.parents_to_tell(
            db, datetime.now(UTC)
        )


async def test_a_member_sees_nothing_of_its_parent_or_of_its_sisters(people: Personas) -> None:
    await _join(people)
    await jobs_banks.gather_figures(people.house.database, people.theirs.tenant)
    async with people.client(people.ours.admin) as client:
        assert (await client.get("/api/v1/members")).json()["items"] == []


async def test_being_a_parent_opens_no_row_of_a_member(people: Personas) -> None:
    await _work(people)
    await _join(people)
    ours = people.ours
    async with people.client(people.theirs.admin) as client:
        for path in (
            f"/api/v1/staff/{ours.author.id}",
            f"/console/staff/{ours.author.id}",
            f"/api/v1/branches?parent_id={ours.head.id}",
        ):
            answer = await client.get(path)
            assert ours.author.name not in answer.text or answer.status_code == 404, path
        assert "绝密客户" not in (await client.get("/api/v1/customers")).text
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert await db.get(Staff, (ours.tenant, ours.author.id)) is None
        assert (await db.scalar(text("select count(*) from customers"))) == 0
        assert await db.get(Bank, ours.tenant) is None


async def test_who_leaves_takes_the_figures_along(people: Personas) -> None:
    await _join(people)
    await jobs_banks.gather_figures(people.house.database, people.theirs.tenant)
    async with people.house.database.platform_unit_of_work() as db:
        await actions_platform.set_parent(
            db, await _slug(people, "ours"), "", by=None, at=datetime.now(UTC)
        )
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert await queries_members.members(db) == []


@pytest.mark.parametrize("who", ["author", "employee", "branch_manager"])
async def test_only_who_may_sees_members(people: Personas, who: str) -> None:
    async with people.client(getattr(people.theirs, who)) as client:
        assert (await client.get("/api/v1/members")).status_code == 403


async def test_the_platforms_role_reads_no_name_of_a_person_or_customer(
    people: Personas,
) -> None:
    for column in ("name", "password_hash", "phone"):
        with pytest.raises(NotFound):
            async with people.house.database.platform_unit_of_work() as db:
                await db.execute(text(f"select {column} from staff limit 1"))  # ours
    with pytest.raises(NotFound):
        async with people.house.database.platform_unit_of_work() as db:
            await db.execute(text("select name_masked from customers limit 1"))


async def test_a_bank_cannot_write_itself_into_anothers_figures(people: Personas) -> None:
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            db.add(
                MemberFigure(
                    tenant_id=people.theirs.tenant,
                    member_id=people.ours.tenant,
                    on=date(2026, 11, 26),
                    name="views",
                    member_name="冒名",
                    value=10**9,
                )
            )


def test_the_newest_day_counts_and_totals_are_sums() -> None:
    a, b = UUID(int=1), UUID(int=2)
    old, new = date(2026, 11, 1), date(2026, 11, 2)
    rows = [(a, "甲", new, "views", 5), (a, "甲", old, "views", 9), (b, "乙", old, "views", 2)]
    members = memberfigures.newest(rows)
    assert {m.name: m.values["views"] for m in members} == {"甲": 5, "乙": 2}
    assert memberfigures.totals(members)["views"] == 7
