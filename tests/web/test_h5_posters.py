"""今日海报: what an employee may send now, with the words beside it, counted when it is sent."""

import re

from sqlalchemy import select
from tests.make import make_live_item, make_live_template
from tests.personas import Personas
from tests.qrcodes import code_on
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.h5 import handed_out, submit
from tests.web.test_poster_choices import _asset, _design

from contenthub.posters import editing
from contenthub.sharing.models import Link, OwnShare

__all__ = ["desk", "sandbox"]


async def test_posters_stand_by_task_festival_and_age_and_only_what_may_be_sent(
    desk: Desk,
) -> None:
    people, side = desk.people, desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        plain = await make_live_item(db, side.author, side.reviewer, title="普通存款")
        other = await make_live_template(db, plain, side.author, side.reviewer, title="普通海报")
        tasked = await make_live_template(
            db, desk.item, side.author, side.reviewer, title="任务海报"
        )
        fund = await make_live_item(db, side.author, side.reviewer, title="春节里存钱")
        near = await make_live_template(db, fund, side.author, side.reviewer, title="过节海报")
    await handed_out(desk)
    async with people.client(side.employee) as client:
        page = (await client.get("/m/posters")).text
        empty = await people.client(people.theirs.employee).__aenter__()
        nothing = (await empty.get("/m/posters")).text
        await empty.aclose()
    order = re.findall(r'data-share-url="/m/posters/([0-9a-f-]{36})/share"', page)
    assert order[0] == str(tasked.id)
    assert set(order) == {str(tasked.id), str(near.id), str(other.id)}
    assert "今日任务" in page
    assert f"/api/v1/posters/{tasked.id}/{side.employee.id}.jpg?width_px=720" in page
    assert "还没有可以发的海报" in nothing


async def test_what_is_for_print_or_a_screen_is_not_offered_to_send(people: Personas) -> None:
    ours, made = people.ours, {}
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        for size in ("a4", "slide"):
            layers = editing.starter_layers(f"deposit-season.{size}")
            await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)
    async with people.client(ours.employee) as client:
        empty = (await client.get("/m/posters")).text
        async with people.house.database.unit_of_work(ours.tenant) as db:
            for size in ("moments", "square", "cover"):
                layers = editing.starter_layers(f"deposit-season.{size}")
                made[size] = await make_live_template(
                    db, item, ours.author, ours.reviewer, layers=layers
                )
        page = (await client.get("/m/posters")).text
        material = (await client.get(f"/m/materials/{item.id}")).text
    assert set(re.findall(r'href="/m/posters/([0-9a-f-]{36})"', material)) == {
        str(one.id) for one in made.values()
    }
    assert "另有 2 张印刷、网点屏幕用的" in material
    assert page.count("图上没有您的二维码") == 1, "a link's cover says so"
    assert "还没有可以发的海报" in empty
    offered = set(re.findall(r'data-share-url="/m/posters/([0-9a-f-]{36})/share"', page))
    assert offered == {str(one.id) for one in made.values()}


async def test_a_chosen_background_goes_along_to_words_picture_and_public_address(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        hashes = [await _asset(client, colour) for colour in ("#ffd9d9", "#d9e8ff")]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=_design(*hashes)
        )
    async with people.client(ours.employee) as client:
        page = (await client.get("/m/posters")).text
        chosen = (await client.get(f"/m/posters/{made.id}?background=1")).text
        kept = await submit(client, f"/m/posters/{made.id}/background?background=1")
        again = (await client.get("/m/posters")).text
        shared = await submit(client, f"/m/posters/{made.id}/share?background=1")
        (address,) = set(re.findall(r'data-picture="http://hub.test([^"]+)"', shared.text))
        picture = await client.get(address.replace("&amp;", "&"))
        bare = address.split("&")[0]
        own = await client.get(f"{bare}&background=0")
        mine, stale = [await client.get(bare + one) for one in ("", "&background=7")]
        whole = await client.get(f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg?background=1")
    assert page.count("data-back=") == 2
    assert f"{ours.employee.id}.jpg?background=1&amp;width_px=720" in chosen
    assert "http://hub.test/s/" in shared.text
    assert "已记住" in kept.text
    assert 'data-back="1" ' in again.split('aria-current="true"')[-2], "it is chosen next time"
    assert picture.content == whole.content, "the public picture is the one in the hand"
    assert mine.content == stale.content == picture.content != own.content
    assert code_on(picture.content).lower() in shared.text.lower()


async def test_what_is_saved_copied_or_sent_counts_on_the_link_in_the_code(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
    here = f"/m/posters/{made.id}"
    async with people.client(ours.employee) as client:
        first = await submit(client, f"{here}/shared")
        second = await submit(client, f"{here}/shared")
        told = (await submit(client, f"{here}/share")).text
    assert (first.json(), second.json()) == ({"times": 1}, {"times": 2})
    assert "已分享 2 次" in told
    async with people.client(people.theirs.employee) as client:
        for way in ("share", "shared"):
            assert (await submit(client, f"{here}/{way}")).status_code == 404
    async with people.client(ours.auditor) as client:
        assert (await client.get("/m/posters")).status_code == 403
        assert (await submit(client, f"{here}/shared")).status_code == 403
    async with people.house.database.reading(ours.tenant) as db:
        (row,) = (await db.scalars(select(OwnShare))).all()
        link = await db.get(Link, (ours.tenant, row.link_id))
    assert link is not None
    assert (link.channel, link.employee_id, row.employee_id) == (
        "poster",
        ours.employee.id,
        ours.employee.id,
    )


async def test_pages_are_signed_for_wecom_only_for_this_site_and_a_connected_bank(
    desk: Desk,
) -> None:
    people = desk.people
    where = "/m/wecom/signature"
    async with people.client(desk.side.employee) as client:
        page = {"url": str(client.base_url.join("/m/posters"))}
        signed = await client.get(where, params=page)
        foreign = await client.get(where, params={"url": "https://evil.test/m/posters"})
    assert signed.status_code == 200, signed.text
    assert set(signed.json()) == {"corpId", "agentId", "timestamp", "nonceStr", "signature"}
    assert foreign.status_code == 422
    async with people.client(people.theirs.employee) as client:
        assert (await client.get(where, params=page)).status_code == 409
