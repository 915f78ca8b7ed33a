"""Who sits at the browsers: signed-in people of the demo bank and strangers with telephones."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    ViewportSize,
    expect,
)
from tests.running import RunningHub

ARTEFACTS = Path(__file__).parents[2] / "artifacts" / "browser"
PICTURES = "CONTENTHUB_TEST_PICTURES"
"""Each picture is a quarter of a second of the processor; a test that fails always leaves some."""
WECHAT_ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; V2241A Build/TP1A.220624.014; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 "
    "MMWEBSDK/20240501 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Weixin NetType/WIFI"
)
DESK: ViewportSize = {"width": 1440, "height": 900}
_SIGN_IN = """([login, password]) => {
  document.querySelector('#f-login').value = login;
  document.querySelector('#f-password').value = password;
  document.querySelector('form').submit(); }"""
"""How a browser signs in that lacks what Playwright's own typing needs (checkVisibility)."""
PATIENCE_MS = 60_000
"""Longer than any page takes on a machine with half the cores: a wait is no measurement."""
expect.set_options(timeout=PATIENCE_MS)


class People:
    """One browser of everybody who takes part, and all that went wrong in them."""

    def __init__(self, hub: RunningHub, playwright: Playwright, browser: Browser) -> None:
        self._is_old = int(browser.version.split(".")[0]) < 106
        self.hub = hub
        self.problems: list[str] = []
        self._playwright, self._browser = playwright, browser
        self._signed_in: dict[tuple[str, bool], Page] = {}

    async def person(self, login: str, *, phone: bool = False) -> Page:
        """Return the page of somebody who signed in by the form; the same page each time."""
        if (login, phone) not in self._signed_in:
            page = await self._open("iPhone 13" if phone else "", login)
            account = self.hub.account(login)
            await page.goto(account["url"])
            if self._is_old:
                await page.evaluate(_SIGN_IN, [login, account["password"]])
            else:
                await page.locator("#f-login").fill(login)
                await page.locator("#f-password").fill(account["password"])
                await page.locator("button[type=submit]").click()
            await page.wait_for_url(lambda url: "/login" not in url)
            self._signed_in[login, phone] = page
        return self._signed_in[login, phone]

    async def stranger(self, name: str) -> Page:
        """Return a page in WeChat on an Android telephone that nobody has used before."""
        return await self._open("Pixel 5", name, user_agent=WECHAT_ANDROID)

    async def desk(self, name: str) -> Page:
        """Return a page at a desk where nobody signed in yet."""
        return await self._open("", name)

    async def _open(self, device: str, name: str, **over: Any) -> Page:
        # At a desk nothing slides or fades: colours are never measured half-way, and nothing is
        # drawn that nobody looks at. Telephones keep their motion.
        options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce"}
        if device:
            options = dict(self._playwright.devices[device])
        options |= {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "base_url": self.hub.url}
        context = await self._browser.new_context(**{**options, **over})
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        self.watch(page, name)
        return page

    def watch(self, page: Page, name: str) -> None:
        """Note what goes wrong in a page: script errors, refused requests, broken pictures."""

        def heard(message: ConsoleMessage) -> None:
            # htmx calls a request that the next page cut short an error; nobody saw one.
            aborted = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
            if message.type == "error" and not aborted:
                self.problems.append(f"{name} {page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: self.problems.append(f"{name} {page.url}: {error}"))

    def all_well(self) -> None:
        """Fail when anything went wrong in any page since the last look."""
        found, self.problems[:] = list(self.problems), []
        assert found == [], found

    async def keep_evidence(self, directory: Path) -> None:
        """Keep a picture of every open page."""
        directory.mkdir(parents=True, exist_ok=True)
        for number, context in enumerate(self._browser.contexts):
            for page in context.pages:
                with suppress(Error):
                    await page.screenshot(path=directory / f"window-{number}.png")

    async def close(self) -> None:
        """Close every window."""
        for context in list(self._browser.contexts):
            await context.close()

    async def forget(self) -> None:
        """Close the windows of everybody who signed in; sessions end with the server's memory."""
        for page in self._signed_in.values():
            await page.context.close()
        self._signed_in.clear()

    async def call(self, login: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """Call the API as somebody who is signed in; return status and decoded answer."""
        page = await self.person(login)
        answer = await page.context.request.fetch(
            f"{self.hub.url}/api/v1{path}",
            method=method,
            data=json.dumps(body) if body else None,
            headers={
                "content-type": "application/json",
                "x-csrftoken": await _csrf_token(page.context),
            },
        )
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text

    async def get(self, login: str, path: str) -> Any:
        """Return what the API answers to somebody who is signed in; anything but 200 fails."""
        status, answer = await self.call(login, "GET", path)
        assert status == 200, answer
        return answer


async def _csrf_token(context: BrowserContext) -> str:
    cookies = await context.cookies()
    return next((c["value"] for c in cookies if c["name"] == "csrftoken"), "")


async def shot(page: Page, name: str, *, full: bool = False) -> None:
    """Keep a picture of a page among the artefacts, where somebody will look (`make browser`)."""
    if PICTURES in os.environ:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=full)
