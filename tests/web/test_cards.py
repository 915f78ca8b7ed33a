"""一见名片: the public card of an employee, what they choose for it, and what it brings."""

import re

import pytest
from tests.make import make_live_item
from tests.personas import Personas
from tests.qrcodes import code_on
from tests.sharing.test_vcard import read
from tests.web.h5 import submit
from tests.web.landing import page_token, visitor
from tests.web.pictures import jpeg

from contenthub.sharing import queries, queries_cards
from contenthub.sharing.models import Link
from contenthub.tenants import actions_branches, actions_staff
from contenthub.tenants import queries as tenants


async def card_link(people: Personas) -> Link:
    """Publish something and open the employee's own card once; return the link of its code."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
    async with people.client(ours.employee) as client:
        page = (await client.get("/m/code")).text
    (code,) = set(re.findall(r"http://hub.test/c/(\w{12})", page))
    async with people.house.database.reading(ours.tenant) as db:
        return await queries.link_by_code(db, code)


async def test_the_code_on_the_card_opens_it_and_what_it_brings_is_credited(
    people: Personas,
) -> None:
    ours, link = people.ours, await card_link(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        facts = {"address": "清源县人民路 18 号"}
        await actions_branches.change_branch(
            db, ours.branch.id, facts=facts, by=ours.admin, at=link.created_at
        )
    async with people.client(ours.employee) as client:
        card = await client.get(f"/api/v1/employees/{ours.employee.id}/card.jpg")
    where = code_on(card.content)
    assert where == f"HTTP://HUB.TEST/C/{link.code}".upper()
    async with visitor(people) as client:
        page = await client.get(where.removeprefix("HTTP://HUB.TEST"))
        assert page.status_code == 200, page.text
        for said in (ours.employee.name, ours.employee.phone, "清源县人民路 18 号", "96588"):
            assert said in page.text
        assert f'data-beacon-url="/s/{link.code}/beacon"' in page.text
        file = await client.get(f"/c/{link.code}/card.vcf")
        picture = await client.get(f"/c/{link.code}/card.jpg")
        form = {"token": page_token(people, link), "phone": "13800000002", "consent": "1"}
        left = await client.post(f"/s/{link.code}/lead", data=form)
    assert left.status_code == 201
    assert file.headers["content-type"] == "text/vcard; charset=utf-8"
    facts = read(file.content)
    assert facts["FN"] == ours.employee.name
    assert facts["ADR;TYPE=WORK"] == ";;清源县人民路 18 号;;;;"
    assert facts["URL"] == f"http://hub.test/c/{link.code}"
    assert code_on(picture.content) == where
    async with people.house.database.reading(ours.tenant) as db:
        assert (await queries.stat(db, link.id)).leads == 1


async def test_an_employee_shows_what_they_choose_of_what_the_bank_knows(
    people: Personas,
) -> None:
    ours, link = people.ours, await card_link(people)
    async with people.client(ours.employee) as client:
        page = (await client.get("/m/card")).text
        (item_id,) = re.findall(r'name="item" value="([\w-]+)"', page)
        kept = await submit(client, "/m/card", item=item_id)
        assert kept.status_code == 303
        wrong = await submit(client, "/m/card", item="x")
        many = await submit(client, "/m/card", item=[str(link.id)] * 1 + [str(link.item_id)])
    assert wrong.status_code == 422
    assert many.status_code == 404, "an id that is no item of the bank"
    async with people.house.database.reading(ours.tenant) as db:
        (shown,) = await queries_cards.shown_items(db, ours.employee, at=link.created_at)
    async with visitor(people) as client:
        card = (await client.get(f"/c/{link.code}")).text
        file = read((await client.get(f"/c/{link.code}/card.vcf")).content)
    assert f'href="/s/{shown.code}"' in card
    assert "三年期大额存单" in card
    assert ours.employee.phone not in card
    assert not [name for name in file if "CELL" in name]


async def test_who_left_is_followed_by_name_and_other_codes_are_no_cards(
    people: Personas,
) -> None:
    ours, link = people.ours, await card_link(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        other = await queries.link(db, link.id)
        plain = await tenants.staff(db, ours.colleague.id)
        await actions_staff.resign_staff(
            db, ours.employee.id, plain.id, by=ours.admin, at=other.created_at
        )
    async with visitor(people) as client:
        page = (await client.get(f"/c/{link.code}")).text
        file = read((await client.get(f"/c/{link.code}/card.vcf")).content)
        missing = await client.get("/c/ZZZZZZZZZZZZ")
    assert f"{ours.employee.name}已离开原岗位，由{ours.colleague.name}接着为您服务" in page
    assert file["FN"] == ours.colleague.name
    assert missing.status_code == 404


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_photo_of_ones_own_needs_the_banks_word(people: Personas, allowed: bool) -> None:
    ours = people.ours
    await card_link(people)
    if allowed:
        async with people.client(ours.admin) as client:
            told = await client.patch(
                "/api/v1/bank", json={"settings": {"photo_by_employee": True}}
            )
            assert told.status_code == 200, told.text
    async with people.client(ours.employee) as client:
        await client.get("/login")
        answer = await client.post(
            "/m/card/photo",
            files={"file": ("a.jpg", jpeg(400, 500), "image/jpeg")},
            headers={"x-csrftoken": client.cookies["csrftoken"]},
        )
        photo = await client.get("/m/photo.jpg")
        assert ("换一张照片" in (await client.get("/m/card")).text) is allowed
    assert answer.status_code == (303 if allowed else 403)
    assert photo.status_code == (200 if allowed else 404)


async def test_only_those_who_share_have_a_card_to_edit(people: Personas) -> None:
    async with people.client(people.ours.auditor) as client:
        assert (await client.get("/m/card")).status_code == 403
        assert (await submit(client, "/m/card")).status_code == 403
