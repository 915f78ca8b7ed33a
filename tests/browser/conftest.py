"""One running demo, one Chromium, for all tests of this directory."""

import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright
from tests.browser.people import ARTEFACTS, People
from tests.logscan import scanned
from tests.running import RunningHub, forget_data

ENDED = pytest.StashKey[dict[str, bool]]()
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")
LEFT_OUT = (
    # A renderer in reserve, which nobody here opens; a new frame for each page of one site.
    *("SpareRendererForSitePerProcess", "RenderDocument"),
    # Of this switch the last one counts: what Playwright itself leaves out and this page meets.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "OptimizationHints", "PaintHolding"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "ThirdPartyStoragePartitioning"),
)
"""Features of Chromium that take a seventh of its processor time and show nothing else."""
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(LEFT_OUT)}",
]


def chromium() -> str | None:
    """Return the Chromium to use: CONTENTHUB_CHROMIUM, or Debian's.

    The one without windows draws and runs the same and takes a third less of the processor.
    """
    named = os.environ.get("CONTENTHUB_CHROMIUM", "")
    there = (shutil.which(name) for name in CHROMIUMS)
    return named or next((path for path in there if path), None)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[RunningHub]:
    """A running `contenthub up --demo`; the demo is made once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    kept = (shared if worker_id == "master" else shared.parent) / "demo-data"
    # What a killed worker held is taken up again after seconds instead of minutes. One worker:
    # two read the demo's fresh work twice. Tests that kill ask for a second (steps.TWO_WORKERS).
    running = RunningHub(
        "--demo",
        "--workers",
        "1",
        lease_seconds="10",
        quarantine_seconds="4",
        sweep_seconds="8",
        # The bank's own system of a test listens on loopback, without a certificate.
        webhook_allow_http="true",
        webhook_allow_networks="127.0.0.0/8",
    )
    try:
        running.start_like(kept)
        yield running
        # What the whole day wrote into its logs: no phone, id, card, token or password.
        found, read = scanned(running.data, [a["password"] for a in running.accounts()])
        assert found == []
        assert read > 0
        # The terminal, where `up --demo` shows the log-ins it made once, and nothing else.
        assert scanned(running.home)[0] == []
    finally:
        running.stop()
        forget_data(kept)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright, without a browser of its own."""
    async with async_playwright() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """The machine's Chromium."""
    path = chromium()
    if path is None or not Path(path).exists():
        pytest.skip("没有找到 chromium；请 apt-get install chromium，或设置 CONTENTHUB_CHROMIUM")
    running = await playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield running
    await running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(
    browser: Browser, hub: RunningHub, playwright: Playwright
) -> AsyncIterator[People]:
    """The windows of one file's tests."""
    sitting = People(hub, playwright, browser)
    yield sitting
    await sitting.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know how their test ended."""
    report = yield
    item.stash.setdefault(ENDED, {})[report.when or ""] = report.failed
    return report


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _evidence(request: pytest.FixtureRequest, hub: RunningHub) -> AsyncIterator[None]:
    """Keep every open page and the server's logs when a test fails."""
    yield
    if not request.node.stash.get(ENDED, {}).get("call"):
        return
    kept = ARTEFACTS / "failed" / request.node.name
    shutil.copytree(hub.data / "logs", kept / "logs", dirs_exist_ok=True)
    if "people" in request.fixturenames:
        people = request.getfixturevalue("people")
        await people.keep_evidence(kept)
        people.problems.clear()  # told once; the next test answers for its own
