"""What an import of customers did, kept for as long as it can be taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt
from contenthub.tenants import sealedcolumns


class ImportStep(Base):
    """One batch of a load: whom it met and whom it added, as bitmaps of customer numbers.

    What it gave bears `at`: tags, refusals and the customers it wrote.
    """

    __tablename__ = "import_steps"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "job_id"], ["long_jobs.tenant_id", "long_jobs.id"]),
        Index("ix_import_steps_at", "tenant_id", "at"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_line: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    people: Mapped[bytes]
    added: Mapped[bytes]
    tags_put: Mapped[int] = mapped_column(default=0)
    tags_were: Mapped[list[Any]] = mapped_column(default=list)
    """Tags it took off or prolonged, as they were (actions_tagging.Was)."""
    refusals_were: Mapped[list[Any]] = mapped_column(default=list)
    """Refusals whose last day it took away, as they were."""
    undone_at: Mapped[datetime | None]


class ImportChange(Base):
    """A customer whom a load changed, as they were; or whom an undo of it left, and why."""

    __tablename__ = "import_changes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "job_id"], ["long_jobs.tenant_id", "long_jobs.id"]),
        Index("ix_import_changes_job", "tenant_id", "job_id", "customer_no"),
        Index("ix_import_changes_customer", "tenant_id", "customer_no"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made of job and customer: a second line of the file finds the first one's row."""
    job_id: Mapped[UUID]
    customer_no: Mapped[int]
    at: Mapped[datetime]
    """When the load wrote the customer: another time there now means that somebody went on."""
    was: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Fields of actions_known.Known before; `remark` for a remark that changed, sealed below."""
    name_sealed: Mapped[bytes] = mapped_column(default=b"")
    """The name before, when that changed; else empty."""
    remark_sealed: Mapped[bytes] = mapped_column(default=b"")
    reason: Mapped[str] = mapped_column(default="")
    """Why an undo left this customer; empty: none did."""


sealedcolumns.register("import_changes", "name", "remark")
