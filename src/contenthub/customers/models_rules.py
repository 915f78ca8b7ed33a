"""Tag rules 标签规则: who gets a tag because of what we know of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class TagRule(Base):
    """An expression and the tag that whoever matches it has; a deleted one can come back."""

    __tablename__ = "tag_rules"
    __table_args__ = (
        Index(
            "uq_tag_rules_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        CheckConstraint("state in ('off','on','clearing')", name="state"),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tags.tenant_id", "tags.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    expr: Mapped[str]
    tag_id: Mapped[UUID]
    keep_days: Mapped[int | None]
    """How many days the tag holds from when it is given; None: for as long as the rule is true."""
    state: Mapped[str] = mapped_column(default="off")
    """off, on, or clearing: its tags are being taken off, then it is off."""
    given: Mapped[bytes]
    """Who has the tag by this rule, as a serialised roaring bitmap of customer numbers."""
    declined: Mapped[bytes]
    """From whom it was taken by hand: they match, and do not get it before they did not match."""
    seen: Mapped[str] = mapped_column(default="")
    """What the index looked like when the rule had nothing left to do; empty: it may have."""
    is_running: Mapped[bool] = mapped_column(default=False)
    last_put: Mapped[int] = mapped_column(default=0)
    last_taken: Mapped[int] = mapped_column(default=0)
    """What the last run that changed anything did."""
    ran_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    """Why it cannot run, in words; empty when it can."""
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
