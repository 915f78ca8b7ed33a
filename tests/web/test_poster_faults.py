"""Templates written by hand meet the same rules as the shipped ones, by API and by form."""

import json
from typing import Any

import httpx
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas

from contenthub.library import actions as library
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
        url = f"/console/posters/new?item_id={item_id}&starter=rights-day"
        page = await client.get(url)
        here = f"/api/v1/poster-templates/{made.json()['id']}"
        submitted = await client.post(here + "/submit")
    assert submitted.status_code == 200, submitted.text
    # The editor's design is JSON in the page.
    assert json.dumps("理财非存款、产品有风险、投资须谨慎")[1:-1] in page.text


async def test_only_items_that_may_have_a_poster_are_offered_the_others_say_why(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        live = await make_live_item(db, ours.author, ours.reviewer, title="在架的存单")
        gone = await make_live_item(db, ours.author, ours.reviewer, title="下架的存单")
        await library.recall(db, gone.id, reason="利率调整", by=ours.admin, at=NOW)
        draft, _ = await make_item(db, ours.author, title="还没写完的存单")
    async with people.client(ours.author) as client:
        shown = (await client.get("/console/posters/new")).text
        assert f"item_id={live.id}" in shown
        assert f"item_id={draft.id}" in shown
        assert "可以先做，内容发布后海报才能通过审核" in shown
        assert f"item_id={gone.id}" not in shown
        assert "不能制作：内容已下架" in shown
        forced = (await client.get(f"/console/posters/new?item_id={gone.id}")).text
        assert "“下架的存单”不能制作海报：内容已下架" in forced
        made = {
            one.id: await client.post("/api/v1/poster-templates", json={"item_id": str(one.id)})
            for one in (live, draft, gone)
        }
    assert [made[one.id].status_code for one in (live, draft, gone)] == [201, 201, 422]
    (fault,) = made[gone.id].json()["errors"]
    assert fault["pointer"] == "/item_id"
    assert "请先修改内容并重新提交审核" in fault["message"]
