"""What the form of an item asks for while it is typed, and a draft on a real telephone."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.make import NOW, make_item, make_link, make_live_item, make_staff
from tests.personas import Personas, house_app
from tests.web.forms import onward, post_form
from tests.web.pictures import jpeg

from contenthub.library.models import Item
from contenthub.web import previews

HERE = "/console/library"
FORM: dict[str, Any] = {
    "kind": "product",
    "topic": "deposit",
    "title": "金秋大额存单",
    "fields.summary": "20 万元起存",
    "body": "<p>到网点办理。</p>",
}


async def _item(people: Personas, **over: Any) -> Item:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, **over)
        return item


async def _hash(client: httpx.AsyncClient, item: Item) -> str:
    return str((await client.get(f"/api/v1/items/{item.id}")).json()["revision"]["hash"])


async def test_a_save_says_so_to_the_page_and_a_gap_does_not(people: Personas) -> None:
    item = await _item(people)
    async with people.client(people.ours.author) as client:
        url = f"{HERE}/{item.id}/autosave"
        known = await _hash(client, item)
        good = await post_form(client, url, {**FORM, "known_hash": known})
        bad = await post_form(client, url, {**FORM, "fields.rate": "很高"})
        known = await _hash(client, item)
        over = {**FORM, "valid_until": "2020-01-01", "known_hash": known}
        past = (await post_form(client, url, over)).text
        shown = (await client.get(f"{HERE}/{item.id}")).text
    assert (good.headers["hx-trigger"], bad.headers["hx-trigger"]) == ("ch-saved", "ch-unsaved")
    assert "已自动保存" in good.text
    assert "还没有保存" in bad.text
    assert "已自动保存" in past  # a warning, no refusal
    assert "2020-01-01 23:59 已经过去" in past
    assert "2020-01-01 23:59 已经过去" in shown


async def test_two_who_write_at_once_see_both_and_lose_nothing(people: Personas) -> None:
    item = await _item(people)
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        colleague = await make_staff(db, side.head, "author", name="同事甲")
    async with people.client(side.author) as mine, people.client(colleague) as other:
        known = await _hash(mine, item)
        theirs = {**FORM, "title": "同事的标题", "known_hash": known}
        await post_form(other, f"{HERE}/{item.id}/autosave", theirs)
        form = {**FORM, "title": "我的标题", "known_hash": known}
        answer = await post_form(mine, f"{HERE}/{item.id}/autosave", form)
        assert answer.headers["hx-trigger"] == "ch-unsaved"
        assert "另一位同事同时在改" in answer.text
        assert "<b>同事甲</b>" in answer.text
        assert "<del>同事</del>" in answer.text
        assert "<ins>我</ins>" in answer.text
        shown = re.search(r'"their_hash": "([0-9a-f]{64})"', answer.text)
        assert shown is not None
        save = {**form, "their_hash": shown[1]}
        assert onward(await post_form(mine, f"{HERE}/{item.id}/mine", save)).endswith("saved=1")
        again = await post_form(mine, f"{HERE}/{item.id}/mine", save)
        found = (await mine.get(f"/api/v1/items/{item.id}/revisions")).json()["items"]
    assert again.status_code == 409
    assert [(one["no"], one["title"], one["state"]) for one in found] == [
        (2, "我的标题", "draft"),
        (1, "同事的标题", "withdrawn"),
    ]


async def test_unknown_variables_are_refused_with_the_list(people: Personas) -> None:
    item = await _item(people)
    async with people.client(people.ours.author) as client:
        url = f"/api/v1/items/{item.id}/draft"
        refused = await client.put(url, json={"body": "<p>{{ customer.phone }}</p>"})
        kept = await client.put(url, json={"body": "<p>找{{employee.name}}</p>"})
        shown = (await client.get(f"/api/v1/items/{item.id}")).json()["revision"]
    assert refused.status_code == 422
    assert "employee.name" in refused.json()["errors"][0]["message"]
    assert kept.status_code == 200
    assert shown["body"] == "<p>找{{ employee.name }}</p>"


async def test_a_page_names_who_shares_it_and_escapes_what_they_are_called(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        person = await db.get(type(side.employee), (side.tenant, side.employee.id))
        assert person is not None
        person.name, person.phone = "<b>李</b>{{ link }}", "0990-6688001"
        body = "<p>找{{ employee.name }}，电话{{ employee.phone }}，{{ employee.branch }}</p>"
        item = await make_live_item(db, side.author, side.reviewer, body=body)
        link = await make_link(db, item, person)
    async with people.client() as client:
        text = (await client.get(f"/s/{link.code}")).text
    assert "&lt;b&gt;李&lt;/b&gt;{{ link }}，电话0990-6688001，" in text
    assert "<b>李</b>" not in text
    assert side.branch.name in text


async def test_a_draft_with_a_place_for_a_picture_is_kept_and_not_submitted(
    people: Personas,
) -> None:
    item = await _item(people, body='<p>文</p><p><img src="https://mmbiz.qpic.cn/a.jpg"></p>')
    async with people.client(people.ours.author) as client:
        kept = (await client.get(f"/api/v1/items/{item.id}")).json()["revision"]["body"]
        refused = await client.post(f"/api/v1/items/{item.id}/submit")
        preview = (await client.get(f"{HERE}/{item.id}/preview")).text
    assert "qpic" not in kept
    assert "外部图片，请上传" in kept
    assert "1 张外部图片" in refused.json()["errors"][0]["message"]
    assert "外部图片" not in preview


@pytest.fixture
async def phone(people: Personas) -> Any:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=house_app(people.house)), base_url="http://hub.test"
    ) as client:
        yield client


async def _address(people: Personas, item: Item) -> str:
    async with people.client(people.ours.author) as client:
        made = await client.post(f"/api/v1/items/{item.id}/preview")
    assert made.status_code == 201, made.text
    return "/preview/" + str(made.json()["url"]).rpartition("/")[2]


async def _open(client: httpx.AsyncClient, address: str) -> httpx.Response:
    door = (await client.get(address)).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', door)
    assert token is not None, door
    return await client.post(f"{address}/open", data={"_csrf_token": token[1]})


async def test_a_draft_opens_on_the_first_telephone_only(
    people: Personas, phone: httpx.AsyncClient
) -> None:
    item = await _item(people, title="未发布的存单")
    address = await _address(people, item)
    assert "未发布的存单" not in (await phone.get(address)).text
    assert (await _open(phone, address)).status_code == 303
    shown = await phone.get(address)
    assert "未发布的存单" in shown.text
    assert people.ours.author.name in shown.text
    assert shown.headers["cache-control"] == "no-store"
    async with people.client() as passed_on:
        refused = await passed_on.get(address)
        assert refused.status_code == 403
        assert "未发布的存单" not in refused.text
        passed_on.cookies.set("preview", "guessed")
        assert (await passed_on.get(address)).status_code == 403


async def test_a_telephone_follows_what_is_saved_and_sees_its_pictures(
    people: Personas, phone: httpx.AsyncClient
) -> None:
    item = await _item(people)
    async with people.client(people.ours.author) as client:
        made = await client.post("/api/v1/assets", files={"file": ("a.jpg", jpeg(), "image/jpeg")})
        other = await client.post(
            "/api/v1/assets", files={"file": ("b.jpg", jpeg(colour="#090909"), "image/jpeg")}
        )
        body = f'<p>新的正文</p><img src="{made.json()["url"]}">'
        await client.put(f"/api/v1/items/{item.id}/draft", json={"body": body})
    address = await _address(people, item)
    await _open(phone, address)
    assert "新的正文" in (await phone.get(address)).text
    assert (await phone.get(f"{address}{made.json()['url']}")).status_code == 200
    assert (await phone.get(f"{address}{other.json()['url']}")).status_code == 404
    async with people.client() as stranger:
        assert (await stranger.get(f"{address}{made.json()['url']}")).status_code == 404


async def test_an_address_ends_and_one_that_never_was_says_the_same(
    people: Personas, phone: httpx.AsyncClient
) -> None:
    item = await _item(people)
    address = await _address(people, item)
    at = NOW + 2 * previews.LIFE
    token = address.rpartition("/")[2]
    late = await previews.find_preview(people.house.redis, token, at=at.replace(year=2100))
    assert late is None
    absent = await phone.get("/preview/" + "A" * 32)
    assert absent.status_code == 404
    assert "预览已失效" in absent.text


@pytest.mark.parametrize(("who", "status"), [("employee", 403), ("auditor", 403), ("theirs", 404)])
async def test_only_who_writes_makes_an_address_of_an_own_item(
    people: Personas, who: str, status: int
) -> None:
    item = await _item(people)
    person = people.theirs.author if who == "theirs" else getattr(people.ours, who)
    async with people.client(person) as client:
        made = await client.post(f"/api/v1/items/{item.id}/preview")
        shown = await post_form(client, f"{HERE}/{item.id}/phone")
    assert (made.status_code, shown.status_code) == (status, status)


async def test_the_form_shows_the_code_of_the_address(people: Personas) -> None:
    item = await _item(people)
    async with people.client(people.ours.author) as client:
        text = (await post_form(client, f"{HERE}/{item.id}/phone")).text
    assert "data:image/png;base64," in text
    assert "/preview/" in text


async def test_back_on_the_form_after_a_submit_makes_no_second_item(people: Personas) -> None:
    new = f"{HERE}/new?kind=faq"
    async with people.client(people.ours.author) as client:
        page = (await client.get(new)).text
        shown = re.search(r'name="form_key" id="form-key" value="([^"]+)"', page)
        assert shown is not None
        form = {"kind": "faq", "topic": "deposit", "title": "能提前取吗", "form_key": shown[1]}
        form |= {"fields.question": "能提前取吗", "fields.answer": "可以", "fields.source": "公告"}
        first = onward(await post_form(client, HERE, {**form, "then": "submit"}))
        assert onward(await client.get(f"{new}&form={shown[1]}")) == f"{first}/edit"
        typed = await post_form(client, f"{HERE}/autosave", {**form, "title": "能提前取吗？"})
        again = await post_form(client, HERE, {**form, "then": "submit"})
        listed = (await client.get("/api/v1/items?kind=faq")).json()["items"]
        other = (await client.get(new)).text
    assert "已经保存为 Q-1" in typed.text
    assert "待审核" in typed.text
    assert again.status_code == 409
    assert len(listed) == 1
    assert shown[1] not in other
    async with people.client(people.ours.admin) as client:  # a key is its person's own
        assert (await client.get(f"{new}&form={shown[1]}")).status_code in (200, 403)


async def test_a_form_sent_twice_writes_on_its_one_draft(people: Personas) -> None:
    key = str(uuid4())
    async with people.client(people.ours.author) as client:
        kept = [
            await post_form(client, f"{HERE}/autosave", {**FORM, "title": title, "form_key": key})
            for title in ("第一次", "第二次")
        ]
        listed = (await client.get("/api/v1/items")).json()["items"]
    assert {answer.headers["hx-trigger"] for answer in kept} == {"ch-saved"}
    assert [row["title"] for row in listed] == ["第二次"]
