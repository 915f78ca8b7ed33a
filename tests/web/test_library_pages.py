"""内容库 as an author uses it: list, detail, form, autosave, live check, export."""

import io
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas
from tests.web.forms import onward, post_form
from tests.web.pictures import huge_png, jpeg

from contenthub.errors import Invalid
from contenthub.library import actions, kinds
from contenthub.library.models import Item
from contenthub.tenants.topics import TOPICS

HERE = "/console/library"
FORM: dict[str, Any] = {
    "kind": "product",
    "topic": "deposit",
    "title": "金秋大额存单",
    "fields.summary": "20 万元起存",
    "fields.rate": "2.05",
    "fields.minimum_fen": "20万元",
    "body": "<p>到网点办理，存款受存款保险保障。</p>",
    "valid_until": "2099-12-31",
}


async def _item(people: Personas, **over: Any) -> Item:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, **over)
        return item


async def _detail(client: httpx.AsyncClient, item_id: object) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/v1/items/{item_id}")).json()
    return found


async def test_an_empty_library_invites_to_write(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        assert "还没有内容" in (await client.get(HERE)).text
        assert "没有符合条件的内容" in (await client.get(f"{HERE}?q=存单")).text
    async with people.client(people.ours.auditor) as client:
        assert "新建" not in (await client.get(HERE)).text


async def test_filters_views_and_tabs_live_in_the_url(people: Personas) -> None:
    await _item(people, title="草稿存单")
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        live = await make_live_item(db, side.author, side.reviewer, title="已发布存单")
        draft = actions.Draft("product", "deposit", "已发布存单改", {}, "<p>新正文</p>")
        await actions.write_draft(db, live.id, draft, by=side.author, at=NOW)
        await actions.submit(db, live.id, by=side.author, at=NOW)
    async with people.client(side.author) as client:
        for query, found in (
            ("", {"草稿存单", "已发布存单改"}),
            ("?state=in_review", {"已发布存单改"}),
            ("?state=live", {"已发布存单改"}),
            ("?view=mine", {"草稿存单"}),
            ("?kind=faq", set()),
            ("?q=cgcd", {"草稿存单"}),
            ("?topic=card", set()),
            ("?state=nonsense&kind=wine&view=x", {"草稿存单", "已发布存单改"}),
        ):
            text = (await client.get(HERE + query)).text
            shown = set(
                re.findall(r'class="n" href="/console/library/[^"]*" title="([^"]*)"', text)
            )
            assert shown == found, query
        text = (await client.get(HERE)).text
        assert re.search(r"待审核 <b>1</b>", text)
        assert re.search(r"我的草稿 <b>1</b>", text)
        assert "v2 待审核" in text


async def test_the_list_goes_on_page_by_page(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for n in range(23):
            await make_item(db, people.ours.author, title=f"存单 {n:02}")
    async with people.client(people.ours.author) as client:
        first = (await client.get(HERE)).text
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following is not None
        second = (await client.get(HERE + following[1].replace("&amp;", "&"))).text
    assert first.count('data-ch-row="') == 20
    assert second.count('data-ch-row="') == 3
    assert "回到第一页" in second
    assert (await _status(people, f"{HERE}?cursor=nonsense")) == 422


async def _status(people: Personas, url: str) -> int:
    async with people.client(people.ours.author) as client:
        return (await client.get(url)).status_code


async def test_a_longer_list_costs_no_more_statements(people: Personas) -> None:
    statements: list[str] = []
    engine = people.house.database.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    async def cost(client: httpx.AsyncClient, url: str) -> int:
        asked = []
        # What is asked once a while only (is the session still good?) is not the list's cost.
        for _ in range(3):
            statements.clear()
            assert (await client.get(url)).status_code == 200
            asked.append(len(statements))
        return min(asked)

    side = people.ours
    await _item(people)
    event.listen(engine, "before_cursor_execute", note)
    try:
        async with people.client(side.author) as client:
            few = await cost(client, HERE)
            async with people.house.database.unit_of_work(side.tenant) as db:
                for _ in range(19):
                    await make_item(db, side.author)
            many = await cost(client, HERE)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert many == few
    assert many <= 16


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
async def test_every_kind_and_topic_has_a_form(people: Personas, kind: str) -> None:
    async with people.client(people.ours.author) as client:
        for topic in TOPICS:
            page = await client.get(f"{HERE}/new?kind={kind}&topic={topic}")
            assert page.status_code == 200
            for spec in kinds.fields_of(kind, topic):
                asked = f'name="fields.{spec.name}"' in page.text
                # What the bank has not switched on is asked for nowhere.
                assert asked is not bool(spec.setting), spec.name
        for kind_unknown in ("", "wine"):
            assert "先选类型" in (await client.get(f"{HERE}/new?kind={kind_unknown}")).text


async def test_a_form_becomes_a_draft_and_comes_back_as_it_was(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        url = onward(await post_form(client, HERE, FORM))
        assert url.endswith("/edit?saved=1")
        page = (await client.get(url)).text
        for shown in ('value="20万元"', 'value="2.05"', 'value="2099-12-31"', "金秋大额存单"):
            assert shown in page, shown
        item_id = url.split("/")[-2]
        before = await _detail(client, item_id)
        assert before["revision"]["fields"]["minimum_fen"] == 20_000_000
        again = dict(FORM, known_hash=before["revision"]["hash"])
        onward(await post_form(client, f"{HERE}/{item_id}/draft", again))
        after = await _detail(client, item_id)
        assert after["revision"]["hash"] == before["revision"]["hash"]


async def test_saving_and_submitting_is_one_press(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        url = onward(await post_form(client, HERE, {**FORM, "then": "submit"}))
        page = (await client.get(url)).text
        assert "待审核" in page
        assert onward(await client.get(url + "/edit", follow_redirects=False)) == url
        withdrawn = onward(await post_form(client, url + "/withdraw"))
        assert withdrawn == url + "/edit"
        assert onward(await post_form(client, url + "/submit", htmx=False)) == url


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "很" * 61}, "title"),
        ({"title": "存\x00单"}, "title"),
        ({"topic": "wine"}, "topic"),
        ({"kind": "wine"}, "kind"),
        ({"fields.rate": "二"}, "fields.rate"),
        ({"fields.minimum_fen": "很多"}, "fields.minimum_fen"),
        ({"valid_until": "明年"}, "valid_until"),
        ({"fields.cover": str(uuid4())}, "fields.cover"),
        ({"then": "submit", "valid_until": "2020-01-01"}, "valid_until"),
    ],
)
async def test_a_wrong_field_is_named_for_the_form_and_nothing_is_kept(
    people: Personas, over: dict[str, Any], field: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await post_form(client, HERE, {**FORM, **over})
        assert answer.status_code == 422, answer.text
        assert f'data-ch-wrong="{field}"' in answer.text
        assert (await client.get("/api/v1/items")).json()["items"] == []


async def test_a_new_item_is_kept_while_it_is_typed(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        waits = await post_form(client, f"{HERE}/autosave", {**FORM, "title": " "})
        assert "填写标题后" in waits.text
        half = await post_form(client, f"{HERE}/autosave", {**FORM, "fields.rate": "2."})
        assert "还没有保存" in half.text
        assert (await client.get("/api/v1/items")).json()["items"] == []
        first = await post_form(client, f"{HERE}/autosave", FORM)
        assert "已自动保存" in first.text
        url = first.headers["hx-replace-url"].removesuffix("/edit")
        assert f'hx-post="{url}/autosave"' in first.text
        known = re.search(r'id="known-hash" value="([0-9a-f]{64})"', first.text)
        assert known is not None
        typed = {**FORM, "title": "改了一个字", "known_hash": known[1]}
        assert "已自动保存" in (await post_form(client, f"{url}/autosave", typed)).text
        late = await post_form(client, f"{url}/autosave", {**typed, "title": "另一位同事"})
        assert "这条内容刚刚在别处保存过" in late.text
        [row] = (await client.get("/api/v1/items")).json()["items"]
        assert row["title"] == "改了一个字"


async def test_the_live_check_names_words_gaps_and_foreign_pictures(people: Personas) -> None:
    typed = {
        "kind": "product",
        "topic": "wealth",
        "title": "保本理财",
        "fields.rate": "x",
        "fields.purchase_minimum_fen": "很多",
        "body": '<p>稳赚不赔</p><img src="https://mmbiz.qpic.cn/a.jpg">',
    }
    async with people.client(people.ours.author) as client:
        text = (await post_form(client, f"{HERE}/lint", typed)).text
        assert "必须修改" in text
        assert 'href="#f-title"' in text
        assert 'href="#f-fields-risk_level"' in text
        assert "起购金额" in text
        assert "1 张外部图片还没有上传" in text
        assert re.search(r'id="submit-question" data-ch-confirm="还有 \d+ 处必须修改', text)
        form = (await client.get(f"{HERE}/new?kind=product&topic=wealth")).text
        assert re.search(r'value="submit"[^>]*data-ch-question="submit-question"', form)
        blank = await post_form(client, f"{HERE}/lint", {"kind": "product", "topic": "loan"})
        assert "submit-question" not in blank.text
        assert "开始填写后" in blank.text
        assert (await post_form(client, f"{HERE}/lint", {"kind": "wine"})).status_code == 422


async def test_another_topic_keeps_what_was_typed(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await post_form(client, f"{HERE}/fields", {**FORM, "topic": "loan"})
    assert "20 万元起存" in answer.text
    assert 'name="fields.annual_rate"' in answer.text
    assert 'name="fields.rate"' not in answer.text


async def test_a_cover_may_come_with_the_form_without_script(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        await client.get("/login")
        headers = {"x-csrftoken": str(client.cookies["csrftoken"])}
        for data, status in ((jpeg(), 303), (huge_png(), 422)):
            files = {"cover_file": ("题图.jpg", data, "image/jpeg")}
            answer = await client.post(HERE, data=FORM, files=files, headers=headers)
            assert answer.status_code == status, answer.text
        [row] = (await client.get("/api/v1/items")).json()["items"]
        cover = (await _detail(client, row["id"]))["revision"]["cover_asset_id"]
        assert (await client.get(f"/assets/{cover}")).status_code == 200
        page = (await client.get(f"{HERE}/{row['id']}/edit")).text
        assert f'src="/assets/{cover}"' in page


async def test_a_detail_is_a_fragment_beside_the_list_and_a_page_by_itself(
    people: Personas,
) -> None:
    item = await _item(people, title="金秋存单")
    async with people.client(people.ours.author) as client:
        part = await client.get(f"{HERE}/{item.id}", headers={"hx-request": "true"})
        page = await client.get(f"{HERE}/{item.id}")
        phone = await client.get(f"{HERE}/{item.id}/preview")
    assert "<html" not in part.text
    assert "提交审核" in part.text
    assert f'src="/console/library/{item.id}/preview"' in page.text
    assert "金秋存单" in phone.text
    assert "<form" not in phone.text


async def test_a_recall_needs_its_reason_and_is_told(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
    async with people.client(side.author) as client:
        url = f"{HERE}/{item.id}"
        assert (await post_form(client, f"{url}/recall", {"reason": " "})).status_code == 422
        onward(await post_form(client, f"{url}/recall", {"reason": "利率调整"}))
        assert "已下架：利率调整" in (await client.get(url)).text
        assert (await post_form(client, f"{url}/recall", {"reason": "有误"})).status_code == 409
        copied = onward(await post_form(client, f"{url}/copy"))
        assert "（副本）" in (await client.get(copied)).text


async def test_a_bulk_submission_takes_what_it_can(people: Personas) -> None:
    fine = await _item(people, title="写好了")
    half = await _item(people, title="没写完", topic="loan", fields={}, body="")
    async with people.client(people.ours.author) as client:
        answer = await post_form(client, f"{HERE}/submit", {"ids": [str(fine.id), str(half.id)]})
        assert "已提交 1 条" in answer.text
        assert "年化综合融资成本" in answer.text
        states = {
            r["title"]: r["state"] for r in (await client.get("/api/v1/items")).json()["items"]
        }
        assert states == {"写好了": "in_review", "没写完": "draft"}
        for ids in ([], ["x"], [str(uuid4())] * 2):
            wrong = await post_form(client, f"{HERE}/submit", {"ids": ids})
            assert wrong.status_code in (404, 422)


async def test_the_export_is_what_is_filtered_and_only_text(people: Personas) -> None:
    await _item(people, title='=HYPERLINK("http://evil.example","点我")')
    await _item(people, title="信用卡加油满减", topic="card", fields={})
    async with people.client(people.ours.author) as client:
        answer = await client.get(f"{HERE}/export?topic=deposit")
    assert answer.status_code == 200
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[2][3] == "标题"
    assert [row[3] for row in rows[3:]] == ['=HYPERLINK("http://evil.example","点我")']


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<p hx-get='/console/keys' hx-trigger='load'>x</p>",
]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_an_author_wrote_never_becomes_markup(people: Personas, attack: str) -> None:
    body = f"<p>字</p>{attack}"
    item = await _item(people, title=attack, fields={"summary": attack}, body=body)
    async with people.client(people.ours.author) as client:
        for path in ("", f"/{item.id}", f"/{item.id}/edit", f"/{item.id}/preview"):
            text = (await client.get(HERE + path)).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "<p hx-get='/console" not in text


async def test_braces_are_refused_in_a_title_and_plain_words_elsewhere(people: Personas) -> None:
    braces = "{{ 7*7 }}"
    with pytest.raises(Invalid, match="变量"):
        await _item(people, title=braces)
    item = await _item(people)
    async with people.client(people.ours.author) as client:
        onward(await post_form(client, f"{HERE}/{item.id}/labels", {"new_label": braces}))
        onward(await post_form(client, f"{HERE}/views", {"name": braces, "query": "state=draft"}))
        for path in ("", "?q=" + braces, f"/{item.id}", "/labels", "/views"):
            text = (await client.get(HERE + path)).text
            assert braces in text, path
            assert ">49<" not in text, path


async def test_strangers_see_nothing(people: Personas) -> None:
    item = await _item(people)
    url = f"{HERE}/{item.id}"
    async with people.client(people.theirs.author) as client:
        for path in ("", "/edit", "/preview"):
            assert (await client.get(url + path)).status_code == 404
        for verb in ("draft", "autosave", "submit", "withdraw", "copy", "recall"):
            answer = await post_form(client, f"{url}/{verb}", {**FORM, "reason": "有误"})
            assert answer.status_code == 404, verb
    async with people.client(people.ours.auditor) as client:
        assert (await client.get(url)).status_code == 200
        assert (await client.get(url + "/edit")).status_code == 403
        for verb in ("draft", "submit", "copy", "recall"):
            assert (await post_form(client, f"{url}/{verb}", FORM)).status_code == 403


BLOCKED = {"title": "保本理财，稳赚不赔", "topic": "wealth", "fields": {"summary": "稳赚不赔"}}


async def test_who_submits_what_cannot_pass_is_told_before_and_after(people: Personas) -> None:
    item = await _item(people, **BLOCKED)
    async with people.client(people.ours.author) as client:
        before = (await client.get(f"{HERE}/{item.id}")).text
        assert "处必须修改，仍要提交？" in before
        assert "改好之前提交了也通不过审核" in before
        other = await _item(people)
        assert "仍要提交？" not in (await client.get(f"{HERE}/{other.id}")).text


async def test_a_bulk_submission_names_what_cannot_pass(people: Personas) -> None:
    fields = {"summary": "保本，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"}
    item = await _item(people, **{**BLOCKED, "title": "丰收稳健", "fields": fields})
    async with people.client(people.ours.author) as client:
        answer = await post_form(client, f"{HERE}/submit", {"ids": [str(item.id)]})
        assert re.search(r"丰收稳健（有 \d+ 处必须修改，改好才能通过）", answer.text)
        after = (await client.get(f"{HERE}/{item.id}")).text
    assert "审核人通过不了。请撤回，改好再提交" in after
