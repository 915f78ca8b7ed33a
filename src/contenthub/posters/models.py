"""Poster templates and their revisions, reviewed like items."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class PosterTemplate(Base):
    """A poster template 海报模板 of one item; its layers live in revisions.

    It is called as its live revision is, or was last; a draft's title is its revision's.
    """

    __tablename__ = "poster_templates"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    title: Mapped[str]
    item_id: Mapped[UUID]
    state: Mapped[str]
    author_id: Mapped[UUID]
    working_revision_id: Mapped[UUID | None]
    live_revision_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TemplateRevision(Base):
    """One immutable design of a template, bound to one revision of its item.

    `hash` covers the layers and the item revision's hash.
    """

    __tablename__ = "template_revisions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "template_id", "no"),
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["poster_templates.tenant_id", "poster_templates.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "item_revision_id"], ["revisions.tenant_id", "revisions.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('draft','in_review','approved','returned','live','superseded','expired',"
            "'recalled','withdrawn')",
            name="state",
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    template_id: Mapped[UUID]
    item_revision_id: Mapped[UUID]
    no: Mapped[int]
    title: Mapped[str]
    layers: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="draft")
    hash: Mapped[str]
    author_id: Mapped[UUID]
    editors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """Everybody who drew or submitted it, the author among them."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    live_at: Mapped[datetime | None]
