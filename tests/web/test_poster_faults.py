"""Templates written by hand meet the same rules as the shipped ones, by API and by form."""

from typing import Any

import httpx
from tests.make import make_item
from tests.personas import Personas

from contenthub.posters import editing

WEALTH: dict[str, Any] = {
    "kind": "product",
    "topic": "wealth",
    "title": "稳健90天",
    "fields": {"risk_level": "R2", "issuer": "某理财公司", "summary": "中低风险，90天持有"},
}


async def _item(people: Personas, **over: Any) -> str:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item, _ = await make_item(db, people.ours.author, **over)
        return str(item.id)


async def _written(client: httpx.AsyncClient, item_id: str, layers: dict[str, Any]) -> str:
    made = await client.post(
        "/api/v1/poster-templates", json={"item_id": item_id, "title": "理财海报"}
    )
    assert made.status_code == 201, made.text
    here = f"/api/v1/poster-templates/{made.json()['id']}"
    kept = await client.put(here + "/draft", json={"layers": layers})
    assert kept.status_code == 200, kept.text
    return here


def _with_line(text: str) -> dict[str, Any]:
    layers = editing.starter_layers("rights-day")
    for layer in layers["layers"]:
        if layer["kind"] == "disclosure":
            layer["text"] = text
    return layers


async def test_a_wealth_poster_by_hand_is_not_submitted_without_its_line(people: Personas) -> None:
    item_id = await _item(people, **WEALTH)
    async with people.client(people.ours.author) as client:
        here = await _written(client, item_id, _with_line("详见网点公告"))
        refused = await client.post(here + "/submit")
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert fault["pointer"].endswith("/text")
        assert "理财非存款、产品有风险、投资须谨慎" in fault["message"]
        assert (await client.get(here)).json()["state"] == "draft"
        lawful = _with_line("理财非存款 产品有风险 投资须谨慎")
        await client.put(here + "/draft", json={"layers": lawful})
        assert (await client.post(here + "/submit")).status_code == 200


async def test_a_starter_for_wealth_carries_its_line_by_itself(people: Personas) -> None:
    item_id = await _item(people, **WEALTH)
    async with people.client(people.ours.author) as client:
        made = await client.post("/api/v1/poster-templates", json={"item_id": item_id})
        page = await client.get(f"/console/posters/new?item_id={item_id}&starter=rights-day")
        here = f"/api/v1/poster-templates/{made.json()['id']}"
        submitted = await client.post(here + "/submit")
    assert submitted.status_code == 200, submitted.text
    assert "理财非存款、产品有风险、投资须谨慎" in page.text
