from datetime import timedelta

import pytest
from tests.make import NOW, make_live_item
from tests.personas import Personas

from contenthub.errors import NotFound
from contenthub.library import actions, queries, review
from contenthub.library.actions_copies import restore_revision
from contenthub.tenants import queries_audit


def _draft(title: str, body: str = "<p>新正文</p>") -> actions.Draft:
    return actions.Draft("product", "deposit", title, {"summary": "新摘要"}, body)


async def test_a_restored_version_is_a_new_draft_while_the_live_one_serves(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="第一版")
        first = await queries.revision_no(db, item.id, 1)
        await actions.write_draft(db, item.id, _draft("第二版"), by=side.author, at=NOW)
        _, made = await restore_revision(db, item.id, 1, by=side.author, at=NOW)
        assert (made.no, made.state, made.hash) == (3, "draft", first.hash)
        assert made.id == item.working_revision_id
        _, shown = await queries.live(db, item.id, at=NOW)
        assert shown.no == 1
        states = {one.no: one.state for one in await queries.revisions(db, item.id)}
        assert states == {1: "live", 2: "withdrawn", 3: "draft"}


async def test_a_draft_laid_aside_by_a_restore_can_itself_be_restored(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        await actions.write_draft(db, item.id, _draft("写到一半"), by=side.author, at=NOW)
        await restore_revision(db, item.id, 1, by=side.author, at=NOW)
        _, again = await restore_revision(db, item.id, 2, by=side.author, at=NOW)
        assert (again.no, again.title) == (4, "写到一半")
        about = queries_audit.Filter(subject_id=item.id, event="revision.restored")
        trail = await queries_audit.trail(db, about)
        assert [(one.detail["no"], one.detail["from_no"]) for one in trail] == [(4, 2), (3, 1)]


async def test_a_validity_that_has_ended_does_not_come_back(people: Personas) -> None:
    side = people.ours
    later = NOW + timedelta(days=9)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(
            db, side.author, side.reviewer, valid_from=NOW, valid_until=later
        )
        await actions.write_draft(db, item.id, _draft("第二版"), by=side.author, at=NOW)
        _, made = await restore_revision(
            db, item.id, 1, by=side.author, at=later + timedelta(days=1)
        )
        assert (made.valid_from, made.valid_until) == (None, None)


async def test_a_version_in_review_or_the_same_again_is_not_restored(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        with pytest.raises(review.WrongStep, match="相同"):
            await restore_revision(db, item.id, 1, by=side.author, at=NOW)
        await actions.write_draft(db, item.id, _draft("第二版"), by=side.author, at=NOW)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        with pytest.raises(review.WrongStep, match="撤回"):
            await restore_revision(db, item.id, 1, by=side.author, at=NOW)
        with pytest.raises(NotFound):
            await restore_revision(db, item.id, 9, by=side.author, at=NOW)


async def test_what_a_colleague_saved_meanwhile_is_not_laid_aside_unseen(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        _, seen = await actions.write_draft(db, item.id, _draft("我的"), by=side.author, at=NOW)
        known = seen.hash
        await actions.write_draft(db, item.id, _draft("同事的"), by=side.reviewer, at=NOW)
        with pytest.raises(review.ChangedMeanwhile):
            await restore_revision(db, item.id, 1, known_hash=known, by=side.author, at=NOW)


async def test_another_banks_version_is_not_found(people: Personas) -> None:
    theirs = people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(NotFound):
            await restore_revision(db, item.id, 1, by=people.ours.author, at=NOW)
