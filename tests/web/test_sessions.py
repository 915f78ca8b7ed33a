"""How long a session lives, what its id is worth, and when it ends."""

import time

import msgspec
from tests.personas import Personas

from contenthub.tenants import passwords
from contenthub.tenants.queries import bank as bank_of
from contenthub.web.house import House
from contenthub.web.sessions import find_session, open_session, ref_of

PASSWORD = "zhi-ma-kai-men-8"


def _key(sid: str) -> str:
    return "session:" + ref_of(sid)


async def test_each_session_has_an_id_of_its_own_and_256_random_bits(
    people: Personas, house: House
) -> None:
    ours = people.ours
    ids = {
        await open_session(house.redis, house.settings, ours.tenant, ours.author.id)
        for _ in range(50)
    }
    assert len(ids) == 50
    assert all(len(sid) == 43 for sid in ids)  # 32 bytes in base64url
    kept = b" ".join(await house.redis.keys("session*"))
    assert not [sid for sid in ids if sid.encode() in kept], "Redis holds the hash only"


async def test_an_idle_session_ends_and_use_prolongs_it(people: Personas, house: House) -> None:
    ours, settings = people.ours, house.settings
    sid = await open_session(house.redis, settings, ours.tenant, ours.author.id)
    assert 0 < await house.redis.ttl(_key(sid)) <= settings.session_idle_seconds == 1800
    await house.redis.expire(_key(sid), 60)
    assert await find_session(house.redis, settings, sid) is not None
    assert await house.redis.ttl(_key(sid)) > 60
    await house.redis.expire(_key(sid), 0)
    assert await find_session(house.redis, settings, sid) is None


async def test_a_session_ends_after_twelve_hours_however_busy(
    people: Personas, house: House
) -> None:
    async with people.client(people.ours.author) as client:
        sid = client.cookies["session"]
        assert (await client.get("/api/v1/me")).status_code == 200
        kept = msgspec.json.decode(await house.redis.get(_key(sid)))
        absolute = house.settings.session_absolute_seconds
        assert absolute == 12 * 3600
        kept["at"] = time.time() - absolute - 1
        await house.redis.set(_key(sid), msgspec.json.encode(kept), ex=60)
        assert (await client.get("/api/v1/me")).status_code == 401
    assert not await house.redis.exists(_key(sid))


async def test_a_log_in_ends_the_session_the_browser_brought(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await db.merge(people.ours.author)
        staff.password_hash = passwords.hash_password(PASSWORD)
        who = {"bank": (await bank_of(db)).slug, "login": staff.login, "password": PASSWORD}
    async with people.client() as client:
        assert (await client.post("/api/v1/login", json=who)).status_code == 200
        old = client.cookies["session"]
        assert (await client.post("/api/v1/login", json=who)).status_code == 200
        assert client.cookies["session"] != old
    async with people.client() as thief:
        thief.cookies.set("session", old)
        assert (await thief.get("/api/v1/me")).status_code == 401
