"""The first page of an employee and of a branch manager."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.house.rows import make_row
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Task
from contenthub.sharing import actions as sharing
from contenthub.sharing import actions_leads
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.models import EmployeeDay
from contenthub.tenants.models import Staff


def today() -> date:
    """Return the banks' day."""
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()


async def _views(people: Personas, staff: Staff, views: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_row(
            db, EmployeeDay, employee_id=staff.id, day_on=today(), views=views, leads=0, signups=0
        )


async def test_the_figures_are_of_this_week_and_the_place_is_among_the_branch(
    people: Personas,
) -> None:
    ours, now = people.ours, datetime.now(UTC)
    await _views(people, ours.branch_manager, 400)
    await _views(people, ours.colleague, 900)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_row(
            db,
            EmployeeDay,
            employee_id=ours.employee.id,
            day_on=today() - timedelta(days=8),
            views=77,
            leads=0,
            signups=0,
        )
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        child, _ = await sharing.share_on(db, link, visitor_id=new_id(), at=now, code=new_code())
        for n, through in enumerate((link, child)):
            contact = Contact(f"1380000000{n}", "赵敏", None, True)
            await actions_leads.leave_lead(db, through, contact, employee=ours.employee, at=now)
    async with people.client(ours.employee) as client:
        page = (await client.get("/m")).text
    tiles = dict(re.findall(r"<b>([^<]*)</b>(本周浏览|留资 / 报名|老客转介|支行排名)", page))
    assert {label: value for value, label in tiles.items()} == {
        "本周浏览": "0",
        "留资 / 报名": "2 / 0",
        "老客转介": "1",
        "支行排名": "第 1",
    }
    assert page.count("新留资 · 赵*") == 2
    assert page.count("经客户转发") == 1
    assert "77" not in dict(re.findall(r"<b>(\d+)</b>(本周浏览)", page))


async def test_a_customers_birthday_is_there_on_the_day_only_for_their_own_employee(
    people: Personas,
) -> None:
    born = today().replace(year=1956)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, name="李芳", birthday=born)
        await make_customer(db, owner=people.ours.colleague, name="何伟", birthday=born)
        other = born + timedelta(days=40)
        await make_customer(db, owner=people.ours.employee, name="吴刚", birthday=other)
    async with people.client(people.ours.employee) as client:
        page = (await client.get("/m")).text
    assert "今天生日 · 李*" in page
    assert "何*" not in page
    assert "吴*" not in page


async def test_a_branch_manager_sees_who_has_not_done_todays_tasks(people: Personas) -> None:
    ours = people.ours
    facts = {"kind": "push", "due_on": today(), "title": "金秋存款季", "customers": 5}
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for staff, state in (
            (ours.employee, "open"),
            (ours.branch_manager, "done"),
            (ours.colleague, "open"),
        ):
            await make_row(db, Task, employee_id=staff.id, state=state, **facts)
    async with people.client(ours.branch_manager) as client:
        home = (await client.get("/m")).text
        team = (await client.get("/m/team")).text
    assert 'href="/m/team"' in home
    late, done = team.split('id="done"')
    assert "王小明" in late
    assert "0/1" in late
    assert "孙丽" not in late
    assert "孙丽" in done
    assert "刘洋" not in team


async def test_an_employee_has_no_team_page(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        assert 'href="/m/team"' not in (await client.get("/m")).text
        assert (await client.get("/m/team")).status_code == 403


async def test_an_empty_day_says_so(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        page = (await client.get("/m")).text
    assert "今天还没有要发的推送" in page
    assert "今日完成 0 项，共 0 项" in page
    assert "待办" not in page.split("<main")[1].split("</main>")[0]
