"""The demo banks: what is in them, and that half of one never stays."""

import asyncio
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from contenthub import cli_demo
from contenthub.cli_demo_faces import portrait
from contenthub.cli_demo_roster import BANKS, DemoBank, branches_of, roster
from contenthub.customers.models import Customer, Segment
from contenthub.engines_postgres import running_postgres
from contenthub.errors import Invalid
from contenthub.library.models import Item, Review, Revision
from contenthub.posters.models import PosterTemplate
from contenthub.scheduler.models import Push
from contenthub.settings import Settings
from contenthub.sharing.models import Lead, Link, Visit
from contenthub.tenants import queries
from contenthub.tenants.models import Branch, BranchChange, Handover, Staff
from contenthub.tenants.models_webhooks import WebhookDelivery
from contenthub.web import mix_desk
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House, close_house, make_house
from tests.conftest import ENGINE_ENV, TEMPLATE
from tests.personas import Personas

SMALL = DemoBank(2, "liuhe", "柳河农商银行", "柳河农村商业银行", "96388", 16, 60, 60)


@pytest.fixture
def empty_house(settings: Settings, worker_id: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a house with a database of its own and nobody in it."""
    postgres = running_postgres(Path(os.environ[ENGINE_ENV]))
    assert postgres is not None
    name = f"demo_{worker_id}"
    postgres.drop_database(name)
    postgres.create_database(name, template=TEMPLATE)
    yield replace(
        settings,
        database_url=postgres.url("contenthub_app", name),
        platform_database_url=postgres.url("contenthub_platform", name),
        owner_database_url=postgres.url("contenthub_owner", name),
        storage_url=(tmp_path / "objects").as_uri(),
    )
    postgres.drop_database(name)


class _Killed(Exception):
    """The process died here."""


def _quiet(_line: str) -> None:
    return None


async def _facts(settings: Settings) -> dict[str, Any]:
    house = make_house(settings)
    try:
        return await _look(house)
    finally:
        await close_house(house)


async def _look(house: House) -> dict[str, Any]:
    async with house.database.platform_unit_of_work() as platform:
        rows = await platform.execute(text("select slug, id from banks"))
        banks = {slug: tenant for slug, tenant in rows}
    (tenant,) = banks.values()
    found: dict[str, Any] = {"banks": list(banks)}
    async with house.database.reading(tenant) as db:
        for model in (Item, Revision, PosterTemplate, Push):
            states = await db.scalars(select(model.state))
            found[model.__tablename__] = Counter(states)
        for other in (Customer, Segment, Link, Visit, Lead, Staff):
            found[other.__tablename__] = await db.scalar(select(func.count()).select_from(other))
        found["hits"] = Counter(
            any(hit["severity"] == "block" for hit in hits)
            for hits in await db.scalars(select(Revision.hits).where(Revision.state == "in_review"))
        )
        found["own_reviews"] = await db.scalar(
            select(func.count()).where(Review.reviewer_id == Review.author_id)
        )
        found["people"] = Counter(await db.scalars(select(Staff.state)))
        found["branches"] = Counter(await db.scalars(select(Branch.state)))
        found["changes"] = Counter(await db.scalars(select(BranchChange.change)))
        found["told"] = Counter(await db.scalars(select(WebhookDelivery.state)))
        found["handed"] = (await db.scalars(select(Handover.links))).all()
        found["open"] = await db.scalar(select(func.count()).where(Staff.password_hash != ""))
        bank, at = await queries.bank(db), datetime.now(UTC)
        _, lines = await mix_desk.report(db, "segment", bank, staff_ids=None, at=at)
        found["mix"] = {line.name: line.is_over for line in lines}
        found["photos"] = await db.scalar(select(func.count()).where(Staff.photo_key != ""))
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_fill_that_died_is_begun_again_and_leaves_one_complete_bank(
    empty_house: Settings, tmp_path: Path
) -> None:
    mark = tmp_path / "filling"

    def die(line: str) -> None:
        if "推送" in line:
            raise _Killed

    with pytest.raises(_Killed):
        cli_demo.fill(empty_house, die, mark=mark, banks=[SMALL])
    assert mark.exists()
    accounts = cli_demo.fill(empty_house, _quiet, mark=mark, banks=[SMALL])
    found = asyncio.run(_facts(empty_house))
    assert found["banks"] == ["liuhe"]
    states = {"draft", "in_review", "returned", "approved", "live", "expired", "recalled"}
    assert states <= found["items"].keys()
    assert found["revisions"]["superseded"] == 2, "an answer, and the activity that moved"
    assert found["hits"] == {True: 1, False: 4}, "one waiting revision may not be approved"
    assert found["poster_templates"] == {"live": 3, "in_review": 1}
    assert found["pushes"] == {"draft": 1, "in_review": 1, "scheduled": 2, "finished": 7}
    assert (found["customers"], found["staff"], found["segments"]) == (60, 17, 6)
    assert min(found["links"], found["visits"], found["leads"]) > 0
    assert found["own_reviews"] == 0
    assert (found["mix"]["银发代发"], found["mix"]["种养大户"]) == (True, False)
    assert found["people"] == {"active": 15, "leave": 1, "resigned": 1}
    assert found["branches"]["merged"] == 1
    assert found["changes"].keys() >= {"opened", "renamed", "moved", "merged"}
    assert (found["told"]["failed"], found["told"].keys()) == (1, {"failed", "delivered"})
    assert [links > 0 for links in found["handed"]] == [True]
    assert found["open"] == len(accounts) == 10, "only those with a log-in have a password"
    assert found["photos"] >= 9


def test_a_house_with_another_bank_is_never_emptied(people: Personas, tmp_path: Path) -> None:
    mark = tmp_path / "filling"
    mark.touch()
    other = replace(SMALL, slug="not-there-yet")
    with pytest.raises(Invalid) as refused:
        cli_demo.fill(people.house.settings, _quiet, mark=mark, banks=[other])
    assert "空目录" in refused.value.fields["--demo"]


def test_generated_passwords_can_be_read_out_and_differ() -> None:
    words = {generated() for _ in range(200)}
    assert len(words) == 200
    assert all(len(word) == 23 and word.count("-") == 3 and word.isascii() for word in words)


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.slug)
def test_a_roster_has_one_head_per_branch_and_nobody_twice(bank: DemoBank) -> None:
    people = roster(bank)
    assert len(people) == bank.people
    for names in (
        [p.staff_no for p in people],
        [p.name for p in people],
        [p.phone for p in people],
    ):
        assert len(set(names)) == bank.people
    heads = Counter(p.branch_code for p in people if "branch_manager" in p.roles)
    codes = [b.code for b in branches_of(bank) if b.code.endswith("00") and b.code != "0000"]
    assert heads == dict.fromkeys(codes, 1)
    assert sum(p.is_expired for p in people) == 1


def test_portraits_differ_between_people_and_repeat_for_one() -> None:
    first, second = portrait("female", seed="a"), portrait("female", seed="b")
    assert first != second
    assert first == portrait("female", seed="a")
    assert Image.open(io.BytesIO(first)).size == (360, 360)


def test_made_up_customer_files_may_name_the_demo_banks_people() -> None:
    seats = cli_demo.seats()
    codes = {code for code, _ in seats.branches}
    assert codes >= set(seats.home.values())
    # The demo merges its last outlet: no row of a file may name it.
    assert max(b.code for b in branches_of(BANKS[0]) if b.code[-2:] != "00") not in codes
