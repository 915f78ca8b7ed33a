"""Five times kill -9 in the middle of one push: workers, web, cache, database, everything."""

import asyncio
import os
import random
import signal

import pytest
from tests.browser.people import People
from tests.browser.steps import (
    HASTY,
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


async def test_five_kills_lose_nothing_and_send_nothing_twice(people: People) -> None:
    hub = people.hub
    await speak_at_all_hours(hub)
    hub.sandbox("/sandbox/options", latency_seconds=0.4, **HASTY)
    items = (await people.get("author", "/items?state=live&kind=product"))["items"]
    item = next(one for one in items if one["topic"] == "deposit")
    push_id = await approved_push(people, item["id"], "everyone()")
    for _ in range(CHILDREN_KILLED):
        await in_the_middle(hub)
        # The supervisor starts it again.
        victims = [p for p, name in hub.children().items() if name.endswith((" worker", " web"))]
        kill(DICE.choice(victims))
        await asyncio.sleep(0.5)
    for engine in ("valkey", "postgres"):
        await in_the_middle(hub)
        kill(next(p for p, name in hub.engines().items() if name.startswith(engine)))
        # The embedded engines come back with the next start.
        hub.kill_everything()
        hub.start()
        hub.sandbox("/sandbox/options", latency_seconds=0.2, **HASTY)
        await people.forget()
    hub.sandbox("/sandbox/options", latency_seconds=0.0, **HASTY)

    done = await ended(people, push_id)
    # Everybody planned has an outcome; the channel's own books know nobody twice.
    assert sum(done["counts"].values()) == done["waterfall"]["matched"]
    assert hub.sandbox("/sandbox/deliveries/count")["duplicated"] == 0
