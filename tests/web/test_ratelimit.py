"""Rates of the API: keys, their bank, people and strangers; Redis away lets everybody pass."""

import asyncio
import logging
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisDown
from tests.personas import Personas, Side, house_app

from contenthub.errors import TooMany
from contenthub.tenants import actions as tenants
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import Bank
from contenthub.web import ratelimit
from contenthub.web.house import House
from contenthub.web.ratelimit import Bucket, RateLimit


def _scope() -> dict[str, Any]:
    return {"state": {}}


def _bucket(per_minute: int, policy: str = "key") -> Bucket:
    return Bucket(policy, f"rate:{{test}}:{uuid4()}", per_minute, "这个接口密钥")


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in scope["state"]["headers"]}


async def _passed(judge: RateLimit, buckets: list[Bucket], times: int) -> int:
    # Fifty at once: on a busy machine hundreds outlast the judge's patience, and then all pass.
    gate = asyncio.Semaphore(50)

    async def once() -> bool:
        async with gate:
            try:
                await judge.charge(buckets, _scope())
            except TooMany:
                return False
        return True

    return sum(await asyncio.gather(*(once() for _ in range(times))))


async def test_a_bucket_holds_a_minutes_calls_and_then_says_when_to_come_again(
    house: House,
) -> None:
    judge, bucket, scope = RateLimit(house.redis), _bucket(3), _scope()
    left = []
    for _ in range(3):
        await judge.charge([bucket], scope)
        left.append(_headers(scope)["ratelimit-remaining"])
    assert left == ["2", "1", "0"]
    with pytest.raises(TooMany) as refused:
        await judge.charge([bucket], scope)
    assert 1 <= refused.value.retry_after_seconds <= 20  # one call comes back each 20 s
    told = _headers(scope)
    assert (told["ratelimit-limit"], told["ratelimit-remaining"]) == ("3", "0")
    assert 40 < int(told["ratelimit-reset"]) <= 60
    assert told["ratelimit-policy"] == '"key";q=3;w=60'
    assert re.fullmatch(r'"key";r=0;t=\d+', told["ratelimit"])


async def test_what_was_waited_for_comes_back_evenly(house: House) -> None:
    judge, bucket = RateLimit(house.redis), _bucket(600)
    assert await _passed(judge, [bucket], 600) == 600
    # Half a minute later, by moving the bucket's instant instead of the clock.
    due = float(await house.redis.get(bucket.key) or 0)
    await house.redis.set(bucket.key, f"{due - 30_000_000:.3f}")
    assert 295 <= await _passed(judge, [bucket], 400) <= 340


async def test_many_at_once_are_never_more_than_the_limit(house: House) -> None:
    first, second = RateLimit(house.redis), RateLimit(house.redis)
    bucket = _bucket(50)
    passed = await asyncio.gather(_passed(first, [bucket], 100), _passed(second, [bucket], 100))
    assert 50 <= sum(passed) <= 52  # the bucket fills by one each 1.2 s


async def test_nothing_is_charged_unless_every_bucket_has_room(house: House) -> None:
    judge, small, large = RateLimit(house.redis), _bucket(1), _bucket(1000, "bank")
    await judge.charge([small, large], _scope())
    for _ in range(20):
        with pytest.raises(TooMany):
            await judge.charge([small, large], _scope())
    scope = _scope()
    await judge.charge([large], scope)
    assert int(_headers(scope)["ratelimit-remaining"]) >= 998


async def test_the_buckets_of_one_bank_are_its_own_in_redis(house: House) -> None:
    bank, key = uuid4(), uuid4()
    buckets = ratelimit.of_key(bank, key, per_minute=5, bank_per_minute=9)
    await RateLimit(house.redis).charge(buckets, _scope())
    for bucket in buckets:
        assert str(bank) in bucket.key
        assert 0 < await house.redis.pttl(bucket.key) <= 60_000


async def test_while_redis_is_away_everybody_passes_and_it_is_said_once(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    judge, bucket = RateLimit(house.redis), _bucket(1)

    async def gone(*_args: object, **_kwargs: object) -> None:
        raise RedisDown("gone")

    with monkeypatch.context() as patch:
        patch.setattr(judge, "_script", gone)
        for _ in range(30):
            judge._silent_until = 0.0
            await judge.charge([bucket], _scope())
    assert caplog.text.count("ratelimit.off") == 1
    judge._silent_until = 0.0
    await judge.charge([bucket], _scope())
    assert caplog.text.count("ratelimit.on") == 1
    with pytest.raises(TooMany):
        await judge.charge([bucket], _scope())


async def _key(people: Personas, side: Side, per_minute: int = 600) -> str:
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, clear = await tenants.create_key(
            db,
            side.admin,
            "脚本",
            by=side.admin,
            at=side.admin.created_at,
            terms=KeyTerms(per_minute=per_minute),
        )
    return clear


async def _call(people: Personas, clear: str) -> httpx.Response:
    async with people.client() as client:
        return await client.get("/api/v1/me", headers={"authorization": f"Bearer {clear}"})


async def test_a_key_above_its_rate_reads_429_as_a_problem_and_another_key_goes_on(
    people: Personas,
) -> None:
    clear, other = await _key(people, people.ours, 2), await _key(people, people.ours)
    answers = [await _call(people, clear) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert "每分钟最多调用 2 次" in refused.json()["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert answers[0].headers["ratelimit-limit"] == "2"
    assert answers[0].headers["ratelimit-remaining"] == "1"
    assert (await _call(people, other)).status_code == 200


async def test_a_banks_share_is_its_own_and_no_other_bank_feels_it(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.quotas = {"api_per_minute": 3}
    keys = [await _key(people, people.ours) for _ in range(2)]
    answers = [await _call(people, keys[turn % 2]) for turn in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "本行的接口" in answers[-1].json()["detail"]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=600;w=60, "bank";q=3;w=60'
    assert (await _call(people, await _key(people, people.theirs))).status_code == 200
    # People at their pages are not held up by what scripts have used.
    async with people.client(people.ours.admin) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        assert (await client.get("/console/keys")).status_code == 200


async def test_strangers_and_people_have_limits_that_a_forged_header_does_not_move(
    people: Personas,
) -> None:
    settings = replace(people.house.settings, api_person_per_minute=2, api_stranger_per_minute=3)
    app = house_app(replace(people.house, settings=settings))
    address = f"198.51.100.{uuid4().int % 250}"
    await people.house.redis.delete(ratelimit.of_stranger(address, per_minute=1)[0].key)
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        codes = [
            (await client.get("/api/v1/me", headers={"x-forwarded-for": f"10.0.0.{n}"})).status_code
            for n in range(5)
        ]
        assert codes == [401, 401, 401, 429, 429]
        assert (await client.get("/login")).status_code == 200  # a page is no API call
