"""The condition as rows and as text: what is changed in one stands in the other, with its count."""

import re

import pytest
from playwright.async_api import expect
from tests.browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_rows_and_text_of_a_condition_follow_one_another_and_the_count_follows_both(
    people: People,
) -> None:
    page = await people.person("marketing")
    text, rows, count = (
        page.locator("#f-expr"),
        page.locator("#builder .cond0"),
        page.locator("#preview #reachable"),
    )
    await page.goto("/console/audiences")
    await text.fill("everyone()")
    await expect(rows).to_have_count(1)
    await expect(count).to_be_visible()
    everybody = int((await count.inner_text()).replace(",", ""))

    # Written: another row comes by itself.
    await text.fill("everyone() and 银发")
    await expect(rows).to_have_count(2)
    await expect(count).not_to_have_text(f"{everybody:,}")
    older = int((await count.inner_text()).replace(",", ""))
    assert 0 < older < everybody

    # Chosen: the text says the opposite, and who was not reached before is now.
    await rows.nth(1).get_by_label("是不是").select_option("不是")
    await expect(text).to_have_value("everyone() and not 银发")
    await expect(count).to_have_text(f"{everybody - older:,}")
    await rows.nth(1).get_by_role("button", name=re.compile("^删除条件")).click()
    await expect(text).to_have_value("everyone()")
    await expect(count).to_have_text(f"{everybody:,}")

    # A slip names its place in the text; the builder says that it waits, and goes on after it.
    await text.fill("everyone() and 银发 or or")
    await expect(page.locator("#preview .note0")).to_contain_text("第 22 个字")
    await expect(page.locator("#wrong-place mark")).to_have_text("o")
    await expect(rows).to_have_count(0)
    await text.fill("银发")
    await expect(rows).to_have_count(1)
    await expect(count).to_have_text(f"{older:,}")
    people.all_well()
