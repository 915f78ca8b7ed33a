"""What an import of a workbook did with each of its rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class ItemImportRow(Base):
    """One row of an imported workbook: what became of it, and what it takes to undo that.

    Written in the transaction of the row's own change, so that a killed worker neither loses
    nor repeats one. A trial has rows too, which the load replaces.
    """

    __tablename__ = "item_import_rows"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "job_id"], ["long_jobs.tenant_id", "long_jobs.id"]),
        Index("ix_item_import_rows_outcome", "tenant_id", "job_id", "outcome", "no"),
        CheckConstraint(
            "outcome in ('added','changed','unchanged','failed','undone','kept')", name="outcome"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Place among the rows of all sheets, from 1."""
    sheet: Mapped[str]
    line: Mapped[int]
    outcome: Mapped[str]
    """`undone`: taken back; `kept`: an undo left it, as somebody has worked on it since."""
    code: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    changes: Mapped[list[Any]] = mapped_column(default=list)
    """Labels of what a changed row changes."""
    blocks: Mapped[int] = mapped_column(default=0)
    """Findings that must be mended before approval."""
    is_sent: Mapped[bool] = mapped_column(default=False)
    """Whether it was handed to review."""
    item_id: Mapped[UUID | None]
    revision_id: Mapped[UUID | None]
    before_id: Mapped[UUID | None]
    """The revision that was the newest before, when the row began another."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The draft's wording before, when the row wrote into that draft."""
    hash: Mapped[str] = mapped_column(default="")
    """The wording that was written; another one now means that somebody went on."""
