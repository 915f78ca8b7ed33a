"""One reviewer decides ten items by keyboard and never leaves the queue (design/ux.md A2)."""

from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.browser.people import People, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TITLES = [f"网点问答第 {n} 问" for n in range(1, 11)]
FOUND = {3, 7}
"""Which have a finding that has to be weighed before an approval."""
RETURNED = {1, 4, 8}


async def _hand_in(people: People, title: str, answer: str) -> dict[str, Any]:
    status, item = await people.call(
        "author",
        "POST",
        "/items",
        kind="faq",
        topic="life",
        title=title,
        fields={"question": f"{title}：怎么办理？", "answer": answer},
    )
    assert status == 201, item
    status, said = await people.call("author", "POST", f"/items/{item['id']}/submit")
    assert status == 200, said
    return dict(item)


async def _figures(page: Page) -> list[str]:
    """Return every figure around the queue as it is read now."""
    found = page.locator(".rev .tabs em, .rev .views .chip b, .rev .pager > span")
    return await found.all_inner_texts()


async def _decide(page: Page, number: int) -> None:
    if number in RETURNED:
        await page.keyboard.press("1")  # the first reason, into the remark
        await expect(page.locator("#comment")).not_to_have_value("")
        await page.keyboard.press("r")
    elif number in FOUND:
        await page.keyboard.press("a")  # a reason is missing: its field has the cursor
        await expect(page.locator("#kept")).to_be_focused()
        await page.keyboard.type("有统计公报为证")
        await page.keyboard.press("Enter")
    else:
        await page.keyboard.press("a")


async def test_ten_items_are_decided_by_keyboard_in_the_queue(people: People) -> None:
    items = []
    for number, title in enumerate(TITLES):
        found = "本行服务口碑全县第一，欢迎到网点办理。"
        plain = "带上身份证到任一网点，当场可以办好。"
        items.append(await _hand_in(people, title, found if number in FOUND else plain))
    waiting = (await people.get("reviewer", "/reviews?limit=200"))["items"]
    places = {one["title"]: one["id"] for one in waiting}
    page = await people.person("reviewer")
    await page.goto(f"/console/reviews/{places[TITLES[0]]}")
    heading = page.locator("#review h2").first
    await expect(heading).to_have_text(TITLES[0])

    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    await page.keyboard.press("j")
    await expect(heading).to_have_text(TITLES[1])
    await page.keyboard.press("k")
    await expect(heading).to_have_text(TITLES[0])
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await shot(page, "13-1-review-keys")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("r")  # without a reason nothing is returned
    await expect(page.locator("#comment")).to_be_focused()
    await page.keyboard.press("Escape")

    for number, title in enumerate(TITLES):
        await expect(heading).to_have_text(title)
        await _decide(page, number)
        await expect(page.locator("[data-ch-decided]")).to_have_attribute(
            "data-ch-decided", f"/console/reviews/{places[title]}"
        )
        row = page.locator(f"tr[data-ch-row='/console/reviews/{places[title]}']")
        await expect(row).to_have_count(0)
    await shot(page, "13-2-ten-decided")
    assert loads == [], "the page was loaded anew"
    told = await _figures(page)
    await page.goto("/console/reviews")
    assert told == await _figures(page)
    for number, item in enumerate(items):
        state = (await people.get("author", f"/items/{item['id']}"))["state"]
        assert state == ("returned" if number in RETURNED else "live")
    people.all_well()


async def _queue(people: People, titles: list[str]) -> dict[str, str]:
    """Hand in answers of these titles; return title -> the address of its review."""
    for title in titles:
        await _hand_in(people, title, "带上身份证到任一网点，当场可以办好。")
    waiting = (await people.get("reviewer", "/reviews?limit=200"))["items"]
    return {one["title"]: f"/console/reviews/{one['id']}" for one in waiting}


async def _waiting(people: People, titles: list[str]) -> list[str]:
    """Return those that still wait for a review."""
    found = (await people.get("reviewer", "/reviews?limit=200"))["items"]
    return [title for title in titles if title in {one["title"] for one in found}]


async def test_many_are_approved_after_a_question_and_the_page_moves_on(people: People) -> None:
    titles = [f"批量审核第 {n} 条" for n in range(1, 5)]
    places = await _queue(people, titles)
    page = await people.person("reviewer")
    await page.goto(places[titles[0]])
    heading, counts = page.locator("#review h2").first, page.locator(".rev .tabs em").first
    await expect(heading).to_have_text(titles[0])
    before = int((await counts.inner_text()).replace(",", ""))
    for title in titles[:2]:
        await page.locator(f"tr[data-ch-row='{places[title]}'] input[name=ids]").check()
    await page.get_by_role("button", name="批量通过").click()
    sure = page.locator("#bulk-result [name=sure]")
    await expect(sure).to_have_text("确认通过 2 条")
    # Another tick: the question is asked anew, for three.
    await page.locator(f"tr[data-ch-row='{places[titles[2]]}'] input[name=ids]").check()
    await expect(sure).to_have_count(0)
    await page.get_by_role("button", name="批量通过").click()
    await expect(sure).to_have_text("确认通过 3 条")
    assert await _waiting(people, titles) == titles
    await shot(page, "13-3-bulk-question")
    await sure.click()
    await expect(page.locator("#bulk-result")).to_contain_text("已处理 3 条")
    for title in titles[:3]:
        await expect(page.locator(f"tr[data-ch-row='{places[title]}']")).to_have_count(0)
    await expect(counts).to_have_text(str(before - 3))
    await expect(page.locator("[data-ch-bulk]")).to_be_hidden()
    # What stood beside the list was among them: another one has taken its place.
    await expect(heading).not_to_have_text(titles[0])
    assert await heading.inner_text() not in titles[:3]
    # The same page returns the last of them, after a question that was left alone.
    row = page.locator(f"tr[data-ch-row='{places[titles[3]]}']")
    await row.locator("input[name=ids]").check()
    await page.get_by_role("button", name="批量通过").click()
    await expect(sure).to_have_text("确认通过 1 条")
    await page.locator("#bulk [name=comment]").fill("请补充办理时间")
    await page.get_by_role("button", name="批量退回").click()
    await expect(row).to_have_count(0)
    people.all_well()


async def test_a_held_key_decides_one_and_two_digits_pick_two_reasons(people: People) -> None:
    titles = [f"按住按键第 {n} 条" for n in range(1, 4)]
    places = await _queue(people, titles)
    page = await people.person("reviewer")
    await page.goto(places[titles[0]])
    heading, comment = page.locator("#review h2").first, page.locator("#comment")
    await expect(heading).to_have_text(titles[0])
    chips = page.locator('[data-ch-fill="comment"]')
    first, second = await chips.nth(0).inner_text(), await chips.nth(1).inner_text()
    await page.keyboard.press("1")
    await page.keyboard.press("2")
    await expect(comment).to_have_value(f"{first}；{second}")
    await comment.fill("")
    await page.keyboard.press("Escape")
    for _ in range(4):  # without a key up: the browser calls the later ones repeats
        await page.keyboard.down("a")
        await page.wait_for_timeout(200)
    await page.keyboard.up("a")
    await expect(heading).to_have_text(titles[1])
    assert await _waiting(people, titles) == titles[1:]
    people.all_well()
