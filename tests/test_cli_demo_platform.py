"""The demo's union above both banks, and who has been in one of them from outside."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from contenthub import cli_demo_platform
from contenthub.cli_demo_roster import BANKS
from contenthub.tenants import queries_banks
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.models_security import AgencyInvitation
from tests.personas import Personas


async def test_the_union_sees_both_banks_and_a_bank_who_was_in(people: Personas) -> None:
    house, now = people.house, datetime.now(UTC)
    banks = []
    for side in (people.ours, people.theirs):
        async with house.database.unit_of_work(side.tenant) as db:
            slug = (await db.get_one(Bank, side.tenant)).slug
            (await db.get_one(Staff, (side.tenant, side.admin.id))).login = "admin"
        banks.append(replace(BANKS[0], slug=slug))
    account = await cli_demo_platform.open_union(house, banks, now=now)
    outside = await cli_demo_platform.let_guests_in(house, banks, now=now)
    assert [a["roles"] for a in outside] == [["platform"], ["platform"], ["agency"]]
    assert account["roles"] == ["bank_admin"]
    async with people.client() as client:
        body = {"bank": account["bank"], "login": account["login"]}
        answer = await client.post("/api/v1/login", json={**body, "password": account["password"]})
        assert answer.status_code == 200, answer.text
        members = (await client.get("/api/v1/members")).json()
        assert len(members["items"]) == 2
        assert members["totals"]["people"] == 16
    async with people.client(people.ours.admin) as client:
        assert "王一" in (await client.get("/console/visits")).text
        assert "agency1" in (await client.get("/console/agency")).text
    for side in (people.ours, people.theirs):
        async with house.database.reading(side.tenant) as read:
            # People from outside are none of the bank's own.
            assert await queries_banks.staff_used(read) == 8
            (invited,) = (await read.scalars(select(AgencyInvitation))).all()
            assert invited.accepted_at is not None
