"""From rows to pixels: the same plan gives the same bytes, and the code leads to the link."""

import io
from dataclasses import replace

import msgspec
import pytest
from PIL import Image
from tests.make import make_live_item, make_live_template, make_staff
from tests.personas import Personas
from tests.qrcodes import code_on

from contenthub.errors import Invalid, Unavailable
from contenthub.posters import editing, queries, queries_plans, rehearsal, rendering, studio
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.template import Personal, parse
from contenthub.tenants.models import Staff

URL = "http://hub.test/s/ABCDEFGH2345"
VALUES = {
    "bank.name": "清源农村商业银行",
    "bank.hotline": "96588",
    "item.title": "金秋存款季",
    "item.rate": "2.05%",
    "item.summary": "20 万元起存",
    "item.code": "P-1001-v1",
}
PERSON = Personal(
    name="王小明", title="客户经理", phone="13800000001", branch="城关支行", no="0231", qr_text=URL
)


def forget() -> None:
    """End the painting process: the next one has no template yet."""
    studio._lanes.pop("request").shutdown()
    rendering._drafts.clear()


async def _plan(people: Personas, employee: Staff, *, url: str = URL) -> PosterPlan:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        assert template.live_revision_id is not None
        revision = await queries.template_revision(db, template.live_revision_id)
        return await queries_plans.prepare(db, revision, employee, qr_text=url)


async def test_two_drawings_of_one_plan_are_the_same_bytes(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    first = await rendering.draw(people.house.storage, plan)
    forget()
    assert await rendering.draw(people.house.storage, plan) == first


async def test_an_approved_base_is_kept_so_that_a_cold_process_need_not_paint_it(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await _plan(people, people.ours.employee)
    first = await rendering.draw(people.house.storage, plan)
    forget()
    monkeypatch.setattr(studio, "compile_base", None)
    assert await rendering.draw(people.house.storage, plan) == first


async def test_a_base_of_another_engine_is_painted_again(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    first = await rendering.draw(people.house.storage, plan)
    forget()
    await people.house.storage.put(plan.base_key, b"old", mime="application/octet-stream")
    assert await rendering.draw(people.house.storage, plan) == first


async def test_an_independent_reader_finds_the_link_in_the_code(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    jpeg = await rendering.draw(people.house.storage, plan)
    assert code_on(jpeg) == URL.upper()


async def test_the_etag_follows_every_fact_on_the_poster(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        assert template.live_revision_id is not None
        revision = await queries.template_revision(db, template.live_revision_id)
        one = await queries_plans.prepare(db, revision, ours.employee, qr_text=URL)
        same = await queries_plans.prepare(db, revision, ours.employee, qr_text=URL)
        other = await queries_plans.prepare(db, revision, ours.colleague, qr_text=URL)
        link = await queries_plans.prepare(db, revision, ours.employee, qr_text=URL[:-1] + "6")
    assert one.etag == same.etag
    assert len({one.etag, other.etag, link.etag}) == 3


async def test_a_photo_that_is_gone_leaves_the_surname_disc(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    lost = replace(plan, photo_key=f"{people.ours.tenant}/photos/gone.jpg")
    storage = people.house.storage
    assert await rendering.draw(storage, lost) == await rendering.draw(storage, plan)


async def test_a_thumbnail_is_as_wide_as_asked(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    small = await rendering.draw(people.house.storage, plan, width_px=240)
    with Image.open(io.BytesIO(small)) as opened:
        assert opened.size == (240, 427)
    assert len(small) < 40_000


async def test_a_new_employees_poster_needs_nothing_but_their_row(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        joined = await make_staff(db, ours.branch, "employee", name="欧阳若兰", phone="")
        assert template.live_revision_id is not None
        revision = await queries.template_revision(db, template.live_revision_id)
        plan = await queries_plans.prepare(db, revision, joined, qr_text=URL)
    assert code_on(await rendering.draw(people.house.storage, plan)) == URL.upper()


def _rehearse(*crowd: Personal, starter: str = "deposit-season") -> None:
    template = parse(editing.starter_layers(starter))
    rehearsal.rehearse(template, crowd, values=VALUES, assets={})


@pytest.mark.parametrize("starter", ["deposit-season", "farm-loan", "rights-day"])
def test_every_starter_is_drawable_for_ordinary_people(starter: str) -> None:
    _rehearse(PERSON, starter=starter)


def test_a_name_without_a_glyph_is_refused_naming_the_employee() -> None:
    strange = msgspec.structs.replace(PERSON, name="王𪚥😀", no="0777")
    with pytest.raises(Invalid) as refused:
        _rehearse(PERSON, strange)
    message = refused.value.fields["employees"]
    assert "王𪚥😀（工号 0777）" in message
    assert "𪚥😀" in message
    assert "王小明" not in message


def test_whose_name_cannot_be_drawn_may_be_left_out_if_others_are_not() -> None:
    template = parse(editing.starter_layers("deposit-season"))
    strange = msgspec.structs.replace(PERSON, name="王𪚥😀", no="0777")
    rehearsal.rehearse(template, [strange, PERSON], values=VALUES, assets={}, leave_out=True)
    with pytest.raises(Invalid, match="0777"):
        rehearsal.rehearse(template, [strange], values=VALUES, assets={}, leave_out=True)


def test_a_name_of_forty_characters_says_how_many_fit() -> None:
    long = msgspec.structs.replace(PERSON, name="阿" * 40)
    with pytest.raises(Invalid, match="40 字"):
        _rehearse(long)


def test_a_missing_staff_number_is_refused_instead_of_a_dangling_label() -> None:
    with pytest.raises(Invalid, match="没有工号"):
        _rehearse(msgspec.structs.replace(PERSON, no=""))


def test_an_item_without_a_rate_is_refused_where_the_rate_is_shown() -> None:
    template = parse(editing.starter_layers("deposit-season"))
    without = {name: value for name, value in VALUES.items() if name != "item.rate"}
    with pytest.raises(Invalid, match=r"item\.rate"):
        rehearsal.rehearse(template, [PERSON], values=without, assets={})


def test_many_misfits_are_counted_and_the_first_named() -> None:
    crowd = [msgspec.structs.replace(PERSON, name="😀", no=f"{n:04d}") for n in range(30)]
    with pytest.raises(Invalid, match="等共 30 人"):
        _rehearse(*crowd)


async def test_a_killed_painter_costs_one_answer_and_the_next_one_paints(people: Personas) -> None:
    plan = await _plan(people, people.ours.employee)
    storage = people.house.storage
    first = await rendering.draw(storage, plan)
    (painter,) = studio._lanes["request"]._processes.values()
    painter.kill()
    painter.join()
    with pytest.raises(Unavailable, match="再试一次"):
        await rendering.draw(storage, plan)
    assert await rendering.draw(storage, plan) == first


def test_pictures_in_groups_and_logos_in_codes_are_a_templates_pictures_too() -> None:
    inner = {"kind": "picture", "asset": "a" * 64}
    layers = [
        {"kind": "group", "layers": [inner, {"kind": "text", "text": "x"}]},
        {"kind": "qr", "logo": "b" * 64},
        {"kind": "picture", "asset": "builtin:seal"},
        "no layer",
    ]
    assert rendering.picture_hashes({"layers": layers}) == ["a" * 64, "b" * 64]
