"""The forms of a landing page: leads, sign-ups, passing on."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.web.landing import page_token, send, visitor
from tests.web.test_landing_blocks import RIGHT

from contenthub.customers.models import Refusal
from contenthub.sharing import queries
from contenthub.sharing.models import EmployeeDay, Lead, Link, LinkStat, Signup
from contenthub.tenants.topics import TOPICS


async def shared(people: Personas, **over: Any) -> Link:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer, **over)
        return await make_link(db, item, people.ours.employee)


async def activity(people: Personas, **fields: Any) -> Link:
    facts = {
        **{"organiser": "总行", "place": "城关支行", "contact": "96588"},
        **{"starts_at": "2019-12-20T09:00", "ends_at": "2099-12-20T11:30"},
        **fields,
    }
    return await shared(people, kind="activity", topic="life", title="亲子烘焙", fields=facts)


@pytest.fixture
async def link(people: Personas) -> Link:
    return await shared(people)


async def leads(people: Personas) -> list[Lead]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return list(await db.scalars(select(Lead).where(Lead.tenant_id == people.ours.tenant)))


async def stat(people: Personas, code: str) -> LinkStat:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries.stat(db, (await queries.link_by_code(db, code)).id)


async def test_a_number_with_consent_is_a_sealed_lead_of_the_employee(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        await client.get(f"/s/{link.code}")
        answer = await send(client, people, link, phone="+86 138-0000-0001", name="王小明")
    assert (answer.status_code, answer.json()) == (201, {"state": "received"})
    (lead,) = await leads(people)
    assert (lead.phone_masked, lead.name_masked) == ("138****0001", "王*明")
    assert (lead.employee_id, lead.link_id) == (people.ours.employee.id, link.id)
    assert lead.visitor_id is not None
    assert lead.consent_version
    assert b"13800000001" not in lead.phone_sealed
    assert (await stat(people, link.code)).leads == 1


async def test_the_form_works_without_script(people: Personas, link: Link) -> None:
    form = {"token": page_token(people, link), "phone": "13800000002", "consent": "1"}
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/lead", data=form)
        assert answer.status_code == 201
        assert "已收到" in answer.text
        assert "王小明" in answer.text
        wrong = await client.post(f"/s/{link.code}/lead", data={**form, "phone": "12"})
    assert wrong.status_code == 422
    assert "11 位手机号" in wrong.text
    assert f"/s/{link.code}" in wrong.text


async def test_the_same_number_twice_is_one_lead(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answers = await asyncio.gather(*(send(client, people, link) for _ in range(4)))
    assert {(a.status_code, a.text) for a in answers} == {(201, '{"state":"received"}')}
    assert len(await leads(people)) == 1
    assert (await stat(people, link.code)).leads == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"consent": None}, "consent"),
        ({"consent": False}, "consent"),
        ({"phone": ""}, "phone"),
        ({"phone": "02988888888"}, "phone"),
        ({"name": "很" * 21}, "name"),
        ({"website": "http://spam"}, "website"),
        ({"token": None}, "token"),
        ({"token": "A" * 54}, "token"),
        ({"phone": "1" * 301}, "phone"),
        ({"phone": "13800000001\x00"}, "phone"),
        ({"phone": ["13800000001"]}, "phone"),
    ],
)
async def test_a_bad_form_names_the_field_and_keeps_nothing(
    people: Personas, link: Link, values: dict[str, Any], field: str
) -> None:
    async with visitor(people) as client:
        answer = await send(client, people, link, **values)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in {e["pointer"].strip("/") for e in answer.json()["errors"]}
    assert await leads(people) == []


async def test_a_form_filled_faster_than_a_person_can_is_refused(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        answer = await send(client, people, link, token=page_token(people, link, age_seconds=1))
    assert answer.status_code == 422
    assert "太快" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b'"x"', b"\xff", b'{"phone":'])
async def test_a_body_that_is_no_form_is_a_clean_refusal(
    people: Personas, link: Link, body: bytes
) -> None:
    async with visitor(people) as client:
        answer = await client.post(
            f"/s/{link.code}/lead", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 422


async def test_a_flood_from_one_address_is_stored_twenty_times_at_most(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        answers = [
            await send(client, people, link, phone=f"138{n:08d}", token=page_token(people, link))
            for n in range(30)
        ]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert 1 <= len(await leads(people)) <= 20


async def test_a_form_for_an_unknown_code_is_not_found(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answer = await client.post("/s/000000000000/lead", json={"phone": "13800000001"})
        page = await client.post("/s/000000000000/lead", data={"phone": "13800000001"})
    assert answer.status_code == 404
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]


async def test_a_sign_up_takes_a_place_and_only_one_per_number(people: Personas) -> None:
    link = await activity(people, capacity=2)
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        assert "我要报名" in page.text
        same = [await send(client, people, link, "signup", name="李芳") for _ in range(2)]
        other = await send(client, people, link, "signup", phone="13800000002")
        full = await send(client, people, link, "signup", phone="13800000003")
    assert [a.status_code for a in (*same, other)] == [201, 201, 201]
    assert full.status_code == 409
    assert "名额已满" in full.json()["detail"]
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = list(await db.scalars(select(Signup)))
    assert {row.phone_masked for row in rows} == {"138****0001", "138****0002"}
    assert (await stat(people, link.code)).signups == 2


async def test_two_visitors_cannot_both_take_the_last_place(people: Personas) -> None:
    link = await activity(people, capacity=1)
    async with visitor(people) as client:
        answers = await asyncio.gather(
            *(send(client, people, link, "signup", phone=f"1380000000{n}") for n in range(4))
        )
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]


async def test_one_person_claims_as_often_as_the_right_says_however_many_ask_at_once(
    people: Personas,
) -> None:
    fields = {**RIGHT, "stock": "50", "per_person": "3", "monthly_per_person": "2"}
    link = await shared(people, kind="right", topic="rights", title="洗车券", fields=fields)
    async with visitor(people) as client:
        page = {"token": page_token(people, link)}
        same = await asyncio.gather(
            *(send(client, people, link, "signup", **page) for _ in range(2))
        )
        assert [one.status_code for one in same] == [201] * 2, "one page, one piece"
        asked = await asyncio.gather(*(send(client, people, link, "signup") for _ in range(3)))
        assert sorted(one.status_code for one in asked) == [201, 409, 409]
        told = next(one.json()["detail"] for one in asked if one.status_code == 409)
        assert "本月已登记 2 份" in told
        assert "下月 1 日起可以再领" in told
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(update(Signup).values(created_at=datetime.now(UTC) - timedelta(days=32)))
    async with visitor(people) as client:
        # Written in another way it is the same person.
        form = {"token": page_token(people, link), "phone": "138 0000 0001", "consent": "1"}
        done = await client.post(f"/s/{link.code}/signup", data=form)
        assert "这是您的第 3 份，现在不能再领了" in done.text
        over = await client.post(
            f"/s/{link.code}/signup", data={**form, "token": page_token(people, link)}
        )
        assert over.status_code == 409
        assert "每人限领 3 份" in over.text
        other = await send(client, people, link, "signup", phone="13800000002")
        assert other.status_code == 201, "another person's claims are their own"
    assert (await stat(people, link.code)).signups == 4
    async with people.client(people.ours.employee) as client:
        found = (await client.get("/api/v1/signups")).json()["items"]
        assert [one["claim_no"] for one in found] == [1, 3, 2, 1]
        seen = [
            (await client.get(f"{here}/signups/{found[1]['id']}")).text
            for here in ("/m", "/console")
        ]
        assert all("第 3 份；已登记 3 份；每人限领 3 份" in one for one in seen)


async def test_a_customer_of_a_named_segment_claims_what_its_rule_says(people: Personas) -> None:
    ours = people.ours
    rules = {"stock": "9", "segment_rules": ["银发客户｜2", "没有这个客群｜9"]}
    link = await shared(people, kind="right", topic="rights", fields={**RIGHT, **rules})
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, phone="13800000001", tags=["银发客户"])
    async with visitor(people) as client:
        mine = [await send(client, people, link, "signup") for _ in range(3)]
        stranger = [
            await send(client, people, link, "signup", phone="13800000002") for _ in range(2)
        ]
    assert [one.status_code for one in mine] == [201, 201, 409]
    assert [one.status_code for one in stranger] == [201, 409]


async def test_a_rights_month_runs_out_before_its_stock(people: Personas) -> None:
    fields = {**RIGHT, "stock": "50", "monthly_stock": "1"}
    link = await shared(people, kind="right", topic="rights", title="洗车券", fields=fields)
    async with visitor(people) as client:
        form = {"token": page_token(people, link), "phone": "13800000001", "consent": "1"}
        done = await client.post(f"/s/{link.code}/signup", data=form)
        assert "告诉您怎样领取" in done.text
        full = await send(client, people, link, "signup", phone="13800000002")
        assert full.status_code == 409
        assert "下月 1 日起可以再领" in full.json()["detail"]
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        # What was claimed in another month leaves this one's pieces alone.
        await db.execute(update(Signup).values(created_at=datetime.now(UTC) - timedelta(days=32)))
    async with visitor(people) as client:
        again = await send(client, people, link, "signup", phone="13800000002")
        assert again.status_code == 201


async def test_an_activity_that_is_over_takes_no_sign_up(people: Personas) -> None:
    link = await activity(people, signup_until="2020-01-01T09:00")
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        answer = await send(client, people, link, "signup")
    assert "报名已截止" in page.text
    assert "我要报名" not in page.text
    assert answer.status_code == 409


async def test_a_product_takes_no_sign_up(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answer = await send(client, people, link, "signup")
    assert answer.status_code == 409
    assert "不是活动" in answer.json()["detail"]


async def test_a_visitor_passes_on_a_link_of_their_own_and_credit_flows_up(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as li:
        await li.get(f"/s/{link.code}")
        first = await li.post(f"/s/{link.code}/share", headers={"accept": "application/json"})
        again = await li.post(f"/s/{link.code}/share", headers={"accept": "application/json"})
        own = await li.post(f"/s/{first.json()['code']}/share", json={})
    assert first.status_code == 201
    code = first.json()["code"]
    assert first.json()["url"] == f"http://hub.test/s/{code}"
    assert code != link.code
    assert again.json()["code"] == own.json()["code"] == code
    async with people.house.database.reading(people.ours.tenant) as db:
        child = await queries.link_by_code(db, code)
    assert (child.parent_id, child.root_id, child.path) == (link.id, link.id, [link.id])
    assert child.employee_id == people.ours.employee.id
    async with visitor(people) as wang:
        page = await wang.get(f"/s/{code}")
        assert "王小明" in page.text
        assert (await send(wang, people, child)).status_code == 201
    top, below = await stat(people, link.code), await stat(people, code)
    assert (top.shares, top.leads, top.sub_leads) == (1, 0, 1)
    assert (below.leads, below.sub_leads) == (1, 0)
    async with people.house.database.reading(people.ours.tenant) as db:
        day = (await db.scalars(select(EmployeeDay))).one()
    assert (day.employee_id, day.leads, day.shares) == (people.ours.employee.id, 1, 1)


async def test_sharing_works_without_script_and_without_a_cookie(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/share")
    assert answer.status_code == 201
    assert re.search(r"http://hub\.test/s/[0-9A-Z]{12}", answer.text)
    assert "ch_v=" in answer.headers["set-cookie"]


async def test_a_chain_ends_at_level_thirty_two_and_still_can_be_passed_on(
    people: Personas, link: Link
) -> None:
    codes = [link.code]
    async with people.client() as client:
        for _ in range(33):
            client.cookies.clear()
            answer = await client.post(f"/s/{codes[-1]}/share", json={})
            assert answer.status_code in (201, 429), answer.text
            codes.append(answer.json()["code"])
    async with people.house.database.reading(people.ours.tenant) as db:
        deepest = await queries.link_by_code(db, codes[-1])
        depth = await db.scalar(text("select max(cardinality(path)) from links"))
    assert codes[-1] == codes[-2]
    assert len(deepest.path) == depth == 31


async def test_a_foreign_page_cannot_send_a_visitors_form(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answer = await client.post(
            f"/s/{link.code}/lead",
            json={"token": page_token(people, link), "phone": "13800000001", "consent": True},
            headers={"origin": "https://evil.example"},
        )
    assert answer.status_code == 403
    assert await leads(people) == []


async def test_the_photo_and_pictures_of_others_are_not_given_out(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        for path in ("photo.jpg", "cover", f"assets/{UUID(int=5)}"):
            assert (await client.get(f"/s/{link.code}/{path}")).status_code == 404


async def refusals(people: Personas) -> set[tuple[str, str]]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return {(r.topic, r.channel) for r in await db.scalars(select(Refusal))}


async def test_a_customer_refuses_in_two_taps_and_it_holds(people: Personas, link: Link) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, phone="13800000001")
    async with visitor(people) as client:
        await client.get(f"/s/{link.code}")
        assert (await send(client, people, link)).status_code == 201
        page = await client.get(f"/s/{link.code}/refuse")
        assert "138****0001" in page.text
        answer = await client.post(f"/s/{link.code}/refuse", data={"topic": "deposit"})
    assert answer.status_code == 201
    assert "已登记" in answer.text
    assert await refusals(people) == {("deposit", "landing")}
    (lead,) = await leads(people)
    assert lead.state == "lost"
    assert "不再推荐" in lead.note


async def test_all_marketing_can_be_refused_by_number(people: Personas, link: Link) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, phone="13800000009")
    async with visitor(people) as client:
        body = {"topic": "all", "phone": "138 0000 0009"}
        known = await client.post(f"/s/{link.code}/refuse", json=body)
        stranger = await client.post(
            f"/s/{link.code}/refuse", json={**body, "phone": "13900000009"}
        )
    assert known.json() == stranger.json() == {"state": "refused"}
    assert {topic for topic, _ in await refusals(people)} == set(TOPICS)


@pytest.mark.parametrize("body", [{"phone": "12"}, {"topic": "nothing", "phone": "13800000001"}])
async def test_a_refusal_that_names_nobody_or_nothing_says_so(
    people: Personas, link: Link, body: dict[str, str]
) -> None:
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/refuse", json=body)
    assert answer.status_code == 422
    assert await refusals(people) == set()
