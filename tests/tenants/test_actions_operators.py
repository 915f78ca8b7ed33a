"""An operator's own password: of two changes at once one holds, and the other is told."""

import asyncio
import secrets

import pytest
from tests.make import NOW

from contenthub.db import new_id
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions_operators, passwords, queries_platform, totp
from contenthub.tenants.actions_operators import Fresh, NewLogIn
from contenthub.web.house import House

NEW = ("Lu-shui-tiao-2031", "Lu-shui-tiao-2032")


async def _operator(house: House) -> NewLogIn:
    fresh = Fresh(secrets.token_urlsafe(15), secrets.token_bytes(totp.SECRET_BYTES))
    async with house.database.platform_unit_of_work() as db:
        return await actions_operators.create_operator(
            db,
            f"op-{new_id().hex[-12:]}",
            name="安娜",
            kind="platform",
            fresh=fresh,
            keyring=house.keyring,
            at=NOW,
        )


async def _change(house: House, login: str, old: str, new: str) -> str:
    async with house.database.platform_unit_of_work() as db:
        known = await queries_platform.operator_by_login(db, login)
        assert known is not None
        await actions_operators.change_own_password(db, old, new, by=known, at=NOW)
    return new


async def test_of_two_changes_at_once_one_holds(house: House) -> None:
    who = await _operator(house)
    done = await asyncio.gather(
        *(_change(house, who.login, who.password, new) for new in NEW), return_exceptions=True
    )
    held = [each for each in done if isinstance(each, str)]
    refused = [each for each in done if not isinstance(each, str)]
    assert len(held) == 1, done
    assert isinstance(refused[0], Conflict | Invalid)
    async with house.database.platform_unit_of_work() as db:
        found = await queries_platform.operator_by_login(db, who.login)
    assert found is not None
    assert await passwords.matches(found.password_hash, held[0])


async def test_who_changes_a_password_keeps_nobody_from_signing_in(house: House) -> None:
    who = await _operator(house)
    async with house.database.platform_unit_of_work() as db:
        known = await queries_platform.operator_by_login(db, who.login)
        assert known is not None
        with pytest.raises(Invalid) as wrong:
            await actions_operators.change_own_password(db, "not it", NEW[0], by=known, at=NOW)
        assert set(wrong.value.fields) == {"old_password"}
        # The refused one's unit is still open, and holds no lock.
        async with house.database.platform_unit_of_work() as other:
            await queries_platform.operator(other, known.id, lock=True)
