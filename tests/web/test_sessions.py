"""Sessions in Redis: how long they live, how they are listed, that losing them loses no more."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisDown
from tests.personas import Personas

from contenthub.db import TenantId
from contenthub.errors import Unavailable
from contenthub.web import sessions
from contenthub.web.house import House
from contenthub.web.sessions import (
    Place,
    close_session,
    end_sessions,
    find_session,
    open_session,
    open_sessions,
    proof_of,
    ref_of,
)


async def test_an_idle_session_ends_after_thirty_minutes_and_each_use_prolongs_it(
    house: House,
) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    assert house.settings.session_idle_seconds == 30 * 60
    sid = await open_session(house.redis, house.settings, tenant, who)
    key = sessions._key(ref_of(sid))
    assert 0 < await house.redis.ttl(key) <= 30 * 60
    await house.redis.expire(key, 5)
    assert await find_session(house.redis, house.settings, sid) is not None
    assert await house.redis.ttl(key) > 29 * 60
    await house.redis.delete(key)  # as its end does
    assert await find_session(house.redis, house.settings, sid) is None


async def test_after_twelve_hours_a_session_ends_however_busy(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    assert house.settings.session_absolute_seconds == 12 * 3600
    sid = await open_session(house.redis, house.settings, tenant, who)
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + 12 * 3600 - 60)
        assert await find_session(house.redis, house.settings, sid) is not None
        patch.setattr(time, "time", lambda: real() + 12 * 3600 + 1)
        assert await find_session(house.redis, house.settings, sid) is None
    assert await find_session(house.redis, house.settings, sid) is None


async def test_redis_never_holds_an_id_that_opens_anything(house: House) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    sid = await open_session(house.redis, house.settings, tenant, who)
    assert len(sid) >= 43, "256 random bits"
    held = [key.decode() for key in await house.redis.keys("session*")]
    held += [ref.decode() for ref in await house.redis.zrange(sessions._index(tenant, who), 0, -1)]
    assert ref_of(sid) in held
    assert not any(sid in one for one in held)
    assert await find_session(house.redis, house.settings, ref_of(sid)) is None


async def test_a_list_shows_places_and_times_and_drops_what_is_over(house: House) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    place = Place("Chrome 浏览器 · Windows 电脑", "192.0.2.7")
    one = await open_session(house.redis, house.settings, tenant, who, place=place)
    two = await open_session(house.redis, house.settings, tenant, who)
    # The first was last used a quarter of an hour ago.
    await house.redis.expire(sessions._key(ref_of(one)), 15 * 60)
    found = await open_sessions(house.redis, house.settings, tenant, who)
    assert [s.ref for s in found] == [ref_of(two), ref_of(one)]
    assert found[1].place == place
    assert 14 * 60 < (found[0].seen - found[1].seen).total_seconds() < 16 * 60
    await close_session(house.redis, two)
    found = await open_sessions(house.redis, house.settings, tenant, who)
    assert [s.ref for s in found] == [ref_of(one)]


async def test_the_index_does_not_grow_for_ever(house: House) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    index = sessions._index(tenant, who)
    await house.redis.zadd(index, {"a" * 64: time.time() - 13 * 3600})
    await open_session(house.redis, house.settings, tenant, who)
    assert await house.redis.zcard(index) == 1
    assert 0 < await house.redis.ttl(index) <= 12 * 3600


async def test_ends_are_of_one_person_only(house: House) -> None:
    tenant, me, colleague = TenantId(uuid4()), uuid4(), uuid4()
    mine = [await open_session(house.redis, house.settings, tenant, me) for _ in range(3)]
    theirs = await open_session(house.redis, house.settings, tenant, colleague)
    assert await end_sessions(house.redis, tenant, me, only=ref_of(theirs)) == 0
    assert await end_sessions(house.redis, tenant, me, only=ref_of(mine[0])) == 1
    assert await end_sessions(house.redis, tenant, me, but=ref_of(mine[1])) == 1
    assert await find_session(house.redis, house.settings, mine[1]) is not None
    assert await find_session(house.redis, house.settings, theirs) is not None
    assert await end_sessions(house.redis, tenant, me) == 1
    assert await end_sessions(house.redis, tenant, me) == 0


async def test_a_lost_redis_means_to_log_in_anew_and_nothing_else(people: Personas) -> None:
    ours, house = people.ours, people.house
    async with people.client(ours.author) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        await end_sessions(house.redis, ours.tenant, ours.author.id)
        assert (await client.get("/api/v1/me")).status_code == 401
    async with people.client(ours.author) as client:
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_a_silent_redis_is_said_clearly(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_args: object, **_kwargs: object) -> None:
        raise RedisDown("gone")

    tenant, who = TenantId(uuid4()), uuid4()
    with monkeypatch.context() as patch:
        patch.setattr(house.redis, "zrange", gone)
        with pytest.raises(Unavailable):
            await open_sessions(house.redis, house.settings, tenant, who)
        with pytest.raises(Unavailable):
            await end_sessions(house.redis, tenant, who)


async def test_a_proof_changes_with_password_roles_and_codes(people: Personas) -> None:
    staff = people.ours.employee
    before = proof_of(staff)
    assert proof_of(staff) == before
    seen = {before}
    for name, value in (
        ("password_hash", "other"),
        ("roles", ["author"]),
        ("totp_confirmed_at", staff.created_at),
    ):
        setattr(staff, name, value)
        seen.add(proof_of(staff))
    assert len(seen) == 4
    staff.name = "另一个名字"
    assert proof_of(staff) in seen


async def test_a_shorter_idle_time_holds_at_once(house: House) -> None:
    tenant, who = TenantId(uuid4()), uuid4()
    short = replace(house.settings, session_idle_seconds=60)
    sid = await open_session(house.redis, short, tenant, who)
    assert 0 < await house.redis.ttl(sessions._key(ref_of(sid))) <= 60
