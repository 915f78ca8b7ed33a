"""The wordings that customers agreed to and refused by, as they were shown."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class ConsentText(Base):
    """A wording under its version 告知文本, kept for good: the database refuses every change."""

    __tablename__ = "consent_texts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "created_by"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "sha256 = encode(sha256(convert_to(wording, 'UTF8')), 'hex')", name="sha256"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str]
    sha256: Mapped[str]
    created_by: Mapped[UUID | None]
    """None: what the product's own page said to this bank's visitors."""
    created_at: Mapped[datetime]
