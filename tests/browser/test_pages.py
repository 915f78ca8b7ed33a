"""Every page that menus and lists lead to, for every role: drawn, quiet, wide and narrow, dark."""

import pytest
from tests.browser import packages
from tests.browser.people import People, shot
from tests.browser.walking import overflow_px, problems_of, shows_focus, violations, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROLES = ("admin", "author", "reviewer", "marketing", "auditor", "manager", "employee1")
LOOKED_AT: set[str] = set()
"""Kinds of pages that were tried in every width already, by whoever came first."""


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
