"""The doorbell: registered once, JSON on both ends, silent when Redis is gone."""

import json
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisDown

from contenthub import queue
from contenthub.db import Database, TenantId
from contenthub.web.house import House


async def _entry(database: Database, tenant: TenantId, /, **_ids: object) -> None:
    raise AssertionError("nobody rings it")


def test_a_job_name_is_registered_once() -> None:
    name = "tenants.test_only_once"
    try:
        queue.job(name)(_entry)
        with pytest.raises(ValueError, match="registered twice"):
            queue.job(name)(_entry)
    finally:
        queue.jobs.pop(name)


def test_what_lies_in_redis_is_json_and_never_pickle() -> None:
    body = {"t": 1, "f": "ring", "a": ["x", {"push_id": "1"}], "k": {}, "et": 5}
    raw = queue.encode(body)
    assert json.loads(raw) == body
    assert queue.decode(raw) == body
    with pytest.raises(ValueError, match="JSON"):
        queue.decode(b"\x80\x04\x95pickle")


async def test_a_ring_lies_in_our_queue_and_expires_within_15_minutes(house: House) -> None:
    tenant = uuid4()
    await house.redis.delete(queue.QUEUE)
    await queue.Doorbell(house.redis).ring([("library.index_item", tenant, {"item_id": "7"})])
    (job_id,) = await house.redis.zrange(queue.QUEUE, 0, -1)
    key = "arq:job:" + job_id.decode()
    raw = await house.redis.get(key)
    assert json.loads(raw)["a"] == ["library.index_item", str(tenant), {"item_id": "7"}]
    assert 0 < await house.redis.ttl(key) <= 900
    await house.redis.delete(queue.QUEUE, key)


async def test_a_bell_that_cannot_ring_is_no_error(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_args: object, **_kwargs: object) -> None:
        raise RedisDown("gone")

    with monkeypatch.context() as patch:
        patch.setattr(house.redis, "enqueue_job", gone)
        await queue.Doorbell(house.redis).ring([("library.index_item", uuid4(), {})])
    assert "doorbell.failed" in caplog.messages
