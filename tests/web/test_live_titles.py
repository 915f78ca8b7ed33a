"""What a draft of a live item says is nobody's but the library's until a second person approves."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from tests.faults import Faults
from tests.make import NOW, approve, make_item, make_link, make_live_item, make_live_template
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.forms import tomorrow_at_ten
from tests.web.h5 import handed_out
from tests.web.landing import send, visitor

from contenthub.errors import Conflict
from contenthub.library import actions, actions_windows, queries
from contenthub.library.models import Item
from contenthub.sharing.models import Link

__all__ = ["desk", "sandbox"]

SECRET = "全国最高息未审"
SHOWN = "金秋大额存单"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
async def link(desk: Desk) -> Link:
    """A live item with a push, a task, a poster, a link and a lead, and then another draft."""
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        desk.item = await make_live_item(db, side.author, side.reviewer, title=SHOWN)
        await make_live_template(db, desk.item, side.author, side.reviewer)
        link = await make_link(db, desk.item, side.employee)
    await handed_out(desk, item_id=desk.item.id)
    async with visitor(desk.people) as client:
        assert (await send(client, desk.people, link)).status_code == 201
    async with desk.database.unit_of_work(side.tenant) as db:
        draft = actions.Draft("product", "loan", SECRET, {"summary": f"{SECRET}摘要"})
        await actions.write_draft(db, desk.item.id, draft, by=side.author, at=NOW)
    return link


async def _crawl(client: httpx.AsyncClient, *starts: str) -> dict[str, str]:
    """Return every page that links lead to from the first ones, by its address.

    Of one kind of page three are opened: the fourth link to a customer shows nothing else.
    """
    seen: dict[str, str] = {}
    kinds = Counter[str]()
    waiting = list(starts)
    while waiting and len(seen) < 120:
        url = waiting.pop(0)
        kind = ID.sub("…", url)
        if url in seen or kinds[kind] == 3:
            continue
        kinds[kind] += 1
        answer = await client.get(url, follow_redirects=True)
        is_text = "html" in answer.headers.get("content-type", "")
        seen[url] = answer.text if is_text else ""
        found = re.findall(r'(?:href|hx-get)="(/(?:m|console)[^"#]*)"', seen[url])
        waiting += [one.replace("&amp;", "&") for one in found if "logout" not in one]
    return seen


@pytest.mark.parametrize("role", ["employee", "branch_manager"])
async def test_no_page_of_who_sees_no_drafts_shows_a_drafts_title(
    desk: Desk, link: Link, role: str
) -> None:
    async with desk.people.client(getattr(desk.side, role)) as client:
        pages = await _crawl(client, "/m", "/m/tasks", "/m/results", "/m/code", "/console")
    assert [url for url, words in pages.items() if SECRET in words] == []
    assert sum(SHOWN in words for words in pages.values()) >= 3, sorted(pages)


async def test_no_answer_of_the_api_says_a_drafts_title(desk: Desk, link: Link) -> None:
    faults, of_item = Faults(), f"/items/{desk.item.id}"
    of_link = f"/links/{link.code}/chain"
    for role in ("employee", "branch_manager"):
        async with desk.people.client(getattr(desk.side, role)) as client:
            for path in ("/items", of_item, "/leads", "/reports/funnel", of_link, "/pushes"):
                with faults.of(f"{role} {path}"):
                    answer = await client.get(f"/api/v1{path}")
                    assert SECRET not in answer.text
                    if path.startswith("/items"):
                        assert SHOWN in answer.text
                        assert '"topic":"deposit"' in answer.text.replace(" ", "")
    faults.none()


async def test_a_drafts_words_find_nothing_for_who_sees_no_drafts(desk: Desk, link: Link) -> None:
    async with desk.people.client(desk.side.employee) as client:
        for word, count in ((SECRET, 0), ("金秋大额", 1)):
            listed = (await client.get("/api/v1/items", params={"q": word})).json()["items"]
            assert len(listed) == count
            page = (await client.get("/m/materials", params={"q": word})).text
            assert (str(desk.item.id) in page) == bool(count)
        states = (await client.get("/api/v1/items?state=draft")).json()["items"]
    assert states == []
    async with desk.people.client(desk.side.author) as client:
        for word in (SECRET, "金秋大额"):
            listed = (await client.get("/api/v1/items", params={"q": word})).json()["items"]
            assert [one["title"] for one in listed] == [SECRET]


async def test_the_library_says_both_titles_and_a_push_the_live_one(desk: Desk, link: Link) -> None:
    async with desk.people.client(desk.side.author) as client:
        library = (await client.get("/console/library")).text
        assert SECRET in library
        assert f"线上仍是“{SHOWN}”" in library
        assert SECRET in (await client.get("/console/search", params={"q": SECRET})).text
        shown = (await client.get(f"/api/v1/items/{desk.item.id}")).json()
        assert (shown["title"], shown["live"]["title"]) == (SECRET, SHOWN)
        push = (await client.get("/console/pushes/new")).text
        assert SECRET not in push
        assert SHOWN in push


async def test_a_second_approval_brings_the_title_and_the_topic(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title=SHOWN)
        draft = actions.Draft("product", "deposit", "换个名字", {"summary": "说明", "rate": 205})
        await actions.write_draft(db, item.id, draft, by=side.author, at=NOW)
        assert item.title == SHOWN
        await actions.submit(db, item.id, by=side.author, at=NOW)
        assert item.title == SHOWN
        await approve(db, item, side.reviewer)
        assert item.title == "换个名字"


async def test_a_recalled_items_new_draft_does_not_rename_what_was_seen(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title=SHOWN)
        await actions.recall(db, item.id, reason="利率调整", by=side.author, at=NOW)
        draft = actions.Draft("product", "deposit", SECRET, {"summary": "说明", "rate": 205})
        await actions.write_draft(db, item.id, draft, by=side.author, at=NOW)
        assert (item.title, item.state) == (SHOWN, "draft")


async def test_a_first_draft_is_called_as_it_is_written(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        draft = actions.Draft("product", "deposit", "改过的名字", {"summary": "说明"})
        await actions.write_draft(db, item.id, draft, by=side.author, at=NOW)
        assert item.title == "改过的名字"


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ("recalled", "已下架（原因：利率调整），不能使用"),
        ("expired", "已到期，不能使用"),
        ("redrafted", "已下架（原因：利率调整），不能使用"),
        ("never", "还没有已发布的版本，不能使用"),
    ],
)
async def test_a_link_or_push_of_what_is_gone_is_told_why(
    desk: Desk, fate: str, words: str
) -> None:
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        if fate == "never":
            item, _ = await make_item(db, side.author)
        else:
            item = await make_live_item(
                db, side.author, side.reviewer, valid_until=now + timedelta(days=1)
            )
        if fate == "expired":
            await actions_windows.expire(db, item.id, at=now + timedelta(days=2))
        elif fate != "never":
            await actions.recall(db, item.id, reason="利率调整", by=side.author, at=now)
        if fate == "redrafted":
            draft = actions.Draft("product", "deposit", SECRET, {"summary": "说明"})
            await actions.write_draft(db, item.id, draft, by=side.author, at=now)
    async with desk.people.client(side.author) as client:
        body = {
            "title": "首推", "item_id": str(item.id), "expr": "aum >= 1", "channel": "wecom",
            "schedule": {"kind": "once", "at": tomorrow_at_ten().isoformat()},
        }  # fmt: skip
        pushed = await client.post("/api/v1/pushes", json=body)
    async with desk.people.client(side.employee) as client:
        share = {"item_id": str(item.id), "employee_id": str(side.employee.id), "channel": "wecom"}
        linked = await client.post("/api/v1/links", json=share)
    for answer in (pushed, linked):
        assert (answer.status_code, answer.json()["code"]) == (409, "not_live")
        assert words in answer.json()["detail"]
        assert SECRET not in answer.text


async def _as_app(desk: Desk, sql: str, **values: UUID) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await db.execute(text(sql), values)


POINT = "update items set live_revision_id = :revision where id = :item"


async def test_the_database_shows_nothing_that_was_not_approved(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item, draft = await make_item(db, side.author)
        live = await make_live_item(db, side.author, side.reviewer)
    assert live.live_revision_id is not None
    for revision in (draft.id, live.live_revision_id):  # not approved; approved, of another item
        with pytest.raises(Conflict, match="只有审核通过并已发布的版本才能展示"):
            await _as_app(desk, POINT, item=item.id, revision=revision)
    with pytest.raises(Conflict, match="只有审核通过并已发布的版本才能展示"):
        await _as_app(
            desk, "update revisions set state = 'recalled' where id = :r", r=live.live_revision_id
        )
    async with desk.database.reading(side.tenant) as db:
        found: Item = await queries.item(db, item.id)
        assert found.live_revision_id is None


async def test_the_database_shows_no_poster_that_was_not_approved(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        template = await make_live_template(db, item, side.author, side.reviewer)
        other = await make_live_template(db, item, side.author, side.reviewer)
    assert other.live_revision_id is not None
    with pytest.raises(Conflict, match="只有审核通过并已发布的版本才能展示"):
        await _as_app(
            desk,
            "update poster_templates set live_revision_id = :other where id = :template",
            template=template.id,
            other=other.live_revision_id,
        )
