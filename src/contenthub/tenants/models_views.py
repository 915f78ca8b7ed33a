"""Filters of lists that people keep under a name, and the one with which a list opens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class SavedView(Base):
    """A filter of a list under a name 常用视图; `query` is the URL's, in its one spelling.

    A deleted one is kept so that it can come back; its name is free at once.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        Index(
            "uq_saved_views_name",
            "tenant_id",
            "owner_id",
            "place",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID]
    place: Mapped[str] = mapped_column(default="library")
    """Slug of actions_views.PLACES: the list it belongs to."""
    name: Mapped[str]
    query: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)
    """Whether everybody of the bank who may see the list is shown it."""
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ListStart(Base):
    """The view with which a list opens for one person."""

    __tablename__ = "library_starts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "view_id"], ["saved_views.tenant_id", "saved_views.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    """The list, as the view has it."""
    view_id: Mapped[UUID]
