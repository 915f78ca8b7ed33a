"""A customer's page tells of its view until somebody took it: the script alone, no hub."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route
from tests.browser.steps import until

import contenthub.web

pytestmark = [pytest.mark.browser]
SCRIPT = Path(contenthub.web.__file__).parent / "static" / "landing.js"
HTML = (
    '<!doctype html><body data-beacon-url="/beacon" data-beacon-token="tok">'
    '<script src="/landing.js"></script>'
)


@pytest.fixture(autouse=True)
def _evidence() -> None:
    """Nothing of a hub is looked at here, so none is started for this file alone."""


class Desk:
    """Answers beacons with the statuses it was given, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[dict[str, object]] = []

    async def answer(self, route: Route) -> None:
        """Serve the page, its script and the beacon."""
        path = route.request.url.partition("page.test")[2]
        if path == "/beacon":
            self.heard.append(json.loads(route.request.post_data or "{}"))
            status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
            await route.abort() if status == 0 else await route.fulfill(status=status)
        elif path == "/landing.js":
            await route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
        else:
            await route.fulfill(body=HTML if path == "/s/1" else "", content_type="text/html")

    async def count(self) -> int:
        """Return how many beacons came."""
        return len(self.heard)


async def opened(browser: Browser, desk: Desk) -> Page:
    """Open the customer's page in front of a desk; time passes when the test says so."""
    page = await browser.new_page()
    await page.clock.install()
    await page.route("http://page.test/**", desk.answer)
    await page.goto("http://page.test/s/1")
    return page


async def passed(page: Page, desk: Desk, *, heard: int) -> None:
    """Let a second after the other pass until the desk has heard so many beacons."""
    for _ in range(90):
        if len(desk.heard) >= heard:
            return
        await page.clock.run_for(1000)
    raise AssertionError(desk.heard)


@pytest.mark.parametrize("refusal", [0, 429, 500, 503])
async def test_a_view_nobody_took_is_sent_again(browser: Browser, refusal: int) -> None:
    desk = Desk(refusal, refusal, 204)
    page = await opened(browser, desk)
    await passed(page, desk, heard=3)
    assert {said["token"] for said in desk.heard} == {"tok"}
    assert {said["kind"] for said in desk.heard} == {"view"}
    await page.clock.run_for(300_000)
    assert len(desk.heard) == 3, "what was taken is not sent again"
    await page.close()


@pytest.mark.parametrize("refusal", [400, 404])
async def test_a_view_refused_for_good_is_sent_once(browser: Browser, refusal: int) -> None:
    desk = Desk(refusal)
    page = await opened(browser, desk)
    await passed(page, desk, heard=1)
    await page.clock.run_for(300_000)
    assert len(desk.heard) == 1
    await page.close()


async def test_the_pauses_grow_while_nobody_takes_it(browser: Browser) -> None:
    desk = Desk(503)
    page = await opened(browser, desk)
    for _ in range(600):
        await page.clock.run_for(1000)
    # 2, 4, 8, 16, 32 and then 60 seconds at most, half of it at least.
    assert 12 <= len(desk.heard) <= 27
    await page.close()


async def test_leaving_sends_what_was_not_taken(browser: Browser) -> None:
    desk = Desk(503, 204)
    page = await opened(browser, desk)
    await passed(page, desk, heard=1)
    await page.goto("http://page.test/elsewhere")
    await until(desk.count, lambda count: count >= 2, seconds=10)
    assert desk.heard[1]["token"] == "tok"
    assert int(str(desk.heard[1]["visible_ms"])) >= 1000
    await page.close()
