"""The demo banks' last two weeks: links, views, re-shares, leads, sign-ups; all real actions."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.cli_demo_content import DEPOSIT, LOAN, RIGHT, Shelf
from contenthub.cli_demo_people import Scene
from contenthub.customers.people import customers as made_up
from contenthub.db import Write, new_id
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.sharing import actions as sharing
from contenthub.sharing import (
    actions_backfill,
    actions_drain,
    actions_leads,
    actions_places,
    actions_signups,
    queries,
)
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.sharing.inbox import FETCH, VIEW, Seen
from contenthub.sharing.models import Lead, Link, Signup
from contenthub.sharing.tokens import microseconds
from contenthub.tenants.models import Staff

DAYS = 14
_ZONE = ZoneInfo("Asia/Shanghai")
_CHANNELS = ("wecom", "wecom", "moments", "group", "poster", "wechat")
_LECTURE, MACHINES = "金融知识进村：识别养老诈骗", "农机安全日·到场抽奖"
_POPULAR = (DEPOSIT, DEPOSIT, LOAN, LOAN, RIGHT, RIGHT, _LECTURE, MACHINES)
#: When people look at their phones: a weight for each hour of the day.
_HOURS = (1, 0, 0, 0, 0, 1, 4, 9, 10, 9, 8, 8, 12, 9, 6, 6, 7, 8, 9, 12, 14, 13, 8, 3)
_SHARERS = 0.55
"""Part of the people who shared anything in these two weeks."""
_VIEWS_PER_RESHARE, _VIEWS_PER_LEAD, _VIEWS_PER_SIGNUP = 18, 40, 26
_PARTIES = (1, 1, 1, 1, 2, 2, 2, 3, 4)
"""How many come with one sign-up, the customer among them."""
_NOTES = {
    "contacted": ("电话已通，约周四到网点", "已加企业微信，资料已发", "暂时不急，月底再联系"),
    "won": ("已办理 20 万元三年期", "授信 8 万元已签约", "到网点领取并开户"),
    "lost": ("已在他行办理", "号码空号", "只是看看，暂无需求"),
}


@dataclass(slots=True)
class Story:
    """What is told so far: the links there are, and the visits to hand in per day."""

    links: list[Link] = field(default_factory=list)
    visits: dict[int, list[Seen]] = field(default_factory=dict)
    """Days ago → what came in."""
    visitors: dict[UUID, list[tuple[UUID, datetime]]] = field(default_factory=dict)
    """Link → who viewed it and when."""


async def tell(scene: Scene, shelf: Shelf) -> dict[str, int]:
    """Let two weeks pass; return how many links, visits, leads and sign-ups there are now."""
    rng = Random(f"story {scene.bank.no}")  # noqa: S311  (demo data must repeat, nothing is secret)
    story = Story()
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await _share(db, scene, shelf, story, rng=rng)
        _look(scene, story, story.links, rng=rng)
        for _ in range(3):  # customers of customers of customers
            children = await _share_on(db, scene, story, rng=rng)
            _look(scene, story, children, rng=rng)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        leads = await _leave_leads(db, scene, shelf, story, rng=rng)
        signups = await _sign_up(db, scene, shelf, story, rng=rng)
    await _hand_in(scene, story)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await _follow_up(db, scene, leads, rng=rng)
        await _confirm(db, scene, signups, rng=rng)
    visits = sum(len(day) for day in story.visits.values())
    return {
        "links": len(story.links),
        "visits": visits,
        "leads": len(leads),
        "signups": len(signups),
    }


def new_code() -> str:
    """Return a new share code."""
    return code_from(secrets.token_bytes(RANDOM_BYTES))


def _clock(rng: Random, day: datetime, *, not_after: datetime) -> datetime:
    """Return an instant of a day when people look, never after `not_after`."""
    hour = rng.choices(range(24), _HOURS)[0]
    local = datetime.combine(
        day.astimezone(_ZONE).date(),
        time(hour, rng.randrange(60), rng.randrange(60), rng.randrange(1_000_000)),
        _ZONE,
    )
    late = local > not_after
    return not_after - timedelta(minutes=rng.uniform(1, 50)) if late else local


async def _share(db: Write, scene: Scene, shelf: Shelf, story: Story, *, rng: Random) -> None:
    people = scene.sharers()
    known = [p for p in people if not p.login.isdigit()]
    others = [p for p in people if p.login.isdigit()]
    chosen = known + rng.sample(others, round(len(others) * _SHARERS))
    for employee in chosen:
        titles = set(rng.choices(_POPULAR, k=4 if employee in known else rng.randint(1, 3)))
        if employee in known:
            titles |= {DEPOSIT, _LECTURE}
        for title in sorted(titles):
            day = scene.ago(days=rng.randint(3, DAYS - 1))
            link = await sharing.make_link(
                db,
                shelf.items[title],
                employee=employee,
                channel=rng.choice(_CHANNELS),
                at=_clock(rng, day, not_after=scene.ago(hours=2)),
                code=new_code(),
            )
            if link not in story.links:
                story.links.append(link)


def _look(scene: Scene, story: Story, links: Sequence[Link], *, rng: Random) -> None:
    """Let visitors come to links: few to most, very many to some, fewer as days go by."""
    total = scene.bank.views_a_day * DAYS
    per_link = total / max(1, len(story.links)) / 1.6
    for link in links:
        depth = len(link.path)
        count = round(min(rng.paretovariate(1.35) * per_link * 0.32, per_link * 9) / (1 + depth))
        seen = story.visitors.setdefault(link.id, [])
        age_days = max(0.0, (scene.now - link.created_at).total_seconds() / 86400)
        for _ in range(count):
            later = min(rng.expovariate(1 / 2.4), age_days)
            day = link.created_at + timedelta(days=later)
            at = max(
                _clock(rng, day, not_after=scene.ago(minutes=3)),
                link.created_at + timedelta(seconds=rng.uniform(20, 900)),
            )
            if at >= scene.now:
                continue
            visitor = new_id() if not seen or rng.random() < 0.85 else rng.choice(seen)[0]
            seen.append((visitor, at))
            _put(scene, story, link, visitor=visitor, at=at, rng=rng)


def _put(
    scene: Scene, story: Story, link: Link, *, visitor: UUID, at: datetime, rng: Random
) -> None:
    day = story.visits.setdefault((scene.now - at).days, [])
    visit = new_id().bytes
    dwell_ms = round(min(rng.lognormvariate(9.6, 0.9), 600_000))
    for kind in (FETCH, VIEW) if rng.random() < 0.86 else (FETCH,):
        day.append(
            Seen(
                kind,
                scene.tenant.bytes,
                link.id.bytes,
                link.item_id.bytes,
                link.employee_id.bytes,
                visitor.bytes,
                visit,
                microseconds(at),
                dwell_ms if kind == VIEW else 0,
            )
        )


async def _hand_in(scene: Scene, story: Story) -> None:
    """Put each day's visits into the inbox and drain it, as the worker does."""
    for ago, batch in sorted(story.visits.items(), reverse=True):
        async with scene.house.database.unit_of_work(scene.tenant) as db:
            await actions_backfill.hand_in(db, batch, received_at=scene.ago(days=ago))
    taken = actions_drain.BATCHES
    while taken == actions_drain.BATCHES:
        async with scene.house.database.platform_unit_of_work() as platform:
            taken = await actions_drain.drain(platform, at=scene.now)


async def _share_on(db: Write, scene: Scene, story: Story, *, rng: Random) -> list[Link]:
    """Let some viewers of the newest links pass them on; return the new links."""
    made: list[Link] = []
    deepest = max((len(link.path) for link in story.links), default=0)
    for link in [each for each in story.links if len(each.path) == deepest]:
        seen = story.visitors.get(link.id, [])
        for visitor, at in rng.sample(seen, min(len(seen) // _VIEWS_PER_RESHARE, 5)):
            child, fresh = await sharing.share_on(
                db,
                link,
                visitor_id=visitor,
                at=at + timedelta(seconds=rng.uniform(30, 240)),
                code=new_code(),
            )
            if fresh:
                made.append(child)
    story.links += made
    return made


def _contacts(scene: Scene, count: int, *, seed: int) -> Iterator[tuple[str, str]]:
    """Yield (name, phone) of people who leave a number; some are the bank's customers already."""
    known = list(made_up(min(60, scene.bank.customers), seed=scene.bank.no, year=scene.now.year))
    fresh = made_up(count, seed=seed, year=scene.now.year)
    for place, person in enumerate(fresh):
        chosen = known.pop() if known and place % 3 == 0 else person
        yield chosen.name if place % 4 else "", chosen.phone


def _moments(
    story: Story, items: set[UUID], every: int, *, rng: Random
) -> list[tuple[Link, UUID, datetime]]:
    found = [
        (link, visitor, at + timedelta(seconds=rng.uniform(40, 200)))
        for link in story.links
        if link.item_id in items
        for visitor, at in story.visitors.get(link.id, [])
    ]
    return sorted(rng.sample(found, len(found) // every), key=lambda moment: moment[2])


def _fresh_moments(
    scene: Scene, story: Story, items: set[UUID], *, rng: Random
) -> list[tuple[Link, UUID, datetime]]:
    """Return today's moments for people with a log-in: they have somebody to call."""
    known = {scene[seat.login].id for seat in scene.seats if seat.login}
    found: list[tuple[Link, UUID, datetime]] = []
    for link in story.links:
        if link.employee_id in known and link.item_id in items and not link.path:
            visitor, at = new_id(), scene.ago(hours=rng.uniform(0.2, 4))
            _put(scene, story, link, visitor=visitor, at=at, rng=rng)
            found.append((link, visitor, at + timedelta(minutes=2)))
    return found


async def _leave_leads(
    db: Write, scene: Scene, shelf: Shelf, story: Story, *, rng: Random
) -> list[Lead]:
    items = {shelf.items[t].id for t in (DEPOSIT, LOAN, RIGHT)}
    moments = _moments(story, items, _VIEWS_PER_LEAD, rng=rng)
    moments += _fresh_moments(scene, story, items, rng=rng)
    moments.sort(key=lambda moment: moment[2])  # lists are in the order of ids, newest first
    people = _contacts(scene, len(moments), seed=100 + scene.bank.no)
    leads: list[Lead] = []
    for (link, visitor, at), (name, phone) in zip(moments, people, strict=True):
        if at >= scene.now:
            continue
        lead, fresh = await actions_leads.leave_lead(
            db,
            link,
            Contact(phone, name, visitor, agreed=True),
            employee=await _employee(db, link),
            at=at,
        )
        if fresh:
            leads.append(lead)
    return leads


async def _employee(db: Write, link: Link) -> Staff:
    return await queries.credited(db, link.employee_id)


async def _sign_up(
    db: Write, scene: Scene, shelf: Shelf, story: Story, *, rng: Random
) -> list[Signup]:
    comers: list[tuple[datetime, Link, Contact, tuple[Item, Revision]]] = []
    for seed, title in ((200, _LECTURE), (300, MACHINES)):
        item: Item = shelf.items[title]
        _, revision = await library.live(db, item.id, at=scene.now)
        room, parties = int(revision.fields["capacity"]), Random(seed)  # noqa: S311  (as above)
        moments = _moments(story, {item.id}, _VIEWS_PER_SIGNUP, rng=rng)[: room * 3 // 8]
        moments += _fresh_moments(scene, story, {item.id}, rng=rng)
        people = _contacts(scene, len(moments), seed=seed + scene.bank.no)
        for (link, visitor, at), (name, phone) in zip(moments, people, strict=True):
            if at >= scene.now:
                continue
            said = {"people": str(parties.choice(_PARTIES))}
            contact = Contact(phone, name or "李女士", visitor, agreed=True, said=said)
            comers.append((at, link, contact, (item, revision)))
    signups: list[Signup] = []
    for at, link, contact, shown in sorted(comers, key=lambda comer: comer[0]):
        employee = await _employee(db, link)
        made, became = await actions_places.leave_signup(
            db, link, contact, shown=shown, employee=employee, at=at
        )
        signups += [made] if became == "new" else []
    return signups


async def _confirm(db: Write, scene: Scene, signups: Sequence[Signup], *, rng: Random) -> None:
    """Let employees confirm most sign-ups older than a day; a few cancel, the newest wait."""
    people = {person.id: person for person in scene.staff.values()}
    for signup in signups:
        if signup.created_at > scene.ago(hours=22) or rng.random() < 0.3:
            continue
        await actions_signups.advance_signup(
            db,
            signup.id,
            state="cancelled" if rng.random() < 0.1 else "confirmed",
            note=rng.choice(("", "", "带老人，要靠门的座位", "需要接送", "坐前排")),
            by=people[signup.employee_id],
            at=min(signup.created_at + timedelta(hours=rng.uniform(1, 20)), scene.now),
        )


async def _follow_up(db: Write, scene: Scene, leads: Sequence[Lead], *, rng: Random) -> None:
    """Let employees follow up what is older than a day; the newest wait for them."""
    people = {person.id: person for person in scene.staff.values()}
    for lead in leads:
        if lead.created_at > scene.ago(hours=22) or rng.random() < 0.25:
            continue
        by, at = people[lead.employee_id], lead.created_at + timedelta(hours=rng.uniform(1, 20))
        steps = rng.choice((("contacted",), ("contacted", "won"), ("contacted", "lost")))
        for place, state in enumerate(steps):
            await actions_leads.advance_lead(
                db,
                lead.id,
                state=state,
                note=rng.choice(_NOTES[state]),
                by=by,
                at=min(at + timedelta(hours=30 * place), scene.now),
            )
