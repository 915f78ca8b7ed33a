"""Long forms on a telephone: no field under the sticky bar, no refusal outlives its cause."""

import pytest
from playwright.async_api import expect
from tests.browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
NEW_ITEM = "/console/library/new?kind=product&topic=deposit"
_COVERED = """async () => {
  const covered = [];
  const shown = (e) => e.offsetParent && e.offsetHeight < 300;
  for (const field of [...document.querySelectorAll(
      'main form input:not([type=hidden]), main form textarea, main form select')].filter(shown)) {
    field.focus();
    await new Promise((go) => setTimeout(go, 100));
    const box = field.getBoundingClientRect();
    const bar = document.querySelector('.wfoot').getBoundingClientRect();
    if (!field.closest('.wfoot') && box.bottom > bar.top + 1 && box.top < bar.bottom)
      covered.push(field.name);
  }
  return covered;
}"""
"""Names of the fields that lie under the bar when they have the cursor."""


@pytest.mark.parametrize("path", [NEW_ITEM, "/console/pushes/new"])
async def test_the_sticky_bar_covers_no_field_that_is_being_filled(
    people: People, path: str
) -> None:
    page = await people.person("author", phone=True)
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(path)
    await expect(page.locator(".wfoot")).to_be_visible()
    assert await page.evaluate(_COVERED) == []


async def test_a_refusal_goes_as_soon_as_its_field_is_edited(people: People) -> None:
    page = await people.person("author", phone=True)
    await page.goto(NEW_ITEM)
    await page.locator(".wfoot button[type=submit]").last.click()
    wrong = page.locator('[data-ch-field="title"] .err')
    await expect(wrong).to_be_visible()
    title = page.locator("#f-title")
    await expect(title).to_have_attribute("aria-invalid", "true")
    await title.fill("三年期大额存单")
    await expect(wrong).to_have_count(0)
    await expect(page.locator("#problems [data-ch-wrong]")).to_have_count(0)
    assert await title.get_attribute("aria-invalid") is None
