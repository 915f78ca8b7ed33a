"""Cadences, customers' runs of them, and each step as it came to the employee."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class Cadence(Base):
    """A cadence 跟进节奏: why one calls, of which topic, and steps, bound to its hash by review.

    `steps` is what cadence.CadenceStep says of each; a trigger keeps it as it was submitted.
    """

    __tablename__ = "cadences"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_cadences_list", "tenant_id", "state", "updated_at"),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('draft','in_review','returned','in_use','stopped')", name="state"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    title: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    topic: Mapped[str]
    steps: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="draft")
    stop_reason: Mapped[str] = mapped_column(default="")
    hash: Mapped[str]
    author_id: Mapped[UUID]
    editors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """Everybody who ever wrote or submitted it, the author among them."""
    looked_at: Mapped[datetime | None]
    """When its runs were last asked whether their customers answered."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]


class CadenceRun(Base):
    """A customer on a cadence. `plan` is its steps as they were on the day it started.

    A customer is on one cadence at a time. No foreign key to the customer: what was done
    outlives an erased person, as a number without a name.
    """

    __tablename__ = "cadence_runs"
    __table_args__ = (
        Index(
            "uq_cadence_runs_customer",
            "tenant_id",
            "customer_no",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        # What the sweep asks each second, over all banks.
        Index("ix_cadence_runs_due", "next_at", postgresql_where=text("state = 'running'")),
        Index("ix_cadence_runs_cadence", "tenant_id", "cadence_id", "state"),
        Index("ix_cadence_runs_employee", "tenant_id", "employee_id"),
        ForeignKeyConstraint(["tenant_id", "cadence_id"], ["cadences.tenant_id", "cadences.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('running','finished','stopped')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    cadence_id: Mapped[UUID]
    customer_no: Mapped[int]
    customer_id: Mapped[UUID | None]
    """None once the person was erased."""
    employee_id: Mapped[UUID]
    plan: Mapped[list[Any]] = mapped_column(default=list)
    risk: Mapped[int] = mapped_column(SmallInteger, default=0)
    """The highest risk that its steps' contents offered when it started, 1 to 5; else 0."""
    why: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="running")
    stop_reason: Mapped[str] = mapped_column(default="")
    next_no: Mapped[int] = mapped_column(default=1)
    """The step to come; one more than there are when only the end is to come."""
    next_on: Mapped[date]
    next_at: Mapped[datetime]
    """When that day begins on the bank's clock."""
    later_days: Mapped[int] = mapped_column(default=0)
    started_on: Mapped[date]
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]


class CadenceContact(Base):
    """One step of a run as it came to the employee: once, and what they said of it."""

    __tablename__ = "cadence_contacts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["cadence_runs.tenant_id", "cadence_runs.id"]
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[UUID]
    link_id: Mapped[UUID | None]
    """The customer's own link to the step's content: what comes through it is their answer."""
    due_on: Mapped[date]
    until_on: Mapped[date]
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime | None]
    said_by: Mapped[UUID | None]
    agreed_on: Mapped[date | None]
    created_at: Mapped[datetime]
