"""The demo banks' activity whose place changed: customers to be told, one told, a party changed."""

from datetime import timedelta

from contenthub.cli_demo_content import KEPT, Shelf, approve_item
from contenthub.cli_demo_people import Scene
from contenthub.cli_demo_visits import MACHINES
from contenthub.library import actions, actions_reviews, queries
from contenthub.library.actions import Draft
from contenthub.sharing import actions_amends, actions_signups, queries_signups
from contenthub.sharing.queries_contacts import Wanted

_PLACE = "县农机推广站院内"
_TOLD_PART = 3
"""One of so many customers is told by now."""
_MOST = 500


async def move_activity(scene: Scene, shelf: Shelf) -> None:
    """Hold the day of machines elsewhere: some customers are told by now, most wait for a call."""
    item_id, author = shelf.items[MACHINES].id, scene["author"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        item, newest, _ = await queries.item_wordings(db, item_id)
        moved = Draft(
            newest.kind,
            newest.topic,
            newest.title,
            {**newest.fields, "place": _PLACE},
            newest.body,
            cover_asset_id=newest.cover_asset_id,
            valid_until=newest.valid_until,
        )
        _, revision = await actions.write_draft(
            db, item_id, moved, by=author, at=scene.ago(minutes=50)
        )
        await actions.submit(db, item_id, by=author, at=scene.ago(minutes=40))
        await approve_item(db, scene, item, scene.ago(minutes=20))
        await db.flush()
        second = await queries.waiting_review(db, revision.id)
        if second is not None:  # this bank reviews activities in two steps
            by = scene["compliance"]
            taken = await actions_reviews.take_review(db, second.id, "approve", by=by)
            at = scene.ago(minutes=15)
            await actions.approve_revision(db, taken, kept=KEPT, by=by, at=at)
    known = {scene[seat.login].id for seat in scene.seats if seat.login}
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        wanted = Wanted(None, item_id=item_id, to_tell=True)
        waiting = await queries_signups.signups(db, wanted, limit=_MOST)
        # Of a person with a log-in the newest waits: a reader has somebody to call.
        ours = [row for row in waiting if row.employee.id in known]
        others = [row for row in waiting if row.employee.id not in known]
        at = scene.ago(minutes=9)
        for row in others[::_TOLD_PART] + ours[1::_TOLD_PART]:
            await actions_signups.tell_change(db, row.signup.id, by=row.employee, at=at)
        for row in ours[:1]:
            said = {"people": str(row.signup.seats + 1)}
            later = at + timedelta(minutes=2)
            await actions_amends.amend_signup(db, row.signup.id, said, by=row.employee, at=later)
