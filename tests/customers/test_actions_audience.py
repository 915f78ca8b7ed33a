"""The index against the truth: after random writes every audience is what plain sets say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest
from pyroaring import BitMap
from sqlalchemy import delete, select
from tests.lots import lot
from tests.make import NOW, make_branch, make_staff
from tests.personas import Personas

from contenthub.customers import (
    actions,
    actions_audience,
    actions_import,
    actions_people,
    queries,
    queries_bitmaps,
    queries_imports,
    tagexpr,
)
from contenthub.customers import jobs as customers_jobs
from contenthub.customers import queries_audience as audiences
from contenthub.customers.indexkeys import touched_key
from contenthub.customers.models import AudienceBitmap, Customer, Tag
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read, Write
from contenthub.tenants.models import Staff

TAGS = ("银发", "代发工资", "商户")


@dataclass
class Truth:
    """A customer as a test remembers them."""

    tags: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    aum_fen: int = 0
    owner: Staff | None = None
    born: date | None = None
    is_reachable: bool = False


def _age(one: Truth) -> int:
    return -1 if one.born is None else 2026 - one.born.year


EXPRESSIONS: dict[str, Callable[[Truth], bool]] = {
    "(银发 and 代发工资) and not refused(理财) and aum >= 50000": lambda c: (
        {"银发", "代发工资"} <= c.tags and "wealth" not in c.refused and c.aum_fen >= 5_000_000
    ),
    "银发 or 商户": lambda c: bool({"银发", "商户"} & c.tags),
    "not 银发": lambda c: "银发" not in c.tags,
    "aum < 50000 and aum > 0.01": lambda c: 1 < c.aum_fen < 5_000_000,
    "age >= 60": lambda c: _age(c) >= 60,
    "age < 60": lambda c: 0 <= _age(c) < 60,
    "birthday(05)": lambda c: c.born is not None and c.born.month == 5,
    "branch(城关支行)": lambda c: c.owner is not None and c.owner.title == "城关",
    "has_owner() and not refused(贷款)": lambda c: c.owner is not None and "loan" not in c.refused,
    "everyone()": lambda c: True,
}


async def _index(db: Read) -> dict[tuple[str, str, int], list[int]]:
    """Return the whole index but its version as plain values; empty bitmaps are none."""
    rows = await db.execute(
        select(
            AudienceBitmap.dim, AudienceBitmap.key, AudienceBitmap.chunk, AudienceBitmap.bm
        ).where(AudienceBitmap.dim != "version")
    )
    found = {(dim, key, chunk): list(BitMap.deserialize(bm)) for dim, key, chunk, bm in rows}
    return {place: bits for place, bits in found.items() if bits}


class World:
    """Random writes to a bank, and what they should have made of its customers."""

    def __init__(self, people: Personas, seed: int) -> None:
        self.people = people
        self.rng = Random(seed)
        self.truth: dict[str, Truth] = {}
        self.erased: set[str] = set()
        self.owners: list[Staff] = []

    async def set_up(self, db: Write) -> None:
        """Give the bank an outlet below one branch, and employees that tell their branch."""
        ours = self.people.ours
        outlet = await make_branch(db, "城关中街网点", parent=ours.branch, kind="outlet")
        for branch, title in ((ours.branch, "城关"), (outlet, "城关"), (ours.other_branch, "柳河")):
            self.owners.append(await make_staff(db, branch, title=title))

    async def load(self, db: Write) -> None:
        """Import a batch of new and known customers."""
        rows: list[CustomerRow] = []
        for line in range(self.rng.randrange(1, 25)):
            phone = f"1370000{self.rng.randrange(60):04}"
            if phone in {row.phone for row in rows}:
                continue
            rows.append(self._row(line, phone))
        tally = await actions_import.add_batch(db, rows, dry_run=False, by=None, at=NOW)
        left_out = {row.line for row in rows if row.phone in self.erased}
        assert {problem.line for problem in tally.problems} == left_out
        for row in rows:
            if row.phone not in self.erased:
                self._remember(row)

    def _row(self, line: int, phone: str) -> CustomerRow:
        rng = self.rng
        born = date(rng.randrange(1940, 2008), rng.randrange(1, 13), rng.randrange(1, 29))
        return CustomerRow(
            line=line,
            name="王小明",
            phone=phone,
            owner=rng.choice(self.owners).staff_no if rng.random() < 0.7 else "",
            tags=tuple(rng.sample(TAGS, rng.randrange(4))),
            refused=tuple(rng.sample(("理财", "贷款"), rng.randrange(2))),
            aum_fen=rng.choice((None, 0, 1, 4_999_999, 5_000_000, rng.randrange(10**10))),
            birthday=born if rng.random() < 0.6 else None,
            external_userid=f"wm{phone}" if rng.random() < 0.6 else "",
        )

    def _remember(self, row: CustomerRow) -> None:
        one = self.truth.setdefault(row.phone, Truth())
        one.tags |= set(row.tags)
        one.refused |= {{"理财": "wealth", "贷款": "loan"}[word] for word in row.refused}
        one.aum_fen = one.aum_fen if row.aum_fen is None else row.aum_fen
        one.born = row.birthday or one.born
        one.is_reachable = one.is_reachable or bool(row.external_userid)
        if row.owner:
            one.owner = next(s for s in self.owners if s.staff_no == row.owner)

    async def touch_one(self, db: Write) -> None:
        """Change one customer by hand, or erase them."""
        if not self.truth:
            return
        phone = self.rng.choice(sorted(self.truth))
        found, one = await queries.by_phone(db, phone), self.truth[phone]
        assert found is not None
        by = self.people.ours.author
        what = self.rng.randrange(4)
        if what == 0:
            have = list(await db.scalars(select(Tag).where(Tag.name.in_(TAGS))))
            chosen = self.rng.sample(have, self.rng.randrange(len(have) + 1))
            await actions.set_tags(db, found, [t.id for t in chosen], by=by, at=NOW)
            one.tags = {t.name for t in chosen}
        elif what == 1:
            await actions.record_refusal(db, found.no, "loan", by=by, at=NOW)
            one.refused.add("loan")
        elif what == 2 and "loan" in one.refused:
            await actions.withdraw_refusal(db, found, "loan", by=by, at=NOW)
            one.refused.discard("loan")
        elif what == 3:
            await actions_people.erase_customer(db, found, by=by, at=NOW)
            del self.truth[phone]
            self.erased.add(phone)

    async def check(self, db: Read) -> None:
        """Compare every expression's audience with plain Python over the remembered truth."""
        known = {tag.name for tag in await queries.tags(db)}
        numbers = {}
        for phone in self.truth:
            found = await queries.by_phone(db, phone)
            assert found is not None
            numbers[phone] = found.no
        for expr, holds in EXPRESSIONS.items():
            if not known >= {tag for tag in TAGS if tag in expr}:
                continue
            got = await audiences.audience(db, tagexpr.parse(expr), topic="wealth", at=NOW)
            want = {numbers[p] for p, one in self.truth.items() if holds(one)}
            assert set(got.matched) == want, expr
            reach = {
                numbers[p]
                for p, one in self.truth.items()
                if holds(one) and "wealth" not in one.refused and one.owner and one.is_reachable
            }
            assert set(got.reachable) == reach, expr
            removed = sum(len(gone) for gone in got.removed.values())
            assert len(got.matched) == len(got.reachable) + removed


@pytest.mark.parametrize("seed", [1, 2, 20261126])
async def test_after_random_writes_every_audience_is_what_plain_sets_say(
    people: Personas, seed: int
) -> None:
    database, tenant = people.house.database, people.ours.tenant
    world = World(people, seed)
    async with database.unit_of_work(tenant) as db:
        await world.set_up(db)
    for turn in range(lot(15, 30)):
        async with database.unit_of_work(tenant) as db:
            await (world.load(db) if turn % 3 == 0 else world.touch_one(db))
        if turn % 5 == 4:
            async with database.reading(tenant) as db:
                await world.check(db)
    async with database.reading(tenant) as db:
        grown = await _index(db)
    assert await customers_jobs.audience_differences(database, tenant) == {}
    assert await customers_jobs.mend_audience(database, tenant) == 0
    async with database.unit_of_work(tenant) as db:
        await db.execute(delete(AudienceBitmap).where(AudienceBitmap.tenant_id == tenant))
    lost = {(dim, key) for dim, key, _ in grown}
    assert await customers_jobs.mend_audience(database, tenant) == len(lost)
    async with database.reading(tenant) as db:
        assert await _index(db) == grown
        await world.check(db)


async def test_the_check_sees_every_wrong_bit_of_a_damaged_index_and_mending_rights_it(
    people: Personas,
) -> None:
    database, tenant = people.house.database, people.ours.tenant
    world = World(people, seed=7)
    async with database.unit_of_work(tenant) as db:
        await world.set_up(db)
        await world.load(db)
        await actions_audience.touch(db, BitMap([1, 2]), on=NOW.date())
        await db.execute(delete(AudienceBitmap).where(AudienceBitmap.dim == "all"))
        # As many as before, but not the same: numbers alone would not tell.
        count = len(await queries_bitmaps.united(db, [("owned", "")]))
        await actions_audience.mark(
            db, {("owned", ""): range(70_000, 70_000 + count)}, {("owned", ""): range(70_000)}
        )
        await actions_audience.mark(db, {("owner", "nobody"): [1]})
    wrong = await customers_jobs.audience_differences(database, tenant)
    assert wrong == {
        ("all", ""): (len(world.truth), 0),
        ("owned", ""): (count, count),
        ("owner", "nobody"): (0, 1),
    }
    assert await customers_jobs.mend_audience(database, tenant) > 0
    assert await customers_jobs.audience_differences(database, tenant) == {}
    async with database.reading(tenant) as db:
        # Who was sent to is known by the ledger only, so mending must not lose it.
        assert list(await queries_bitmaps.united(db, [touched_key(NOW.date())])) == [1, 2]


def test_who_was_sent_to_is_known_as_long_as_an_import_may_be_undone() -> None:
    assert actions_audience.TOUCHED_DAYS > queries_imports.KEPT_DAYS


async def test_who_was_sent_to_often_is_capped_for_the_window_only(people: Personas) -> None:
    tenant, today = people.ours.tenant, NOW.date()
    world = World(people, seed=3)
    async with people.house.database.unit_of_work(tenant) as db:
        await world.set_up(db)
        rows = [
            CustomerRow(
                line=n,
                name="王小明",
                phone=f"1370000{n:04}",
                owner=world.owners[0].staff_no,
                external_userid="wm",
            )
            for n in range(3)
        ]
        await actions_import.add_batch(db, rows, dry_run=False, by=None, at=NOW)
        nos = [no for no in await db.scalars(select(Customer.no).order_by(Customer.no))]
        await actions_audience.touch(db, BitMap(nos[:2]), on=today)
        await actions_audience.touch(db, BitMap(nos[:1]), on=today - timedelta(days=6))
        await actions_audience.touch(db, BitMap(nos[1:2]), on=today - timedelta(days=7))
        node = tagexpr.parse("everyone()")
        found = await audiences.audience(db, node, topic="deposit", at=NOW)
        assert list(found.removed["capped"]) == nos[:1]
        later = await audiences.audience(db, node, topic="deposit", at=NOW + timedelta(days=1))
        assert list(later.removed["capped"]) == []
