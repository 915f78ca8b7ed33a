"""A name no poster can draw is refused at the form and the API; a rare character is told."""

from tests.make import make_staff
from tests.personas import Personas
from tests.web.h5 import submit
from tests.web.test_staff import _new


async def test_a_name_with_a_picture_is_refused_at_every_door_and_a_rare_one_told(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        old = await make_staff(db, ours.branch, "employee", name="王😀")
    here, mine = f"/api/v1/staff/{ours.employee.id}", f"/console/staff/{ours.employee.id}"
    form = {"branch_id": str(ours.branch.id), "roles": "employee"}
    async with people.client(ours.admin) as client:
        odd = _new(people, name="😀王二")
        refused = [
            await client.post("/api/v1/staff", json=odd),
            await client.patch(here, json={"name": "王\u0489"}),
        ]
        pages = [
            await submit(client, "/console/staff", **odd),
            await submit(client, mine, name="😀王二", **form),
        ]
        kept = await client.patch(f"/api/v1/staff/{old.id}", json={"name": "王😀", "title": "柜员"})
        rare = await client.post("/api/v1/staff", json=_new(people, name="王𪚥"))
        plain = await client.patch(here, json={"name": "王大明"})
        shown = (await client.get(f"/console/staff/{rare.json()['id']}")).text
        told = await submit(
            client, "/console/staff", **_new(people, name="李𪚥", login="lily", staff_no="A-101")
        )
        quiet = (await client.get(mine)).text
    for answer in refused:
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/name"
    for page in pages:
        assert page.status_code == 422
        assert "不是姓名用字" in page.text
    assert kept.status_code == 200, "a name that stands already stops no other change"
    assert kept.json()["title"] == "柜员"
    assert rare.status_code == 201, rare.text
    for words in (rare.json()["name_warning"], shown, told.text):
        assert "字体里没有“𪚥”" in words
    assert plain.json()["name_warning"] == ""
    assert "字体里没有" not in quiet
