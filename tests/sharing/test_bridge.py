"""Visits that PostgreSQL could not take wait in Redis and are moved once it is back."""

import pytest
from arq.connections import ArqRedis
from redis.exceptions import ConnectionError as RedisGone
from tests.make import make_link, make_live_item
from tests.personas import Personas
from tests.sharing.test_actions_drain import counts, drain_all, seen

from contenthub.errors import Unavailable
from contenthub.sharing import bridge, jobs
from contenthub.sharing.inbox import FETCH, VIEW, Coalescer, Seen
from contenthub.sharing.models import Link


@pytest.fixture
async def link(people: Personas) -> Link:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        return await make_link(db, item, people.ours.employee)


@pytest.fixture(autouse=True)
async def _emptied(people: Personas) -> None:
    await people.house.redis.delete(bridge.STREAM)


async def _refuse(*_: object, **__: object) -> None:
    raise RedisGone("gone")


async def keep(people: Personas, *visits: Seen) -> None:
    kept = Coalescer(bridge.stream_sink(people.house.redis))
    for visit in visits:
        await kept.submit(visit)


async def move(people: Personas) -> None:
    await jobs.move_bridged(people.house.database, people.ours.tenant)
    await drain_all(people)


async def test_what_waited_is_counted_and_waits_no_more(people: Personas, link: Link) -> None:
    await keep(people, seen(link, FETCH), seen(link, FETCH), seen(link, VIEW))
    assert await counts(people, link) == {"fetches": 0, "views": 0, "sub_views": 0}
    await move(people)
    assert await counts(people, link) == {"fetches": 2, "views": 1, "sub_views": 0}
    assert await people.house.redis.xlen(bridge.STREAM) == 0


async def test_a_page_that_sends_again_counts_once(people: Personas, link: Link) -> None:
    visit = seen(link, VIEW)
    await keep(people, visit, visit)
    await move(people)
    await keep(people, visit)
    await move(people)
    assert (await counts(people, link))["views"] == 1


async def test_a_worker_that_dies_before_it_forgets_counts_once(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> bool:
        return False

    await keep(people, seen(link), seen(link))
    with monkeypatch.context() as dying:
        dying.setattr(bridge, "forget", die)
        await move(people)
    assert await people.house.redis.xlen(bridge.STREAM) == 2
    await move(people)
    assert (await counts(people, link))["views"] == 2
    assert await people.house.redis.xlen(bridge.STREAM) == 0


async def test_more_than_one_handful_is_moved(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "TAKEN_AT_ONCE", 2)
    await keep(people, *(seen(link) for _ in range(5)))
    await move(people)
    assert (await counts(people, link))["views"] == 5


async def test_the_stream_is_bounded(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "KEPT_AT_MOST", 2)
    await keep(people, seen(link), seen(link))
    with pytest.raises(Unavailable):
        await keep(people, seen(link))
    assert await people.house.redis.xlen(bridge.STREAM) == 2


async def test_what_is_damaged_holds_up_nobody(people: Personas, link: Link) -> None:
    await people.house.redis.xadd(bridge.STREAM, {b"visit": b"\xc1"})
    await people.house.redis.xadd(bridge.STREAM, {b"other": b""})
    await keep(people, seen(link))
    await move(people)
    assert (await counts(people, link))["views"] == 1
    assert await people.house.redis.xlen(bridge.STREAM) == 0


async def test_without_redis_there_is_nothing_to_move(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(people, seen(link))
    with monkeypatch.context() as away:
        away.setattr(ArqRedis, "execute_command", _refuse)
        await move(people)
        assert (await counts(people, link))["views"] == 0
    await move(people)
    assert (await counts(people, link))["views"] == 1


async def test_without_redis_the_visit_is_not_said_to_be_kept(
    people: Personas, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(ArqRedis, "execute_command", _refuse)
        with pytest.raises(Unavailable):
            await keep(people, seen(link))
    assert await people.house.redis.xlen(bridge.STREAM) == 0
