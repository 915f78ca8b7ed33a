"""Walking through the pages a person's menus and lists lead to, each kind of page once."""

import re
from collections import deque
from collections.abc import AsyncIterator, Set
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.async_api import APIResponse, Page, Response, ViewportSize
from tests.browser.people import DESK
from tests.lots import ALL

EVERYBODY = ALL
"""Whether each page is drawn for each person (`make fuzz`), or once, for whoever comes first."""
PHONE: ViewportSize = {"width": 390, "height": 844}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|/[0-9A-Z]{12}(?=/|$)")
_LINKS = """() => Array.from(document.querySelectorAll('a[href]'))
  .filter(a => !a.hasAttribute('download')).map(a => a.getAttribute('href'))"""
# Left alone, axe takes half of its time to look for `::before` and `::after` under each word, and
# then says nothing of the words that have one. Here it judges those as well.
_SURE = "\n;axe.configure({checks: [{id: 'color-contrast', options: {ignorePseudo: true}}]})"
_NOSCRIPT = re.compile("<noscript.*?</noscript>", re.DOTALL)
_PLAIN_FILES = re.compile(r"\.(jpg|png|xlsx|csv|zip|json)$|/export|/login|/logout")


def kind_of(address: str) -> str:
    """Return a page's path with every id replaced, so that two items are one kind of page."""
    return _ID.sub("…", urlsplit(address).path)


def _is_page(address: str, base: str, start: str) -> bool:
    parts = urlsplit(address)
    ours = f"{parts.scheme}://{parts.netloc}" == base
    inside = parts.path == start or parts.path.startswith(start + "/")
    return ours and inside and not _PLAIN_FILES.search(parts.path)


class _Links(HTMLParser):
    """The links of a page that was fetched and not drawn, and the scripts and sheets it brings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.brought: set[str] = set()
        # Whoever has scripts is shown nothing of it.
        self.feed(_NOSCRIPT.sub("", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href") and "download" not in given:
            self.found.append(str(given["href"]))
        elif tag == "script" and given.get("src"):
            self.brought.add(str(given["src"]))
        elif tag == "link" and given.get("rel") == "stylesheet":
            self.brought.add(str(given["href"]))


async def walk(
    page: Page,
    start: str,
    *,
    base: str,
    drawn: Set[str] = frozenset(),
    brought: set[str] | None = None,
    most: int = 120,
) -> AsyncIterator[str]:
    """Open page after page below `start`, beginning there; yield its kind while it is shown.

    Of the kinds in `drawn`, which somebody else was shown, it is enough that they are answered;
    with `brought`, so it is of pages whose scripts and style sheets all stand in it already.
    Fails when a link leads to anything but 200, and when more than `most` kinds are linked.
    """
    waiting, seen = deque([urljoin(base, start)]), {kind_of(urljoin(base, start))}
    opened = 0
    while waiting and opened < most:
        address = waiting.popleft()
        is_shown = kind_of(address) not in drawn
        answer: Response | APIResponse | None = None
        if not is_shown or brought is not None:
            answer = await page.request.get(address)
        if is_shown and answer is not None and brought is not None:
            fresh = _Links(await answer.text()).brought - brought
            brought |= fresh
            is_shown = bool(fresh)
        if is_shown:
            answer = await page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address} answered {answer.status}"
        opened += 1
        yield kind_of(address)
        links = await page.evaluate(_LINKS) if is_shown else _Links(await answer.text()).found
        for href in links:
            found = urljoin(address, href)
            if _is_page(found, base, start) and kind_of(found) not in seen:
                seen.add(kind_of(found))
                waiting.append(found)
    assert not waiting, f"more than {most} kinds of pages: {waiting[0]} and others were not opened"


async def overflow_px(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(
        await page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


async def shows_focus(page: Page) -> bool:
    """Return whether the first stops of the Tab key can be seen."""
    for _ in range(3):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e),
              f = getComputedStyle(e.parentElement), b = e.getBoundingClientRect();
              return e !== document.body && b.width > 0 && b.bottom > 0
                && [s, f].some(o => o.outlineStyle !== 'none' || o.boxShadow !== 'none'); }"""
        )
        if not seen:
            return False
    return True


async def problems_of(page: Page) -> list[str]:
    """Return how a page fails in a wide and a narrow window and under the Tab key."""
    found = []
    if not await shows_focus(page):
        found.append("the keyboard's place cannot be seen")
    for window in (PHONE, DESK):
        await page.set_viewport_size(window)
        if (wider := await overflow_px(page)) > 0:
            found.append(f"{wider} px too wide for {window['width']} px")
    return found


async def bring(page: Page, axe: str) -> None:
    """Have axe-core in all that a window opens from now on: to send it to each takes longer."""
    if axe:  # not in the frames within: their pages are judged as pages of their own
        await page.context.add_init_script(f"if (window === top) {{ {axe}{_SURE} }}")


async def violations(page: Page, axe: str, *, only: str = "") -> list[str]:
    """Return everything that axe-core finds on a page, of whatever weight.

    `only` names the one rule to ask, for a second look at a page that changed its colours.
    """
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(axe + _SURE)
    found: list[dict[str, Any]] = await page.evaluate(
        """async only => (await axe.run(document,
            {resultTypes: ['violations'], ...(only ? {runOnly: [only]} : {})})).violations
          .map(v => ({id: `${v.id} (${v.impact})`,
            nodes: v.nodes.map(n => n.target.join(' ')).slice(0, 3)}))""",
        only,
    )
    return [f"{one['id']}: {'; '.join(one['nodes'])}" for one in found]


async def shut_out(page: Page, axe: str, *, dark: bool = True) -> list[str]:
    """Return what keeps people out of a page in its light colours, and in its `dark` ones."""
    found = [f"light: {fault}" for fault in await violations(page, axe)]
    if not dark:
        return found
    await page.evaluate("() => document.documentElement.setAttribute('data-bs-theme', 'dark')")
    # What is dark differs in its colours alone.
    return found + [f"dark: {one}" for one in await violations(page, axe, only="color-contrast")]
