"""Places are people, and whoever sent a sign-up, and nobody else, may change it."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import openpyxl
from sqlalchemy import select
from tests.make import approve, make_link, make_live_item
from tests.personas import Personas
from tests.web.h5 import submit
from tests.web.landing import page_token, send, visitor

from contenthub.library import actions
from contenthub.library import queries as library
from contenthub.sharing.models import Link, Signup
from contenthub.tenants.models import AuditEntry

OTHER = "13800000002"


async def link_of(people: Personas, **fields: Any) -> Link:
    soon = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")
    facts: dict[str, Any] = {"organiser": "总行", "place": "城关支行", "contact": "96588"}
    facts |= {"starts_at": f"{soon}T09:00", "ends_at": f"{soon}T11:00"}
    facts |= {"signup_fields": ["people"], **fields}
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(
            db, ours.author, ours.reviewer, kind="activity", topic="life", fields=facts
        )
        return await make_link(db, item, ours.employee)


async def rows_of(people: Personas) -> list[Signup]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return list(await db.scalars(select(Signup).order_by(Signup.id)))


async def moved(people: Personas, link: Link) -> None:
    """Give the link's activity another place."""
    ours, at = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await library.item(db, link.item_id)
        old = (await library.revisions(db, item.id))[0]
        fields = {**old.fields, "place": "文化广场"}
        again = actions.Draft(item.kind, item.topic, old.title, fields)
        await actions.write_draft(db, item.id, again, by=ours.author, at=at)
        await actions.submit(db, item.id, by=ours.author, at=at)
        await approve(db, item, ours.reviewer, at)


async def test_everybody_of_a_party_takes_a_place_and_staff_see_how_many(people: Personas) -> None:
    link = await link_of(people, capacity=5)
    async with visitor(people) as client:
        client.cookies["ch_v"] = uuid4().hex  # nobody listens for changes here: no page is kept
        first = await send(client, people, link, "signup", name="赵敏", people=3)
        over = await send(client, people, link, "signup", people=6)
        many = await send(client, people, link, "signup", phone=OTHER, people="4")
        page = (await client.get(f"/s/{link.code}")).text
        form = {"token": page_token(people, link), "phone": OTHER, "consent": "1", "people": "4"}
        again = await client.post(f"/s/{link.code}/signup", data=form)
        none = await send(client, people, link, "signup", phone=OTHER, people="0")
    assert (first.status_code, many.status_code, none.status_code) == (201, 422, 422)
    assert many.json()["errors"][0] == {
        "pointer": "/people",
        "message": "还剩 2 个名额，您填了 4 位；请改为不超过 2 位，或打电话问客户经理",
    }
    assert "（您已报 3 位），您填了 6 位；请改为不超过 5 位" in over.text
    assert "还剩 <b>2</b> 个名额" in page
    assert 'id="su-people-e">还剩 2 个名额' in again.text
    async with people.client(people.ours.employee) as client:
        (row,) = (await client.get("/api/v1/signups")).json()["items"]
        listed = (await client.get(f"/console/signups?item_id={link.item_id}")).text
        phone = (await client.get("/m/signups")).text
        file = (await client.get("/api/v1/signups?format=xlsx")).content
    assert row["seats"] == 3
    assert "已占 3 个名额（按参加人数算），还剩 2 个" in listed
    assert "3 位" in phone
    cells = [
        [c.value for c in line] for line in openpyxl.load_workbook(io.BytesIO(file)).worksheets[0]
    ]
    heads = next(line for line in cells if "人数" in line)
    assert cells[cells.index(heads) + 1][heads.index("人数")] == 3


async def test_fewer_places_than_were_given_away_ask_the_reviewer_for_a_reason(
    people: Personas,
) -> None:
    link, ours, at = await link_of(people, capacity=5), people.ours, datetime.now(UTC)
    async with visitor(people) as client:
        await send(client, people, link, "signup", name="赵敏", people=3)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            old = (await library.revisions(db, link.item_id))[0]
            fewer = {**old.fields, "capacity": 3}
            again = actions.Draft("activity", "life", old.title, fields=fewer)
            await actions.write_draft(db, link.item_id, again, by=ours.author, at=at)
            _, fits = await actions.submit(db, link.item_id, by=ours.author, at=at)
            assert fits.hits == []
        await send(client, people, link, "signup", phone=OTHER, people="2")
    async with people.client(ours.author) as client:
        assert "少于已报名的" not in (await client.get(f"/console/library/{link.item_id}")).text
    async with people.client(ours.reviewer) as client:
        (waits,) = (await client.get("/api/v1/reviews")).json()["items"]
        page = (await client.get(f"/console/reviews/{waits['id']}")).text
        here = f"/api/v1/reviews/{waits['id']}/approve"
        refused = await client.post(here, json={})
        bulk = {"ids": [waits["id"]], "verb": "approve"}
        many = (await client.post("/api/v1/reviews/bulk", json=bulk)).json()["items"]
        done = await client.post(here, json={"kept": [{"reason": "场地变小，只为停止报名"}]})
    assert "名额 3 少于已报名的 5 位" in page
    assert "保留 1 处“须核对”提示的理由" in page
    assert (refused.status_code, refused.json()["code"]) == (409, "open_findings")
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["rule"]) == ("/fields/capacity", "SEAT-01")
    assert (many[0]["is_done"], "1 处规则提示" in many[0]["message"]) == (False, True)
    assert done.status_code == 200, done.text
    async with people.client(ours.author) as client:
        body = {"fields": {**fewer, "capacity": "2"}}
        saved = await client.put(f"/api/v1/items/{link.item_id}/draft", json=body)
        assert saved.status_code == 200, saved.text
        draft = (await client.get(f"/console/library/{link.item_id}")).text
        sent = await client.post(f"/api/v1/items/{link.item_id}/submit")
    assert "名额 2 少于已报名的 5 位" in draft
    assert "少于已报名的 5 位" in sent.text


async def test_parties_that_come_at_once_never_overbook(people: Personas) -> None:
    link = await link_of(people, capacity=5)
    async with visitor(people) as client:
        answers = await asyncio.gather(
            *(
                send(client, people, link, "signup", phone=f"1380000000{n}", people=2)
                for n in range(4)
            )
        )
    assert sorted(one.status_code for one in answers) == [201, 201, 422, 422]
    assert sum(row.seats for row in await rows_of(people)) == 4


async def test_the_sender_changes_a_sign_up_and_nobody_else_learns_or_changes_it(
    people: Personas,
) -> None:
    link = await link_of(people, capacity=5)
    async with visitor(people) as client:
        await client.get(f"/s/{link.code}")
        await send(client, people, link, "signup", name="赵敏", people=2)
        (row,) = await rows_of(people)
        async with people.client(people.ours.employee) as staff:
            await staff.patch(f"/api/v1/signups/{row.id}", json={"state": "confirmed"})
        same = await send(client, people, link, "signup", name="赵敏", people=2)
        more = await send(client, people, link, "signup", name="", people=5)
        form = {"token": page_token(people, link), "phone": "13800000001", "consent": "1"}
        form |= {"people": "4"}
        seen = await client.post(f"/s/{link.code}/signup", data=form)
    assert [one.json()["state"] for one in (same, more)] == ["already", "updated"]
    assert "已更新报名，共 4 位" in seen.text
    async with visitor(people) as stranger:
        await stranger.get(f"/s/{link.code}")
        told = await send(stranger, people, link, "signup", name="李红", people=1)
    assert told.status_code == 409
    assert "这个手机号已经报过名" in told.text
    assert "赵" not in told.text
    (row,) = await rows_of(people)
    assert (row.seats, row.state, row.name_masked) == (4, "new", "赵*"), "confirmed anew"
    async with people.house.database.reading(people.ours.tenant) as db:
        entries = (
            select(AuditEntry.detail)
            .where(AuditEntry.event == "signup.changed")
            .order_by(AuditEntry.id)
        )
        changed = [(one["before"], one["after"]) for one in await db.scalars(entries)]
    assert changed == [(2, 5), (5, 4)]


async def test_who_came_can_change_nothing_any_more(people: Personas) -> None:
    link = await link_of(people, starts_at="2026-01-05T09:00", ends_at="2099-01-05T11:00")
    async with visitor(people) as client:
        await client.get(f"/s/{link.code}")
        await send(client, people, link, "signup", people=2)
        (row,) = await rows_of(people)
        async with people.client(people.ours.employee) as staff:
            await staff.patch(f"/api/v1/signups/{row.id}", json={"state": "attended"})
        late = await send(client, people, link, "signup", people=3)
    assert late.status_code == 409
    assert "已经登记了到场情况" in late.text


async def test_who_signed_up_is_told_of_another_place(people: Personas) -> None:
    ours, link = people.ours, await link_of(people)
    async with visitor(people) as client:
        await send(client, people, link, "signup", name="赵敏")
    await moved(people, link)
    async with visitor(people) as client:  # who signs up now has read the new place
        await send(client, people, link, "signup", phone=OTHER)
    known = (await rows_of(people))[0]
    url, mine = f"/api/v1/signups/{known.id}", f"/m/signups/{known.id}"
    async with people.client(ours.author) as client:
        item_page = (await client.get(f"/console/library/{link.item_id}")).text
        home = (await client.get("/console")).text
        console = (await client.get("/console/signups?to_tell=true")).text
        file = (await client.get("/api/v1/signups?to_tell=true&format=xlsx")).content
        assert (await client.post(f"{url}/told")).status_code == 403
    assert "时间或地点已变更，请通知 1 位报名客户" in item_page
    assert "活动变更待通知客户" in home
    assert "赵*" in console
    cells = {
        cell.value for row in openpyxl.load_workbook(io.BytesIO(file)).worksheets[0] for cell in row
    }
    assert "已变更，请通知客户：地点：城关支行 → 文化广场" in cells
    async with people.client(people.theirs.employee) as client:
        assert (await client.post(f"{url}/told")).status_code == 404
    async with people.client(ours.employee) as client:
        day, one = (await client.get("/m")).text, (await client.get(mine)).text
        (row,) = (await client.get("/api/v1/signups?to_tell=true")).json()["items"]
        done = await submit(client, f"{mine}/told")
        told = (await client.post(f"{url}/told")).json()
        left = (await client.get("/api/v1/signups?to_tell=true")).json()["items"]
    assert "通知客户变更" in day
    assert "已通知客户变更" in one
    assert row["change"] == "地点：城关支行 → 文化广场"
    assert (done.status_code, told["change"], left) == (303, "", [])
