"""The first start: set up once, by whoever holds the printed token, and never again."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from tests.personas import Personas

from contenthub.errors import Conflict
from contenthub.tenants import actions_setup, queries
from contenthub.web import firststart
from contenthub.web.house import House
from contenthub.web.tries import PAIR


@pytest.fixture
async def fresh(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Pretend that nobody works at any bank; return the printed token."""

    async def unset(_database: object) -> bool:
        return True

    monkeypatch.setattr(actions_setup, "is_unset", unset)
    monkeypatch.setattr(firststart, "_set_up", set())
    for key in await house.redis.keys("login:*"):
        await house.redis.delete(key)
    yield await firststart.offer(house)
    await house.redis.delete(firststart.KEY)


def _form(token: str, **over: str) -> dict[str, str]:
    return {
        "token": token,
        "name": "新河农商银行",
        "slug": f"xinhe-{uuid4().hex[:8]}",
        "hotline": "96588",
        "admin_name": "郑和",
        "login": "zhenghe",
        "password": "seven geese walk home",
        "again": "seven geese walk home",
        **over,
    }


async def _send(client: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    await client.get("/login")
    headers = {"x-csrftoken": client.cookies["csrftoken"]}
    return await client.post("/setup", data=form, headers=headers)


async def test_a_set_up_house_has_no_set_up_page(people: Personas) -> None:
    assert people.ours.admin.state == "active"
    async with people.client() as client:
        assert (await client.get("/setup")).status_code == 404
        assert (await _send(client, _form("x"))).status_code == 404
        assert (await client.get("/")).headers["location"] == "/login"


async def test_a_stranger_is_told_where_the_token_is_and_sets_nothing_up(
    people: Personas, fresh: str
) -> None:
    async with people.client() as client:
        assert (await client.get("/")).headers["location"] == "/setup"
        for url in ("/setup", "/setup?token=guessed"):
            page = await client.get(url)
            assert "终端" in page.text
            assert 'name="password"' not in page.text
        form = _form("guessed")
        refused = await _send(client, form)
        assert refused.status_code == 422
        assert "设置链接不对" in refused.text
    async with people.house.database.unscoped_reading() as session:
        assert await queries.find_bank(session, form["slug"]) is None
    assert await firststart.is_right(people.house, fresh)


async def test_the_token_opens_the_first_bank_once(people: Personas, fresh: str) -> None:
    async with people.client() as client:
        page = await client.get(f"/setup?token={fresh}")
        assert 'name="password"' in page.text
        form = _form(fresh)
        done = await _send(client, form)
        assert (done.status_code, done.headers["location"]) == (303, "/account/totp")
        me = (await client.get("/api/v1/me")).json()
        assert (me["bank"], me["roles"], me["duty"]) == (form["slug"], ["bank_admin"], "totp")
        assert "显示二维码" in (await client.get("/account/totp")).text
        again = await _send(client, _form(fresh))
        assert again.status_code == 422


async def test_what_is_wrong_is_named_and_the_token_stays_good(
    people: Personas, fresh: str
) -> None:
    async with people.client() as client:
        for over, said in (
            ({"password": "xinhe-2026", "again": "xinhe-2026", "slug": "xinhe"}, "本行或本人"),
            ({"again": "another"}, "两次输入"),
            ({"name": " "}, "请填写银行简称"),
            ({"slug": "新河"}, "小写字母"),
        ):
            refused = await _send(client, _form(fresh, **over))
            assert refused.status_code == 422
            assert said in refused.text
            assert re.search(r'name="admin_name"[^>]*', refused.text)
            assert "seven geese" not in refused.text
    assert await firststart.is_right(people.house, fresh)


async def test_everything_wrong_is_told_at_once(people: Personas, fresh: str) -> None:
    over = {"name": " ", "admin_name": "", "slug": "新河", "password": "short", "again": "another"}
    async with people.client() as client:
        refused = await _send(client, _form(fresh, **over))
    assert refused.status_code == 422
    for said in ("请填写银行简称", "请填写管理员姓名", "应为 2–40 个", "两次输入的密码不一样"):
        assert said in refused.text
    assert 'id="f-password-e"' in refused.text


async def test_only_a_wrong_token_is_a_failed_try(people: Personas, fresh: str) -> None:
    async with people.client() as client:
        for _ in range(PAIR.free + 3):
            assert (await _send(client, _form(fresh, again="another"))).status_code == 422
        guesses = [await _send(client, _form("guessed")) for _ in range(PAIR.free + 2)]
        assert {guess.status_code for guess in guesses[: PAIR.free]} == {422}
        assert guesses[-1].status_code == 429
        done = await _send(client, _form(fresh))
    assert done.status_code == 303


async def test_an_interrupted_set_up_is_gone_on_with(people: Personas, fresh: str) -> None:
    form = _form(fresh)
    words = {k: v for k, v in form.items() if k not in ("token", "again")}
    new = actions_setup.FirstBank(full_name="", **words)
    at = people.ours.admin.created_at
    first = await actions_setup._tenant(people.house.database, new, at=at)
    tenant, staff = await actions_setup.open_first_bank(people.house.database, new, at=at)
    assert tenant == first
    assert staff.roles == ["bank_admin"]


async def test_people_at_any_bank_mean_that_it_is_set_up(people: Personas) -> None:
    assert not await actions_setup.is_unset(people.house.database)
    new = actions_setup.FirstBank(
        **{k: v for k, v in (_form("") | {"full_name": ""}).items() if k not in ("token", "again")}
    )
    with pytest.raises(Conflict):
        await actions_setup.open_first_bank(
            people.house.database, new, at=people.ours.admin.created_at
        )
