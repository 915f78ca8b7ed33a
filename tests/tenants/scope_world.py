"""A bank of four levels in which everything of everybody can be told apart by a mark of theirs.

Head office > branch > sub-branch > outlet, and a second branch beside the first. Each seat has
an employee with a photo, a customer with a tag of their own, a lead, a task, a link, a delivery
of one push, and views: a power of two each, so that a total says exactly whose views are in it.
"""

import io
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from python_calamine import CalamineWorkbook
from tests.house.rows import make_row
from tests.make import (
    make_branch,
    make_customer,
    make_link,
    make_live_item,
    make_live_template,
    make_staff,
)
from tests.personas import Personas
from tests.web.pictures import jpeg

from contenthub.customers import actions_tags as tags
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.scheduler.models import Delivery, Push, Task
from contenthub.sharing.models import EmployeeDay, ItemDay, Lead, LinkStat, Signup
from contenthub.tenants.models import Branch, Staff

LEVELS = ("head", "branch", "sub", "outlet", "aside")


@dataclass
class Seat:
    """One employee and what is theirs."""

    staff: Staff
    manager: Staff
    branch: Branch
    views: int
    customer_id: UUID
    customer_phone: str
    lead_id: UUID
    signup_id: UUID
    task_id: UUID
    code: str
    item_id: UUID
    tag: str
    template_id: UUID
    """Of the one approved poster."""
    push_id: UUID
    """Of the one push: a delivery a seat, of step 1."""

    def marks(self) -> dict[str, str]:
        """Return what must not be read by who may not see this seat."""
        return {
            "staff": str(self.staff.id),
            "staff_no": self.staff.staff_no,
            "name": self.staff.name,
            "customer": str(self.customer_id),
            "lead": str(self.lead_id),
            "signup": str(self.signup_id),
            "code": self.code,
        }


@dataclass
class World:
    """The five seats, and who sees which."""

    people: Personas
    item_id: UUID
    template_id: UUID
    push_id: UUID
    seats: dict[str, Seat] = field(default_factory=dict)

    def viewers(self) -> list[tuple[Staff, set[str]]]:
        """Return every role with the levels it may see: written down, not worked out by the app."""
        ours, everything = self.people.ours, set(LEVELS)
        bank_wide = (ours.admin, ours.author, ours.reviewer, ours.campaign_manager, ours.auditor)
        below = {
            "head": everything,
            "branch": {"branch", "sub", "outlet"},
            "sub": {"sub", "outlet"},
            "outlet": {"outlet"},
            "aside": {"aside"},
        }
        found = [(viewer, everything) for viewer in bank_wide]
        found += [(self.seats[level].manager, below[level]) for level in LEVELS]
        found += [(self.seats[level].staff, {level}) for level in LEVELS]
        return found


async def build(people: Personas) -> World:
    """Make the world in our bank."""
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        sub = await make_branch(db, "二级支行", parent=ours.branch)
        outlet = await make_branch(db, "三级网点", parent=sub, kind="outlet")
        item = await make_live_item(db, ours.author, ours.reviewer, at=now)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        facts: dict[str, Any] = {
            "item_id": item.id,
            "revision_id": item.live_revision_id,
            "schedule": {},
        }
        push = await make_row(
            db, Push, **facts, state="draft", topic="deposit", author_id=ours.author.id
        )
        world = World(people, item.id, template.id, push.id)
        group = await tags.create_group(db, GroupDraft("测试"), by=ours.admin, at=now)
        places = (ours.head, ours.branch, sub, outlet, ours.other_branch)
        for no, (level, branch) in enumerate(zip(LEVELS, places, strict=True)):
            tag = f"签{level}{no}{ours.tenant.hex[-6:]}"
            await tags.create_tag(db, TagDraft(tag, group.id), by=ours.admin, at=now)
            world.seats[level] = await _seat(db, world, level, branch, now=now, no=no, tag=tag)
    for seat in world.seats.values():
        await people.house.storage.put(seat.staff.photo_key, jpeg(), mime="image/jpeg")
    return world


async def _seat(
    db: Write, world: World, level: str, branch: Branch, *, now: datetime, no: int, tag: str
) -> Seat:
    tenant, views = world.people.ours.tenant, 2**no
    mark, phone = f"{level}{no}{tenant.hex[-6:]}", f"1390000000{no}"
    photo = f"{tenant}/photos/{mark}.jpg"
    who = await make_staff(
        db, branch, "employee", name=f"员{mark}", staff_no=f"N{mark}", photo_key=photo
    )
    boss = await make_staff(db, branch, "branch_manager", name=f"长{mark}")
    customer = await make_customer(db, owner=who, branch=branch, phone=phone, tags=[tag])
    item = await db.get_one(Item, (tenant, world.item_id))
    link = await make_link(db, item, who, at=now)
    day = {"employee_id": who.id, "day_on": (now.date()), "views": views}
    await make_row(db, EmployeeDay, **day)
    await make_row(db, ItemDay, item_id=item.id, **day)
    await make_row(db, LinkStat, link_id=link.id, views=views)
    facts = {"link_id": link.id, "item_id": item.id, "employee_id": who.id}
    signup = await make_row(db, Signup, **facts, state="new", created_at=now, updated_at=now)
    lead = await make_row(db, Lead, **facts, state="new", created_at=now, updated_at=now)
    task = await make_row(
        db, Task, employee_id=who.id, kind="lead", due_on=now.date(), title=f"务{mark}"
    )
    await make_row(
        db,
        Delivery,
        push_id=world.push_id,
        step=1,
        customer_no=customer.no,
        employee_id=who.id,
        state="skipped",
        reason="refused",
    )
    return Seat(
        *(
            who,
            boss,
            branch,
            views,
            customer.id,
            phone,
            lead.id,
            signup.id,
            task.id,
            link.code,
            item.id,
        ),
        *(tag, world.template_id, world.push_id),
    )


def text_of(answer: httpx.Response) -> str:
    """Return what can be read in an answer: JSON and HTML as they are, a workbook as its cells."""
    if answer.content.startswith(b"PK"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        rows = book.get_sheet_by_index(0).to_python()
        return "\n".join("\t".join(str(cell) for cell in row) for row in rows)
    return answer.text


def leaks(answer: httpx.Response, hidden: Collection[Seat]) -> list[str]:
    """Return the marks of `hidden` that an answer shows."""
    shown = text_of(answer)
    found = []
    for seat in hidden:
        for what, mark in seat.marks().items():
            if re.search(rf"(?<![\w-]){re.escape(mark)}(?![\w-])", shown):
                found.append(f"{answer.request.url.path} shows {what} {mark}")
    return found


def figures(answer: httpx.Response) -> set[int]:
    """Return every whole number in an answer's JSON."""
    found: set[int] = set()
    waiting: list[Any] = [answer.json()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, int) and not isinstance(one, bool):
            found.add(one)
    return found
