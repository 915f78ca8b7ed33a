"""Signing in, out, and what a stranger gets."""

import pytest
from redis.exceptions import ConnectionError as RedisDown
from tests.make import NOW
from tests.personas import Personas

from contenthub.tenants import actions as tenants
from contenthub.tenants import passwords, queries
from contenthub.tenants.queries import bank as bank_of
from contenthub.web import keysignin, signin
from contenthub.web.house import House

PASSWORD = "zhi-ma-kai-men-8"


async def _with_password(people: Personas) -> tuple[str, str]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await db.merge(people.ours.author)
        staff.password_hash = passwords.hash_password(PASSWORD)
        return (await bank_of(db)).slug, staff.login


async def test_a_person_signs_in_and_sees_who_they_are(people: Personas) -> None:
    slug, login = await _with_password(people)
    async with people.client() as client:
        answer = await client.post(
            "/api/v1/login", json={"bank": slug, "login": login, "password": PASSWORD}
        )
        assert answer.status_code == 200
        me = (await client.get("/api/v1/me")).json()
        assert me["name"] == "李娜"
        assert me["bank"] == slug
        assert "library.write" in me["permissions"]
        assert (await client.post("/api/v1/logout")).status_code == 204
        assert (await client.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize("wrong", ["bank", "login", "password"])
async def test_any_wrong_part_gets_the_same_answer(people: Personas, wrong: str) -> None:
    slug, login = await _with_password(people)
    body = {"bank": slug, "login": login, "password": PASSWORD, wrong: "nobody-knows"}
    async with people.client() as client:
        answer = await client.post("/api/v1/login", json=body)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert "登录名或密码不正确" in problem["detail"]
    assert (problem["title"], problem["code"]) == ("登录失败", "not_signed_in")
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_who_is_on_leave_is_told_so_after_the_right_password_only(people: Personas) -> None:
    slug, login = await _with_password(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await queries.staff_by_login(db, login)
        assert staff is not None
        staff.state = "leave"
    body = {"bank": slug, "login": login, "password": PASSWORD}
    async with people.client() as client:
        wrong = await client.post("/api/v1/login", json={**body, "password": "nobody-knows"})
        right = await client.post("/api/v1/login", json=body)
        assert (await client.get("/api/v1/me")).status_code == 401
    assert (wrong.status_code, right.status_code) == (401, 403)
    assert "休假" not in wrong.text
    assert right.json()["detail"] == "您的账号当前为休假状态，请联系本行管理员"


async def test_many_wrong_tries_wait_longer_each_time(people: Personas) -> None:
    slug, login = await _with_password(people)
    async with people.client() as client:
        answers = [
            await client.post("/api/v1/login", json={"bank": slug, "login": login, "password": "x"})
            for _ in range(8)
        ]
    assert [a.status_code for a in answers[:3]] == [401, 401, 401]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_session_id_nobody_gave_out_means_nothing(people: Personas) -> None:
    async with people.client() as client:
        client.cookies.set("session", "x" * 43)
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_another_sites_page_cannot_write(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/logout", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "其他网站" in answer.json()["detail"]


async def test_a_page_form_without_token_is_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        assert (await client.post("/logout")).status_code == 403


async def test_redis_gone_is_said_clearly_and_nothing_is_lost(
    people: Personas, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_args: object, **_kwargs: object) -> None:
        raise RedisDown("gone")

    async with people.client(people.ours.author) as client:
        with monkeypatch.context() as patch:
            patch.setattr(house.redis, "getex", gone)
            answer = await client.get("/api/v1/me")
        assert answer.status_code == 503
        assert "Redis" in answer.json()["detail"]
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_an_api_key_acts_as_its_owner_until_revoked(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        key, clear = await tenants.create_key(
            db, people.ours.author, "脚本", by=people.ours.admin, at=NOW
        )
    async with people.client() as client:
        headers = {"authorization": f"Bearer {clear}"}
        assert (await client.get("/api/v1/me", headers=headers)).json()["name"] == "李娜"
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            (await db.merge(key)).revoked_at = NOW
        keysignin.forget(people.house, key.id)
        assert (await client.get("/api/v1/me", headers=headers)).status_code == 401


async def test_a_new_password_ends_the_sessions_of_the_old_one(people: Personas) -> None:
    slug, login = await _with_password(people)
    async with people.client() as client:
        await client.post(
            "/api/v1/login", json={"bank": slug, "login": login, "password": PASSWORD}
        )
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            staff = await db.merge(people.ours.author)
            staff.password_hash = passwords.hash_password("another-password-8")
        # Who is signed in is remembered for a few seconds.
        assert signin.CACHE_SECONDS < 5
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_line_break_in_a_path_does_not_become_a_header(people: Personas) -> None:
    async with people.client() as client:
        answer = await client.get(
            "/m/links/x%0d%0aset-cookie:%20a=b/qr.png", headers={"hx-request": "true"}
        )
    assert answer.status_code == 401
    assert not set("\r\n") & set(answer.headers["hx-redirect"])


@pytest.mark.parametrize(
    ("bank", "words"),
    [
        (1, "应为文字"),
        (None, "应为文字"),
        (True, "应为文字"),
        ([], "应为文字"),
        ({}, "应为文字"),
        ("x" * 121, "最多 60 个字"),
    ],
)
async def test_a_bank_that_is_no_short_text_is_told_at_its_field(
    people: Personas, bank: object, words: str
) -> None:
    async with people.client() as client:
        answer = await client.post(
            "/api/v1/login", json={"bank": bank, "login": "zhoumin", "password": "x"}
        )
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/bank"
    assert words in error["message"]
