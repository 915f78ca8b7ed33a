"""Six times kill -9 in the middle of one push: everything, workers, web, cache, database.

`make fuzz` has it; in the suite the day's last push (test_a_day.py) meets three of the six.
"""

import asyncio
from functools import partial

import pytest
from tests.browser.accidents import in_the_middle, is_ready, kill_a_child, kill_an_engine
from tests.browser.people import People
from tests.browser.steps import (
    HASTY,
    TWO_WORKERS,
    approved_push,
    ended,
    speak_at_all_hours,
    until,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.fuzz,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]
CHILDREN_KILLED = 3


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
        await kill_a_child(hub, " worker", " web")
        await asyncio.sleep(0.5)
    for engine in ("valkey", "postgres"):
        await kill_an_engine(hub, engine)
    await until(partial(is_ready, hub), bool, seconds=60)
    await people.forget()
    hub.sandbox("/sandbox/options", latency_seconds=0.0, **HASTY)

    done = await ended(people, push_id)
    # Everybody planned has an outcome; the channel's own books know nobody twice.
    assert sum(done["counts"].values()) == done["waterfall"]["matched"]
    assert hub.sandbox("/sandbox/deliveries/count")["duplicated"] == 0
