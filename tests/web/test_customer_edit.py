"""Facts of a customer changed by hand, over the API and at the console."""

import pytest
from tests.customers.test_actions_checks import _check as checked
from tests.make import make_customer
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.customers.models import Customer


@pytest.fixture
async def mine(people: Personas) -> Customer:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_customer(
            db,
            owner=people.ours.employee,
            aum_fen=5_000_000,
            grid="柳树村",
            products="term",
            remark="厅堂添加",
        )


def _form(shown: str) -> dict[str, str]:
    return {"seen": shown.split('name="seen" value="', 1)[1].split('"', 1)[0], "stage": "活跃"}


async def test_facts_are_changed_cleared_counted_and_remembered(
    people: Personas, mine: Customer
) -> None:
    url = f"/api/v1/customers/{mine.id}"
    async with people.client(people.ours.author) as client:
        before = (await client.get(url)).json()
        body = {
            "updated_at": before["updated_at"],
            "aum_fen": 8_000_050,
            "grid": "",
            "is_merchant": True,
            "products": ["定期存款", "手机银行"],
            "deposit_due_on": "2027-01-31",
            "lunar_birthday": "八月十五",
            "remark": "周三上门",
        }
        answer = await client.patch(f"{url}/facts", json=body)
        assert answer.status_code == 200, answer.text
        after = answer.json()
        assert (after["aum_fen"], after["grid"], after["is_merchant"]) == (8_000_050, "", True)
        assert (after["products"], after["lunar_birthday"]) == (["term", "mobile_bank"], "08-15")
        assert after["stage"] == before["stage"]
        asked = {"expr": "是商户() and aum > 80000 and not grid(柳树村)", "topic": "loan"}
        found = (await client.post("/api/v1/audiences/preview", json=asked)).json()
        assert found["matched"] == 1
        [change] = (await client.get(f"{url}/changes")).json()["items"]
        told = {f["field"]: (f["before"], f["after"]) for f in change["fields"]}
        assert told["grid"] == ("柳树村", "")
        assert told["aum"] == ("50000", "80000.50")
        assert "上门" not in str(told["remark"])
        stories = (await client.get(f"{url}/timeline")).json()["entries"]
        assert any(e["title"] == "修改资料" and "资产" in e["detail"] for e in stories)
        assert (await client.patch(f"{url}/facts", json={"aum_fen": 8_000_050})).status_code == 200
        assert len((await client.get(f"{url}/changes")).json()["items"]) == 1
    assert (await checked(people)).wrong_count == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"stage": ""}, "stage"),
        ({"stage": "神秘"}, "stage"),
        ({"birthday": "2999-01-01"}, "birthday"),
        ({"added_on": "2999-01-01"}, "added_on"),
        ({"products": ["金条"]}, "products"),
        ({"lunar_birthday": "十三月"}, "lunar_birthday"),
        ({"remark": "长" * 101}, "remark"),
    ],
)
async def test_a_fact_that_cannot_be_read_is_named(
    people: Personas, mine: Customer, body: dict[str, object], field: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.patch(f"/api/v1/customers/{mine.id}/facts", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_who_saw_an_older_state_is_asked_to_look_again(
    people: Personas, mine: Customer
) -> None:
    url = f"/console/customers/{mine.id}/edit"
    async with people.client(people.ours.author) as client:
        shown = (await client.get(url)).text
        assert "还没有手工修改过" in shown
        form = _form(shown) | {"aum": "8万", "grid": "柳树村", "products": "定期存款"}
        assert onward(await post_form(client, url, form)) == url.removesuffix("/edit")
        again = await post_form(client, url, form | {"aum": "9万"})
        assert again.status_code == 409
        assert "刚刚被别人改过" in again.text
        shown = (await client.get(url)).text
        assert "50000 → 80000" in shown
        assert "现在的备注：厅堂添加" in shown
        gone = _form(shown) | {"drop_remark": "1", "aum": "80000"}
        await post_form(client, url, gone)
        assert "现在的备注" not in (await client.get(url)).text


async def test_only_who_may_write_changes_customers_in_their_reach(
    people: Personas, mine: Customer
) -> None:
    url = f"/api/v1/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        assert (await client.patch(f"{url}/facts", json={"grid": "王家庄"})).status_code == 200
    async with people.client(people.ours.colleague) as client:
        assert (await client.patch(f"{url}/facts", json={"grid": "王家庄"})).status_code == 404
    async with people.client(people.ours.reviewer) as client:
        assert (await client.patch(f"{url}/facts", json={"grid": "王家庄"})).status_code == 403
        assert (await client.get(f"/console/customers/{mine.id}/edit")).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.patch(f"{url}/facts", json={"grid": "王家庄"})).status_code == 404
        assert (await client.get(f"{url}/changes")).status_code == 404
