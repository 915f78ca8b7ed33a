"""Every write of an item: allowed, wrong state, other bank; and what the database refuses."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import (
    actions,
    actions_copies,
    actions_reviews,
    actions_windows,
    findings,
    lifecycle,
    queries,
    queries_reviews,
    review,
)
from contenthub.library.models import Item, Review, Revision
from contenthub.tenants.queries_audit import Filter, trail

WEALTH = {
    "topic": "wealth",
    "title": "丰收稳健 90 天",
    "fields": {"summary": "保本理财，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"},
}


def _draft(**over: Any) -> actions.Draft:
    facts: dict[str, Any] = {"kind": "product", "topic": "deposit", "title": "新标题", **over}
    facts.setdefault("body", "<p>到网点办理，存款受存款保险保障。</p>")
    return actions.Draft(**facts)


async def _submitted(db: Write, side: Side, **over: Any) -> tuple[Item, Revision]:
    item, _ = await make_item(db, side.author, **over)
    return await actions.submit(db, item.id, by=side.author, at=NOW)


async def _taken(db: Write, revision_id: UUID, side: Side, action: str = "approve") -> Review:
    waiting = (await queries.reviews_of(db, revision_id))[0]
    return await actions_reviews.take_review(db, waiting.id, action, by=side.reviewer)


async def test_an_item_is_written_submitted_approved_and_live(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side)
        assert (item.state, revision.state) == ("in_review", "in_review")
        await approve(db, item, side.reviewer)
        shown, current = await queries.live(db, item.id, at=NOW)
        events = {e.event for e in await trail(db, Filter(subject_id=item.id))}
    assert (shown.id, current.id) == (item.id, revision.id)
    assert {"item.created", "revision.submitted", "revision.published"} <= events


async def test_editing_a_live_item_starts_a_new_revision_and_the_old_one_serves_on(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        _, second = await actions.write_draft(db, item.id, _draft(), by=side.author, at=NOW)
        assert (second.no, second.state, item.state) == (2, "draft", "live")
        await actions.submit(db, item.id, by=side.author, at=NOW)
        assert (await queries.live(db, item.id, at=NOW))[1].no == 1
        await approve(db, item, side.reviewer)
        assert (await queries.live(db, item.id, at=NOW))[1].no == 2
        states = {r.no: r.state for r in await queries.revisions(db, item.id)}
    assert states == {1: "superseded", 2: "live"}


async def test_an_unchanged_draft_is_not_written_again(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, first = await make_item(db, side.author)
        await db.flush()
        same = _draft(title=first.title, fields=first.fields, body=first.body)
        _, again = await actions.write_draft(
            db, item.id, same, by=side.author, at=NOW + timedelta(hours=1)
        )
        assert again.updated_at == NOW
        assert [e.event for e in await trail(db, Filter(subject_id=item.id))] == ["item.created"]


async def test_nobody_changes_a_wording_that_waits_for_review(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await _submitted(db, side)
        with pytest.raises(review.WrongStep):
            await actions.write_draft(db, item.id, _draft(), by=side.author, at=NOW)
        with pytest.raises(review.WrongStep):
            await actions.submit(db, item.id, by=side.author, at=NOW)


async def test_only_who_submitted_may_withdraw(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side)
        with pytest.raises(lifecycle.NotAuthor):
            await actions.withdraw(db, item.id, by=side.reviewer, at=NOW)
        await actions.withdraw(db, item.id, by=side.author, at=NOW)
        assert (item.state, revision.state) == ("draft", "draft")
        assert await queries_reviews.inbox(db, queries_reviews.Wanted()) == []
        with pytest.raises(lifecycle.NotInReview):
            await actions.withdraw(db, item.id, by=side.author, at=NOW)


async def test_the_author_cannot_approve_or_return_their_own(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, revision = await _submitted(db, side)
        waiting = (await queries.reviews_of(db, revision.id))[0]
        for action in ("approve", "return"):
            with pytest.raises(lifecycle.OwnWork):
                await actions_reviews.take_review(db, waiting.id, action, by=side.author)


async def test_a_blocking_hit_stops_the_approval_not_the_submission(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side, **WEALTH)
        assert findings.block_count(revision.hits) > 0
        taken = await _taken(db, revision.id, side)
        with pytest.raises(review.BlockingHits):
            await actions.approve_revision(db, taken, by=side.reviewer, at=NOW)
        await actions.return_revision(
            db, taken, comment="用语涉嫌承诺收益", by=side.reviewer, at=NOW
        )
        assert (item.state, revision.state) == ("returned", "returned")
        _, second = await actions.write_draft(
            db, item.id, _draft(topic="wealth"), by=side.author, at=NOW
        )
        assert second.no == 2


async def test_a_return_needs_a_reason(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, revision = await _submitted(db, side)
        taken = await _taken(db, revision.id, side, "return")
        for comment in (" ", "很" * 1001, "x\x00"):
            with pytest.raises(Invalid):
                await actions.return_revision(db, taken, comment=comment, by=side.reviewer, at=NOW)


async def test_a_decided_review_is_not_decided_again(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side)
        await approve(db, item, side.reviewer)
        with pytest.raises(lifecycle.NotInReview):
            await _taken(db, revision.id, side)


async def test_what_ended_while_it_waited_is_not_approved(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side, valid_until=NOW + timedelta(hours=1))
        taken = await _taken(db, revision.id, side)
        with pytest.raises(review.WindowOver):
            await actions.approve_revision(db, taken, by=side.reviewer, at=NOW + timedelta(hours=2))
    assert item.live_revision_id is None


async def test_a_window_that_begins_later_publishes_then_and_ends(people: Personas) -> None:
    side = people.ours
    begins, ends = NOW + timedelta(days=1), NOW + timedelta(days=2)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await _submitted(db, side, valid_from=begins, valid_until=ends)
        await approve(db, item, side.reviewer)
        assert item.state == "approved"
        await actions_windows.start_window(db, item.id, at=NOW)
        assert item.live_revision_id is None
        await actions_windows.start_window(db, item.id, at=begins)
        await actions_windows.start_window(db, item.id, at=begins)
        assert item.state == "live"
        await actions_windows.expire(db, item.id, at=begins)
        assert item.state == "live"
        with pytest.raises(queries.NotLive):
            await queries.live(db, item.id, at=ends)
        await actions_windows.expire(db, item.id, at=ends)
        await actions_windows.expire(db, item.id, at=ends)
        assert (item.state, item.live_revision_id) == ("expired", None)


async def test_a_newer_version_overtakes_one_approved_for_later(people: Personas) -> None:
    side = people.ours
    begins = NOW + timedelta(days=1)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await _submitted(db, side, valid_from=begins)
        await approve(db, item, side.reviewer)
        await actions.write_draft(db, item.id, _draft(), by=side.author, at=NOW)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
        await actions_windows.start_window(db, item.id, at=begins)
        await db.flush()
        states = {r.no: r.state for r in await queries.revisions(db, item.id)}
    assert states == {1: "expired", 2: "live"}


async def test_a_recall_takes_live_and_scheduled_versions_away(people: Personas) -> None:
    side = people.ours
    begins = NOW + timedelta(days=1)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        later = _draft(valid_from=begins)
        await actions.write_draft(db, item.id, later, by=side.author, at=NOW)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
        for reason in ("", "字" * 201, "x\x00"):
            with pytest.raises(Invalid):
                await actions.recall(db, item.id, reason=reason, by=side.author, at=NOW)
        await actions.recall(db, item.id, reason="利率调整", by=side.author, at=NOW)
        assert ("scheduler.stop_item", {"item_id": str(item.id)}) in [
            (name, ids) for name, _, ids in db.info["rings"]
        ]
        await actions_windows.start_window(db, item.id, at=begins)
        assert (item.state, item.live_revision_id) == ("recalled", None)
        with pytest.raises(queries.NotLive):
            await queries.live(db, item.id, at=begins)
        with pytest.raises(Conflict):
            await actions.recall(db, item.id, reason="再来", by=side.author, at=NOW)


async def test_what_was_recalled_is_offered_again_unchanged_as_a_new_version(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await _submitted(db, side)
        await approve(db, item, side.reviewer)
        await actions.recall(db, item.id, reason="误操作", by=side.author, at=NOW)
        same = actions.Draft(
            kind=revision.kind,
            topic=revision.topic,
            title=revision.title,
            fields=revision.fields,
            body=revision.body,
        )
        _, again = await actions.write_draft(db, item.id, same, by=side.author, at=NOW)
        assert (again.no, again.state, again.hash) == (revision.no + 1, "draft", revision.hash)
        _, kept = await actions.write_draft(db, item.id, same, by=side.author, at=NOW)
        assert kept.id == again.id
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
    assert item.live_revision_id == again.id


async def test_what_waits_becomes_a_draft_when_its_item_is_recalled(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        await actions.write_draft(db, item.id, _draft(), by=side.author, at=NOW)
        _, waiting = await actions.submit(db, item.id, by=side.author, at=NOW)
        held = (await queries.reviews_of(db, waiting.id))[0]
        await actions.recall(db, item.id, reason="监管要求停售", by=side.author, at=NOW)
        assert (item.state, waiting.state) == ("recalled", "draft")
        await db.refresh(held)
        assert held.state == "withdrawn"
        with pytest.raises(lifecycle.NotInReview):
            await actions_reviews.take_review(db, held.id, "approve", by=side.reviewer, at=NOW)
        # Its author may submit it again: knowingly, and the reviewer reads why it was gone.
        await actions.submit(db, item.id, by=side.author, at=NOW)
        assert item.recall_reason == "监管要求停售"


async def test_a_copy_is_a_new_draft_without_the_validity(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        ends = NOW + timedelta(days=9)
        item = await make_live_item(
            db, side.author, side.reviewer, title="很" * 60, valid_until=ends
        )
        copy, first = await actions_copies.copy_item(db, item.id, by=side.author, at=NOW)
        again, _ = await actions_copies.copy_item(db, copy.id, by=side.author, at=NOW)
    assert copy.code != item.code
    assert (first.state, first.valid_until) == ("draft", None)
    assert first.title == "很" * 56 + "（副本）" == again.title


Act = Callable[[Write, UUID, Side], Awaitable[object]]
ACTS: dict[str, Act] = {
    "write_draft": lambda db, i, s: actions.write_draft(db, i, _draft(), by=s.author, at=NOW),
    "submit": lambda db, i, s: actions.submit(db, i, by=s.author, at=NOW),
    "withdraw": lambda db, i, s: actions.withdraw(db, i, by=s.author, at=NOW),
    "recall": lambda db, i, s: actions.recall(db, i, reason="有误", by=s.author, at=NOW),
    "copy": lambda db, i, s: actions_copies.copy_item(db, i, by=s.author, at=NOW),
    "expire": lambda db, i, s: actions_windows.expire(db, i, at=NOW),
    "start_window": lambda db, i, s: actions_windows.start_window(db, i, at=NOW),
}


@pytest.mark.parametrize("name", sorted(ACTS))
async def test_another_banks_item_is_not_found(people: Personas, name: str) -> None:
    theirs = people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(NotFound):
            await ACTS[name](db, item.id, people.ours)


async def test_another_banks_review_is_not_found(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        _, revision = await _submitted(db, people.theirs)
        waiting = (await queries.reviews_of(db, revision.id))[0]
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        with pytest.raises(NotFound):
            await actions_reviews.take_review(db, waiting.id, "approve", by=people.ours.reviewer)


APPROVE_SQL = """
update reviews set state = 'approved', reviewer_id = :who, decided_at = now()
where subject_id = :subject
"""


async def test_the_database_refuses_an_author_as_reviewer(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, revision = await _submitted(db, side)
    with pytest.raises(Exception, match="four_eyes"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            await db.execute(text(APPROVE_SQL), {"who": side.author.id, "subject": revision.id})


@pytest.mark.parametrize("state", ["approved", "live"])
async def test_the_database_refuses_to_publish_what_nobody_approved(
    people: Personas, state: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        _, revision = await _submitted(db, side)
    with pytest.raises(Conflict, match="审核通过记录"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            await db.execute(
                text("update revisions set state = :s where id = :i"),
                {"s": state, "i": revision.id},
            )


@pytest.mark.parametrize(
    "change",
    [
        "title = '另一个标题', hash = 'other'",
        "title = '另一个标题'",
        "body = '<p>换掉的正文</p>'",
        "fields = '{\"rate\": 999}'",
        "valid_until = now() + interval '9 years'",
        "cover_asset_id = gen_random_uuid()",
        "topic = 'loan'",
        "author_id = :other",
    ],
)
@pytest.mark.parametrize("stage", ["submitted", "live"])
async def test_the_database_refuses_an_edit_after_submission(
    people: Personas, change: str, stage: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        if stage == "live":
            item = await make_live_item(db, side.author, side.reviewer)
        else:
            item, _ = await _submitted(db, side)
    with pytest.raises(Conflict, match="不能"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            await db.execute(
                text(f"update revisions set {change} where item_id = :i").bindparams(
                    **({"other": side.reviewer.id} if ":other" in change else {}), i=item.id
                )
            )


async def test_the_database_keeps_a_decided_review_as_it_is(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
    for change in ("comment = '改'", "state = 'waiting'", "reviewer_id = author_id"):
        with pytest.raises(Conflict, match="不能更改"):
            async with people.house.database.unit_of_work(side.tenant) as db:
                await db.execute(
                    text(f"update reviews set {change} where subject_id = :i"),
                    {"i": item.live_revision_id},
                )


_OFFERS: dict[str, dict[str, Any]] = {
    "activity": {"organiser": "总行", "place": "城关支行", "contact": "96588"},
    "right": {"stock": "2", "per_person": "1", "spec": "洗车一次", "how_to_redeem": "出示券码"},
}


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        ("activity", {"starts_at": "2020-01-01T09:00", "ends_at": "2020-01-01T11:00"}, "ends_at"),
        ("right", {"redeem_from": "2020-01-01", "redeem_until": "2020-12-31"}, "redeem_until"),
    ],
)
async def test_what_would_be_over_at_once_is_not_submitted_nor_approved_nor_goes_live(
    people: Personas, kind: str, facts: dict[str, str], field: str
) -> None:
    side, then = people.ours, datetime(2019, 6, 1, tzinfo=UTC)
    fields = {**_OFFERS[kind], **facts}
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, kind=kind, topic="life", fields=fields)
        with pytest.raises(Invalid) as refused:
            await actions.submit(db, item.id, by=side.author, at=NOW)
        assert list(refused.value.fields) == [f"fields.{field}"]
        assert "已经过去" in refused.value.detail
        # Submitted in time, it waited too long; approved in time, its hour came too late.
        await actions.submit(db, item.id, by=side.author, at=then)
        with pytest.raises(review.WindowOver, match="已经过去"):
            await approve(db, item, side.reviewer, NOW)
        newest = await approve(db, item, side.reviewer, then)
        assert newest.state == "live"
