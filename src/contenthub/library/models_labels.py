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
