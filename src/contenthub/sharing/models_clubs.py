"""What clubs give their members every month: which right, how many, who has been given it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class ClubRight(Base):
    """A right that a club's members get every month; once in a club nobody else may claim it."""

    __tablename__ = "club_rights"
    __table_args__ = (
        Index("uq_club_rights_item", "tenant_id", "club_id", "item_id", unique=True),
        Index("ix_club_rights_item", "tenant_id", "item_id"),
        CheckConstraint("monthly between 1 and 31", name="monthly"),
        ForeignKeyConstraint(["tenant_id", "club_id"], ["clubs.tenant_id", "clubs.id"]),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    club_id: Mapped[UUID]
    item_id: Mapped[UUID]
    monthly: Mapped[int] = mapped_column(SmallInteger)
    """How many pieces a member gets a month."""
    seen: Mapped[str] = mapped_column(default="")
    """What decided when there was nothing left to give; empty: there may be."""
    problem: Mapped[str] = mapped_column(default="")
    """Why members get nothing, or not all of them do; empty when everybody does."""
    checked_at: Mapped[datetime | None]
    added_by: Mapped[UUID]
    added_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    """From then on nobody is given it; what was given holds until its month ends."""


class ClubGrant(Base):
    """A member's pieces of a right for one month of the bank; it ends with the month.

    A ledger: of who was erased the bare number stays.
    """

    __tablename__ = "club_grants"
    __table_args__ = (
        Index("ix_club_grants_customer", "tenant_id", "customer_no", "month_on"),
        CheckConstraint("claimed >= 0 and handed >= 0 and claimed + handed <= pieces", name="used"),
        ForeignKeyConstraint(
            ["tenant_id", "right_id"], ["club_rights.tenant_id", "club_rights.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "handed_by"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    right_id: Mapped[UUID] = mapped_column(primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    """The first day of its month."""
    customer_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pieces: Mapped[int] = mapped_column(SmallInteger)
    claimed: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many the member took on the right's page."""
    handed: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many an employee handed over."""
    handed_by: Mapped[UUID | None]
    handed_at: Mapped[datetime | None]
    granted_at: Mapped[datetime]
