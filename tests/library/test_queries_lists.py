"""Which items a list shows, in which order, and how it goes on."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from tests.faults import Faults
from tests.house.test_catalog import connected, superuser_url
from tests.make import NOW, make_item, make_link, make_live_item
from tests.personas import Personas

from contenthub.db import Write
from contenthub.library import actions, actions_labels, actions_windows, queries_lists
from contenthub.library.itemfilter import SORTS, Filter
from contenthub.library.models import Item

TODAY = date(2026, 11, 26)


async def _shelf(db: Write, people: Personas) -> dict[str, Item]:
    """Add one item of every standing; return them by what they stand for."""
    author, reviewer = people.ours.author, people.ours.reviewer

    async def live(title: str, **over: Any) -> Item:
        return await make_live_item(db, author, reviewer, title=title, **over)

    found = {
        "lasting": await live("长期存单"),
        "soon": await live("三天后到期存单", valid_until=NOW + timedelta(days=3)),
        "month": await live("下月到期存单", valid_until=NOW + timedelta(days=25)),
        "over": await live("昨天到期存单", valid_until=NOW + timedelta(hours=1)),
        "later": await live("下周生效存单", valid_from=NOW + timedelta(days=6)),
        "draft": (await make_item(db, people.ours.admin, kind="faq", topic="card"))[0],
    }
    await actions_windows.expire(db, found["over"].id, at=NOW + timedelta(hours=2))
    link = await make_link(db, found["lasting"], people.ours.employee, at=NOW - timedelta(days=1))
    assert link.item_id == found["lasting"].id
    await make_link(db, found["month"], people.ours.employee, at=NOW - timedelta(days=40))
    return found


AT = NOW + timedelta(hours=3)


def _named(value: object) -> str:
    """Name a case alike in every process: sets have an order of their own in each."""
    return " ".join(sorted(value)) if isinstance(value, set) else str(value)


FOUND: list[tuple[dict[str, Any], set[str]]] = [
    ({"validity": "current"}, {"lasting", "soon", "month"}),
    ({"validity": "upcoming"}, {"later"}),
    ({"validity": "expiring"}, {"soon"}),
    ({"validity": "expiring", "expiring_days": 30}, {"soon", "month"}),
    ({"validity": "expired"}, {"over"}),
    ({"quiet_since": TODAY - timedelta(days=29)}, {"soon", "month"}),
    ({"state": "draft"}, {"draft"}),
    ({"kind": "faq", "topic": "card"}, {"draft"}),
    ({"live_only": True}, {"lasting", "soon", "month"}),
    ({"live_only": True, "validity": "upcoming"}, set()),
    ({"updated_from": NOW + timedelta(hours=1)}, {"over"}),
    (
        {"updated_before": NOW + timedelta(hours=1)},
        {"lasting", "soon", "month", "later", "draft"},
    ),
    ({"q": "存单", "validity": "current"}, {"lasting", "soon", "month"}),
    ({"q": "xiayuedao"}, {"month"}),
]


async def test_a_filter_finds_what_it_says(people: Personas) -> None:
    faults = Faults()
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        shelf = await _shelf(db, people)
        for wanted, named in FOUND:
            with faults.of(str(wanted)):
                asked = Filter(**wanted, at=AT)
                found = {item.id for item in await queries_lists.items(db, asked)}
                assert found == {shelf[name].id for name in named}
                assert await queries_lists.item_count(db, asked) == len(named)
                assert sum((await queries_lists.kind_counts(db, asked)).values()) == len(named)
    faults.none()


async def test_authors_and_labels_narrow_a_list(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        shelf = await _shelf(db, people)
        spring = await actions_labels.create_label(db, "春节", by=side.author, at=NOW)
        farm = await actions_labels.create_label(db, "涉农", by=side.author, at=NOW)
        for label, names in ((spring, ("soon", "month")), (farm, ("month", "draft"))):
            change = actions_labels.Change(add=[label.id])
            ids = [shelf[name].id for name in names]
            await actions_labels.change_labels(db, ids, change, by=side.author, at=NOW)

        async def shown(wanted: Filter) -> set[str]:
            ids = {item.id for item in await queries_lists.items(db, wanted)}
            return {name for name, item in shelf.items() if item.id in ids}

        assert await shown(Filter(label_ids=(spring.id,))) == {"soon", "month"}
        assert await shown(Filter(label_ids=(spring.id, farm.id))) == {"month"}
        assert await shown(Filter(author_id=side.admin.id)) == {"draft"}
        assert await queries_lists.authors(db) == {
            str(one.id): one.name for one in (side.author, side.admin)
        }


async def _walked(db: Write, wanted: Filter) -> Sequence[Item]:
    seen: list[Item] = []
    after = None
    while part := await queries_lists.items(db, wanted, after=after, limit=2):
        seen += part
        after = queries_lists.place(wanted, part[-1])
    return seen


async def _ordered(db: Write, sort: str) -> None:
    """Assert that an order's pages make up the whole list, and that it is that order."""
    wanted = Filter(sort=sort)
    whole = await queries_lists.items(db, wanted, limit=50)
    assert len(whole) == 6
    assert [one.id for one in await _walked(db, wanted)] == [one.id for one in whole]
    column = {"updated": "updated_at", "created": "created_at", "until": "live_until"}.get(
        sort.removeprefix("-"), "shared_on"
    )
    values = [getattr(one, column) for one in whole]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    nulls = len(values) - len(known)
    assert values == ([None] * nulls + known if sort == "shared" else known + [None] * nulls)


async def test_every_order_goes_on_page_by_page(people: Personas) -> None:
    faults = Faults()
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _shelf(db, people)
        db.expire_all()
        for sort in SORTS:
            with faults.of(sort):
                await _ordered(db, sort)
    faults.none()


async def test_the_database_keeps_when_what_is_live_ends(people: Personas) -> None:
    side = people.ours
    until = NOW + timedelta(days=3)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, valid_until=until)
        await db.flush()
        await db.refresh(item)
        assert item.live_until == until
        await actions.recall(db, item.id, reason="利率调整", by=side.author, at=NOW)
        await db.flush()
        await db.refresh(item)
        assert item.live_until is None


async def test_a_share_is_noted_by_the_banks_day_and_never_goes_back(people: Personas) -> None:
    side = people.ours
    late = NOW.replace(hour=17)  # 17:00 UTC is the next day in Shanghai
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        for at, day in ((NOW, TODAY), (late, TODAY + timedelta(days=1))):
            await make_link(db, item, side.employee, at=at)
            await db.refresh(item)
            assert item.shared_on == day
        await make_link(db, item, side.colleague, at=NOW)
        await db.refresh(item)
        assert item.shared_on == TODAY + timedelta(days=1)


# Rolled back with its transaction.
_ONLY_INDEXES = """
update pg_index i set indisvalid = false
where pg_get_indexdef(i.indexrelid) !~ :column and i.indrelid in (
  select o.indrelid from pg_index o join pg_class c on c.oid = o.indrelid
  where c.relnamespace = 'public'::regnamespace and pg_get_indexdef(o.indexrelid) ~ :column)
"""
_AS_THE_APP = {
    **{"role": "contenthub_app", "app.tenant_id": ""},
    **{"enable_seqscan": "off", "enable_sort": "off"},
}


@pytest.mark.parametrize(
    ("wanted", "indexed"),
    [
        ({"q": "存单"}, "token = '存单'"),
        ({"q": "cund"}, "token >= 'cund'"),
        ({"label_ids": (UUID(int=7),)}, "label_id = "),
        ({"validity": "expiring", "sort": "until"}, "live_until > "),
        ({"state": "in_review"}, "state = 'in_review'"),
    ],
    ids=_named,
)
async def test_row_level_security_leaves_the_filters_their_indexes(
    people: Personas, wanted: dict[str, Any], indexed: str
) -> None:
    # What is not leakproof may be judged only after the policy: it is a Filter, never an
    # Index Cond (design T8). Small tables are read whole and sorted, so that is switched off,
    # and of indexes that cost the same those without the column are out of sight.
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    house = people.house
    engine = house.database.engine.sync_engine
    async with house.database.reading(people.ours.tenant) as db:
        event.listen(engine, "before_cursor_execute", note)
        try:
            await queries_lists.lines(db, Filter(**wanted, at=AT))
        finally:
            event.remove(engine, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    async with connected(superuser_url(house.settings)) as plain:
        await plain.execute(text(_ONLY_INDEXES), {"column": rf"\m{indexed.split()[0]}\M"})
        for name, value in _AS_THE_APP.items():
            await plain.execute(
                text("select set_config(:name, :value, true)"),
                {"name": name, "value": value or str(people.ours.tenant)},
            )
        raw = await plain.get_raw_connection()
        assert raw.driver_connection is not None
        rows = await raw.driver_connection.fetch("explain " + statement, *parameters)
    plan = [row[0].replace("(", "").replace(")", "") for row in rows]
    assert any("Index Cond" in line and indexed in line for line in plan), "\n".join(plan)


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_titles_that_say_what_is_asked_lead_and_each_comes_once(
    people: Personas, size: int
) -> None:
    ours = people.ours
    titles = ["社保卡丢了怎么办", "丢了东西先挂失社保卡", "社保卡丢了找谁", "社保卡，丢了别慌"]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for n, title in enumerate(titles):
            at = NOW + timedelta(days=n)
            await make_live_item(db, ours.author, ours.reviewer, at=at, title=title)
        wanted, seen, after = Filter(q=" 社保卡丢 "), list[str](), None
        while part := await queries_lists.items(db, wanted, after=after, limit=size):
            seen += [one.title for one in part]
            after = queries_lists.place(wanted, part[-1])
    assert seen == [titles[2], titles[0], titles[3], titles[1]]


@pytest.mark.parametrize("size", [1, 2])
async def test_who_types_a_code_sees_that_item_first_and_each_once(
    people: Personas, size: int
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        meant = await make_live_item(db, ours.author, ours.reviewer)
        later = [
            await make_live_item(
                db, ours.author, ours.reviewer, at=NOW + timedelta(days=n), title=f"见 {meant.code}"
            )
            for n in (1, 2)
        ]
        wanted = Filter(q=f" {meant.code.lower().replace('-', '')} ")
        tagged = Filter(q=meant.code)
        seen: list[Item] = []
        after = None
        while part := await queries_lists.items(db, tagged, after=after, limit=size):
            seen += part
            after = queries_lists.place(tagged, part[-1])
        first = await queries_lists.items(db, wanted, limit=5)
    assert [one.id for one in seen] == [meant.id, *(one.id for one in reversed(later))]
    assert {one.id for one in first} <= {one.id for one in seen}
