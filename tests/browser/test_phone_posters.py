"""今日海报 on a telephone: a finger pushes the rail on by one poster, its words come below it."""

import pytest
from playwright.async_api import Page, expect
from tests.browser import fingers, packages
from tests.browser.people import People, shot
from tests.browser.steps import until
from tests.browser.walking import overflow_px, shut_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
_SHIFT = """() => {
  const rail = document.querySelector('[data-rail]').getBoundingClientRect();
  const slide = document.querySelector('[data-dot][aria-current]').dataset.dot;
  const shown = document.querySelectorAll('[data-slide]')[slide].getBoundingClientRect();
  return Math.abs(shown.x + shown.width / 2 - rail.x - rail.width / 2);
}"""


async def _swiped(page: Page, right_px: int) -> None:
    """Push the rail with a finger and let go."""
    at = await page.locator("[data-rail]").bounding_box()
    assert at is not None
    x, y = at["x"] + at["width"] / 2 - right_px / 2, at["y"] + 200
    await fingers.moved(page, ((x, y), (x + right_px, y)))


async def test_a_finger_pushes_todays_posters_on_one_by_one(people: People) -> None:
    page = await people.person("employee1", phone=True)
    await page.goto("/m/posters")
    dots, words = page.locator("[data-dot]"), page.locator("[data-along]")
    titles = await page.locator("[data-slide] figcaption b").all_inner_texts()
    assert len(titles) > 2
    await expect(dots.nth(0)).to_have_attribute("aria-current", "true")
    for number, right_px in ((1, -180), (2, -180), (1, 180)):
        first = await words.inner_html()
        await _swiped(page, right_px)
        await expect(page.locator("[data-dot][aria-current]")).to_have_attribute(
            "data-dot", str(number)
        )
        await until(lambda: page.evaluate(_SHIFT), lambda off_px: off_px < 2)  # it snaps
        await expect(words).not_to_have_js_property("innerHTML", first)
        await expect(words.get_by_role("button", name="复制配文和链接")).to_be_visible()
    assert await page.evaluate("() => window.scrollX") == 0, "the page itself stays"
    assert await overflow_px(page) <= 0
    await shot(page, "phone-posters")
    await _background_is_kept(page)
    assert await shut_out(page, packages.axe_source()) == []
    await shot(page, "phone-posters-dark")
    people.all_well()


async def _background_is_kept(page: Page) -> None:
    """Choose another background by a finger; it is there when the page is opened anew."""
    strip = page.locator("[data-slide]", has=page.locator(".backs")).first
    await strip.scroll_into_view_if_needed()
    other = strip.locator("[data-back]:not([aria-current])").first
    number = await other.get_attribute("data-back") or ""
    await other.tap()
    await expect(page.locator("[data-along] [role=status]")).to_be_visible()
    await page.reload()
    strip = page.locator("[data-slide]", has=page.locator(".backs")).first
    await expect(strip).to_have_attribute("data-background", number)
