"""An employee's leads on the phone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from tests.make import make_link, make_live_item
from tests.personas import Personas
from tests.web.h5 import submit

from contenthub.sharing import actions_leads
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.models import Lead
from contenthub.tenants.models import AuditEntry

PHONE = "13800000001"


@pytest.fixture
async def lead(people: Personas) -> Lead:
    """A new lead of our employee."""
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        contact = Contact(PHONE, "赵敏", None, True)
        made, _ = await actions_leads.leave_lead(db, link, contact, employee=ours.employee, at=now)
    return made


async def _looks(people: Personas) -> int:
    query = select(func.count()).where(
        AuditEntry.tenant_id == people.ours.tenant, AuditEntry.event == "lead.revealed"
    )
    async with people.house.database.reading(people.ours.tenant) as db:
        return int(await db.scalar(query) or 0)


async def test_the_number_is_shown_by_an_audited_tap_only(people: Personas, lead: Lead) -> None:
    async with people.client(people.ours.employee) as client:
        for url in ("/m", f"/m/leads/{lead.id}"):
            assert PHONE not in (await client.get(url)).text
        assert (await submit(client, f"/m/leads/{lead.id}/call", reason=" ")).status_code == 422
        assert await _looks(people) == 0
        whole = await submit(client, f"/m/leads/{lead.id}/call", reason="电话回访")
        client.headers["hx-request"] = "true"
        part = await submit(client, f"/m/leads/{lead.id}/call", reason="电话回访")
    assert f'href="tel:{PHONE}"' in whole.text
    assert "<html" in whole.text
    assert f'href="tel:{PHONE}"' in part.text
    assert "<html" not in part.text
    assert f"赵敏 {PHONE}" in part.text
    assert part.headers["cache-control"] == "no-store"
    assert await _looks(people) == 2


async def test_a_lead_moves_by_the_buttons_of_its_state(people: Personas, lead: Lead) -> None:
    url = f"/m/leads/{lead.id}"
    async with people.client(people.ours.employee) as client:
        before = (await client.get(url)).text
        assert "已联系" in before
        assert "已办理" not in before
        assert (await submit(client, f"{url}/state", state="contacted")).status_code == 303
        assert "已办理" in (await client.get(url)).text
        assert "新留资" not in (await client.get("/m")).text
        assert (await submit(client, f"{url}/state", state="won")).status_code == 303
        refused = await submit(client, f"{url}/state", state="contacted")
    assert refused.status_code == 409


async def test_handing_a_lead_on_is_not_the_phones_to_do(people: Personas, lead: Lead) -> None:
    async with people.client(people.ours.employee) as client:
        for state in ("assigned", "new", "", "x"):
            answer = await submit(client, f"/m/leads/{lead.id}/state", state=state)
            assert answer.status_code == 422
    async with people.house.database.reading(people.ours.tenant) as db:
        kept = await db.get_one(Lead, (lead.tenant_id, lead.id))
    assert kept.state == "new"


async def test_anothers_lead_does_not_exist_on_my_phone(people: Personas, lead: Lead) -> None:
    for staff in (people.ours.colleague, people.ours.branch_manager, people.theirs.employee):
        async with people.client(staff) as client:
            assert (await client.get(f"/m/leads/{lead.id}")).status_code == 404
            assert (
                await submit(client, f"/m/leads/{lead.id}/call", reason="电话回访")
            ).status_code == 404
            moved = await submit(client, f"/m/leads/{lead.id}/state", state="lost")
            assert moved.status_code == 404
    assert await _looks(people) == 0


async def test_who_does_not_follow_leads_is_refused(people: Personas, lead: Lead) -> None:
    async with people.client(people.ours.auditor) as client:
        assert (
            await submit(client, f"/m/leads/{lead.id}/call", reason="电话回访")
        ).status_code == 403
