"""Published posters on pages: the switch and its progress, the phone's pictures, share cards."""

import pytest
from sqlalchemy import update
from tests.make import make_live_template
from tests.personas import Personas
from tests.posters.shop import CDN, Shop, disk_shop
from tests.web.desk import post_form
from tests.web.test_poster_choices import _asset, _design

from contenthub.library import queries as library
from contenthub.posters.models_published import PublishedPoster
from contenthub.web.safeheaders import content_security_policy

__all__ = ["disk_shop"]
PAGE = "/console/bank"


async def test_the_switch_shows_its_progress_and_phones_get_the_files(disk_shop: Shop) -> None:
    people, ours = disk_shop.people, disk_shop.people.ours
    own = f"/api/v1/posters/{disk_shop.template.id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        assert own in (await client.get("/m/posters")).text
    async with people.client(ours.admin) as client:
        before = (await client.get(PAGE)).text
        asked_anew = (await client.get(f"{PAGE}/poster-cdn")).text
        answer = await post_form(client, f"{PAGE}/settings", {"poster_cdn": "1"})
        assert answer.status_code == 204
        await disk_shop.work()
        page = (await client.get(PAGE)).text
        told = (await client.get("/api/v1/bank/poster-cdn")).json()
        trail = (await client.get("/console/audit")).text
    assert "没有打开" in before
    assert "load delay:2s" in before
    assert "没有打开" in asked_anew
    assert "hx-get" not in asked_anew, "nothing is on its way: asked once more is enough"
    assert "已全部发布" in page
    assert told["is_on"]
    assert told["published"] == len(await disk_shop.rows("published")) > 0
    assert told["waiting"] == told["removing"] == 0
    assert "海报发布到 CDN" in trail
    mine = next(
        one for one in await disk_shop.rows("published") if one.employee_id == ours.employee.id
    )
    whole = f"{CDN}/{ours.tenant}/{mine.name}.jpg"
    async with people.client(ours.employee) as client:
        deck = (await client.get("/m/posters")).text
        card = (await post_form(client, f"/m/posters/{disk_shop.template.id}/share", {})).text
        drawn = await client.get(own)  # the route stays
    assert f'data-full="{whole}"' in deck
    assert f'data-drawn="{own}"' in deck  # where a CDN that is away is passed by
    assert whole in card
    assert drawn.status_code == 200
    async with people.client() as client:
        shared = await client.get(f"/s/{mine.link_code}/poster.jpg")
        file = await client.get(f"/published/{ours.tenant}/{mine.name}.jpg")
        odd = await client.get(f"/published/{ours.tenant}/..%2f{mine.name}.jpg")
        guess = await client.get(f"/published/{ours.tenant}/{'0' * 32}.jpg")
    assert (shared.status_code, shared.headers["location"]) == (302, whole)
    assert file.content == drawn.content
    assert file.headers["cache-control"] == "public, max-age=3600, immutable"
    assert "set-cookie" not in file.headers
    assert (odd.status_code, guess.status_code) == (404, 404)


async def test_what_is_on_its_way_out_is_on_no_page_and_its_problem_is_told(
    disk_shop: Shop,
) -> None:
    people, ours = disk_shop.people, disk_shop.people.ours
    await disk_shop.switch(on=True)
    mine = next(
        one for one in await disk_shop.rows("published") if one.employee_id == ours.employee.id
    )
    async with people.house.database.unit_of_work(ours.tenant) as db:
        out = {"state": "removing", "problem": "对象存储没有应答，请稍后再试"}
        await db.execute(update(PublishedPoster).where(PublishedPoster.id == mine.id).values(**out))
    async with people.client(ours.employee) as client:
        deck = (await client.get("/m/posters")).text
    async with people.client(ours.admin) as client:
        card = (await client.get(f"{PAGE}/poster-cdn")).text
    assert mine.name not in deck
    assert "等待删除 1 张" in card
    assert "对象存储没有应答" in card
    assert "every 3s" in card


async def test_the_background_an_employee_chose_is_the_one_that_is_published(
    disk_shop: Shop,
) -> None:
    people, ours = disk_shop.people, disk_shop.people.ours
    async with people.client(ours.author) as client:
        layers = _design(*[await _asset(client, one) for one in ("#ffd9d9", "#d9e8ff")])
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await library.item(db, disk_shop.template.item_id)
        made = await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)
    await disk_shop.switch(on=True)
    own = f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg"

    async def mine() -> PublishedPoster:
        (row,) = [
            one
            for one in await disk_shop.rows("published")
            if (one.revision_id, one.employee_id) == (made.live_revision_id, ours.employee.id)
        ]
        return row

    before = await mine()
    async with people.client(ours.employee) as client:
        assert f"{before.name}.jpg" in (await client.get("/m/posters")).text
        await post_form(client, f"/m/posters/{made.id}/background?background=1", {})
        between = (await client.get("/m/posters")).text
        await disk_shop.work(later=True)
        after = await mine()
        deck = (await client.get("/m/posters")).text
        drawn = [await client.get(own, params={"background": number}) for number in (0, 1)]
    assert (before.background, after.background) == (0, 1)
    assert before.name not in between, "from the choice on no page names the old file"
    assert f'src="{own}?background=1&amp;width_px=720"' in between
    assert f'data-full="{CDN}/{ours.tenant}/{after.name}.jpg"' in deck
    assert f'data-src="{own}?background=0&amp;width_px=720"' in deck
    file = await disk_shop.store.get(f"{ours.tenant}/{after.name}.jpg")
    assert file == drawn[1].content != drawn[0].content
    assert not [one for one in await disk_shop.files() if before.name in one]


async def test_files_are_listed_to_those_who_see_the_people_and_by_nobody_else(
    disk_shop: Shop,
) -> None:
    people, ours = disk_shop.people, disk_shop.people.ours
    await disk_shop.switch(on=True)
    here = f"/api/v1/poster-templates/{disk_shop.template.id}/published"
    async with people.client(ours.admin) as client:
        first = (await client.get(f"{here}?limit=1")).json()
        rest = (await client.get(f"{here}?cursor={first['next_cursor']}")).json()
    listed = [*first["items"], *rest["items"]]
    assert len(listed) == len(await disk_shop.rows("published"))
    assert rest["next_cursor"] is None
    assert all(one["url"].startswith(f"{CDN}/{ours.tenant}/") for one in listed)
    async with people.client(ours.employee) as client:
        own = (await client.get(here)).json()["items"]
        refused = await client.get("/api/v1/bank/poster-cdn")
    assert {one["employee_id"] for one in own} == {str(ours.employee.id)}
    assert refused.status_code == 403
    async with people.client(people.theirs.admin) as client:
        foreign = await client.get(here)
        theirs = (await client.get("/api/v1/bank/poster-cdn")).json()
    assert foreign.status_code == 404
    assert (theirs["is_on"], theirs["published"]) == (False, 0)


@pytest.mark.parametrize("asked", ["form", "api"])
async def test_without_a_public_store_the_page_says_so_and_the_switch_is_refused(
    people: Personas, asked: str
) -> None:
    async with people.client(people.ours.admin) as client:
        page = (await client.get(PAGE)).text
        if asked == "form":
            answer = await post_form(client, f"{PAGE}/settings", {"poster_cdn": "1"})
        else:
            body = {"settings": {"poster_cdn": True}}
            answer = await client.patch("/api/v1/bank", json=body)
    assert "本系统没有配置 CDN，暂不能打开" in page
    assert answer.status_code == 422
    assert "CONTENTHUB_CDN_URL" in answer.text


def test_pages_may_show_pictures_of_the_cdn_and_of_no_other_host() -> None:
    assert "img-src 'self' data: blob: https://cdn.example.com;" in content_security_policy(
        "n", "", "https://cdn.example.com"
    )
    assert "img-src 'self' data: blob:;" in content_security_policy("n")
