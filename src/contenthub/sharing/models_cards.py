"""What an employee lets their e-card 一见名片 show, beside what the bank says of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, ForeignKeyConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class NameCard(Base):
    """An employee's own choices for their card: nothing on it is their own text (316号)."""

    __tablename__ = "name_cards"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    shows_phone: Mapped[bool] = mapped_column(default=True, server_default="true")
    item_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default="{}")
    """Items shown, in this order; those that are not live (any more) are left out."""
    updated_at: Mapped[datetime]
