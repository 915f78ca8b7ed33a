"""Banks, their branches and people, keys, long jobs, and the audit trail."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id
from contenthub.tenants import sealedcolumns


class Bank(Base):
    """A tenant 租户: one bank; a parent bank (省联社) may stand above it."""

    __tablename__ = "banks"
    __table_args__ = (
        CheckConstraint("state in ('active','suspended','deleting','deleted')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    full_name: Mapped[str]
    hotline: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    state: Mapped[str] = mapped_column(default="active")
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("banks.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quotas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the operator allows this bank beyond or below the defaults (quotas.py)."""
    stored_bytes: Mapped[int] = mapped_column(BigInt, default=0)
    """What lay in the store under this bank's id at `stored_at`; None: not measured yet."""
    stored_at: Mapped[datetime | None]
    stored_added_bytes: Mapped[int] = mapped_column(BigInt, default=0)
    """Taken since by photos and imports; pictures are counted from their own rows."""
    domain: Mapped[str | None] = mapped_column(unique=True)
    """Its own domain, confirmed by an operator; the directory leads from it to the bank."""
    domain_claimed: Mapped[str | None]
    """A domain it says is its own; nobody is served under it before it is confirmed."""
    domain_claimed_at: Mapped[datetime | None]
    domain_refused: Mapped[str] = mapped_column(default="")
    """Why its last claim was refused; empty when none was since."""
    logo_key: Mapped[str] = mapped_column(default="")
    colour_main: Mapped[str] = mapped_column(default="#1a56b8")
    colour_accent: Mapped[str] = mapped_column(default="#c3272b")
    state_reason: Mapped[str] = mapped_column(default="")
    state_at: Mapped[datetime | None]
    delete_after_at: Mapped[datetime | None]
    """The end of the 30 days' grace of a bank that is to be deleted."""
    created_at: Mapped[datetime]


class DirectoryEntry(Base):
    """How an outside name (share code, API key hash, WeCom corp) finds its bank.

    Not a tenant table: it is read before the bank is known, by one exact name at a
    time, through the function `find_in_directory` only.
    """

    __tablename__ = "directory_entries"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), index=True)
    target_id: Mapped[UUID]


class Counter(Base):
    """The last number given out per bank and name (customer no., item code)."""

    __tablename__ = "counters"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    last_no: Mapped[int] = mapped_column(BigInt, default=0)


class Branch(Base):
    """A node of the bank's tree 机构: head office, branch or outlet."""

    __tablename__ = "branches"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["branches.tenant_id", "branches.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "merged_into_id"], ["branches.tenant_id", "branches.id"]
        ),
        CheckConstraint("state in ('open','merged','closed')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    merged_into_id: Mapped[UUID | None]
    sort_no: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(default="", server_default="")
    """Where customers find it; on its people's cards."""
    created_at: Mapped[datetime]


class BranchChange(Base):
    """One step of a branch's history: opened, moved, renamed, merged or closed."""

    __tablename__ = "branch_changes"
    __table_args__ = (
        Index("ix_branch_changes_branch", "tenant_id", "branch_id", "at"),
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branches.tenant_id", "branches.id"]),
        CheckConstraint(
            "change in ('opened','moved','renamed','merged','closed','reopened')", name="change"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    branch_id: Mapped[UUID]
    change: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    at: Mapped[datetime]


class Staff(Base):
    """A person of the bank 员工; roles decide what they may do (access.py)."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("tenant_id", "login"),
        UniqueConstraint("tenant_id", "staff_no"),
        # WeCom's userids are one whatever their case; who has left gives theirs back.
        Index(
            "uq_staff_wecom_userid",
            "tenant_id",
            text("lower(wecom_userid)"),
            unique=True,
            postgresql_where=text("wecom_userid <> '' and state <> 'resigned'"),
        ),
        Index("ix_staff_branch", "tenant_id", "branch_id"),
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branches.tenant_id", "branches.id"]),
        ForeignKeyConstraint(["tenant_id", "successor_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("state in ('active','leave','resigned','disabled')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    branch_id: Mapped[UUID]
    staff_no: Mapped[str]
    login: Mapped[str]
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="客户经理")
    phone: Mapped[str] = mapped_column(default="")
    wecom_userid: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    password_hash: Mapped[str] = mapped_column(default="")
    photo_key: Mapped[str] = mapped_column(default="")
    qualification_no: Mapped[str] = mapped_column(default="")
    authorised_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="active")
    successor_id: Mapped[UUID | None]
    resigned_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    password_set_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_sealed: Mapped[bytes] = mapped_column(default=b"")
    """The secret of the one-time codes, sealed; empty until a person has set it up."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInt, default=0)
    """The last 30-second step whose code was used: no code is good twice (ASVS 6.5.1)."""
    operator_id: Mapped[UUID | None]
    """The outside operator (代运营, platform) whom this row lets act in the bank."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Handover(Base):
    """What passed from somebody who left to the successor, counted."""

    __tablename__ = "handovers"
    __table_args__ = (
        Index("ix_handovers_from", "tenant_id", "from_id"),
        ForeignKeyConstraint(["tenant_id", "from_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "to_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_id: Mapped[UUID]
    to_id: Mapped[UUID]
    customers: Mapped[int] = mapped_column(default=0)
    tasks: Mapped[int] = mapped_column(default=0)
    tasks_cancelled: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Tasks of group messages in the leaver's own WeCom, which nobody else could send."""
    links: Mapped[int] = mapped_column(default=0)
    leads: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[UUID | None]
    """The long job that passes more customers than one transaction should hold."""
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class ApiKey(Base):
    """A key for scripts; only its SHA-256 is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "staff_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID]
    name: Mapped[str]
    hint: Mapped[str]
    hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Permissions the key may use of its owner's; empty: all of them."""
    ip_allow: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Networks (CIDR) the key may be used from; empty: any."""
    per_minute: Mapped[int] = mapped_column(default=600)
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WeComApp(Base):
    """A bank's WeCom app; secrets are sealed with the bank's key (sealing.py)."""

    __tablename__ = "wecom_apps"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    corpid: Mapped[str]
    agentid: Mapped[int]
    secret_sealed: Mapped[bytes]
    base_url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class LongJob(Base):
    """Work that outlives a request (import, poster batch); `GET /jobs/{id}` shows it.

    `position` is where a restarted worker goes on; `lease_until` keeps two from it.
    """

    __tablename__ = "long_jobs"
    __table_args__ = (
        Index("ix_long_jobs_state", "tenant_id", "state", "created_at"),
        # What the sweeps ask each second, over all banks.
        Index(
            "ix_long_jobs_open",
            "kind",
            "state",
            postgresql_where=text("state in ('queued', 'running')"),
        ),
        CheckConstraint("state in ('queued','running','done','failed','cancelled')", name="state"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(BigInt, default=0)
    errors_key: Mapped[str] = mapped_column(default="")
    result_key: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class IdempotencyRecord(Base):
    """The answer given to a request that carried an Idempotency-Key, kept 24 hours."""

    __tablename__ = "idempotency_records"
    __table_args__ = (Index("ix_idempotency_records_created", "tenant_id", "created_at"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[bytes]
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what, when; the app role may add and read, never change."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "tenant_id", "subject_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    event: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuditSeal(Base):
    """A link of the audit chain: the hash over all entries up to `last_id` and the link before."""

    __tablename__ = "audit_seals"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    last_id: Mapped[UUID]
    entries: Mapped[int]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


sealedcolumns.register("staff", "totp")
sealedcolumns.register("wecom_apps", "secret")
