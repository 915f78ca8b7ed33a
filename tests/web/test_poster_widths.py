"""A small picture of a poster has a width within bounds, and another is refused by name."""

import io

import pytest
from PIL import Image
from tests.make import make_live_item, make_live_template
from tests.personas import Personas

from contenthub.posters.models import PosterTemplate

WRONG = ("50", "0", "-1", "119", "1081", "100000")


async def _live(people: Personas) -> PosterTemplate:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return await make_live_template(db, item, ours.author, ours.reviewer)


def _urls(people: Personas, made: PosterTemplate) -> tuple[str, ...]:
    mine = f"/api/v1/posters/{made.id}/{people.ours.employee.id}"
    preview = f"/api/v1/poster-templates/{made.id}/preview.jpg"
    return (f"{mine}.jpg", f"{mine}.png", preview)


async def test_a_width_out_of_bounds_is_refused_with_the_bounds(people: Personas) -> None:
    made = await _live(people)
    async with people.client(people.ours.author) as client:
        for url in _urls(people, made):
            for width in WRONG:
                refused = await client.get(url, params={"width_px": width})
                assert refused.status_code == 422, (url, width, refused.text)
                (wrong,) = refused.json()["errors"]
                assert wrong["pointer"] == "/width_px"
                assert f"宽度 {width} 像素不可用：请填 120 到 1080 之间的整数" in wrong["message"]
            told = {"width_px": "50", "placeholder": "true"}
            assert (await client.get(url, params=told)).status_code == 422
            unread = await client.get(url, params={"width_px": "宽"})
            assert unread.status_code == 400
            assert [one["pointer"] for one in unread.json()["errors"]] == ["/width_px"]
            assert (await client.get(url)).status_code == 200


async def test_a_person_who_opens_the_address_reads_why(people: Personas) -> None:
    made = await _live(people)
    async with people.client(people.ours.author) as client:
        for url in _urls(people, made):
            page = await client.get(url, params={"width_px": "50"}, headers={"accept": "text/html"})
            assert page.status_code == 422
            assert "请填 120 到 1080 之间的整数" in page.text


@pytest.mark.parametrize("width", [120, 1080])
async def test_the_bounds_themselves_are_drawn(people: Personas, width: int) -> None:
    made = await _live(people)
    async with people.client(people.ours.author) as client:
        for url in _urls(people, made):
            drawn = await client.get(url, params={"width_px": width})
            with Image.open(io.BytesIO(drawn.content)) as small:
                assert (small.format, small.width) == ("JPEG", width)
