"""Codes of posters that open the employee's e-card: they outlive the content of the poster."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.channels.conftest import http
from tests.make import NOW, make_live_item, make_live_template
from tests.personas import Personas
from tests.qrcodes import code_on
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.landing import page_token, visitor
from tests.web.test_cards import card_link

from contenthub.library import actions as library
from contenthub.library.models import Item
from contenthub.posters import actions_batch as batch
from contenthub.posters import editing, jobs
from contenthub.sharing import queries, queries_cards
from contenthub.sharing.jobs import drain_visits
from contenthub.tenants.models import Staff

__all__ = ["desk", "http", "sandbox"]


async def _live(people: Personas) -> tuple[Item, UUID]:
    """Return an item with the shipped name card as its live poster."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        layers = editing.starter_layers("name-card", kind=item.kind, topic=item.topic)
        made = await make_live_template(
            db, item, ours.author, ours.reviewer, layers=layers, title="名片"
        )
        return item, made.id


async def _code(people: Personas, person: Staff) -> str:
    async with people.house.database.reading(people.ours.tenant) as db:
        return (await queries_cards.codes(db, [person.id])).get(person.id, "")


async def _printed(people: Personas, template_id: UUID, person: Staff) -> str:
    """Return what the code of an employee's own poster says."""
    async with people.client(person) as client:
        answer = await client.get(f"/api/v1/posters/{template_id}/{person.id}.jpg")
    assert answer.status_code == 200, answer.text
    return code_on(answer.content)


async def test_a_printed_name_card_still_opens_the_card_when_its_content_is_recalled(
    people: Personas,
) -> None:
    ours, house = people.ours, people.house
    item, template_id = await _live(people)
    said = await _printed(people, template_id, ours.employee)
    code = await _code(people, ours.employee)
    assert said == f"HTTP://HUB.TEST/C/{code}".upper()
    async with house.database.unit_of_work(ours.tenant) as db:
        link = await queries.link_by_code(db, code)
        await library.recall(db, item.id, reason="利率调整", by=ours.reviewer, at=NOW)
    async with visitor(people) as client:
        card = await client.get(said.removeprefix("HTTP://HUB.TEST"))
        content = await client.get(f"/s/{code}")
        seen = {"token": page_token(people, link), "kind": "view", "visible_ms": 5000}
        told = await client.post(f"/s/{code}/beacon", json=seen)
    assert (card.status_code, content.status_code) == (200, 410)
    assert ours.employee.phone in card.text
    assert f'data-beacon-url="/s/{code}/beacon"' in card.text
    assert told.status_code == 204
    assert link.employee_id == ours.employee.id, "who is credited with what the card brings"
    await drain_visits(house.database, ours.tenant)
    async with house.database.reading(ours.tenant) as db:
        counted = await queries.stat(db, link.id)
    assert (counted.fetches, counted.views) == (2, 1)


async def test_what_the_card_of_a_poster_brings_is_the_employees(people: Personas) -> None:
    ours = people.ours
    _, template_id = await _live(people)
    said = await _printed(people, template_id, ours.employee)
    async with people.house.database.reading(ours.tenant) as db:
        link = await queries.link_by_code(db, said.rpartition("/")[2])
    async with visitor(people) as client:
        form = {"token": page_token(people, link), "phone": "13800000003", "consent": "1"}
        left = await client.post(f"/s/{link.code}/lead", data=form)
    assert left.status_code == 201
    async with people.house.database.reading(ours.tenant) as db:
        assert (await queries.stat(db, link.id)).leads == 1
        (lead,) = await queries.latest_leads(db, employee_ids=None)
    assert lead.employee_id == ours.employee.id


async def test_a_poster_shows_the_code_that_the_employee_had_before(people: Personas) -> None:
    known = await card_link(people)
    _, template_id = await _live(people)
    said = await _printed(people, template_id, people.ours.employee)
    assert said.rpartition("/")[2] == known.code


async def test_a_batch_of_name_cards_makes_the_cards_that_are_lacking(people: Personas) -> None:
    ours, house = people.ours, people.house
    _, template_id = await _live(people)
    async with house.database.unit_of_work(ours.tenant) as db:
        job = await batch.start_batch(db, template_id, by=ours.admin, at=NOW)
        await db.flush()
    await jobs.draw_batch(house.database, ours.tenant, job_id=str(job.id))
    async with people.client(ours.admin) as client:
        whole = await client.get(f"/api/v1/jobs/{job.id}/result")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as opened:
        names = [name for name in opened.namelist() if name.endswith(".jpg")]
        read = {code_on(opened.read(name)).rpartition("/")[2] for name in names}
    crew = (ours.employee, ours.colleague, ours.branch_manager)
    assert read == {await _code(people, one) for one in crew}
    assert len(read) == len(names) == 3


async def test_a_preview_of_a_name_card_makes_no_card(people: Personas) -> None:
    ours = people.ours
    _, template_id = await _live(people)
    async with people.client(ours.author) as client:
        here = f"/api/v1/poster-templates/{template_id}/preview.jpg"
        shown = await client.get(f"{here}?employee_id={ours.employee.id}")
        thumb = await client.get("/console/posters/starter.jpg?starter=name-card")
    assert code_on(shown.content).endswith("/S/PREVIEW00000")
    assert thumb.status_code == 200
    assert await _code(people, ours.employee) == ""


async def test_a_customer_who_passes_it_on_gets_the_employees_card(people: Personas) -> None:
    ours = people.ours
    item, _ = await _live(people)
    async with people.client(ours.employee) as client:
        body = {"item_id": str(item.id), "employee_id": str(ours.employee.id)}
        body |= {"channel": "wechat"}
        link = (await client.post("/api/v1/links", json=body)).json()
    async with visitor(people) as client:
        picture = await client.get(f"/s/{link['code']}/poster.jpg")
    assert picture.status_code == 200, picture.text
    code = await _code(people, ours.employee)
    assert code_on(picture.content) == f"HTTP://HUB.TEST/C/{code}"


async def test_a_push_whose_poster_shows_cards_makes_them_as_it_is_planned(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    layers: dict[str, Any] = editing.starter_layers("deposit-season")
    next(one for one in layers["layers"] if one["kind"] == "qr")["code"] = "card"
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.merge(desk.item)
        template = await make_live_template(db, item, side.author, side.reviewer, layers=layers)
    push_id = await desk.push(now - timedelta(hours=2), template_id=template.id)
    await desk.expand(push_id, now)
    async with desk.database.reading(side.tenant) as db:
        made = await queries_cards.codes(db, [side.employee.id, side.colleague.id])
    assert len(made) == 2
    await desk.deliver_all(push_id)
    assert (await desk.counts(push_id)).get("failed", 0) == 0
    assert desk.sandbox.messages()
