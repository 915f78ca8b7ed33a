"""Who may market financial products (办法 art. 16): the rule, and that every door keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.make import make_customer, make_live_item, make_live_template
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.customers.queries_audience import audience
from contenthub.customers.tagexpr import parse
from contenthub.tenants import qualification
from contenthub.tenants.models import Bank, Staff

AT = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)
"""01:00 on the 27th in Shanghai."""
TODAY = date(2026, 11, 27)


@dataclass
class _Person:
    name: str = "王小明"
    state: str = "active"
    qualification_no: str = "YX-1"
    authorised_until: date | None = TODAY


@dataclass
class _Bank:
    zone: str = "Asia/Shanghai"
    settings: Mapping[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("until", "standing"),
    [
        (TODAY - timedelta(days=1), "ended"),
        (TODAY, "ending"),
        (TODAY + timedelta(days=30), "ending"),
        (TODAY + timedelta(days=31), "valid"),
        (None, "missing"),
    ],
)
def test_the_last_day_counts_and_thirty_days_before_it_warn(
    until: date | None, standing: str
) -> None:
    assert qualification.standing(_Person(authorised_until=until), on=TODAY) == standing


def test_the_day_is_the_banks_own() -> None:
    person = _Person(authorised_until=TODAY - timedelta(days=1))
    assert "到期" in qualification.why_not(person, topic="deposit", bank=_Bank(), at=AT)
    west = _Bank(zone="America/New_York")
    assert qualification.why_not(person, topic="deposit", bank=west, at=AT) == ""


@pytest.mark.parametrize("topic", ["life", "education", "rights"])
def test_what_is_no_financial_product_needs_no_qualification(topic: str) -> None:
    nobody = _Person(qualification_no="", authorised_until=None)
    assert qualification.why_not(nobody, topic=topic, bank=_Bank(), at=AT) == ""
    assert "资格编号" in qualification.why_not(nobody, topic="loan", bank=_Bank(), at=AT)


def test_a_bank_may_switch_the_rule_off_but_nobody_who_left_shares() -> None:
    off = _Bank(settings={"qualification_required": False})
    nobody = _Person(qualification_no="", authorised_until=None)
    assert qualification.why_not(nobody, topic="loan", bank=off, at=AT) == ""
    assert qualification.why_not(_Person(state="resigned"), topic="life", bank=off, at=AT)


async def _unqualified(people: Personas, **facts: Any) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        who = await db.get_one(Staff, (people.ours.tenant, people.ours.employee.id))
        for name, value in (facts or {"qualification_no": ""}).items():
            setattr(who, name, value)


async def test_link_poster_and_card_are_refused_with_the_reason(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        free = await make_live_item(
            db,
            ours.author,
            ours.reviewer,
            kind="faq",
            topic="education",
            title="怎么防诈骗",
            fields={"answer": "不轻信、不转账"},
        )
        template = await make_live_template(db, item, ours.author, ours.reviewer)
    await _unqualified(people)
    me = ours.employee.id
    async with people.client(ours.employee) as client:
        body = {"item_id": str(item.id), "employee_id": str(me), "channel": "h5"}
        link = await client.post("/api/v1/links", json=body)
        poster = await client.get(f"/api/v1/posters/{template.id}/{me}.jpg")
        card = await client.get(f"/api/v1/employees/{me}/card.jpg?item_id={item.id}")
        for refused in (link, poster, card):
            assert refused.status_code == 409, refused.text
            assert "没有登记从业资格编号" in refused.json()["detail"]
        allowed = await client.post("/api/v1/links", json={**body, "item_id": str(free.id)})
        assert allowed.status_code == 201
        assert (await client.get(f"/api/v1/employees/{me}/card.jpg")).status_code == 200
        page = (await client.get(f"/m/materials/{item.id}")).text
        assert "没有登记从业资格编号" in page
        shared = await post_form(client, f"/m/materials/{item.id}/share")
        assert shared.status_code == 409
    async with people.client(ours.author) as client:
        listed = (await client.get(f"/console/posters/{template.id}/employees")).text
    assert "没有登记从业资格编号" in listed


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"authorised_until": date(2020, 1, 1)}, "unqualified"),
        ({"state": "leave"}, "owner_away"),
        ({"state": "disabled"}, "owner_away"),
    ],
)
async def test_an_audience_leaves_out_customers_whose_owner_cannot_send(
    people: Personas, facts: dict[str, Any], reason: str
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee)
        await make_customer(db, owner=ours.colleague)
    await _unqualified(people, **facts)
    async with people.house.database.reading(ours.tenant) as db:
        found = await audience(db, parse("aum >= 0"), topic="deposit", at=AT)
        free = await audience(db, parse("aum >= 0"), topic="education", at=AT)
    assert len(found.reachable) == 1
    assert {r: len(gone) for r, gone in found.removed.items() if gone} == {reason: 1}
    assert len(free.reachable) == (2 if reason == "unqualified" else 1)


async def test_when_most_are_unqualified_the_few_who_are_still_send(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee)
        await make_customer(db, owner=ours.colleague)
        for who in (ours.admin, ours.author, ours.reviewer, ours.employee, ours.auditor):
            (await db.get_one(Staff, (ours.tenant, who.id))).authorised_until = None
    async with people.house.database.reading(ours.tenant) as db:
        found = await audience(db, parse("aum >= 0"), topic="deposit", at=AT)
    assert (len(found.reachable), len(found.removed["unqualified"])) == (1, 1)


async def test_the_list_warns_and_filters(people: Personas) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=10)
    await _unqualified(people, authorised_until=soon)
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/staff")).text
        assert "1 位在 30 天内到期" in page
        found = (await client.get("/api/v1/staff?qualification=ending")).json()["items"]
        assert [(p["id"], p["qualification"]) for p in found] == [
            (str(people.ours.employee.id), "ending")
        ]
        shown = (await client.get("/console/staff?standing=ending")).text
        # By link: the four digits of a number may stand in the version of a script, too.
        assert f"/console/staff/{people.ours.employee.id}" in shown
        assert f"/console/staff/{people.ours.colleague.id}" not in shown
        assert people.ours.employee.staff_no in shown
    async with people.client(people.theirs.admin) as client:
        assert "30 天内到期" not in (await client.get("/console/staff")).text


async def test_roles_by_invitation_are_not_given(people: Personas) -> None:
    url = f"/api/v1/staff/{people.ours.employee.id}"
    async with people.client(people.ours.admin) as client:
        for role in ("agency_operator", "platform_visitor"):
            refused = await client.patch(url, json={"roles": ["employee", role]})
            assert refused.status_code == 422
            assert "邀请" in refused.json()["detail"]
        both = await client.patch(url, json={"roles": ["employee", "branch_manager"]})
        assert both.json()["roles"] == ["employee", "branch_manager"]
        page = (await client.get(f"/console/staff/{people.ours.employee.id}")).text
        assert "agency_operator" not in page
        form = {
            "name": "王小明",
            "roles": ["employee"],
            "qualification_no": "YX-9",
            "authorised_until": "2030-01-01",
        }
        onward(await post_form(client, f"/console/staff/{people.ours.employee.id}", form))


async def test_the_rule_is_a_setting_of_the_bank(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.settings = {**bank.settings, "qualification_required": False}
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
    await _unqualified(people)
    async with people.client(people.ours.employee) as client:
        me = str(people.ours.employee.id)
        body = {"item_id": str(item.id), "employee_id": me, "channel": "h5"}
        assert (await client.post("/api/v1/links", json=body)).status_code == 201
