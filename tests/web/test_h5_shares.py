"""What an employee shares: materials, their own link and code, posters, the personal code."""

import io
import re
from datetime import UTC, date, datetime

import zxingcpp
from PIL import Image
from sqlalchemy import func, select
from tests.make import NOW, make_item, make_link, make_live_item, make_live_template
from tests.personas import Personas
from tests.web.h5 import submit
from tests.web.pictures import jpeg

from contenthub.library import actions as library
from contenthub.sharing.models import Link
from contenthub.tenants import actions_staff
from contenthub.tenants.models import Staff


async def test_only_live_items_are_listed_by_topic_and_word(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        live = await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
        template = await make_live_template(db, live, ours.author, ours.reviewer)
        await make_live_item(
            db,
            ours.author,
            ours.reviewer,
            kind="faq",
            topic="education",
            title="存款保险是什么",
            fields={"question": "存款保险是什么", "answer": "五十万元以内全额偿付"},
        )
        await make_item(db, ours.author, title="还没审核的存单")
    async with people.client(ours.employee) as client:
        whole = (await client.get("/m/materials")).text
        by_topic = (await client.get("/m/materials?topic=education")).text
        by_word = (await client.get("/m/materials?q=大额存单")).text
        nothing = (await client.get("/m/materials?q=黄金")).text
    assert "还没审核的存单" not in whole
    assert f"/api/v1/posters/{template.id}/{ours.employee.id}.jpg?width_px=240" in whole
    assert "三年期大额存单" in whole
    assert "存款保险是什么" in by_topic
    assert "三年期大额存单" not in by_topic
    assert "三年期大额存单" in by_word
    assert "存款保险是什么" not in by_word
    assert "没有找到可分享的素材" in nothing


async def test_sharing_makes_one_link_of_mine_and_shows_its_code(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
    async with people.client(ours.employee) as client:
        url = f"/m/materials/{item.id}"
        assert "/qr.png" not in (await client.get(url)).text
        first = await submit(client, f"{url}/share")
        client.headers["hx-request"] = "true"
        second = await submit(client, f"{url}/share")
        page = (await client.get(url)).text
        (code,) = set(re.findall(r"/m/links/(\w{12})/qr.png", first.text))
        picture = await client.get(f"/m/links/{code}/qr.png")
    assert "<html" in first.text
    assert "<html" not in second.text
    assert f"http://hub.test/s/{code}" in second.text
    assert f"http://hub.test/s/{code}" in page
    with Image.open(io.BytesIO(picture.content)) as opened:
        read = zxingcpp.read_barcodes(opened.convert("L"))
    assert [r.text.lower() for r in read] == [f"http://hub.test/s/{code}".lower()]
    async with people.house.database.reading(ours.tenant) as db:
        links = (await db.scalars(select(Link).where(Link.tenant_id == ours.tenant))).all()
    assert [(link.code, link.channel, link.employee_id) for link in links] == [
        (code, "h5", ours.employee.id)
    ]


async def test_what_is_not_live_cannot_be_shared(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, _ = await make_item(db, ours.author)
    async with people.client(ours.employee) as client:
        assert (await client.get(f"/m/materials/{item.id}")).status_code == 409
        assert (await submit(client, f"/m/materials/{item.id}/share")).status_code == 409


async def test_what_was_taken_back_says_so_and_leads_on(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        poster = await make_live_template(db, item, ours.author, ours.reviewer)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.recall(db, item.id, reason="利率调整", by=ours.author, at=NOW)
    async with people.client(ours.employee) as client:
        for address in (f"/m/materials/{item.id}", f"/m/posters/{poster.id}"):
            gone = await client.get(address)
            assert gone.status_code == 409
            assert "已下架，原因：利率调整" in gone.text
            assert 'href="/m/materials"' in gone.text
            assert "返回修改" not in gone.text


async def test_another_banks_item_does_not_exist(people: Personas) -> None:
    theirs = people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
    async with people.client(people.ours.employee) as client:
        assert (await client.get(f"/m/materials/{item.id}")).status_code == 404
        assert (await submit(client, f"/m/materials/{item.id}/share")).status_code == 404


async def test_who_may_not_share_reads_but_makes_no_link(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
    async with people.client(ours.author) as client:
        page = await client.get("/m/materials")
        assert page.status_code == 200
        assert "/share" not in page.text
        assert (await submit(client, f"/m/materials/{item.id}/share")).status_code == 403
    async with people.house.database.reading(ours.tenant) as db:
        made = await db.scalar(select(func.count()).where(Link.tenant_id == ours.tenant))
    assert made == 0


async def test_a_colleagues_code_is_not_drawn_for_me(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.colleague)
    for staff in (ours.employee, ours.branch_manager, people.theirs.employee):
        async with people.client(staff) as client:
            assert (await client.get(f"/m/links/{link.code}/qr.png")).status_code == 404


async def test_my_code_and_poster_pages_show_my_pictures(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
    async with people.client(ours.employee) as client:
        code = (await client.get("/m/code")).text
        poster = (await client.get(f"/m/posters/{template.id}")).text
    me = ours.employee.id
    assert f"/api/v1/employees/{me}/qr.png?size_px=" in code
    assert f"/api/v1/employees/{me}/card.jpg" in code
    assert f"/api/v1/posters/{template.id}/{me}.jpg" in poster
    async with people.client(people.theirs.employee) as client:
        assert (await client.get(f"/m/posters/{template.id}")).status_code == 404


async def test_without_authorisation_or_content_the_code_page_says_why(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.employee) as client:
        assert "总行发布一条内容后就能用" in (await client.get("/m/code")).text
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_live_item(db, ours.author, ours.reviewer)
        kept = await db.get_one(Staff, (ours.tenant, ours.colleague.id))
        kept.authorised_until = date(2020, 1, 1)
    async with people.client(ours.colleague) as client:
        page = (await client.get("/m/code")).text
    assert "营销授权已于 2020-01-01 到期" in page
    assert "/qr.png" not in page


async def test_my_code_shows_my_photo_once_there_is_one(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.colleague) as client:
        assert "/m/photo.jpg" not in (await client.get("/m/code")).text
        assert (await client.get("/m/photo.jpg")).status_code == 404
    key, photo = f"{ours.tenant}/photos/{ours.employee.id}.jpg", jpeg(64, 64)
    await people.house.storage.put(key, photo, mime="image/jpeg")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await actions_staff.set_photo(
            db, ours.employee.id, key, by=ours.admin, at=datetime.now(UTC)
        )
        await make_live_item(db, ours.author, ours.reviewer)
    async with people.client(ours.employee) as client:
        assert '<img class="ava" src="/m/photo.jpg"' in (await client.get("/m/code")).text
        answer = await client.get("/m/photo.jpg")
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", photo)
    async with people.client(ours.admin) as client:
        found = (await client.get("/console/staff")).text
    assert f'src="/console/staff/{ours.employee.id}/photo.jpg"' in found
    assert f"/console/staff/{ours.colleague.id}/photo.jpg" not in found


async def test_what_was_shared_before_is_not_offered_once_the_qualification_has_ended(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
    async with people.client(ours.employee) as client, people.client(ours.admin) as admin:
        url = f"/m/materials/{item.id}"
        shared = await submit(client, f"{url}/share")
        (code,) = set(re.findall(r"/m/links/(\w{12})/qr.png", shared.text))
        assert "复制" in (await client.get(url)).text
        changed = await admin.patch(
            f"/api/v1/staff/{ours.employee.id}", json={"authorised_until": "2020-01-01"}
        )
        assert changed.status_code == 200
        # At once, though who is signed in is remembered for seconds.
        page = (await client.get(url)).text
        again = await submit(client, f"{url}/share")
        by_api = await client.post(
            "/api/v1/links", json={"item_id": str(item.id), "employee_id": str(ours.employee.id)}
        )
        picture = await client.get(f"/m/links/{code}/qr.png")
    assert "2020-01-01 到期" in page
    assert code not in page
    assert "复制" not in page
    assert (again.status_code, by_api.status_code, picture.status_code) == (409, 409, 409)
