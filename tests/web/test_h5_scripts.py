"""话术 on the phone: filled in the employee's name, with their own link, ready to be copied."""

from typing import Any

from sqlalchemy import select
from tests.make import make_live_item
from tests.personas import Personas, Side
from tests.web.h5 import submit

from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.sharing.models import Link

TEXT = "{{ customer.surname }}您好，我是{{ bank.name }}的{{ employee.name }}，给您看看：{{ link }}"


async def _script(db: Write, side: Side, **fields: Any) -> Item:
    facts = {"scene": "one_to_one", "text": TEXT, "when": "存单到期前一周", **fields}
    return await make_live_item(
        db, side.author, side.reviewer, kind="script", title="到期提醒", fields=facts
    )


async def test_a_script_is_said_in_my_name_and_takes_my_link(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, title="三年期存单")
        script = await _script(db, side, related_item=product.code)
    async with people.client(side.employee) as client:
        listed = (await client.get("/m/scripts?topic=deposit&q=到期")).text
        assert "到期提醒" in listed
        assert "{{" not in listed
        moved = await client.get(f"/m/materials/{script.id}")
        assert moved.headers["location"] == f"/m/scripts/{script.id}"
        page = (await client.get(f"/m/scripts/{script.id}")).text
        assert f"的{side.employee.name}，给您看看" in page
        assert "您您好" not in page
        assert "存单到期前一周" in page
        assert "把我的链接放进话术" in page
        assert (await submit(client, f"/m/scripts/{script.id}/link")).status_code in (303, 200)
        async with people.house.database.reading(side.tenant) as db:
            code = await db.scalar(select(Link.code).where(Link.item_id == product.id))
        assert f"/s/{code}" in (await client.get(f"/m/scripts/{script.id}")).text


async def test_a_script_without_content_says_where_a_link_comes_from(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await _script(db, side)
    async with people.client(side.employee) as client:
        page = (await client.get(f"/m/scripts/{script.id}")).text
        assert "（您的链接）" in page
        assert "/m/materials?topic=deposit" in page
        assert (await submit(client, f"/m/scripts/{script.id}/link")).status_code == 409
    async with people.client(people.theirs.employee) as client:
        assert (await client.get(f"/m/scripts/{script.id}")).status_code == 404
        assert "到期提醒" not in (await client.get("/m/scripts")).text
