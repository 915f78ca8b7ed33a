"""战报: the day of an employee and of their branch as a picture; counts only, for colleagues."""

from datetime import UTC, datetime, timedelta

from tests.house.rows import make_row
from tests.make import make_link, make_live_item, make_live_template
from tests.personas import Personas
from tests.posters.test_template import box
from tests.web.test_h5_home import today

from contenthub.posters import editing
from contenthub.sharing import actions_own
from contenthub.sharing.models import EmployeeDay

DAY = "/m/results/day"


async def test_the_day_is_told_in_counts_of_mine_and_of_the_branch(people: Personas) -> None:
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for staff, views in ((ours.employee, 12), (ours.branch_manager, 30), (ours.colleague, 99)):
            await make_row(
                db, EmployeeDay, employee_id=staff.id, day_on=today(), views=views, leads=1
            )
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        await actions_own.note_share(db, link, by=ours.employee, at=now)
    async with people.client(ours.employee) as client:
        page = (await client.get(DAY)).text
        before = (await client.get(f"{DAY}?on={today() - timedelta(days=1)}")).text
        picture = await client.get(f"{DAY}.jpg")
        again = await client.get(f"{DAY}.jpg", headers={"if-none-match": picture.headers["etag"]})
        other = await client.get(f"{DAY}.jpg?on={today() - timedelta(days=1)}")
        wrong = [await client.get(f"{DAY}?on={on}") for on in ("x", "1999-01-01", "2999-01-01")]
    assert "浏览 12，留资 1，报名 0，到场 0，分享 1，支行第 2 名" in page
    assert "浏览 42，留资 2，报名 0，到场 0，分享 1" in page
    assert "未上榜" in before
    assert picture.headers["content-type"] == "image/jpeg"
    assert again.status_code == 304
    assert other.content != picture.content
    assert {answer.status_code for answer in wrong} == {422}
    async with people.client(people.theirs.employee) as client:
        assert "浏览 0，" in (await client.get(DAY)).text
    async with people.client(ours.auditor) as client:
        assert (await client.get(DAY)).status_code == 403


async def test_an_approved_template_with_figures_is_the_banks_own_and_no_poster(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.client(ours.employee) as client:
        shipped = await client.get(f"{DAY}.jpg")
    layers = editing.starter_layers("deposit-season")
    figure = {"kind": "text", "id": "figure", "text": "今天 {{ result.views }}", "size_px": 40}
    layers["layers"].append(figure | {"box": box(70, 10, 500, 50)})
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=layers, title="本行战报"
        )
    async with people.client(ours.employee) as client:
        own = await client.get(f"{DAY}.jpg")
        refused = await client.get(f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg")
        deck = (await client.get("/m/posters")).text
    async with people.client(ours.admin) as client:
        batch = await client.post("/api/v1/poster-batches", json={"template_id": str(made.id)})
    async with people.client(ours.author) as client:
        preview = await client.get(f"/api/v1/poster-templates/{made.id}/preview.jpg")
    assert own.status_code == preview.status_code == 200, own.text
    assert own.content != shipped.content
    assert (refused.status_code, batch.status_code) == (409, 409)
    assert "战报模板" in refused.json()["detail"]
    assert "本行战报" not in deck
