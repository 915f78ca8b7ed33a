"""What lines of a list write: results and acts of customers, with the index; and taken back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, text

from contenthub.customers import actions_behaviour, actions_tagging, queries_lists
from contenthub.customers.actions_audience import mark
from contenthub.customers.behaviour import KEPT_DAYS, Act
from contenthub.customers.bitmaps import Key
from contenthub.customers.listrows import SCORES, ListRow, Wish
from contenthub.customers.models_lists import ListAct, ListScore
from contenthub.customers.rows import shown_field
from contenthub.db import Write
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id
from contenthub.uploads.sorts import RowProblem

AT_ONCE = 5_000
_SCORES = text("""
insert into list_scores (tenant_id, customer_no, topic, list_id, points)
select :bank, w.no, w.topic, :list, w.points
from unnest(cast(:nos as int[]), cast(:topics as text[]), cast(:points as int[]))
  as w (no, topic, points)
on conflict (tenant_id, customer_no, topic, list_id) do update set points = excluded.points
returning customer_no, topic, points, old.points
""")
_ACTS = text("""
insert into list_acts (tenant_id, customer_no, kind, topic, day_on, source, list_id)
select :bank, w.no, w.kind, w.topic, w.day_on, :source, :list
from unnest(cast(:nos as int[]), cast(:kinds as text[]), cast(:topics as text[]),
  cast(:days as date[])) as w (no, kind, topic, day_on)
on conflict do nothing returning customer_no, kind, topic, day_on
""")
_KNOWN = text("""
select count(*) from list_acts a
join unnest(cast(:nos as int[]), cast(:kinds as text[]), cast(:topics as text[]),
  cast(:days as date[])) as w (no, kind, topic, day_on)
on a.customer_no = w.no and a.kind = w.kind and a.topic = w.topic and a.day_on = w.day_on
where a.tenant_id = :bank and a.source = :source
""")
_BACK = {
    "scores": text("""
delete from list_scores where tenant_id = :bank and list_id = :list and customer_no = any(
  cast(:nos as int[])) returning customer_no, topic, points
"""),
    "acts": text("""
delete from list_acts where tenant_id = :bank and list_id = :list and customer_no = any(
  cast(:nos as int[])) returning customer_no, kind, topic, day_on
"""),
}


@dataclass(slots=True)
class Tally:
    """What a batch of lines did."""

    told: int = 0
    """Lines that tell something new."""
    repeated: int = 0
    empty: int = 0
    """Results of no points, which tell nothing."""
    people: BitMap = field(default_factory=BitMap)
    topics: set[str] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What earlier lines of a trial told, which writes nothing that could be asked."""

    lines: dict[tuple[str, ...], BitMap] = field(default_factory=dict)

    def again(self, no: int, *what: str) -> bool:
        """Return whether an earlier line said this of the customer; it has been said now."""
        people = self.lines.setdefault(what, BitMap())
        was = no in people
        people.add(no)
        return was


async def take(
    db: Write, rows: Sequence[ListRow], wish: Wish, *, list_id: UUID, seen: Seen | None
) -> Tally:
    """Write what lines tell of customers; with `seen`, of a trial, only count it."""
    tally = Tally()
    named = await _named(db, rows, tally)
    if seen is None:
        there = set(await actions_tagging.lock(db, [no for no, _ in named]))
        named = [(no, row) for no, row in named if no in there]
    tally.people = BitMap(no for no, _ in named)
    tally.topics = {row.topic for _, row in named}
    if wish.kind == SCORES:
        await _scores(db, named, tally, list_id=list_id, seen=seen)
    else:
        await _acts(db, named, tally, source=wish.source, list_id=list_id, seen=seen)
    return tally


async def _named(db: Write, rows: Sequence[ListRow], tally: Tally) -> list[tuple[int, ListRow]]:
    """Return each line with the customer it names; the others become problems."""
    by_phone, by_number = await queries_lists.found(db, rows)
    named: list[tuple[int, ListRow]] = []
    for row in rows:
        nos = [by_phone[row.phone]] if row.phone in by_phone else by_number.get(row.crm_no, [])
        if len(nos) == 1:
            named.append((nos[0], row))
            continue
        name = "phone" if row.phone and not nos else "crm_no"
        label = "手机号" if name == "phone" else "客户号"
        why = f"本行没有这个{label}的客户，请先在“导入客户”里新增"
        if nos:
            why = f"有 {len(nos)} 位客户是这个客户号，请改用手机号"
        shown = shown_field(name, row.phone if name == "phone" else row.crm_no)
        tally.problems.append(RowProblem(row.line, name, shown, f"{label}：{why}"))
    return named


async def _scores(
    db: Write,
    named: Iterable[tuple[int, ListRow]],
    tally: Tally,
    *,
    list_id: UUID,
    seen: Seen | None,
) -> None:
    last: dict[tuple[int, str], int] = {}
    for no, row in named:
        if not row.points:
            tally.empty += 1
        elif (no, row.topic) in last or (seen is not None and seen.again(no, row.topic)):
            tally.repeated += 1
            last[no, row.topic] = row.points
        else:
            last[no, row.topic] = row.points
            tally.told += 1
    if seen is not None or not last:
        return
    facts = {
        "bank": bank_id(db),
        "list": list_id,
        "nos": [no for no, _ in last],
        "topics": [topic for _, topic in last],
        "points": list(last.values()),
    }
    add: dict[Key, list[int]] = {}
    remove: dict[Key, list[int]] = {}
    for no, topic, points, was in await db.execute(_SCORES, facts):
        now = set(queries_lists.model_keys(list_id, topic, points))
        stood = set(queries_lists.model_keys(list_id, topic, was or 0))
        for key in now - stood:
            add.setdefault(key, []).append(no)
        for key in stood - now:
            remove.setdefault(key, []).append(no)
        if was is not None:  # an earlier batch had them, or a worker that died
            tally.told, tally.repeated = tally.told - 1, tally.repeated + 1
    await mark(db, add, remove)


async def _acts(
    db: Write,
    named: Sequence[tuple[int, ListRow]],
    tally: Tally,
    *,
    source: str,
    list_id: UUID,
    seen: Seen | None,
) -> None:
    done: list[tuple[int, Act]] = []
    once: set[tuple[int, Act]] = set()
    for no, row in named:
        act = Act(row.act, row.topic, row.on)
        is_again = seen is not None and seen.again(no, act.kind, act.topic, str(act.on))
        if not is_again and (no, act) not in once:
            once.add((no, act))
            done.append((no, act))
    facts = {
        "bank": bank_id(db),
        "source": source,
        "nos": [no for no, _ in done],
        "kinds": [act.kind for _, act in done],
        "topics": [act.topic for _, act in done],
        "days": [act.on for _, act in done],
    }
    if seen is not None:
        tally.told = len(done) - int(await db.scalar(_KNOWN, facts) or 0)
    else:
        rows = await db.execute(_ACTS, {**facts, "list": list_id})
        new = Counter((no, Act(kind, topic, on)) for no, kind, topic, on in rows)
        await actions_behaviour.add_up(db, new)
        tally.told = len(new)
    tally.repeated = len(named) - tally.told


async def take_back(db: Write, list_id: UUID, kind: str, *, at: datetime) -> int:
    """Take some of what a list told back; return of how many customers, 0 at the end."""
    model = ListScore if kind == SCORES else ListAct
    some = await db.scalars(
        select(model.customer_no)
        .where(model.tenant_id == bank_id(db), model.list_id == list_id)
        .order_by(model.customer_no)
        .distinct()
        .limit(AT_ONCE)
    )
    nos = await actions_tagging.lock(db, list(some))
    if not nos:
        return 0
    facts = {"bank": bank_id(db), "list": list_id, "nos": nos}
    rows = await db.execute(_BACK[kind], facts)
    if kind == SCORES:
        gone: dict[Key, list[int]] = {}
        for no, topic, points in rows:
            for key in queries_lists.model_keys(list_id, topic, points):
                gone.setdefault(key, []).append(no)
        await mark(db, {}, gone)
        return len(nos)
    # A day that is past what is kept of behaviour has nothing to be taken back from.
    oldest = await tenants.today(db, at=at) - timedelta(days=KEPT_DAYS)
    back = {(no, Act(kind, topic, on)): -1 for no, kind, topic, on in rows if on >= oldest}
    await actions_behaviour.add_up(db, back)
    return len(nos)
