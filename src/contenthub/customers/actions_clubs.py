"""Writes of clubs as a bank keeps them: founded, changed, opened, closed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from contenthub.customers import (
    actions_rules,
    actions_tags,
    clubstates,
    queries_clubs,
    queries_rules,
    queries_tags,
    rulegraph,
)
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.models import Tag
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.taggroups import clean_name
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "customers.follow_clubs"
MAX_CLUBS = 50
INTRO_CHARS = 300
GROUP = "俱乐部会员"
"""The tag group in which a club's own tag is made."""


@dataclass(frozen=True, slots=True)
class ClubDraft:
    """A club as somebody described it."""

    name: str
    intro: str = ""
    tag_id: UUID | None = None
    """None: a tag of the club's name is made."""
    expr: str = ""
    """Who becomes a member by rule; empty: the tag is put on by hand or by import."""


async def create_club(db: Write, draft: ClubDraft, *, by: Staff, at: datetime) -> Club:
    """Found a club that is not open yet; its tag and its rule are made with it when asked for.

    Raises:
        Invalid: name, introduction, tag or expression. NotFound: the tag.
        Conflict: the bank has as many clubs, tags or rules as it may.
    """
    mine = select(func.count()).where(Club.tenant_id == bank_id(db))
    if (await db.scalar(mine) or 0) >= MAX_CLUBS:
        raise Conflict(f"最多 {MAX_CLUBS} 个俱乐部，请把停办的改名再用")
    name, intro = await _free_name(db, draft.name), _clean_intro(draft.intro)
    tag = await _tag(db, draft.tag_id, name, by=by, at=at)
    rule = None
    if draft.expr.strip():
        wish = RuleDraft(name, draft.expr, tag.id)
        rule = await actions_rules.create_rule(db, wish, by=by, at=at)
    made = Club(
        tenant_id=bank_id(db),
        id=new_id(),
        name=name,
        intro=intro,
        tag_id=tag.id,
        rule_id=rule.id if rule else None,
        created_by=by.id,
        created_at=at,
        changed_at=at,
    )
    db.add(made)
    await db.flush()
    facts = {"name": name, "tag": tag.name, "expr": draft.expr.strip()}
    tenants.record(db, "club.created", "club", made.id, by=by, at=at, **facts)
    return made


async def _tag(db: Write, tag_id: UUID | None, name: str, *, by: Staff, at: datetime) -> Tag:
    if tag_id is not None:
        return await _usable(db, tag_id)
    groups = {group.name: group for group, _ in await queries_tags.groups(db)}
    group = groups.get(GROUP)
    if group is None:
        group = await actions_tags.create_group(
            db, GroupDraft(GROUP, "kind", "orange"), by=by, at=at
        )
    return await actions_tags.create_tag(db, TagDraft(name, group.id), by=by, at=at)


async def _usable(db: Write, tag_id: UUID) -> Tag:
    tag = await queries_tags.tag(db, tag_id)
    if tag.retired_at is not None:
        raise Invalid.of("tag_id", f"标签“{tag.name}”已停用，请先在标签管理里恢复使用")
    return tag


async def _free_name(db: Write, name: str, *, but: UUID | None = None) -> str:
    clean = clean_name(name)
    other = (await queries_clubs.by_name(db, [clean])).get(clean)
    if other is not None and other.id != but:
        raise Invalid.of("name", f"俱乐部“{clean}”已经有了，请换一个名称")
    return clean


def _clean_intro(intro: str) -> str:
    kept = intro.strip()
    if len(kept) > INTRO_CHARS:
        raise Invalid.of("intro", f"介绍最多 {INTRO_CHARS} 字，现在 {len(kept)} 字")
    return kept


async def change_club(
    db: Write, club_id: UUID, draft: ClubDraft, *, by: Staff, at: datetime
) -> Club:
    """Rename a club, describe it anew, or let another tag say who its members are.

    Raises:
        Invalid: as `create_club`; an open club's name; rules would wait for each other (`tag_id`).
        NotFound: the club or the tag.
    """
    found = await queries_clubs.club(db, club_id, lock=True)
    name = await _free_name(db, draft.name, but=found.id)
    intro = _clean_intro(draft.intro)
    before = found.name
    if name != before and found.state == "open":
        raise Invalid.of(
            "name", "开办中的俱乐部不能改名，条件里的 club(…) 用的是这个名称；停办后可改"
        )
    if draft.tag_id is not None and draft.tag_id != found.tag_id:
        found.tag_id = (await _usable(db, draft.tag_id)).id
        await db.flush()
        if rulegraph.ring(await queries_rules.flows(db)):
            raise Invalid.of(
                "tag_id", "有标签规则按这个俱乐部的会员来贴这个标签，会互相等；请换一个标签"
            )
        enqueue(db, JOB)
    found.name, found.intro, found.changed_at = name, intro, at
    await db.flush()
    tenants.record(db, "club.changed", "club", found.id, by=by, at=at, before=before, after=name)
    return found


async def open_club(db: Write, club_id: UUID, *, by: Staff, at: datetime) -> Club:
    """Open a club: who has its tag is a member from now on; its own rule begins to work.

    Raises:
        Conflict: it is open. Invalid: its tag is retired, or its rule cannot work.
        NotFound: the club, or its tag is deleted.
    """
    found = await queries_clubs.club(db, club_id, lock=True)
    found.state = clubstates.moved(found.state, "open")
    await _usable(db, found.tag_id)
    if found.rule_id is not None:
        rule = await queries_rules.rule(db, found.rule_id, with_deleted=True)
        if rule.deleted_at is None:
            await actions_rules.switch_on(db, rule.id, by=by, at=at)
    found.opened_at, found.closed_at, found.checked_at, found.problem = at, None, None, ""
    await db.flush()
    tenants.record(db, "club.opened", "club", found.id, by=by, at=at, name=found.name)
    enqueue(db, JOB)
    return found


async def close_club(db: Write, club_id: UUID, *, by: Staff, at: datetime) -> Club:
    """Close a club: its members leave, their tag stays on. `open_club` takes them in again.

    Raises:
        Conflict: it is not open. NotFound.
    """
    found = await queries_clubs.club(db, club_id, lock=True)
    found.state = clubstates.moved(found.state, "close")
    found.closed_at, found.checked_at, found.problem = at, None, ""
    await db.flush()
    tenants.record(db, "club.closed", "club", found.id, by=by, at=at, name=found.name)
    enqueue(db, JOB)
    return found


async def forget_customer(db: Write, customer_no: int, *, at: datetime) -> list[UUID]:
    """End the memberships of who is erased; return the clubs, for the index to follow."""
    rows = await db.scalars(
        update(ClubMembership)
        .where(
            ClubMembership.tenant_id == bank_id(db),
            ClubMembership.customer_no == customer_no,
            ClubMembership.left_at.is_(None),
        )
        .values(left_at=at, why_left="erased")
        .returning(ClubMembership.club_id)
    )
    clubs = list(rows)
    if clubs:
        await db.execute(
            update(Club)
            .where(Club.tenant_id == bank_id(db), Club.id.in_(clubs))
            .values(member_count=Club.member_count - 1)
        )
    return clubs
