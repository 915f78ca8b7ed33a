"""Pushes, their occurrences, the delivery ledger, send jobs and employees' tasks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class Push(Base):
    """A push 推送: one revision to one audience at one time, bound to its hash by review."""

    __tablename__ = "pushes"
    __table_args__ = (
        # What the sweep asks each second, over all banks.
        Index(
            "ix_pushes_due",
            "fire_at",
            postgresql_where=text("state in ('scheduled', 'running')"),
        ),
        Index("ix_pushes_list", "tenant_id", "state", "updated_at"),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "revision_id"], ["revisions.tenant_id", "revisions.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["poster_templates.tenant_id", "poster_templates.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('draft','in_review','returned','scheduled','running','paused','finished',"
            "'cancelled','failed')",
            name="state",
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    item_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    template_id: Mapped[UUID | None]
    template_revision_id: Mapped[UUID | None]
    topic: Mapped[str]
    message: Mapped[str]
    expr: Mapped[str]
    schedule: Mapped[dict[str, Any]]
    fire_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(default="wecom")
    state: Mapped[str] = mapped_column(default="draft")
    paused_reason: Mapped[str] = mapped_column(default="")
    hash: Mapped[str]
    author_id: Mapped[UUID]
    editors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """Everybody who ever wrote or submitted it, the author among them."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Occurrence(Base):
    """One firing of a push's schedule; its key makes a second firing impossible."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("tenant_id", "push_id", "step"),
        # What the mix of content still counts from the ledger itself.
        Index(
            "ix_occurrences_unsummed",
            "tenant_id",
            "push_id",
            "step",
            postgresql_where=text("summed_at is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "push_id"], ["pushes.tenant_id", "pushes.id"]),
        CheckConstraint("state in ('due','planned','done','missed')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    push_id: Mapped[UUID] = mapped_column(primary_key=True)
    fire_at: Mapped[datetime] = mapped_column(primary_key=True)
    step: Mapped[int]
    state: Mapped[str] = mapped_column(default="due")
    planned_at: Mapped[datetime | None]
    waterfall: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summed_at: Mapped[datetime | None]
    """When what was received of it was summed (models_mix.py)."""


class SendJob(Base):
    """One call to the channel: one employee, at most `batch_size` customers.

    ready → calling (committed before the call, with a lease) → sent | failed;
    a calling job past lease and quarantine is unknown and is reconciled by its marker.
    """

    __tablename__ = "send_jobs"
    __table_args__ = (
        UniqueConstraint("tenant_id", "push_id", "step", "employee_id", "chunk"),
        Index(
            "ix_send_jobs_open",
            "next_at",
            postgresql_where=text("state in ('ready', 'calling', 'unknown', 'sent')"),
        ),
        ForeignKeyConstraint(["tenant_id", "push_id"], ["pushes.tenant_id", "pushes.id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('ready','calling','sent','unknown','failed','cancelled','done')",
            name="state",
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    push_id: Mapped[UUID]
    step: Mapped[int]
    employee_id: Mapped[UUID]
    chunk: Mapped[int]
    customers: Mapped[int]
    link_code: Mapped[str]
    state: Mapped[str] = mapped_column(default="ready")
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    msgid: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")


class Delivery(Base):
    """The ledger 送达记录: one row per push, step and customer, with the reason of every skip.

    No foreign key to the customer: the ledger outlives an erased person, as a number
    without a name.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_state", "tenant_id", "push_id", "state"),
        Index("ix_deliveries_job", "tenant_id", "send_job_id"),
        Index("ix_deliveries_customer", "tenant_id", "customer_no"),
        # What customers got in the last days, for the mix of content.
        Index(
            "ix_deliveries_mix",
            "tenant_id",
            "updated_at",
            postgresql_where=text("state not in ('skipped', 'failed')"),
        ),
        # And what one employee sent: the phone page asks each time.
        Index(
            "ix_deliveries_sent",
            "tenant_id",
            "employee_id",
            "updated_at",
            postgresql_where=text("state in ('confirmed', 'delivered')"),
        ),
        CheckConstraint(
            "state in ('planned','claimed','sending','submitted','confirmed','delivered',"
            "'skipped','failed','unknown')",
            name="state",
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    push_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID | None]
    send_job_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="planned")
    reason: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]


class Task(Base):
    """What an employee has to do today 待办: confirm a push, call a lead."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_employee", "tenant_id", "employee_id", "due_on"),
        Index(
            "uq_tasks_source",
            "tenant_id",
            "kind",
            "source_id",
            "step",
            "employee_id",
            unique=True,
        ),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('open','done','cancelled')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    employee_id: Mapped[UUID]
    kind: Mapped[str]
    source_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(default=0)
    due_on: Mapped[date]
    title: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    customers: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
