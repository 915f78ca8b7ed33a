"""The demo banks' library: every state an item can be in, and three live posters."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from contenthub.cli_demo_people import Scene
from contenthub.db import Write
from contenthub.library import actions as library
from contenthub.library import actions_reviews, actions_windows
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.findings import Kept
from contenthub.library.models import Item, Review
from contenthub.library.starter_items import StarterItem, starter_items
from contenthub.posters import actions as posters
from contenthub.posters import queries as poster_queries
from contenthub.posters.starters import starter, starters
from contenthub.scheduler import actions_gone
from contenthub.sharing import actions as sharing
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants import queries as tenants
from contenthub.web.poster_work import submit_drawn
from contenthub.web.signin import Principal

KEPT = (Kept(reason="数据出自本行牌价和产品说明书，已核对"),)
"""What the demo's reviewer says of findings that have to be weighed."""
DEPOSIT, LOAN, RIGHT = "金秋存款季·大额存单三年期", "惠农贷（整村授信专享）", "银发客户洗车券"
FIRST_WRITTEN = timedelta(days=30)
BETWEEN = timedelta(hours=9)
SHARED_BY = 6
"""How many employees had shared what was recalled since: each has a notice."""
DRAFTS = ("社保卡上门换发（朋友圈）",)
WAITING = ("理财和存款有什么不同",)
RETURNED = {"体检预约优先通道": "请补充合作医院的授权说明，并写清改约的办法，再提交。"}
ENDS_IN_DAYS = {"今冬医保缴费、社保卡换发，一次看明白": 5}
_POSTERS = (("deposit-season", DEPOSIT), ("farm-loan", LOAN), ("rights-day", RIGHT))
_WAITING_POSTER = ("rights-day", "农机安全日·到场抽奖", "农机安全日·邀请海报")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What of a filled library the rest of the demo builds on: live items by title."""

    items: dict[str, Item]
    templates: dict[str, UUID]
    """Title of the item → its live poster."""


async def fill_library(scene: Scene) -> Shelf:
    """Write, submit and decide the starter items; return those that are live."""
    live: dict[str, Item] = {}
    rows = starter_items(scene.bank.no, on=scene.now.date())
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for place, row in enumerate(rows):
            at = scene.now - FIRST_WRITTEN + place * BETWEEN
            found = await _one(db, scene, row, at)
            if found is not None:
                live[row["title"]] = found
        await _newer_versions(db, scene, rows, live)
        await _past(db, scene, rows)
        await _forbidden(db, scene, rows)
    return Shelf(live, {})


def _draft(row: StarterItem, **over: Any) -> Draft:
    facts: dict[str, Any] = {
        "kind": row["kind"],
        "topic": row["topic"],
        "title": row["title"],
        "fields": row["fields"],
        "body": row["body"],
    }
    return Draft(**{**facts, **over})


async def _one(db: Write, scene: Scene, row: StarterItem, at: datetime) -> Item | None:
    """Bring one starter item into its state; return it if it is live."""
    author, title = scene["author"], row["title"]
    if title in DRAFTS:
        await library.write_item(db, _draft(row), by=author, at=scene.ago(hours=5))
        return None
    if title in WAITING:
        at = scene.ago(days=1, hours=3)
    ends = ENDS_IN_DAYS.get(title)
    until = scene.now + timedelta(days=ends) if ends else None
    item, _ = await library.write_item(db, _draft(row, valid_until=until), by=author, at=at)
    await library.submit(db, item.id, by=author, at=at + timedelta(hours=2))
    if title in WAITING:
        return None
    if title in RETURNED:
        taken = await _taken(db, scene, item.working_revision_id, "return")
        day_later = at + timedelta(hours=21)
        comment = RETURNED[title]
        await library.return_revision(
            db, taken, comment=comment, by=scene["reviewer"], at=day_later
        )
        return None
    return await approve_item(db, scene, item, at + timedelta(hours=5))


async def _taken(db: Write, scene: Scene, subject_id: UUID | None, action: str) -> Review:
    if subject_id is None:
        raise ValueError("nothing of it waits for review")
    waiting = (await library_queries.reviews_of(db, subject_id))[0]
    return await actions_reviews.take_review(db, waiting.id, action, by=scene["reviewer"])


async def approve_item(db: Write, scene: Scene, item: Item, at: datetime) -> Item:
    """Let the reviewer approve what waits of an item, and return it."""
    taken = await _taken(db, scene, item.working_revision_id, "approve")
    await library.approve_revision(db, taken, kept=KEPT, by=scene["reviewer"], at=at)
    return item


async def _newer_versions(
    db: Write, scene: Scene, rows: list[StarterItem], live: Mapping[str, Item]
) -> None:
    """Put a changed wording of a card into review, and a second version of an answer live."""
    card = _first(rows, topic="card")
    changed = _draft(
        card,
        fields={
            **_draft(card).fields,
            "instalment_rate": "12.60",
            "selling_points": [*card["fields"].get("selling_points", []), "账单日前两天短信提醒"],
        },
        body=card["body"] + "<p>本期起新增账单提醒，可在手机银行关闭。</p>",
    )
    item = live[card["title"]]
    await library.write_draft(db, item.id, changed, by=scene["author"], at=scene.ago(hours=26))
    await library.submit(db, item.id, by=scene["author"], at=scene.ago(hours=25))
    answer = _first(rows, title="我的存款有保险吗")
    text = answer["fields"]["answer"] + "如有疑问，请到网点或拨打本行客服热线咨询。"
    better = _draft(answer, fields={**_draft(answer).fields, "answer": text})
    item, at = live[answer["title"]], scene.ago(days=12)
    await library.write_draft(db, item.id, better, by=scene["author"], at=at)
    await library.submit(db, item.id, by=scene["author"], at=at + timedelta(hours=1))
    await approve_item(db, scene, item, at + timedelta(hours=3))


async def _past(db: Write, scene: Scene, rows: list[StarterItem]) -> None:
    """Add an item that has expired, one that was recalled, and one approved for next week."""
    at, author = scene.ago(days=29), scene["author"]
    wash = _first(rows, title=RIGHT)
    over_at = scene.ago(days=3)
    expired = replace(_draft(wash), title="国庆出行·免费洗车周", valid_until=over_at)
    item = await _written_and_approved(db, scene, expired, at)
    await actions_windows.expire(db, item.id, at=over_at + timedelta(minutes=1))
    card = _first(rows, topic="card")
    recalled = replace(_draft(card), title=f"{card['title'].split('·')[0]}·夏季版")
    item = await _written_and_approved(db, scene, recalled, at + timedelta(days=1))
    for employee in scene.sharers()[:SHARED_BY]:
        code = code_from(secrets.token_bytes(RANDOM_BYTES))
        shared_at = scene.ago(days=20)
        await sharing.make_link(
            db, item, employee=employee, channel="wecom", at=shared_at, code=code
        )
    reason = "合作加油站名单有调整，已由新版替代"
    await library.recall(db, item.id, reason=reason, by=author, at=scene.ago(days=8))
    await actions_gone.stop_item(db, item.id, at=scene.ago(days=8))
    article = _first(rows, kind="article")
    later = replace(
        _draft(article),
        title="下周提醒：岁末转账，先核实再操作",
        valid_from=scene.now + timedelta(days=6),
        valid_until=scene.now + timedelta(days=60),
    )
    await _written_and_approved(db, scene, later, scene.ago(days=2))


async def _written_and_approved(db: Write, scene: Scene, draft: Draft, at: datetime) -> Item:
    item, _ = await library.write_item(db, draft, by=scene["author"], at=at)
    await library.submit(db, item.id, by=scene["author"], at=at + timedelta(hours=1))
    return await approve_item(db, scene, item, at + timedelta(hours=4))


async def _forbidden(db: Write, scene: Scene, rows: list[StarterItem]) -> None:
    """Leave a submission in the inbox that the rules do not let anybody approve."""
    fund = _first(rows, kind="product", topic="wealth")
    spoiled = _draft(
        fund,
        title="丰收添利·岁末专享（R2）",
        fields={**_draft(fund).fields, "summary": "保本保息，比存款更划算，限时认购"},
        body=fund["body"] + "<p>近一年客户都在买，稳赚不赔，额度售完即止。</p>",
    )
    at, author = scene.ago(hours=20), scene["author"]
    item, _ = await library.write_item(db, spoiled, by=author, at=at)
    await library.submit(db, item.id, by=author, at=at + timedelta(minutes=40))


def _first(rows: list[StarterItem], **wanted: str) -> StarterItem:
    return next(r for r in rows if all(r[k] == v for k, v in wanted.items()))  # type: ignore[literal-required]  # the keys are those of StarterItem


async def hang_posters(scene: Scene, shelf: Shelf) -> None:
    """Bind the three shipped templates to live items, drawn for everybody, approved; one waits."""
    at = scene.ago(days=18)
    for place, (code, title) in enumerate(_POSTERS):
        layers = msgspec.to_builtins(starter(code))
        draft = posters.TemplateDraft(starters()[code].title, shelf.items[title].id, layers)
        shelf.templates[title] = await approve_poster(scene, draft, at + timedelta(hours=place))
    code, title, name = _WAITING_POSTER
    layers = msgspec.to_builtins(starter(code))
    waiting = posters.TemplateDraft(name, shelf.items[title].id, layers)
    await _submitted(scene, waiting, scene.ago(hours=4))


async def approve_poster(scene: Scene, draft: posters.TemplateDraft, at: datetime) -> UUID:
    """Hand a poster in, drawn for everybody, and let the reviewer approve it; return its id."""
    template_id = await _submitted(scene, draft, at)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        template = await _template_revision(db, template_id)
        taken = await _taken(db, scene, template, "approve")
        await posters.approve_template(db, taken, by=scene["reviewer"], at=at + timedelta(hours=4))
    return template_id


async def _template_revision(db: Write, template_id: UUID) -> UUID | None:
    return (await poster_queries.template(db, template_id)).working_revision_id


async def _submitted(scene: Scene, draft: posters.TemplateDraft, at: datetime) -> UUID:
    """Write a template and hand it in the way the page does: drawn for every employee first."""
    author = scene["author"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        template, _ = await posters.write_template(db, draft, by=author, at=at)
        bank = await tenants.bank(db)
    who = Principal(author, bank, scene.tenant, by_key=False)
    await submit_drawn(scene.house, who, template.id, at=at + timedelta(minutes=30))
    return template.id
