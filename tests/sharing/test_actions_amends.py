"""Staff change a sign-up for the customer who calls, and take a tick-off back."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from tests.personas import Personas
from tests.sharing.test_actions_places import OTHER, link_of, moved, rows_of
from tests.web.h5 import submit
from tests.web.landing import send, visitor

from contenthub.tenants import actions_webhooks
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.models_webhooks import WebhookEvent


async def _trail(people: Personas, event: str) -> list[dict[str, Any]]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = select(AuditEntry.detail).where(AuditEntry.event == event).order_by(AuditEntry.id)
        return list(await db.scalars(found))


async def test_staff_change_a_party_for_who_calls_within_reach_and_places(
    people: Personas,
) -> None:
    ours = people.ours
    link = await link_of(people, capacity=5, signup_fields=["people", "remark"])
    async with people.house.database.unit_of_work(ours.tenant) as db:
        wish = actions_webhooks.Wish("https://crm.example.com/hooks", "客户管理系统")
        await actions_webhooks.create_endpoint(db, wish, by=ours.admin, at=datetime.now(UTC))
    async with visitor(people) as client:
        await send(client, people, link, "signup", name="赵敏", people=2, remark="坐前排")
        await send(client, people, link, "signup", phone=OTHER, people=1)
    first, second = await rows_of(people)
    url, mine = f"/api/v1/signups/{first.id}", f"/m/signups/{first.id}"
    async with people.client(ours.employee) as client:
        await client.patch(url, json={"state": "confirmed"})
        phone = (await client.get(mine)).text
        more = (await client.patch(url, json={"answers": {"people": 4}})).json()
        over = await client.patch(url, json={"answers": {"people": 5}})
        strange = await client.patch(url, json={"answers": {"branch": "城关"}})
        back = await submit(client, f"{mine}/answers", people="2", remark="")
        console = await submit(client, f"/console/signups/{first.id}/answers", people="3")
        both = await asyncio.gather(
            client.patch(url, json={"answers": {"people": 4}}),
            client.patch(f"/api/v1/signups/{second.id}", json={"answers": {"people": 2}}),
        )
    assert "客户来电要改人数或信息" in phone
    assert (more["seats"], more["state"], more["answers"]["remark"]) == (4, "confirmed", "坐前排")
    assert over.json()["errors"][0] == {
        "pointer": "/answers/people",
        "message": "名额已满（这条报名已占 4 个），填了 5 位；请改为不超过 4 位",
    }
    assert "请去掉；可以改的：几位参加(people)、备注(remark)" in strange.text
    assert (back.status_code, console.status_code) == (303, 303)
    assert sorted(one.status_code for one in both) == [200, 422], "the last place is one's only"
    assert sum(row.seats for row in await rows_of(people)) == 5
    changed = await _trail(people, "signup.amended")
    assert changed[:2] == [
        {"before": 2, "after": 4, "fields": ["people"]},
        {"before": 4, "after": 2, "fields": ["people", "remark"]},
    ]
    async with people.client(people.theirs.employee) as client:
        assert (await client.patch(url, json={"answers": {"people": 1}})).status_code == 404
    async with people.client(ours.author) as client:
        assert (await client.patch(url, json={"answers": {"people": 1}})).status_code == 403
    async with people.house.database.reading(ours.tenant) as db:
        told = list(
            await db.scalars(
                select(WebhookEvent.payload)
                .where(WebhookEvent.event == "signup.updated")
                .order_by(WebhookEvent.id)
            )
        )
    assert [(one["state"], one["seats"]) for one in told[:3]] == [
        ("confirmed", 2),
        ("confirmed", 4),
        ("confirmed", 2),
    ]


async def test_after_check_in_or_cancelling_nothing_is_changed(people: Personas) -> None:
    link = await link_of(people, starts_at="2026-01-05T09:00", ends_at="2099-01-05T11:00")
    async with visitor(people) as client:
        await send(client, people, link, "signup", people=2)
        await send(client, people, link, "signup", phone=OTHER, people=2)
    came, gone = await rows_of(people)
    async with people.client(people.ours.employee) as client:
        refused = []
        for row, state in ((came, "attended"), (gone, "cancelled")):
            await client.patch(f"/api/v1/signups/{row.id}", json={"state": state})
            body = {"answers": {"people": 3}}
            refused.append(await client.patch(f"/api/v1/signups/{row.id}", json=body))
        page = (await client.get(f"/m/signups/{came.id}")).text
    assert [one.status_code for one in refused] == [409, 409]
    assert "撤销登记" in refused[0].text
    assert "重新报名" in refused[1].text
    assert "客户来电要改" not in page
    assert [row.seats for row in await rows_of(people)] == [2, 2]


async def test_a_tick_off_is_taken_back_until_the_customer_reads_it(people: Personas) -> None:
    ours, link = people.ours, await link_of(people)
    async with visitor(people) as guest:
        await guest.get(f"/s/{link.code}")
        await send(guest, people, link, "signup", name="赵敏", people=2)
        await moved(people, link)
        (row,) = await rows_of(people)
        url, mine = f"/api/v1/signups/{row.id}", f"/m/signups/{row.id}"
        async with people.client(ours.employee) as client:
            early = await client.post(f"{url}/untold")
            await client.post(f"{url}/told")
            pages = [(await client.get(at)).text for at in (mine, f"/console/signups/{row.id}")]
            undone = (await client.post(f"{url}/untold")).json()
            await submit(client, f"{mine}/told")
            on_phone = await submit(client, f"{mine}/untold")
            await client.post(f"{url}/told")
            on_console = await submit(client, f"/console/signups/{row.id}/untold")
            (waits,) = (await client.get("/api/v1/signups?to_tell=true")).json()["items"]
            await client.post(f"{url}/told")
        async with people.client(people.theirs.employee) as client:
            assert (await client.post(f"{url}/untold")).status_code == 404
        async with people.client(ours.author) as client:
            assert (await client.post(f"{url}/untold")).status_code == 403
        await send(guest, people, link, "signup", people=3)  # reads the new place oneself
    async with people.client(ours.employee) as client:
        late = await client.post(f"{url}/untold")
    assert (early.status_code, late.status_code) == (409, 409)
    assert all("撤销：还没有通知" in page for page in pages)
    assert undone["change"] == waits["change"] == "地点：城关支行 → 文化广场"
    assert (on_phone.status_code, on_console.status_code) == (303, 303)
    assert len(await _trail(people, "signup.untold")) == 3
