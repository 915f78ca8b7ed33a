"""A product of risk R goes to whom their assessment allows it, and to nobody else (SUIT-01)."""

from datetime import UTC, date, datetime, timedelta

from tests.make import make_live_item
from tests.scheduler.conftest import Desk, row
from tests.web.test_poster_faults import WEALTH

from contenthub.customers.actions_import import add_batch
from contenthub.scheduler import queries

WHO = "理财意向"


async def test_a_push_leaves_out_whom_its_product_does_not_suit(desk: Desk) -> None:
    now, side, grades = datetime.now(UTC), desk.side, {41: 1, 42: 2, 43: 5, 44: 0}
    async with desk.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, **WEALTH)
        knows = {"topic": "wealth", "fields": {"summary": "怎样看懂风险等级"}}
        talk = await make_live_item(db, side.author, side.reviewer, kind="article", **knows)
        rows = [
            row(n, side.employee.staff_no, tags=(WHO,), risk=grade, risk_until=date(2099, 1, 1))
            for n, grade in grades.items()
        ]
        await add_batch(db, rows, dry_run=False, by=side.admin.id, at=now)
    # What is no product has no risk; the same four people.
    for item, left_out in ((product, 2), (talk, 0)):
        push_id = await desk.push(now - timedelta(hours=2), item_id=item.id, expr=WHO)
        await desk.expand(push_id, now)
        async with desk.database.reading(side.tenant) as db:
            occurrence = (await queries.occurrences(db, push_id))[0]
        steps = {step["reason"]: step["removed"] for step in occurrence.waterfall["steps"]}
        assert steps["unsuitable"] == left_out
        counts = await desk.counts(push_id)
        assert (counts["planned"], counts.get("skipped", 0)) == (4 - left_out, left_out)
