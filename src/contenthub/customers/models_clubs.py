"""Clubs 俱乐部: who has a tag is a member; when they joined and left is written down."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class Club(Base):
    """A club: its members are the holders of its tag, for as long as it is open."""

    __tablename__ = "clubs"
    __table_args__ = (
        Index("uq_clubs_name", "tenant_id", "name", unique=True),
        CheckConstraint("state in ('draft','open','closed')", name="state"),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tags.tenant_id", "tags.id"]),
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["tag_rules.tenant_id", "tag_rules.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    intro: Mapped[str] = mapped_column(default="")
    tag_id: Mapped[UUID]
    rule_id: Mapped[UUID | None]
    """The tag rule written together with the club; it is switched on when the club opens."""
    state: Mapped[str] = mapped_column(default="draft")
    member_count: Mapped[int] = mapped_column(default=0)
    """How many members the index has (dimension `club`)."""
    problem: Mapped[str] = mapped_column(default="")
    """Why it does not follow its tag, in words; empty when it does."""
    checked_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ClubMembership(Base):
    """One time that a customer was a member; who joins again has another row.

    A ledger: of who was erased the bare number stays, so a month's figures do not change.
    """

    __tablename__ = "club_memberships"
    __table_args__ = (
        Index(
            "uq_club_memberships_open",
            "tenant_id",
            "club_id",
            "customer_no",
            unique=True,
            postgresql_where=text("left_at is null"),
        ),
        Index("ix_club_memberships_customer", "tenant_id", "customer_no"),
        Index("ix_club_memberships_joined", "tenant_id", "club_id", "joined_at"),
        Index("ix_club_memberships_left", "tenant_id", "club_id", "left_at"),
        ForeignKeyConstraint(["tenant_id", "club_id"], ["clubs.tenant_id", "clubs.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    club_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    joined_at: Mapped[datetime] = mapped_column(primary_key=True)
    how: Mapped[str]
    """Where the tag came from: a source of taggroups.SOURCES."""
    left_at: Mapped[datetime | None]
    why_left: Mapped[str] = mapped_column(default="")
    """Slug of clubstates.LEAVINGS."""
