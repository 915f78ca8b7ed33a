"""Lines of imports that were not taken."""

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt


class ImportProblem(Base):
    """A line of a running import that was not taken; it goes to the error file at the end.

    Kept in the transaction of its batch, so that a killed worker loses none of them.
    """

    __tablename__ = "import_problems"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "job_id"], ["long_jobs.tenant_id", "long_jobs.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    field: Mapped[str]
    value_shown: Mapped[str]
    message: Mapped[str]
