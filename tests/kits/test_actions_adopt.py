"""What a parent publishes reaches its members as own drafts; its drafts and others see nothing."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text
from tests.kits.families import HOTLINE, adopt, join, publish, who
from tests.make import NOW, approve, make_item, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.errors import Invalid, NotFound
from contenthub.kits import actions, queries
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import HAS_IT, NO_ITEM, Wish
from contenthub.kits.kitstates import WrongStep
from contenthub.library import actions as library
from contenthub.library import actions_assets, actions_labels, intake, queries_labels
from contenthub.library import queries as library_queries
from contenthub.library.models import Item
from contenthub.posters.models import PosterTemplate
from contenthub.web import kit_desk

READ_BY_MEMBERS = ("kit_versions", "kit_version_parts", "kit_recalls")


async def counts(people: Personas, side: str) -> dict[str, int]:
    """Return how many rows of the tables that members read one bank's session sees."""
    tenant = getattr(people, side).tenant
    async with people.house.database.reading(tenant) as db:
        return {
            table: await db.scalar(text(f"select count(*) from {table}")) or 0  # ours
            for table in READ_BY_MEMBERS
        }


async def test_an_adopted_item_is_an_own_draft_with_its_local_fields_open(
    people: Personas,
) -> None:
    await join(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        fields = {"summary": "20 万元起存", "rate": 205, "contact": "0571-96588", "term": "三年"}
        source = await make_live_item(db, side.author, side.reviewer, fields=fields)
        await actions_labels.put_names(db, source.id, ["开门红"], by=side.author, at=NOW)
    kit = await publish(people, source)
    [item] = await adopt(people, kit)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        found, revision, _ = await library_queries.item_wordings(db, item.id)
        assert (found.state, found.author_id) == ("draft", ours.author.id)
        assert revision.title == source.title
        assert revision.fields == {"summary": "20 万元起存", "contact": HOTLINE, "term": "三年"}
        assert found.must_fill == ["rate", "contact"]
        assert await queries_labels.names_of(db, item.id) == ["开门红"]
        link = await queries.adopted_part(db, item.id)
        assert (link.source_bank_id, link.source_id) == (side.tenant, source.id)
        assert (link.revision_no, link.kit_no) == (1, 1)
        with pytest.raises(Invalid) as refused:
            await library.submit(db, item.id, by=ours.author, at=NOW)
    assert set(refused.value.fields) == {"fields.rate"}


async def test_only_local_fields_of_what_is_taken_over_are_taken_and_others_named(
    people: Personas,
) -> None:
    await join(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        one = await make_live_item(db, side.author, side.reviewer)
        other = await make_live_item(db, side.author, side.reviewer, title="另一条")
    kit = await publish(people, one, other)
    wrong: dict[str, dict[str, Any]] = {
        "nonsense": {"nonsense": "1"},
        "summary": {"summary": "改介绍"},
        "rate": {"rate": "很高"},
    }
    for name, local in wrong.items():
        with pytest.raises(Invalid) as refused:
            await adopt(people, kit, Wish([one.id], {one.id: local}))
        [(path, told)] = refused.value.fields.items()
        assert path == f"local.{one.id}.{name}"
        assert "利率" in told  # what may be filled in, or what is wrong with it
    with pytest.raises(Invalid) as refused:
        await adopt(people, kit, Wish([one.id], {other.id: {"rate": "1.85"}}))
    assert list(refused.value.fields) == [f"local.{other.id}"]
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries.adopted(db) == []


async def test_local_fields_given_on_adoption_are_kept_and_it_passes_the_own_review(
    people: Personas,
) -> None:
    await join(people)
    side = people.theirs
    fields = {"summary": "20 万元起存", "rate": 205, "selling_points": ["到期自动转存"]}
    async with people.house.database.unit_of_work(side.tenant) as db:
        source = await make_live_item(db, side.author, side.reviewer, fields=fields)
    kit = await publish(people, source)
    async with people.house.database.reading(people.ours.tenant) as db:
        version = await queries.offered_kit(db, kit.id)
        [part] = await queries.version_parts(db, version.tenant_id, kit.id, version.no)
    [item] = await adopt(people, kit, Wish(local={part.subject_id: {"rate": "1.85"}}))
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.submit(db, item.id, by=ours.author, at=NOW)
        await approve(db, item, ours.reviewer)
        found, revision = await library_queries.live(db, item.id, at=NOW)
    assert (found.state, revision.fields["rate"]) == ("live", 185)


async def test_pictures_come_along_by_their_content(people: Personas) -> None:
    await join(people)
    side, house = people.theirs, people.house
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "#c3272b").save(held, "PNG")
    picture = intake.accept_picture(held.getvalue())
    stored = await actions_assets.store_picture(
        house.storage, side.tenant, picture, filename="封面.png"
    )
    async with house.database.unit_of_work(side.tenant) as db:
        asset = await actions_assets.keep_asset(db, stored, by=side.author, at=NOW)
        body = f'<p><img src="/assets/{asset.id}" alt="网点"></p>'
        source = await make_live_item(
            db, side.author, side.reviewer, body=body, cover_asset_id=asset.id
        )
    [item] = await adopt(people, await publish(people, source))
    async with house.database.reading(people.ours.tenant) as db:
        _, revision, _ = await library_queries.item_wordings(db, item.id)
        mine = await library_queries.asset_by_sha256(db, asset.sha256)
    assert mine is not None
    assert revision.cover_asset_id == mine.id != asset.id
    assert f"/assets/{mine.id}" in revision.body
    assert str(asset.id) not in revision.body
    assert mine.storage_key.startswith(f"{people.ours.tenant}/")
    assert await house.storage.get(mine.storage_key) == picture.data


async def test_who_is_no_member_sees_nothing(people: Personas) -> None:
    kit = await publish(people)
    assert set((await counts(people, "ours")).values()) == {0}
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries.offered(db) == []
        with pytest.raises(NotFound):
            await queries.offered_kit(db, kit.id)
    await join(people)
    assert (await counts(people, "ours"))["kit_version_parts"] == 1
    await join(people, parent=False)
    assert set((await counts(people, "ours")).values()) == {0}


async def test_a_parent_sees_nothing_that_its_member_publishes_or_took_over(
    people: Personas,
) -> None:
    await join(people)
    await adopt(people, await publish(people))
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_live_item(db, ours.author, ours.reviewer)
        own = await actions.create_kit(
            db, KitDraft("本行包", "", [mine.id]), by=ours.author, at=NOW
        )
        await actions.publish_kit(db, own.id, by=ours.author, at=NOW)
    assert await counts(people, "theirs") == dict(zip(READ_BY_MEMBERS, (1, 1, 0), strict=True))
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert await db.scalar(text("select count(*) from adopted_parts")) == 0


async def test_a_member_reads_no_draft_and_no_row_but_the_published_ones(
    people: Personas,
) -> None:
    await join(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        await make_item(db, side.author, title="上级的草稿")
        source = await make_live_item(db, side.author, side.reviewer, title="上级的正式内容")
        kept = await actions.create_kit(
            db, KitDraft("草稿包", "", [source.id]), by=side.author, at=NOW
        )
    await publish(people, source)
    async with people.house.database.reading(people.ours.tenant) as db:
        for table in ("items", "revisions", "assets", "staff", "customers", "kits", "kit_parts"):
            seen = await db.scalar(
                text(f"select count(*) from {table} where tenant_id = :t"),  # ours
                {"t": side.tenant},
            )
            assert seen == 0, table
        titles = list(await db.scalars(text("select title from kit_version_parts")))
        assert titles == ["上级的正式内容"]
        with pytest.raises(NotFound):
            await queries.offered_kit(db, kept.id)


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_a_member_changes_nothing_of_what_its_parent_published(
    people: Personas, verb: str
) -> None:
    await join(people)
    await publish(people)
    change = "update kit_version_parts set title = 'x'" if verb == "update" else ""
    # What was published is kept for good: the serving role changes no part of it, whose ever it is.
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(text(change or "delete from kit_version_parts"))
    assert (await counts(people, "theirs"))["kit_version_parts"] == 1
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert "x" not in list(await db.scalars(text("select title from kit_version_parts")))


async def test_a_member_cannot_publish_in_its_parents_name(people: Personas) -> None:
    await join(people)
    kit = await publish(people)
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(
                text(
                    "insert into kit_versions (tenant_id, kit_id, no, name, publisher,"
                    " published_at)"
                    " values (:t, :k, 9, 'x', 'x', now())"
                ),
                {"t": people.theirs.tenant, "k": kit.id},
            )


async def test_taking_over_twice_makes_nothing_twice(people: Personas) -> None:
    await join(people)
    kit = await publish(people)
    assert len(await adopt(people, kit)) == 1
    me = await who(people, people.ours)
    _, taken = await kit_desk.adopt(people.house, me, kit.id, Wish(), at=NOW)
    assert taken.made == []
    assert [one.why for one in taken.left] == [HAS_IT]
    assert taken.is_known


async def test_a_part_that_is_not_in_the_kit_is_refused_by_name(people: Personas) -> None:
    await join(people)
    kit = await publish(people)
    with pytest.raises(Invalid) as refused:
        await adopt(people, kit, Wish([uuid4()]))
    assert set(refused.value.fields) == {"subject_ids"}


async def test_an_own_kit_is_not_taken_over(people: Personas) -> None:
    kit = await publish(people)
    me = await who(people, people.theirs)
    with pytest.raises(WrongStep):
        await kit_desk.adopt(people.house, me, kit.id, Wish(), at=NOW)


async def test_a_poster_template_comes_with_its_item_and_not_without(people: Personas) -> None:
    await join(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        source = await make_live_item(db, side.author, side.reviewer)
        template = await make_live_template(db, source, side.author, side.reviewer)
        draft = KitDraft("带海报的包", "", [source.id], [template.id])
        kit = await actions.create_kit(db, draft, by=side.author, at=NOW)
        await actions.publish_kit(db, kit.id, by=side.author, at=NOW)
    me = await who(people, people.ours)
    _, taken = await kit_desk.adopt(people.house, me, kit.id, Wish([template.id]), at=NOW)
    assert [one.why for one in taken.left] == [NO_ITEM]
    _, taken = await kit_desk.adopt(people.house, me, kit.id, Wish(), at=NOW)
    made = [own for _, own in taken.made]
    assert [type(one) for one in made] == [Item, PosterTemplate]
    assert isinstance(made[1], PosterTemplate)
    assert (made[1].state, made[1].item_id) == ("draft", made[0].id)


async def test_a_validity_that_is_over_is_left_out(people: Personas) -> None:
    await join(people)
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        until = NOW + timedelta(days=2)
        source = await make_live_item(db, side.author, side.reviewer, valid_until=until)
    kit = await publish(people, source)
    me = await who(people, people.ours)
    later = NOW + timedelta(days=3)
    _, taken = await kit_desk.adopt(people.house, me, kit.id, Wish(), at=later)
    async with people.house.database.reading(people.ours.tenant) as db:
        _, revision, _ = await library_queries.item_wordings(db, taken.made[0][1].id)
    assert revision.valid_until is None
