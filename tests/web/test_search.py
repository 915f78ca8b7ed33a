"""The console's search box: what each role finds, in whose scope, and nobody else's bank."""

import re
from collections.abc import Sequence

import pytest
from tests.make import make_customer, make_item, make_live_item, make_live_template
from tests.personas import Personas, Side

from contenthub.tenants.models import Staff

NAME = "钱多多"


async def _fill(people: Personas, side: Side) -> str:
    """Give a side an item, its poster, a customer of each employee; return the phone."""
    async with people.house.database.unit_of_work(side.tenant) as db:
        await make_item(db, side.author, title="金秋惠农贷")
        live = await make_live_item(db, side.author, side.reviewer, title="三年期大额存单")
        await make_live_template(db, live, side.author, side.reviewer, title="金秋存款海报")
        one = await make_customer(db, owner=side.employee, branch=side.branch, name=NAME)
        await make_customer(db, owner=side.colleague, branch=side.other_branch, name=NAME)
        return one.phone_masked


async def _links(people: Personas, who: Staff, q: str) -> Sequence[str]:
    async with people.client(who) as client:
        answer = await client.get("/console/search", params={"q": q})
    assert answer.status_code == 200, answer.text[:300]
    main = answer.text.split('<main class="main"')[1]
    return re.findall(r'class="n" href="/console/(\w+)/[0-9a-f-]{36}"', main)


async def test_an_author_finds_items_posters_and_customers(people: Personas) -> None:
    await _fill(people, people.ours)
    author = people.ours.author
    assert await _links(people, author, "金秋") == ["library", "posters"]
    assert await _links(people, author, "大额存单") == ["library"]
    assert await _links(people, author, NAME) == ["customers", "customers"]


async def test_pinyin_initials_find_content(people: Personas) -> None:
    await _fill(people, people.ours)
    assert await _links(people, people.ours.author, "hnd") == ["library"]


@pytest.mark.parametrize("part", ["name", "staff_no"])
async def test_staff_are_found_by_name_and_number(people: Personas, part: str) -> None:
    wanted = getattr(people.ours.employee, part)
    assert "staff" in await _links(people, people.ours.admin, wanted)


async def test_a_branch_manager_finds_only_customers_and_staff_in_scope(people: Personas) -> None:
    await _fill(people, people.ours)
    boss = people.ours.branch_manager
    assert await _links(people, boss, NAME) == ["customers"]
    assert await _links(people, boss, people.ours.employee.name) == ["staff"]
    assert await _links(people, boss, people.ours.colleague.name) == []


async def test_a_reviewer_finds_no_customers(people: Personas) -> None:
    await _fill(people, people.ours)
    assert await _links(people, people.ours.reviewer, NAME) == []


async def test_another_banks_rows_are_not_found(people: Personas) -> None:
    await _fill(people, people.theirs)
    for q in ("金秋", "大额存单", NAME, people.theirs.colleague.staff_no):
        assert await _links(people, people.ours.admin, q) == []


async def test_a_phone_is_found_whole_only_and_shown_masked(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await make_customer(db, owner=side.employee, phone="13912345678", name=NAME)
    assert await _links(people, side.admin, "139 1234 5678") == ["customers"]
    assert await _links(people, side.admin, "1391234") == []
    async with people.client(side.admin) as client:
        text = (await client.get("/console/search?q=13912345678")).text
    # What was typed comes back in the box; no row shows it.
    assert "139****5678" in text
    assert not re.search(r">\s*13912345678\s*<", text)


@pytest.mark.parametrize("q", ["", "   "])
async def test_an_empty_search_says_what_can_be_found(people: Personas, q: str) -> None:
    async with people.client(people.ours.author) as client:
        text = (await client.get("/console/search", params={"q": q})).text
    assert "想找什么" in text
    assert "拼音首字母" in text
    assert "手机号" in text


async def test_nothing_found_gives_hints_fit_for_the_role(people: Personas) -> None:
    async with people.client(people.ours.reviewer) as client:
        text = (await client.get("/console/search?q=没有这样的东西")).text
    assert "没有找到“没有这样的东西”" in text
    assert "完整的姓名、手机号" not in text


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", "%", "_", "\\", "'; drop--"])
async def test_hostile_text_is_only_text(people: Personas, q: str) -> None:
    await _fill(people, people.ours)
    async with people.client(people.ours.admin) as client:
        answer = await client.get("/console/search", params={"q": q})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "金秋" not in answer.text


async def test_the_box_of_every_page_leads_here_and_ctrl_k_reaches_it(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        text = (await client.get("/console")).text
    assert 'action="/console/search"' in text
    assert "data-ch-search" in text
