"""Long forms: no field under the sticky bar, no refusal outlives its cause, no word lost."""

import asyncio
import re
from urllib.parse import unquote_plus

import pytest
from playwright.async_api import Route, expect
from tests.browser.people import People

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
NEW_PAGE = re.compile(r"^/console/library/[0-9a-f-]{36}$")
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
_WAITING = """() => {
  window.rulesAsked = 0;
  document.addEventListener('htmx:confirm', (event) => {
    if (event.target.id === 'lint') window.rulesAsked += 1;
  });
}"""
"""Counts what the form would ask of the rules, sent or kept waiting."""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


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
    people.problems.clear()  # the 422 is what was asked for


async def test_a_cover_that_is_no_picture_is_told_the_way_out(people: People) -> None:
    page = await people.person("author")
    await page.goto(NEW_ITEM)
    await page.locator("#f-cover-file").set_input_files(
        {"name": "行标.svg", "mimeType": "image/svg+xml", "buffer": SVG}
    )
    wrong = page.locator("[data-ch-cover-error]")
    await expect(wrong).to_have_text("不支持 SVG（里面可以藏脚本），请导出为 PNG 后再上传")
    await expect(page.locator("[data-ch-cover] img")).to_be_hidden()
    people.problems.clear()  # the 422 is what was asked for


async def test_words_typed_while_the_rules_answer_are_asked_next_and_nothing_is_cut_short(
    people: People,
) -> None:
    page = await people.person("author")
    said: list[str] = []
    asked: list[str] = []
    answered = asyncio.Event()

    async def slow(route: Route) -> None:
        asked.append(unquote_plus(route.request.post_data or ""))
        await answered.wait()
        await route.continue_()

    await page.route("**/console/library/lint", slow)
    await page.goto(NEW_ITEM)
    page.on("console", lambda message: said.append(message.text))
    await expect(page.locator("#lint")).to_have_class(re.compile("htmx-request"))
    await page.evaluate(_WAITING)
    for n, title in enumerate(("稳稳当当", "稳赚不赔零风险"), start=1):
        await page.locator("#f-title").fill(title)
        await page.wait_for_function("n => window.rulesAsked >= n", arg=n)
    assert len(asked) == 1, "one question at a time"
    answered.set()
    await expect(page.locator("#lint")).to_contain_text("稳赚")
    assert [one for one in said if "Abort" in one] == []
    assert "稳赚不赔零风险" in asked[-1]
    assert len(asked) == 2, "what was typed in between is not asked any more"
    await page.unroute("**/console/library/lint")


async def test_a_slip_of_the_topic_loses_nothing_that_was_typed(people: People) -> None:
    page = await people.person("author")
    await page.goto("/console/library/new?kind=product&topic=deposit")
    await page.locator("#f-title").fill("类别选错又改回")
    rate = page.locator("[name='fields.rate']")
    await rate.fill("2.05")
    topic = page.locator("select[name='topic']")
    before = await topic.input_value()
    await topic.select_option("card")
    await expect(rate).to_have_count(0)
    await expect(page.locator("#toasts")).to_contain_text("改回原类别会恢复")
    await topic.select_option(before)
    await expect(rate).to_have_value("2.05")
    people.all_well()


async def test_what_is_typed_while_the_fields_of_another_topic_load_stays(people: People) -> None:
    page = await people.person("author")
    typed, go = "春耕备耕资金周转，", asyncio.Event()

    async def slow(route: Route) -> None:
        await go.wait()
        await route.continue_()

    await page.goto("/console/library/new?kind=article&topic=deposit")
    await page.route("**/console/library/fields", slow)
    await page.locator("#f-title").fill("春耕贷款")
    summary = page.locator("[name='fields.summary']")
    await summary.fill("要改掉的字")
    old = await summary.element_handle()
    await page.locator("select[name='topic']").select_option("loan")
    await summary.fill("")
    await page.keyboard.type(typed + "办理")
    for _ in "办理":
        await page.keyboard.press("ArrowLeft")
    # Half a word of pinyin: as long as it is being chosen, its field is not taken away.
    keys = await page.context.new_cdp_session(page)
    await keys.send(
        "Input.imeSetComposition", {"text": "wang'dian", "selectionStart": 9, "selectionEnd": 9}
    )
    async with page.expect_response("**/console/library/fields"):
        go.set()
    await expect(page.locator("select[name='topic']")).not_to_have_class("htmx-request")
    await expect(summary).to_have_value(typed + "wang'dian办理")
    await keys.send("Input.insertText", {"text": "网点"})
    await page.wait_for_function("(node) => !node.isConnected", arg=old)
    await page.keyboard.type("咨询")
    await expect(summary).to_have_value(typed + "网点咨询办理")
    await expect(summary).to_be_focused()
    await page.keyboard.press("Control+s")
    await expect(page.locator("#item-saving")).to_have_attribute("data-ch-item", NEW_PAGE)
    await page.goto(str(await page.locator("#item-saving").get_attribute("data-ch-item")) + "/edit")
    await expect(summary).to_have_value(typed + "网点咨询办理")
    await page.unroute_all()
    people.all_well()


async def test_a_field_typed_into_moves_over_with_its_cursor(people: People) -> None:
    page = await people.person("author")
    go = asyncio.Event()

    async def slow(route: Route) -> None:
        await go.wait()
        await route.continue_()

    await page.goto(NEW_ITEM)
    await page.route("**/console/library/fields", slow)
    summary = page.locator("[name='fields.summary']")
    old = await summary.element_handle()
    await page.locator("select[name='topic']").select_option("loan")
    await summary.focus()
    await page.keyboard.type("春耕办理")
    await page.keyboard.press("ArrowLeft")
    go.set()
    await page.wait_for_function("(node) => !node.isConnected", arg=old)
    await page.keyboard.type("备")
    await expect(summary).to_have_value("春耕办备理")
    await page.unroute_all()
    people.all_well()
