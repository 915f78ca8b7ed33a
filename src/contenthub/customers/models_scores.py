"""Need scores 需求评分: the rules, the settings of each topic, and what came of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.customers.scoring import AGAIN_DAYS, MAX_SCORE, THRESHOLD
from contenthub.db import Base, new_id


class ScoreRule(Base):
    """For what a customer gets points of a topic; a deleted one can come back."""

    __tablename__ = "score_rules"
    __table_args__ = (
        Index(
            "uq_score_rules_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        CheckConstraint("state in ('off','on')", name="state"),
        CheckConstraint("points between -100 and 100 and points <> 0", name="points"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    topic: Mapped[str]
    name: Mapped[str]
    basis: Mapped[str]
    """`match`, or an act of behaviour.ACTS on the topic."""
    expr: Mapped[str] = mapped_column(default="")
    """Who gets the points, of a rule that matches."""
    points: Mapped[int]
    half_life_days: Mapped[int | None]
    at_most: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="off")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ScoreTopic(Base):
    """A topic's settings, and how far its scores are worked out."""

    __tablename__ = "score_topics"
    __table_args__ = (
        CheckConstraint("cap between 1 and 100", name="cap"),
        CheckConstraint("threshold between 1 and cap", name="threshold"),
        CheckConstraint("again_days between 1 and 365", name="again_days"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    cap: Mapped[int] = mapped_column(default=MAX_SCORE)
    """The most points of this topic."""
    threshold: Mapped[int] = mapped_column(default=THRESHOLD)
    """From so many points on a customer is worth a call."""
    hands_over: Mapped[bool] = mapped_column(default=False)
    """Whether whoever reaches it becomes a task of their employee."""
    again_days: Mapped[int] = mapped_column(default=AGAIN_DAYS)
    """For so many days afterwards nobody is handed over again."""
    seen: Mapped[str] = mapped_column(default="")
    """What index and rules looked like when nothing was left to do; empty: something may be."""
    problem: Mapped[str] = mapped_column(default="")
    """Why it cannot be worked out, in words; empty when it can."""
    is_running: Mapped[bool] = mapped_column(default=False)
    last_moved: Mapped[int] = mapped_column(default=0)
    """How many customers' scores the last run that changed any changed."""
    ran_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class CustomerScore(Base):
    """A customer's score of a topic; who has none has 0 points."""

    __tablename__ = "customer_scores"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
        CheckConstraint("points between 1 and 100", name="points"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int]


class ScoreCrossing(Base):
    """A customer who reached a topic's threshold: waits, is handed over, or is left, once each."""

    __tablename__ = "score_crossings"
    __table_args__ = (
        Index("ix_score_crossings_customer", "tenant_id", "customer_no", "topic", "crossed_on"),
        Index(
            "ix_score_crossings_waiting",
            "tenant_id",
            "next_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("state in ('waiting','handed','skipped')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_no: Mapped[int]
    topic: Mapped[str]
    points: Mapped[int]
    crossed_on: Mapped[date]
    crossed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    """Why it was left: refused, below, gone; or why it still waits: full, nobody."""
    employee_id: Mapped[UUID | None]
    next_at: Mapped[datetime]
    """When to look again whether it can be handed over."""
    handed_at: Mapped[datetime | None]
