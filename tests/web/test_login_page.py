"""The log-in page in a browser's words: forms, tokens, refusals."""

import re

import httpx
from tests.personas import Personas

from contenthub.tenants import passwords
from contenthub.tenants.queries import bank as bank_of

PASSWORD = "zhi-ma-kai-men-8"


async def _account(people: Personas) -> dict[str, str]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await db.merge(people.ours.author)
        staff.password_hash = passwords.hash_password(PASSWORD)
        return {"bank": (await bank_of(db)).slug, "login": staff.login, "password": PASSWORD}


async def _token(client: httpx.AsyncClient) -> str:
    page = await client.get("/login")
    assert page.status_code == 200
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found, "the log-in form carries a token"
    return found.group(1)


async def test_a_wrong_password_is_explained_and_the_rest_kept(people: Personas) -> None:
    account = await _account(people)
    async with people.client() as client:
        form = {**account, "password": "wrong-one", "_csrf_token": await _token(client)}
        answer = await client.post("/login", data=form)
    assert answer.status_code == 401
    assert "登录名或密码不正确" in answer.text
    assert f'value="{account["login"]}"' in answer.text
    assert "wrong-one" not in answer.text


async def test_a_right_password_goes_on_to_the_console(people: Personas) -> None:
    account = await _account(people)
    async with people.client() as client:
        form = {**account, "_csrf_token": await _token(client)}
        answer = await client.post("/login", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console"


async def test_a_log_in_and_a_log_out_each_bring_a_new_token(people: Personas) -> None:
    account = await _account(people)
    async with people.client() as client:
        before = await _token(client)
        assert await _token(client) == before
        await client.post("/login", data={**account, "_csrf_token": before})
        inside = client.cookies["csrftoken"]
        old = await client.post("/logout", data={"_csrf_token": before})
        assert old.status_code == 403, "a token planted before the log-in is worth nothing after"
        assert (await client.get("/console")).status_code == 200
        assert client.cookies["csrftoken"] == inside
        gone = await client.post("/logout", data={"_csrf_token": inside})
        assert gone.status_code == 303
        assert client.cookies["csrftoken"] not in (before, inside)
        again = await client.post("/login", data={**account, "_csrf_token": await _token(client)})
    assert again.status_code == 303


async def test_the_apis_log_in_and_log_out_renew_the_pages_token_too(people: Personas) -> None:
    account = await _account(people)
    async with people.client() as client:
        seen = [await _token(client)]
        assert (await client.post("/api/v1/login", json=account)).status_code == 200
        seen.append(client.cookies["csrftoken"])
        assert (await client.post("/api/v1/logout")).status_code == 204
        seen.append(client.cookies["csrftoken"])
    assert len(set(seen)) == 3


async def test_a_link_may_name_the_bank(people: Personas) -> None:
    async with people.client() as client:
        page = await client.get("/login?bank=qingyuan")
    assert 'value="qingyuan"' in page.text


async def test_a_page_that_is_not_there_is_a_chinese_page(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.get("/console/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "没有找到" in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_the_title_is_the_banks_own_where_the_address_names_one(people: Personas) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        bank = await bank_of(db)
    async with people.client() as client:
        named = (await client.get(f"/login?bank={bank.slug}")).text
        plain = (await client.get("/login")).text
    assert f"<title>登录 - {bank.name}</title>" in named
    assert "<title>登录 - contenthub</title>" in plain


async def test_a_refused_log_in_stays_on_the_banks_own_page(people: Personas) -> None:
    account = await _account(people)
    async with people.house.database.reading(people.ours.tenant) as db:
        bank = await bank_of(db)
    async with people.client() as client:
        token = await _token(client)
        for slug, title in ((bank.slug, bank.name), ("no-such-bank", "contenthub")):
            form = {**account, "bank": slug, "password": "wrong-one", "_csrf_token": token}
            answer = await client.post("/login", data=form)
            assert answer.status_code == 401
            assert f"<title>登录 - {title}</title>" in answer.text
            assert f"<h1>登录 {title}</h1>" in answer.text
