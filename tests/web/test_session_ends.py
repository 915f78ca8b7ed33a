"""What a session's id is worth, and that a log-in leaves no second one behind."""

import re

import pytest
from tests.personas import Personas

from contenthub.tenants import passwords
from contenthub.tenants.queries import bank as bank_of
from contenthub.web.house import House
from contenthub.web.sessions import open_session

PASSWORD = "zhi-ma-kai-men-8"

OUTSIDE_THE_MENU = {"/m": ["/m/account"], "/console": ["/account/password"]}


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


@pytest.mark.parametrize("home", ["/m", "/console"])
async def test_every_page_of_a_signed_in_person_has_the_way_out(
    people: Personas, home: str
) -> None:
    ours = people.ours
    who = ours.employee if home == "/m" else ours.admin
    async with people.client(who) as client:
        pages, seen = [home, *OUTSIDE_THE_MENU[home]], 0
        first = (await client.get(home)).text
        pages += sorted(set(re.findall(rf'href="({home}/[a-z-]+)"', first)))
        for path in pages:
            answer = await client.get(path)
            if answer.status_code == 200:
                assert 'action="/logout"' in answer.text, path
                seen += 1
    assert seen > 5
