"""The drag editor: a layer dragged, words typed in place, undone, saved, and handed to review."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.browser import fingers, packages
from tests.browser.people import People, shot
from tests.browser.walking import overflow_px, shut_out, violations

from contenthub.posters import layout

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
READY = "ch-poster-editor[data-ready]"
_MIDDLE = """id => {
  const editor = document.querySelector('ch-poster-editor'), canvas = editor.part('canvas');
  const box = editor.state.design.layers.find(one => one.id === id).box;
  const shown = editor.canvas.screenBox({x: box.x_px, y: box.y_px, w: box.w_px, h: box.h_px});
  const corner = canvas.getBoundingClientRect();
  return {x: corner.x + shown.x + shown.w / 2, y: corner.y + shown.y + shown.h / 2};
}"""
_ZOOM = "() => document.querySelector('ch-poster-editor').canvas.zoom"
_EMPLOYEE = "() => document.querySelector('ch-poster-editor').state.employee_id"
_LAYER = """id => document.querySelector('ch-poster-editor').state.design.layers
  .find(one => one.id === id)"""


_DESIGN = "() => JSON.stringify(document.querySelector('ch-poster-editor').state.design)"
_WIDTHS = """([words, weight]) => {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = weight + ' 40px "contenthub poster"';
  pen.textRendering = 'geometricPrecision';
  return words.map(text => pen.measureText(text).width);
}"""
WORDS = [
    "农商银行大额存单",
    "金秋存款季，稳稳当当",
    "年化利率2.05%起",
    "VIP 客户专享 Wi-Fi",
    "To Avoid AWAY Type",
    "2026年11月26日 9:00",
    "（存款保险）依照《存款保险条例》受到保护。",
    "联系电话：138 0013 8000",
    "A.B.C.Ltd 科技",
    "客户经理·王小明",
    "提前支取、按活期计息；",
    "100%安全？",
    "1111 0000",
    "Yo. LT Ta P.",
    "惠农贷额度30万元",
    "买买提·阿卜杜拉（0006）",
]
"""Latin with its kerned pairs, figures, marks and Chinese; the painter alone squeezes marks."""


async def _opened(people: People) -> tuple[Page, str]:
    """Return the author's page with the editor of a new poster, kept once, and its id."""
    items = (await people.get("author", "/items?state=live&kind=product"))["items"]
    status, made = await people.call(
        "author", "POST", "/poster-templates", item_id=items[0]["id"], title="拖拽做的海报"
    )
    assert status == 201, made
    page = await people.person("author")
    await page.goto(f"/console/posters/{made['id']}/edit")
    await expect(page.locator(READY)).to_be_visible()
    return page, made["id"]


async def _layer(page: Page, name: str) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(_LAYER, name)
    return found


async def _drag(page: Page, name: str, right: int, down: int) -> None:
    at = await page.evaluate(_MIDDLE, name)
    await page.mouse.move(at["x"], at["y"])
    await page.mouse.down()
    await page.mouse.move(at["x"] + right / 2, at["y"] + down / 2, steps=3)
    await page.mouse.move(at["x"] + right, at["y"] + down, steps=3)
    await page.mouse.up()


async def test_a_poster_is_dragged_typed_undone_saved_and_submitted(people: People) -> None:
    page, template_id = await _opened(people)
    before = (await _layer(page, "headline"))["box"]
    await _drag(page, "headline", 12, -9)
    dragged = (await _layer(page, "headline"))["box"]
    assert (dragged["x_px"], dragged["y_px"]) != (before["x_px"], before["y_px"])
    assert (dragged["w_px"], dragged["h_px"]) == (before["w_px"], before["h_px"])
    await page.keyboard.press("Control+z")
    assert (await _layer(page, "headline"))["box"] == before
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowUp")
    nudged = (await _layer(page, "headline"))["box"]
    assert nudged == {**before, "x_px": before["x_px"] + 1, "y_px": before["y_px"] - 10}

    at = await page.evaluate(_MIDDLE, "headline")
    await page.mouse.dblclick(at["x"], at["y"])
    await page.locator("textarea.ptext").fill("字" * 40)
    await expect(page.locator("[data-part=faults] button")).to_contain_text("放不下")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-part=faults] button")).to_have_count(0)
    await page.mouse.dblclick(at["x"], at["y"])
    await page.locator("textarea.ptext").fill("好存款")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("[data-part=saved]")).to_contain_text("已自动保存")
    await _away_and_back(page)
    kept = await people.get("author", f"/poster-templates/{template_id}")
    headline = next(one for one in kept["revision"]["layers"]["layers"] if one["id"] == "headline")
    assert (headline["text"], headline["box"]) == ("好存款", nudged)

    await page.get_by_role("tab", name="实际效果").click()
    picture = page.locator("[data-part=truth-picture]")
    await expect(picture).to_have_js_property("naturalWidth", 720)
    await shot(page, "poster-editor")
    await page.get_by_role("button", name="提交审核").click()
    await page.wait_for_url(f"**/console/posters/{template_id}")
    sent = await people.get("author", f"/poster-templates/{template_id}")
    assert sent["revision"]["state"] == "in_review"
    people.all_well()


async def _away_and_back(page: Page) -> None:
    """Drag a layer off the canvas: it is kept, named and marked, and one press brings it back."""
    save = page.get_by_role("button", name="保存", exact=True)
    place, box = await save.bounding_box(), (await _layer(page, "slogan"))["box"]
    await _drag(page, "slogan", -150, 0)
    away = page.locator("[data-part=faults]").get_by_role("button", name="移回画布")
    await expect(away).to_be_visible()
    await expect(page.locator("[data-part=saved]")).to_contain_text("已自动保存")
    await expect(page.locator("[data-part=layers] [aria-label=移回画布]")).to_have_count(1)
    assert await save.bounding_box() == place, "no button moves"
    await away.click()
    await expect(away).to_have_count(0)
    back = (await _layer(page, "slogan"))["box"]  # the drag may have snapped it a line up or down
    assert (back["x_px"], back["w_px"], back["h_px"]) == (0, box["w_px"], box["h_px"])
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Control+z")
    await expect(page.locator("[data-part=saved]")).to_contain_text("已自动保存")


async def _pinched(page: Page) -> None:
    """Put two fingers on the canvas and move them apart to twice their distance."""
    at = await page.evaluate(_MIDDLE, "slogan")
    x, y = at["x"], at["y"]
    await fingers.moved(page, ((x - 40, y), (x - 80, y)), ((x + 40, y), (x + 80, y)))


async def _wrong_widths(page: Page) -> dict[str, tuple[float, float]]:
    """Return the words whose width in the browser is not the painter's, by half a pixel."""
    found = {}
    for weight in (400, 500, 700, 900):
        shown = await page.evaluate(_WIDTHS, [WORDS, weight])
        for text, width_px in zip(WORDS, shown, strict=True):
            drawn_px = layout.width_px(text, 40, weight=weight, autospace=False)
            if abs(width_px - drawn_px) > 0.5:
                found[f"{text} {weight}"] = (width_px, drawn_px)
    return found


async def _resized_by_keyboard(page: Page) -> None:
    """Change the size twice and take it back, the keyboard staying where it was put."""
    await page.keyboard.press("Escape")
    size = page.get_by_label("尺寸")
    await expect(size).to_be_visible()
    before, designs = await page.evaluate(_DESIGN), []
    await size.focus()
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
        await expect(size).to_be_focused()
        designs.append(await page.evaluate(_DESIGN))
    first, second = designs
    assert len({before, first, second}) == 3
    for keys, shown in (
        ("Control+z", first),
        ("Control+z", before),
        ("Control+y", first),
        ("Control+y", second),
        ("Control+z", first),
        ("Control+z", before),
    ):
        await page.keyboard.press(keys)
        assert await page.evaluate(_DESIGN) == shown
        await expect(size).to_be_focused()


async def _found_by_search(page: Page) -> None:
    """Find somebody the list leaves out; preview and list show the same person all the time."""
    listed, search = page.locator("#employee"), page.get_by_role("searchbox", name="找员工")
    first = await listed.input_value()
    await expect(listed).not_to_contain_text("0112")
    async with page.expect_request(lambda one: one.url.endswith("/reading")) as asked:
        await search.fill("0112")
        await expect(listed.locator("option")).to_have_count(1)
    await expect(listed).to_contain_text("0112")
    found = await listed.input_value()
    assert found != first
    drawn = await asked.value
    assert json.loads(drawn.post_data or "")["employee_id"] == found
    assert await page.evaluate(_EMPLOYEE) == found
    await search.fill("查无此人")
    await expect(listed).to_contain_text("没有找到这位员工")
    assert await page.evaluate(_EMPLOYEE) == found, "nobody found changes no preview"
    await search.fill("011")
    await expect(listed.locator("option")).not_to_have_count(1)
    assert await listed.input_value() == found, "who was chosen stays chosen"
    await search.fill("")
    await expect(listed.locator("option")).to_have_count(52)
    assert await listed.input_value() == found, "the whole list has them too"
    assert await page.evaluate(_EMPLOYEE) == found
    await page.locator("[data-row=slogan]").focus()


async def test_the_editor_is_used_by_keyboard_and_on_a_telephone(people: People) -> None:
    page, _ = await _opened(people)
    await expect(page.locator("ch-poster-editor[data-face=here]")).to_be_visible()
    assert await _wrong_widths(page) == {}
    axe = packages.axe_source()
    row = page.locator("[data-row=slogan]")
    await row.focus()
    await page.keyboard.press("Enter")
    await expect(row).to_have_attribute("aria-pressed", "true")
    before = (await _layer(page, "slogan"))["box"]
    for key in ("ArrowLeft", "Shift+ArrowDown", "ArrowDown", "Escape", "Shift+ArrowRight"):
        await page.keyboard.press(key)
    moved = {**before, "x_px": before["x_px"] + 9, "y_px": before["y_px"] + 11}
    assert (await _layer(page, "slogan"))["box"] == moved
    await expect(row).to_be_focused()
    place = await page.evaluate("() => document.querySelector('[data-row=slogan]').offsetTop")
    await page.keyboard.press("Alt+ArrowUp")
    assert (
        await page.evaluate("() => document.querySelector('[data-row=slogan]').offsetTop") < place
    )
    await page.keyboard.press("F2")
    await page.keyboard.type("一句话")
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("一句话")
    assert await violations(page, axe) == []
    await _found_by_search(page)
    await _resized_by_keyboard(page)
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(READY)).to_be_visible()
    assert await overflow_px(page) <= 0
    await page.locator("[data-part=canvas]").scroll_into_view_if_needed()
    await _drag(page, "slogan", 9, 14)
    dragged = (await _layer(page, "slogan"))["box"]
    assert dragged["y_px"] != moved["y_px"]
    assert (dragged["w_px"], dragged["h_px"]) == (moved["w_px"], moved["h_px"])
    zoomed = await page.evaluate(_ZOOM)
    await _pinched(page)
    assert await page.evaluate(_ZOOM) > 1.5 * zoomed
    assert (await _layer(page, "slogan"))["box"] == dragged, "two fingers move no layer"
    # Who changes only words finds all of them in one place.
    await page.get_by_role("tab", name="文字").click()
    words = page.get_by_role("textbox", name="大标题")
    await words.fill("字" * 40)
    await expect(page.locator("[data-why=headline]")).to_contain_text("放不下")
    await words.fill("手机上改的")
    await expect(page.locator("[data-why=headline]")).to_be_empty()
    await expect(page.locator("[data-part=saved]")).to_contain_text("已自动保存")
    assert (await _layer(page, "headline"))["text"] == "手机上改的"
    await shot(page, "poster-editor-390", full=True)
    assert await shut_out(page, axe) == []
    people.all_well()
