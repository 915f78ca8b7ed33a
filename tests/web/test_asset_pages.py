"""素材文件: what a clerk sees, sends, describes, cuts and deletes by forms."""

from typing import Any

import httpx
from sqlalchemy import update
from tests.make import make_item, make_link, make_live_item
from tests.personas import Personas
from tests.web.forms import onward, post_form
from tests.web.pictures import jpeg

from contenthub.library.models import Asset

HERE = "/console/assets"


async def sent(client: httpx.AsyncClient, name: str, colour: str = "#3366cc") -> dict[str, Any]:
    """Return a picture that was sent in."""
    file = {"file": (name, jpeg(300, 200, colour))}
    answer = await client.post("/api/v1/assets", files=file)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_the_list_says_what_is_used_what_is_full_and_what_is_not_scanned(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        empty = (await client.get(HERE)).text
        assert "还没有素材文件" in empty
        assert "病毒扫描没有启用" in empty
        used, unused = await sent(client, "国债.jpg", "#111111"), await sent(client, "空.jpg")
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await make_item(db, people.ours.author, cover_asset_id=used["id"], title="国债宣传")
        page = (await client.get(HERE)).text
        for words in ("国债.jpg", "用到 1 次", "没有用到", "缺说明", "data-ch-send", "上限"):
            assert words in page
        found = (await client.get(HERE, params={"use": "unused", "q": "空"})).text
        assert f"{HERE}/{unused['id']}" in found
        assert f"{HERE}/{used['id']}" not in found
        assert "没有符合条件的文件" in (await client.get(HERE, params={"q": "不存在"})).text
        one = (await client.get(f"{HERE}/{used['id']}")).text
        for words in ("国债宣传", "题图", "300×200", "正在使用，不能删除"):
            assert words in one
    async with people.client(people.ours.reviewer) as client:
        page = (await client.get(HERE)).text
        assert "国债.jpg" in page
        assert "data-ch-send" not in page
        assert "删除" not in (await client.get(f"{HERE}/{unused['id']}")).text
    async with people.client(people.ours.employee) as client:
        assert (await client.get(HERE)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.get(f"{HERE}/{used['id']}")).status_code == 404


async def test_a_file_is_described_cut_deleted_and_restored_by_forms(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await sent(client, "柜台.jpg")
        url = f"{HERE}/{made['id']}"
        words = {"filename": "大堂", "alt_text": "大堂经理引导老人"}
        assert onward(await post_form(client, f"{url}/describe", words)) == url
        page = (await client.get(url)).text
        assert "大堂.jpg" in page
        assert "大堂经理引导老人" in page
        wrong = await post_form(client, f"{url}/describe", {"filename": " ", "alt_text": ""})
        assert wrong.status_code == 422
        assert "请填写文件名" in wrong.text
        frame = {"left_px": "10", "top_px": "0", "width_px": "200", "height_px": "200"}
        new = onward(await post_form(client, f"{url}/crop", frame))
        assert new != url
        assert "200×200" in (await client.get(new)).text
        unframed = await post_form(client, f"{url}/crop", {**frame, "width_px": "-5"})
        assert "请先在图上框选" in unframed.text
        assert onward(await post_form(client, f"{url}/delete")) == url
        assert "在回收站里" in (await client.get(url)).text
        assert "大堂.jpg" in (await client.get(f"{HERE}?bin=1")).text
        assert f'href="{url}"' not in (await client.get(HERE)).text
        onward(await post_form(client, f"{url}/restore"))
        assert "在回收站里" not in (await client.get(url)).text
    async with people.client(people.ours.reviewer) as client:
        for verb in ("describe", "crop", "delete", "restore"):
            assert (await post_form(client, f"{url}/{verb}")).status_code == 403
    async with people.client(people.theirs.author) as client:
        for verb, said in (("delete", {}), ("restore", {}), ("crop", frame), ("describe", words)):
            assert (await post_form(client, f"{url}/{verb}", said)).status_code == 404


async def test_a_picture_is_sent_without_script_as_well(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        await client.get("/login")
        answer = await client.post(
            HERE,
            files={"file": ("折页.jpg", jpeg())},
            data={"alt_text": "折页封面"},
            headers={"x-csrftoken": str(client.cookies["csrftoken"])},
        )
        assert "折页封面" in (await client.get(onward(answer))).text


async def test_a_field_is_offered_the_files_of_its_sort(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await sent(client, "题图.jpg")
        pictures = (await client.get(f"{HERE}/pick", params={"kind": "image", "q": "题"})).text
        assert f'data-ch-choose="{made["id"]}"' in pictures
        films = (await client.get(f"{HERE}/pick", params={"kind": "video"})).text
        assert "还没有可选的视频" in films
        form = (await client.get("/console/library/new?kind=article")).text
        assert 'data-ch-kind="video"' in form
        assert 'id="asset-pick"' in form
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get(f"{HERE}/pick")).status_code == 403


async def test_who_does_not_see_the_cover_reads_what_it_shows(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        cover = await sent(client, "题图.jpg")
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            item, _ = await make_item(db, people.ours.author, cover_asset_id=cover["id"])
        page = f"/console/library/{item.id}/preview"
        assert "的题图" in (await client.get(page)).text
        await client.patch(f"/api/v1/assets/{cover['id']}", json={"alt_text": "老人在柜台取钱"})
        assert 'alt="老人在柜台取钱"' in (await client.get(page)).text


async def test_a_poster_takes_a_picture_of_the_banks_own_files_and_no_other(
    people: Personas,
) -> None:
    async with people.client(people.theirs.author) as client:
        foreign = await sent(client, "别行.jpg")
    async with people.client(people.ours.author) as client:
        own = await sent(client, "本行.jpg")
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            item, _ = await make_item(db, people.ours.author)
        add = "/console/posters/canvas/assets/"
        added = await client.get(add + own["id"])
        assert added.json() == {"sha256": own["sha256"]}
        where = {"item_id": str(item.id), "starter": "deposit-season"}
        editor = (await client.get("/console/posters/new", params=where)).text
        assert 'id="asset-pick"' in editor
        refused = await client.get(add + foreign["id"])
        assert refused.status_code == 404
        assert own["sha256"] not in refused.text
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get(add + own["id"])).status_code == 403


async def test_a_text_names_the_picture_that_is_not_the_banks_and_no_customer_sees_it(
    people: Personas,
) -> None:
    async with people.client(people.theirs.author) as client:
        foreign = await sent(client, "别行.jpg")
    async with people.client(people.ours.author) as client:
        own = await sent(client, "本行.jpg")
        body = "".join(f'<p><img src="/assets/{one["id"]}"></p>' for one in (own, foreign))
        typed = {"kind": "article", "topic": "education", "title": "防诈骗", "body": body}
        answer = await client.post("/api/v1/items", json=typed)
        assert answer.status_code == 422
        assert "正文第 2 张图片不在本行的素材文件里" in answer.text
    ours = people.ours
    async with people.client(ours.author) as client:
        bad = await sent(client, "坏.jpg", "#aa0000")
        body = "".join(f'<p><img src="/assets/{one["id"]}"></p>' for one in (own, bad))
        article = {"kind": "article", "topic": "education", "body": body}
        async with people.house.database.unit_of_work(ours.tenant) as db:
            draft, _ = await make_item(db, ours.author, **article)
            item = await make_live_item(db, ours.author, ours.reviewer, **article)
            link = await make_link(db, item, ours.employee)
            await db.execute(update(Asset).where(Asset.id == bad["id"]).values(scan="infected"))
        preview = (await client.get(f"/console/library/{draft.id}/preview")).text
        assert f"/assets/{own['id']}" in preview
        assert f"/assets/{bad['id']}" not in preview
        assert "客户看不到" in preview
        refused = await client.post(f"/api/v1/items/{draft.id}/submit")
        assert refused.status_code == 422
        assert "第 2 张图片“坏.jpg”查出病毒" in refused.text
        checked = (await client.post("/api/v1/lint", json=article | {"fields": {}})).json()
        hints = [hit["text"] for hit in checked["hits"] if hit["rule"] == "ALT-01"]
        assert hints == ["正文第 1、2 张图片"]
        alone = {"body": f'<p>正文</p><img src="/assets/{own["id"]}">'}
        await client.put(f"/api/v1/items/{draft.id}/draft", json=alone)
        handed_in = (await client.post(f"/api/v1/items/{draft.id}/submit")).json()
        assert [hit["rule"] for hit in handed_in["hits"]] == ["ALT-01"]
        said = {"alt_text": "夜色中的网点大门"}
        assert (await client.patch(f"/api/v1/assets/{own['id']}", json=said)).status_code == 200
        page = (await client.get(f"/s/{link.code}")).text
    assert f'<img alt="夜色中的网点大门" src="/s/{link.code}/assets/{own["id"]}"' in page
    assert bad["id"] not in page
