"""What a bank adds to the rule pack, and what a re-scan of its content found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class BankRule(Base):
    """A rule of the bank's own: phrases it does not want, or wants looked at (ownrules.py)."""

    __tablename__ = "bank_rules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("severity in ('block','review')", name="severity"),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    name: Mapped[str]
    severity: Mapped[str]
    phrases: Mapped[list[Any]]
    advice: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    topics: Mapped[list[Any]] = mapped_column(default=list)
    is_strict: Mapped[bool] = mapped_column(default=False)
    """Also found where the words around speak against it (禁止…, 谨防…)."""
    replacement: Mapped[str | None]
    is_on: Mapped[bool] = mapped_column(default=True)
    author_id: Mapped[UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RuleMark(Base):
    """What the bank says of a shipped rule: made stricter, and checked against its source."""

    __tablename__ = "rule_marks"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    rule_id: Mapped[str] = mapped_column(primary_key=True)
    is_raised: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    raised_by: Mapped[UUID | None]
    raised_at: Mapped[datetime | None]
    reviewed_version: Mapped[str] = mapped_column(default="")
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]


class RuleScan(Base):
    """Under which rules the bank's content was last read through, and what came of it."""

    __tablename__ = "rule_scans"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    version: Mapped[str] = mapped_column(default="")
    pack_version: Mapped[str] = mapped_column(default="")
    job_id: Mapped[UUID | None]
    scanned: Mapped[int] = mapped_column(default=0)
    failing: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class RuleFinding(Base):
    """A revision in use or under review that does not pass the rules as they are now."""

    __tablename__ = "rule_findings"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "revision_id"], ["revisions.tenant_id", "revisions.id"]),
        Index("ix_rule_findings_list", "tenant_id", "found_at"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID]
    version: Mapped[str]
    blocks: Mapped[int]
    hits: Mapped[list[Any]]
    found_at: Mapped[datetime]
