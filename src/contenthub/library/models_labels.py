"""A bank's own labels on items, and the filters that its people keep under a name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id

LABELS_MAX = 200
"""Labels of one bank: more are no help to anybody who has to choose."""


class Label(Base):
    """A word of the bank's own for items 内容标签; `folded` is its name as searches spell it.

    A deleted one is kept with its items so that it can come back; its name is free at once.
    """

    __tablename__ = "labels"
    __table_args__ = (
        Index(
            "uq_labels_folded",
            "tenant_id",
            "folded",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    folded: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class LabelledItem(Base):
    """That an item has a label."""

    __tablename__ = "labelled_items"
    __table_args__ = (
        Index("ix_labelled_items_item", "tenant_id", "item_id"),
        ForeignKeyConstraint(["tenant_id", "label_id"], ["labels.tenant_id", "labels.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    label_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class LibraryView(Base):
    """A filter of the library under a name 常用视图; `query` is the URL's, in its one spelling.

    A deleted one is kept so that it can come back; its name is free at once.
    """

    __tablename__ = "library_views"
    __table_args__ = (
        Index(
            "uq_library_views_name",
            "tenant_id",
            "owner_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID]
    name: Mapped[str]
    query: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)
    """Whether everybody of the bank who may see the library is shown it."""
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class LibraryStart(Base):
    """The view with which the library opens for one person."""

    __tablename__ = "library_starts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "view_id"], ["library_views.tenant_id", "library_views.id"]
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID]
