"""Every page that menus and lists lead to, for every role: drawn, quiet, wide and narrow, dark.

Each kind of page is drawn for whoever is led to it first, and answered for everybody else;
`make fuzz` draws each for each.
"""

import asyncio
from typing import Literal

import pytest
from playwright.async_api import Route, expect
from tests.browser import packages, steps
from tests.browser.people import DESK, People, shot
from tests.browser.walking import (
    EVERYBODY,
    PHONE,
    bring,
    overflow_px,
    problems_of,
    shows_focus,
    shut_out,
    violations,
    walk,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ROLES = ("admin", "author", "reviewer", "marketing", "auditor", "manager", "employee1")
NARROW = {"/console/cadences", "/console/tag-rules", "/console/lists", "/console/matching"}
"""Pages that axe judges on a telephone as well: the frame around all pages, and tables."""
LOOKED_AT: set[str] = set()
"""Kinds of pages that were tried in every width and colour already, by whoever came first."""
UNASKED = "没有 npm，取不到 axe-core：页面都画出来了，但没有检查无障碍"
SCHEMES: tuple[Literal["dark", "light"], ...] = ("light", "dark")
LONG_NAMES = """() => {
  document.querySelectorAll('.tb tbody tr').forEach(row => {
    row.children[0].firstElementChild.textContent = '城关镇新农村建设便民金融综合服务点';
    row.children[1].textContent = '4101230987654';
    row.children[3].textContent = '1,204 人';
    row.children[4].textContent = '12,204 人'; });
  const box = document.querySelector('.tb').parentElement;
  return [box.scrollWidth - box.clientWidth, document.querySelector('.tb td').clientWidth]; }"""
"""A tree as a large bank has it: how much of it is cut off, and the room of a name."""


@pytest.mark.parametrize("login", ROLES)
async def test_every_page_of_the_console_is_drawn_and_open_to_everybody_for(
    login: str, people: People
) -> None:
    page, axe = await people.person(login), packages.axe_if_there()
    await bring(page, axe)
    faults, kinds = [], set()
    drawn = set() if EVERYBODY else set(LOOKED_AT)
    async for kind in walk(page, "/console", base=people.hub.url, drawn=drawn):
        kinds.add(kind)
        if kind not in LOOKED_AT:
            LOOKED_AT.add(kind)
            # One sheet gives all pages their dark colours: every second kind is seen in them.
            dark = EVERYBODY or len(LOOKED_AT) % 2 == 1
            found = await problems_of(page) + (await shut_out(page, axe, dark=dark) if axe else [])
            if axe and kind in NARROW:
                await page.set_viewport_size(PHONE)
                found += [f"narrow: {fault}" for fault in await violations(page, axe)]
                await page.set_viewport_size(DESK)
            faults += [f"{kind}: {fault}" for fault in found]
            if found:
                await shot(page, f"faulty-{kind.strip('/').replace('/', '-').replace('…', 'one')}")
    assert faults == [], "\n".join(faults)
    assert len(kinds) >= 4, kinds
    assert login != "admin" or kinds >= NARROW, kinds
    people.all_well()
    await page.goto("about:blank")  # a page that asks for news again and again goes on doing so
    if not axe:
        pytest.skip(UNASKED)


async def test_every_page_of_the_telephone_is_drawn_and_open_to_everybody(people: People) -> None:
    page, axe = await people.person("employee1", phone=True), packages.axe_if_there()
    await bring(page, axe)
    faults, kinds = [], set()
    async for kind in walk(page, "/m", base=people.hub.url):
        kinds.add(kind)
        if (wider := await overflow_px(page)) > 0:
            faults.append(f"{kind}: {wider} px too wide")
        if not await shows_focus(page):
            faults.append(f"{kind}: the keyboard's place cannot be seen")
        found = await violations(page, axe) if axe else []
        faults += [f"{kind}: {fault}" for fault in found]
    assert faults == [], "\n".join(faults)
    tabs = {"/m", "/m/tasks", "/m/materials", "/m/code", "/m/customers", "/m/results"}
    assert tabs | {"/m/matches"} <= kinds
    people.all_well()
    if not axe:
        pytest.skip(UNASKED)


async def test_nothing_keeps_customers_out_of_what_was_sent_to_them(people: People) -> None:
    axe, faults, tables = packages.axe_source(), [], 0
    phone = await people.person("employee1", phone=True)
    for kind in ("activity", "right", "product"):
        item = (await people.get("author", f"/items?kind={kind}&state=live"))["items"][0]
        link = await steps.own_link(phone, item["id"])
        customer = await people.stranger(kind)
        await customer.goto(link)
        tables += await customer.locator(".tb").count()
        for scheme in SCHEMES:
            await customer.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = await violations(customer, axe)
            faults += [f"{kind} {scheme}: {fault}" for fault in found]
        await customer.context.close()
    assert faults == [], "\n".join(faults)
    assert tables >= 2, "the pages have no wide tables any more: look for others"
    people.all_well()


async def test_a_double_click_on_a_question_neither_agrees_nor_closes_it(people: People) -> None:
    page = await people.person("author")
    await page.emulate_media(reduced_motion="no-preference")  # the question comes by degrees
    item = (await people.get("author", "/items?kind=faq&state=live"))["items"][0]
    await page.goto(f"/console/library/{item['id']}")
    button = page.get_by_role("button", name="下架", exact=True)
    await button.dblclick()
    question = page.locator("#ch-confirm")
    await expect(question).to_be_visible()
    await page.wait_for_timeout(300)  # what the second click does, it would have done by now
    await expect(question).to_be_visible()
    await question.get_by_role("button", name="取消").click()
    await expect(question).to_be_hidden()
    assert (await people.get("author", f"/items/{item['id']}"))["state"] == "live"
    people.all_well()


async def test_who_closes_a_question_by_keyboard_stands_where_they_stood(people: People) -> None:
    page = await people.person("author")
    await page.emulate_media(reduced_motion="reduce")
    item = (await people.get("author", "/items?kind=faq&state=live"))["items"][0]
    await page.goto(f"/console/library/{item['id']}")
    button, question = (
        page.get_by_role("button", name="下架", exact=True),
        page.locator("#ch-confirm"),
    )
    await button.press("Enter")
    await expect(question).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(button).to_be_focused()
    people.all_well()


async def test_the_tree_of_branches_shows_all_its_columns_on_a_small_desk(people: People) -> None:
    page = await people.person("admin")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto("/console/branches?gone=1")
    hidden_px, name_px = await page.evaluate(LONG_NAMES)
    assert hidden_px <= 0, f"{hidden_px} px of the table are cut off"
    assert name_px >= 200, "a name has room for more than a few characters a line"
    await page.set_viewport_size(DESK)
    people.all_well()


async def test_who_left_a_page_is_not_called_back_by_what_it_asked(people: People) -> None:
    phone = await people.person("employee1", phone=True)
    await phone.goto("/m")

    async def slowly(route: Route) -> None:
        await asyncio.sleep(1.5)
        await route.continue_()

    async def anew(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.fulfill(status=200, body="", headers={"HX-Refresh": "true"})

    await phone.route("**/m/tasks", slowly)
    await phone.route("**/m?polled=1", anew)
    await phone.evaluate("() => { htmx.ajax('GET', '/m?polled=1', {target: 'main'}) }")
    await phone.goto("/m/tasks")
    assert phone.url.endswith("/m/tasks")
    await phone.unroute_all()
    people.all_well()
