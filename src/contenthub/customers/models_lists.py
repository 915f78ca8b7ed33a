"""Lists 名单 that others made of customers: models' results, and what was done offline."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base


class CustomerList(Base):
    """One file of a source; its id is the job's that loads it."""

    __tablename__ = "customer_lists"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "id"], ["long_jobs.tenant_id", "long_jobs.id"]),
        CheckConstraint("kind in ('scores','acts')", name="kind"),
        CheckConstraint("state in ('loading','on','undone')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    """Which model, or which event: a newer result of the same model stands for the older."""
    said_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day on which a model's result counts."""
    half_life_days: Mapped[int | None]
    topics: Mapped[str] = mapped_column(default="")
    """Of a model's result: the topics it tells of, blanks between them."""
    state: Mapped[str] = mapped_column(default="loading")
    """Scores follow only what was loaded to the end."""
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class ListScore(Base):
    """How many points a model's result gives a customer on a topic."""

    __tablename__ = "list_scores"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
        ForeignKeyConstraint(
            ["tenant_id", "list_id"], ["customer_lists.tenant_id", "customer_lists.id"]
        ),
        CheckConstraint("points between 1 and 100", name="points"),
        Index("ix_list_scores_list", "tenant_id", "list_id", "customer_no"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int]


class ListAct(Base):
    """Something a list tells that a customer did on a day: once, however many files say it."""

    __tablename__ = "list_acts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
        ForeignKeyConstraint(
            ["tenant_id", "list_id"], ["customer_lists.tenant_id", "customer_lists.id"]
        ),
        Index("ix_list_acts_list", "tenant_id", "list_id", "customer_no"),
        Index("ix_list_acts_day", "tenant_id", "day_on"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """Slug of behaviour.OFFLINE."""
    topic: Mapped[str] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[UUID]
