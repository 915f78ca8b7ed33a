"""What an outsider with a share code sees, and what is counted."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.make import make_link, make_live_item
from tests.personas import Personas

from contenthub.library.models import Item
from contenthub.sharing import bridge, jobs, queries
from contenthub.sharing.models import Link, LinkStat

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800322b) NetType/WIFI"
)


@pytest.fixture
async def link(people: Personas) -> Link:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(
            db,
            people.ours.author,
            people.ours.reviewer,
            title="金秋存款季<script>alert(1)</script>",
            body='<p onclick="x()">详情</p><script>alert(2)</script>',
        )
        return await make_link(db, item, people.ours.employee)


@asynccontextmanager
async def visitor(people: Personas, browser: str = WECHAT) -> AsyncIterator[httpx.AsyncClient]:
    async with people.client() as client:
        client.headers["user-agent"] = browser
        yield client


def token_in(page: httpx.Response) -> str:
    found = re.search(r'data-beacon-token="([\w-]+)"', page.text)
    assert found is not None
    return found[1]


async def stat(people: Personas, link: Link) -> LinkStat:
    await jobs.drain_visits(people.house.database, people.ours.tenant)
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries.stat(db, link.id)


async def test_a_visitor_sees_the_item_the_employee_and_the_bank(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    for words in ("金秋存款季", "20 万元起存", "2.05%", "王小明", "城关支行", "96588", "广告"):
        assert words in page.text, words
    assert "不再向我推荐" in page.text
    assert re.search(r'name="consent"[^>]*checked', page.text) is None
    assert "保存：" in page.text
    assert "<script>alert" not in page.text
    assert "onclick" not in page.text


async def test_the_code_is_read_in_any_case(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        for path in (f"/S/{link.code.lower()}", f"/s/{link.code}?from=timeline&isappinstalled=0"):
            assert (await client.get(path)).status_code == 200


async def test_the_visitor_is_known_by_one_private_cookie(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        first = await client.get(f"/s/{link.code}")
        again = await client.get(f"/s/{link.code}")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "set-cookie" not in again.headers


async def test_opening_is_a_fetch_and_staying_is_one_view(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        assert (await stat(people, link)).fetches == 1
        token = token_in(page)
        early = await client.post(f"/s/{link.code}/beacon", json={"token": token})
        assert early.status_code == 204
        assert (await stat(people, link)).views == 0
        await asyncio.sleep(1.0)
        for kind in ("view", "dwell", "view"):
            body = {"token": token, "kind": kind, "visible_ms": 1000}
            answer = await client.post(f"/s/{link.code}/beacon", json=body)
            assert answer.status_code == 204
    after = await stat(people, link)
    assert (after.fetches, after.views) == (1, 1)


async def test_a_beacon_may_come_as_plain_text(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        token = token_in(await client.get(f"/s/{link.code}"))
        await asyncio.sleep(1.0)
        answer = await client.post(
            f"/s/{link.code}/beacon",
            content=f'{{"token":"{token}","dwell_ms":99999999}}',
            headers={"content-type": "text/plain"},
        )
    assert answer.status_code == 204
    assert (await stat(people, link)).views == 1
    async with people.house.database.reading(people.ours.tenant) as db:
        dwell_ms = await db.scalar(text("select dwell_ms from visits where kind = 'view'"))
    assert 900 <= dwell_ms < 60_000


@pytest.mark.parametrize("robot", ["", "curl/8.4.0", "Mozilla/5.0 (compatible; Baiduspider/2.0)"])
async def test_a_robot_neither_opens_nor_views(people: Personas, link: Link, robot: str) -> None:
    async with visitor(people, robot) as client:
        token = token_in(await client.get(f"/s/{link.code}"))
        await asyncio.sleep(1.0)
        answer = await client.post(f"/s/{link.code}/beacon", json={"token": token})
    assert answer.status_code == 204
    after = await stat(people, link)
    assert (after.fetches, after.views) == (0, 0)


async def test_head_and_prefetch_are_no_opening(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        head = await client.head(f"/s/{link.code}")
        await client.get(f"/s/{link.code}", headers={"sec-purpose": "prefetch"})
    assert head.status_code == 200
    assert head.content == b""
    after = await stat(people, link)
    assert (after.fetches, after.views) == (0, 0)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"not json", b'{"token":"' + b"A" * 54 + b'"}', b"x" * 5000, b"\xff\xfe"]
)
async def test_a_bad_beacon_is_a_clean_refusal(people: Personas, link: Link, body: bytes) -> None:
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/beacon", content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await stat(people, link)).views == 0


async def test_a_token_opens_no_other_link(people: Personas, link: Link) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await db.get_one(Item, (people.ours.tenant, link.item_id))
        other = await make_link(db, item, people.ours.colleague)
    async with visitor(people) as client:
        token = token_in(await client.get(f"/s/{link.code}"))
        answer = await client.post(f"/s/{other.code}/beacon", json={"token": token})
    assert answer.status_code == 400


async def test_recalled_content_shows_whom_to_call(people: Personas, link: Link) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(update(Item).where(Item.id == link.item_id).values(live_revision_id=None))
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        lead = await client.post(f"/s/{link.code}/lead", json={"phone": "13800000001"})
    assert page.status_code == 410
    assert "内容已下架" in page.text
    assert "王小明" in page.text
    assert people.ours.employee.phone in page.text
    assert "金秋存款季" not in page.text
    assert lead.status_code == 422


async def test_content_past_its_window_is_gone_even_from_the_cache(people: Personas) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=1.5)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, valid_until=ends)
        link = await make_link(db, item, ours.employee)
    async with visitor(people) as client:
        assert (await client.get(f"/s/{link.code}")).status_code == 200
        await asyncio.sleep(1.6)
        assert (await client.get(f"/s/{link.code}")).status_code == 410


async def test_the_successor_serves_the_links_of_one_who_left(people: Personas, link: Link) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        gone = await db.merge(people.ours.employee)
        gone.state, gone.successor_id = "resigned", people.ours.colleague.id
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
    assert page.status_code == 200
    assert "刘洋" in page.text
    assert "王小明" not in page.text


async def test_unknown_and_malformed_codes_get_the_same_answer(people: Personas) -> None:
    async with visitor(people) as client:
        pages = [await client.get(f"/s/{code}") for code in ("0" * 12, "short", "U" * 12, "%00")]
    assert {page.status_code for page in pages} == {404}
    bare = {re.sub(r'nonce="[^"]+"', "", page.text) for page in pages}
    assert len(bare) == 1
    assert "set-cookie" not in pages[0].headers


async def test_an_unknown_code_says_what_to_do_in_the_look_of_every_page(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        known = await client.get(f"/s/{link.code}")
        opened = await client.get("/s/XXXXXXXXXXXX")
        sent = await client.post("/s/XXXXXXXXXXXX/lead", data={"phone": "13800000001"})
    style = re.search(r'<link rel="stylesheet" href="([^"]+)">', known.text)
    assert style is not None
    for lost in (opened, sent):
        assert lost.status_code == 404
        assert style[1] in lost.text
        assert "链接可能没有复制完整" in lost.text
        assert "直接点开原来的链接" in lost.text
        assert "客户经理" in lost.text


async def test_guessing_codes_is_slowed_down(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answers = [await client.get(f"/s/{n:012d}") for n in range(32)]
        assert answers[29].status_code == 404
        assert answers[31].status_code == 429
        assert answers[31].headers["retry-after"] == "60"
        assert "请过一分钟再打开" in answers[31].text
        assert (await client.get(f"/s/{link.code}")).status_code == 200


async def test_a_crowd_is_recorded_to_the_last_visitor(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        pages = await asyncio.gather(*(client.get(f"/s/{link.code}") for _ in range(60)))
    assert {page.status_code for page in pages} == {200}
    assert len({token_in(page) for page in pages}) == 60
    assert (await stat(people, link)).fetches == 60


def _broken_connect(_: AsyncEngine) -> None:
    raise OSError("PostgreSQL is gone")


@pytest.mark.parametrize("redis_is_there", [True, False])
async def test_a_visit_in_an_outage_waits_for_the_database_and_is_not_acknowledged(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch, redis_is_there: bool
) -> None:
    await people.house.redis.delete(bridge.STREAM)
    async with visitor(people) as client:
        await client.get(f"/s/{link.code}")  # a code that nobody looked up has no page now
        with monkeypatch.context() as outage:
            outage.setattr(AsyncEngine, "connect", _broken_connect)
            if not redis_is_there:
                outage.setattr(bridge, "KEPT_AT_MOST", 0)
            page = await client.get(f"/s/{link.code}")
            assert page.status_code == 200
            token = token_in(page)
            await asyncio.sleep(1.0)
            body = {"token": token, "visible_ms": 1000}
            refused = await client.post(f"/s/{link.code}/beacon", json=body)
            assert refused.status_code == 503
        await jobs.move_bridged(people.house.database, people.ours.tenant)
        waited = await stat(people, link)
        assert (waited.fetches, waited.views) == ((2, 1) if redis_is_there else (1, 0))
        taken = await client.post(f"/s/{link.code}/beacon", json=body)
    assert taken.status_code == 204
    assert (await stat(people, link)).views == 1
