"""A bank's whole marketing day in real browsers, step by step; each step builds on the last."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from playwright.async_api import Page, expect

from tests.browser.people import People, shot
from tests.browser.pictures import code_on, cover, differing_share, inside
from tests.running import RunningHub, clean_environment

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TITLE = "丰收季·三年期大额存单"
CUSTOMERS = 2000
EXPRESSION = "(银发 and 代发工资) and not refused(理财) and aum >= 50000"
PUSH = "丰收季·银发代发客户"
POSTER = "丰收季存款海报"
FORBIDDEN = "全国最佳存款，20万元起存"
ASSET = re.compile("^/assets/")
ALLOWED = "20万元起存，三年期固定利率"


class Day(SimpleNamespace):
    """What one step leaves to the next: ids, codes and numbers."""

    def __getattr__(self, name: str) -> Any:
        """Say which step is missing instead of an AttributeError."""
        raise AssertionError(f"an earlier step of the day did not get as far as {name!r}")


@pytest.fixture(scope="module")
def day() -> Day:
    """The day as it unfolds."""
    return Day()


async def submit(page: Page, name: str) -> None:
    """Press the button of this name and wait until the page that follows is there."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name).first.click()


async def test_2_a_product_is_written_checked_and_handed_in(people: People, day: Day) -> None:
    author = await people.person("author")
    await author.goto("/console/library")
    await author.get_by_role("link", name="新建内容").first.click()
    await author.get_by_role("link", name="产品").last.click()
    await author.locator("#f-title").fill(TITLE)
    await author.locator("#f-topic").select_option("deposit")
    await author.locator("#f-fields-summary").fill(FORBIDDEN)
    lint = author.locator("#lint")
    await expect(lint).to_contain_text("处必须修改")
    await expect(lint).to_contain_text("全国最")
    await shot(author, "2-1-forbidden-word")

    await author.locator("#f-fields-summary").fill(ALLOWED)
    for field, text in (("rate", "2.05"), ("term", "三年"), ("minimum_fen", "20万元")):
        await author.locator(f"#f-fields-{field}").fill(text)
    await author.locator("#f-fields-early_withdrawal").fill("提前支取部分按支取日活期利率计息")
    await author.locator(".jodit-wysiwyg").fill("大额存单依照《存款保险条例》受存款保险保障。")
    await author.locator("#f-cover-file").set_input_files(
        {"name": "题图.png", "mimeType": "image/png", "buffer": cover()}
    )
    await expect(author.locator("[data-ch-cover] img")).to_have_attribute("src", ASSET)
    await expect(lint).not_to_contain_text("处必须修改")
    await shot(author, "2-2-mended-with-picture")
    await submit(author, "提交审核")
    day.item_id = author.url.rsplit("/", 1)[1]
    await expect(author.locator("main")).to_contain_text("待审核")
    people.all_well()


async def test_2_nobody_approves_their_own_work(people: People, day: Day) -> None:
    author = await people.person("author")
    await author.goto(f"/console/library/{day.item_id}")
    assert await author.get_by_role("button", name="通过").count() == 0
    assert await author.get_by_role("link", name="去审核").count() == 0
    waiting = (await people.get("reviewer", "/reviews?state=waiting"))["items"]
    day.review_id = next(r["id"] for r in waiting if r["title"] == TITLE)
    status, said = await people.call("author", "POST", f"/reviews/{day.review_id}/approve")
    assert status in (403, 409), said
    people.all_well()


async def test_2_the_reviewer_sees_queue_hits_and_changes_and_approves(
    people: People, day: Day
) -> None:
    reviewer = await people.person("reviewer")
    await reviewer.goto("/console/reviews")
    detail = reviewer.locator("#review")

    # A changed card: what is new stands beside what is live.
    await reviewer.get_by_role("link", name="乡情信用卡·县域加油满减").first.click()
    await expect(detail.locator(".df ins").first).to_be_visible()
    await expect(detail.locator(".df del").first).to_be_visible()
    await shot(reviewer, "2-3-changes")
    # A spoiled fund: its hits forbid the button.
    await reviewer.get_by_role("link", name="丰收添利·岁末专享").first.click()
    await expect(detail).to_contain_text("处必须修改")
    await expect(detail.get_by_role("button", name="通过")).to_be_disabled()
    await shot(reviewer, "2-4-blocked")

    await reviewer.get_by_role("link", name=TITLE).first.click()
    await expect(detail.locator("h2")).to_have_text(TITLE)
    await expect(detail.locator("img.cover0")).to_be_visible()
    await shot(reviewer, "2-5-review")
    await submit(reviewer, "通过")
    item = await people.get("author", f"/items/{day.item_id}")
    assert item["state"] == "live"
    people.all_well()


async def test_3_a_poster_from_the_deposit_starter_is_previewed_and_approved(
    people: People, day: Day
) -> None:
    author = await people.person("author")
    await author.goto("/console/posters")
    await author.get_by_role("link", name="制作海报").click()
    await author.get_by_role("row", name=TITLE).get_by_role("link", name="为它制作").click()
    deposit = author.get_by_role("listitem").filter(has_text="存款季")
    await deposit.get_by_role("link", name="用这个模板").click()
    picture = author.locator("#preview img")
    await expect(picture).to_be_visible()
    first = await picture.get_attribute("src")
    await shot(author, "3-1-live-preview")
    await author.locator("#employee").select_option(index=3)
    await expect(picture).not_to_have_attribute("src", str(first))
    second = await picture.get_attribute("src")
    assert differing_share(inside(first), inside(second)) > 0.002
    await shot(author, "3-2-live-preview-of-another")
    await author.locator("#f-title").fill(POSTER)
    await submit(author, "保存草稿")
    day.template_id = author.url.rsplit("/", 1)[1].partition("?")[0]
    # Handing it in draws it for everybody first.
    await submit(author, "提交审核")
    await expect(author.locator("main")).to_contain_text("待审核")

    reviewer = await people.person("reviewer")
    await reviewer.goto("/console/reviews")
    await reviewer.get_by_role("link", name=POSTER).first.click()
    await expect(reviewer.locator("#review h2")).to_have_text(POSTER)
    await expect(reviewer.locator("#review img.poster")).to_be_visible()
    await shot(reviewer, "3-3-review")
    await submit(reviewer, "通过")
    people.all_well()


async def test_3_every_employee_has_a_poster_whose_code_leads_to_them(
    people: People, day: Day
) -> None:
    author = await people.person("author")
    staff = (await people.get("author", "/staff?limit=200"))["items"]
    shown = [one for one in staff if one["login"] in ("employee1", "employee2", "employee3")]
    posters = []
    for one in shown:
        path = f"/api/v1/posters/{day.template_id}/{one['id']}.jpg"
        answer = await author.context.request.get(path)
        assert answer.status == 200, await answer.text()
        posters.append(await answer.body())
        address = code_on(posters[-1])
        assert address.lower().startswith(people.hub.url + "/s/"), address
        link = await people.get("author", f"/links/{address.rsplit('/', 1)[1]}")
        assert (link["employee_id"], link["item_id"]) == (one["id"], day.item_id)
    # Photo, name and code differ; the rest is the same design.
    assert 0.002 < differing_share(posters[0], posters[1]) < 0.5
    assert 0.002 < differing_share(posters[1], posters[2]) < 0.5
    await author.goto(f"/console/posters/{day.template_id}/employees")
    await expect(author.get_by_role("img", name="王小明的海报")).to_be_visible()
    await shot(author, "3-4-everybody")
    people.all_well()


async def reach_of(people: People, expr: str) -> Any:
    """Return whom an expression reaches, as the API tells it."""
    status, found = await people.call(
        "author", "POST", "/audiences/preview", expr=expr, topic="deposit"
    )
    assert status == 200, found
    return found


async def speak_at_all_hours(hub: RunningHub) -> None:
    """Let the demo banks send by day and by night."""
    owner = await asyncpg.connect(hub.owner_url())
    try:
        await owner.execute(
            "update banks set settings = settings || "
            """'{"send_from": "00:00", "send_until": "23:59:59"}'::jsonb"""
        )
    finally:
        await owner.close()


def next_minute(at: datetime) -> datetime:
    """Return the next full minute that leaves clerks 25 seconds, on the bank's clock."""
    early = at.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(seconds=25 + 59)
    return early.replace(second=0, microsecond=0)


def customer_file(hub: RunningHub) -> Path:
    """Return a customer file as a bank has it, three rows in ten wrong."""
    path = hub.home / "客户清单.csv"
    command = [sys.executable, "-m", "contenthub", "demo-data", "--customers", str(CUSTOMERS)]
    command += ["--bad-share", "0.3", "--seed", "77", "--out", str(path)]
    subprocess.run(command, check=True, env=clean_environment(), capture_output=True)
    assert "客户姓名" in path.read_bytes().decode("gb18030")
    return path


async def test_4_customers_are_imported_with_a_trial_first(people: People, day: Day) -> None:
    before = await reach_of(people, "everyone()")
    author = await people.person("author")
    await author.goto("/console/imports")
    await author.locator("#f-file").set_input_files(customer_file(people.hub))
    await submit(author, "上传并核对")
    # The Chinese headers are recognised, and anybody may choose otherwise.
    mapping = author.locator("#mapping-form")
    await expect(mapping.locator("[name='mapping.name']")).to_have_value("客户姓名")
    await expect(mapping.locator("[name='mapping.phone']")).to_have_value("手机号")
    await expect(author.locator("main")).to_contain_text("GB18030")
    await shot(author, "4-1-columns")

    await submit(author, "试算，不写入")
    result = author.locator("main")
    await expect(result).to_contain_text("将新增", timeout=60_000)
    await expect(result).to_contain_text("有误的行")
    await shot(author, "4-2-trial")
    assert (await reach_of(people, "everyone()"))["matched"] == before["matched"]
    await submit(author, "正式导入")
    await expect(result).to_contain_text("下载全部错误明细", timeout=60_000)
    await shot(author, "4-3-loaded")
    job = (await people.get("author", "/imports"))["items"][0]
    assert job["state"] == "done"
    assert job["stage"] == "load"
    assert job["total"] == CUSTOMERS
    day.imported = job["added"] + job["updated"]
    assert day.imported + job["failed"] + job["repeated"] == CUSTOMERS, job
    after = await reach_of(people, "everyone()")
    assert after["matched"] == before["matched"] + job["added"]
    assert CUSTOMERS * 0.2 < job["failed"] < CUSTOMERS * 0.4

    async with author.expect_download() as coming:
        await author.get_by_role("link", name="下载全部错误明细").click()
    lines = Path(await (await coming.value).path()).read_bytes().decode("utf-8-sig").splitlines()
    assert len(lines) > job["failed"]
    people.all_well()


def numbers_of(text: str) -> list[int]:
    """Return the whole numbers of a text like "1,204 −31 0"."""
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)]


async def test_5_the_audience_explains_itself(people: People, day: Day) -> None:
    marketer = await people.person("marketing")
    await marketer.goto("/console/audiences")
    await marketer.locator("#f-expr").fill(EXPRESSION)
    await expect(marketer.locator("#reachable")).to_be_visible()
    rows = await marketer.locator("#preview .wf").first.locator(".num").all_inner_texts()
    matched, *removed, reachable = (numbers_of(row)[0] for row in rows)
    assert matched - sum(removed) == reachable > 0, rows
    assert sum(removed) > 0
    sample = await marketer.locator("#preview .mini").inner_text()
    assert re.search(r"1\d{2}\*{4}\d{4}", sample), sample
    told = await reach_of(people, EXPRESSION)
    assert (told["matched"], told["reachable"]) == (matched, reachable)
    day.reachable = reachable
    await shot(marketer, "5-1-audience")
    people.all_well()


async def test_5_a_push_is_scheduled_approved_and_runs_at_its_minute(
    people: People, day: Day
) -> None:
    # The demo bank may be in its quiet hours while the tests run; nights are tested elsewhere.
    await speak_at_all_hours(people.hub)
    people.hub.sandbox("/sandbox/options", confirm_seconds=[0.5, 2.0], fault_rate=0.02)
    marketer = await people.person("marketing")
    await marketer.goto("/console/pushes")
    await marketer.get_by_role("link", name="新建推送").first.click()
    await marketer.locator("#f-title").fill(PUSH)
    await marketer.get_by_role("searchbox", name="搜索内容").fill(TITLE)
    await marketer.get_by_role("radio", name=TITLE).check()
    await marketer.get_by_role("radio", name=POSTER).check()
    await marketer.locator("#f-expr").fill(EXPRESSION)
    await expect(marketer.locator("#reach .big")).to_have_text(f"{day.reachable:,}")
    fires_at = next_minute(datetime.now(UTC))
    await marketer.locator("#f-at").fill(fires_at.strftime("%Y-%m-%dT%H:%M"))
    await shot(marketer, "5-2-wizard", full=True)
    await submit(marketer, "提交审核")
    day.push_id = marketer.url.rsplit("/", 1)[1]

    reviewer = await people.person("reviewer")
    await reviewer.goto("/console/reviews")
    await reviewer.get_by_role("link", name=PUSH).first.click()
    await expect(reviewer.locator("#review h2")).to_have_text(PUSH)
    await shot(reviewer, "5-3-review")
    await submit(reviewer, "通过")
    assert datetime.now(UTC) < fires_at, "the clerks were slower than the minute they had"

    await marketer.goto(f"/console/pushes/{day.push_id}")
    live = marketer.locator("#live")
    await expect(live).to_contain_text("自动开始")
    await expect(live).to_contain_text("送达情况", timeout=90_000)
    await shot(marketer, "5-4-running")
    people.all_well()


async def test_5_the_ledger_moves_to_delivered_while_one_watches(
    people: People, day: Day
) -> None:
    marketer = await people.person("marketing")
    delivered = marketer.locator("#live .led0 li").filter(has_text="已送达").locator(".num")
    await expect(delivered).not_to_have_text("0", timeout=60_000)
    await shot(marketer, "5-5-delivered", full=True)
    counts = (await people.get("marketing", f"/pushes/{day.push_id}"))["counts"]
    assert counts["delivered"] > 0
    assert sum(counts.values()) - counts["skipped"] == day.reachable, counts
    people.all_well()
