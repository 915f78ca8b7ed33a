"""The demo's kits: the province union publishes one, both banks take of it, one has the starter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from contenthub.cli_demo_roster import DemoBank
from contenthub.db import TenantId, Write
from contenthub.kits import actions, actions_starter, queries, starterkit
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import Wish
from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.findings import Kept
from contenthub.library.models import Item
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_kitfigures
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.web import kit_desk
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House
from contenthub.web.signin import Principal

NAME = "全省统一·存款与防诈知识包"
_CODES = (
    "safety-scams",
    "safety-card",
    "deposit-insurance",
    "card-lost",
    "deposit-fixed",
    "script-group-safety",
)
_LOCAL = {
    "rate": "1.05",
    "rate_table": ["三个月｜0.85｜50元", "一年｜1.05｜50元", "三年｜1.55｜50元"],
    "contact": "96000",
}
_KEPT = (Kept(reason="已与联社制度核对"),)
_PEOPLE = (
    ("author", "0101", "程远", "内容岗", ["author"]),
    ("reviewer", "0102", "何静", "审核岗", ["reviewer"]),
)


async def share_kits(
    house: House, union_slug: str, banks: Sequence[DemoBank], *, now: datetime
) -> list[dict[str, Any]]:
    """Let the union have published a kit and its next version, and both banks have taken of it.

    Return the log-ins of its author and reviewer, who made it.
    """
    union = await _tenant(house, union_slug)
    at = now - timedelta(days=9)
    words = [generated() for _ in _PEOPLE]
    async with house.database.unit_of_work(union) as db:
        name = (await tenants_queries.bank(db)).name
        author, reviewer = await _people(db, words, at)
        items = [await _live(db, code, author, reviewer, at=at, on=now) for code in _CODES]
        draft = KitDraft(NAME, "联社统一口径，利率和电话由各行填写", [one.id for one in items])
        kit = await actions.create_kit(db, draft, by=author, at=at)
        await actions.publish_kit(db, kit.id, note="首次发布", by=author, at=at)
        parts = await queries.version_parts(db, union, kit.id, 1)
    for bank, count in zip(banks, (5, 3), strict=False):
        who = await _author(house, bank)
        wish = Wish([part.subject_id for part in parts[:count]])
        await kit_desk.adopt(house, who, kit.id, wish, at=now - timedelta(days=6))
    async with house.database.unit_of_work(union) as db:
        await _better(db, items[2], author, reviewer, at=now - timedelta(days=2))
        note = "补充了存款保险标识的位置"
        await actions.publish_kit(db, kit.id, note=note, by=author, at=now - timedelta(days=2))
    who = await _author(house, banks[-1])
    async with house.database.unit_of_work(who.tenant) as db:
        admin = await tenants_queries.staff_by_login(db, "admin")
        assert admin is not None, "every demo bank has an administrator"
        await actions_starter.import_starter(db, [], by=admin, at=now - timedelta(days=1))
    async with house.database.platform_unit_of_work() as platform:
        await actions_kitfigures.gather(platform, union, at=now)
    return [
        {
            "bank": union_slug,
            "login": one.login,
            "password": word,
            "roles": list(one.roles),
            "url": f"{house.settings.public_url}/login?bank={union_slug}",
            "bank_name": name,
            "name": one.name,
            "title": one.title,
        }
        for one, word in zip((author, reviewer), words, strict=True)
    ]


async def _tenant(house: House, slug: str) -> TenantId:
    async with house.database.unscoped_reading() as session:
        found = await tenants_queries.find_bank(session, slug)
    assert found is not None, "it was opened above"
    return found


async def _author(house: House, bank: DemoBank) -> Principal:
    tenant = await _tenant(house, bank.slug)
    async with house.database.reading(tenant) as db:
        staff = await tenants_queries.staff_by_login(db, "author")
        assert staff is not None, "every demo bank has an author"
        return Principal(staff, await tenants_queries.bank(db), tenant, by_key=False)


async def _people(db: Write, words: Sequence[str], at: datetime) -> list[Staff]:
    head = (await tenants_queries.branches(db))[0]
    made = []
    for (login, number, name, title, roles), word in zip(_PEOPLE, words, strict=True):
        facts: dict[str, Any] = {"staff_no": number, "login": login, "name": name}
        facts |= {"title": title, "roles": roles}
        made.append(
            await tenants.invite_staff(db, head, facts=facts, password=word, by=None, at=at)
        )
    return made


async def _live(
    db: Write, code: str, author: Staff, reviewer: Staff, *, at: datetime, on: datetime
) -> Item:
    [part] = [one for one in starterkit.parts(on=on.date()) if one.code == code]
    own = {name: _LOCAL[name] for name in part.must_fill}
    draft = Draft(part.kind, part.topic, part.title, {**part.fields, **own}, part.body)
    item, _ = await library.write_item(db, draft, by=author, at=at)
    await _approved(db, item, author, reviewer, at=at)
    return item


async def _approved(db: Write, item: Item, author: Staff, reviewer: Staff, *, at: datetime) -> None:
    await library.submit(db, item.id, by=author, at=at)
    assert item.working_revision_id is not None, "it was written above"
    waiting = (await library_queries.reviews_of(db, item.working_revision_id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=reviewer)
    await library.approve_revision(db, taken, kept=_KEPT, by=reviewer, at=at)


async def _better(db: Write, found: Item, author: Staff, reviewer: Staff, *, at: datetime) -> None:
    _, seen, _ = await library_queries.item_wordings(db, found.id)
    answer = str(seen.fields["answer"]) + "标识上印有“存款保险”字样和中国人民银行授权使用的说明。"
    draft = Draft(seen.kind, seen.topic, seen.title, {**seen.fields, "answer": answer}, seen.body)
    await library.write_draft(db, found.id, draft, by=author, at=at)
    await _approved(db, await library_queries.item(db, found.id), author, reviewer, at=at)
