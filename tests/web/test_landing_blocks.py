"""The block of each kind on the customer's page: its fields, and what the law wants said."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.make import make_item, make_link, make_live_item
from tests.personas import Personas
from tests.web.landing import page_token, send, visitor

from contenthub.db import new_id
from contenthub.errors import Conflict, Invalid
from contenthub.library.models import Asset
from contenthub.sharing.models import Link
from contenthub.web.files import OutOfReach, part_of

WEALTH = {
    "summary": "每90天开放赎回",
    "risk_level": "R2",
    "issuer": "丰收理财有限责任公司",
    "seller": "本行代销",
    "benchmark": "2.10%-2.60%",
    "benchmark_basis": "参考近一年同业存单收益；业绩比较基准不代表未来表现和实际收益",
    "purchase_minimum_fen": "1万元",
    "fees": "销售服务费0.20%/年",
}
LOAN = {
    "annual_rate": "3.45",
    "annual_rate_max": "5.20",
    "comprehensive_cost_rate": "5.20",
    "comprehensive_cost": ["贷款利息｜本行｜年化3.45%至5.20%", "逾期罚息｜本行｜加收50%"],
    "amount_max_fen": "30万元",
}
RIGHT = {
    "stock": "2",
    "per_person": "1",
    "spec": "普通洗车一次",
    "how_to_redeem": "到店出示券码\n不找零",
    "redeem_from": "2026-01-01",
    "redeem_until": "2099-12-31",
    "redemption_code": "XC-2026",
    "segment_rules": ["银发客户｜2", "代发工资客户｜1｜每月10日起"],
}
ACTIVITY = {
    "starts_at": "2099-12-20 09:00",
    "ends_at": "2099-12-20 11:30",
    "place": "文化广场会议室",
    "organiser": "城关支行",
    "contact": "0870-5123456",
    "capacity": "2",
    "agenda": ["09:00｜签到", "09:30｜案例讲解｜王警官"],
    "prizes": ["农用手电筒｜45元｜10｜1%｜实物", "劳保手套｜30元｜40｜20%"],
    "draw_rule": "现场公开抽取，当场兑奖；未到场视为放弃",
}
FAQ = {
    "question": "大额存单可以提前取吗",
    "variants": ["存单没到期急用钱怎么办"],
    "answer": "可以。\n支取部分按活期利率计息。",
    "source": "本行业务公告",
}


async def shared(people: Personas, kind: str, topic: str, **over: Any) -> Link:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        facts = {"title": "本行内容", "body": "<p>正文一段</p>", "fields": {}, **over}
        item = await make_live_item(db, ours.author, ours.reviewer, kind=kind, topic=topic, **facts)
        return await make_link(db, item, ours.employee)


async def page_of(people: Personas, link: Link) -> str:
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
    assert page.status_code == 200
    return page.text


def flat(page: str) -> str:
    """Return the page's text without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def test_a_wealth_product_shows_its_facts_and_what_the_law_wants_said(
    people: Personas,
) -> None:
    page = await page_of(people, await shared(people, "product", "wealth", fields=WEALTH))
    text = flat(page)
    for words in ("R2 中低风险", "1 万元", "丰收理财有限责任公司", "费用与成本", "销售服务费"):
        assert words in text, words
    must = page[page.index('class="c must"') :]
    for words in (
        "理财非存款、产品有风险、投资须谨慎",
        "发行机构：丰收理财有限责任公司",
        "业绩比较基准不代表未来表现和实际收益",
    ):
        assert words in must, words
    assert '<span class="ad">广告</span>' in page
    assert "不再向我推荐此类信息" in page
    assert re.search(r"内容编号 P-\d+-v1", text)
    assert re.search(r"<footer>.*商业银行.*客服与投诉电话 96588", page, re.S)


async def test_a_loan_shows_its_cost_as_a_table(people: Personas) -> None:
    page = await page_of(people, await shared(people, "product", "loan", fields=LOAN))
    cost = page[page.index('class="c cost"') : page.index('class="c must"')]
    assert cost.count("<tr>") == 3
    for words in ("收取方", "逾期罚息", "加收50%"):
        assert words in cost, words
    assert "年化综合融资成本：5.20%" in page
    assert "贷款额度、利率以审批为准，请理性借贷" in page


async def test_a_right_shows_validity_what_is_left_and_how_to_redeem(people: Personas) -> None:
    link = await shared(people, "right", "rights", fields=RIGHT)
    text = flat(await page_of(people, link))
    for words in (
        "还剩 2 份",
        "2026年1月1日",
        "2099年12月31日",
        "不找零",
        "代发工资客户 1 每月10日起",
        "领取权益无需分享或转发",
    ):
        assert words in text, words
    assert "XC-2026" not in text
    async with visitor(people) as client:
        first = await send(client, people, link, "signup", phone="13800000001", name="王明")
        again = await send(client, people, link, "signup", phone="13800000001", name="王明")
        other = await send(client, people, link, "signup", phone="13800000002", name="李红")
        late = await send(client, people, link, "signup", phone="13800000003", name="张兰")
    assert (first.status_code, again.status_code, other.status_code) == (201, 409, 201)
    assert "每人限领 1 份" in again.json()["detail"]
    assert late.status_code == 409
    assert "已经领完" in late.json()["detail"]
    assert "已经没有了" in flat(await page_of(people, link))


async def test_a_right_whose_redemption_is_over_is_not_claimed(people: Personas) -> None:
    fields = {**RIGHT, "redeem_from": "2020-01-01", "redeem_until": "2020-12-31"}
    then = datetime(2020, 6, 1, tzinfo=UTC)
    link = await shared(people, "right", "rights", fields=fields, at=then)
    assert "兑换期已过" in await page_of(people, link)
    async with visitor(people) as client:
        answer = await send(client, people, link, "signup", name="王明")
    assert answer.status_code == 409


async def test_a_question_is_shown_with_its_answer_and_leads_to_its_product(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        product = await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
        hidden, _ = await make_item(db, ours.author, title="还没有发布的产品")
    fields = {**FAQ, "related_product": product.code}
    link = await shared(people, "faq", "deposit", fields=fields)
    page = await page_of(people, link)
    shown = ("大额存单可以提前取吗", "支取部分按活期利率计息。", "三年期大额存单", "本行业务公告")
    for words in shown:
        assert words in page, words
    assert "急用钱怎么办" not in page
    assert '<span class="ad">' not in page
    async with visitor(people) as client:
        here = f"/s/{link.code}/related"
        on = await client.post(here, data={"item": product.code})
        twice = await client.post(here, data={"item": product.code})
        foreign = await client.post(here, data={"item": hidden.code})
        seen = await client.get(on.headers["location"])
    assert (on.status_code, foreign.status_code) == (303, 404)
    assert on.headers["location"] == twice.headers["location"]
    assert "三年期大额存单" in seen.text
    assert ours.employee.name in seen.text


async def test_a_reference_to_what_is_not_live_is_left_out(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        hidden, _ = await make_item(db, people.ours.author, title="还没有发布的产品")
    fields = {**FAQ, "related_product": hidden.code}
    page = await page_of(people, await shared(people, "faq", "deposit", fields=fields))
    assert "还没有发布的产品" not in page


async def test_an_activity_shows_when_where_the_course_and_the_odds(people: Personas) -> None:
    link = await shared(people, "activity", "life", fields=ACTIVITY)
    text = flat(await page_of(people, link))
    for words in (
        "12月20日 周日",
        "09:00–11:30",
        "文化广场会议室",
        "09:30 案例讲解 王警官",
        "农用手电筒 45 元 10 1% 实物",
        "还剩 2 个名额",
        "当场兑奖",
        "本活动与微信、企业微信无关",
        "我要报名",
    ):
        assert words in text, words
    async with visitor(people) as client:
        await send(client, people, link, "signup", name="王明")
    assert "还剩 1 个名额" in flat(await page_of(people, link))


async def _file(people: Personas, mime: str) -> UUID:
    ours, key = people.ours, f"{people.ours.tenant}/assets/{new_id()}.bin"
    await people.house.storage.put(key, b"0123456789", mime=mime)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        asset = Asset(
            tenant_id=ours.tenant,
            id=new_id(),
            sha256=new_id().hex * 2,
            mime=mime,
            width_px=0,
            height_px=0,
            size_bytes=10,
            storage_key=key,
            filename="防骗.mp4",
            created_by=ours.author.id,
            created_at=ours.author.created_at,
        )
        db.add(asset)
        return asset.id


async def test_an_article_plays_its_video_and_gives_it_out_under_its_own_code_only(
    people: Personas,
) -> None:
    video = await _file(people, "video/mp4")
    link = await shared(people, "article", "education", fields={"video": str(video)})
    other = await shared(people, "article", "education")
    page = await page_of(people, link)
    assert f'preload="metadata" src="/s/{link.code}/assets/{video}"' in page
    async with visitor(people) as client:
        mine = await client.get(f"/s/{link.code}/assets/{video}")
        begun = await client.get(f"/s/{link.code}/assets/{video}", headers={"range": "bytes=0-1"})
        theirs = await client.get(f"/s/{other.code}/assets/{video}")
    assert (mine.status_code, mine.content) == (200, b"0123456789")
    assert (begun.status_code, begun.content) == (206, b"01")
    assert begun.headers["content-range"] == "bytes 0-1/10"
    assert theirs.status_code == 404


async def test_a_file_must_be_of_the_fields_sort_and_of_the_bank(people: Personas) -> None:
    picture = await _file(people, "image/png")
    for named in (picture, new_id()):
        facts = {"kind": "article", "topic": "life", "fields": {"video": str(named)}}
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            with pytest.raises(Invalid) as refused:
                await make_item(db, people.ours.author, **facts)
        assert set(refused.value.fields) == {"fields.video"}


async def test_a_reference_must_name_an_item_of_the_bank(people: Personas) -> None:
    fields = {**FAQ, "related_product": "P-9999"}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(Invalid, match="P-9999"):
            await make_item(db, people.ours.author, kind="faq", topic="deposit", fields=fields)


async def test_a_script_has_no_page_and_no_link(people: Personas) -> None:
    ours = people.ours
    fields = {"scene": "group", "text": "各位邻居：{{ link }}"}
    async with people.house.database.unit_of_work(ours.tenant) as db:
        script = await make_live_item(
            db, ours.author, ours.reviewer, kind="script", topic="life", fields=fields
        )
        with pytest.raises(Conflict, match="话术没有客户页面"):
            await make_link(db, script, ours.employee)


async def test_an_activity_asks_what_its_author_chose_and_keeps_the_answers(
    people: Personas,
) -> None:
    chosen = ["name", "phone", "people", "remark"]
    fields = {**ACTIVITY, "capacity": "20", "signup_fields": chosen}
    link = await shared(people, "activity", "life", fields=fields)
    page = await page_of(people, link)
    for name in ("people", "remark"):
        assert f'id="su-{name}"' in page
    assert 'id="su-visit_on"' not in page
    async with visitor(people) as client:
        here = f"/s/{link.code}/signup"
        form = {"token": page_token(people, link), "phone": "13800000001", "consent": True}
        wrong = await client.post(here, json={**form, "remark": "打13800000009"})
        said = {"name": "王明", "people": "3", "remark": "带轮椅", "branch": "城关"}
        good = await client.post(here, json={**form, **said})
    assert (wrong.status_code, good.status_code) == (422, 201)
    async with people.client(people.ours.employee) as client:
        (found,) = (await client.get("/api/v1/signups")).json()["items"]
        seen = await client.get(f"/m/signups/{found['id']}")
    assert found["answers"] == {"people": 3, "remark": "带轮椅"}
    assert "带轮椅" in seen.text
    async with people.client(people.ours.branch_manager) as client:
        assert "带轮椅" in (await client.get(f"/console/signups/{found['id']}")).text


async def test_a_wrong_answer_comes_back_in_its_field_without_script(people: Personas) -> None:
    fields = {**ACTIVITY, "signup_fields": ["visit_on"]}
    link = await shared(people, "activity", "life", fields=fields)
    form = {"token": page_token(people, link), "phone": "13800000001", "name": "王明"}
    async with visitor(people) as client:
        answer = await client.post(
            f"/s/{link.code}/signup", data={**form, "consent": "1", "visit_on": "明天"}
        )
    assert answer.status_code == 422
    assert 'id="su-visit_on-e"' in answer.text
    assert 'value="王明"' in answer.text


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-1", (0, 1)),
        ("bytes=4-", (4, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=2-99", (2, 9)),
        ("bytes=-99", (0, 9)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
    ],
)
def test_a_player_gets_the_part_it_asks_for(asked: str, part: tuple[int, int] | None) -> None:
    assert part_of(asked, 10) == part


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=999999-", "bytes=-0"])
def test_a_part_behind_the_end_is_told_apart_from_the_whole(asked: str) -> None:
    with pytest.raises(OutOfReach):
        part_of(asked, 10)
