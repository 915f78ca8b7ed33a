"""What was changed of customers by hand, field by field; forgotten with the person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id
from contenthub.tenants import sealedcolumns


class CustomerChange(Base):
    """One change: JSON of field → [before, after] as cells, sealed; of a remark only that it was.

    No foreign key to the customer: an import that is taken back takes them away as a whole.
    """

    __tablename__ = "customer_changes"
    __table_args__ = (
        Index("ix_customer_changes_customer", "tenant_id", "customer_no"),
        ForeignKeyConstraint(["tenant_id", "changed_by"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_no: Mapped[int]
    changes_sealed: Mapped[bytes]
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]


sealedcolumns.register("customer_changes", "changes")
