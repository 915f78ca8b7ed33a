"""告知文本: who may add a wording, who reads it, and what our own pages said is kept by itself."""

import re

import pytest
from sqlalchemy import select, update
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.web.forms import post_form
from tests.web.landing import page_token, send, visitor

from contenthub.customers import queries_texts
from contenthub.customers.models import Refusal
from contenthub.sharing import notice
from contenthub.sharing.models import Lead, Link
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank

HERE, API = "/console/consent-texts", "/api/v1/consent-texts"
BODY = {"version": "柜面授权书 2026-12", "wording": "本人同意。\n可随时撤回。"}


@pytest.fixture
async def link(people: Personas) -> Link:
    """A link of our employee to a live item."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return await make_link(db, item, ours.employee)


async def _form_told(people: Personas) -> notice.Told:
    async with people.house.database.reading(people.ours.tenant) as db:
        bank = await tenants.bank(db)
    return notice.form_told(notice.Teller(bank.name, bank.full_name, bank.hotline))


async def _kept(people: Personas) -> dict[str, str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return {one.version: one.wording for one in await queries_texts.texts(db)}


async def test_an_administrator_adds_a_version_and_the_desk_offers_it(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_customer(db, owner=ours.employee)
    async with people.client(ours.admin) as client:
        assert "还没有本行的告知文本" in (await client.get(HERE)).text
        done = await post_form(client, HERE, BODY)
        assert done.headers["hx-redirect"] == HERE
        shown = (await client.get(HERE)).text
        assert "可随时撤回。" in shown
        assert "还没有人按这一版登记" in shown
        again = await post_form(client, HERE, {**BODY, "wording": "别的话"})
        assert again.status_code == 422
        assert "另起一个版本" in again.text
    async with people.client(ours.author) as client:
        here = f"/console/customers/{mine.id}"
        assert f'<option value="{BODY["version"]}"' in (await client.get(here)).text
        agreed = {"topic": "loan", "text_version": BODY["version"]}
        assert (await post_form(client, f"{here}/consent", agreed)).status_code in (200, 204)
    async with people.client(ours.admin) as client:
        assert "授权和拒绝 1 条" in (await client.get(HERE)).text


async def test_the_api_adds_and_lists_wordings(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = await client.post(API, json=BODY)
        assert made.status_code == 201, made.text
        assert (made.json()["is_own"], made.json()["by"]) == (True, people.ours.admin.name)
        wrong = await client.post(API, json={"version": "", "wording": "甲"})
        assert wrong.json()["errors"][0]["pointer"] == "/version"
        assert (await client.post(API, json=BODY)).status_code == 422
    async with people.client(people.ours.employee) as client:
        assert (await client.get(API)).json()["items"] == [made.json()]
    async with people.client(people.theirs.admin) as client:
        assert (await client.get(API)).json()["items"] == []


async def test_only_administrators_and_compliance_add_wordings(people: Personas) -> None:
    for who in (people.ours.author, people.ours.employee, people.ours.reviewer):
        async with people.client(who) as client:
            assert (await client.get(HERE)).status_code == 403
            assert (await post_form(client, HERE, BODY)).status_code == 403
            assert (await client.post(API, json=BODY)).status_code == 403
    assert await _kept(people) == {}


async def test_what_a_form_says_is_kept_the_first_time_somebody_sends_it(
    people: Personas, link: Link
) -> None:
    told = await _form_told(people)
    async with visitor(people) as client:
        page = (await client.get(f"/s/{link.code}")).text
        assert f'name="told" value="{told.version}"' in page
        for sentence in told.wording.split("\n"):
            assert sentence in page
        assert await _kept(people) == {}  # looking is not agreeing
        for phone in ("13800000001", "13800000002"):
            sent = await send(client, people, link, phone=phone, told=told.version)
            assert sent.status_code == 201, sent.text
    assert await _kept(people) == {told.version: told.wording}
    async with people.house.database.reading(people.ours.tenant) as db:
        leads = await db.scalars(select(Lead.consent_version))
        assert set(leads) == {told.version}
    async with people.client(people.ours.admin) as client:
        shown = (await client.get(HERE)).text
    assert told.version in shown
    assert "留资和报名 2 条" in shown


async def test_words_that_changed_since_the_page_was_opened_are_read_again(
    people: Personas, link: Link
) -> None:
    before = await _form_told(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(update(Bank).where(Bank.id == people.ours.tenant).values(hotline="96111"))
    now = await _form_told(people)
    assert now.version != before.version
    async with visitor(people) as client:
        typed = {"phone": "13800000001", "consent": "1", "told": before.version}
        refused = await client.post(
            f"/s/{link.code}/lead", data={**typed, "token": page_token(people, link)}
        )
        assert refused.status_code == 422
        assert "说明刚刚更新过" in refused.text
        assert f'name="told" value="{now.version}"' in refused.text
        box = re.search(r'<input type="checkbox" name="consent"[^>]*>', refused.text)
        assert box is not None
        assert "checked" not in box[0]
        assert await _kept(people) == {}
        assert (await send(client, people, link, told=now.version)).status_code == 201
    assert set(await _kept(people)) == {now.version}


async def test_what_the_page_of_refusals_says_is_kept_with_the_refusal(
    people: Personas, link: Link
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, phone="13800000001")
        told = notice.refusal_told((await tenants.bank(db)).name)
    async with visitor(people) as client:
        page = (await client.get(f"/s/{link.code}/refuse")).text
        for sentence in told.wording.split("\n"):
            assert sentence in page
        body = {"topic": "deposit", "phone": "13800000001"}
        assert (await client.post(f"/s/{link.code}/refuse", json=body)).status_code == 201
    assert await _kept(people) == {told.version: told.wording}
    async with people.house.database.reading(people.ours.tenant) as db:
        assert set(await db.scalars(select(Refusal.text_version))) == {told.version}
