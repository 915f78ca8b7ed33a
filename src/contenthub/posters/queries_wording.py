"""Reads of whether a poster's own words pass the rules that hold now."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import itemfields, queries_rules, queries_shareable, richtext
from contenthub.library import queries as library
from contenthub.library.kinds import field
from contenthub.library.models import Revision
from contenthub.library.queries_shareable import FailsRules
from contenthub.library.rules import Book
from contenthub.posters import crowding, designs, wording
from contenthub.posters.models import TemplateRevision
from contenthub.posters.rehearsal import SOMEBODY
from contenthub.posters.shares import Shares
from contenthub.posters.template import Personal, Template, require_disclosure
from contenthub.posters.values import static_values
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

KEPT = 2000
_read: Shares[tuple[UUID, str, str, str], dict[str, str]] = Shares(KEPT)
"""What was found in a revision's hash under a version of the rules; reading it takes 30 ms."""


def words_of(shown: Revision) -> dict[str, str]:
    """Return the values of the variables that an item's own words fill in on a poster."""
    return static_values(
        code="",
        title=shown.title,
        kind=shown.kind,
        topic=shown.topic,
        fields=shown.fields,
        bank_name="",
        hotline="",
    )


def said_of(shown: Revision, zone: str) -> list[str]:
    """Return all that an item's wording says: its title, fields as they are read, text, window.

    The days its window begins and ends are those on the clock of `zone`.
    """
    told = (
        itemfields.show(field(shown.kind, shown.topic, name), value)
        for name, value in shown.fields.items()
    )
    ends = [one for one in (shown.valid_from, shown.valid_until) if one is not None]
    days = (one.astimezone(ZoneInfo(zone)).date().isoformat() for one in ends)
    return [shown.title, *told, richtext.plain(shown.body), *days]


async def require_lawful(db: Read, design: Template, *, title: str, bound: Revision) -> None:
    """Do nothing if a design may go to review as far as its texts go; raises Invalid.

    They say what they must and only what they may (wording.py), and can be read (crowding.py).
    """
    require_disclosure(design)
    shown = await shown_of(db, title=title, bound=bound)
    if wrong := read(design, shown):
        raise Invalid(fields=wrong)


async def shown_of(
    db: Read, *, title: str, bound: Revision, rules: Book | None = None
) -> wording.Shown:
    """Return what a poster of an item's wording is held against: its facts, the bank's rules.

    `rules` are those when the caller has read them already.
    """
    return wording.Shown(
        title=title,
        kind=bound.kind,
        topic=bound.topic,
        fields=bound.fields,
        others=queries_shareable.others_of(bound),
        said=said_of(bound, (await tenants.bank(db)).zone),
        values=words_of(bound),
        rules=rules or await queries_rules.rules(db),
    )


def read(
    design: Template,
    shown: wording.Shown,
    *,
    values: Mapping[str, str] | None = None,
    personal: Personal = SOMEBODY,
) -> dict[str, str]:
    """Return field → fix of a design's texts, as they are asked for review; no pixels.

    `values` are its variables' with those of the bank, `personal` is whose poster is looked at.
    """
    crowded = crowding.faults(design, values or shown.get("values", {}), personal)
    return crowded | wording.faults(design, **shown)


async def forbidden_now(
    db: Read, revision: TemplateRevision, *, under: Book | None = None
) -> dict[str, str]:
    """Return field → fix of texts that a rule of today forbids or the item does not say.

    `under` are those rules when the caller has read them already.
    """
    rules = under or await queries_rules.rules(db)
    key = (revision.id, revision.hash, str(revision.item_revision_id), rules.version)
    found = _read.get(bank_id(db), key)
    if found is None:
        bound = await library.revision(db, revision.item_revision_id)
        shown = await shown_of(db, title=revision.title, bound=bound, rules=rules)
        found = wording.forbidden(designs.read(revision.hash, revision.layers), **shown)
        _read.keep(bank_id(db), key, found)
    return found


async def stopped_of(db: Read, revision_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return revision → why it may not be handed out under the rules of today, if it may not.

    What was read before is not read again: a list asks for all of its posters.
    """
    if not revision_ids:
        return {}
    table, rules = TemplateRevision, await queries_rules.rules(db)
    rows = await db.execute(
        select(table.id, table.hash, table.item_revision_id).where(
            table.tenant_id == bank_id(db), table.id.in_(revision_ids)
        )
    )
    asked = [
        id
        for id, hash, bound in rows
        if _read.get(bank_id(db), (id, hash, str(bound), rules.version)) != {}
    ]
    if not asked:
        return {}
    found = await db.scalars(
        select(table).where(table.tenant_id == bank_id(db), table.id.in_(asked))
    )
    told: dict[UUID, str] = {}
    for revision in found:
        if why := await refusal(db, revision, under=rules):
            told[revision.id] = why
        await asyncio.sleep(0)  # whoever else asks this process is answered between two posters
    return told


async def refusal(db: Read, revision: TemplateRevision, *, under: Book | None = None) -> str:
    """Return why a poster may not be handed out under the rules of today, '' where it may.

    `under` as `forbidden_now` takes it.
    """
    found = await forbidden_now(db, revision, under=under)
    if not found:
        return ""
    first = next(iter(found.values()))
    return f"海报“{revision.title}”没有通过现行规则，暂停使用：{first}；请修改海报并重新审核"


async def check_passes(db: Read, revision: TemplateRevision) -> None:
    """Refuse a poster whose own words a rule of today forbids; raises FailsRules."""
    if why := await refusal(db, revision):
        raise FailsRules(why)
