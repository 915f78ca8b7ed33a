"""Share links, the visits they bring, and what came of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id
from contenthub.tenants import sealedcolumns


class Link(Base):
    """A share node 分享链接: item + sharer + parent + channel, opened by `/s/{code}`.

    `employee_id` is credited with all it brings; `visitor_id` is set when a customer
    shared on. `path` holds the ancestors, root first, without the link itself.
    """

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index(
            "uq_links_employee",
            "tenant_id",
            "item_id",
            "employee_id",
            "channel",
            "push_id",
            "parent_id",
            "visitor_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_links_parent", "tenant_id", "parent_id"),
        Index("ix_links_root", "tenant_id", "root_id"),
        Index("ix_links_made", "tenant_id", "item_id", "created_at"),
        Index(
            "ix_links_own",
            "tenant_id",
            "created_at",
            postgresql_where=text("push_id is null and parent_id is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["links.tenant_id", "links.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    item_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]
    root_id: Mapped[UUID]
    path: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    channel: Mapped[str]
    push_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class LinkStat(Base):
    """What a link brought itself, and what all links below it brought (`sub_*`)."""

    __tablename__ = "link_stats"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "link_id"], ["links.tenant_id", "links.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    fetches: Mapped[int] = mapped_column(BigInt, default=0)
    views: Mapped[int] = mapped_column(BigInt, default=0)
    leads: Mapped[int] = mapped_column(BigInt, default=0)
    signups: Mapped[int] = mapped_column(BigInt, default=0)
    shares: Mapped[int] = mapped_column(BigInt, default=0)
    sub_views: Mapped[int] = mapped_column(BigInt, default=0)
    sub_leads: Mapped[int] = mapped_column(BigInt, default=0)
    sub_signups: Mapped[int] = mapped_column(BigInt, default=0)


class Visitor(Base):
    """A browser that opened a link, known by a random first-party cookie.

    From `known_at` on it is that of the person whose phone was left from it; one from which
    several phones were left is nobody's again, for good.
    """

    __tablename__ = "visitors"
    __table_args__ = (
        Index(
            "ix_visitors_phone",
            "tenant_id",
            "phone_index",
            postgresql_where=text("phone_index is not null"),
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    first_link_id: Mapped[UUID]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    phone_index: Mapped[bytes | None]
    known_at: Mapped[datetime | None]


class Visit(Base):
    """One fetch or view, partitioned by month; written by the drain only, exactly once.

    `id` and `at` come from the signed token of the page, so a replayed beacon meets its
    own row.
    """

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("kind in ('fetch','view')", name="kind"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    link_id: Mapped[UUID]
    item_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID | None]
    dwell_ms: Mapped[int] = mapped_column(default=0)


class VisitInbox(Base):
    """Acknowledged but not yet drained visits: one packed row per group commit.

    Not a tenant table: a batch holds visits of many banks, and only the drain
    (platform role) reads it. A batch that cannot be drained stays, set aside with its
    error, and holds up no other.
    """

    __tablename__ = "visit_inbox"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    packed: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    set_aside_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")


class EmployeeDay(Base):
    """What one employee's links brought on one day of the bank's zone."""

    __tablename__ = "employee_days"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    fetches: Mapped[int] = mapped_column(BigInt, default=0)
    views: Mapped[int] = mapped_column(BigInt, default=0)
    leads: Mapped[int] = mapped_column(BigInt, default=0)
    signups: Mapped[int] = mapped_column(BigInt, default=0)
    shares: Mapped[int] = mapped_column(BigInt, default=0)


class ItemDay(Base):
    """What one item brought per employee on one day."""

    __tablename__ = "item_days"
    __table_args__ = (Index("ix_item_days_on", "tenant_id", "day_on"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    fetches: Mapped[int] = mapped_column(BigInt, default=0)
    views: Mapped[int] = mapped_column(BigInt, default=0)
    leads: Mapped[int] = mapped_column(BigInt, default=0)
    signups: Mapped[int] = mapped_column(BigInt, default=0)
    shares: Mapped[int] = mapped_column(BigInt, default=0)


class Lead(Base):
    """A phone number left with consent 留资, credited to the link it came through."""

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "phone_index"),
        Index("ix_leads_employee", "tenant_id", "employee_id", "created_at"),
        ForeignKeyConstraint(["tenant_id", "link_id"], ["links.tenant_id", "links.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('new','assigned','contacted','won','lost')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    link_id: Mapped[UUID]
    item_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID | None]
    name_sealed: Mapped[bytes]
    name_masked: Mapped[str]
    phone_sealed: Mapped[bytes]
    phone_masked: Mapped[str]
    phone_index: Mapped[bytes]
    consent_version: Mapped[str]
    consent_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="new")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Signup(Base):
    """A sign-up for an activity 报名 and what became of it, credited to the link it came through.

    `attended_at` is when attendance 到场 was written down; of a right, when it was claimed.
    """

    __tablename__ = "signups"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "item_id", "phone_index", "claim_no", name="uq_signups_person_claim"
        ),
        Index("ix_signups_employee", "tenant_id", "employee_id", "created_at"),
        CheckConstraint(
            "state in ('new','confirmed','attended','absent','cancelled')", name="state"
        ),
        CheckConstraint("seats >= 1", name="seats"),
        ForeignKeyConstraint(["tenant_id", "link_id"], ["links.tenant_id", "links.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "told_revision_id"], ["revisions.tenant_id", "revisions.id"]
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    link_id: Mapped[UUID]
    item_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID | None]
    name_sealed: Mapped[bytes]
    name_masked: Mapped[str]
    phone_sealed: Mapped[bytes]
    phone_masked: Mapped[str]
    phone_index: Mapped[bytes]
    claim_no: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    """Of a right, which piece of this person's; an activity has one sign-up a phone."""
    seats: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    """How many come with it, the sender among them; of a right one piece."""
    told_revision_id: Mapped[UUID | None]
    """The wording the customer knows time and place from: read at sign-up, or told of since."""
    visit_id: Mapped[UUID | None]
    """The page it was sent from: sent twice from one page, it is one."""
    consent_version: Mapped[str]
    consent_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="new", server_default="new")
    note: Mapped[str] = mapped_column(default="", server_default="")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    attended_at: Mapped[datetime | None]
    outcome_at: Mapped[datetime | None]
    """When it was noted who came or did not: until that day ends it can be taken back."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ScriptCopy(Base):
    """A script 话术 that an employee has copied to send it by hand: a use that has no link."""

    __tablename__ = "script_copies"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class OwnShare(Base):
    """How often an employee passed their own link on by hand on a day of the bank's zone."""

    __tablename__ = "own_shares"
    __table_args__ = (
        Index("ix_own_shares_employee", "tenant_id", "employee_id", "day_on"),
        ForeignKeyConstraint(["tenant_id", "link_id"], ["links.tenant_id", "links.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    last_at: Mapped[datetime]


sealedcolumns.register("leads", "name", "phone")
sealedcolumns.register("signups", "name", "phone")
