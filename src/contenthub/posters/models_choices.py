"""What employees chose of what a poster leaves to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class PosterChoice(Base):
    """The background an employee chose for their poster of a template; no row: its own one."""

    __tablename__ = "poster_choices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["poster_templates.tenant_id", "poster_templates.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    template_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    picture: Mapped[str]
    """The content hash of the background's picture (choosing.py)."""
    chosen_at: Mapped[datetime]
