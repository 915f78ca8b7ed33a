"""What firings that are over were received by, summed once: the mix of content reads it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class ReceivedSum(Base):
    """Who got one firing of a push from one employee at one moment.

    Written when no delivery of the firing can change any more (`occurrences.summed_at`), so
    that a sum is never corrected. The ledger stays the truth: deleting these and emptying
    `summed_at` lets them be made again.
    """

    __tablename__ = "received_sums"
    __table_args__ = (
        Index("ix_received_sums_at", "tenant_id", "at"),
        Index("ix_received_sums_employee", "tenant_id", "employee_id", "at"),
        ForeignKeyConstraint(["tenant_id", "push_id"], ["pushes.tenant_id", "pushes.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    push_id: Mapped[UUID]
    step: Mapped[int]
    employee_id: Mapped[UUID | None]
    at: Mapped[datetime]
    """When the deliveries came to be delivered, as the ledger says."""
    customers: Mapped[int]
    who: Mapped[bytes]
    """Their numbers, as a roaring bitmap."""
