"""The library's filters by clicks and by the API: labels, views, conditions, orders, counts."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.make import NOW, make_item, make_link, make_live_item
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.library import actions_labels
from contenthub.library.models import Item
from contenthub.web.item_filters import Asked

HERE = "/console/library"
API = "/api/v1/items"


async def _items(people: Personas, *titles: str, **over: Any) -> list[Item]:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        return [(await make_item(db, side.author, title=one, **over))[0] for one in titles]


def _shown(text: str) -> list[str]:
    return re.findall(r'class="n" href="/console/library/[^"]*" title="([^"]*)"', text)


async def _json(client: httpx.AsyncClient, url: str, **params: Any) -> Any:
    answer = await client.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _wrong(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422
    return {error["pointer"].removeprefix("/") for error in answer.json()["errors"]}


async def test_labels_are_put_on_ticked_items_and_filter_the_list(people: Personas) -> None:
    first, second, _ = await _items(people, "春节存单", "秋收贷宣传", "普通存单")
    async with people.client(people.ours.author) as client:
        assert onward(await post_form(client, f"{HERE}/labels", {"name": "春节"}))
        again = await post_form(client, f"{HERE}/labels", {"name": "春節"})
        assert again.status_code == 422
        assert 'data-ch-wrong="name"' in again.text
        [label] = (await _json(client, "/api/v1/item-labels"))["items"]
        ticked = {"ids": [str(first.id), str(second.id)], "label_id": label["id"]}
        back = {"back": "sort=until&topic=deposit"}
        url = onward(await post_form(client, f"{HERE}/labels/put", {**ticked, **back}))
        assert url.partition("&labelled=")[0] == f"{HERE}?topic=deposit&sort=until"
        text = (await client.get(f"{HERE}?label={label['id']}")).text
        assert set(_shown(text)) == {"春节存单", "秋收贷宣传"}
        assert "标签：春节" in text
        off = {**ticked, "ids": [str(second.id)], "verb": "remove"}
        url = onward(await post_form(client, f"{HERE}/labels/put", off))
        assert url.partition("&labelled=")[0] == f"{HERE}?view=all"
        assert _shown((await client.get(f"{HERE}?label={label['id']}")).text) == ["春节存单"]
        nonsense: tuple[dict[str, Any], ...] = ({"ids": []}, {"label_id": ""}, {"ids": ["x"]})
        for wrong in nonsense:
            answer = await post_form(client, f"{HERE}/labels/put", {**ticked, **wrong})
            assert answer.status_code == 422


async def test_labels_put_on_at_once_are_taken_back_by_one_press_of_the_same_person(
    people: Personas,
) -> None:
    first, second = await _items(people, "春节存单", "秋收贷宣传")
    async with people.client(people.ours.author) as client:
        await post_form(client, f"{HERE}/labels", {"name": "春节"})
        [label] = (await _json(client, "/api/v1/item-labels"))["items"]
        one = {"ids": [str(first.id)], "label_id": label["id"]}
        await post_form(client, f"{HERE}/labels/put", one)
        both = {**one, "ids": [str(first.id), str(second.id)]}
        url = onward(await post_form(client, f"{HERE}/labels/put", both))
        text = (await client.get(url)).text
        assert "1 条内容贴上了“春节”" in text, "what had it before is not this press's"
        mark = {"mark": url.partition("&labelled=")[2], "back": "kind=product"}
        undone = onward(await post_form(client, f"{HERE}/labels/undo", mark))
        assert "kind=product" in undone
        assert re.search(r"已撤销：\d+ 条内容取下了", (await client.get(undone)).text)
        assert _shown((await client.get(f"{HERE}?label={label['id']}")).text) == ["春节存单"]
        stale = await post_form(client, f"{HERE}/labels/undo", {"mark": "1700000000000000"})
        assert (stale.status_code, "超过 1 小时" in stale.text) == (409, True)
        for odd in ("", "x", "9" * 40, "9" * 16):
            assert (
                await post_form(client, f"{HERE}/labels/undo", {"mark": odd})
            ).status_code == 409
    for other in (people.ours.campaign_manager, people.theirs.author, people.ours.reviewer):
        async with people.client(other) as client:
            refused = await post_form(client, f"{HERE}/labels/undo", mark)
            assert refused.status_code in (403, 409)


async def test_a_bulk_submission_is_taken_back_and_sent_again_from_its_answer(
    people: Personas,
) -> None:
    first, second = await _items(people, "春节存单", "秋收贷宣传")
    ticked = {"ids": [str(first.id), str(second.id)]}
    async with people.client(people.ours.author) as client:
        sent = (await post_form(client, f"{HERE}/submit", ticked)).text
        assert "撤回这些" in sent
        assert str(second.id) in sent
        back = (await post_form(client, f"{HERE}/withdraw", ticked)).text
        for words in ("已撤回 2 条", "重新提交"):
            assert words in back
        again = (await post_form(client, f"{HERE}/withdraw", ticked)).text
        assert "2 条没有撤回" in again
    async with people.client(people.ours.reviewer) as client:
        assert (await post_form(client, f"{HERE}/withdraw", ticked)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await post_form(client, f"{HERE}/withdraw", ticked)).status_code == 404


async def test_an_items_labels_are_ticked_in_its_detail(people: Personas) -> None:
    [item] = await _items(people, "春节存单")
    url = f"{HERE}/{item.id}"
    async with people.client(people.ours.author) as client:
        assert "还没有标签" in (await client.get(url)).text
        assert onward(await post_form(client, f"{url}/labels", {"new_label": "春节"})) == url
        [label] = (await _json(client, API))["items"][0]["labels"]
        assert label["name"] == "春节"
        typed = {"label_ids": [label["id"]], "new_label": "涉农"}
        onward(await post_form(client, f"{url}/labels", typed))
        names = [one["name"] for one in (await _json(client, API))["items"][0]["labels"]]
        assert names == ["春节", "涉农"]
        onward(await post_form(client, f"{url}/labels", {}))
        assert (await _json(client, API))["items"][0]["labels"] == []
    async with people.client(people.ours.reviewer) as client:
        assert "修改标签" not in (await client.get(url)).text
        assert (await post_form(client, f"{url}/labels", {})).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await post_form(client, f"{url}/labels", {"new_label": "x"})).status_code == 404


async def test_the_labels_page_renames_counts_and_deletes(people: Personas) -> None:
    side = people.ours
    [item] = await _items(people, "春节存单")
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_labels.put_names(db, item.id, ["春节"], by=side.author, at=NOW)
    async with people.client(side.author) as client:
        page = (await client.get(f"{HERE}/labels")).text
        assert "1 条</a>" in page
        [label] = (await _json(client, "/api/v1/item-labels"))["items"]
        at = f"{HERE}/labels/{label['id']}"
        onward(await post_form(client, f"{at}/rename", {"name": "开门红"}))
        assert "开门红" in (await client.get(f"{HERE}/labels")).text
        onward(await post_form(client, f"{at}/delete"))
        assert "还没有内容标签" in (await client.get(f"{HERE}/labels")).text
        assert (await post_form(client, f"{at}/delete")).status_code == 404
    async with people.client(side.auditor) as client:
        page = (await client.get(f"{HERE}/labels")).text
        assert "新增标签" not in page


async def test_labels_by_the_api_four_ways(people: Personas) -> None:
    [item] = await _items(people, "春节存单")
    async with people.client(people.ours.author) as client:
        made = (await client.post("/api/v1/item-labels", json={"name": "春节"})).json()
        url = f"/api/v1/item-labels/{made['id']}"
        body = {"item_ids": [str(item.id)], "add": [made["id"]]}
        done = await client.post(f"{API}/labels", json=body)
        assert done.json() == {"changed": [str(item.id)]}
        renamed = await client.patch(url, json={"name": "新春"})
        assert renamed.json() == {"id": made["id"], "name": "新春", "items": 1}
        nothing = await client.post(f"{API}/labels", json={"item_ids": [str(item.id)]})
        assert nothing.status_code == 422
        strange = {**body, "add": [str(uuid4())]}
        assert (await client.post(f"{API}/labels", json=strange)).status_code == 404
        assert (await client.delete(url)).status_code == 204
    async with people.client(people.ours.employee) as client:
        assert (await client.post(f"{API}/labels", json=body)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.post(f"{API}/labels", json=body)).status_code == 404
        assert (await client.patch(url, json={"name": "x"})).status_code == 404


async def test_conditions_are_taken_away_one_by_one_and_nothing_found_says_how(
    people: Personas,
) -> None:
    await _items(people, "春节存单")
    url = f"{HERE}?q=cjcd&topic=deposit&validity=expiring-30&shares=none&author=me&sort=until"
    async with people.client(people.ours.author) as client:
        text = unescape((await client.get(url)).text)
        assert "没有符合条件的内容" in text
        for words in (
            "关键词：“cjcd”",
            "类别：存款",
            "有效期：30 天内到期",
            "分享：30 天零转发",
            "作者：我",
            "排序：最先到期在前",
        ):
            assert f"去掉“{words}”" in text, words
        assert "只去掉一个条件还是没有" in text
        without = re.search(r'href="([^"]+)">去掉“有效期', text)
        assert without is not None
        assert "validity" not in without[1]
        assert "shares=none" in without[1]
        near = f"{HERE}?q=cjcd&topic=deposit&validity=expiring-30"
        text = unescape((await client.get(near)).text)
        assert re.findall(r"去掉“(.{2,3})：[^”]*”，有 (\d+) 条", text) == [("有效期", "1")]
        assert text.index("去掉“有效期") < text.index("去掉“类别")
        found = (await client.get(f"{HERE}?q=cjcd&topic=deposit&author=me")).text
        assert _shown(found) == ["春节存单"]


async def test_tabs_count_under_the_same_filter(people: Personas) -> None:
    await _items(people, "金秋存单", "春节存单")
    await _items(people, "存单常见问题", kind="faq", fields={})
    async with people.client(people.ours.author) as client:
        text = (await client.get(f"{HERE}?q=cunda&kind=faq")).text
        tabs = dict(re.findall(r">(全部|产品|咨询)<em>(\d+)</em></a>", text))
        assert tabs == {"全部": "3", "产品": "2", "咨询": "1"}
        assert "共 1 条" in text
        counted = await _json(client, f"{API}/counts", q="chunjie", kind="faq")
        assert counted["total"] == counted["kinds"]["product"] == 1
        assert counted["kinds"]["faq"] == 0


async def test_the_api_filters_sorts_and_goes_on(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        shared = await make_live_item(db, side.author, side.reviewer, title="分享过的存单")
        quiet = await make_live_item(db, side.author, side.reviewer, title="没人分享的存单")
        await make_link(db, shared, side.employee)
    await _items(people, "草稿存单")
    async with people.client(side.author) as client:
        rows = (await _json(client, API, sort="-shared"))["items"]
        assert rows[0]["title"] == "分享过的存单"
        first = await _json(client, API, sort="shared", limit=1)
        seen = [first["items"][0]["title"]]
        while first["next_cursor"]:
            cursor = first["next_cursor"]
            first = await _json(client, API, sort="shared", limit=1, cursor=cursor)
            seen += [row["title"] for row in first["items"]]
        assert sorted(seen) == sorted(row["title"] for row in rows)
        assert seen[-1] == "分享过的存单"
        lost = await client.get(API, params={"sort": "until", "cursor": cursor})
        assert lost.status_code == 422
        mine = await _json(client, API, author=str(side.reviewer.id))
        assert mine["items"] == []
        wrong = {
            "sort": "title",
            "validity": "expiring-0",
            "shares": "few",
            "author": "王",
            "updated_from": "昨天",
            "label": "春节",
            "kind": "wine",
        }
        answer = await client.get(API, params=wrong)
        assert answer.status_code == 422
        assert _wrong(answer) == set(wrong)
    async with people.client(side.employee) as client:
        titles = {row["title"] for row in (await _json(client, API))["items"]}
        assert titles == {shared.title, quiet.title}
        refused = await client.get(API, params={"shares": "none"})
        assert refused.status_code == 422


async def test_a_filter_becomes_a_view_and_the_library_opens_with_it(people: Personas) -> None:
    await _items(people, "金秋存单")
    side = people.ours
    async with people.client(side.author) as client:
        assert "保存当前筛选" not in (await client.get(HERE)).text
        page = (await client.get(f"{HERE}?topic=deposit&sort=until")).text
        assert "保存当前筛选" in page
        form = {"name": "存款先到期", "query": "sort=until&topic=deposit&nonsense=1"}
        url = onward(await post_form(client, f"{HERE}/views", {**form, "is_shared": "1"}))
        assert url == f"{HERE}?topic=deposit&sort=until"
        page = (await client.get(url)).text
        assert "保存当前筛选" not in page
        assert re.search(r'aria-current="true">.{0,200}存款先到期', page)
        [view] = (await _json(client, "/api/v1/item-views"))["items"]
        at = f"{HERE}/views/{view['id']}"
        onward(await post_form(client, f"{at}/start"))
        opened = await client.get(HERE, follow_redirects=False)
        assert (opened.status_code, opened.headers["location"]) == (303, url)
        assert (await client.get(f"{HERE}?view=all", follow_redirects=False)).status_code == 200
        manage = (await client.get(f"{HERE}/views")).text
        assert "类别：存款；排序：最先到期在前" in manage
        gone = onward(await post_form(client, f"{at}/delete"))
        assert "已删除视图“存款先到期”" in (await client.get(gone)).text
        assert (await client.get(HERE, follow_redirects=False)).status_code == 200
        onward(await post_form(client, f"{at}/restore"))
        onward(await post_form(client, f"{at}/change", {"name": "存款"}))
        [view] = (await _json(client, "/api/v1/item-views"))["items"]
        assert (view["name"], view["is_shared"]) == ("存款", False)
    async with people.client(side.reviewer) as client:
        assert "存款" not in (await client.get(f"{HERE}/views")).text.split('id="main"')[-1]
        assert (await post_form(client, f"{at}/start")).status_code == 404


async def test_views_by_the_api_four_ways(people: Personas) -> None:
    url = "/api/v1/item-views"
    body = {"name": "待审", "query": "state=in_review", "is_shared": True}
    async with people.client(people.ours.author) as client:
        made = (await client.post(url, json=body)).json()
        one = f"{url}/{made['id']}"
        assert (made["query"], made["is_own"], made["is_start"]) == ("state=in_review", True, False)
        wrong = {**body, "query": "state=x&page=2"}
        refused = await client.post(url, json=wrong)
        assert _wrong(refused) == {"query/state", "query/page"}
        changed = await client.patch(one, json={"query": "state=draft&author=me"})
        assert changed.json()["items"][0]["query"] == "state=draft&author=me"
        started = await client.put(f"{url}/start", json={"view_id": made["id"]})
        assert started.json()["items"][0]["is_start"] is True
        other = (await client.post(url, json={**body, "name": "另一个"})).json()
        moved = await client.post(f"{url}/{other['id']}/move", json={"step": -1})
        assert [row["name"] for row in moved.json()["items"]] == ["另一个", "待审"]
        assert (await client.delete(one)).status_code == 204
        assert (await client.delete(one)).status_code == 404
        assert (await client.post(f"{one}/restore")).json()["name"] == "待审"
    async with people.client(people.ours.reviewer) as client:
        assert (await client.post(url, json=body)).status_code == 403
        assert (await client.delete(one)).status_code == 403
    async with people.client(people.ours.employee) as client:
        assert (await client.get(url)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.delete(one)).status_code == 404


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("?q=%20存单%20&sort=-updated", "q=%E5%AD%98%E5%8D%95"),
        ("validity=expiring-7", "validity=expiring"),
        ("validity=expiring-367&kind=wine", ""),
        ("sort=shared&kind=faq", "kind=faq&sort=shared"),
        ("state=live&state=draft", ""),
        ("updated_from=2026-02-30&updated_to=2026-12-31", "updated_to=2026-12-31"),
        ("author=ME&shares=all", ""),
        ("label=x", ""),
    ],
)
def test_a_filter_has_one_spelling_and_drops_what_is_wrong(query: str, kept: str) -> None:
    asked, wrong = Asked.of_text(query)
    assert asked.query() == kept
    assert bool(wrong) == (
        "wine" in query
        or "x" in query[-1:]
        or "02-30" in query
        or "state=draft" in query
        or "ME" in query
    )
    again, _ = Asked.of_text(kept)
    assert again == asked


@pytest.mark.parametrize("path", ["", "/counts", "/export.xlsx"])
async def test_a_misspelt_filter_is_refused_instead_of_listing_everything(
    people: Personas, path: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.get(f"{API}{path}", params={"stat": "live", "q": "x"})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/stat"]
    assert "没有“stat”这个筛选条件，可用的有：kind、state" in answer.json()["detail"]
