"""Reads of what employees may share now: live items inside their window, found by topic or word."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.db import Read
from contenthub.errors import Conflict
from contenthub.library import disclosing, offers, queries_rules
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item, Revision
from contenthub.library.models_rules import RuleFinding
from contenthub.library.queries_words import has_words, named_first
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id


class FailsRules(Conflict):
    """What is live does not pass the rules as they are now: nobody begins to share it."""

    code = "fails_rules"
    title = "这条内容没有通过现行规则，暂停分享；请等作者修改并重新审核"


def _current(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Revision.state == "live",
        or_(Revision.valid_from.is_(None), Revision.valid_from <= at),
        or_(Revision.valid_until.is_(None), Revision.valid_until > at),
    )


_BY_LIVE = and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.live_revision_id)


async def shareable(
    db: Read, *, topic: str = "", q: str = "", kind: str = "", at: datetime, limit: int = 40
) -> Sequence[tuple[Item, Revision]]:
    """Return live items with their live revision, latest change first."""
    query = (
        select(Item, Revision)
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind.in_(SHARED_KINDS), *_current(at))
    )
    if topic:
        query = query.where(Item.topic == topic)
    if kind:
        query = query.where(Item.kind == kind)
    query = query.where(*has_words(q, live_only=True))
    rows = await db.execute(
        query.order_by(*named_first(q), Item.updated_at.desc(), Item.id.desc()).limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def shareable_topics(db: Read, *, at: datetime) -> dict[str, int]:
    """Return how many live items there are per topic."""
    rows = await db.execute(
        select(Item.topic, func.count())
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind.in_(SHARED_KINDS), *_current(at))
        .group_by(Item.topic)
    )
    return {row[0]: int(row[1]) for row in rows}


async def scripts(db: Read, topic: str, *, at: datetime, limit: int = 10) -> list[tuple[UUID, str]]:
    """Return id and text of the scripts 话术 of a topic that may be said, the newest first."""
    found = await script_items(db, topic=topic, at=at, limit=limit)
    stopped = await stopped_of(db, [revision.id for _, revision in found])
    return [
        (item.id, str(revision.fields["text"]))
        for item, revision in found
        if revision.fields.get("text") and revision.id not in stopped
    ]


async def script_items(
    db: Read, *, topic: str = "", q: str = "", at: datetime, limit: int = 40
) -> Sequence[tuple[Item, Revision]]:
    """Return live scripts 话术 with their live wording, the newest first."""
    query = (
        select(Item, Revision)
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind == "script", *_current(at))
    )
    if topic:
        query = query.where(Item.topic == topic)
    query = query.where(*has_words(q, live_only=True))
    rows = await db.execute(
        query.order_by(*named_first(q), Item.updated_at.desc(), Item.id.desc()).limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def stopped_of(db: Read, revision_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return revision -> why nobody begins to share it: a blocking rule that holds by now."""
    if not revision_ids:
        return {}
    found = await db.scalars(
        select(RuleFinding).where(
            RuleFinding.tenant_id == bank_id(db), RuleFinding.revision_id.in_(revision_ids)
        )
    )
    return {one.revision_id: _stopped(one) for one in found}


def _stopped(found: RuleFinding) -> str:
    first = found.hits[0] if found.hits else {}
    what = f"（{first['name']}）" if first.get("name") else ""
    return f"没有通过现行规则{what}，暂停分享；等作者修改并重新审核后恢复"


async def check_passes(db: Read, revision: Revision) -> None:
    """Refuse to share a wording that a blocking rule of today stops; raises FailsRules."""
    stopped = await stopped_of(db, [revision.id])
    if stopped:
        raise FailsRules(f"“{revision.title}”{stopped[revision.id]}")


async def advice_of(db: Read, revision: Revision) -> str:
    """Return what rules changed since its approval ask to weigh in a wording, "" for nothing.

    It may be shared all the same: only a person can say whether it holds.
    """
    rules = await queries_rules.rules(db)
    if revision.rule_pack == rules.version:
        return ""
    known = {(hit.get("rule"), hit.get("text")) for hit in revision.hits}
    new = [
        hit
        for hit in await queries_rules.hits_of(db, revision, under=rules)
        if hit.severity == "review" and (hit.rule, hit.text) not in known
    ]
    if not new:
        return ""
    said = f"“{new[0].text}”" if new[0].text else ""
    return f"审核以后规则有变化，请留意：{new[0].name}{said}"


def foot_of(bank: Bank, item: Item, revision: Revision) -> str:
    """Return the mandatory lines that end every message which carries this wording."""
    return disclosing.message_foot(
        revision.kind,
        revision.topic,
        bank_name=bank.full_name or bank.name,
        hotline=bank.hotline,
        code=item.code,
        no=revision.no,
        others=others_of(revision),
    )


def others_of(revision: Revision) -> tuple[str, ...]:
    """Return the topics that a wording offers something of without being of them."""
    return offers.other_topics(
        revision.kind,
        revision.topic,
        title=revision.title,
        fields=revision.fields,
        body=revision.body,
    )
