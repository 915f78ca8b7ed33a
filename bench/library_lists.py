"""How fast content is found: searches, and the whole page of the library, on 10,000 items.

Called by `python -m bench.library`. Everything is asked as the app role under row-level
security. Beside a search stands what one writes first, `title ilike '%…%'`, which finds titles
only and knows no pinyin; beside the page, the same page of a bank with a single item.
"""

import gc
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import httpx
from bench.figures import figure, percentile, say
from bench.house import DATABASE, Here, SmallBank
from sqlalchemy import select, text

from contenthub.app import create_app
from contenthub.db import Read, TenantId, new_id
from contenthub.library import queries_lists
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item
from contenthub.library.search_tokens import tokens
from contenthub.tenants.sealing import bank_id
from contenthub.web.house import House
from contenthub.web.sessions import cookie_name, open_session

ROWS = 21
LABELS = 30
PLACES = ("清源", "河口", "城关", "北街", "云岭", "双桥", "石门", "江北", "南湖", "白沙")
GOODS = (
    *("三年期大额存单", "惠农快贷", "整村授信专享贷", "丰收卡积分兑换", "社保卡上门换发"),
    *("银发客户洗车券", "春耕备耕贷款", "商户收单优惠", "反诈知识问答", "保险箱开户礼"),
    *("定期存款到期提醒", "理财风险等级说明", "助学贷款办理指南", "医保缴费一次看懂"),
)
SEASONS = ("春节", "元宵", "春耕", "端午", "中秋", "国庆", "秋收", "岁末", "开门红", "年中")
SEARCHES = (
    *("存单", "大额存单", "惠农贷", "春耕", "上门换发", "反诈知识", "开门红 存款", "銀發客戶"),
    *("dae", "huinong", "cund", "sbk", "dqck", "chungeng", "yangkou", "X-1234", "x-20", "3721"),
    *("清源 积分", "没有这个词", "到网点办理", "存款", "da e cun dan", "bxx"),
)
"""Words, halves of words, pinyin, initials, codes, the other script, and what finds nothing."""
PAGES = (
    *("?view=all", "?kind=product", "?q=存单", "?q=cund&sort=until", "?state=in_review"),
    *("?topic=deposit&sort=shared", "?validity=expiring-30", "?shares=none", "?author=me"),
    "?label={label}",
)


def _rows(bank: SmallBank, bodies: list[str], *, count: int) -> list[dict[str, Any]]:
    """Return `count` items as they may stand in a library, most of them live."""
    chance = random.Random(5)
    now = datetime.now(UTC)
    found = []
    for number in range(count):
        title = f"{chance.choice(SEASONS)}{chance.choice(PLACES)}·{chance.choice(GOODS)} {number}"
        state = chance.choices(("live", "draft", "in_review", "expired"), (88, 6, 2, 4))[0]
        until = now + timedelta(hours=chance.randint(1, 8_000)) if chance.random() < 0.6 else None
        shared = (now - timedelta(days=chance.randint(0, 90))).date()
        found.append(
            {
                "id": new_id(),
                "revision_id": new_id(),
                "code": f"X-{10_000 + number}",
                "kind": chance.choice(("product", "article", "faq", "right", "activity", "script")),
                "topic": chance.choice(("deposit", "loan", "wealth", "card", "life", "payment")),
                "title": title,
                "state": state,
                "until": until if state == "live" else None,
                "shared_on": shared if state == "live" and chance.random() < 0.7 else None,
                "at": now - timedelta(minutes=7 * (count - number)),
                "body": "。".join(chance.sample(bodies, chance.randint(3, 12))),
                "author": bank.author.id,
            }
        )
    return found


_FILL = """
insert into items (tenant_id, id, code, kind, topic, title, state, author_id, working_revision_id,
  live_revision_id, recall_reason, must_fill, held_reason, live_until, shared_on, created_at,
  updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '[]', '', $11, $12, $13, $13)
"""
_FILL_REVISION = """
insert into revisions (tenant_id, id, item_id, no, kind, topic, title, fields, body, valid_until,
  state, hash, hits, rule_pack, author_id, editors, created_at, updated_at)
values ($1, $2, $3, 1, $4, $5, $6, '{}', $7, $8, $9, md5($6), '[]', '', $10, array[$10::uuid], $11,
  $11)
"""


async def fill(here: Here, bank: SmallBank, bodies: list[str], *, count: int) -> str:
    """Put items with their words and labels into a bank; return the id of one label.

    By the engine's superuser and without triggers: nobody reviewed these.
    """
    url = here.postgres.url("postgres", DATABASE).replace("+asyncpg", "")
    db = await asyncpg.connect(url)
    rows = _rows(bank, bodies, count=count)
    tenant = bank.tenant
    try:
        await db.execute("set session_replication_role = replica")
        for row in rows:
            live = row["revision_id"] if row["state"] == "live" else None
            facts = (row["kind"], row["topic"], row["title"])
            await db.execute(
                _FILL,
                *(tenant, row["id"], row["code"], *facts, row["state"], row["author"]),
                *(row["revision_id"], live, row["until"], row["shared_on"], row["at"]),
            )
            await db.execute(
                _FILL_REVISION,
                *(tenant, row["revision_id"], row["id"], *facts, row["body"], row["until"]),
                *(row["state"], row["author"], row["at"]),
            )
        say("words")
        await _fill_words(db, tenant, rows)
        label = await _fill_labels(db, tenant, rows)
        await db.execute("analyze items, revisions, item_tokens, labelled_items, staff")
    finally:
        await db.close()
    return label


async def _fill_words(db: asyncpg.Connection, tenant: TenantId, rows: list[dict[str, Any]]) -> None:
    columns = ["tenant_id", "token", "item_id", "of_live"]
    for first in range(0, len(rows), 500):
        records = [
            (tenant, token, row["id"], row["state"] == "live")
            for row in rows[first : first + 500]
            for token in tokens(row["title"], f"{row['code']} {row['body']}")
        ]
        await db.copy_records_to_table("item_tokens", records=records, columns=columns)


async def _fill_labels(db: asyncpg.Connection, tenant: TenantId, rows: list[dict[str, Any]]) -> str:
    chance, now = random.Random(9), datetime.now(UTC)
    ids = [new_id() for _ in range(LABELS)]
    records = [(tenant, one, f"标签{n}", f"标签{n}", now, now) for n, one in enumerate(ids)]
    columns = ["tenant_id", "id", "name", "folded", "created_at", "updated_at"]
    await db.copy_records_to_table("labels", records=records, columns=columns)
    marks = [(tenant, one, row["id"], now) for row in rows for one in chance.sample(ids, 2)]
    columns = ["tenant_id", "label_id", "item_id", "at"]
    await db.copy_records_to_table("labelled_items", records=marks, columns=columns)
    return str(ids[0])


async def search_p95_ms(house: House, bank: SmallBank, *, count: int, rounds: int) -> None:
    """Print what finding a page of items costs, beside looking through the titles."""
    at = datetime.now(UTC)

    async def ours(db: Read, *, q: str) -> int:
        return len(await queries_lists.lines(db, Filter(q=q, at=at), limit=ROWS))

    async def naive(db: Read, *, q: str) -> int:
        found = await db.scalars(
            select(Item)
            .where(Item.tenant_id == bank_id(db), Item.title.ilike(f"%{q}%"))
            .order_by(Item.updated_at.desc(), Item.id.desc())
            .limit(ROWS)
        )
        return len(found.all())

    times: dict[str, list[float]] = {"ours": [], "naive": []}
    found: dict[str, int] = {"ours": 0, "naive": 0}
    slowest: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for q in SEARCHES:
            for name, search in (("ours", ours), ("naive", naive)):
                took, rows = await _timed(house, bank, partial(search, q=q))
                if turn:  # the first round warms up
                    times[name].append(took)
                    found[name] += rows > 0
                    if name == "ours":
                        slowest.setdefault(q, []).append(took)
    middle = {q: statistics.median(each) for q, each in slowest.items()}
    worst = max(middle, key=lambda q: middle[q])
    async with house.database.reading(bank.tenant) as db:
        words = await db.scalar(text("select count(*) from item_tokens"))
        size = await db.scalar(text("select pg_total_relation_size('item_tokens')"))
    figure(
        "library.search_p95_ms",
        percentile(times["ours"], 0.95),
        "ms",
        better="lower",
        detail={
            "items": count,
            "median_ms": round(statistics.median(times["ours"]), 2),
            "slowest": f"{worst} {middle[worst]:.1f} ms",
            "ilike_p95_ms": round(percentile(times["naive"], 0.95), 2),
            "ilike_median_ms": round(statistics.median(times["naive"]), 2),
            "found": f"{found['ours'] // rounds}/{len(SEARCHES)}",
            "ilike_found": f"{found['naive'] // rounds}/{len(SEARCHES)}",
            "searches": len(times["ours"]),
            "words": words,
            "words_mb": round((size or 0) / 1e6),
        },
    )


async def _timed(
    house: House, bank: SmallBank, read: Callable[[Read], Awaitable[int]]
) -> tuple[float, int]:
    async with house.database.reading(bank.tenant) as db:
        await db.execute(text("select 1"))  # the connection and the bank's setting are not the read
        began = time.perf_counter()
        rows = await read(db)
        return (time.perf_counter() - began) * 1000, rows


async def list_p95_ms(
    house: House, banks: dict[str, SmallBank], label: str, *, count: int, rounds: int
) -> None:
    """Print what the whole page of the library costs the server, filters and searches among it."""
    app = create_app(house.settings, house)
    gc.freeze()  # as `contenthub web` does: what was loaded is not looked through again
    times: dict[tuple[str, str], list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for name, bank in banks.items():
        sid = await open_session(house.redis, house.settings, bank.tenant, bank.author.id)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://hub.test",
            cookies={cookie_name(house.settings): sid},
        ) as client:
            for turn in range(rounds + 1):
                for page in PAGES:
                    url = "/console/library" + page.format(label=label)
                    began, began_cpu = time.perf_counter(), time.process_time()
                    answer = await client.get(url)
                    if answer.status_code != 200:
                        raise SystemExit(f"{url}: {answer.status_code}")
                    if turn:
                        times.setdefault((name, page), []).append(_ms(began, time.perf_counter()))
                        cpu.setdefault(name, []).append(_ms(began_cpu, time.process_time()))
    every = {
        name: [took for (of, _), each in times.items() if of == name for took in each]
        for name in banks
    }
    middle = {page: statistics.median(each) for (of, page), each in times.items() if of == "full"}
    worst = max(middle, key=lambda page: middle[page])
    figure(
        "library.list_p95_ms",
        percentile(every["full"], 0.95),
        "ms",
        better="lower",
        detail={
            "items": count,
            "median_ms": round(statistics.median(every["full"]), 1),
            "python_cpu_median_ms": round(statistics.median(cpu["full"]), 1),
            "slowest": f"{worst.split('=')[0]}= {middle[worst]:.1f} ms",
            "one_item_p95_ms": round(percentile(every["small"], 0.95), 1),
            "one_item_median_ms": round(statistics.median(every["small"]), 1),
            "pages": len(every["full"]),
        },
    )


def _ms(began: float, ended: float) -> float:
    return (ended - began) * 1000
