"""Reads of tag rules: the bank's rules, whom one would reach, why a customer has a tag."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers import (
    bitmaps,
    queries_bitmaps,
    queries_clubs,
    queries_preview,
    queries_scores,
    queries_tags,
    scoring,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import Tag
from contenthub.customers.models_rules import TagRule
from contenthub.customers.models_scores import ScoreRule
from contenthub.customers.queries_preview import Sampled
from contenthub.customers.queries_tags import Held
from contenthub.customers.rulegraph import Flow
from contenthub.customers.tagexpr import parse
from contenthub.customers.taggroups import clean_name
from contenthub.customers.tagtext import said
from contenthub.customers.tagtree import ExpressionInvalid, Node, leaves, names
from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule has to do now, by customer numbers."""

    gain: BitMap
    """Who gets the tag."""
    lose: BitMap
    """From whom it is taken."""
    given: BitMap
    """Who has it by this rule so far."""
    declined: BitMap
    """Who matches, and from whom it was taken by hand."""
    matched: BitMap
    rivalled: BitMap
    """Who matches, and has another tag of the exclusive group."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition of a rule in words, and whether it holds for a customer."""

    said: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The rule by which a customer has a tag, and its conditions as they are today."""

    rule: TagRule
    facts: list[Fact]


async def rule(
    db: Read, rule_id: UUID, *, lock: bool = False, with_deleted: bool = False
) -> TagRule:
    """Return one rule; raises NotFound, also for a deleted one unless asked for."""
    found = await db.get(
        TagRule, (bank_id(db), rule_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or (found.deleted_at is not None and not with_deleted):
        raise NotFound("没有找到这条标签规则，可能已被删除，请刷新后再试")
    return found


async def free_name(
    db: Read, kind: type[TagRule] | type[ScoreRule], name: str, *, but: UUID
) -> str:
    """Return the name of a rule as it is kept; raises Invalid (`name`) when another has it."""
    clean = clean_name(name)
    other = await db.scalar(
        select(kind.id).where(
            kind.tenant_id == bank_id(db),
            kind.name == clean,
            kind.deleted_at.is_(None),
            kind.id != but,
        )
    )
    if other is not None:
        raise Invalid.of("name", f"规则“{clean}”已经有了，请换一个名称")
    return clean


def given_count(found: TagRule) -> int:
    """Return how many customers have the tag by a rule."""
    return len(BitMap.deserialize(found.given))


async def rules(db: Read) -> Sequence[tuple[TagRule, Tag]]:
    """Return the bank's rules with the tags they give, by name."""
    rows = await db.execute(
        select(TagRule, Tag)
        .join(Tag, (Tag.tenant_id == TagRule.tenant_id) & (Tag.id == TagRule.tag_id))
        .where(TagRule.tenant_id == bank_id(db), TagRule.deleted_at.is_(None))
        .order_by(TagRule.name)
    )
    return [(row[0], row[1]) for row in rows]


async def flows(db: Read, *, draft: ScoreRule | None = None) -> dict[UUID, Flow]:
    """Return what each rule that is, or may be, at work reads and gives.

    A topic's score is one of them, by its `topic_id`: it reads what its rules read, the score
    rule `draft` as it is meant to be.
    """
    found = await db.scalars(
        select(TagRule).where(
            TagRule.tenant_id == bank_id(db),
            TagRule.deleted_at.is_(None) | (TagRule.state == "clearing"),
        )
    )
    flows = {one.id: await flow(db, parse(one.expr), one.tag_id) for one in found}
    scores = await queries_scores.rules(db)
    if draft is not None:
        scores = [*(one for one in scores if one.id != draft.id), draft]
    for score in scores:
        if score.basis == scoring.MATCH:
            own = scoring.topic_id(score.topic)
            already = flows[own].reads if own in flows else frozenset()
            flows[own] = Flow(already | await reads(db, parse(score.expr)), own)
    return flows


async def flow(db: Read, node: Node, tag_id: UUID) -> Flow:
    """Return what an expression reads, beside the tag it gives."""
    return Flow(await reads(db, node), tag_id)


async def reads(db: Read, node: Node) -> frozenset[UUID]:
    """Return the tags that an expression reads, and the topics whose score, by `topic_id`."""
    wanted = names(node)
    read = await queries_tags.ids_by_name(db, wanted.tags)
    # A club follows its tag: who reads the club waits for who gives the tag.
    clubs = await queries_clubs.by_name(db, wanted.clubs)
    scores = map(scoring.topic_id, wanted.scores)
    return frozenset([*read.values(), *(club.tag_id for club in clubs.values()), *scores])


async def seen(db: Read, node: Node, tag_id: UUID, *, at: datetime) -> str:
    """Return a word that is another one whenever anything the rule depends on has changed.

    Raises:
        ExpressionInvalid: a name the bank does not have. NotFound: the tag.
    """
    today = await tenants.today(db, at=at)
    needed = bitmaps.dims_of(node, resolve=await audiences.resolve(db, node), today=today)
    of_tag, rivals = await _tag_keys(db, tag_id)
    word = await queries_bitmaps.written(db, needed | {("all", ""), of_tag} | rivals)
    return f"{today}:{word}"


async def _tag_keys(db: Read, tag_id: UUID) -> tuple[Key, set[Key]]:
    rivals = (await queries_tags.rules(db, [tag_id]))[tag_id].rivals
    return ("tag", str(tag_id)), {("tag", str(rival)) for rival in rivals}


async def plan(
    db: Read, found: TagRule, node: Node, *, days: int | None, at: datetime, clearing: bool = False
) -> Plan:
    """Return what a rule has to do, by what the index says now.

    It gives nobody a tag of an exclusive group who has another one of it, and none to whom
    somebody took it off by hand, until they did not match once. With `days` nothing is taken
    when the rule ends to be true: the tag comes off by itself.

    Raises:
        ExpressionInvalid: a name the bank does not have. NotFound: the tag.
    """
    matched = BitMap() if clearing else await audiences.matching(db, node, at=at)
    of_tag, rival_keys = await _tag_keys(db, found.tag_id)
    bits = await queries_bitmaps.whole(db, {of_tag, *rival_keys})
    having = bits.pop(of_tag, BitMap())
    rivals = BitMap.union(BitMap(), *bits.values())
    was_given = BitMap.deserialize(found.given)
    declined = (BitMap.deserialize(found.declined) | (was_given - having)) & matched
    given = was_given & having
    lose = given - matched if clearing or not days else BitMap()
    gain = matched - having - declined - rivals
    return Plan(gain, lose, given, declined, matched, matched & rivals)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do when it is switched on, or saved, and some of whom it means."""

    plan: Plan
    said: str
    gains: list[Sampled]
    loses: list[Sampled]


async def preview(
    db: Read,
    node: Node,
    tag_id: UUID,
    *,
    keep_days: int | None,
    stored: TagRule | None = None,
    at: datetime,
) -> Preview:
    """Return whom a rule would give its tag, and from whom take it; `stored` as it stands.

    Raises:
        ExpressionInvalid: a name the bank does not have. NotFound: the tag.
    """
    tag = await queries_tags.tag(db, tag_id)
    nobody = BitMap().serialize()
    same = stored is not None and stored.tag_id == tag_id
    draft = TagRule(tag_id=tag_id, given=nobody, declined=nobody)
    if stored is not None and same:
        draft.given, draft.declined = stored.given, stored.declined
    meant = await plan(db, draft, node, days=keep_days or tag.holds_days, at=at)
    gains = await queries_preview.people(db, meant.gain, limit=SAMPLE)
    loses = await queries_preview.people(db, meant.lose, limit=SAMPLE)
    return Preview(meant, said(node), gains, loses)


async def reasons(
    db: Read, customer_no: int, held: Iterable[Held], *, at: datetime
) -> dict[UUID, Why]:
    """Return, by tag, the rule that gave it and which of its conditions hold for the customer."""
    by_tag = {one.tag.id: one.put_by for one in held if one.source == "rule" and one.put_by}
    rows = await db.scalars(
        select(TagRule).where(
            TagRule.tenant_id == bank_id(db), TagRule.id.in_(set(by_tag.values()))
        )
    )
    there = {one.id: one for one in rows}
    return {
        tag_id: Why(there[rule_id], await _facts(db, there[rule_id].expr, customer_no, at=at))
        for tag_id, rule_id in by_tag.items()
        if rule_id in there
    }


async def _facts(db: Read, expr: str, customer_no: int, *, at: datetime) -> list[Fact]:
    found: dict[str, bool] = {}
    for leaf in leaves(parse(expr)):
        try:
            found[said(leaf)] = customer_no in await audiences.matching(db, leaf, at=at)
        except ExpressionInvalid:
            continue  # the tag or branch it names is gone: it says nothing any more
    return [Fact(words, holds) for words, holds in found.items()]
