"""A design is tried with the bank's own people, in the scope of who looks."""

from tests.make import make_item, make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.posters import editing


async def test_ten_are_tried_by_api_and_page_within_ones_scope(people: Personas) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
    here = f"/api/v1/poster-templates/{made.id}/tryout"
    async with people.client(ours.author) as client:
        found = (await client.get(here)).json()
        strip = (await client.get(f"/console/posters/{made.id}/tryout")).text
        first = found["people"][0]
        picture = await client.get(first["picture_url"] + "&width_px=240")
        large = await client.get(f"/console/posters/{made.id}/tryout/{first['employee_id']}")
        unknown = await client.get(f"/console/posters/{made.id}/tryout/{theirs.employee.id}")
    assert found["faults"] == {}
    tried = {one["employee_id"] for one in found["people"]}
    assert {str(ours.employee.id), str(ours.colleague.id)} <= tried
    assert str(theirs.employee.id) not in tried
    assert all(one["reasons"] for one in found["people"])
    assert picture.headers["content-type"] == "image/jpeg"
    assert strip.count("<li") == len(found["people"])
    assert first["name"] in large.text
    assert unknown.status_code == 404
    async with people.client(ours.employee) as client:
        mine = (await client.get(here)).json()
    assert [one["name"] for one in mine["people"]] == [ours.employee.name]
    async with people.client(theirs.author) as client:
        assert (await client.get(here)).status_code == 404


async def test_what_is_wrong_for_everybody_is_told_once(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, _ = await make_item(db, ours.author, fields={"summary": "稳健"})
    layers = editing.starter_layers("rights-day")
    layers["layers"].append(
        {
            "kind": "text",
            "id": "my-rate",
            "box": {"x_px": 90, "y_px": 40, "w_px": 300, "h_px": 60},
            "size_px": 30,
            "text": "{{ item.rate }} {{ employee.name }}",
        }
    )
    async with people.client(ours.author) as client:
        body = {"item_id": str(item.id), "title": "试看", "layers": layers}
        made = await client.post("/api/v1/poster-templates", json=body)
        assert made.status_code == 201, made.text
        found = (await client.get(f"/api/v1/poster-templates/{made.json()['id']}/tryout")).json()
    assert found["people"] == []
    assert "item.rate" in found["faults"]["layers.my-rate.text"]


async def test_a_name_that_only_its_length_brings_under_the_code_is_told_first(
    people: Personas,
) -> None:
    ours = people.ours
    layers = editing.starter_layers("deposit-season")
    code = next(one for one in layers["layers"] if one["kind"] == "qr")
    name = {
        "kind": "text",
        "id": "my-name",
        "box": {"x_px": 40, "y_px": code["box"]["y_px"] + 100, "w_px": 1000, "h_px": 60},
        "size_px": 40,
        "text": "{{ employee.name }}",
    }
    # Below the code, which is drawn later: a short name ends before it.
    layers["layers"].insert(layers["layers"].index(code), name)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        long = await make_staff(
            db, ours.branch, "employee", name="阿卜杜热合曼·阿卜杜喀迪尔·买买提吐尔逊·艾合买提"
        )
    async with people.client(ours.author) as client:
        body = {"item_id": str(item.id), "title": "试看", "layers": layers}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        found = (await client.get(f"/api/v1/poster-templates/{made['id']}/tryout")).json()
        strip = (await client.get(f"/console/posters/{made['id']}/tryout")).text
    worst, *rest = found["people"]
    assert worst["employee_id"] == str(long.id)
    assert worst["problem"] == ""
    (why,) = [one for one in worst["hidden"] if "my-name" in one]
    assert "二维码" in why
    assert all("my-name" not in one for each in rest for one in each["hidden"])
    assert "1 位有文字被盖住或看不清" in strip
    assert strip.index(long.name) < strip.index(ours.employee.name)
