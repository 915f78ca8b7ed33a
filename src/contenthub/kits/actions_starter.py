"""Writes that bring the kit which ships into a bank: tags, and every item as a draft."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contenthub.customers import actions as customers
from contenthub.customers import queries as customers_queries
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.kits import queries, starterkit
from contenthub.kits.models import AdoptedPart
from contenthub.kits.starterkit import StarterPart
from contenthub.library import actions as library
from contenthub.library.actions import Draft
from contenthub.library.fingerprint import fingerprint
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id

TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Imported:
    """How much an import brought, and how much of what was asked for was there already."""

    items: int
    tags: int
    known: int


def key_of(code: str) -> str:
    """Return the source key of a part that ships: it is brought in once."""
    return f"starter/{code}"


async def import_starter(
    db: Write, wanted: Collection[str], *, by: Staff, at: datetime
) -> Imported:
    """Bring in the groups of the starter kit that are `wanted`; none named means all of them.

    `tags` stands for the tag groups. What was brought in before, or has the same tag, stays as
    it is. Every item is a draft whose own fields (rate, phone …) wait to be filled in.

    Raises:
        Invalid: an unknown group (field `groups`).
    """
    known_groups = {TAGS, *starterkit.GROUPS}
    if unknown := set(wanted) - known_groups:
        named = "、".join(sorted(unknown))
        raise Invalid.of("groups", f"起步内容包里没有“{named[:40]}”，请刷新后重新选择")
    groups = set(wanted) or known_groups
    bank = await tenants_queries.bank(db)
    today = at.astimezone(ZoneInfo(bank.zone)).date()
    parts = [part for part in starterkit.parts(on=today) if part.group in groups]
    there = await queries.adopted_by_key(db, [key_of(part.code) for part in parts])
    fresh = [part for part in parts if key_of(part.code) not in there]
    for part in fresh:
        await _bring(db, part, bank, by=by, at=at)
    tags = await _bring_tags(db, by=by, at=at) if TAGS in groups else 0
    if fresh or tags:
        tenants.record(
            db, "starter_kit.imported", "bank", bank.id, by=by, at=at, items=len(fresh), tags=tags
        )
    return Imported(len(fresh), tags, len(there))


async def _bring(db: Write, part: StarterPart, bank: Bank, *, by: Staff, at: datetime) -> None:
    fields = dict(part.fields)
    if "contact" in part.must_fill and bank.hotline:
        fields["contact"] = bank.hotline
    draft = Draft(
        kind=part.kind,
        topic=part.topic,
        title=part.title,
        fields=fields,
        body=part.body,
        valid_from=_begin(part.from_on, bank.zone),
        valid_until=_begin(part.until_on and part.until_on + timedelta(days=1), bank.zone),
    )
    item, revision = await library.write_item(db, draft, by=by, at=at)
    item.must_fill = list(part.must_fill)
    db.add(
        AdoptedPart(
            tenant_id=bank_id(db),
            subject_id=item.id,
            subject_kind="item",
            source_key=key_of(part.code),
            kit_name=starterkit.NAME,
            kit_no=starterkit.VERSION,
            revision_no=starterkit.VERSION,
            hash=fingerprint(code=part.code, title=part.title, body=part.body),
            base=queries.wording_of(revision),
            adopted_at=at,
            updated_at=at,
        )
    )
    await db.flush()


def _begin(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


async def _bring_tags(db: Write, *, by: Staff, at: datetime) -> int:
    """Add what is missing of the tag groups; return how many tags were added."""
    groups = {group.name: group for group in await customers_queries.tag_groups(db)}
    names = {tag.name for tag in await customers_queries.tags(db)}
    added = 0
    for shipped in starterkit.tag_groups():
        missing = [name for name in shipped.tags if name not in names]
        if not missing:
            continue
        group = groups.get(shipped.name) or await customers.create_group(
            db, shipped.name, dimension=shipped.dimension, by=by, at=at
        )
        for name in missing:
            await customers.create_tag(db, name, group.id, by=by, at=at)
            added += 1
    return added
