"""Audiences: who matches an expression, who is taken out and why, who is left.

Only bitmaps are read, one query for all of them; a customer's rows are opened for the
masked sample alone (design/performance.md B).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers import (
    bitmaps,
    queries_bitmaps,
    queries_clubs,
    queries_tags,
    segmenttree,
)
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import touched_key
from contenthub.customers.queries import segments
from contenthub.customers.queries_kept import fetch_with_assets
from contenthub.customers.queries_owners import owners
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import to_text
from contenthub.customers.tagtree import ExpressionInvalid, Node, names
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import queries as tenants
from contenthub.tenants import queries_branches
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS

REASONS: dict[str, str] = {
    "refused": "拒绝此类业务",
    "no_consent": "没有营销授权",
    "unsuitable": "风险等级不匹配或没有有效测评",
    "capped": "近期触达已达上限",
    "quiet": "免打扰时段",
    "no_owner": "没有客户经理",
    "owner_away": "客户经理休假或停用",
    "unqualified": "客户经理没有从业资格或授权已到期",
    "unreachable": "未加企业微信",
}
"""Why a matched customer is not sent to, in the order they are taken out."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Customer numbers: matched = reachable + everybody removed, each for one reason."""

    matched: BitMap
    reachable: BitMap
    removed: dict[str, BitMap] = field(default_factory=dict)

    def waterfall(self) -> dict[str, object]:
        """Return the counts as JSON: matched, steps in order, reachable."""
        steps = [
            {"reason": r, "label": REASONS[r], "removed": len(self.removed[r])} for r in REASONS
        ]
        return {"matched": len(self.matched), "steps": steps, "reachable": len(self.reachable)}


async def expanded(db: Read, node: Node) -> Node:
    """Return the tree with every saved segment it names written out, as it stands now.

    Raises:
        ExpressionInvalid: a segment the bank does not have, or segments that name each other.
    """
    if not segmenttree.speaks_of_segments(node):
        return node
    return segmenttree.put_in(node, {one.name: one.expr for one in await segments(db)})


async def frozen(db: Read, expr: str) -> str:
    """Return the text with every saved segment written out: what was approved stays approved.

    Raises:
        ExpressionInvalid
    """
    node = parse(expr)
    whole = await expanded(db, node)
    return expr.strip() if whole is node else to_text(whole)


async def resolve(db: Read, node: Node) -> dict[Key, str]:
    """Return the ids of what an expression names, clubs too; unknown ones are absent."""
    wanted = names(node)
    found: dict[Key, str] = {}
    if wanted.tags:
        by_name = await queries_tags.ids_by_name(db, wanted.tags)
        found.update({("tag", name): str(tag_id) for name, tag_id in by_name.items()})
    if wanted.branches:
        for word, branch_id in (await queries_branches.by_word(db)).items():
            if word in wanted.branches:
                found[("branch", word)] = str(branch_id)
    if wanted.grids:
        held = await queries_bitmaps.known_keys(db, "grid", wanted.grids)
        found.update({("grid", name): name for name in held})
    for name, club in (await queries_clubs.by_name(db, wanted.clubs)).items():
        found["club", name] = str(club.id)
    if wanted.owners:
        rows = await db.execute(
            select(Staff.staff_no, Staff.id).where(
                Staff.tenant_id == bank_id(db), Staff.staff_no.in_(wanted.owners)
            )
        )
        found.update({("owner", no): str(staff_id) for no, staff_id in rows})
    return found


async def check_names(db: Read, node: Node) -> None:
    """Raise ExpressionInvalid for the first name in it that the bank does not have."""
    node = await expanded(db, node)
    bitmaps.dims_of(node, resolve=await resolve(db, node), today=date(2000, 1, 1))


async def audience(db: Read, node: Node, *, topic: str, at: datetime, risk: int = 0) -> Audience:
    """Return who matches `node`, who is taken out for which reason at `at`, and who is left.

    `risk` is that of the product offered, 1 to 5 for R1 to R5; 0 when it is none to invest in.

    Raises:
        ExpressionInvalid: a name the bank does not have. Invalid: an unknown topic.
    """
    if topic not in TOPICS:
        raise Invalid.of("topic", f"业务类别应是 {'、'.join(TOPICS)} 之一")
    bank = await tenants.bank(db)
    today = bank_day(bank, at)
    node = await expanded(db, node)
    known = await resolve(db, node)
    days = _touched_keys(bank, today)
    fixed: list[Key] = [
        ("all", ""),
        ("owned", ""),
        ("reachable", ""),
        ("refused", topic),
        ("consent", topic),
    ]
    if risk:
        fixed.append(("risk", str(risk)))
    served = await owners(db, bank, topic=topic, on=today)
    needed = bitmaps.dims_of(node, resolve=known, today=today)
    needed |= set(fixed) | set(days)
    found = Audience(BitMap(), BitMap(), {reason: BitMap() for reason in REASONS})
    for chunk, having in sorted((await fetch_with_assets(db, needed)).items()):
        everyone = having.get(("all", ""), BitMap())
        matched = bitmaps.evaluate(node, having, everyone, resolve=known, today=today)
        out = _reasons(matched, having, topic=topic, risk=risk, days=days, bank=bank)
        _sift(found, chunk, matched, out | served.removed(chunk))
    return found


async def matching(db: Read, node: Node, *, at: datetime) -> BitMap:
    """Return who matches `node`, whether they can be sent to or not.

    Raises:
        ExpressionInvalid: a name the bank does not have.
    """
    today = await tenants.today(db, at=at)
    node = await expanded(db, node)
    known = await resolve(db, node)
    needed = bitmaps.dims_of(node, resolve=known, today=today) | {("all", "")}
    found = BitMap()
    for chunk, having in sorted((await fetch_with_assets(db, needed)).items()):
        everyone = having.get(("all", ""), BitMap())
        matched = bitmaps.evaluate(node, having, everyone, resolve=known, today=today)
        found.update(matched.shift(chunk << bitmaps.CHUNK_BITS))
    return found


async def segments_of(
    db: Read, customer_no: int, named: Iterable[str], *, at: datetime
) -> set[str]:
    """Return which of some segments a customer is in: saved ones by name, or expressions of tags.

    What names neither a segment nor tags of the bank is left out.
    """
    saved = {one.name: one.expr for one in await segments(db)}
    found = set()
    for name in named:
        try:
            if customer_no in await matching(db, parse(saved.get(name, name)), at=at):
                found.add(name)
        except ExpressionInvalid:
            continue
    return found


def _touched_keys(bank: Bank, today: date) -> list[Key]:
    held = effective(bank.settings)
    days, times = int(held["cap_days"]), int(held["cap_times"])
    return [
        touched_key(today - timedelta(days=n), time)
        for n in range(days)
        for time in range(1, times + 1)
    ]


def _reasons(
    matched: BitMap,
    having: Mapping[Key, BitMap],
    *,
    topic: str,
    risk: int,
    days: list[Key],
    bank: Bank,
) -> dict[str, BitMap]:
    """Return whom each reason that lies with the customer takes out of one chunk."""
    nobody = BitMap()
    touched = [having[day] for day in days if day in having]
    held = effective(bank.settings)
    cap_times, needs_consent = int(held["cap_times"]), bool(held["consent_required"])
    return {
        "refused": having.get(("refused", topic), nobody),
        "no_consent": matched - having.get(("consent", topic), nobody) if needs_consent else nobody,
        "unsuitable": matched - having.get(("risk", str(risk)), nobody) if risk else nobody,
        "capped": bitmaps.cap(touched, cap_times) if touched else nobody,
        "quiet": nobody,
        "no_owner": matched - having.get(("owned", ""), nobody),
        "unreachable": matched - having.get(("reachable", ""), nobody),
    }


def _sift(found: Audience, chunk: int, matched: BitMap, out: Mapping[str, BitMap]) -> None:
    """Take one chunk's matched customers through the reasons, each out for the first that holds."""
    first = chunk << bitmaps.CHUNK_BITS
    found.matched.update(matched.shift(first))
    left = matched
    for reason in REASONS:
        gone = left & out[reason]
        left = left - gone
        found.removed[reason].update(gone.shift(first))
    found.reachable.update(left.shift(first))
