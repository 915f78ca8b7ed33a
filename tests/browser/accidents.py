"""What kills a hub in the middle of a push, and how it is seen to come back."""

import os
import random
import signal
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
from tests.browser.people import People
from tests.browser.steps import until
from tests.running import RunningHub

DICE = random.Random(91)


async def in_the_middle(hub: RunningHub) -> None:
    """Wait until more customers were sent to than a moment ago; an accident hurts most there."""
    before = hub.sandbox("/sandbox/deliveries/count")["sends"]
    await until(lambda: _sends(hub), lambda sends: sends > before, seconds=40)


async def half_sent(people: People, push_id: str) -> Any:
    """Wait until a push has sent to some of its customers and not to others; return how many."""

    async def counts() -> Any:
        return (await people.get("marketing", f"/pushes/{push_id}"))["counts"]

    def is_half_sent(seen: Any) -> bool:
        sent = seen["submitted"] + seen["confirmed"] + seen["delivered"]
        return bool(sent > 50 and seen["planned"] + seen["claimed"] > 50)

    return await until(counts, is_half_sent, pause=0.1)


async def kill_a_child(hub: RunningHub, *names: str) -> None:
    """Kill one of the processes of these names in the middle, as the system would without memory.

    The supervisor starts it again.
    """
    await in_the_middle(hub)
    victims = [pid for pid, command in hub.children().items() if command.endswith(names)]
    # One that is only just starting may be gone by itself.
    with suppress(ProcessLookupError):
        os.kill(DICE.choice(victims), signal.SIGKILL)


async def kill_an_engine(hub: RunningHub, name: str) -> None:
    """Kill the database or the cache in the middle and wait until another one runs."""
    await in_the_middle(hub)
    killed = _engine_of(hub, name)
    os.kill(killed, signal.SIGKILL)
    await until(partial(_is_another, hub, name, than=killed), bool)


async def is_ready(hub: RunningHub) -> bool:
    """Return whether the pages can be used."""
    try:
        async with httpx.AsyncClient(base_url=hub.url) as asking:
            return (await asking.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def _sends(hub: RunningHub) -> int:
    return int(hub.sandbox("/sandbox/deliveries/count")["sends"])


def _engine_of(hub: RunningHub, name: str) -> int:
    """Return the process id of the database or the cache, 0 while there is none."""
    return next((pid for pid, path in hub.engines().items() if path.startswith(name)), 0)


async def _is_another(hub: RunningHub, name: str, *, than: int) -> bool:
    return _engine_of(hub, name) not in (0, than)
