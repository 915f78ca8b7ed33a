"""Posters published as files to a public store, and when a bank's files were last looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class PublishedPoster(Base):
    """One employee's poster as files of the public store (published.py says the states)."""

    __tablename__ = "published_posters"
    __table_args__ = (
        Index(
            "uq_published_posters_standing",
            "tenant_id",
            "revision_id",
            "employee_id",
            unique=True,
            postgresql_where=text("state in ('planned','uploading','published')"),
        ),
        Index("ix_published_posters_employee", "tenant_id", "employee_id"),
        Index(
            "ix_published_posters_due",
            "try_after_at",
            postgresql_where=text("state in ('planned','uploading','removing')"),
        ),
        ForeignKeyConstraint(
            ["tenant_id", "revision_id"], ["template_revisions.tenant_id", "template_revisions.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('planned','uploading','published','removing','gone')", name="state"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    revision_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    facts: Mapped[str]
    """Names the shared part it was planned for (published.facts_of)."""
    name: Mapped[str] = mapped_column(default="", server_default="")
    """Of its files; written before the first of them is sent. Empty: nothing was sent."""
    link_code: Mapped[str] = mapped_column(default="", server_default="")
    background: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Of the template's, that its files show (choosing.py)."""
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    try_after_at: Mapped[datetime]
    """Not before this is it worked on (again); while it is sent, the end of the lease."""
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]


class PosterUpkeep(Base):
    """When a bank's published posters are to be compared again, and its stored bases tidied."""

    __tablename__ = "poster_upkeep"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    look_after_at: Mapped[datetime]
    tidied_at: Mapped[datetime | None]
