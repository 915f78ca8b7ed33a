"""Writes that bring the kit which ships into a bank: tags, and every item as a draft."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.customers import actions_tags, queries_tags
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.kits import actions_adopt, actions_cadences, queries, starterkit
from contenthub.kits.models import AdoptedPart
from contenthub.kits.starterkit import StarterCadence, StarterPart
from contenthub.library import actions as library
from contenthub.library.actions import Draft
from contenthub.library.fingerprint import fingerprint
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id

TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Imported:
    """How much an import brought, and how much of what was asked for was there already."""

    items: int
    tags: int
    known: int
    cadences: int = 0


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
    today = bank_day(bank, at)
    brings = starterkit.cadences() if starterkit.CADENCES in groups else []
    needed = {code for one in brings for code in one.item_codes}
    every = starterkit.parts(on=today)
    parts = [part for part in every if part.group in groups or part.code in needed]
    await actions_adopt.hold_adoptions(db)
    there = await queries.adopted_by_key(db, [key_of(part.code) for part in parts])
    fresh = [part for part in parts if key_of(part.code) not in there]
    for part in fresh:
        await _bring(db, part, bank, by=by, at=at)
    cadences = await _bring_cadences(db, brings, by=by, at=at)
    tags = await _bring_tags(db, by=by, at=at) if TAGS in groups else 0
    if fresh or tags or cadences:
        counts = {"items": len(fresh), "tags": tags, "cadences": cadences}
        tenants.record(db, "starter_kit.imported", "bank", bank.id, by=by, at=at, **counts)
    return Imported(len(fresh), tags, len(there), cadences)


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
    found = fingerprint(code=part.code, title=part.title, body=part.body)
    base = queries.wording_of(revision)
    _link(db, item.id, part.code, kind="item", digest=found, base=base, at=at)
    await db.flush()


def _link(
    db: Write,
    subject_id: UUID,
    code: str,
    *,
    kind: str,
    digest: str,
    base: dict[str, Any],
    at: datetime,
) -> None:
    """Remember that an own item or cadence came from the starter kit."""
    db.add(
        AdoptedPart(
            tenant_id=bank_id(db),
            subject_id=subject_id,
            subject_kind=kind,
            source_key=key_of(code),
            kit_name=starterkit.NAME,
            kit_no=starterkit.VERSION,
            revision_no=starterkit.VERSION,
            hash=digest,
            base=base,
            adopted_at=at,
            updated_at=at,
        )
    )


async def _bring_cadences(
    db: Write, wanted: Collection[StarterCadence], *, by: Staff, at: datetime
) -> int:
    """Bring in what is missing of some cadences; return how many."""
    there = await queries.adopted_by_key(db, [key_of(one.code) for one in wanted])
    codes = {code for one in wanted for code in one.item_codes}
    links = await queries.adopted_by_key(db, [key_of(code) for code in codes])
    own = {key.removeprefix(key_of("")): str(link.subject_id) for key, link in links.items()}
    fresh = [one for one in wanted if key_of(one.code) not in there]
    for one in fresh:
        made = await actions_cadences.bring(db, one.wording, own, by=by, at=at)
        base, digest = one.wording, made.hash
        _link(db, made.id, one.code, kind="cadence", digest=digest, base=base, at=at)
        await db.flush()
    return len(fresh)


def _begin(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


async def _bring_tags(db: Write, *, by: Staff, at: datetime) -> int:
    """Add what is missing of the tag groups; return how many tags were added."""
    groups = {group.name: group for group, _ in await queries_tags.groups(db)}
    names = await queries_tags.ids_by_name(db)
    added = 0
    for shipped in starterkit.tag_groups():
        missing = [name for name in shipped.tags if name not in names]
        if not missing:
            continue
        draft = GroupDraft(shipped.name, shipped.dimension, shipped.colour, shipped.is_exclusive)
        group = groups.get(shipped.name) or await actions_tags.create_group(db, draft, by=by, at=at)
        for name in missing:
            days = shipped.holds_days.get(name)
            tag = TagDraft(name, group.id, holds_days=days)
            await actions_tags.create_tag(db, tag, by=by, at=at)
            added += 1
    return added
