"""Kits of a bank, their published versions, what members took over, and recalls that reach them.

`kit_versions`, `kit_version_parts` and `kit_recalls` are the only rows of a bank that another
one may read: its members, and only by select (migration 0028). They hold copies of wordings
that were live when they were published, never a draft and nothing of a customer.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class Kit(Base):
    """A named set of a bank's own items and poster templates; `version_no` 0: never published."""

    __tablename__ = "kits"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('draft','published','withdrawn')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")
    version_no: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    figured_at: Mapped[datetime | None]
    """When the members' figures of it were last counted."""


class KitPart(Base):
    """One item or template that a kit holds the next time it is published."""

    __tablename__ = "kit_parts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "kit_id"], ["kits.tenant_id", "kits.id"]),
        CheckConstraint("subject_kind in ('item','template','cadence')", name="kind"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    kit_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)


class KitVersion(Base):
    """One published version of a kit; members of the bank read it, nobody changes its parts."""

    __tablename__ = "kit_versions"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "kit_id"], ["kits.tenant_id", "kits.id"]),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    kit_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    publisher: Mapped[str]
    """The publishing bank's name, since members cannot read its row."""
    is_newest: Mapped[bool] = mapped_column(default=True)
    """Members are offered this one; none of a withdrawn kit is."""
    parts: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime]


class KitVersionPart(Base):
    """A copy of one live wording (or design) as a version of a kit brings it to the members."""

    __tablename__ = "kit_version_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "kit_id", "no"],
            ["kit_versions.tenant_id", "kit_versions.kit_id", "kit_versions.no"],
        ),
        Index("ix_kit_version_parts_subject", "tenant_id", "subject_id"),
        CheckConstraint("subject_kind in ('item','template','cadence')", name="kind"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    kit_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    code: Mapped[str]
    kind: Mapped[str]
    topic: Mapped[str]
    title: Mapped[str]
    wording: Mapped[dict[str, Any]]
    """Of an item: fields, body, cover, valid_from, valid_until; of a template: layers, item_id."""
    assets: Mapped[list[Any]] = mapped_column(default=list)
    """The files it names: id, sha256, mime, width_px, height_px, size_bytes, key, filename."""
    revision_no: Mapped[int]
    hash: Mapped[str]


class KitRecall(Base):
    """A recall of something that was published in a kit; written by the database itself."""

    __tablename__ = "kit_recalls"
    __table_args__ = (Index("ix_kit_recalls_subject", "tenant_id", "subject_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID]
    title: Mapped[str]
    reason: Mapped[str]
    recalled_at: Mapped[datetime]


class AdoptedPart(Base):
    """The link of an own item or template to where it was taken over from.

    `source_key` is `PARENT/SUBJECT` or `starter/CODE`: one is taken over once. `base` is the
    wording as it came, against which changes of the source are shown.
    """

    __tablename__ = "adopted_parts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "source_key"),
        Index("ix_adopted_parts_source", "source_bank_id", "source_id"),
        Index("ix_adopted_parts_moved", "source_bank_id", "updated_at"),
        CheckConstraint("subject_kind in ('item','template','cadence')", name="kind"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    source_key: Mapped[str]
    source_bank_id: Mapped[UUID | None]
    source_id: Mapped[UUID | None]
    source_code: Mapped[str] = mapped_column(default="")
    kit_id: Mapped[UUID | None]
    kit_name: Mapped[str]
    kit_no: Mapped[int]
    revision_no: Mapped[int]
    hash: Mapped[str]
    base: Mapped[dict[str, Any]]
    dismissed_hash: Mapped[str] = mapped_column(default="")
    recalled_at: Mapped[datetime | None]
    """The newest recall of the source that was carried through here."""
    recall_reason: Mapped[str] = mapped_column(default="")
    adopted_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class KitFigure(Base):
    """What became of one part of a kit at one member: counts of 0 or 1, to be summed."""

    __tablename__ = "kit_figures"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    kit_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_name: Mapped[str]
    adopted: Mapped[int] = mapped_column(default=0)
    live: Mapped[int] = mapped_column(default=0)
    recalled: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime]
