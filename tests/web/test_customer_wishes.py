"""A consent is withdrawn at the desk, on the phone and by API; by whom may, of whose customers."""

import pytest
from tests.make import make_consent, make_customer
from tests.personas import Personas
from tests.web.forms import post_form
from tests.web.h5 import submit

from contenthub.customers import queries
from contenthub.customers.models import Customer


@pytest.fixture
async def mine(people: Personas) -> Customer:
    """A customer of our employee who agreed to loans and wealth."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db, owner=ours.employee, name="赵小敏")
        for topic in ("loan", "wealth"):
            await make_consent(db, made, topic, text_version="柜面 3 版", by=ours.author)
    return made


async def _consents(people: Personas, customer: Customer) -> list[str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        _, consents = await queries.wishes(db, customer)
    return sorted(one.topic for one in consents)


async def test_the_api_withdraws_a_consent_once(people: Personas, mine: Customer) -> None:
    url = f"/api/v1/customers/{mine.id}/consents"
    async with people.client(people.ours.employee) as client:
        assert (await client.delete(f"{url}/loan")).status_code == 204
        assert (await client.delete(f"{url}/loan")).status_code == 404
        shown = await client.get(f"/api/v1/customers/{mine.id}")
    assert [one["topic"] for one in shown.json()["consents"]] == ["wealth"]


async def test_the_desk_withdraws_what_its_button_names(people: Personas, mine: Customer) -> None:
    here = f"/console/customers/{mine.id}"
    async with people.client(people.ours.author) as client:
        shown = (await client.get(here)).text
        assert shown.count(f"{here}/consent/withdraw") >= 2
        done = await post_form(client, f"{here}/consent/withdraw", {"topic": "loan"})
        assert done.headers["hx-redirect"] == here
        again = await post_form(client, f"{here}/consent/withdraw", {"topic": "loan"})
        assert again.status_code == 409
        assert "没有这类业务的授权" in again.text
        wrong = await post_form(client, f"{here}/consent/withdraw", {"topic": "期货"})
        assert wrong.status_code == 422
        assert "撤回授权" in (await client.get(f"{here}/timeline")).text
    assert await _consents(people, mine) == ["wealth"]


async def test_the_phone_withdraws_of_ones_own_customers(people: Personas, mine: Customer) -> None:
    url = f"/m/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        assert f"{url}/consent/withdraw" in (await client.get(url)).text
        done = await submit(client, f"{url}/consent/withdraw", topic="wealth")
        assert done.status_code == 303
        assert (await submit(client, f"{url}/consent/withdraw", topic="wealth")).status_code == 409
        assert (await submit(client, f"{url}/consent/withdraw", topic="gold")).status_code == 422
    for other in (people.ours.colleague, people.theirs.employee):
        async with people.client(other) as client:
            refused = await submit(client, f"{url}/consent/withdraw", topic="loan")
            assert refused.status_code == 404
    assert await _consents(people, mine) == ["loan"]


async def test_neither_the_wrong_role_nor_another_bank_withdraws(
    people: Personas, mine: Customer
) -> None:
    api, desk = f"/api/v1/customers/{mine.id}", f"/console/customers/{mine.id}"
    for who, status in (
        (people.ours.reviewer, 403),
        (people.theirs.author, 404),
        (people.ours.colleague, 404),
    ):
        async with people.client(who) as client:
            assert (await client.delete(f"{api}/consents/loan")).status_code == status
            answer = await post_form(client, f"{desk}/consent/withdraw", {"topic": "loan"})
            assert answer.status_code == status
    assert await _consents(people, mine) == ["loan", "wealth"]
