"""The background an employee chose is remembered by its picture, in every revision."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import func, select, update
from tests.make import make_live_item, make_live_template
from tests.personas import Personas
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.test_poster_choices import _asset, _design

from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library.models import Item
from contenthub.posters import actions_choices, queries, queries_choices
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.models_choices import PosterChoice
from contenthub.posters.rendering import picture_hashes
from contenthub.scheduler import actions_send
from contenthub.scheduler import queries as scheduler

__all__ = ["desk", "sandbox"]


async def _offering(people: Personas, item: Item | None = None) -> tuple[PosterTemplate, list[str]]:
    """Return a live template that offers two backgrounds beside its own, and their pictures."""
    ours = people.ours
    async with people.client(ours.author) as client:
        pictures = [await _asset(client, one) for one in ("#ffd9d9", "#d9e8ff", "#d9ffe8")]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = item or await make_live_item(db, ours.author, ours.reviewer)
        layers = _design(*pictures)
        return await make_live_template(
            db, item, ours.author, ours.reviewer, layers=layers
        ), pictures


async def test_a_choice_follows_its_picture_into_later_revisions_and_ends_with_it(
    people: Personas,
) -> None:
    ours, at = people.ours, datetime.now(UTC)
    made, (first, second, third) = await _offering(people)
    database = people.house.database
    async with database.unit_of_work(ours.tenant) as db:
        for number in (1, 2, 2):
            revision = await actions_choices.choose(db, made.id, number, by=ours.employee, at=at)
        assert await queries_choices.chosen(db, revision, ours.employee.id) == 2
        assert await queries_choices.chosen(db, revision, ours.colleague.id) == 0
        assert await queries_choices.chosen_by(db, revision) == {ours.employee.id: 2}
        mine = await queries_choices.chosen_among(db, [revision], ours.employee.id)
        assert mine == {revision.id: 2}
        for layers, number in ((_design(first, third, second), 1), (_design(first, second), 0)):
            later = TemplateRevision(template_id=made.id, layers=layers)
            assert await queries_choices.chosen(db, later, ours.employee.id) == number
        await actions_choices.choose(db, made.id, 0, by=ours.employee, at=at)
        assert await db.scalar(select(func.count()).select_from(PosterChoice)) == 0


async def test_only_what_is_offered_live_and_the_banks_own_is_chosen(people: Personas) -> None:
    ours, theirs, at = people.ours, people.theirs, datetime.now(UTC)
    made, _ = await _offering(people)
    database, background = people.house.database, f"/api/v1/poster-templates/{made.id}/background"
    async with database.unit_of_work(theirs.tenant) as db:
        with pytest.raises(NotFound):
            await actions_choices.choose(db, made.id, 1, by=theirs.employee, at=at)
    async with people.client(ours.employee) as client:
        odd = await client.put(background, json={"background": 3})
        kept = await client.put(background, json={"background": 1})
        told = await client.get(background)
        plain = await client.get(f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg")
        one = await client.get(plain.request.url, params={"background": 1})
        own = await client.get(plain.request.url, params={"background": 0})
    assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (422, "/background")
    assert kept.json() == told.json() == {"background": 1, "offered": 3}
    assert plain.content == one.content != own.content
    async with people.client(ours.auditor) as client:
        assert (await client.put(background, json={"background": 1})).status_code == 403
    async with people.client(theirs.employee) as client:
        assert (await client.put(background, json={"background": 1})).status_code == 404
    async with database.unit_of_work(ours.tenant) as db:
        with pytest.raises(Invalid):
            await actions_choices.choose(db, made.id, -1, by=ours.employee, at=at)
        over = {"state": "recalled", "live_revision_id": None}
        await db.execute(update(PosterTemplate).where(PosterTemplate.id == made.id).values(**over))
        db.expire_all()
        with pytest.raises(Conflict):
            await actions_choices.choose(db, made.id, 2, by=ours.employee, at=at)
        assert (await queries.template(db, made.id)).state == "recalled"


async def test_a_push_sends_each_persons_poster_on_the_background_they_chose(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    made, pictures = await _offering(desk.people, desk.item)
    push_id = await desk.push(now - timedelta(hours=2), template_id=made.id)
    await desk.expand(push_id, now)
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_choices.choose(db, made.id, 2, by=side.colleague, at=now)
        shown = {}
        for job in await scheduler.send_jobs(db, push_id):
            claim = await actions_send.claim(db, job.id, at=now)
            assert claim is not None
            assert claim.poster is not None
            design = msgspec.to_builtins(claim.poster.template)
            shown[job.employee_id] = picture_hashes(design)[0]
    assert shown == {side.employee.id: pictures[0], side.colleague.id: pictures[2]}
