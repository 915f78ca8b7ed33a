"""Webhooks out: where a bank's own systems want to hear, what happened, and each delivery."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id
from contenthub.tenants import sealedcolumns


class WebhookEndpoint(Base):
    """A URL of the bank's that hears of some events; signed by Standard Webhooks."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (CheckConstraint("state in ('active','paused','failing')", name="state"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str]
    name: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Event names it hears; empty: every one."""
    secret_sealed: Mapped[bytes]
    old_secret_sealed: Mapped[bytes] = mapped_column(default=b"")
    old_secret_until: Mapped[datetime | None]
    """Until then both secrets sign, so that the receiver can change over without a gap."""
    state: Mapped[str] = mapped_column(default="active")
    paused_for: Mapped[str] = mapped_column(default="")
    """Why it is paused: webhookrules.PAUSED_FOR; empty while it is not."""
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts that failed in a row; nought after any success."""
    rest_until: Mapped[datetime | None]
    """Until then nothing is sent, whatever is due: asked for by the receiver, or it seems dead."""
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class WebhookEvent(Base):
    """Something that happened, worded once for every endpoint that hears of it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_at", "tenant_id", "at"),
        Index("ix_webhook_events_new", "at", postgresql_where=text("expanded_at is null")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    expanded_at: Mapped[datetime | None]
    """When its deliveries were written; until then a sweep finds it."""


class WebhookDelivery(Base):
    """One event on its way to one endpoint: attempts, the last answer, when next."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_endpoint", "tenant_id", "endpoint_id", "created_at"),
        Index(
            "ix_webhook_deliveries_due",
            "next_at",
            postgresql_where=text("state in ('planned', 'sending')"),
        ),
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"], ["webhook_endpoints.tenant_id", "webhook_endpoints.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "event_id"], ["webhook_events.tenant_id", "webhook_events.id"]
        ),
        CheckConstraint("state in ('planned','sending','delivered','failed')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="planned")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    status: Mapped[int | None]
    """The last HTTP status, or None when no answer came."""
    answer: Mapped[str] = mapped_column(default="")
    took_ms: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


sealedcolumns.register("webhook_endpoints", "secret", "old_secret")
