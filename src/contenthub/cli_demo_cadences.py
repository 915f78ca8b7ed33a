"""The demo banks' cadences: two in use, customers on them for days, steps due now."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from contenthub.cli_demo_people import Scene
from contenthub.customers.models import Customer
from contenthub.db import Write
from contenthub.kits import starterkit
from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.findings import Kept
from contenthub.scheduler import actions_cadences, actions_feedback, actions_runs
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Task
from contenthub.scheduler.queries_runs import Whom
from contenthub.tenants.models import Staff

WHO = {"cadence-new": "十月新开户", "cadence-maturity": "12 月到期的定期"}
DAYS = 7
PER_EMPLOYEE, EMPLOYEES = 3, 8
SAID = ("reached", "no_answer", "reached", "interested", "", "reached", "refused", "")
"""What employees said of their contacts, in turn; '' is still to be done."""


async def start_cadences(scene: Scene) -> None:
    """Approve two cadences, put customers on them and let some days pass."""
    at = scene.ago(days=DAYS + 2)
    wanted = [one for one in starterkit.cadences() if one.code in WHO]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        codes = {code for one in wanted for code in one.item_codes}
        own = {code: await _live(db, scene, code, at) for code in sorted(codes)}
        for turn, one in enumerate(wanted):
            steps = [
                {**step, "item_id": own.get(step["item_id"], "")} for step in one.wording["steps"]
            ]
            told = {name: one.wording[name] for name in ("title", "topic", "purpose")}
            cadence_id = await _approved(db, scene, CadenceDraft(steps=steps, **told), at)
            whom = await _customers(db, scene, turn)
            start = Start(Whom(whom), WHO[one.code])
            begun = scene.ago(days=DAYS) if turn == 0 else scene.now
            await actions_runs.start_runs(db, cadence_id, start, by=scene["marketing"], at=begun)
            await db.flush()
    await _days_pass(scene)


async def _live(db: Write, scene: Scene, code: str, at: datetime) -> str:
    """Publish a script of the starter kit; return its id."""
    part = next(one for one in starterkit.parts(on=at.date()) if one.code == code)
    draft = Draft(part.kind, part.topic, part.title, part.fields, part.body)
    item, revision = await library.write_item(db, draft, by=scene["author"], at=at)
    await library.submit(db, item.id, by=scene["author"], at=at)
    await db.flush()
    waiting = (await library_queries.reviews_of(db, revision.id))[0]
    for reviewer in ("reviewer", "compliance"):
        if waiting.state != "waiting":
            break
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=scene[reviewer])
        kept = [Kept(reason="已核对")]
        await library.approve_revision(db, taken, kept=kept, by=scene[reviewer], at=at)
        await db.flush()
        waiting = (await library_queries.reviews_of(db, revision.id))[0]
    return str(item.id)


async def _approved(db: Write, scene: Scene, draft: CadenceDraft, at: datetime) -> UUID:
    made = await actions_cadences.write_cadence(db, draft, by=scene["marketing"], at=at)
    await actions_cadences.submit(db, made.id, by=scene["marketing"], at=at + timedelta(hours=1))
    await db.flush()
    waiting = (await library_queries.reviews_of(db, made.id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=scene["reviewer"])
    await actions_cadences.approve_cadence(
        db, taken, by=scene["reviewer"], at=at + timedelta(hours=3)
    )
    return made.id


async def _customers(db: Write, scene: Scene, turn: int) -> list[UUID]:
    """Return a few customers of the first employees, others at each turn."""
    found: list[UUID] = []
    for person in scene.sharers()[:EMPLOYEES]:
        rows = await db.scalars(
            select(Customer.id)
            .where(Customer.tenant_id == scene.tenant, Customer.owner_id == person.id)
            .order_by(Customer.no)
            .offset(turn * PER_EMPLOYEE)
            .limit(PER_EMPLOYEE)
        )
        found += rows.all()
    return found


async def _days_pass(scene: Scene) -> None:
    """Hand out what was due on each day, and let the employees say what came of it."""
    turn = 0
    for ago in range(DAYS, -1, -1):
        at = scene.ago(days=ago)
        async with scene.house.database.unit_of_work(scene.tenant) as db:
            await actions_runs.hand_out(db, at=at, new_code=new_code)
        if ago:
            async with scene.house.database.unit_of_work(scene.tenant) as db:
                turn = await _say(db, scene, turn, at=at)


async def _say(db: Write, scene: Scene, turn: int, *, at: datetime) -> int:
    """Let employees say what came of the day's steps; return how many were told in all."""
    rows = await db.execute(
        select(Task.id, Staff)
        .join(Staff, (Staff.tenant_id == Task.tenant_id) & (Staff.id == Task.employee_id))
        .where(Task.tenant_id == scene.tenant, Task.kind == actions_runs.KIND)
        .where(Task.state == "open", Task.due_on <= at.date())
        .order_by(Task.id)
    )
    for task_id, person in rows.all():
        outcome = SAID[turn % len(SAID)]
        turn += 1
        if outcome:
            await actions_feedback.say(db, task_id, Feedback(outcome), by=person, at=at)
            await db.flush()
    return turn
