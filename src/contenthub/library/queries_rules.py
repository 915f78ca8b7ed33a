"""Reads of the rules that hold for a bank, and of what does not pass them now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.library import (
    findings,
    lint,
    queries,
    queries_fields,
    queries_references,
    referring,
)
from contenthub.library.lint import Hit, ProductFacts
from contenthub.library.models import Item, Revision
from contenthub.library.models_rules import BankRule, RuleFinding, RuleMark, RuleScan
from contenthub.library.ownrules import OwnRule
from contenthub.library.productfields import RISKS
from contenthub.library.rules import RULE_PACK_VERSION, Book, Rule, book
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id

SCANNED_STATES = ("live", "approved", "in_review")
"""What a re-scan reads: all that is in use or may come into use as it stands."""
IN_USE = ("live", "approved")
STOPPED = "returned"
"""The state of a wording that was approved for later and stopped at its hour."""
SCAN_KIND = "library.rescan"
_OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Failing:
    """Which failing items a list shows; empty values do not filter."""

    rule: str = ""
    kind: str = ""
    topic: str = ""
    state: str = ""
    author_id: UUID | None = None
    is_in_use: bool = False
    """Without those that still wait for a review."""

    @property
    def chosen(self) -> ColumnElement[bool]:
        """The wordings that are meant, as a condition on them and their item."""
        known = IN_USE if self.is_in_use else SCANNED_STATES
        missed = and_(stopped(), Item.working_revision_id == Revision.id)
        if self.state == STOPPED:
            return missed
        if self.state in known:
            return Revision.state == self.state
        met = Revision.state.in_(known)
        return met if self.is_in_use else or_(met, missed)


def stopped() -> ColumnElement[bool]:
    """Return the condition of wordings that the rules of their hour kept from going live."""
    return and_(Revision.state == STOPPED, Revision.approved_at.is_not(None))


def scanned() -> ColumnElement[bool]:
    """Return the condition of the wordings that a re-scan reads."""
    return or_(Revision.state.in_(SCANNED_STATES), stopped())


async def rules(db: Read) -> Book:
    """Return the rules that hold for the bank now: the pack, its own, what it made stricter."""
    own = await db.scalars(
        select(BankRule)
        .where(BankRule.tenant_id == bank_id(db), BankRule.is_on)
        .order_by(BankRule.code)
    )
    raised = await db.scalars(
        select(RuleMark.rule_id).where(RuleMark.tenant_id == bank_id(db), RuleMark.is_raised)
    )
    return book(tuple(own_rule(one) for one in own), frozenset(raised))


def own_rule(row: BankRule) -> OwnRule:
    """Return a bank's rule as the engine reads it."""
    return OwnRule(
        id=row.code,
        name=row.name,
        severity=row.severity,
        phrases=tuple(row.phrases),
        advice=row.advice,
        source=row.source or "本行规定",
        kinds=tuple(row.kinds),
        topics=tuple(row.topics),
        is_strict=row.is_strict,
        replacement=row.replacement,
        effective_on=row.created_at.date().isoformat(),
    )


async def bank_rules(db: Read) -> Sequence[BankRule]:
    """Return the bank's own rules, those in force first."""
    rows = await db.scalars(
        select(BankRule)
        .where(BankRule.tenant_id == bank_id(db))
        .order_by(BankRule.is_on.desc(), BankRule.code)
    )
    return rows.all()


async def bank_rule(db: Read, rule_id: UUID, *, lock: bool = False) -> BankRule:
    """Return one of the bank's own rules; raises NotFound."""
    found = await db.get(BankRule, (bank_id(db), rule_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条本行规则")
    return found


async def marks(db: Read) -> dict[str, RuleMark]:
    """Return rule id -> what the bank says of that shipped rule."""
    rows = await db.scalars(select(RuleMark).where(RuleMark.tenant_id == bank_id(db)))
    return {row.rule_id: row for row in rows}


async def hits_of(db: Read, revision: Revision, *, under: Book | None = None) -> list[Hit]:
    """Return what the bank's rules, as they are now, find in a wording.

    `under` are those rules when the caller has read them already.
    """
    product = await product_of(db, revision.kind, revision.topic, revision.fields)
    found = hits_under(revision, under or await rules(db), product)
    pictures = await queries_fields.picture_hits(db, revision.body)
    return [*await queries_references.hits_of(db, revision), *found, *pictures]


def hits_under(revision: Revision, rules: Book, product: ProductFacts | None) -> list[Hit]:
    """Return what some rules find in a wording that refers to a live product, or to none."""
    return lint.lint(
        revision.kind,
        revision.topic,
        {**revision.fields, "title": revision.title},
        revision.body,
        rules=rules,
        product=product,
    )


async def product_of(
    db: Read, kind: str, topic: str, fields: Mapping[str, Any]
) -> ProductFacts | None:
    """Return the facts of the live product that an item's fields refer to, or None."""
    codes = referred(kind, topic, fields)
    return first_of(codes, await products(db, codes)) if codes else None


async def risk_of(db: Read, revision: Revision) -> int:
    """Return the risk of what a wording offers, 1 to 5 for R1 to R5; 0 for none.

    Its own for a product; else the higher of what it states and of what the live product it
    refers to has (SUIT-01).
    """
    said = [revision.fields]
    if revision.kind != "product":
        product = await product_of(db, revision.kind, revision.topic, revision.fields)
        said += [] if product is None else [dict(product.fields)]
    levels = [str(fields.get("risk_level") or "") for fields in said]
    return max((int(level[1:]) for level in levels if level in RISKS), default=0)


def first_of(codes: Iterable[str], products: Mapping[str, ProductFacts]) -> ProductFacts | None:
    """Return the live product that comes first among some codes, in the order of the fields."""
    return next((products[code] for code in codes if code in products), None)


def referred(kind: str, topic: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the codes of products that an item's fields refer to."""
    return [code for _, _, code in referring.fields_named(kind, topic, fields)]


async def products(db: Read, codes: Iterable[str]) -> dict[str, ProductFacts]:
    """Return code -> the facts of the live products among some codes."""
    rows = await db.execute(
        select(Item.code, Revision)
        .join(
            Revision,
            and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.live_revision_id),
        )
        .where(Item.tenant_id == bank_id(db), Item.code.in_(set(codes)), Item.kind == "product")
    )
    return {code: ProductFacts(one.title, one.topic, one.fields) for code, one in rows}


async def failing_now(db: Read, revision_id: UUID) -> RuleFinding | None:
    """Return what the last re-scan found in a revision, None when it passes."""
    return await db.get(RuleFinding, (bank_id(db), revision_id))


async def failing_of(db: Read, revision_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the revisions in which the last re-scan found what has to be changed."""
    found = await db.scalars(
        select(RuleFinding.revision_id).where(
            RuleFinding.tenant_id == bank_id(db), RuleFinding.revision_id.in_(revision_ids)
        )
    )
    return set(found)


async def scan(db: Read) -> RuleScan | None:
    """Return under which rules the bank's content was last read, None before the first time."""
    return await db.get(RuleScan, bank_id(db))


async def open_scan(db: Read) -> LongJob | None:
    """Return the re-scan under way, or None."""
    return await db.scalar(
        select(LongJob)
        .where(
            LongJob.tenant_id == bank_id(db), LongJob.kind == SCAN_KIND, LongJob.state.in_(_OPEN)
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )


async def to_scan(db: Read, *, after: UUID | None, limit: int) -> Sequence[Revision]:
    """Return the next revisions that a re-scan reads, by id."""
    query = select(Revision).where(Revision.tenant_id == bank_id(db), scanned())
    if after is not None:
        query = query.where(Revision.id > after)
    return (await db.scalars(query.order_by(Revision.id).limit(limit))).all()


async def to_scan_count(db: Read) -> int:
    """Return how many revisions a re-scan reads."""
    found = await db.scalar(
        select(func.count())
        .select_from(Revision)
        .where(Revision.tenant_id == bank_id(db), scanned())
    )
    return int(found or 0)


async def failing(
    db: Read, wanted: Failing, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[tuple[RuleFinding, Item, Revision]]:
    """Return the items in use or in review that do not pass the rules now, newest finding first."""
    query = _failing(db, select(RuleFinding, Item, Revision), wanted)
    if after is not None:
        at, last = after
        query = query.where(
            or_(
                RuleFinding.found_at < at,
                and_(RuleFinding.found_at == at, RuleFinding.revision_id < last),
            )
        )
    rows = await db.execute(
        query.order_by(RuleFinding.found_at.desc(), RuleFinding.revision_id.desc()).limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def failing_count(db: Read, wanted: Failing | None = None) -> int:
    """Return how many items do not pass the rules now; without a filter, of those in use."""
    query = _failing(
        db, select(func.count()).select_from(RuleFinding), wanted or Failing(is_in_use=True)
    )
    return int(await db.scalar(query) or 0)


async def failing_counts(db: Read, author_id: UUID | None = None) -> tuple[int, int]:
    """Return how many items in use do not pass the rules now, and how many missed their hour."""
    both = (Failing(is_in_use=True).chosen, Failing(state=STOPPED).chosen)
    query = select(*(func.count().filter(one) for one in both)).select_from(RuleFinding)
    row = (await db.execute(_failing(db, query, Failing(author_id=author_id)))).one()
    return int(row[0]), int(row[1])


def _failing(db: Read, query: Any, wanted: Failing) -> Any:  # any select, same select back
    query = (
        query.join(
            Revision,
            and_(
                Revision.tenant_id == RuleFinding.tenant_id,
                Revision.id == RuleFinding.revision_id,
            ),
        )
        .join(
            Item,
            and_(Item.tenant_id == RuleFinding.tenant_id, Item.id == RuleFinding.item_id),
        )
        .where(
            RuleFinding.tenant_id == bank_id(db),
            wanted.chosen,
        )
    )
    if wanted.rule:
        query = query.where(RuleFinding.hits.contains([{"rule": wanted.rule}]))
    if wanted.kind:
        query = query.where(Revision.kind == wanted.kind)
    if wanted.topic:
        query = query.where(Revision.topic == wanted.topic)
    if wanted.author_id is not None:
        query = query.where(Item.author_id == wanted.author_id)
    return query


async def stopping(db: Read, revision: Revision) -> list[Hit]:
    """Return what the rules as they are now find in a wording that must not be used so."""
    return [hit for hit in await hits_of(db, revision) if hit.severity == "block"]


async def refusal(db: Read, revision: Revision) -> str:
    """Return why a wording must not be used under the rules as they are now, "" when it may."""
    blocks = await stopping(db, revision)
    if not blocks:
        return ""
    first = f"“{blocks[0].text}”（{blocks[0].name}）" if blocks[0].text else blocks[0].name
    return (
        f"“{revision.title}”有 {len(blocks)} 处未通过现行规则，例如{first}；"
        "请修改内容重新审核后再用"
    )


async def message_hits(
    db: Read, topic: str, message: str, *, under: Book | None = None
) -> list[Hit]:
    """Return what the rules as they are now find in the words of a message to customers.

    What is missing is not asked here: the mandatory lines are added when it is sent. `under`
    are the rules when the caller has read them already.
    """
    found = lint.lint("script", topic, {"text": message}, "", rules=under or await rules(db))
    return [hit for hit in found if hit.text]


async def message_refusal(db: Read, topic: str, message: str) -> str:
    """Return why a message must not be sent under the rules as they are now, "" when it may."""
    return refused_words(await message_hits(db, topic, message))


def refused_words(hits: Iterable[Hit], *, place: str = "话术") -> str:
    """Return why a message with these findings must not be sent, "" when it may.

    `place` is what its writer calls the field that the words stand in.
    """
    bad = [hit for hit in hits if hit.severity == "block"]
    return f"{place}里的“{bad[0].text}”（{bad[0].name}）：{bad[0].advice}" if bad else ""


async def check_message(db: Read, topic: str, message: str, *, field: str = "message") -> None:
    """Refuse a message to customers that a blocking rule finds words in.

    Raises:
        Invalid: naming the words, the rule and the way out.
    """
    if refused := await message_refusal(db, topic, message):
        raise Invalid.of(field, refused)


async def blocks_now(db: Read, revision: Revision) -> list[Mapping[str, Any]]:
    """Return the findings that stop an approval: as submitted, or now when the rules changed."""
    now = await rules(db)
    # A product that others refer to changes by itself: what was found of it then may be old.
    refers = bool(referred(revision.kind, revision.topic, revision.fields))
    if revision.rule_pack == now.version and not refers:
        return findings.blocks(revision.hits)
    return findings.blocks(hit.as_dict() for hit in await hits_of(db, revision, under=now))


async def reviewers(db: Read, marks: Iterable[RuleMark]) -> dict[UUID, str]:
    """Return the names of those who checked rules, by id."""
    return await queries.names(db, [mark.reviewed_by for mark in marks])


def reviewed(
    rule: Rule, mark: RuleMark | None, named: Mapping[UUID, str]
) -> tuple[str, datetime | None]:
    """Return who checked a rule against its source and when; ("", None) when nobody has.

    The bank's own check holds for the version it was made under; else the pack's stands.
    """
    if mark is not None and mark.reviewed_by and mark.reviewed_version == RULE_PACK_VERSION:
        return named.get(mark.reviewed_by, "本行"), mark.reviewed_at
    when = datetime.fromisoformat(rule.reviewed_at) if rule.reviewed_at else None
    return rule.reviewed_by, when


async def scan_job(db: Read) -> LongJob:
    """Return the newest re-scan, under way or ended; raises NotFound when there was none."""
    known = await scan(db)
    found = None
    if known is not None and known.job_id is not None:
        found = await db.get(LongJob, (bank_id(db), known.job_id))
    if found is None:
        raise NotFound("还没有复查过")
    return found
