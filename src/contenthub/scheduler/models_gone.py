"""What became of an item that may not be shown any more, and whom that was told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class ItemStop(Base):
    """One recall or expiry of an item, carried through: what was stopped, how many were told.

    `gone_at` is the item's own instant of it (`items.updated_at`), so that a second run finds
    the first one's row.
    """

    __tablename__ = "item_stops"
    __table_args__ = (
        Index("uq_item_stops_gone", "tenant_id", "item_id", "gone_at", unique=True),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        CheckConstraint("cause in ('recalled','expired')", name="cause"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID]
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    code: Mapped[str]
    gone_at: Mapped[datetime]
    done_at: Mapped[datetime]
    pushes: Mapped[int] = mapped_column(default=0)
    deliveries: Mapped[int] = mapped_column(default=0)
    tasks: Mapped[int] = mapped_column(default=0)
    templates: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=0)
    signups: Mapped[int] = mapped_column(default=0, server_default="0")
    """Customers who had signed up and waited: each has to be told that it is off."""


class Notice(Base):
    """What an employee is told of an item they have shared: it is gone. Open until they saw it."""

    __tablename__ = "gone_notices"
    __table_args__ = (
        Index("uq_gone_notices_stop", "tenant_id", "stop_id", "employee_id", unique=True),
        Index(
            "ix_gone_notices_open",
            "tenant_id",
            "employee_id",
            postgresql_where=text("seen_at is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "stop_id"], ["item_stops.tenant_id", "item_stops.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    stop_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
