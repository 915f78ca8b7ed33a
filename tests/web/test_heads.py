"""HEAD answers what GET would, without the body; what GET refuses is refused alike."""

import pytest
from tests.make import make_live_item, make_live_template
from tests.personas import Personas


async def test_a_poster_answers_head_as_get_without_its_body(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
    url = f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        got, head = await client.get(url), await client.head(url)
        assert got.status_code == head.status_code == 200
        assert head.content == b""
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers[name] == got.headers[name]
        known = await client.head(url, headers={"if-none-match": got.headers["etag"]})
        assert known.status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/m/posters", 200),
        ("/login", 200),
        ("/console/bank", 403),
        ("/console/posters/nothing", 404),
        ("/console/pushes/posters", 405),
        ("/static/h5.js", 200),
    ],
)
async def test_pages_answer_head_with_the_status_of_get(
    people: Personas, path: str, status: int
) -> None:
    async with people.client(people.ours.employee) as client:
        head, got = await client.head(path), await client.get(path)
        assert (head.status_code, got.status_code) == (status, status)
        assert head.content == b""
