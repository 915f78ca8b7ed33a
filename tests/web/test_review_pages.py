"""审核中心 as a reviewer uses it: hits, differences, the decision, and the next one."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas, Side
from tests.web.forms import onward, post_form, tomorrow_at_ten

from contenthub.db import Write
from contenthub.library import actions, queries
from contenthub.library.models import Item, Review
from contenthub.scheduler import actions as pushes

WEALTH: dict[str, Any] = {
    "topic": "wealth",
    "title": "丰收稳健 90 天",
    "fields": {"summary": "保本理财，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"},
}

KEPT = {"kept_reason": "数据出自本行牌价，已核对"}


async def _waiting(people: Personas, side: Side | None = None, **over: Any) -> Review:
    side = side or people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await make_item(db, side.author, **over)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        return (await queries.reviews_of(db, revision.id))[0]


async def test_the_empty_queue_says_so(people: Personas) -> None:
    async with people.client(people.ours.reviewer) as client:
        page = await client.get("/console/reviews")
    assert page.status_code == 200
    assert "没有待审核的内容" in page.text


async def test_a_blocked_subject_shows_its_hits_and_a_dead_button(people: Personas) -> None:
    review = await _waiting(people, **WEALTH)
    async with people.client(people.ours.reviewer) as client:
        page = (await client.get(f"/console/reviews/{review.id}")).text
    assert "必须修改" in page
    assert "「保本」" in page
    approve = page.split('data-ch-key="a"')[1].split(">")[0]
    assert "disabled" in approve
    assert re.search(r"还有 \d+ 处必须修改的合规问题", page)
    async with people.house.database.reading(people.ours.tenant) as db:
        revision = await queries.revision(db, review.subject_id)
    item = f"/console/library/{revision.item_id}"
    async with people.client(people.ours.author) as client:
        pages = [
            (await client.get(address)).text
            for address in (item, f"/console/library?q={revision.title[:4]}", f"{item}/compare")
        ]
    assert re.search(r"这一版有 \d+ 处必须修改的问题", pages[0])
    assert not any("{&#39;" in text or "{'" in text for text in [page, *pages])


async def _second_version(db: Write, side: Side, item: Item) -> Review:
    """Write and submit a next version with another rate; return its review."""
    _, newest, _ = await queries.item_wordings(db, item.id)
    fields = {**newest.fields, "rate": 195}
    draft = actions.Draft("product", "deposit", newest.title, fields, newest.body)
    _, second = await actions.write_draft(db, item.id, draft, by=side.author, at=NOW)
    await actions.submit(db, item.id, by=side.author, at=NOW)
    return (await queries.reviews_of(db, second.id))[0]


async def test_differences_from_the_live_version_are_word_by_word(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="金秋存单")
        review = await _second_version(db, side, item)
    async with people.client(side.reviewer) as client:
        page = await client.get(f"/console/reviews/{review.id}", headers={"hx-request": "true"})
    assert "<html" not in page.text
    assert "<del>2.05%</del>" in page.text
    assert "<ins>1.95%</ins>" in page.text


async def test_what_comes_back_after_a_recall_shows_what_changed_since(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="金秋存单")
        await actions.recall(db, item.id, reason="利率写错", by=side.author, at=NOW)
        review = await _second_version(db, side, item)
    async with people.client(side.reviewer) as client:
        page = (await client.get(f"/console/reviews/{review.id}")).text
        for words in (
            "上次下架原因：利率写错",
            "对比上次下架的 v1",
            "<ins>1.95%</ins>",
            "v1（上次下架的）",
        ):
            assert words in page, words
        detail = (await client.get(f"/console/library/{item.id}")).text
        assert "对比上次下架的 v1" in detail
        told = (await client.get(f"/api/v1/items/{item.id}/diff")).json()
    assert (told["from"], told["to"]) == (1, 2)
    assert [one["name"] for one in told["fields"]] == ["fields.rate"]
    async with people.client(people.theirs.reviewer) as client:
        assert (await client.get(f"/api/v1/items/{item.id}/diff")).status_code == 404


async def test_after_a_decision_the_next_one_opens_in_the_queue(people: Personas) -> None:
    one, two = await _waiting(people, title="甲"), await _waiting(people, title="乙")
    async with people.client(people.ours.reviewer) as client:
        url = f"/console/reviews/{one.id}"
        refused = await post_form(client, f"{url}/return", {"comment": ""})
        assert refused.status_code == 422
        assert 'data-ch-wrong="comment"' in refused.text
        assert refused.headers["hx-retarget"] == "#problems"
        given = await post_form(client, f"{url}/return", {"comment": "错别字"})
        assert given.headers["hx-push-url"] == f"/console/reviews/{two.id}"
        assert f'data-ch-next="/console/reviews/{two.id}"' in given.text
        assert "已退回“甲”" in given.text
        assert "<h2>乙</h2>" in given.text
        last = await post_form(client, f"/console/reviews/{two.id}/approve", KEPT)
        assert last.headers["hx-push-url"] == "/console/reviews"
        assert "都处理完了" in last.text
        assert "错别字" in (await client.get(url)).text
        again = await post_form(client, f"/console/reviews/{two.id}/approve", KEPT)
        assert again.status_code == 409


async def test_a_finding_is_weighed_with_a_reason_before_an_approval(people: Personas) -> None:
    review = await _waiting(people, title="全县首家智慧网点开业")
    url = f"/console/reviews/{review.id}"
    async with people.client(people.ours.reviewer) as client:
        page = (await client.get(url)).text
        assert "“须核对”提示的理由" in page
        refused = await post_form(client, f"{url}/approve")
        assert refused.status_code == 409
        assert "没有写明保留的理由" in refused.text
        single = re.findall(r'name="where" value="([^"]+)"', page) or [""]
        rules = re.findall(r'name="rule" value="([^"]+)"', page) or [""]
        said = {"rule": rules, "where": single, "reason": ["有批文"] * len(rules)}
        given = await post_form(client, f"{url}/approve", said)
        assert given.status_code == 200
        assert "有批文" in (await client.get(f"{url}/record")).text


async def test_a_form_works_without_script(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        url = f"/console/reviews/{review.id}/approve"
        answer = await post_form(client, url, {"comment": "好", **KEPT}, htmx=False)
        assert answer.status_code == 303
        assert onward(answer) == f"/console/reviews?done={review.id}"
        assert "已通过“" in (await client.get(onward(answer))).text


async def test_own_work_has_no_buttons_and_says_why(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        both = await db.merge(side.author)
        both.roles, both.totp_confirmed_at = ["author", "reviewer"], datetime.now(UTC)
    review = await _waiting(people)
    async with people.client(side.author) as client:
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert "须由另一位同事审核" in page
        assert 'data-ch-key="a"' not in page
        answer = await post_form(client, f"/console/reviews/{review.id}/approve")
    assert answer.status_code == 409
    assert "不能审核自己写过或提交的内容" in answer.text


async def test_a_push_shows_its_audience_and_each_removal(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        at = {"kind": "once", "at": tomorrow_at_ten().isoformat()}
        draft = pushes.PushDraft("首推", item.id, "aum >= 50000", at)
        push = await pushes.write_push(db, draft, by=side.author, at=now)
        await db.flush()
        await pushes.submit(db, push.id, by=side.author, at=now)
        review = (await queries.reviews_of(db, push.id))[0]
    async with people.client(side.reviewer) as client:
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert "aum &gt;= 50000" in page
        assert "命中条件" in page
        assert "可触达" in page
        assert f"{tomorrow_at_ten():%Y-%m-%d} 10:00" in page
        async with people.house.database.unit_of_work(side.tenant) as db:
            await actions.recall(db, item.id, reason="利率调整", by=side.author, at=NOW)
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert "内容已下架或已有新版本" in page


async def test_what_an_author_wrote_never_becomes_markup(people: Personas) -> None:
    attack = "<img src=x onerror=alert(1)>"
    review = await _waiting(
        people, title=attack, fields={"summary": attack}, body="<svg onload=alert(1)>字"
    )
    async with people.client(people.ours.reviewer) as client:
        for url in ("/console/reviews", f"/console/reviews/{review.id}"):
            assert "<img src=x" not in (await client.get(url)).text


async def test_strangers_see_nothing(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.theirs.reviewer) as client:
        assert (await client.get(f"/console/reviews/{review.id}")).status_code == 404
        assert (await client.get(f"/console/reviews?done={review.id}")).status_code == 404
        missing = await post_form(client, f"/console/reviews/{uuid4()}/approve")
        theirs = await post_form(client, f"/console/reviews/{review.id}/approve")
        assert missing.status_code == theirs.status_code == 404
    async with people.client(people.ours.employee) as client:
        assert (await client.get("/console/reviews")).status_code == 403
