"""What is remembered of tags so that it can be undone: former names, changes of many."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class TagName(Base):
    """A name a tag had before; expressions and files that say it still mean the tag."""

    __tablename__ = "tag_names"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "tag_id"], ["tags.tenant_id", "tags.id"]),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID]


class TagChange(Base):
    """One change of many customers' tags: who was chosen, what it did, how to take it back."""

    __tablename__ = "tag_changes"
    __table_args__ = (
        Index("ix_tag_changes_at", "tenant_id", "at"),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tags.tenant_id", "tags.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    """put, take, merge (into `tag_id`) or one (a group became exclusive)."""
    tag_id: Mapped[UUID]
    from_tag_id: Mapped[UUID | None]
    """The tag that a merge takes in."""
    selected: Mapped[bytes]
    """The customers chosen, as a serialised roaring bitmap of their numbers."""
    people: Mapped[int]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How they were chosen, in words."""
    until_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="running")
    """running, done, undoing, undone."""
    changed: Mapped[int] = mapped_column(default=0)
    """How many got the tag, or lost it."""
    replaced: Mapped[int] = mapped_column(default=0)
    """How many tags of the same exclusive group that took away."""
    job_id: Mapped[UUID | None]
    by_id: Mapped[UUID]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class RemovedTag(Base):
    """A tag that a change of many took off a customer, as it was; kept until that is past undo."""

    __tablename__ = "removed_tags"
    __table_args__ = (
        Index("ix_removed_tags_customer", "tenant_id", "customer_no"),
        ForeignKeyConstraint(
            ["tenant_id", "change_id"], ["tag_changes.tenant_id", "tag_changes.id"]
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    change_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    tagged_by: Mapped[UUID | None]
    tagged_at: Mapped[datetime]
    until_on: Mapped[date | None]
    put_by_change_id: Mapped[UUID | None]
