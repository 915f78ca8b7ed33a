"""One's own log-in and everybody's over the API."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.personas import Personas
from tests.web.test_account import FRESH, PASSWORD, account, code_now, sign_in

from contenthub.tenants import totp


async def test_codes_are_set_up_used_renewed_and_removed(people: Personas) -> None:
    who = await account(people, people.ours.admin, totp_confirmed_at=None)
    async with people.client() as client:
        await sign_in(client, who)
        made = await client.post("/api/v1/me/totp")
        assert made.status_code == 201
        typed = made.json()["secret"]
        assert f"secret={typed}" in made.json()["uri"]
        secret = base64.b32decode(typed)
        confirm, known = "/api/v1/me/totp/confirm", {"password": PASSWORD}
        foreign = {"code": code_now(secret), "password": "guessed"}
        alone = await client.post(confirm, json=foreign)
        assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "/password")
        early = await client.post(confirm, json={"code": "000000", **known})
        assert (early.status_code, early.json()["errors"][0]["pointer"]) == (422, "/code")
        done = await client.post(confirm, json={"code": code_now(secret), **known})
        codes = done.json()["recovery_codes"]
        assert len(codes) == totp.RECOVERY_CODES
        assert (await client.get("/api/v1/staff")).status_code == 200
        renewed = await client.post("/api/v1/me/recovery-codes", json={"code": codes[0]})
        fresh = renewed.json()["recovery_codes"]
        assert not set(fresh) & set(codes)
        gone = await client.post("/api/v1/me/totp/remove", json={"code": fresh[0]})
        assert gone.status_code == 204
        assert (await client.get("/api/v1/me")).json()["duty"] == "totp"


async def test_the_own_password_and_sessions(people: Personas) -> None:
    who = await account(people, people.ours.employee)
    async with people.client() as here, people.client() as there:
        await sign_in(here, who)
        await sign_in(there, who)
        found = (await here.get("/api/v1/me/sessions")).json()["items"]
        assert sorted(one["is_current"] for one in found) == [False, True]
        other = next(one["ref"] for one in found if not one["is_current"])
        ended = await here.post(f"/api/v1/me/sessions/{other}/end")
        assert ended.json() == {"ended": 1}
        assert (await there.get("/api/v1/me")).status_code == 401
        again = await here.post(f"/api/v1/me/sessions/{other}/end")
        assert again.status_code == 404
        await sign_in(there, who)
        assert (await here.post("/api/v1/me/sessions/end-others")).json() == {"ended": 1}
        body = {"old_password": PASSWORD, "password": FRESH}
        assert (await here.post("/api/v1/me/password", json=body)).status_code == 204
        assert (await here.get("/api/v1/me")).status_code == 200
        assert (await sign_in(there, who)).status_code == 401
        assert (await sign_in(there, {**who, "password": FRESH})).status_code == 200


async def test_wrong_old_passwords_of_somebody_signed_in_wait_too(people: Personas) -> None:
    who = await account(people, people.ours.employee)
    body = {"old_password": "guessed", "password": FRESH}
    async with people.client() as client:
        await sign_in(client, who)
        answers = [await client.post("/api/v1/me/password", json=body) for _ in range(13)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429


async def test_a_new_password_that_is_weak_is_no_failed_try(people: Personas) -> None:
    who = await account(people, people.ours.employee)
    weak = {"old_password": PASSWORD, "password": "12345678"}
    async with people.client() as client:
        await sign_in(client, who)
        answers = [await client.post("/api/v1/me/password", json=weak) for _ in range(14)]
        assert {answer.status_code for answer in answers} == {422}
        body = {"old_password": PASSWORD, "password": FRESH}
        assert (await client.post("/api/v1/me/password", json=body)).status_code == 204


async def test_administrators_see_accounts_sessions_and_refusals(people: Personas) -> None:
    ours = people.ours
    who = await account(people, ours.reviewer, totp_confirmed_at=None)
    async with people.client() as client, people.client(ours.admin) as admin:
        await sign_in(client, who, password="wrong")
        await sign_in(client, who)
        lacking = (await admin.get("/api/v1/security/accounts?lacking=true")).json()["items"]
        assert [one["id"] for one in lacking] == [str(ours.reviewer.id)]
        assert lacking[0]["needs_totp"]
        assert not lacking[0]["has_totp"]
        url = f"/api/v1/security/accounts/{ours.reviewer.id}"
        assert len((await admin.get(url + "/sessions")).json()["items"]) == 1
        assert (await admin.post(url + "/end-sessions")).json() == {"ended": 1}
        assert (await client.get("/api/v1/me")).status_code == 401
        refused = (await admin.get("/api/v1/security/refusals")).json()["items"]
        assert [(one["name"], one["reason"]) for one in refused] == [("周敏", "password")]
        said = {"identity_check": "manager"}
        assert (await admin.post(url + "/reset-totp", json={})).status_code == 400
        assert (await admin.post(url + "/reset-totp", json=said)).status_code == 409
        path = f"/api/v1/security/accounts/{ours.author.id}/reset-totp"
        other = await admin.post(path, json=said)
        assert other.status_code == 409


async def test_a_page_of_accounts_goes_on_where_it_ended(people: Personas) -> None:
    async with people.client(people.ours.admin) as admin:
        first = (await admin.get("/api/v1/security/accounts?limit=3")).json()
        rest = await admin.get(
            "/api/v1/security/accounts", params={"cursor": first["next_cursor"], "limit": 100}
        )
    seen = [one["id"] for one in (*first["items"], *rest.json()["items"])]
    assert len(first["items"]) == 3
    assert len(set(seen)) == len(seen) == 8


@pytest.mark.parametrize("name", ["sessions", "end-sessions", "reset-totp"])
async def test_another_banks_account_is_as_absent_as_none(people: Personas, name: str) -> None:
    async with people.client(people.ours.admin) as admin:
        method = "GET" if name == "sessions" else "POST"
        answers = [
            await admin.request(
                method,
                f"/api/v1/security/accounts/{who}/{name}",
                json={"identity_check": "in_person"} if name == "reset-totp" else None,
            )
            for who in (people.theirs.author.id, uuid4())
        ]
    assert [a.status_code for a in answers] == [404, 404]


async def test_last_log_in_is_kept(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client, people.client(people.ours.admin) as admin:
        await sign_in(client, who)
        found = await admin.get("/api/v1/security/accounts", params={"q": who["login"]})
    seen = datetime.fromisoformat(found.json()["items"][0]["last_login_at"])
    assert datetime.now(UTC) - seen < timedelta(minutes=1)
