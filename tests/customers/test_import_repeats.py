"""A phone that is in a file several times: the same customer however far apart its rows are."""

import csv
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from tests.make import NOW, make_customer
from tests.personas import Personas, Side

from contenthub.customers import actions_import, actions_tags, filerows, queries
from contenthub.customers import queries_truth as truths
from contenthub.customers.actions_import import Tally
from contenthub.customers.actions_known import Known
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.filerows import Task
from contenthub.customers.mergerules import EMPTY, FILE, NEWER, OURS, Rules
from contenthub.customers.models import Customer, Refusal
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read, Write
from contenthub.tenants.sealing import keyring

FIELDS = (
    *("name", "phone", "gender", "birthday", "branch", "owner", "aum", "risk", "risk_until"),
    *("tags", "refused", "crm_no", "external_userid", "products", "grid", "contacted_on"),
    *("stage", "remark", "as_of"),
)
RULED = ("name", "aum", "grid", "stage", "remark", "contacted_on", "branch", "owner", "risk")
LATER = NOW + timedelta(days=10)


class _TakenBackError(Exception):
    """Ends a unit of work that is only looked at."""


def _cells(chance: Random, side: Side) -> dict[str, str]:
    days = [str(NOW.date() - timedelta(days=n)) for n in (1, 3, 40)]
    some: dict[str, list[str]] = {
        "gender": ["男", "女"],
        "birthday": ["1950-05-20", "1980-01-01"],
        "branch": [side.branch.code, side.other_branch.code, "月球支行"],
        "owner": [side.employee.staff_no, side.colleague.staff_no],
        "aum": ["0", "100.50", "52000"],
        "risk": ["C2", "C4"],
        "risk_until": [str(NOW.date() + timedelta(days=200))],
        "tags": ["银发", "商户;银发", "金卡", "普卡", "金卡;商户"],
        "refused": ["理财", "贷款;保险", "存款"],
        "crm_no": ["C1", "C2"],
        "external_userid": ["wm0000000001", "wm0000000002"],
        "products": ["定期存款", "理财"],
        "grid": ["东村", "西村"],
        "contacted_on": days,
        "stage": ["活跃", "转化"],
        "remark": ["好客户", "常来"],
        "as_of": days,
    }
    said = {name: chance.choice(words) for name, words in some.items() if chance.random() < 0.35}
    phone = f"139000000{chance.randrange(12):02}"
    return {"name": chance.choice(["李娜", "王小明", "赵强"]), "phone": phone, **said}


def _file(path: Path, chance: Random, side: Side) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        told = csv.DictWriter(out, FIELDS)
        told.writeheader()
        told.writerows(_cells(chance, side) for _ in range(60))
    return path


async def _settle(db: Write, side: Side) -> None:
    """Some who are there already, and two tags of which a customer has one only."""
    draft = GroupDraft("客户级别", is_exclusive=True)
    group = await actions_tags.create_group(db, draft, by=side.author, at=NOW)
    for name in ("金卡", "普卡"):
        await actions_tags.create_tag(db, TagDraft(name, group.id), by=side.author, at=NOW)
    for n in range(4):
        row: dict[str, Any] = {"aum_fen": 700, "grid": "南村"} if n % 2 else {"remark": "老客户"}
        row["external_userid"] = "wm0000000009"
        await make_customer(db, phone=f"139000000{n:02}", tags=["普卡"], **row)


async def _load(db: Write, path: Path, side: Side, rules: Rules, size: int) -> list[Tally]:
    keys = keyring(db).for_files(side.tenant)
    task = Task(
        path=str(path),
        filename="a.csv",
        is_checked=False,
        mapping={name: name for name in FIELDS},
        after_line=0,
        rows_at_once=size,
        today=NOW.date(),
        keys=keys,
        seals=True,
    )
    return [
        await actions_import.add_batch(
            db, step.rows, step, rules=rules, dry_run=False, by=None, at=LATER
        )
        for step in filerows.batches(task)
        if step.rows
    ]


async def _everything(db: Read) -> list[Any]:
    found = []
    refused = await db.execute(select(Refusal.customer_no, Refusal.topic, Refusal.recorded_at))
    topics = sorted(tuple(row) for row in refused)
    for one in await db.scalars(select(Customer).order_by(Customer.no)):
        await db.refresh(one)
        facts = [getattr(one, name) for name in Known._fields if name != "id"]
        tags = sorted(tag.name for tag in (await queries.portrait(db, one)).tags)
        remark = (
            keyring(db).open(one.tenant_id, f"customers.remark:{one.id}", one.remark_sealed)
            if one.remark_sealed
            else ""
        )
        masked = (one.name_masked, one.phone_masked)
        found.append((facts, tags, queries.clear(db, one), masked, remark))
    return [found, topics]


@pytest.mark.parametrize("seed", range(5))
async def test_what_comes_of_a_file_does_not_depend_on_where_its_batches_end(
    people: Personas, tmp_path: Path, seed: int
) -> None:
    chance, side = Random(seed), people.ours
    path = _file(tmp_path / "a.csv", chance, side)
    chosen = {name: chance.choice([FILE, EMPTY, OURS, NEWER]) for name in RULED} if seed else {}
    rules = Rules({name: rule for name, rule in chosen.items() if rule != FILE})
    came: dict[int, Any] = {}
    for size in (1, 3, 5_000):
        with pytest.raises(_TakenBackError):
            async with people.house.database.unit_of_work(side.tenant) as db:
                await _settle(db, side)
                tallies = await _load(db, path, side, rules, size)
                assert await truths.disagreements(db, 0, 65_535) == {}
                lines = sorted(p.line for tally in tallies for p in tally.problems)
                came[size] = [*await _everything(db), lines]
                raise _TakenBackError
    assert came[1][0]
    assert came[3] == came[1]
    assert came[5_000] == came[1]


async def _both(db: Write, *rows: CustomerRow) -> Tally:
    return await actions_import.add_batch(db, rows, dry_run=False, by=None, at=NOW)


async def test_refusals_tags_and_cells_of_an_earlier_row_stay(people: Personas) -> None:
    first = CustomerRow(
        2, "王小明", "13900000001", tags=("银发",), refused=("理财",), aum_fen=5, grid="东村"
    )
    second = CustomerRow(3, "王小明", "13900000001", tags=("商户",), refused=("贷款",), aum_fen=9)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        tally = await _both(db, first, second)
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        portrait = await queries.portrait(db, one)
        assert {tag.name for tag in portrait.tags} == {"银发", "商户"}
        assert set(await db.scalars(select(Refusal.topic))) == {"wealth", "loan"}
        assert (one.aum_fen, one.grid) == (9, "东村")
        assert (tally.added, tally.updated, tally.repeated) == (1, 0, 1)
        assert await truths.disagreements(db, 0, 65_535) == {}


async def test_of_three_rows_each_but_the_last_has_its_hint(people: Personas) -> None:
    rows = [CustomerRow(line, "王小明", "13900000001") for line in (2, 3, 4)]
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        tally = await _both(db, *rows)
    assert [(hint.line, "第 3 行" in hint.message) for hint in tally.warnings] == [
        (2, True),
        (3, True),
    ]
    assert tally.repeated == 2
    assert tally.lines == {"13900000001": 4}
