"""Six times kill -9 in the middle of one push: everything, workers, web, cache, database."""

import asyncio
import os
import random
import signal
from functools import partial

import httpx
import pytest
from tests.browser.people import People
from tests.browser.steps import (
    HASTY,
    TWO_WORKERS,
    approved_push,
    ended,
    speak_at_all_hours,
    until,
)
from tests.running import RunningHub

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]
CHILDREN_KILLED = 3
DICE = random.Random(91)


def kill(pid: int) -> None:
    """End a process as the out-of-memory killer would."""
    os.kill(pid, signal.SIGKILL)


async def in_the_middle(hub: RunningHub) -> None:
    """Wait until more customers were sent to than a moment ago; an accident hurts most there."""
    before = hub.sandbox("/sandbox/deliveries/count")["sends"]
    await until(lambda: _sends(hub), lambda sends: sends > before, seconds=40)


async def _sends(hub: RunningHub) -> int:
    return int(hub.sandbox("/sandbox/deliveries/count")["sends"])


def engine_of(hub: RunningHub, name: str) -> int:
    """Return the process id of the database or the cache, 0 while there is none."""
    return next((pid for pid, path in hub.engines().items() if path.startswith(name)), 0)


async def is_another(hub: RunningHub, name: str, *, than: int) -> bool:
    """Return whether the database or the cache runs again, as another process."""
    return engine_of(hub, name) not in (0, than)


async def is_ready(hub: RunningHub) -> bool:
    """Return whether the pages can be used."""
    try:
        async with httpx.AsyncClient(base_url=hub.url) as asking:
            return (await asking.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def test_six_kills_lose_nothing_and_send_nothing_twice(people: People) -> None:
    hub = people.hub
    await speak_at_all_hours(hub)
    hub.sandbox("/sandbox/options", latency_seconds=1.0, **HASTY)
    items = (await people.get("author", "/items?state=live&kind=product"))["items"]
    item = next(one for one in items if one["topic"] == "deposit")
    push_id = await approved_push(people, item["id"], "everyone()")
    await in_the_middle(hub)
    hub.kill_everything()
    hub.options = TWO_WORKERS
    hub.start()
    hub.sandbox("/sandbox/options", latency_seconds=1.0, **HASTY)
    for _ in range(CHILDREN_KILLED):
        await in_the_middle(hub)
        victims = [p for p, name in hub.children().items() if name.endswith((" worker", " web"))]
        kill(DICE.choice(victims))
        await asyncio.sleep(0.5)
    for engine in ("valkey", "postgres"):
        await in_the_middle(hub)
        killed = engine_of(hub, engine)
        kill(killed)
        # The supervisor starts it again, as it did those before.
        await until(partial(is_another, hub, engine, than=killed), bool)
    await until(partial(is_ready, hub), bool, seconds=60)
    await people.forget()
    hub.sandbox("/sandbox/options", latency_seconds=0.0, **HASTY)

    done = await ended(people, push_id)
    # Everybody planned has an outcome; the channel's own books know nobody twice.
    assert sum(done["counts"].values()) == done["waterfall"]["matched"]
    assert hub.sandbox("/sandbox/deliveries/count")["duplicated"] == 0
