"""What employees wrote of a contact with a customer 联系记录, and whose a customer was 归属变动."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id
from contenthub.tenants import sealedcolumns


class CustomerContact(Base):
    """One contact: how, when, whether the customer was reached, and what was said, sealed."""

    __tablename__ = "customer_contacts"
    __table_args__ = (
        Index("ix_customer_contacts_customer", "tenant_id", "customer_no"),
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
        ForeignKeyConstraint(["tenant_id", "recorded_by"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_no: Mapped[int]
    way: Mapped[str]
    """Slug of contacts.WAYS."""
    is_reached: Mapped[bool]
    contacted_on: Mapped[date]
    note_sealed: Mapped[bytes]
    """Empty when nothing was noted."""
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class CustomerMove(Base):
    """A customer passed to another owner or branch; a trigger writes it, whatever moved them."""

    __tablename__ = "customer_moves"
    __table_args__ = (
        Index("ix_customer_moves_customer", "tenant_id", "customer_no"),
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_no: Mapped[int]
    moved_at: Mapped[datetime]
    from_owner: Mapped[UUID | None]
    to_owner: Mapped[UUID | None]
    from_branch: Mapped[UUID]
    to_branch: Mapped[UUID]


sealedcolumns.register("customer_contacts", "note")
