"""What known customers did 客户行为: the truth of `did(…)`, and what waits to become it."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class CustomerAct(Base):
    """How often a customer did something on a topic on a day of the bank's zone."""

    __tablename__ = "customer_acts"
    __table_args__ = (
        Index("ix_customer_acts_day", "tenant_id", "day_on"),
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """Slug of behaviour.ACTS."""
    topic: Mapped[str] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    times: Mapped[int]


class NotedAct(Base):
    """Something done by the owner of a phone, written with what it follows from; not yet counted.

    Whoever counts it takes the row in the transaction that writes CustomerAct and the index:
    so neither a visitor nor the drain of all banks waits for one bank's import.
    """

    __tablename__ = "noted_acts"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone_index: Mapped[bytes]
    kind: Mapped[str]
    topic: Mapped[str]
    day_on: Mapped[date]
    times: Mapped[int]
    """Below 0 takes back what was noted before."""
