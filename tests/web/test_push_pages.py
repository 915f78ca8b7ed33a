"""The console's pages of pushes: wizard, follow page, ledger, calendar, and what forms refuse."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.make import make_staff
from tests.scheduler.conftest import EXPR, Desk, desk, sandbox
from tests.web.desk import post_form

from contenthub.customers import tagexpr, tagtext
from contenthub.db import new_id
from contenthub.scheduler import actions, queries
from contenthub.tenants.models import Staff

__all__ = ["desk", "sandbox"]
HX = {"hx-request": "true"}


class Console:
    """One person's browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def see(self, path: str, **headers: str) -> str:
        """Return a page's HTML."""
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form as htmx does."""
        if "csrftoken" not in self.client.cookies:
            await self.client.get("/login")
        headers = {**HX, "x-csrftoken": self.client.cookies["csrftoken"]}
        return await self.client.post(path, data=fields, headers=headers)


@pytest.fixture
async def author(desk: Desk) -> AsyncIterator[Console]:
    async with desk.people.client(desk.side.author) as client:
        yield Console(client)


@pytest.fixture
async def reviewer(desk: Desk) -> AsyncIterator[Console]:
    async with desk.people.client(desk.side.reviewer) as client:
        yield Console(client)


def _form(desk: Desk, **over: Any) -> dict[str, Any]:
    tomorrow = datetime.now(UTC) + timedelta(hours=32)
    return {
        "title": "金秋存款季",
        "item_id": str(desk.item.id),
        "expr": EXPR,
        "when": "once",
        "at": tomorrow.strftime("%Y-%m-%dT%H:%M"),
        "message": "您好，我是{{ employee.name }}：{{ link }}",
        **over,
    }


def _id(answer: httpx.Response) -> UUID:
    assert answer.status_code == 204, answer.text[:600]
    return UUID(answer.headers["hx-redirect"].split("/")[3])


async def _running(desk: Desk) -> UUID:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    return push_id


async def test_an_empty_list_says_what_to_do(
    desk: Desk, author: Console, reviewer: Console
) -> None:
    assert "/console/pushes/new" in await author.see("/console/pushes")
    assert "/console/pushes/new" not in await reviewer.see("/console/pushes")


async def test_the_wizard_keeps_a_draft_and_submits_it(
    desk: Desk, author: Console, reviewer: Console
) -> None:
    html = await author.see("/console/pushes/new")
    assert desk.item.title in html
    assert "提交后由审核员审核，通过前不会发送" in html
    kept = await author.send("/console/pushes", **_form(desk))
    push_id = _id(kept)
    assert kept.headers["hx-redirect"].endswith("/edit")
    edit = await author.see(f"/console/pushes/{push_id}/edit")
    assert "金秋存款季" in edit
    sent = await author.send(
        "/console/pushes", **_form(desk, push_id=str(push_id), title="改了名", go="submit")
    )
    assert sent.headers["hx-redirect"] == f"/console/pushes/{push_id}"
    page = await reviewer.see(f"/console/pushes/{push_id}")
    assert "改了名" in page
    assert f"/console/pushes/{push_id}/approve" in page
    assert f"/console/pushes/{push_id}/approve" not in await author.see(
        f"/console/pushes/{push_id}"
    )
    done = await reviewer.send(f"/console/pushes/{push_id}/approve", comment="")
    assert done.status_code == 204
    async with desk.database.reading(desk.side.tenant) as db:
        assert (await queries.push(db, push_id)).state == "scheduled"


async def test_a_weekly_push_is_written_by_choosing_a_day(desk: Desk, author: Console) -> None:
    form = _form(desk, when="weekly", weekday="3", clock="10:30")
    push_id = _id(await author.send("/console/pushes", **form))
    async with desk.database.reading(desk.side.tenant) as db:
        push = await queries.push(db, push_id)
    assert push.schedule == {"kind": "cron", "expr": "30 10 * * 3"}
    assert "每周三 10:30" in await author.see(f"/console/pushes/{push_id}")
    assert 'value="10:30"' in await author.see(f"/console/pushes/{push_id}/edit")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"at": "2020-01-01T09:00"}, "at"),
        ({"when": "weekly", "clock": "25:61"}, "weekday"),
        ({"when": "weekly", "clock": "早上"}, "clock"),
        ({"when": "weekly", "weekday": "9"}, "weekday"),
        ({"item_id": ""}, "item_id"),
        ({"title": ""}, "title"),
        ({"expr": "refused("}, "expr"),
        ({"message": "{{ x }}"}, "message"),
    ],
)
async def test_a_refused_form_marks_its_own_field(
    desk: Desk, author: Console, over: dict[str, Any], field: str
) -> None:
    answer = await author.send("/console/pushes", **_form(desk, **over))
    assert answer.status_code == 422, answer.text[:300]
    assert answer.headers["hx-retarget"] == "#problems"
    assert f'data-ch-wrong="{field}"' in answer.text
    assert f'data-ch-field="{field}"' in await author.see("/console/pushes/new")


async def test_autosave_keeps_what_can_be_kept_and_says_when_not(
    desk: Desk, author: Console
) -> None:
    waiting = await author.send("/console/pushes/autosave", **_form(desk, title=""))
    assert waiting.status_code == 200
    assert "尚未保存" in waiting.text
    kept = await author.send("/console/pushes/autosave", **_form(desk))
    assert "已自动保存" in kept.text
    push_id = UUID(kept.headers["hx-replace-url"].split("/")[3])
    again = await author.send(
        "/console/pushes/autosave", **_form(desk, push_id=str(push_id), title="第二稿")
    )
    assert f'value="{push_id}"' in again.text
    async with desk.database.reading(desk.side.tenant) as db:
        assert [p.title for p in await queries.pushes(db)] == ["第二稿"]


@pytest.mark.parametrize("go", ["draft", "submit"])
async def test_a_save_and_the_autosave_after_it_make_one_push(
    desk: Desk, author: Console, go: str
) -> None:
    html = await author.see("/console/pushes/new")
    draft_id = html.split('name="draft_id" value="')[1].split('"')[0]
    form = _form(desk, push_id="", draft_id=draft_id)
    push_id = _id(await author.send("/console/pushes", **form, go=go))
    assert push_id == UUID(draft_id)
    late = await author.send("/console/pushes/autosave", **form)
    assert ("尚未保存" in late.text) == (go == "submit")
    async with desk.database.reading(desk.side.tenant) as db:
        assert [(p.id, p.state) for p in await queries.pushes(db)] == [
            (push_id, "in_review" if go == "submit" else "draft")
        ]


async def test_a_save_and_an_autosave_at_once_make_one_push(desk: Desk, author: Console) -> None:
    await author.see("/console/pushes/new")
    form = _form(desk, draft_id=str(new_id()))
    paths = ["/console/pushes", "/console/pushes/autosave"] * 2
    answers = await asyncio.gather(*(author.send(path, **form) for path in paths))
    assert [a.status_code for a in answers] == [204, 200, 204, 200]
    async with desk.database.reading(desk.side.tenant) as db:
        assert [str(p.id) for p in await queries.pushes(db)] == [form["draft_id"]]


async def test_the_draft_of_another_bank_is_never_touched(desk: Desk, author: Console) -> None:
    form = _form(desk, draft_id=str(new_id()))
    await author.send("/console/pushes", **form)
    async with desk.people.client(desk.people.theirs.author) as client:
        answer = await Console(client).send("/console/pushes", **{**form, "title": "别人的"})
    assert answer.status_code in (404, 422)
    async with desk.database.reading(desk.side.tenant) as db:
        assert [p.title for p in await queries.pushes(db)] == ["金秋存款季"]


async def test_the_page_of_a_waiting_push_looks_again_until_somebody_decides(
    desk: Desk, author: Console, reviewer: Console
) -> None:
    push_id = _id(await author.send("/console/pushes", **_form(desk, go="submit")))
    again = f'hx-get="/console/pushes/{push_id}/live" hx-trigger="every 5s"'
    assert again in await author.see(f"/console/pushes/{push_id}")
    await reviewer.send(f"/console/pushes/{push_id}/approve", comment="")
    part = await author.see(f"/console/pushes/{push_id}/live", **HX)
    assert "已排期" in part
    assert again in part
    beside = part[part.index('<div id="push-reviews" hx-swap-oob="true">') :]
    assert "已通过" in beside, "the card of reviews moves with it"
    assert "待审核" not in beside
    whole = await author.see(f"/console/pushes/{push_id}")
    assert whole.count('id="push-reviews"') == 1
    assert "hx-swap-oob" not in whole


async def test_autosave_never_voids_an_approval(desk: Desk, author: Console) -> None:
    push_id = await desk.push(datetime.now(UTC))
    answer = await author.send("/console/pushes/autosave", **_form(desk, push_id=str(push_id)))
    assert "尚未保存" in answer.text
    async with desk.database.reading(desk.side.tenant) as db:
        assert (await queries.push(db, push_id)).state == "scheduled"


async def test_the_reach_panel_counts_explains_and_samples(desk: Desk, author: Console) -> None:
    html = (await author.send("/console/pushes/reach", **_form(desk))).text
    for words in ('<span class="big">20</span>', "2 名客户经理", "拒绝此类业务", "换一批", "****"):
        assert words in html
    wrong = (await author.send("/console/pushes/reach", **_form(desk, expr="refused("))).text
    assert "客群条件有误" in wrong
    nobody = (
        await author.send("/console/pushes/reach", **_form(desk, expr="银发 and not 银发"))
    ).text
    assert "一个客户也发不到" in nobody


async def test_a_reviewer_sees_whom_a_waiting_push_would_reach(
    desk: Desk, author: Console, reviewer: Console
) -> None:
    push_id = _id(await author.send("/console/pushes", **_form(desk, go="submit")))
    assert f"/console/pushes/{push_id}/reach" in await reviewer.see(f"/console/pushes/{push_id}")
    html = await reviewer.see(f"/console/pushes/{push_id}/reach?turn=1", **HX)
    assert '<span class="big">20</span>' in html
    assert "换一批" not in html  # a reviewer may not look at customers, not even masked ones


async def test_the_words_are_counted_in_bytes_and_shown_filled(desk: Desk, author: Console) -> None:
    html = (await author.send("/console/pushes/words", **_form(desk))).text
    assert "我是李娜" in html
    assert "字节" in html
    long = (await author.send("/console/pushes/words", **_form(desk, message="存" * 1500))).text
    assert "请缩短" in long


async def test_items_are_found_and_their_posters_listed(desk: Desk, author: Console) -> None:
    found = await author.see(f"/console/pushes/items?q={desk.item.code}", **HX)
    assert desk.item.title in found
    posters = await author.send("/console/pushes/posters", **_form(desk))
    assert "不带海报" in posters.text


async def test_a_try_reaches_the_author_only(desk: Desk, author: Console) -> None:
    answer = await author.send("/console/pushes/test", **_form(desk))
    assert answer.status_code == 200, answer.text[:400]
    notices = desk.sandbox.get("/sandbox/notices")["notices"]
    assert [n["userid"] for n in notices] == [desk.side.author.wecom_userid]
    assert "试发" in notices[0]["text"]
    assert desk.sandbox.messages() == []


async def test_a_try_without_a_wecom_account_says_what_to_do(desk: Desk) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        someone = await db.get_one(Staff, (desk.side.tenant, desk.side.campaign_manager.id))
        someone.wecom_userid = ""
    async with desk.people.client(someone) as client:
        answer = await Console(client).send("/console/pushes/test", **_form(desk))
    assert answer.status_code == 422
    assert "绑定企业微信" in answer.text


async def test_an_old_push_is_copied_as_a_new_one(desk: Desk, author: Console) -> None:
    push_id = await desk.push(datetime.now(UTC))
    html = await author.see(f"/console/pushes/new?push_id={push_id}")
    assert "金秋存款季（副本）" in html
    assert f'id="push-id" value="{push_id}"' not in html


async def test_the_page_of_a_running_push_moves_and_every_number_is_a_link(
    desk: Desk, author: Console
) -> None:
    push_id = await _running(desk)
    html = await author.see(f"/console/pushes/{push_id}")
    assert 'hx-trigger="every 2s"' in html
    assert f"/console/pushes/{push_id}/deliveries?state=planned" in html
    assert "reason=no_owner" in html
    assert "0 / 2 人已确认" in html
    assert f"<p>{tagtext.describe(tagexpr.parse(EXPR))}</p><code" in html
    part = await author.see(f"/console/pushes/{push_id}/live", **HX)
    assert part.lstrip().startswith('<div id="live"')
    await author.send(f"/console/pushes/{push_id}/pause", reason="利率有调整")
    stopped = await author.see(f"/console/pushes/{push_id}")
    assert "利率有调整" in stopped
    assert 'hx-trigger="every 2s"' not in stopped
    assert (await author.send(f"/console/pushes/{push_id}/resume")).status_code == 204
    assert (await author.send(f"/console/pushes/{push_id}/cancel")).status_code == 204


async def test_the_ledger_page_filters_and_exports_the_same(desk: Desk, author: Console) -> None:
    push_id = await _running(desk)
    base = f"/console/pushes/{push_id}/deliveries"
    html = await author.see(f"{base}?state=skipped&reason=unreachable")
    assert html.count("<tr><td>") == 1
    assert "export?state=skipped&amp;reason=unreachable" in html
    sheet = await author.client.get(f"{base}/export?state=skipped")
    assert sheet.headers["content-type"].startswith("application/vnd.openxml")


async def test_who_may_not_look_at_customers_sees_counts_and_no_row(
    desk: Desk, reviewer: Console
) -> None:
    push_id = await _running(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        agent = await make_staff(db, desk.side.head, "agency_operator", name="代运营")
    base = f"/console/pushes/{push_id}/deliveries"
    html = await reviewer.see(f"/console/pushes/{push_id}")
    assert "共 23 人" in html
    assert base not in html
    assert base not in await reviewer.see("/console/pushes")
    for person in (desk.side.reviewer, desk.side.auditor, agent):
        async with desk.people.client(person) as client:
            assert (await client.get(f"/console/pushes/{push_id}")).status_code == 200
            for path in (base, f"{base}/export", f"/api/v1/pushes/{push_id}/deliveries"):
                assert (await client.get(path)).status_code == 403, path


async def test_failed_sends_are_shown_with_their_cause(desk: Desk, author: Console) -> None:
    push_id = await _running(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        job = (await queries.send_jobs(db, push_id))[0]
        job.error = "海报上的文字放不下"
    assert "海报上的文字放不下" in await author.see(f"/console/pushes/{push_id}")


async def test_a_returned_push_shows_why(desk: Desk, author: Console, reviewer: Console) -> None:
    push_id = _id(await author.send("/console/pushes", **_form(desk, go="submit")))
    assert (await reviewer.send(f"/console/pushes/{push_id}/return", comment="")).status_code == 422
    await reviewer.send(f"/console/pushes/{push_id}/return", comment="客群太大")
    html = await author.see(f"/console/pushes/{push_id}")
    assert "客群太大" in html
    assert f"/console/pushes/{push_id}/edit" in html


async def test_an_author_submits_and_takes_back_from_the_page(desk: Desk, author: Console) -> None:
    push_id = _id(await author.send("/console/pushes", **_form(desk)))
    for action, state in (("submit", "in_review"), ("withdraw", "draft")):
        assert (await author.send(f"/console/pushes/{push_id}/{action}")).status_code == 204
        async with desk.database.reading(desk.side.tenant) as db:
            assert (await queries.push(db, push_id)).state == state


async def test_the_calendar_lists_a_month_by_day(desk: Desk, author: Console) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.write_push(
            db,
            actions.PushDraft(
                "月初推送", desk.item.id, "银发", {"kind": "once", "at": "2027-02-03T10:00"}
            ),
            by=desk.side.author,
            at=datetime(2026, 12, 1, tzinfo=UTC),
        )
    html = await author.see("/console/calendar?month=2027-02")
    assert "月初推送" in html
    assert html.count('<div class="d0">') == 28
    assert (await author.client.get("/console/calendar?month=2027-13")).status_code == 422


async def test_another_banks_push_is_absent_and_employees_are_kept_out(desk: Desk) -> None:
    push_id = await desk.push(datetime.now(UTC))
    async with desk.people.client(desk.people.theirs.author) as client:
        for tail in ("", "/edit", "/live", "/deliveries", "/deliveries/export"):
            answer = await client.get(f"/console/pushes/{push_id}{tail}")
            assert answer.status_code == 404, tail
    async with desk.people.client(desk.side.employee) as client:
        assert (await client.get("/console/pushes")).status_code == 403


async def test_a_change_in_the_wizards_builder_returns_builder_text_and_reach(desk: Desk) -> None:
    async with desk.people.client(desk.side.author) as client:
        form = {"expr": "everyone()", "deed": "add", "path": "", ":add": "has_owner"}
        answer = await post_form(client, "/console/pushes/build", form)
    assert answer.status_code == 200
    assert 'data-ch-text="everyone() and has_owner()"' in answer.text
    assert 'id="reach" hx-swap-oob="innerHTML"' in answer.text
    assert "预计触达" in answer.text
