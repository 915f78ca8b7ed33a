"""How fast the rules read, one long item and all content; how fast content is found.

    python -m bench.library [--quick]

The baseline is what one writes first: the same rules and the same folding, but every
expression run over the whole text, with no sieve before it. What both find is compared.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import library_lists
from bench.figures import figure, race, say
from bench.house import Here, SmallBank, open_house, running_house, small_bank
from sqlalchemy import insert

from contenthub.db import new_id
from contenthub.library import actions_rescan, actions_rules, jobs_rules, lint, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.fingerprint import wording
from contenthub.library.models import Item, Revision
from contenthub.library.rules import Book, book, pack
from contenthub.library.sieve import Sieve
from contenthub.tenants import queries as tenants_queries
from contenthub.web.house import House

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "library" / "corpus"
LONG_CHARS = 5_000
TOPICS = ("deposit", "loan", "wealth", "card", "life", "education")
KINDS = ("article", "faq", "product")
BAD_SHARE = 0.03
CHUNK = 500


def sentences(name: str, topics: tuple[str, ...] = TOPICS) -> list[tuple[str, str]]:
    """Return (topic, sentence) of one file of the corpus of rules."""
    rows = (line.split("\t") for line in (CORPUS / f"{name}.tsv").read_text("utf-8").splitlines())
    return [(row[1], row[2]) for row in rows if row[1] in topics]


def without_sieve() -> Book:
    """Return the shipped rules with every expression run over every text."""
    ours = book()
    every = Sieve(tuple(range(len(ours.branches))), (), None)
    return Book(ours.version, ours.rules, ours.branches, every, ours.guard)


def long_text(topic: str, *, seed: int = 7) -> str:
    """Return 5,000 characters of a topic's honest sentences, as paragraphs."""
    chance = random.Random(seed)
    own = [text for of, text in sentences("good") if of in (topic, "life")]
    text = ""
    while len(text) < LONG_CHARS:
        text += "。".join(chance.sample(own, 4)) + "。\n"
    return text[:LONG_CHARS]


def lint_5k_ms(*, calls: int) -> None:
    """Print what checking a 5,000-character item costs, beside running every expression."""
    texts = {topic: long_text(topic) for topic in TOPICS}
    ours, naive = book(), without_sieve()
    names = list(TOPICS)

    def checked(rules: Book, call: int) -> list[Any]:
        topic = names[call % len(names)]
        return [
            (hit.rule, hit.start, hit.end)
            for hit in lint.lint("article", topic, {}, texts[topic], rules=rules)
        ]

    for topic in names:  # what the sieve leaves out must not be what a rule would find
        found = {hit[0] for hit in checked(ours, names.index(topic))}
        assert found == {hit[0] for hit in checked(naive, names.index(topic))}, topic
    paces = race(
        {
            "ours": (lambda call: checked(ours, call), calls),
            "naive": (lambda call: checked(naive, call), max(len(names), calls // 5)),
        }
    )
    figure(
        "library.lint_5k_ms",
        paces["ours"].wall_ms,
        "ms",
        better="lower",
        detail={
            "cpu_ms": round(paces["ours"].cpu_ms, 2),
            "naive_ms": round(paces["naive"].wall_ms, 2),
            "vs_naive": round(paces["naive"].wall_ms / paces["ours"].wall_ms, 1),
            "chars": LONG_CHARS,
            "rules": len(pack().rules),
            "topics": len(names),
        },
    )


async def fill_items(house: House, bank: SmallBank, *, count: int) -> None:
    """Put `count` submitted items into a bank: 3 to 12 sentences each, some of them bad."""
    at = datetime.now(UTC)
    async with house.database.unit_of_work(bank.tenant) as db:
        rows = list(_items(bank, count, at))
        for first in range(0, count, CHUNK):
            part = rows[first : first + CHUNK]
            await db.execute(insert(Item), [item for item, _ in part])
            await db.execute(insert(Revision), [revision for _, revision in part])


def _items(
    bank: SmallBank, count: int, at: datetime
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    chance = random.Random(11)
    good, bad = sentences("good"), sentences("bad")
    for number in range(count):
        kind, topic = chance.choice(KINDS), chance.choice(TOPICS)
        said = [text for _, text in chance.sample(good, chance.randint(3, 12))]
        if chance.random() < BAD_SHARE:
            said.insert(1, chance.choice(bad)[1])
        when = at - timedelta(minutes=count - number)
        columns: dict[str, Any] = {
            "kind": kind,
            "topic": topic,
            "title": f"{good[number % len(good)][1][:30]} {number}",
            "fields": {"summary": said[0][:70]},
            "body": "".join(f"<p>{text}。</p>" for text in said),
            "cover_asset_id": None,
            "valid_from": None,
            "valid_until": None,
        }
        item_id, revision_id = new_id(), new_id()
        yield (
            {
                "tenant_id": bank.tenant,
                "id": item_id,
                "code": f"X-{10_000 + number}",
                "kind": kind,
                "topic": topic,
                "title": columns["title"],
                "state": "in_review",
                "author_id": bank.author.id,
                "working_revision_id": revision_id,
                "created_at": when,
                "updated_at": when,
            },
            {
                "tenant_id": bank.tenant,
                "id": revision_id,
                "item_id": item_id,
                "no": 1,
                "state": "in_review",
                "hash": wording(**columns),
                "author_id": bank.author.id,
                "created_at": when,
                "updated_at": when,
                **columns,
            },
        )


async def rescan_10k_seconds(house: House, bank: SmallBank, *, count: int) -> None:
    """Print how long the worker's own job takes to read all content after a rule was added."""
    database, at = house.database, datetime.now(UTC)
    took, cpu = [], []
    found = 0
    for turn in range(3):
        async with database.unit_of_work(bank.tenant) as db:
            by = await tenants_queries.staff(db, bank.author.id)
            draft = RuleDraft(f"第 {turn} 条", f"本行禁用语{turn}")
            await actions_rules.add_rule(db, draft, by=by, at=at)
            job = await queries_rules.open_scan(db)
            assert job is not None
        began, began_cpu = time.perf_counter(), time.process_time()
        await jobs_rules.rescan(database, bank.tenant, job_id=str(job.id))
        took.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
        async with database.reading(bank.tenant) as db:
            done = await tenants_queries.long_job(db, job.id)
            assert done.state == "done", done.state
            found = int(done.result["failing"])
    async with database.reading(bank.tenant) as db:
        some = await queries_rules.to_scan(db, after=None, limit=min(300, count))
        rules = await queries_rules.rules(db)
    naive = without_sieve()
    each = race(
        {
            "ours": (lambda _: jobs_rules.read_through(some, rules, {}), 1),
            "naive": (lambda _: jobs_rules.read_through(some, naive, {}), 1),
        }
    )
    per_item = {name: pace.cpu_ms / len(some) for name, pace in each.items()}
    figure(
        "library.rescan_10k_seconds",
        sorted(took)[1],
        "s",
        better="lower",
        detail={
            "items": count,
            "cpu_seconds": round(sorted(cpu)[1], 2),
            "failing": found,
            "ours_ms_an_item": round(per_item["ours"], 3),
            "naive_ms_an_item": round(per_item["naive"], 3),
            "vs_naive": round(per_item["naive"] / per_item["ours"], 1),
            "job": actions_rescan.JOB,
        },
    )


async def _main(here: Here, *, is_quick: bool) -> None:
    async with open_house(here.settings) as house:
        count = 1_000 if is_quick else 10_000
        say(f"{count} items to find")
        full = await small_bank(house, slug="full")
        bodies = [text for _, text in sentences("good")]
        label = await library_lists.fill(here, full, bodies, count=count)
        rounds = 3 if is_quick else 10
        await library_lists.search_p95_ms(house, full, count=count, rounds=rounds)
        banks = {"small": await small_bank(house, slug="small"), "full": full}
        await library_lists.list_p95_ms(house, banks, label, count=count, rounds=rounds)
        bank = await small_bank(house)
        say(f"{count} items to read again")
        await fill_items(house, bank, count=count)
        await rescan_10k_seconds(house, bank, count=count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    lint_5k_ms(calls=12 if asked.quick else 60)
    with running_house() as running:
        asyncio.run(_main(running, is_quick=asked.quick))
