"""The kit that ships: forty items, a year of festivals; lawful, never approved unfilled."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from tests.make import NOW, approve
from tests.personas import Personas

from contenthub.customers import actions_tags
from contenthub.customers import queries as customers_queries
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.errors import Invalid
from contenthub.kits import actions_starter, queries, starterkit
from contenthub.kits.starterkit import StarterPart
from contenthub.library import actions as library
from contenthub.library import bodytext, kinds, messagetext
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.lint import lint

ON = date(2026, 11, 26)
PARTS = starterkit.parts(on=ON)
OWN: dict[str, Any] = {
    "contact": "96588",
    "rate": "1.05",
    "rate_table": ["一年｜1.55｜50元"],
    "minimum_fen": "5万元",
    "annual_rate": "4.35",
    "annual_rate_max": "6.00",
    "comprehensive_cost_rate": "6.00",
    "comprehensive_cost": [
        "贷款利息｜本行｜年化利率4.35%至6.00%（单利），以审批为准",
        "逾期罚息｜本行｜合同利率加收50%",
    ],
    "amount_max_fen": "30万元",
    "annual_fee": "免年费",
    "instalment_rate": "13",
    "revolving_rate": "18.25",
    "late_fee": "最低还款额未还部分的5%",
    "cash_fee": "1%，最低10元",
    "merchant_fee": "0.25%",
    "limits": "单笔5万元、单日20万元",
    "stock": "100",
    "redeem_from": "2027-01-01",
    "redeem_until": "2027-03-31",
    "merchant": "县医院",
    "merchant_address": "人民路1号",
    "merchant_phone": "96588",
    "starts_at": "2027-01-10 09:00",
    "ends_at": "2027-01-10 11:00",
    "place": "村委会",
    "capacity": "60",
    "organiser": "测试农商行",
}
"""What a bank would fill in."""


def test_it_holds_forty_items_of_every_kind_and_a_year_of_festivals() -> None:
    items = [part for part in PARTS if part.group not in ("festival", "cadence")]
    assert len(items) == 40
    assert set(Counter(part.kind for part in items)) == set(kinds.KINDS)
    festivals = [part for part in PARTS if part.group == "festival" and part.kind == "article"]
    assert len(festivals) >= 24
    covered = set()
    for part in festivals:
        assert part.from_on is not None
        assert part.until_on is not None
        days = (part.until_on - part.from_on).days
        covered |= {(part.from_on + timedelta(days=n)).month for n in range(days + 1)}
    assert covered == set(range(1, 13))
    assert len({part.code for part in PARTS}) == len(PARTS)
    assert len({part.title for part in PARTS}) == len(PARTS)
    assert {part.group for part in PARTS} == set(starterkit.GROUPS)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.code)
def test_a_part_filled_in_is_complete_and_free_of_hits(part: StarterPart) -> None:
    filled = {name: OWN[name] for name in part.must_fill}
    fields = kinds.check(part.kind, part.topic, part.title, {**part.fields, **filled})
    body = bodytext.kept(part.body)
    if part.kind == "script":
        messagetext.check_text(part.fields["text"])
    assert lint(part.kind, part.topic, fields, body, title=part.title) == []
    for name in part.must_fill:
        assert kinds.field(part.kind, part.topic, name).is_local, name
        assert name not in part.fields


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        (date(2026, 11, 26), date(2027, 1, 30), date(2027, 2, 13)),
        (date(2027, 2, 13), date(2027, 1, 30), date(2027, 2, 13)),
        (date(2027, 2, 14), date(2028, 1, 19), date(2028, 2, 2)),
    ],
)
def test_a_lunar_festival_comes_on_its_next_day(on: date, first: date, last: date) -> None:
    [spring] = [part for part in starterkit.parts(on=on) if part.code == "spring"]
    assert (spring.from_on, spring.until_on) == (first, last)


def test_past_its_table_a_festival_has_no_days() -> None:
    parts = {part.code: part for part in starterkit.parts(on=date(2040, 1, 1))}
    assert parts["spring"].from_on is None
    assert parts["national"].from_on == date(2040, 9, 26)


async def test_an_import_brings_drafts_once_and_fills_the_hotline_in(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        group = await actions_tags.create_group(db, GroupDraft("自建"), by=side.admin, at=NOW)
        await actions_tags.create_tag(db, TagDraft("银发", group.id), by=side.admin, at=NOW)
        done = await actions_starter.import_starter(db, [], by=side.admin, at=NOW)
        tags = sum(len(group.tags) for group in starterkit.tag_groups())
        assert (done.items, done.tags, done.known) == (len(PARTS), tags - 1, 0)
        again = await actions_starter.import_starter(db, [], by=side.admin, at=NOW)
        assert (again.items, again.tags, again.known) == (0, 0, len(PARTS))
        assert (done.cadences, again.cadences) == (5, 0)
        states = Counter(one.state for one in await queries.adopted(db))
        assert states == {"draft": len(PARTS) + len(starterkit.cadences())}
        names = [tag.name for tag in await customers_queries.tags(db)]
        assert len(names) == len(set(names)) == tags


@pytest.mark.parametrize("start", ["整存整取", "农户小额贷款"])
async def test_nothing_is_submitted_unfilled_and_all_of_it_passes_once_filled(
    people: Personas, start: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_starter.import_starter(db, ["deposit", "loan"], by=side.author, at=NOW)
        [one] = [one for one in await queries.adopted(db) if one.title.startswith(start)]
        item, seen, _ = await library_queries.item_wordings(db, one.part.subject_id)
        with pytest.raises(Invalid) as refused:
            await library.submit(db, item.id, by=side.author, at=NOW)
        assert set(refused.value.fields) >= {
            f"fields.{name}" for name in item.must_fill if name in ("rate", "annual_rate")
        }
        filled = {name: OWN[name] for name in item.must_fill}
        draft = Draft(seen.kind, seen.topic, seen.title, {**seen.fields, **filled}, seen.body)
        await library.write_draft(db, item.id, draft, by=side.author, at=NOW)
        await library.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
        assert item.state == "live"


async def test_a_group_nobody_ships_is_refused_by_name(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions_starter.import_starter(db, ["stocks"], by=side.admin, at=NOW)
    assert set(refused.value.fields) == {"groups"}
