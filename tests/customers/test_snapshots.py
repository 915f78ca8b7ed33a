"""In every snapshot the index is its truth, however many write meanwhile."""

import asyncio
from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select, update
from tests.customers.expressions import TODAY, matches, random_tree
from tests.lots import lot
from tests.make import NOW, make_branch, make_consent, make_staff
from tests.personas import Personas

from contenthub.customers import (
    actions,
    actions_audience,
    actions_consents,
    actions_import,
    actions_tagging,
    actions_texts,
    queries,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers import queries_truth as truths
from contenthub.customers.indexkeys import FACTS
from contenthub.customers.models import Consent, Customer, CustomerTag, Refusal, Tag
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Counter, Staff

#: Tags, branches and staff numbers bear the same names: an expression may mean any of them.
NAMES = ("1001", "1002", "1003", "1004")
EXPRESSIONS, A_SNAPSHOT = lot(400, 1_000), 100


class Town:
    """A bank of 90 customers in two chunks of numbers, and writers that never rest."""

    def __init__(self, people: Personas, seed: int) -> None:
        self.people, self.dice = people, Random(seed)
        self.database, self.tenant = people.house.database, people.ours.tenant
        self.tags: list[Tag] = []
        self.nos: list[int] = []
        self.writes = 0

    async def settle(self) -> None:
        """Make branches, owners and customers."""
        dice = self.dice
        async with self.database.unit_of_work(self.tenant) as db:
            asked = {"consent_required": True}
            await db.execute(update(Bank).where(Bank.id == self.tenant).values(settings=asked))
            for name in NAMES:
                branch = await make_branch(db, name, parent=self.people.ours.branch)
                await make_staff(db, branch, staff_no=name)
            # Before the writers: two that add one text at once are not what is looked at here.
            await actions_texts.add_text(db, "v1", "我同意。", by=self.people.ours.author, at=NOW)
        for half in range(2):
            rows = [
                CustomerRow(
                    line=n,
                    name="王小明",
                    phone=f"137{half}000{n:04}",
                    owner=dice.choice((*NAMES, "")),
                    branch=dice.choice((*NAMES, "")),
                    tags=tuple(dice.sample(NAMES, dice.randrange(4))),
                    refused=tuple(dice.sample(("理财", "贷款"), dice.randrange(2))),
                    aum_fen=dice.choice((0, 1, 4_999_999, 5_000_000, dice.randrange(10**9))),
                    birthday=dice.choice((None, date(dice.randrange(1940, 2008), 5, 2))),
                    external_userid=dice.choice(("", f"wm{half}{n}")),
                    products=dice.choice(("", "term", "term wealth")),
                    deposit_due_on=dice.choice((None, TODAY, TODAY + timedelta(days=40))),
                    contacted_on=dice.choice((None, TODAY - timedelta(days=dice.randrange(90)))),
                    lunar_birthday=dice.choice(("", "10-20", "12-30")),
                    is_merchant=dice.choice((None, True, False)),
                )
                for n in range(45)
            ]
            async with self.database.unit_of_work(self.tenant) as db:
                await actions_import.add_batch(db, rows, dry_run=False, by=None, at=NOW)
                # The second half's numbers are in the next chunk, some of them at its edge.
                await db.execute(
                    update(Counter).where(Counter.name == "customer").values(last_no=65_500)
                )
        async with self.database.reading(self.tenant) as db:
            self.tags = list(await queries.tags(db))
            self.nos = list(await db.scalars(select(Customer.no)))

    async def write(self, seed: int) -> None:
        """Tag, untag, refuse, take back and consent until cancelled."""
        dice, by = Random(seed), self.people.ours.author
        while True:
            async with self.database.unit_of_work(self.tenant) as db:
                tag, no = dice.choice(self.tags), dice.choice(self.nos)
                some = dice.sample(self.nos, dice.randrange(1, 40))
                what = dice.randrange(6)
                nos = await actions_tagging.lock(db, some if what < 2 else [no])
                one = (await queries.by_numbers(db, [no]))[no]
                if what < 2:
                    add = remove = {}
                    if what == 0:
                        origin = actions_tagging.Origin("hand", NOW, by.id)
                        pairs = [(tag.id, no) for no in nos]
                        add = (await actions_tagging.put_on(db, pairs, origin)).add
                    else:
                        gone = await actions_tagging.take_off(db, [tag.id], nos)
                        remove = {("tag", str(tag.id)): [no for _, no in gone]}
                    await actions_audience.mark(db, add, remove)
                elif what == 2:
                    chosen = dice.sample(self.tags, 2)
                    await actions.set_tags(db, one, [t.id for t in chosen], by=by, at=NOW)
                elif what == 3:
                    await actions.record_refusal(db, no, "loan", by=by, at=NOW)
                elif what == 4:
                    await make_consent(db, one, "wealth", text_version="v1", by=by)
                else:
                    await actions_consents.end_consents(
                        db, one, ["wealth"], channel="h5", by=by, at=NOW
                    )
            self.writes += 1
            await asyncio.sleep(0.1)

    async def rows(self, db: Read) -> dict[int, dict[str, Any]]:
        """Return every customer as their rows say, read one by one."""
        names = {tag.id: tag.name for tag in self.tags}
        tree = {b.id: b for b in await tenants.branches(db)}
        owners = {s.id: s.staff_no for s in await db.scalars(select(Staff))}
        said: dict[str, dict[int, set[str]]] = {
            "tags": defaultdict(set),
            "refused": defaultdict(set),
            "consented": defaultdict(set),
        }
        for tag_id, no in await db.execute(select(CustomerTag.tag_id, CustomerTag.customer_no)):
            said["tags"][no].add(names[tag_id])
        for word, model in (("refused", Refusal), ("consented", Consent)):
            for topic, no in await db.execute(select(model.topic, model.customer_no)):
                said[word][no].add(topic)
        people = {}
        for c in await db.scalars(select(Customer)):
            born = c.birthday and (c.birthday.year, c.birthday.month, c.birthday.day)
            people[c.no] = {
                **{word: by_no[c.no] for word, by_no in said.items()},
                "owner": owners.get(c.owner_id) if c.owner_id else None,
                "branches": {tree[c.branch_id].name},
                "aum_fen": c.aum_fen,
                "born": born,
                "stage": c.stage,
                "is_reachable": bool(c.external_userid),
                **{name: getattr(c, name) for name in FACTS},
            }
        return people


def _is_sent_to(one: dict[str, Any]) -> bool:
    is_wanted = "wealth" in one["consented"] and "wealth" not in one["refused"]
    return bool(is_wanted and one["owner"] and one["is_reachable"])


async def test_what_is_previewed_is_what_the_rows_say_while_others_tag(people: Personas) -> None:
    town = Town(people, seed=20261127)
    await town.settle()
    writers = [asyncio.create_task(town.write(seed)) for seed in (1, 2)]
    dice, seen = Random(3), 0
    try:
        for _ in range(EXPRESSIONS // A_SNAPSHOT):
            async with town.database.snapshot(town.tenant) as db:
                rows = await town.rows(db)
                for _ in range(A_SNAPSHOT):
                    tree = random_tree(dice, NAMES)
                    found = await audiences.audience(db, tree, topic="wealth", at=NOW)
                    meant = {no for no, one in rows.items() if matches(tree, one)}
                    assert set(found.matched) == meant, tree
                    assert set(found.reachable) == {n for n in meant if _is_sent_to(rows[n])}, tree
                    seen += len(meant)
                for first in (0, 65_536):
                    assert await truths.disagreements(db, first, first + 65_535) == {}
    finally:
        for writer in writers:
            writer.cancel()
        ended = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
    # Both had something to say: others wrote meanwhile, and expressions found people.
    assert town.writes > 10
    assert seen > 10 * EXPRESSIONS
