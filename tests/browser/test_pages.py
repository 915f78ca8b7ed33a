"""Every page that menus and lists lead to, for every role: drawn, quiet, wide and narrow, dark."""

import asyncio

import pytest
from playwright.async_api import Route
from tests.browser import packages
from tests.browser.people import DESK, People, shot
from tests.browser.walking import overflow_px, problems_of, shows_focus, violations, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ROLES = ("admin", "author", "reviewer", "marketing", "auditor", "manager", "employee1")
LOOKED_AT: set[str] = set()
"""Kinds of pages that were tried in every width already, by whoever came first."""
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
async def test_every_page_of_the_console_is_drawn_for(login: str, people: People) -> None:
    page = await people.person(login)
    faults, kinds = [], set()
    async for kind in walk(page, "/console", base=people.hub.url):
        kinds.add(kind)
        if kind not in LOOKED_AT:
            LOOKED_AT.add(kind)
            faults += [f"{kind}: {fault}" for fault in await problems_of(page)]
    assert faults == [], "\n".join(faults)
    assert len(kinds) >= 4, kinds
    people.all_well()


async def test_every_page_of_the_telephone_is_drawn(people: People) -> None:
    page = await people.person("employee1", phone=True)
    faults, kinds = [], set()
    async for kind in walk(page, "/m", base=people.hub.url):
        kinds.add(kind)
        if (wider := await overflow_px(page)) > 0:
            faults.append(f"{kind}: {wider} px too wide")
        if not await shows_focus(page):
            faults.append(f"{kind}: the keyboard's place cannot be seen")
    assert faults == [], "\n".join(faults)
    assert {"/m", "/m/tasks", "/m/materials", "/m/code", "/m/customers", "/m/results"} <= kinds
    people.all_well()


async def test_nothing_keeps_people_out_of_the_pages_light_or_dark(people: People) -> None:
    axe = packages.axe_source()
    page = await people.person("author")
    await page.emulate_media(reduced_motion="reduce")  # or colours are measured half-way
    faults = []
    async for kind in walk(page, "/console", base=people.hub.url):
        faults += [f"{kind} light: {fault}" for fault in await violations(page, axe)]
        await page.evaluate("() => document.documentElement.setAttribute('data-bs-theme', 'dark')")
        faults += [f"{kind} dark: {fault}" for fault in await violations(page, axe)]
        await shot(page, f"dark-{kind.strip('/').replace('/', '-').replace('…', 'one')}")
    phone = await people.person("employee1", phone=True)
    async for kind in walk(phone, "/m", base=people.hub.url):
        faults += [f"{kind}: {fault}" for fault in await violations(phone, axe)]
    assert faults == [], "\n".join(faults)


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
