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


async def _decide(page: Page, number: int) -> None:
    if number in RETURNED:
        await page.keyboard.press("1")  # the first reason, into the remark
        await expect(page.locator("#comment")).to_be_focused()
        await page.keyboard.press("Control+Enter")
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
    heading = page.locator("#review h2")
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
        assert (
            await page.locator(f"tr[data-ch-row='/console/reviews/{places[title]}']").count() == 0
        )
    await shot(page, "13-2-ten-decided")
    assert loads == [], "the page was loaded anew"
    for number, item in enumerate(items):
        state = (await people.get("author", f"/items/{item['id']}"))["state"]
        assert state == ("returned" if number in RETURNED else "live")
    people.all_well()
