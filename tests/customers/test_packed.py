"""Columns that go over as one text come out of PostgreSQL as they were."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.personas import Personas

from contenthub.customers.packed import SEPARATOR, joined

SOME: tuple[tuple[str, list[Any]], ...] = (
    ("text", [""]),
    ("text", ["", "", "王*明", "a,b\\c'\"", "{null}", ""]),
    ("uuid", [None]),
    ("uuid", [uuid4(), None, uuid4()]),
    ("date", [date(1949, 10, 1), None, date(2026, 2, 28)]),
    ("boolean", [True, None, False]),
    ("bigint", [0, -5, 2**40]),
)


@pytest.mark.parametrize(("kind", "values"), SOME)
async def test_what_goes_in_comes_out(people: Personas, kind: str, values: list[Any]) -> None:
    asked = text(
        f"select w.v from unnest({split('column', kind)}) with ordinality as w (v, place) "
        "where w.place <= :count order by w.place"
    )
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await db.scalars(asked, {"column": joined(values), "count": len(values)})
        read = [UUID(str(v)) if isinstance(v, UUID) else v for v in found]
    assert read == values


def split(name: str, kind: str) -> str:
    """Return the SQL that takes a column apart again, as the statements of the room write it."""
    if kind == "text":
        return f"string_to_array(:{name}, chr(31))"
    return f"cast(string_to_array(:{name}, chr(31), '') as {kind}[])"


async def test_ids_as_text_are_ids_and_a_separator_moves_nobody(people: Personas) -> None:
    ids = [str(uuid4()), str(uuid4())]
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await db.scalars(
            text(f"select unnest({split('ids', 'uuid')}) limit 2"), {"ids": joined(ids)}
        )
        assert [str(one) for one in found] == ids
        words = [f"a{SEPARATOR}b", "c"]
        found = await db.scalars(
            text(f"select unnest({split('words', 'text')}) limit 2"), {"words": joined(words)}
        )
        assert list(found) == ["a b", "c"]
