"""Audiences of a million customers: previewed, listed, tagged, beside the same on the join table.

    python -m bench.audience [--quick] [--customers N] [--tenfold]

The bank has 200 tags (Zipf, 15 a customer), 3,000 owners, refusals, consents and a week of
sends. Ours and the set operations of plain SQL run in turns, as the app role under row-level
security, and must give the same waterfall. `--tenfold` then repeats the index ten times.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from random import Random
from typing import TypeVar
from uuid import UUID

from bench.audiencebank import COPIES, SENT_DAYS, draw, index, tenfold
from bench.figures import figure, percentile, say
from bench.house import DATABASE, Here, SmallBank, open_house, running_house, small_bank
from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers import actions_audience, actions_tagging, jobs, queries_preview, tagexpr
from contenthub.customers import queries_audience as audiences
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.web.house import House

T = TypeVar("T")
TOPIC, RISK = "wealth", 3
WINDOW = timedelta(days=SENT_DAYS)
SELDOM = 200
"""The tag that fewest carry: it is the one that is given."""
ROUNDS, PREVIEWS, JOINS = 3, 20, 2
TAGGED, TAGGED_ROUNDS, ONES = 10_000, 5, 40
EXPRESSIONS: dict[str, tuple[tuple[int, int, int, int], bool]] = {
    "broad": ((1, 2, 6, 10), False),
    "mid": ((12, 3, 25, 10), False),
    "narrow": ((30, 12, 120, 10), True),
}
"""Name → tags A to D of `(A and B or C) and not D and …`, and whether it asks for a branch."""
MATCHED = """
  ((((select customer_no from customer_tags where tenant_id = :t and tag_id = :a
  intersect
  select customer_no from customer_tags where tenant_id = :t and tag_id = :b)
  union
  select customer_no from customer_tags where tenant_id = :t and tag_id = :c)
  except
  select customer_no from customer_tags where tenant_id = :t and tag_id = :d)
  intersect
  select no from customers where tenant_id = :t and aum_fen >= 5000000 {area})
  except
  select customer_no from refusals where tenant_id = :t and topic = 'wealth'
"""
AREA = """and branch_id in (select id from branches where tenant_id = :t
  and (name = '第3支行' or parent_id = (select id from branches where tenant_id = :t
    and name = '第3支行')))"""
# What a preview shows, as set operations and one join of those who matched.
WATERFALL = """
with matched as materialized (MATCHED), capped as materialized (
  select customer_no from bench_sends where tenant_id = :t and on_day > :since
  group by customer_no having count(*) >= 2
), told as (
  select c.owner_id, case
    when r.topic is not null then 'refused' when k.topic is null then 'no_consent'
    when c.risk_grade < :risk then 'unsuitable' when p.customer_no is not null then 'capped'
    when c.owner_id is null then 'no_owner' when s.state <> 'active' then 'owner_away'
    when s.qualification_no = '' then 'unqualified'
    when c.external_userid = '' then 'unreachable' else 'reachable' end as reason
  from matched m join customers c on c.tenant_id = :t and c.no = m.customer_no
  left join staff s on s.tenant_id = :t and s.id = c.owner_id
  left join refusals r on r.tenant_id = :t and r.customer_no = c.no and r.topic = 'wealth'
  left join consents k on k.tenant_id = :t and k.customer_no = c.no and k.topic = 'wealth'
  left join capped p on p.customer_no = c.no
) select reason, count(*), count(distinct owner_id) from told group by reason
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50,000 customers")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--tenfold", action="store_true", help="and ten times as many, at the end")
    asked = parser.parse_args()
    count = 50_000 if asked.quick else asked.customers
    with running_house() as here:
        asyncio.run(_bench(here, count, ten_times=asked.tenfold or not asked.quick))


async def _bench(here: Here, count: int, *, ten_times: bool) -> None:
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=0)
        await asyncio.to_thread(draw, here, bank.tenant, count)
        took = await index(house, bank.tenant)
        started = time.perf_counter()
        wrong = await jobs.audience_differences(house.database, bank.tenant)
        if wrong:
            raise RuntimeError(f"the index is wrong: {list(wrong.items())[:3]}")
        checked = time.perf_counter() - started
        figure(
            "audience.check_seconds",
            checked,
            "s",
            better="lower",
            detail={"customers": count, "made_anew_seconds": round(took, 1)},
        )
        await Bench(here, house, bank, count).run()
        if ten_times:
            await tenfold(here, house, bank.tenant, count)
            await Bench(here, house, bank, count * COPIES).ten()


class Bench:
    """The figures of one bank."""

    def __init__(self, here: Here, house: House, bank: SmallBank, customers: int) -> None:
        self.here, self.house, self.bank, self.customers = here, house, bank, customers
        self.at = datetime.now(UTC)

    async def run(self) -> None:
        """Print every figure of a million."""
        self._share()
        await self._race()
        await self._tagging()

    async def ten(self) -> None:
        """Print the preview of ten times as many."""
        seen = {
            name: await self._times(self.preview, name, ROUNDS * PREVIEWS) for name in EXPRESSIONS
        }
        found = await self._within(lambda db: self.preview(db, "broad"))
        detail: dict[str, object] = {"customers": self.customers}
        detail["matched"] = len(found.audience.matched)
        detail |= {f"{name}_median_ms": round(statistics.median(t), 1) for name, t in seen.items()}
        p95 = percentile(seen["broad"], 0.95)
        figure("audience.preview_10m_p95_ms", p95, "ms", better="lower", detail=detail)

    def _share(self) -> None:
        sizes = self.here.postgres.sql(
            "select pg_total_relation_size('audience_bitmaps'),"
            " pg_total_relation_size('customer_tags'),"
            " (select count(*) from audience_bitmaps), (select count(*) from customer_tags)",
            DATABASE,
        )
        ours, joins, bitmaps, taggings = map(int, sizes.split("|"))
        detail = {"bitmaps_mb": round(ours / 1e6, 1), "join_table_mb": round(joins / 1e6, 1)}
        detail |= {"bitmaps": bitmaps, "taggings": taggings}
        figure("audience.index_share", ours / joins, "ratio", better="lower", detail=detail)

    async def _race(self) -> None:
        ours: dict[str, list[float]] = {name: [] for name in EXPRESSIONS}
        joins: dict[str, list[float]] = {name: [] for name in EXPRESSIONS}
        ids: list[float] = []
        detail: dict[str, object] = {"customers": self.customers}
        for turn in range(ROUNDS + 1):
            for name in EXPRESSIONS:
                mine = await self._times(self.preview, name, PREVIEWS)
                theirs = await self._times(self.join, name, JOINS)
                if turn:
                    ours[name] += mine
                    joins[name] += theirs
                else:
                    detail |= await self._same(name)
            listed = await self._times(self.ids, "broad", PREVIEWS)
            ids += listed if turn else []
            say(f"round {turn} of {ROUNDS}")
        median = {name: statistics.median(times) for name, times in ours.items()}
        detail |= {f"{name}_median_ms": round(ms, 1) for name, ms in median.items()}
        p95 = percentile(ours["broad"], 0.95)
        figure("audience.preview_p95_ms", p95, "ms", better="lower", detail=detail)
        figure(
            "audience.ids_p95_ms",
            percentile(ids, 0.95),
            "ms",
            better="lower",
            detail={"median_ms": round(statistics.median(ids), 1)},
        )
        told = {f"{n}_join_median_ms": round(statistics.median(t), 1) for n, t in joins.items()}
        told |= {f"{n}_x": round(statistics.median(joins[n]) / median[n], 1) for n in joins}
        ratio = statistics.median(joins["broad"]) / median["broad"]
        figure("audience.vs_join", ratio, "x", detail=told)

    async def _same(self, name: str) -> dict[str, int]:
        """Raise unless both ways say the same of everybody; return the sizes."""
        found = await self._within(lambda db: self.preview(db, name))
        said = await self._within(lambda db: self.join(db, name))
        removed = {r: len(gone) for r, gone in found.audience.removed.items() if gone}
        ours = {**removed, "reachable": len(found.audience.reachable), "employees": found.employees}
        if ours != said:
            raise RuntimeError(f"{name}: the join says {said}, the index {ours}")
        say(f"{name}: {ours}")
        return {
            f"{name}_matched": len(found.audience.matched),
            f"{name}_reachable": ours["reachable"],
        }

    async def preview(self, db: Read, name: str) -> queries_preview.Preview:
        """Preview an expression as the page does, from its text."""
        node = tagexpr.parse(expression(name))
        return await queries_preview.preview(db, node, topic=TOPIC, risk=RISK, at=self.at)

    async def ids(self, db: Read, name: str) -> int:
        """List the numbers of all who are reached."""
        node = tagexpr.parse(expression(name))
        found = await audiences.audience(db, node, topic=TOPIC, risk=RISK, at=self.at)
        return len(found.reachable.to_array())

    async def join(self, db: Read, name: str) -> dict[str, int]:
        """Answer the same by set operations on the truth rows."""
        statement = WATERFALL.replace("MATCHED", MATCHED)
        tags, in_area = EXPRESSIONS[name]
        facts = {"t": self.bank.tenant, "risk": RISK}
        facts |= {letter: tag_id(tag) for letter, tag in zip("abcd", tags, strict=True)}
        facts["since"] = await tenants.today(db, at=self.at) - WINDOW
        asked = text(statement.replace("{area}", AREA if in_area else ""))
        told = {reason: (count, owners) for reason, count, owners in await db.execute(asked, facts)}
        counts = {reason: count for reason, (count, _) in told.items()}
        return {"reachable": 0, **counts, "employees": told.get("reachable", (0, 0))[1]}

    async def _tagging(self) -> None:
        """Tag and untag customers; each is a transaction, as a request is."""
        dice = Random(6)  # the same customers every time
        many, ones = [], []
        for turn in range(TAGGED_ROUNDS + 1):
            nos = BitMap(
                dice.sample(range(1, self.customers + 1), min(TAGGED, self.customers // 4))
            )
            took = await self._write(nos)
            many += [took] if turn else []
        for turn in range(ONES):
            took = await self._write(BitMap([dice.randrange(1, self.customers)]))
            ones += [took] if turn else []
        detail = {"slowest_ms": round(max(many), 1), "customers": TAGGED}
        figure("audience.tag_10k_ms", statistics.median(many), "ms", better="lower", detail=detail)
        detail = {"p95_ms": round(percentile(ones, 0.95), 1), "n": len(ones)}
        figure("audience.tag_one_ms", statistics.median(ones), "ms", better="lower", detail=detail)

    async def _write(self, nos: BitMap) -> float:
        started = time.perf_counter()
        async with self.house.database.unit_of_work(self.bank.tenant) as db:
            held = await actions_tagging.lock(db, nos)
            pairs = [(tag_id(SELDOM), no) for no in held]
            moved = await actions_tagging.put_on(
                db, pairs, actions_tagging.Origin("hand", self.at, self.bank.author.id)
            )
            await actions_audience.mark(db, moved.add, moved.remove)
        return (time.perf_counter() - started) * 1000

    async def _within(self, ask: Callable[[Read], Awaitable[T]]) -> T:
        async with self.house.database.reading(self.bank.tenant) as db:
            return await ask(db)

    async def _times(
        self, ask: Callable[[Read, str], Awaitable[object]], name: str, calls: int
    ) -> list[float]:
        """Return the ms of each call, every one a transaction of its own, as a request is."""
        times = []
        for _ in range(calls):
            started = time.perf_counter()
            await self._within(lambda db: ask(db, name))
            times.append((time.perf_counter() - started) * 1000)
        return times


def tag_id(tag: int) -> UUID:
    """Return the id of the n-th tag, as PostgreSQL makes it."""
    return UUID(md5(f"t{tag}".encode()).hexdigest())


def expression(name: str) -> str:
    """Return an expression as a clerk types it."""
    (a, b, c, d), in_area = EXPRESSIONS[name]
    said = f"(标签{a:03} and 标签{b:03} or 标签{c:03}) and not 标签{d:03}"
    said += " and aum >= 50000 and not refused(理财)"
    return said + (" and branch(第3支行)" if in_area else "")


if __name__ == "__main__":
    main()
