"""What stands around reviews: the bank's flows and reasons, comments on fields, deputies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class ReviewFlow(Base):
    """The steps a bank wants for one kind of subject; no row: the default holds (flows.py)."""

    __tablename__ = "review_flows"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """A kind of item, 'template' or 'push'."""
    steps: Mapped[list[Any]]
    updated_by: Mapped[UUID]
    updated_at: Mapped[datetime]


class ReviewReasons(Base):
    """The bank's own reasons for returning something, offered as chips; no row: the default."""

    __tablename__ = "review_reasons"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    reasons: Mapped[list[Any]]
    updated_by: Mapped[UUID]
    updated_at: Mapped[datetime]


class ReviewComment(Base):
    """A remark pinned to a field, or an answer to one; the first of a thread carries its state.

    It hangs on the item, template or push and not on one wording of it, so that an author
    who writes the next version still sees what was said of the last.
    """

    __tablename__ = "review_comments"
    __table_args__ = (
        Index("ix_review_comments_owner", "tenant_id", "owner_id"),
        # The workbench asks which threads are open.
        Index(
            "ix_review_comments_open",
            "tenant_id",
            postgresql_where=sql("id = thread_id and resolved_at is null"),
        ),
        CheckConstraint("owner_kind in ('item','template','push','cadence')", name="owner"),
        ForeignKeyConstraint(["tenant_id", "by_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_kind: Mapped[str]
    owner_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    """The revision, template revision or push that was looked at."""
    thread_id: Mapped[UUID]
    """The id of the thread's first comment; its own for that one."""
    field: Mapped[str] = mapped_column(default="")
    """`title`, `body`, `fields.NAME`, or empty for the whole."""
    by_id: Mapped[UUID]
    text: Mapped[str]
    created_at: Mapped[datetime]
    resolved_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]


class ReviewDelegation(Base):
    """A reviewer on leave names who decides in their place, and for how long."""

    __tablename__ = "review_delegations"
    __table_args__ = (
        Index("ix_review_delegations_to", "tenant_id", "to_id"),
        CheckConstraint("from_id <> to_id", name="two_people"),
        CheckConstraint("starts_at < ends_at", name="period"),
        ForeignKeyConstraint(["tenant_id", "from_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "to_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_id: Mapped[UUID]
    to_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
