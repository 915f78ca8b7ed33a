"""What a new poster begins from: shipped designs narrowed by need, the bank's own as copies."""

import json
import re

from tests.make import make_item, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.posters.starters import starters

NEW = "/console/posters/new"


async def test_the_gallery_is_narrowed_by_size_season_and_word(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item, _ = await make_item(db, people.ours.author)

    def codes(page: str) -> list[str]:
        return re.findall(r"item_id=[^\"]*?&amp;starter=([a-z.0-9-]+)\" aria-label", page)

    async with people.client(people.ours.author) as client:

        async def shown(**narrowed: str) -> str:
            answer = await client.get(NEW, params={"item_id": str(item.id)} | narrowed)
            assert answer.status_code == 200
            return answer.text

        everything = await shown()
        assert {"deposit-season", "mid-autumn", "salon"} <= set(codes(everything))
        assert codes(await shown(season="autumn")) == ["mid-autumn"]
        square = codes(await shown(size="square"))
        assert "deposit-season.square" in square
        assert all(code.endswith(".square") for code in square)
        assert codes(await shown(q="讲座")) == ["lecture"]
        assert "只适用于贷款" in everything
        assert "只适用于贷款" not in await shown(fits="1")
        assert "没有符合条件的模板" in await shown(q="没有这种")
        listed = (await client.get("/api/v1/poster-starters")).json()["items"]
    assert [one["code"] for one in listed] == list(starters())


async def test_a_banks_own_poster_is_copied_with_the_other_items_lines(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        old = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, old, ours.author, ours.reviewer)
        loan, _ = await make_item(
            db, ours.author, topic="loan", title="惠农贷", fields={"annual_rate": 385}
        )
    async with people.client(ours.author) as client:
        page = (await client.get(NEW, params={"item_id": str(loan.id)})).text
        assert f"copy={made.id}" in page
        copied = await client.get(NEW, params={"item_id": str(loan.id), "copy": str(made.id)})
    told = json.loads(re.search(r'id="poster-data"[^>]*>(.*?)</script>', copied.text, re.S)[1])  # type: ignore[index]  # it is there
    said = [one for one in told["design"]["layers"] if one["kind"] == "disclosure"]
    assert "贷款" in said[0]["text"]
    assert told["item_id"] == str(loan.id)
    assert not told["template_id"]
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        item, _ = await make_item(db, people.theirs.author)
    async with people.client(people.theirs.author) as client:
        foreign = await client.get(NEW, params={"item_id": str(item.id), "copy": str(made.id)})
        assert foreign.status_code == 404


async def test_thumbnails_are_drawn_once_and_show_nobody_of_the_bank(people: Personas) -> None:
    where = "/console/posters/starter.jpg?starter=wealth"
    async with people.client(people.ours.author) as client:
        first = await client.get(where)
        again = await client.get(where, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    kept = await people.house.storage.keys(f"{people.ours.tenant}/posters/gallery-")
    assert [await people.house.storage.get(key) for key in kept] == [first.content]
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get(where)).content == first.content
