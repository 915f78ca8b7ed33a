"""Reads of tags as banks keep them: by name, by group, whose they are, what was changed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select, text

from contenthub.customers.models import Customer, CustomerTag, Tag, TagGroup
from contenthub.customers.models_tags import TagChange, TagName
from contenthub.customers.taggroups import tone
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

CHANGES_SHOWN = 30
_RULES = text("""
select t.id, t.group_id, t.holds_days, case when g.is_exclusive then array(
  select o.id from tags o where o.tenant_id = t.tenant_id and o.group_id = t.group_id
  and o.id <> t.id and o.deleted_at is null) end as rivals
from tags t join tag_groups g on g.tenant_id = t.tenant_id and g.id = t.group_id
where t.tenant_id = :bank and t.id = any(cast(:tags as uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Rule:
    """What putting a tag on means: its group, the tags that give way, how many days it holds."""

    group_id: UUID
    rivals: frozenset[UUID]
    """The other tags of its group, deleted ones not, if the group is exclusive; else none."""
    holds_days: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """A tag of one customer: from where, by whom, since and until when."""

    tag: Tag
    group: TagGroup
    source: str
    by: str
    """Name of who put it on; empty when nobody did by hand."""
    tagged_at: datetime
    until_on: date | None
    put_by: UUID | None = None
    """The change of many, or the rule, that put it on."""

    @property
    def tone(self) -> str:
        """The tone it is shown in."""
        return tone(self.tag.colour, self.group.colour)


async def ids_by_name(db: Read, names: Collection[str] | None = None) -> dict[str, UUID]:
    """Return name → tag id: the names in use, and former ones that nobody has taken since.

    A merged tag's name means the tag it went into. Only some `names`, or all of the bank.
    """
    mine = Tag.tenant_id == bank_id(db)
    asked = select(Tag.name, Tag.id).where(mine, Tag.deleted_at.is_(None))
    former = select(TagName.name, TagName.tag_id).where(TagName.tenant_id == bank_id(db))
    merged = select(Tag.name, Tag.id).where(mine, Tag.merged_into.is_not(None))
    if names is not None:
        asked, merged = asked.where(Tag.name.in_(names)), merged.where(Tag.name.in_(names))
        former = former.where(TagName.name.in_(names))
    found = {name: tag_id for name, tag_id in await db.execute(asked)}
    if names is not None and len(found) == len(set(names)):
        return found
    old = {name: tag_id for name, tag_id in await db.execute(former)}
    old |= {name: tag_id for name, tag_id in await db.execute(merged)}
    if old:
        ends = await _ends(db)
        found = {name: ends[i] for name, i in old.items() if i in ends} | found
    return found


async def _ends(db: Read) -> dict[UUID, UUID]:
    """Return tag id → the tag in use it stands for; deleted ones that were not merged are out."""
    rows = await db.execute(
        select(Tag.id, Tag.merged_into, Tag.deleted_at).where(Tag.tenant_id == bank_id(db))
    )
    into = {tag_id: (merged, deleted_at) for tag_id, merged, deleted_at in rows}
    found = {}
    for tag_id in into:
        end = tag_id
        while (following := into[end][0]) is not None and into[end][1] is not None:
            end = following
        if into[end][1] is None:
            found[tag_id] = end
    return found


async def stands_for(db: Read, name: str) -> Tag | None:
    """Return the tag in use that a former or merged tag's name means, or None."""
    tag_id = (await ids_by_name(db, [name])).get(name)
    return await db.get(Tag, (bank_id(db), tag_id)) if tag_id else None


async def rules(db: Read, tag_ids: Iterable[UUID]) -> dict[UUID, Rule]:
    """Return what putting each of some tags on means; raises NotFound for one the bank has not."""
    wanted = set(tag_ids)
    rows = await db.execute(_RULES, {"bank": bank_id(db), "tags": list(wanted)})
    found = {
        row.id: Rule(row.group_id, frozenset(row.rivals or ()), row.holds_days) for row in rows
    }
    if len(found) != len(wanted):
        raise NotFound("没有找到这个标签")
    return found


async def held(db: Read, found: Customer) -> list[Held]:
    """Return a customer's tags in the order of groups, each with where it comes from."""
    rows = await db.execute(
        select(Tag, TagGroup, CustomerTag, Staff.name)
        .join(
            CustomerTag, and_(CustomerTag.tenant_id == Tag.tenant_id, CustomerTag.tag_id == Tag.id)
        )
        .join(TagGroup, and_(TagGroup.tenant_id == Tag.tenant_id, TagGroup.id == Tag.group_id))
        .outerjoin(Staff, and_(Staff.tenant_id == Tag.tenant_id, Staff.id == CustomerTag.tagged_by))
        .where(
            CustomerTag.tenant_id == bank_id(db),
            CustomerTag.customer_no == found.no,
            Tag.deleted_at.is_(None),
        )
        .order_by(TagGroup.position, TagGroup.name, Tag.position, Tag.name)
    )
    return [
        Held(tag, group, row.source, by or "", row.tagged_at, row.until_on, row.change_id)
        for tag, group, row, by in rows
    ]


async def groups(db: Read) -> list[tuple[TagGroup, list[Tag]]]:
    """Return the bank's groups with their tags, in the order the bank gave them."""
    mine = await db.scalars(
        select(TagGroup)
        .where(TagGroup.tenant_id == bank_id(db), TagGroup.deleted_at.is_(None))
        .order_by(TagGroup.position, TagGroup.name)
    )
    tags = await db.scalars(
        select(Tag)
        .where(Tag.tenant_id == bank_id(db), Tag.deleted_at.is_(None))
        .order_by(Tag.position, Tag.name)
    )
    by_group: dict[UUID, list[Tag]] = {}
    for tag in tags:
        by_group.setdefault(tag.group_id, []).append(tag)
    return [(group, by_group.get(group.id, [])) for group in mine]


async def group(db: Read, group_id: UUID, *, lock: bool = False) -> TagGroup:
    """Return one group, also a deleted one; raises NotFound."""
    found = await db.get(TagGroup, (bank_id(db), group_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个标签组")
    return found


async def tag(db: Read, tag_id: UUID, *, with_deleted: bool = False, lock: bool = False) -> Tag:
    """Return one tag; raises NotFound, also for a deleted one unless asked for."""
    found = await db.get(
        Tag, (bank_id(db), tag_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or (found.deleted_at is not None and not with_deleted):
        raise NotFound("没有找到这个标签，可能已被删除，请刷新后再试")
    return found


async def tones(db: Read) -> dict[str, str]:
    """Return the name of every tag in use → the tone it is shown in."""
    return tones_of(await groups(db))


def tones_of(known: Iterable[tuple[TagGroup, list[Tag]]]) -> dict[str, str]:
    """Return the name of every tag of some groups → the tone it is shown in."""
    return {tag.name: tone(tag.colour, group.colour) for group, tags in known for tag in tags}


async def former_names(db: Read) -> dict[UUID, list[str]]:
    """Return tag id → the names it had before, and those of tags that were merged into it."""
    found: dict[UUID, list[str]] = {}
    current = await db.scalars(
        select(Tag.name).where(Tag.tenant_id == bank_id(db), Tag.deleted_at.is_(None))
    )
    in_use = set(current)
    for name, tag_id in sorted((await ids_by_name(db)).items()):
        if name not in in_use:
            found.setdefault(tag_id, []).append(name)
    return found


async def change(db: Read, change_id: UUID, *, lock: bool = False) -> TagChange:
    """Return one change of many; raises NotFound."""
    found = await db.get(
        TagChange, (bank_id(db), change_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("没有找到这次批量操作")
    return found


async def changes(
    db: Read, *, by: UUID | None = None, limit: int = CHANGES_SHOWN
) -> Sequence[tuple[TagChange, str, str]]:
    """Return the newest changes of many with the tag's name and who made them; or one person's."""
    query = (
        select(TagChange, Tag.name, func.coalesce(Staff.name, ""))
        .join(Tag, and_(Tag.tenant_id == TagChange.tenant_id, Tag.id == TagChange.tag_id))
        .outerjoin(Staff, and_(Staff.tenant_id == TagChange.tenant_id, Staff.id == TagChange.by_id))
        .where(TagChange.tenant_id == bank_id(db))
        .order_by(TagChange.at.desc(), TagChange.id)
        .limit(limit)
    )
    rows = await db.execute(query if by is None else query.where(TagChange.by_id == by))
    return [(row[0], row[1], row[2]) for row in rows]
