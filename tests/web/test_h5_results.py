"""What an employee's links brought, on the phone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.house.rows import make_row
from tests.make import make_link, make_live_item
from tests.personas import Personas
from tests.web.test_h5_home import today

from contenthub.db import new_id
from contenthub.scheduler.jobs import new_code
from contenthub.sharing import actions as sharing
from contenthub.sharing import actions_leads
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.models import EmployeeDay
from contenthub.web.h5.words import week_start


@pytest.mark.parametrize("period", ["week", "month"])
async def test_views_are_counted_in_the_period_only(people: Personas, period: str) -> None:
    ours = people.ours
    begin = week_start(today()) if period == "week" else today().replace(day=1)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for day, views in ((begin, 31), (begin - timedelta(days=1), 1000)):
            await make_row(
                db,
                EmployeeDay,
                employee_id=ours.employee.id,
                day_on=day,
                views=views,
                leads=0,
                signups=0,
            )
    async with people.client(ours.employee) as client:
        page = (await client.get(f"/m/results?period={period}")).text
    assert re.search(r"<b>31</b>浏览", page)
    assert "1,000" not in page
    assert "第 1" in page


async def test_who_passed_on_is_shown_as_numbered_customers(people: Personas) -> None:
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
        link = await make_link(db, item, ours.employee)
        child, _ = await sharing.share_on(db, link, visitor_id=new_id(), at=now, code=new_code())
        leaf, _ = await sharing.share_on(db, child, visitor_id=new_id(), at=now, code=new_code())
        contact = Contact("13800000001", "赵敏", None, True)
        await actions_leads.leave_lead(db, leaf, contact, employee=ours.employee, at=now)
        await sharing.count(db, leaf, "signups", employee_id=ours.employee.id, at=now)
        theirs = await make_link(db, item, ours.colleague)
        await sharing.share_on(db, theirs, visitor_id=new_id(), at=now, code=new_code())
    async with people.client(ours.employee) as client:
        page = (await client.get("/m/results")).text
    chain = page.split('id="chains"')[1].split('id="places"')[0]
    assert "三年期大额存单" in chain
    assert chain.index("王小明") < chain.index("客户 1") < chain.index("客户 2")
    assert "累计：转发后又带来" in chain
    assert "1 个留资，1 个报名" in chain
    assert re.search(r"客户 2</span><em>浏览 \d+，留资 1，报名 1</em>", chain)
    assert "刘洋" not in chain
    assert "赵" not in chain


async def test_an_unknown_period_is_this_week(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        page = await client.get("/m/results?period=ever")
    assert page.status_code == 200
    assert "本周浏览" in page.text


async def test_who_does_not_share_has_no_results(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        assert (await client.get("/m/results")).status_code == 403
