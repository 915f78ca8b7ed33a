"""A product of risk R goes to whom their assessment allows it, and to nobody else (SUIT-01)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.make import NOW, make_customer, make_live_item
from tests.personas import Personas
from tests.scheduler.cadences import STEPS, make_cadence
from tests.scheduler.conftest import Desk, row
from tests.web.test_poster_faults import WEALTH

from contenthub.customers import actions as customers
from contenthub.customers.actions_import import add_batch
from contenthub.customers.queries_audience import audience
from contenthub.customers.tagexpr import parse
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.library import queries_rules
from contenthub.scheduler import actions_answers, actions_runs, queries
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.queries_runs import Wanted, Whom, runs

WHO = "理财意向"


async def test_a_push_leaves_out_whom_its_product_does_not_suit(desk: Desk) -> None:
    now, side, grades = datetime.now(UTC), desk.side, {41: 1, 42: 2, 43: 5, 44: 0}
    async with desk.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, **WEALTH)
        # A title of their own: a deposit's with a number in it may read as a mix-up.
        text = {"kind": "article", "topic": "wealth", "title": "怎样看懂风险等级"}
        talk, offer = [
            await make_live_item(db, side.author, side.reviewer, **text, fields=said)
            for said in ({"knowledge_only": "yes"}, {"risk_level": "R3"})
        ]
        rows = [
            row(n, side.employee.staff_no, tags=(WHO,), risk=grade, risk_until=date(2099, 1, 1))
            for n, grade in grades.items()
        ]
        await add_batch(db, rows, dry_run=False, by=side.admin.id, at=now)
    # What only teaches has no risk, what states one has it; the same four people.
    for item, left_out in ((product, 2), (talk, 0)):
        push_id = await desk.push(now - timedelta(hours=2), item_id=item.id, expr=WHO)
        await desk.expand(push_id, now)
        async with desk.database.reading(side.tenant) as db:
            occurrence = (await queries.occurrences(db, push_id))[0]
        steps = {step["reason"]: step["removed"] for step in occurrence.waterfall["steps"]}
        assert steps["unsuitable"] == left_out
        counts = await desk.counts(push_id)
        assert (counts["planned"], counts.get("skipped", 0)) == (4 - left_out, left_out)
    async with desk.database.reading(side.tenant) as db:
        stated = (await library.live(db, offer.id, at=now))[1]
        risk = await queries_rules.risk_of(db, stated)
        found = await audience(db, parse(WHO), topic="wealth", at=now, risk=risk)
    assert (risk, len(found.removed["unsuitable"])) == (3, 3)


async def test_a_cadence_takes_only_whom_its_products_suit_and_only_while_they_do(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, **WEALTH)
        step = {"day_from": 0, "day_to": 0, "reason": "到期回访", "todo": "介绍新一期"}
        steps = [{**step, "item_id": str(product.id)}, {**STEPS[1]}]
        found = await make_cadence(db, side, topic="wealth", steps=steps)
        until = NOW.date() + timedelta(days=2)
        who = [
            await make_customer(db, owner=side.employee, risk=grade, risk_until=until)
            for grade in (1, 2, 0)
        ]
        start = Start(Whom([one.id for one in who]))
        done = await actions_runs.start_runs(db, found.id, start, by=side.employee, at=NOW)
        assert ([no for no, _, _ in done.ready], done.removed["unsuitable"]) == ([who[1].no], 2)
    async with people.house.database.unit_of_work(side.tenant) as db:
        assert await actions_answers.settle(db, at=NOW) == 0
        later = NOW + timedelta(days=4)
        assert await customers.end_assessments(db, at=later) == 2
        assert await actions_answers.settle(db, at=later) == 1
        [line] = await runs(db, Wanted(customer_no=who[1].no))
        assert (line.run.state, line.run.stop_reason) == ("stopped", "unsuitable")


async def test_a_cadence_speaks_of_one_business(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, **WEALTH)
        step = {**STEPS[0], "item_id": str(product.id)}
        with pytest.raises(Invalid) as wrong:
            await make_cadence(db, side, topic="life", steps=[step])
    assert "属于“理财”" in wrong.value.fields["steps.0.item_id"]
