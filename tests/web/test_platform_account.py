"""An operator's own log-in: recovery codes, password, devices."""

import re

import httpx
import pytest
from sqlalchemy import select
from tests.web.test_platform import Door, _form, door  # noqa: F401  # the fixture

from contenthub.tenants import totp
from contenthub.tenants.actions_operators import NewLogIn
from contenthub.tenants.models_security import PlatformEntry

PAGE = "/platform/account"
NEW = "zhi-ma-kai-men-88"


async def _codes(client: httpx.AsyncClient, code: str) -> list[str]:
    answer = await client.post(PAGE + "/recovery-codes", data={"code": code})
    assert answer.status_code == 200, answer.text
    return re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.text)


async def _fresh_code(door: Door, who: NewLogIn) -> str:  # noqa: F811
    """Return a code of the telephone as if the last one had been a minute ago."""
    async with door.house.database.platform_unit_of_work() as db:
        operator = await db.merge(await door.operator(who))
        operator.totp_last_step = 0
    return _form(who)["code"]


async def _events(door: Door, who: NewLogIn) -> list[str]:  # noqa: F811
    operator = await door.operator(who)
    async with door.house.database.platform_unit_of_work() as db:
        rows = await db.scalars(
            select(PlatformEntry.event).where(PlatformEntry.operator_id == operator.id)
        )
        return list(rows)


@pytest.mark.parametrize("kind", ["anna", "agency"])
async def test_recovery_codes_sign_in_once_each_and_new_ones_void_the_old(
    door: Door,  # noqa: F811
    kind: str,
) -> None:
    who = getattr(door, kind)
    async with door.client(who) as client:
        assert "还没有恢复码" in (await client.get(PAGE)).text
        refused = await client.post(PAGE + "/recovery-codes", data={"code": "000000"})
        assert refused.status_code == 422
        assert "验证码不正确" in refused.text
        codes = await _codes(client, await _fresh_code(door, who))
        assert len(set(codes)) == totp.RECOVERY_CODES
        page = (await client.get(PAGE)).text
        assert codes[0] not in page
        assert "还剩 10 个" in page
    async with door.client() as client:
        for code, expected in ((codes[0], 303), (codes[0], 401), (codes[1].upper(), 303)):
            answer = await client.post("/platform/login", data=_form(who, code=code))
            assert answer.status_code == expected, code
            client.headers["x-csrftoken"] = client.cookies["csrftoken"]
        newer = await _codes(client, codes[2])
        gone = await client.post("/platform/login", data=_form(who, code=codes[3]))
        assert gone.status_code == 401
        back = await client.post("/platform/login", data=_form(who, code=newer[0]))
        assert back.status_code == 303
    assert {"operator.recovery_used", "operator.recovery_renewed"} <= set(await _events(door, who))


async def test_a_new_password_ends_every_other_session_and_keeps_this_one(
    door: Door,  # noqa: F811
) -> None:
    who = door.anna
    async with door.client(who) as here:
        await _fresh_code(door, who)
        async with door.client(who) as there:
            for said, field in (
                ({"old_password": "x", "password": NEW, "again": NEW}, "原密码不正确"),
                ({"old_password": who.password, "password": "short", "again": "short"}, "至少"),
                ({"old_password": who.password, "password": NEW, "again": "y"}, "不一样"),
            ):
                refused = await here.post(PAGE + "/password", data=said)
                assert refused.status_code == 422
                assert field in refused.text
                assert NEW not in refused.text
            said = {"old_password": who.password, "password": NEW, "again": NEW}
            assert (await here.post(PAGE + "/password", data=said)).status_code == 303
            assert (await here.get(PAGE)).status_code == 200
            assert (await there.get(PAGE)).headers["location"] == "/platform/login"
    async with door.client() as client:
        code = await _fresh_code(door, who)
        old = await client.post("/platform/login", data=_form(who, code=code))
        assert old.status_code == 401
        new = await client.post("/platform/login", data=_form(who, password=NEW, code=code))
        assert new.status_code == 303
    assert "operator.password_changed" in await _events(door, who)


async def test_devices_are_listed_and_signed_out_by_their_owner_only(
    door: Door,  # noqa: F811
) -> None:
    who = door.anna
    async with door.client(who) as here, door.client(door.berta) as other:
        await _fresh_code(door, who)
        async with door.client(who) as there:
            page = (await here.get(PAGE)).text
            refs = list(set(re.findall(r"/sessions/([0-9a-f]{64})/end", page)))
            assert len(refs) == 1
            assert (await here.get(PAGE)).text.count("本机") == 1
            stolen = await other.post(f"{PAGE}/sessions/{refs[0]}/end")
            assert stolen.status_code == 404
            assert (await there.get(PAGE)).status_code == 200
            assert (await here.post(f"{PAGE}/sessions/{refs[0]}/end")).status_code == 303
            assert (await there.get(PAGE)).headers["location"] == "/platform/login"
        await _fresh_code(door, who)
        async with door.client(who) as there:
            assert (await here.post(PAGE + "/sessions/end")).status_code == 303
            assert (await there.get(PAGE)).headers["location"] == "/platform/login"
            assert (await here.get(PAGE)).status_code == 200
            assert (await other.get(PAGE)).status_code == 200


async def test_a_guesser_with_a_stolen_session_is_slowed(door: Door) -> None:  # noqa: F811
    async with door.client(door.berta) as client:
        said = {"code": "000000"}
        answers = [
            (await client.post(PAGE + "/recovery-codes", data=said)).status_code for _ in range(14)
        ]
    assert answers[0] == 422
    assert answers[-1] == 429
