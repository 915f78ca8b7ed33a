"""What the people of the day do more than once, and what they look at."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

import asyncpg
from playwright.async_api import Locator, Page, Response, expect
from tests.browser.people import People
from tests.running import RunningHub, clean_environment

CUSTOMERS = 2000
HASTY: dict[str, Any] = {
    **{"confirm_seconds": [0.2, 1.0], "by_hand": []},
    **{"hang_seconds": 2.0, "fault_rate": 0.0},
}
"""Sandbox options of employees who confirm at once."""
FAULTS = [
    {"path": "externalcontact/add_msg_template", "kind": kind}
    for kind in ("lost", "false_busy", "truncated", "hang")
]
"""Answers that do not arrive although the work was done. Not "limited": it rests a minute."""
TWO_WORKERS = ("--demo", "--workers", "2")
"""Options of the next start: what one worker left is shared by two."""
PATIENCE_SECONDS = 30


class Day(SimpleNamespace):
    """What one step leaves to the next: ids, codes and numbers."""

    def __getattr__(self, name: str) -> Any:
        """Say which step is missing instead of an AttributeError."""
        raise AssertionError(f"an earlier step of the day did not get as far as {name!r}")


async def submit(page: Page, name: str) -> None:
    """Press the button of this name and wait until the page that follows is there."""
    button = page.get_by_role("button", name=name).first
    await button.wait_for()
    # A page that still loads would be taken for the one that follows.
    await page.wait_for_load_state("load")
    # Not expect_navigation: an autosave that renames the page's address counts as one.
    async with page.expect_event("load"):
        await button.click()


async def search(page: Page, name: str, words: str) -> None:
    """Type into a search box of this name and wait until what was found is listed.

    A shorter list moves what stands below it, from under a pointer.
    """
    box = page.get_by_role("searchbox", name=name)
    async with page.expect_response(f"**{await box.get_attribute('hx-get')}?*"):
        await box.fill(words)
    await expect(box).not_to_have_class(re.compile("htmx-request"))


async def agree(page: Page, name: str) -> None:
    """Press a button that asks back, agree, and wait until the page that follows is there."""
    await page.get_by_role("button", name=name, exact=True).first.click()
    await page.wait_for_load_state("load")
    async with page.expect_event("load"):
        await page.locator("#ch-confirm-ok").click()


async def approve(reviewer: Page, reason: str = "已核对牌价和说明书") -> None:
    """Approve what the queue shows, with a reason for findings that have to be weighed."""
    if await reviewer.locator("#kept").count():
        await reviewer.locator("#kept").fill(reason)

    def is_answer(answer: Response) -> bool:
        return answer.url.endswith("/approve")

    async with reviewer.expect_response(is_answer) as asked:
        await reviewer.locator("#approve").click()
    assert (await asked.value).ok, await (await asked.value).text()
    await reviewer.locator("[data-ch-decided]").wait_for(state="attached")


async def reach_of(people: People, expr: str) -> Any:
    """Return whom an expression reaches, as the API tells it."""
    status, found = await people.call(
        "author", "POST", "/audiences/preview", expr=expr, topic="deposit"
    )
    assert status == 200, found
    return found


async def speak_at_all_hours(hub: RunningHub) -> None:
    """Let the demo banks send by day and by night."""
    owner = await asyncpg.connect(hub.owner_url())
    try:
        await owner.execute(
            "update banks set settings = settings || "
            """'{"send_from": "00:00", "send_until": "23:59"}'::jsonb"""
        )
    finally:
        await owner.close()


def next_minute(at: datetime) -> datetime:
    """Return the next full minute that leaves clerks 25 seconds, on the bank's clock."""
    early = at.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(seconds=25 + 59)
    return early.replace(second=0, microsecond=0)


def customer_file(hub: RunningHub) -> Path:
    """Return a customer file as a bank has it, three rows in ten wrong."""
    path = hub.home / "客户清单.csv"
    command = [sys.executable, "-m", "contenthub", "demo-data", "--customers", str(CUSTOMERS)]
    command += ["--bad-share", "0.3", "--seed", "77", "--out", str(path)]
    subprocess.run(command, check=True, env=clean_environment(), capture_output=True)
    assert "客户姓名" in path.read_bytes().decode("gb18030")
    return path


def numbers_of(text: str) -> list[int]:
    """Return the whole numbers of a text like "1,204 −31 0"."""
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)]


def ledger_number(page: Page, state: str) -> Locator:
    """Return where a push's page shows how many customers are in a state."""
    return page.locator(f"#live .led0 .num a[href$='state={state}']")


def everybody_confirms(hub: RunningHub) -> None:
    """Let every employee who was asked confirm in WeCom."""
    for one in hub.sandbox("/sandbox/messages?customers=0&limit=1000")["messages"]:
        if one["confirmed_at"] is None and one["cancelled_at"] is None:
            # Some confirm by themselves meanwhile, and what is cancelled meanwhile is refused.
            with suppress(HTTPError):
                hub.sandbox("/sandbox/confirm", msgid=one["msgid"], userid=one["sender"])


async def own_link(phone: Page, item_id: str) -> str:
    """Return the address of an employee's own link to an item, made by a tap when there is none."""
    await phone.goto(f"/m/materials/{item_id}")
    link = phone.locator("a.ln[href*='/s/']").first
    if not await link.is_visible():
        await phone.get_by_role("button", name="分享").first.click()
        await link.wait_for()
    return str(await link.get_attribute("href"))


def code_of(address: str) -> str:
    """Return the code of a share link."""
    return re.findall(r"/s/([0-9A-Za-z]{12})", address)[0]


async def stay(page: Page, address: str) -> None:
    """Open a share link and look at it for as long as makes a view."""

    def is_report(answer: Response) -> bool:
        return answer.url.endswith("/beacon") and answer.ok

    async with page.expect_response(is_report):
        await page.goto(address)


async def until(
    look: Callable[[], Awaitable[Any]],
    enough: Callable[[Any], bool],
    *,
    pause: float = 0.3,
    seconds: float = PATIENCE_SECONDS,
) -> Any:
    """Look again and again until it is enough; return what was seen. Fails after a while."""
    seen, end = None, time.monotonic() + seconds
    while time.monotonic() < end:
        seen = await look()
        if enough(seen):
            return seen
        await asyncio.sleep(pause)
    raise AssertionError(f"waited in vain; last seen: {seen}")


def open_in(counts: dict[str, int]) -> int:
    """Return how many customers of a push have no outcome yet."""
    done = {"delivered", "skipped", "failed"}
    return sum(n for state, n in counts.items() if state not in done)


async def ended(people: People, push_id: str) -> Any:
    """Return a push once it has ended, which it does in a step after its last delivery's.

    What was sent before the sandbox heard its options waits for a slow employee: all confirm.
    """

    async def push() -> Any:
        everybody_confirms(people.hub)
        return await people.get("marketing", f"/pushes/{push_id}")

    seen = await until(push, lambda one: one["state"] == "finished", pause=1, seconds=240)
    assert not open_in(seen["counts"])
    return seen


async def approved_push(people: People, item_id: str, expr: str) -> str:
    """Have a push to an audience written, handed in and approved; it runs at once."""
    for login in ("marketing", "reviewer"):
        await people.person(login)  # signing in takes a while on a busy machine
    fires_at = datetime.now(UTC) + timedelta(seconds=6)
    status, push = await people.call(
        "marketing",
        "POST",
        "/pushes",
        title="全行客户",
        item_id=item_id,
        expr=expr,
        schedule={"kind": "once", "at": fires_at.isoformat()},
    )
    assert status == 201, push
    for login, action in (("marketing", "submit"), ("reviewer", "approve")):
        status, said = await people.call(login, "POST", f"/pushes/{push['id']}/{action}")
        assert status == 200, said
    return str(push["id"])
