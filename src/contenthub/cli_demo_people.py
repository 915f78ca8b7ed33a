"""The demo banks' people: branches, employees with portraits and log-ins, customers."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import msgspec

from contenthub.cli_demo_faces import portrait
from contenthub.cli_demo_roster import (
    HEAD_CODE,
    DemoBank,
    Seat,
    branches_of,
    roster,
    wecom_userid,
)
from contenthub.customers import (
    actions_import,
    actions_tag_changes,
    actions_tags,
    queries_tags,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.people import Person
from contenthub.customers.people import customers as made_up
from contenthub.customers.people_facts import facts_of
from contenthub.customers.rows import CustomerRow
from contenthub.db import TenantId, Write
from contenthub.library import intake
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_staff, queries
from contenthub.tenants.models import Branch, Staff
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House

PORTRAIT_SHARE = 0.7
BATCH = 1000
FIRST_CRM_NO = 60_000_001
OPENED = timedelta(days=60)
LOADED = timedelta(days=32)
_TAG_GROUPS = (
    (GroupDraft("年龄与家庭", colour="teal"), ("银发", "亲子", "新市民")),
    (GroupDraft("职业与经营", colour="green"), ("代发工资", "商户", "种养大户", "外出务工")),
    (GroupDraft("生活需求", "needs", "orange"), ("有车", "购房意向", "农机购置意向")),
    (GroupDraft("客户级别", "who", "blue", is_exclusive=True), ("金卡", "银卡", "普卡")),
)
_PUT_ON_MANY = (
    ("普卡", "aum < 50000", 400),
    ("银卡", "aum >= 50000 and aum < 300000", 400),
    ("金卡", "aum >= 300000", 400),
    ("购房意向", "新市民", 60),
)
_HOLDS_DAYS = {"购房意向": 90, "农机购置意向": 120}


@dataclass(frozen=True, slots=True)
class Scene:
    """A demo bank while it is being filled."""

    house: House
    bank: DemoBank
    tenant: TenantId
    now: datetime
    staff: dict[str, Staff]
    """By log-in, or by staff number for those who have none."""
    seats: tuple[Seat, ...]

    def __getitem__(self, login: str) -> Staff:
        """Return the person with this log-in (or staff number)."""
        return self.staff[login]

    def sharers(self) -> list[Staff]:
        """Return the people who may make links, the known ones first; who left may not."""
        found = (self[s.login or s.staff_no] for s in self.seats if s.shares and not s.is_expired)
        return [person for person in found if person.state != "resigned"]

    def ago(self, **span: float) -> datetime:
        """Return an instant before now."""
        return self.now - timedelta(**span)


async def open_bank(house: House, bank: DemoBank, *, now: datetime) -> Scene:
    """Open a demo bank with its branches and WeCom app; its people come next."""
    at = now - OPENED
    async with house.database.platform_unit_of_work() as platform:
        tenant = await tenants.open_bank(
            platform,
            bank.slug,
            name=bank.name,
            full_name=bank.full_name,
            hotline=bank.hotline,
            # One step to try it out; 登录安全 says so.
            settings={"totp_for": "none"},
            at=at,
        )
    async with house.database.unit_of_work(tenant) as db:
        known: dict[str, Branch] = {}
        for branch in branches_of(bank):
            kind = "head" if branch.code == HEAD_CODE else "branch"
            known[branch.code] = await tenants.open_branch(
                db,
                branch.code,
                branch.name,
                kind=kind if branch.code.endswith("00") else "outlet",
                parent=known.get(branch.parent_code),
                at=at,
            )
        # No base URL: the app follows `wecom_base_url`, which `up` sets to its own sandbox.
        tenants.connect_wecom(
            db,
            corpid="ww" + secrets.token_hex(8),
            agentid=1000002,
            secret=secrets.token_urlsafe(32),
            at=at,
        )
    return Scene(house, bank, tenant, now, {}, tuple(roster(bank)))


async def invite_everybody(scene: Scene) -> list[dict[str, Any]]:
    """Invite the whole roster; return the log-ins with their generated passwords."""
    accounts: list[dict[str, Any]] = []
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        branches = await _branches(db)
        for seat in scene.seats:
            word = generated() if seat.login else None
            scene.staff[seat.login or seat.staff_no] = await tenants.invite_staff(
                db,
                branches[seat.branch_code],
                facts=_facts(scene, seat),
                password=word,
                by=scene.staff.get("admin"),
                at=scene.now - OPENED,
            )
            if word is not None:
                accounts.append(_account(scene, seat, word))
    return accounts


async def invite_late(scene: Scene, seat: Seat) -> dict[str, Any]:
    """Invite one more person, with a log-in; return it with its generated password."""
    word = generated()
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        scene.staff[seat.login] = await tenants.invite_staff(
            db,
            (await _branches(db))[seat.branch_code],
            facts=_facts(scene, seat),
            password=word,
            by=scene["admin"],
            at=scene.now - OPENED,
        )
    return _account(scene, seat, word)


async def _branches(db: Write) -> dict[str, Branch]:
    return {branch.code: branch for branch in await queries.branches(db)}


def _facts(scene: Scene, seat: Seat) -> dict[str, Any]:
    today = scene.now.date()
    until = date(today.year + 1, 6, 30)
    return {
        "login": seat.login or seat.staff_no,
        "staff_no": seat.staff_no,
        "name": seat.name,
        "title": seat.title,
        "phone": seat.phone,
        "roles": list(seat.roles),
        "wecom_userid": wecom_userid(scene.bank, seat),
        "qualification_no": f"YX-{today.year - 1}-{seat.staff_no}" if seat.shares else "",
        "authorised_until": today - timedelta(days=20) if seat.is_expired else until,
        # Generated, kept in demo-accounts.json and shown: the try-out starts at once.
        "must_change_password": False,
    }


def _account(scene: Scene, seat: Seat, word: str) -> dict[str, Any]:
    return {
        "bank": scene.bank.slug,
        "login": seat.login,
        "password": word,
        "roles": list(seat.roles),
        "url": f"{scene.house.settings.public_url}/login?bank={scene.bank.slug}",
        "bank_name": scene.bank.name,
        "name": seat.name,
        "title": seat.title,
    }


async def hang_portraits(scene: Scene) -> int:
    """Give most people a drawn portrait; return how many. Everybody with a log-in has one."""
    rng = Random(f"portraits {scene.bank.no}")  # noqa: S311  (demo data must repeat)
    wanted = [s for s in scene.seats if s.login or rng.random() < PORTRAIT_SHARE]
    keys: dict[str, str] = {}
    for seat in wanted:
        who = seat.login or seat.staff_no
        data = await asyncio.to_thread(_photo, scene.bank, seat)
        keys[who] = f"{scene.tenant}/photos/{scene[who].id}.jpg"
        await scene.house.storage.put(keys[who], data, mime="image/jpeg")
    at = scene.now - OPENED + timedelta(hours=2)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for who, key in keys.items():
            scene.staff[who] = await actions_staff.set_photo(
                db, scene[who].id, key, by=scene["admin"], at=at
            )
    return len(keys)


def _photo(bank: DemoBank, seat: Seat) -> bytes:
    drawn = portrait(seat.gender, seed=f"{bank.slug} {seat.staff_no}")
    return intake.accept_photo(drawn).data


async def welcome_customers(scene: Scene) -> int:
    """Load the bank's customers with tags, refusals and owners, as an import does."""
    at = scene.now - LOADED
    marketer = scene["marketing"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for draft, names in _TAG_GROUPS:
            group = await actions_tags.create_group(db, draft, by=marketer, at=at)
            for name in names:
                tag = TagDraft(name, group.id, holds_days=_HOLDS_DAYS.get(name))
                await actions_tags.create_tag(db, tag, by=marketer, at=at)
    rows = _rows(scene)
    loaded = 0
    while batch := list(islice(rows, BATCH)):
        async with scene.house.database.unit_of_work(scene.tenant) as db:
            tally = await actions_import.add_batch(db, batch, dry_run=False, by=marketer.id, at=at)
        loaded += tally.added
    await _tag_many(scene)
    return loaded


async def _tag_many(scene: Scene) -> None:
    """Put tags on many at once, as a marketer does from the list: levels, and one that ends."""
    marketer, at = scene["marketing"], scene.ago(days=20)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        names = await queries_tags.ids_by_name(db)
        for name, expr, most in _PUT_ON_MANY:
            some = await audiences.matching(db, tagexpr.parse(expr), at=at)
            # Few enough that no job is left for a worker.
            chosen = some[: min(most, actions_tag_changes.AT_ONCE)]
            wish = Wish("put", names[name])
            if chosen:
                await actions_tag_changes.change_many(
                    db, chosen, wish, about={"words": expr}, by=marketer, at=at
                )


def _rows(scene: Scene) -> Iterator[CustomerRow]:
    bank = scene.bank
    rng = Random(f"seats {bank.no}")  # noqa: S311  (demo data must repeat, nothing is secret)
    people = made_up(bank.customers, seed=bank.no, year=scene.now.year)
    owners = _owners(scene)
    for place, person in enumerate(people):
        owner = "" if rng.random() < 0.04 else rng.choice(owners)
        row = _row(place, person, owner, rng, today=scene.now.date())
        branch = "" if owner else rng.choice(scene.seats).branch_code
        yield msgspec.structs.replace(row, branch=branch)


def _owners(scene: Scene) -> Sequence[str]:
    """Return staff numbers to draw owners from; who can log in looks after more customers."""
    found: list[str] = []
    for seat in scene.seats:
        if "employee" in seat.roles and not seat.is_expired:
            found += [seat.staff_no] * (4 if seat.login else 1)
    return found


def _row(place: int, person: Person, owner: str, rng: Random, *, today: date) -> CustomerRow:
    tags = list(person.tags)
    if rng.random() < 0.05:
        tags.append("购房意向")
    if "种养大户" in tags and rng.random() < 0.4:
        tags.append("农机购置意向")
    return CustomerRow(
        line=place + 2,
        name=person.name,
        phone=person.phone,
        gender=person.gender,
        birthday=person.birthday,
        owner=owner,
        aum_fen=person.aum_fen,
        risk=person.risk,
        risk_until=today + timedelta(days=30 + place % 330) if person.risk else None,
        tags=tuple(tags),
        refused=person.refused,
        crm_no=str(FIRST_CRM_NO + place),
        external_userid=person.external_userid,
        **facts_of(person, today=today),
    )
