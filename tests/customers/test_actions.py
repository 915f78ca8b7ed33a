"""Tags, refusals and consents of one customer; the index follows each of them at once."""

from datetime import date, datetime, timedelta

import pytest
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import actions, queries
from contenthub.db import Write


async def test_a_made_customer_is_found_by_phone_with_owner_and_tags(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db, owner=ours.employee, tags=["银发", "代发工资"], aum_fen=5)
    async with people.house.database.reading(ours.tenant) as db:
        found = await queries.customer(db, made.id)
        known = await queries.portrait(db, found)
    assert found.owner_id == ours.employee.id
    assert found.branch_id == ours.branch.id
    assert found.aum_fen == 5
    assert {t.name for t in known.tags} == {"银发", "代发工资"}
