"""Bodies as attackers and broken clients send them; each is refused in plain Chinese."""

import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.make import make_item
from tests.personas import Personas

from contenthub.web.hygiene import TEXT_BYTES

ITEM = {"kind": "faq", "topic": "deposit", "title": "存款有保险吗", "fields": {"answer": "有。"}}
JSON = {"content-type": "application/json"}


@pytest.fixture
async def author(people: Personas) -> AsyncIterator[httpx.AsyncClient]:
    async with people.client(people.ours.author) as client:
        yield client


async def _titles(client: httpx.AsyncClient) -> list[str]:
    return [item["title"] for item in (await client.get("/api/v1/items")).json()["items"]]


def _problem(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict = answer.json()
    assert found["status"] == status
    return found


async def test_a_field_nobody_knows_is_named(author: httpx.AsyncClient) -> None:
    told = _problem(await author.post("/api/v1/items", json={**ITEM, "colour": "red"}), 400)
    assert "colour" in told["detail"]
    assert await _titles(author) == []


async def test_a_missing_field_is_named(author: httpx.AsyncClient) -> None:
    told = _problem(await author.post("/api/v1/items", json={"kind": "faq"}), 400)
    assert "topic" in told["detail"] or "title" in told["detail"]


@pytest.mark.parametrize("depth", [100, 10_000, 200_000])
async def test_json_nested_without_end_is_refused(author: httpx.AsyncClient, depth: int) -> None:
    body = '{"kind": ' + "[" * depth + "]" * depth + "}"
    answer = await author.post("/api/v1/items", content=body, headers=JSON)
    told = _problem(answer, 400 if depth == 100 else 422)
    assert depth == 100 or "嵌套" in told["detail"]
    fields = '{"kind":"faq","topic":"deposit","title":"深","fields":{"a":'
    body = fields + '{"a":' * depth + "1" + "}" * depth + "}}"
    answer = await author.post("/api/v1/items", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert await _titles(author) == []


async def test_of_a_key_given_twice_the_last_counts_everywhere(author: httpx.AsyncClient) -> None:
    body = json.dumps(ITEM, ensure_ascii=False)[:-1] + ', "title": "后一个"}'
    answer = await author.post("/api/v1/items", content=body.encode(), headers=JSON)
    assert answer.status_code == 201
    assert await _titles(author) == ["后一个"]


async def test_a_packed_body_is_not_unpacked(author: httpx.AsyncClient) -> None:
    bomb = gzip.compress(b'{"title":"' + b"a" * 50_000_000 + b'"}')
    headers = {**JSON, "content-encoding": "gzip"}
    told = _problem(await author.post("/api/v1/items", content=bomb, headers=headers), 415)
    assert told["title"] == "不支持这种内容类型"
    assert await _titles(author) == []


@pytest.mark.parametrize("charset", ["gbk", "utf-16"])
async def test_a_body_in_another_charset_is_refused(
    author: httpx.AsyncClient, charset: str
) -> None:
    body = json.dumps(ITEM, ensure_ascii=False).encode(charset)
    headers = {"content-type": f"application/json; charset={charset}"}
    told = _problem(await author.post("/api/v1/items", content=body, headers=headers), 422)
    assert "UTF-8" in told["detail"]
    assert await _titles(author) == []


@pytest.mark.parametrize("is_said", [True, False])
async def test_two_megabytes_of_text_are_too_much(author: httpx.AsyncClient, is_said: bool) -> None:
    body = json.dumps({**ITEM, "body": "a" * TEXT_BYTES}).encode()

    async def dripped() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    sent = body if is_said else dripped()
    told = _problem(await author.post("/api/v1/items", content=sent, headers=JSON), 413)
    assert told["title"] == "内容太大，请缩小后再上传"
    assert await _titles(author) == []


async def test_a_nul_is_refused_by_the_name_of_its_field(author: httpx.AsyncClient) -> None:
    body = {**ITEM, "fields": {"answer": "有\x00。"}}
    told = _problem(await author.post("/api/v1/items", json=body), 422)
    assert told["errors"] == [
        {"pointer": "/fields/answer", "message": told["errors"][0]["message"]}
    ]
    assert "空字符" in told["errors"][0]["message"]
    told = _problem(await author.get("/api/v1/items", params={"q": "a\x00b"}), 422)
    assert told["errors"][0]["pointer"] == "/q"


async def test_a_nul_in_a_pages_form_is_refused_too(author: httpx.AsyncClient) -> None:
    await author.get("/login")
    headers = {"x-csrftoken": author.cookies["csrftoken"], "hx-request": "true"}
    form = {"kind": "faq", "topic": "deposit", "title": "存\x00款"}
    answer = await author.post("/console/library", data=form, headers=headers)
    assert answer.status_code in (404, 405, 422)
    assert await _titles(author) == []


HIDDEN = [
    ("\u200b", "看不见的控制字符（U+200B）"),
    ("柳河\u202e支行", "改变文字方向的字符（U+202E）"),
    ("柳河\x07支行", "看不见的控制字符（U+0007）"),
    ("柳河\n支行", "换行"),
    ("\u3164", "看不见的控制字符（U+3164）"),
]


@pytest.mark.parametrize(("text", "why"), HIDDEN)
async def test_a_name_that_hides_something_is_refused(
    people: Personas, text: str, why: str
) -> None:
    ours = people.ours
    branch = {"code": "0912", "name": text, "parent_id": str(ours.branch.id)}
    person = {
        "login": "wangxm9", "staff_no": "0912", "name": "王小明", "title": text,
        "branch_id": str(ours.branch.id), "roles": ["employee"],
    }  # fmt: skip
    async with people.client(ours.admin) as client:
        tried = [
            ("name", await client.post("/api/v1/branches", json=branch)),
            ("name", await client.patch(f"/api/v1/branches/{ours.branch.id}", json={"name": text})),
            ("title", await client.post("/api/v1/staff", json=person)),
            ("name", await client.patch(f"/api/v1/staff/{ours.employee.id}", json={"name": text})),
        ]
        raw = json.dumps({"name": text}, ensure_ascii=False).encode()
        if text.isascii() or "\n" not in text:
            url = f"/api/v1/staff/{ours.employee.id}"
            tried.append(("name", await client.patch(url, content=raw, headers=JSON)))
        await client.get("/login")
        headers = {"x-csrftoken": client.cookies["csrftoken"], "hx-request": "true"}
        form = await client.post("/console/branches", data={"name": text}, headers=headers)
    for field, answer in tried:
        told = _problem(answer, 422)["errors"][0]
        assert told["pointer"] == f"/{field}"
        assert why in told["message"]
    assert form.status_code == 422
    assert why in form.text


async def test_a_picture_made_of_several_stays_in_a_title(author: httpx.AsyncClient) -> None:
    title = "一家人👨\u200d👩\u200d👧的存款"
    answer = await author.post("/api/v1/items", json={**ITEM, "title": title})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff\\ud800"])
async def test_half_a_character_is_refused(author: httpx.AsyncClient, text: str) -> None:
    body = json.dumps(ITEM, ensure_ascii=False).replace("存款有保险吗", text)
    answer = await author.post("/api/v1/items", content=body.encode(), headers=JSON)
    _problem(answer, 400)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_what_is_no_number_is_refused(author: httpx.AsyncClient, number: str) -> None:
    body = json.dumps(ITEM)[:-1] + f', "fields": {{"rate": {number}}}}}'
    answer = await author.post("/api/v1/items", content=body.encode(), headers=JSON)
    assert answer.status_code in (400, 422), answer.text


async def test_a_year_out_of_reach_is_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.campaign_manager) as client:
        for path, field in (("reports/trend", "to"), ("calendar", "to"), ("calendar", "from")):
            told = _problem(await client.get(f"/api/v1/{path}?{field}=9999-12-31"), 422)
            assert told["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("day", ["9999-12-31", "1899-12-31"])
async def test_nobody_is_authorised_out_of_reach(people: Personas, day: str) -> None:
    ours = people.ours
    person = {
        "login": "wangxm9", "staff_no": "0912", "name": "王小明", "roles": ["employee"],
        "branch_id": str(ours.branch.id), "authorised_until": day,
    }  # fmt: skip
    url = f"/staff/{ours.employee.id}"
    async with people.client(ours.admin) as client:
        for answer in (
            await client.post("/api/v1/staff", json=person),
            await client.patch(f"/api/v1{url}", json={"authorised_until": day}),
        ):
            told = _problem(answer, 422)["errors"][0]
            assert told["pointer"] == "/authorised_until"
            assert "1900 到 2200" in told["message"]


async def test_an_id_that_is_no_id_is_absent(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item, _ = await make_item(db, people.ours.author)
    async with people.client(people.ours.author) as client:
        assert (await client.get(f"/api/v1/items/{item.id}")).status_code == 200
        for odd in ("1", "None", f"{item.id}x", "..%2f..%2fme", "%00"):
            _problem(await client.get(f"/api/v1/items/{odd}"), 404)
