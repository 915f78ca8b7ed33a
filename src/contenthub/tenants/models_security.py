"""What keeps accounts and data safe: recovery codes, data keys, visits of an operator."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id


class RecoveryCode(Base):
    """A one-time code for somebody who lost their telephone; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class BankKey(Base):
    """A data key of a bank, wrapped by the master key (envelope encryption, reliability S6)."""

    __tablename__ = "bank_keys"
    __table_args__ = (
        CheckConstraint("cipher in ('aes-gcm','sm4-gcm')", name="cipher"),
        CheckConstraint("state in ('waiting','active','retiring','retired')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cipher: Mapped[str]
    wrapped: Mapped[bytes]
    state: Mapped[str]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class AuditCheck(Base):
    """What the worker found when it last checked a bank's audit chain."""

    __tablename__ = "audit_checks"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    checked_at: Mapped[datetime]
    full_at: Mapped[datetime]
    """When it last began at the first seal; between, only what came new is read."""
    seal_no: Mapped[int]
    entries: Mapped[int] = mapped_column(BigInt)
    problems: Mapped[list[Any]] = mapped_column(default=list)


class PlatformVisit(Base):
    """Break-glass: an operator's time-limited look into a bank, which the bank sees.

    Asked for with a reason, granted by a second operator, at most 60 minutes.
    """

    __tablename__ = "platform_visits"
    __table_args__ = (
        Index("ix_platform_visits_at", "tenant_id", "requested_at"),
        CheckConstraint("minutes between 1 and 60", name="minutes"),
        CheckConstraint("granted_by_id is null or granted_by_id <> operator_id", name="two"),
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[UUID]
    operator_name: Mapped[str]
    reason: Mapped[str]
    minutes: Mapped[int]
    requested_at: Mapped[datetime]
    granted_by_id: Mapped[UUID | None]
    granted_by_name: Mapped[str] = mapped_column(default="")
    granted_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    staff_id: Mapped[UUID | None]
    """The stand-in person the operator acts as while the visit lasts."""


class AgencyInvitation(Base):
    """A bank's invitation to an outside operator (代运营) to act in it with some roles."""

    __tablename__ = "agency_invitations"
    __table_args__ = (
        Index("ix_agency_invitations_operator", "tenant_id", "operator_login"),
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "invited_by"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operator_login: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    staff_id: Mapped[UUID | None]
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def last_moment(self) -> datetime:
        """An instant of the last day, which is how people read an end at midnight."""
        return self.expires_at - timedelta(seconds=1)


class MemberFigure(Base):
    """One figure of a member bank on one day, for its parent: a sum, never a customer.

    `tenant_id` is the parent (省联社); the worker writes it with the platform role.
    """

    __tablename__ = "member_figures"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    member_name: Mapped[str]
    value: Mapped[int] = mapped_column(BigInt)


class AuditHead(Base):
    """The newest seal of a bank's audit trail, noted by the database itself; it only goes on."""

    __tablename__ = "audit_heads"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    no: Mapped[int]
    hash: Mapped[bytes]
    anchored_no: Mapped[int] = mapped_column(default=0, server_default="0")
    """Copies of all seals up to this one lie in the object store; one that is gone was taken."""
    noted_at: Mapped[datetime]


class Operator(Base):
    """A person of the hosted platform or of an agency; belongs to no bank."""

    __tablename__ = "operators"
    __table_args__ = (
        CheckConstraint("kind in ('platform','agency')", name="kind"),
        CheckConstraint("state in ('active','disabled')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    company: Mapped[str] = mapped_column(default="", server_default="")
    """The agency somebody works for, as a bank reads it before inviting them."""
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes] = mapped_column(default=b"")
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInt, default=0)
    recovery_hashes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class PlatformEntry(Base):
    """What an operator did on the platform; added only, never changed."""

    __tablename__ = "platform_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    operator_id: Mapped[UUID | None]
    operator_name: Mapped[str]
    event: Mapped[str]
    bank_slug: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BankErasure(Base):
    """The proof that nothing remains of a deleted bank: what was counted before and after."""

    __tablename__ = "bank_erasures"

    bank_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    requested_by: Mapped[str]
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    proof: Mapped[dict[str, Any]] = mapped_column(default=dict)
