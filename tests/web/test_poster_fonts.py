"""A bank's own typeface: stated as licensed, drawn on posters, stopped when the licence ends."""

import json
import re
from typing import Any

import httpx
from tests.library.fontmaking import made_font
from tests.make import make_live_item, make_live_template
from tests.personas import Personas

from contenthub.posters import editing
from contenthub.tenants.models import Staff

TEXT = "存款利率本行公告为准客户经理清源农村商业银行0123456789"
API = "/api/v1/poster-fonts"


async def _sent(client: httpx.AsyncClient, data: bytes, **over: str) -> httpx.Response:
    words = {"licence": "合同 2026-018", "is_licensed": "true"} | over
    files = {"file": ("品牌体.ttf", data, "font/ttf")}
    return await client.post(API, files=files, data=words)


def _design(key: str) -> dict[str, Any]:
    layers = editing.starter_layers("rights-day", kind="product", topic="deposit")
    for layer in layers["layers"]:
        if layer["kind"] == "text":
            layer["font"] = key
    return layers


async def test_nothing_is_kept_before_somebody_states_the_licence(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        refused = await _sent(client, made_font(TEXT), licence=" ", is_licensed="false")
        assert refused.status_code == 422
        assert {one["pointer"] for one in refused.json()["errors"]} == {"/licence", "/is_licensed"}
        forbidden = await _sent(client, made_font(TEXT, rights=0x0002))
        assert "禁止嵌入" in forbidden.json()["errors"][0]["message"]
        assert (await client.get(API)).json()["items"] == []
    async with people.client(people.ours.employee) as client:
        assert (await _sent(client, made_font(TEXT))).status_code == 403


async def test_a_face_is_drawn_and_its_live_posters_end_when_it_is_stopped(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        sent = await _sent(client, made_font(TEXT))
        assert sent.status_code == 201, sent.text
        font = sent.json()
        assert (font["family"], font["licence"]) == ("清源品牌体", "合同 2026-018")
        assert (await _sent(client, made_font(TEXT))).status_code == 409
        choices = [one["key"] for one in (await client.get(API)).json()["choices"]]
        assert choices == ["", "serif", font["key"]]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        plain = await make_live_template(db, item, ours.author, ours.reviewer)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=_design(font["key"])
        )
    picture = f"/api/v1/posters/{{}}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        own = await client.get(picture.format(made.id))
        shipped = await client.get(picture.format(plain.id))
        assert own.status_code == shipped.status_code == 200, own.text
        assert own.content != shipped.content
    async with people.client(ours.reviewer) as client:
        shown = (await client.get("/console/posters/fonts")).text
        assert "清源品牌体" in shown
        assert f"/console/posters/{made.id}" in shown
        assert (await client.get(f"/console/posters/fonts/{font['key']}/sample.jpg")).content
        bare = await client.post(f"{API}/{font['id']}/recall", json={"reason": ""})
        assert bare.status_code == 422
        told = await client.post(f"{API}/{font['id']}/recall", json={"reason": "授权到期"})
        assert told.json()["posters_ended"] == 1
        again = await client.post(f"{API}/{font['id']}/recall", json={"reason": "授权到期"})
        assert again.status_code == 409
    async with people.client(ours.employee) as client:
        assert (await client.get(picture.format(made.id))).status_code == 409
        assert (await client.get(picture.format(plain.id))).status_code == 200
    async with people.client(ours.author) as client:
        here = f"/api/v1/poster-templates/{plain.id}/draft"
        refused = await client.put(here, json={"layers": _design(font["key"])})
        assert refused.status_code == 422
        assert "授权到期" in refused.json()["errors"][0]["message"]
        assert (await _sent(client, made_font(TEXT), licence="续签")).status_code == 201
        assert (await client.put(here, json={"layers": _design(font["key"])})).status_code == 200


async def test_the_other_bank_has_no_use_of_our_face(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        font = (await _sent(client, made_font(TEXT))).json()
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        item = await make_live_item(db, people.theirs.author, people.theirs.reviewer)
    async with people.client(people.theirs.author) as client:
        assert (await client.get(API)).json()["items"] == []
        body = {"item_id": str(item.id), "title": "海报", "layers": _design(font["key"])}
        refused = await client.post("/api/v1/poster-templates", json=body)
        assert refused.status_code == 422
        assert "没有上传到本行字体库" in refused.json()["errors"][0]["message"]
        sample = await client.get(f"/console/posters/fonts/{font['key']}/sample.jpg")
        assert sample.status_code == 404
    async with people.client(people.theirs.reviewer) as client:
        stopped = await client.post(f"{API}/{font['id']}/recall", json={"reason": "试试"})
        assert stopped.status_code == 404


async def test_a_second_file_of_the_same_name_is_told_from_the_first_everywhere(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
    async with people.client(ours.author) as client:
        first = (await _sent(client, made_font(TEXT))).json()
        second = (await _sent(client, made_font(TEXT, advance=900))).json()
        assert first["key"] != second["key"]
        labels = {one["key"]: one["label"] for one in (await client.get(API)).json()["choices"]}
        page = (await client.get("/console/posters/fonts")).text
        new = f"/console/posters/new?item_id={item.id}&starter=rights-day"
        editor = (await client.get(new)).text
    assert labels[second["key"]] == "清源品牌体 Bold"
    number = first["key"][:6]
    assert labels[first["key"]] == f"清源品牌体 Bold（旧文件 品牌体.ttf，编号 {number}）"
    assert page.count(f"编号 {number}，是旧文件") == 1
    assert "已经用它的海报照旧画" in page
    (said,) = re.findall(
        r'<script type="application/json" id="poster-data"[^>]*>(.*?)</script>', editor
    )
    faces = {one["key"]: one["family"] for one in json.loads(said)["fonts"]}
    assert faces[second["key"]] == "清源品牌体"
    assert faces[first["key"]] == f"清源品牌体（旧文件 品牌体.ttf，编号 {number}）"


RARE = "\U0002a6a5"
"""In no face that ships."""


async def test_a_face_of_the_bank_draws_a_colleagues_rare_name_and_changes_no_other_poster(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
        rare = await db.get(Staff, (ours.tenant, ours.employee.id))
        assert rare is not None
        rare.name = f"王{RARE}"
    mine = f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg"
    others = f"/api/v1/poster-templates/{made.id}/preview.jpg?employee_id={ours.branch_manager.id}"
    employees = f"/console/posters/{made.id}/employees"
    async with people.client(ours.author) as client:
        before = (await client.get(others)).content
        refused = await client.get(mine)
        assert refused.status_code == 422
        assert RARE in refused.json()["errors"][0]["message"]
        assert RARE in (await client.get(employees)).text
        assert "字体画不出来" in (await client.get(employees)).text
        assert (await _sent(client, made_font(f"{TEXT}{RARE}"))).status_code == 201
        drawn = await client.get(mine)
        assert drawn.status_code == 200, drawn.text
        assert (await client.get(others)).content == before
        assert "字体画不出来" not in (await client.get(employees)).text
        tried = (await client.get(f"/api/v1/poster-templates/{made.id}/tryout")).json()
        assert [one["problem"] for one in tried["people"] if RARE in one["name"]] == [""]
        later = await _sent(client, made_font(f"{TEXT}{RARE}", advance=700))
        assert later.status_code == 201
        assert (await client.get(mine)).content == drawn.content, "the oldest goes first"
    async with people.client(ours.reviewer) as client:
        for font in (await client.get(API)).json()["items"]:
            await client.post(f"{API}/{font['id']}/recall", json={"reason": "授权到期"})
        assert (await client.get(mine)).status_code == 422


async def test_the_other_banks_face_draws_nothing_of_ours(people: Personas) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.client(theirs.author) as client:
        assert (await _sent(client, made_font(f"{TEXT}{RARE}"))).status_code == 201
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
        rare = await db.get(Staff, (ours.tenant, ours.employee.id))
        assert rare is not None
        rare.name = f"王{RARE}"
    async with people.client(ours.author) as client:
        refused = await client.get(f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg")
        assert refused.status_code == 422


async def test_a_rare_character_of_the_content_goes_through_review_with_the_banks_face(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
    layers = editing.starter_layers("rights-day", kind="product", topic="deposit")
    for layer in layers["layers"]:
        if layer["id"] == "headline":
            layer["text"] = f"{RARE}溪稳稳存"
    body = {"item_id": str(item.id), "title": "海报", "layers": layers}
    async with people.client(ours.author) as client:
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        submit = f"/api/v1/poster-templates/{made['id']}/submit"
        refused = await client.post(submit)
        assert refused.status_code == 422
        assert RARE in refused.text
        assert (await _sent(client, made_font(f"{TEXT}{RARE}"))).status_code == 201
        sent = await client.post(submit)
        assert sent.is_success, sent.text
        picture = await client.get(f"/api/v1/poster-templates/{made['id']}/preview.jpg")
        assert picture.status_code == 200
