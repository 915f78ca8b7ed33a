"""All that a poster says goes through the rules: handed in, approved, shared and sent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.channels.conftest import http
from tests.make import make_link, make_live_item, make_live_template
from tests.personas import Personas
from tests.scheduler.conftest import Desk, desk, sandbox

from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.library import actions_rules
from contenthub.library import queries as library
from contenthub.library.queries_shareable import FailsRules
from contenthub.posters import actions_batch as batch
from contenthub.posters import editing
from contenthub.posters import queries as posters
from contenthub.posters.template import parse
from contenthub.posters.wording import forbidden
from contenthub.scheduler import queries_posters
from contenthub.tenants.models import Staff
from contenthub.web.console.poster_canvas import HERE

__all__ = ["desk", "http", "sandbox"]
PROMISE = "保证收益"


def _design(kind: str = "product", topic: str = "loan", **said: Any) -> dict[str, Any]:
    """Return a shipped design; its slogan says `said`."""
    layers = editing.starter_layers("rights-day", kind=kind, topic=topic)
    slogan = next(one for one in layers["layers"] if one["id"] == "slogan")
    slogan.update(said)
    return layers


def _found(layers: dict[str, Any], **values: str) -> dict[str, str]:
    return forbidden(
        parse(layers), title="海报", kind="product", topic="loan", fields={}, values=values
    )


@pytest.mark.parametrize(
    "said",
    [
        {"text": PROMISE},
        {"text": "", "spans": [{"text": "保证"}, {"text": "收益", "scale": 0.5}]},
        {"text": f"本行贷款{PROMISE}，随借随还"},
        {"text": "保 证 收 益", "vertical": True},
        {"text": PROMISE, "show": [{"variable": "employee.phone", "test": "filled"}]},
        {"text": "{{ employee.name }}：" + PROMISE},
    ],
)
def test_a_promise_is_found_in_every_kind_of_text(said: dict[str, Any]) -> None:
    assert _found(_design()) == {}
    (why,) = _found(_design(**said)).values()
    assert "保证收益" in why.replace(" ", "")


def test_a_promise_is_found_in_groups_and_in_the_mandatory_line() -> None:
    layers = _design()
    line = next(one for one in layers["layers"] if one["kind"] == "disclosure")
    line["text"] += f"，{PROMISE}"
    slogan = next(one for one in layers["layers"] if one["id"] == "slogan")
    inner = {**slogan, "id": "inner", "text": PROMISE}
    inner["box"] = {**slogan["box"], "x_px": 0, "y_px": 0}
    group = {"kind": "group", "id": "set", "box": slogan["box"], "layers": [inner]}
    layers["layers"].append(group)
    assert len(_found(layers)) == 2


def test_a_variable_of_the_item_may_not_complete_a_forbidden_word() -> None:
    layers = _design(text="这款产品保{{ item.summary }}")
    assert _found(layers) == {}
    assert _found(layers, **{"item.summary": "证收益，随借随还"})


async def _rule(db: Write, by: Staff, at: datetime) -> None:
    draft = actions_rules.RuleDraft(
        name="不说春雷", phrases="春雷放款", severity="block", advice="请删去"
    )
    await actions_rules.add_rule(db, draft, by=by, at=at)


async def _live(db: Write, people: Personas) -> tuple[UUID, UUID]:
    """Return a live poster whose own words no rule forbids yet, and its live revision."""
    ours = people.ours
    item = await make_live_item(db, ours.author, ours.reviewer)
    layers = _design(topic=item.topic, text="春雷放款")
    made = await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)
    assert made.live_revision_id is not None
    return made.id, made.live_revision_id


async def test_a_poster_that_a_new_rule_forbids_is_handed_out_no_more(people: Personas) -> None:
    ours, house, now = people.ours, people.house, datetime.now(UTC)
    async with house.database.unit_of_work(ours.tenant) as db:
        template_id, _ = await _live(db, people)
    mine = f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        assert (await client.get(mine)).status_code == 200
    async with house.database.unit_of_work(ours.tenant) as db:
        await _rule(db, ours.admin, now)
    async with people.client(ours.employee) as client:
        refused = await client.get(mine)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:contenthub:fails_rules"
    assert "春雷放款" in refused.json()["detail"]
    async with house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(FailsRules, match="春雷放款"):
            await batch.start_batch(db, template_id, by=ours.admin, at=now)


async def test_a_poster_in_review_is_read_again_when_it_is_approved(people: Personas) -> None:
    ours, house, now = people.ours, people.house, datetime.now(UTC)
    async with house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        layers = _design(topic=item.topic, text="春雷放款")
        await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)
        await _rule(db, ours.admin, now)
        with pytest.raises(Invalid, match="春雷放款"):
            await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)


async def test_a_push_is_neither_written_nor_sent_with_a_poster_that_rules_forbid(
    desk: Desk,
) -> None:
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.merge(desk.item)
        layers = _design(topic=item.topic, text="春雷放款")
        live = await make_live_template(db, item, side.author, side.reviewer, layers=layers)
    push_id = await desk.push(now - timedelta(hours=2), template_id=live.id)
    planned = await desk.push(now - timedelta(hours=2), template_id=live.id, title="再来")
    await desk.expand(planned, now)
    async with desk.database.unit_of_work(side.tenant) as db:
        await _rule(db, side.admin, now)
    async with desk.database.unit_of_work(side.tenant) as db:
        design = await posters.live_design(db, live.id, at=now)
        assert "春雷放款" in await queries_posters.refusal(db, design[1].id)
    with pytest.raises(Invalid, match="春雷放款"):
        await desk.push(now - timedelta(hours=2), template_id=live.id, title="第三次")
    push = await desk.expand(push_id, now)
    assert push.state == "paused"
    assert "春雷放款" in push.paused_reason
    await desk.deliver_all(planned)
    assert desk.sandbox.messages() == []
    assert "sent" not in await desk.counts(planned)


async def test_another_rate_than_the_items_is_named_on_its_layer_and_refused_at_submission(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)  # 2.05%
    said: dict[str, Any] = {"item_id": str(item.id), "title": "存款季"}
    for text in ("年化2.6%", "2.6%"):
        design = _design(topic="deposit", text=text)
        async with people.client(ours.author) as client:
            await client.get("/login")
            token = {"x-csrftoken": str(client.cookies["csrftoken"])}
            asked = {"item_id": said["item_id"], "design": design}
            found = await client.post(f"{HERE}/check", json=asked, headers=token)
            faults = found.json()["faults"]
            assert [one["layer"] for one in faults] == ["slogan"]
            made = await client.post("/api/v1/poster-templates", json={**said, "layers": design})
            url = f"/api/v1/poster-templates/{made.json()['id']}"
            refused = await client.post(f"{url}/submit")
            assert refused.status_code == 422
            for told in (faults[0]["message"], refused.json()["errors"][0]["message"]):
                assert "2.6%" in told
                assert "2.05%" in told
            own = _design(topic="deposit", text="年化 {{ item.rate }}，即 2.05%")
            kept = await client.put(f"{url}/draft", json={"title": "存款季", "layers": own})
            assert kept.is_success, kept.text
            assert (await client.post(f"{url}/submit")).is_success


async def test_a_stopped_poster_is_offered_nowhere_and_says_why_where_somebody_still_asks(
    people: Personas,
) -> None:
    ours, house, now = people.ours, people.house, datetime.now(UTC)
    async with house.database.unit_of_work(ours.tenant) as db:
        template_id, _ = await _live(db, people)
        item_id = (await posters.template(db, template_id)).item_id
        link = await make_link(db, await library.item(db, item_id), ours.employee)
    here, mine = f"/m/posters/{template_id}", f"/api/v1/posters/{template_id}/"
    lists = ("/m/posters", f"/m/materials/{item_id}", "/m/materials")
    wizard = {"item_id": str(item_id)}

    async def seen(path: str) -> str:
        async with people.client(ours.employee) as client:
            return (await client.get(path)).text

    async def offered() -> str:
        async with people.client(ours.campaign_manager) as client:
            await client.get("/login")
            token = {"x-csrftoken": str(client.cookies["csrftoken"])}
            return (await client.post("/console/pushes/posters", data=wizard, headers=token)).text

    for path in (*lists, here):
        assert mine in await seen(path), path
    assert str(template_id) in await offered()
    async with house.database.unit_of_work(ours.tenant) as db:
        await _rule(db, ours.admin, now)
    for path in (*lists, here):
        assert mine not in await seen(path), path
    for told in (await seen(here), await seen(f"/m/materials/{item_id}"), await offered()):
        assert "春雷放款" in told
        assert str(template_id) not in told or told == await seen(here)
    async with people.client(ours.employee) as client:
        await client.get("/login")
        token = {"x-csrftoken": str(client.cookies["csrftoken"]), "accept": "application/json"}
        for deed in ("share", "background", "shared"):
            refused = await client.post(f"{here}/{deed}", headers=token)
            assert refused.status_code == 409, deed
            assert "春雷放款" in refused.text
        # What a customer passes on is drawn no more either.
        assert (await client.get(f"/s/{link.code}/poster.jpg")).status_code == 404
