"""HEAD answers what GET would, without the body; what GET refuses is refused alike."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.response import Stream
from sqlalchemy import func, select
from tests.make import NOW, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.posters import actions_batch as batch
from contenthub.posters import jobs
from contenthub.sharing.models import Link
from contenthub.tenants.models import AuditEntry
from contenthub.web.heads import Heads


async def _kept(people: Personas) -> tuple[int, int]:
    """Return how many audit entries and links our bank has."""
    async with people.house.database.reading(people.ours.tenant) as db:
        entries = await db.scalar(select(func.count()).select_from(AuditEntry))
        links = await db.scalar(select(func.count()).select_from(Link))
        return int(entries or 0), int(links or 0)


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


async def test_head_of_a_download_or_an_export_leaves_no_trace(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
        job = await batch.start_batch(db, made.id, by=ours.admin, at=NOW)
    await jobs.draw_batch(people.house.database, ours.tenant, job_id=str(job.id))
    before = await _kept(people)
    async with people.client(ours.admin) as client:
        for url in (f"/api/v1/jobs/{job.id}/result", "/api/v1/staff?format=xlsx"):
            head = await client.head(url)
            assert (head.status_code, head.content) == (200, b"")
            assert await _kept(people) == before, url
            got = await client.get(url)
            assert got.status_code == 200
            assert head.headers["content-type"] == got.headers["content-type"]
            after = await _kept(people)
            assert after[0] > before[0], "a real download is in the audit"
            before = after


async def test_head_makes_no_link_and_a_get_beside_it_does(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
    before = await _kept(people)
    url = f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        assert (await client.head(url)).status_code == 200
        assert await _kept(people) == before
        assert (await client.get(url)).status_code == 200
    assert (await _kept(people))[1] == before[1] + 1


async def test_a_stream_is_not_read_to_its_end_for_a_head() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 10_000:
            read += 1
            yield b"x" * 1024

    @get("/film")
    async def film() -> Stream:
        return Stream(endless(), headers={"Content-Length": "10240000"})

    app: Any = Heads(Litestar([film]))
    door = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=door, base_url="http://hub.test") as client:
        head = await client.head("/film")
        assert (head.status_code, head.headers["content-length"]) == (200, "10240000")
        assert read < 100
        assert len((await client.get("/film")).content) > 9_000_000
