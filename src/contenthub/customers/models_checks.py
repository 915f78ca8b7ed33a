"""What the nightly comparison of a bank's audience index with its customers found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class AudienceCheck(Base):
    """The last check of a bank's index, and what somebody asked for since."""

    __tablename__ = "audience_checks"
    __table_args__ = (CheckConstraint("wanted in ('','check','mend')", name="wanted"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    wanted: Mapped[str] = mapped_column(default="")
    """check or mend: asked for and not done yet."""
    wanted_by: Mapped[UUID | None]
    begun_at: Mapped[datetime | None]
    """When a worker took it up; a worker that dies is followed by another after a while."""
    checked_at: Mapped[datetime | None]
    wrong_count: Mapped[int] = mapped_column(default=0)
    """Keys of the index that were not what the customers' rows say, when it ended."""
    wrong: Mapped[list[Any]] = mapped_column(default=list)
    """The first of them: {dim, key, lacks, extra}."""
    mended_at: Mapped[datetime | None]
    mended_count: Mapped[int] = mapped_column(default=0)
