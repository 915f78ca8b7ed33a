"""A landing page whose employee's qualification lapsed: the bank stands in for the person."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from tests.make import make_link, make_live_item
from tests.personas import Personas
from tests.web.landing import page_token, send, visitor

from contenthub.library.models import Item
from contenthub.sharing.models import Lead, Link
from contenthub.tenants.models import Bank, Branch, Staff

PHONE = "13912345678"


async def _shared(people: Personas, **over: Any) -> Link:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, **over)
        return await make_link(db, item, ours.employee)


async def _change(people: Personas, **facts: Any) -> Staff:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        who = await db.get_one(Staff, (people.ours.tenant, people.ours.employee.id))
        for name, value in facts.items():
            setattr(who, name, value)
        return who


def _named(who: Staff, text: str) -> list[str]:
    return [fact for fact in (who.name, who.title, PHONE, "photo.jpg") if fact in text]


@pytest.mark.parametrize(
    "lapse", [{"authorised_until": date(2020, 1, 1)}, {"qualification_no": ""}]
)
async def test_a_lapsed_employee_gives_way_to_the_bank(
    people: Personas, lapse: dict[str, Any]
) -> None:
    link = await _shared(people)
    who = await _change(people, phone=PHONE, photo_key="staff/x.jpg", title="理财经理")
    async with visitor(people) as client:
        before = (await client.get(f"/s/{link.code}")).text
    assert _named(who, before) == [who.name, who.title, PHONE, "photo.jpg"]
    await _change(people, **lapse)
    async with people.house.database.reading(people.ours.tenant) as db:
        branch = await db.get_one(Branch, (people.ours.tenant, who.branch_id))
    async with visitor(people) as client:  # its own cache, as after 30 seconds
        page = await client.get(f"/s/{link.code}")
        photo = await client.get(f"/s/{link.code}/photo.jpg")
        passed_on = await client.post(f"/s/{link.code}/share", json={})
    assert (page.status_code, photo.status_code, passed_on.status_code) == (200, 404, 409)
    assert _named(who, page.text + passed_on.text) == []
    assert "客服电话 96588" in page.text
    assert branch.name in page.text
    assert "请本行联系我" in page.text
    assert "您的客户经理" not in page.text
    assert "请客户经理联系我" not in page.text
    assert "data-share>" not in page.text


async def test_a_number_left_there_is_still_the_employees_lead(people: Personas) -> None:
    link = await _shared(people)
    who = await _change(people, qualification_no="")
    form = {"token": page_token(people, link), "phone": "13800000002", "consent": "1"}
    async with visitor(people) as client:
        wrong = await client.post(f"/s/{link.code}/lead", data={**form, "phone": "12"})
        thanks = await client.post(f"/s/{link.code}/lead", data=form)
        assert (await send(client, people, link)).status_code == 201
    assert (wrong.status_code, thanks.status_code) == (422, 201)
    assert "本行工作人员会尽快与您联系" in thanks.text
    assert who.name not in wrong.text + thanks.text
    async with people.house.database.reading(people.ours.tenant) as db:
        owners = list(await db.scalars(select(Lead.employee_id)))
    assert owners == [who.id, who.id]


async def test_a_page_that_is_gone_names_no_lapsed_employee_either(people: Personas) -> None:
    ours = people.ours
    link = await _shared(people)
    free = await _shared(
        people, kind="faq", topic="education", title="防诈骗", fields={"answer": "不转账"}
    )
    who = await _change(people, qualification_no="")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        from_link = await db.get_one(Link, (ours.tenant, link.id))
        from_free = await db.get_one(Link, (ours.tenant, free.id))
        for item_id in (from_link.item_id, from_free.item_id):
            (await db.get_one(Item, (ours.tenant, item_id))).live_revision_id = None
    async with visitor(people) as client:
        # The same employee in the same cache: named on one page, not on the other.
        plain = await client.get(f"/s/{free.code}")
        gone = await client.get(f"/s/{link.code}")
    assert (plain.status_code, gone.status_code) == (410, 410)
    assert who.name in plain.text
    assert who.name not in gone.text
    assert "客服电话 96588" in gone.text


async def test_what_is_no_financial_product_keeps_its_person(people: Personas) -> None:
    link = await _shared(
        people, kind="faq", topic="education", title="防诈骗", fields={"answer": "不转账"}
    )
    who = await _change(people, qualification_no="")
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
    assert who.name in page.text
    assert "请客户经理联系我" in page.text


async def test_a_bank_that_asks_no_qualification_keeps_its_person(people: Personas) -> None:
    link = await _shared(people)
    who = await _change(people, qualification_no="")
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.settings = {**bank.settings, "qualification_required": False}
    async with visitor(people) as client:
        assert who.name in (await client.get(f"/s/{link.code}")).text
