"""One's own password: of two changes at once one holds, and the other is told."""

import asyncio

from tests.make import NOW
from tests.personas import Personas

from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions_security, passwords, queries

OLD = "Qing-yuan-2026"
NEW = ("Lu-shui-tiao-2031", "Lu-shui-tiao-2032")


async def test_of_two_changes_at_once_one_holds(people: Personas) -> None:
    database, side = people.house.database, people.ours
    async with database.unit_of_work(side.tenant) as db:
        (await queries.staff(db, side.author.id)).password_hash = await passwords.hashed(OLD)

    async def change(new: str) -> str:
        async with database.unit_of_work(side.tenant) as db:
            await actions_security.change_own_password(db, OLD, new, by=side.author, at=NOW)
        return new

    done = await asyncio.gather(*(change(new) for new in NEW), return_exceptions=True)
    held = [each for each in done if isinstance(each, str)]
    refused = [each for each in done if not isinstance(each, str)]
    assert len(held) == 1, done
    assert isinstance(refused[0], Conflict | Invalid)
    async with database.reading(side.tenant) as seen:
        found = await queries.staff(seen, side.author.id)
    assert await passwords.matches(found.password_hash, held[0])
