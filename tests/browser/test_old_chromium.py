"""Chromium 91: about what banks' own desktops run; every page must work there as well.

Drawn are those that bring a script or a style sheet no page before them had, the others only
answered; `make fuzz` draws all. Only CSS selectors here: Playwright's role selectors need a
newer browser (design/ux.md).
"""

import pytest
from playwright.async_api import Playwright
from tests.browser import packages
from tests.browser.people import People, shot
from tests.browser.walking import EVERYBODY, walk
from tests.running import RunningHub

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--no-zygote"]


async def test_every_page_works_on_chromium_91(hub: RunningHub, playwright: Playwright) -> None:
    program = packages.old_chromium()
    browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
    assert browser.version.startswith("91.")
    try:
        people = People(hub, playwright, browser)
        kinds: set[str] = set()
        brought: set[str] | None = None if EVERYBODY else set()
        for login, phone, start in (
            ("author", False, "/console"),
            ("admin", False, "/console"),
            ("employee1", True, "/m"),
        ):
            page = await people.person(login, phone=phone)
            drawn = set() if EVERYBODY else set(kinds)
            async for kind in walk(page, start, base=hub.url, drawn=drawn, brought=brought):
                kinds.add(kind)
                if kind in ("/console", "/m"):
                    await shot(page, f"chromium-91{kind.replace('/', '-')}")
        people.all_well()
        assert len(kinds) > 20, kinds
        assert brought != set(), "no page brings a script any more: draw by another choice"
    finally:
        await browser.close()
