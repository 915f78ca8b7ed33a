"""A bank's whole marketing day in real browsers, step by step; each step builds on the last."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import People, shot
from tests.browser.pictures import code_on, cover, differing_share, inside

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TITLE = "丰收季·三年期大额存单"
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
