"""What an employee may change on their poster was approved with it, picture by picture."""

from typing import Any

import httpx
import pytest
from tests.make import make_live_item, make_live_template
from tests.personas import Personas
from tests.posters.test_choosing import back
from tests.qrcodes import code_on
from tests.web.pictures import jpeg

from contenthub.posters import editing


async def _asset(client: httpx.AsyncClient, colour: str) -> str:
    answer = await client.post(
        "/api/v1/assets", files={"file": (f"{colour}.jpg", jpeg(540, 960, colour), "image/jpeg")}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def _design(*assets: str) -> dict[str, Any]:
    layers = editing.starter_layers("deposit-season")
    whole = {"x_px": 0, "y_px": 0, "w_px": 1080, "h_px": 1920}
    open_ones = [one for one in layers["layers"] if one["box"]["h_px"] < 1900]
    layers["layers"] = [back(asset=assets[0], choices=list(assets[1:]), box=whole), *open_ones]
    return layers


@pytest.mark.parametrize("path", ["posters", "poster-templates"])
async def test_a_background_is_drawn_for_its_number_and_no_other(
    people: Personas, path: str
) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        hashes = [await _asset(client, colour) for colour in ("#ffd9d9", "#d9e8ff")]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=_design(*hashes)
        )
    here = f"/api/v1/{path}/{made.id}/"
    here += f"{ours.employee.id}.jpg" if path == "posters" else "preview.jpg"
    async with people.client(ours.employee) as client:
        first, second, third = [
            await client.get(here, params={"background": number}) for number in (0, 1, 2)
        ]
        again = await client.get(
            here, params={"background": 1}, headers={"if-none-match": first.headers["etag"]}
        )
        plain = await client.get(here)
    assert first.status_code == second.status_code == 200, second.text
    assert plain.content == first.content != second.content
    assert again.status_code == 200, "another background is another picture"
    assert code_on(first.content) == code_on(second.content)
    assert third.status_code == 422
    assert third.json()["errors"][0]["pointer"] == "/background"


async def test_every_choice_is_the_banks_own_and_shown_to_the_reviewer(people: Personas) -> None:
    ours = people.ours
    async with people.client(people.theirs.author) as client:
        foreign = await _asset(client, "#123456")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item_id = str((await make_live_item(db, ours.author, ours.reviewer)).id)
    async with people.client(ours.author) as client:
        own, other = [await _asset(client, colour) for colour in ("#c31c26", "#1c4a8f")]
        body = {"item_id": item_id, "title": "权益日", "layers": _design(own, foreign)}
        refused = await client.post("/api/v1/poster-templates", json=body)
        assert refused.status_code == 422
        assert "没有上传到本行图库" in refused.json()["errors"][0]["message"]
        body["layers"] = _design(own, other)
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        submitted = await client.post(f"/api/v1/poster-templates/{made['id']}/submit")
        assert submitted.status_code == 200, submitted.text
    async with people.client(ours.reviewer) as client:
        waiting = (await client.get("/api/v1/reviews", params={"state": "waiting"})).json()
        taken = next(one for one in waiting["items"] if one["title"] == "权益日")
        shown = await client.get(f"/console/reviews/{taken['id']}")
        assert f"/poster-templates/{made['id']}/preview.jpg?width_px=240&amp;background=1" in (
            shown.text
        )


async def test_a_choice_that_makes_the_mandatory_text_faint_stops_the_template(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item_id = str((await make_live_item(db, ours.author, ours.reviewer)).id)
    async with people.client(ours.author) as client:
        white, dark = [await _asset(client, colour) for colour in ("#ffffff", "#404040")]
        layers = _design(white, dark)
        disclosure = next(one for one in layers["layers"] if one["kind"] == "disclosure")
        disclosure["colour"] = "#303030"
        layers["layers"] = [
            one for one in layers["layers"] if one["kind"] in ("picture", "disclosure")
        ]
        body = {"item_id": item_id, "title": "权益日", "layers": layers}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        submitted = await client.post(f"/api/v1/poster-templates/{made['id']}/submit")
    assert submitted.status_code == 422, submitted.text
    told = submitted.json()["errors"][0]["message"]
    assert "换上可选的第 1 张背景后" in told
    assert "对比度" in told
