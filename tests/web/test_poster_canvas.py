"""What the drag editor asks: layers as painted, the true picture, faults; a colleague's save."""

import base64
import io
import json
import re
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.make import make_live_item
from tests.personas import Personas

from contenthub.posters import editing, studio
from contenthub.posters.template import Template
from contenthub.web.console.poster_canvas import HERE


async def _item(people: Personas) -> str:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        return str((await make_live_item(db, ours.author, ours.reviewer)).id)


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": str(client.cookies["csrftoken"]), "accept": "application/json"}


def _opened(src: str) -> Image.Image:
    kind, _, data = src.partition(";base64,")
    assert kind in ("data:image/png", "data:image/jpeg")
    return Image.open(io.BytesIO(base64.b64decode(data)))


def _layer(design: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in design["layers"] if one["id"] == name)
    return found


async def test_a_layer_alone_has_the_posters_own_pixels_and_faults_name_their_layer(
    people: Personas,
) -> None:
    body: dict[str, Any] = {"item_id": await _item(people), "wanted": ["headline", "qr", "nobody"]}
    body["design"] = design = editing.starter_layers("deposit-season")
    _layer(design, "headline")["rotation_degrees"] = 30
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        drawn = await client.post(HERE, json=body, headers=token)
        assert drawn.status_code == 200, drawn.text
        told = drawn.json()
        assert sorted(told["sprites"]) == ["headline", "qr"]
        assert told["faults"] == []
        assert told["values"]["employee.name"]
        sprite, box = told["sprites"]["headline"], _layer(design, "headline")["box"]
        # Upright, whatever its turn: the editor turns it.
        assert _opened(sprite["src"]).mode == "RGBA"
        assert sprite["w_px"] <= box["w_px"]
        assert sprite["h_px"] <= box["h_px"]

        _layer(design, "headline")["text"] = "字" * 80
        _layer(design, "qr")["box"]["w_px"] = 90
        design["layers"].append(
            {
                "kind": "group",
                "id": "pair",
                "box": {"x_px": 100, "y_px": 100, "w_px": 100, "h_px": 100},
                "layers": [
                    {
                        "kind": "shape",
                        "id": "bare",
                        "box": {"x_px": 0, "y_px": 0, "w_px": 9, "h_px": 9},
                    }
                ],
            }
        )
        faulty = (await client.post(HERE, json=body, headers=token)).json()
        named = {fault["layer"]: fault["message"] for fault in faulty["faults"]}
        assert "放不下" in named["headline"]
        assert "扫不出来" in named["qr"]
        assert "填充或描边" in named["bare"]
        assert "headline" not in faulty["sprites"]

        design["layers"][0]["stops"] = []
        broken = (await client.post(HERE, json=body, headers=token)).json()
        assert broken["sprites"] == {}
        assert broken["faults"][0]["layer"] == design["layers"][0]["id"]


async def test_the_true_picture_is_the_posters_and_a_check_says_what_a_submission_would(
    people: Personas,
) -> None:
    body: dict[str, Any] = {"item_id": await _item(people), "width_px": 540}
    body["design"] = design = editing.starter_layers("deposit-season")
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        shown = (await client.post(f"{HERE}/preview", json=body, headers=token)).json()
        assert _opened(shown["src"]).size == (540, 960)
        assert (await client.post(f"{HERE}/check", json=body, headers=token)).json() == {
            "faults": []
        }
        _layer(design, "disclosure")["colour"] = "#fdf3e0"
        faint = (await client.post(f"{HERE}/check", json=body, headers=token)).json()["faults"]
        assert [fault["layer"] for fault in faint] == ["disclosure"]
        assert "对比度" in faint[0]["message"]
        design["layers"] = [one for one in design["layers"] if one["kind"] != "disclosure"]
        without = (await client.post(f"{HERE}/check", json=body, headers=token)).json()["faults"]
        assert "缺少提示语" in without[0]["message"]


async def test_while_somebody_draws_the_texts_are_read_and_one_click_puts_the_variable_in(
    people: Personas,
) -> None:
    body: dict[str, Any] = {"item_id": await _item(people)}  # 2.05%
    body["design"] = design = editing.starter_layers("deposit-season")
    async with people.client(people.ours.author) as client:
        token = await _token(client)

        async def read() -> dict[str, Any]:
            answer = await client.post(f"{HERE}/reading", json=body, headers=token)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        assert await read() == {"faults": [], "remarks": [], "fixes": {}}
        slogan = _layer(design, "slogan")
        slogan["text"] = "全行最高 2.6%"
        told = await read()
        assert [one["layer"] for one in told["faults"]] == ["slogan"]
        slogan["text"] = "年化 2.6% 等您来"
        told = await read()
        (fault,) = told["faults"]
        assert (fault["layer"], "2.05%" in fault["message"]) == ("slogan", True)
        assert told["fixes"] == {"slogan": "年化 {{ item.rate }} 等您来"}
        slogan["text"] = "年化 2.05% 等您来"
        told = await read()
        assert told["faults"] == []
        assert [one["layer"] for one in told["remarks"]] == ["slogan"]
        slogan["text"] = told["fixes"]["slogan"]
        assert await read() == {"faults": [], "remarks": [], "fixes": {}}

        slogan |= {"box": _layer(design, "title")["box"], "align": "center", "valign": "middle"}
        (over,) = (await read())["faults"]
        assert (over["layer"], "叠在一起" in over["message"]) == ("title", True)
        _layer(design, "slogan")["size_px"] = 9
        assert any("看不清" in one["message"] for one in (await read())["faults"])
        design["layers"] = []
        assert {one["layer"] for one in (await read())["faults"]} == {""}


async def test_a_colleagues_newer_design_is_not_written_over(people: Personas) -> None:
    item_id, API = await _item(people), "/api/v1/poster-templates"
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        made = (await client.post(API, json={"item_id": item_id}, headers=token)).json()
        here = f"{API}/{made['id']}/draft"
        known = made["revision"]["hash"]
        page = (await client.get(f"/console/posters/{made['id']}/edit")).text
        found = re.search(r'id="poster-data"[^>]*>(.*?)</script>', page)
        assert found is not None
        assert json.loads(found[1])["hash"] == known
        change = {"title": "同事改过的名称", "known_hash": known}
        saved = await client.put(here, json=change, headers=token)
        assert saved.status_code == 200, saved.text
        clash = await client.put(here, json={**change, "title": "我的名称"}, headers=token)
        assert (clash.status_code, clash.json()["code"]) == (409, "changed_meanwhile")
        assert people.ours.author.name in clash.json()["detail"]
        again = {"title": "我的名称", "known_hash": saved.json()["revision"]["hash"]}
        assert (await client.put(here, json=again, headers=token)).status_code == 200


async def test_what_is_under_way_is_kept_with_its_faults_and_not_handed_in(
    people: Personas,
) -> None:
    item_id, API = await _item(people), "/api/v1/poster-templates"
    body: dict[str, Any] = {"item_id": item_id, "design": editing.starter_layers("deposit-season")}
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        made = (await client.post(API, json={"item_id": item_id}, headers=token)).json()
        here = f"{API}/{made['id']}"
        _layer(body["design"], "headline")["box"]["x_px"] = 4000
        told = (await client.post(HERE, json=body, headers=token)).json()
        assert told["is_savable"]
        assert [(one["layer"], one["field"]) for one in told["faults"]] == [("headline", "box")]
        draft = {"layers": body["design"]}
        strict = await client.put(f"{here}/draft", json=draft, headers=token)
        assert "请移回或缩小" in strict.json()["errors"][0]["message"]
        kept = await client.put(f"{here}/draft", json={**draft, "unfinished": True}, headers=token)
        named = await client.put(f"{here}/draft", json={"title": "改名"}, headers=token)
        assert (strict.status_code, kept.status_code, named.status_code) == (422, 200, 200)
        refused = await client.post(f"{here}/submit", headers=token)
        assert (refused.status_code, "请移回" in refused.text) == (422, True)
        for path in ("", "/edit", "/employees", "/tryout"):
            page = await client.get(f"/console/posters/{made['id']}{path}")
            assert page.status_code == 200, path
            assert ("请移回" in page.text) == (path != "/edit")
        copied = await client.get(f"/console/posters/new?item_id={item_id}&copy={made['id']}")
        assert copied.status_code == 200
        body["design"]["layers"][0]["stops"] = []
        broken = {"layers": body["design"], "unfinished": True}
        assert (await client.put(f"{here}/draft", json=broken, headers=token)).status_code == 422, (
            "what is no template is none unfinished either"
        )


async def test_only_authors_of_the_bank_draw_and_only_with_its_items_and_pictures(
    people: Personas,
) -> None:
    body = {"item_id": await _item(people), "design": editing.starter_layers("deposit-season")}
    for who, status in ((people.ours.reviewer, 403), (people.theirs.author, 404)):
        async with people.client(who) as client:
            token = await _token(client)
            for path in ("", "/preview", "/check"):
                answer = await client.post(HERE + path, json=body, headers=token)
                assert answer.status_code == status, (path, answer.text)
    async with people.client(people.ours.author) as client:
        assert (await client.post(HERE, json=body)).status_code == 403, "without the token"
        missing = await client.get(f"{HERE}/pictures/{'0' * 64}")
        assert missing.status_code == 404


async def test_the_editors_page_lets_the_painter_begin_on_the_very_picture_it_asks_for(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    asked: list[Any] = []

    async def preview(template: Template, *, width_px: int, **given: Any) -> bytes:
        asked.append((template, given))
        return b"jpeg"

    def paint_ahead(template: Template, **given: Any) -> None:
        begun.append((template, given))

    monkeypatch.setattr(studio, "paint_ahead", paint_ahead)
    monkeypatch.setattr(studio, "preview", preview)
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        page = await client.get(f"/console/posters/new?item_id={item_id}&starter=deposit-season")
        found = re.search(r'id="poster-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)
        assert found is not None
        told = json.loads(found[1])
        body = {name: told[name] for name in ("design", "item_id", "employee_id")}
        assert begun, "the page was answered before the editor asked"
        await client.post(f"{HERE}/preview", json=body, headers=await _token(client))
    assert begun == asked
