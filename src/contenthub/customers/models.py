"""Customers, their tags, refusals and consents, and the bitmap index made from them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id
from contenthub.tenants import sealedcolumns


class Customer(Base):
    """A person the bank serves. Name and phone are sealed; `phone_index` finds them again.

    `no` is dense per bank and never used twice: it is the bit of this customer in
    every audience bitmap.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "phone_index"),
        Index("ix_customers_owner", "tenant_id", "owner_id"),
        Index("ix_customers_name", "tenant_id", "name_index"),
        # What the sweep asks: assessments that end.
        Index(
            "ix_customers_risk_until",
            "tenant_id",
            "risk_until",
            postgresql_where=text("risk_grade > 0"),
        ),
        ForeignKeyConstraint(["tenant_id", "branch_id"], ["branches.tenant_id", "branches.id"]),
        ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"]),
    )

    # No key to banks of its own: the branch's says it, and a file has a million rows.
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(default=new_id)
    name_sealed: Mapped[bytes]
    name_masked: Mapped[str]
    name_index: Mapped[bytes]
    phone_sealed: Mapped[bytes]
    phone_masked: Mapped[str]
    phone_index: Mapped[bytes]
    gender: Mapped[str] = mapped_column(default="")
    birthday: Mapped[date | None]
    aum_fen: Mapped[int] = mapped_column(BigInt, default=0)
    risk_grade: Mapped[int] = mapped_column(SmallInteger, default=0)
    """1 to 5 for C1 to C5; 0 for who has no assessment that holds."""
    risk_until: Mapped[date | None]
    """The last day of the latest assessment, also when it is over."""
    branch_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    external_userid: Mapped[str] = mapped_column(default="")
    crm_no: Mapped[str] = mapped_column(default="")
    stage: Mapped[str] = mapped_column(default="public")
    lunar_birthday: Mapped[str] = mapped_column(default="", server_default="")
    """MM-DD of the lunar calendar, or empty."""
    products: Mapped[str] = mapped_column(default="", server_default="")
    """Slugs of holdings.PRODUCTS in its order, with blanks between them."""
    deposit_due_on: Mapped[date | None]
    """The next day on which a deposit falls due; wealth and loan likewise."""
    wealth_due_on: Mapped[date | None]
    loan_due_on: Mapped[date | None]
    is_merchant: Mapped[bool | None]
    """None: nobody told us."""
    grid: Mapped[str] = mapped_column(default="", server_default="")
    """Village or grid 村/网格, as the bank writes it."""
    contacted_on: Mapped[date | None]
    """The last day on which an employee spoke with them."""
    added_on: Mapped[date | None]
    """The day on which they became a contact in WeCom."""
    remark_sealed: Mapped[bytes] = mapped_column(default=b"", server_default="")
    """The bank's remark 备注, or empty."""
    dated: Mapped[str] = mapped_column(default="", server_default="")
    """Of which day facts are that a file told by their day (mergerules.days_of)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TagGroup(Base):
    """A group of tags; `dimension` is one of the four questions a bank asks of a customer.

    Of an exclusive group a customer has one tag at most. A deleted one's name is free at once.
    """

    __tablename__ = "tag_groups"
    __table_args__ = (
        Index(
            "uq_tag_groups_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    dimension: Mapped[str] = mapped_column(default="who")
    colour: Mapped[str] = mapped_column(default="grey")
    """Slug of taggroups.COLOURS; a tag may have one of its own."""
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Tag(Base):
    """A tag 标签; its name is unique in the bank, so an expression can name it.

    A retired one stays on who has it and is put on nobody any more. A deleted one keeps its
    rows for a while so that it can come back: readers of customers look past it. What was
    merged is deleted, and its name stands for the tag it went into.
    """

    __tablename__ = "tags"
    __table_args__ = (
        Index(
            "uq_tags_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "group_id"], ["tag_groups.tenant_id", "tag_groups.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[UUID]
    name: Mapped[str]
    colour: Mapped[str] = mapped_column(default="")
    """Slug of taggroups.COLOURS; empty: the group's."""
    holds_days: Mapped[int | None]
    """After how many days it comes off by itself, if nobody says otherwise when putting it on."""
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    merged_into: Mapped[UUID | None]


class CustomerTag(Base):
    """The truth of tagging: this customer has this tag, from where and since when."""

    __tablename__ = "customer_tags"
    __table_args__ = (
        Index("ix_customer_tags_customer", "tenant_id", "customer_no"),
        # What the sweep asks: tags that come off.
        Index(
            "ix_customer_tags_until",
            "tenant_id",
            "until_on",
            postgresql_where=text("until_on is not null"),
        ),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tags.tenant_id", "tags.id"]),
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
    )

    # As a customer: their key and the tag's say which bank it is.
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    """Slug of taggroups.SOURCES."""
    tagged_by: Mapped[UUID | None]
    tagged_at: Mapped[datetime]
    until_on: Mapped[date | None]
    """The last day it holds."""
    change_id: Mapped[UUID | None]
    """The change of many (models_tags.TagChange) that put it on; undoing that takes it off.

    Or the rule (models_rules.TagRule): what it gave it takes off again, and nothing else.
    """


class Refusal(Base):
    """A customer refused a topic 客户拒绝: who wrote it down, until when, by which text."""

    __tablename__ = "refusals"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
        Index("ix_refusals_until", "tenant_id", "until_on"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    until_on: Mapped[date | None]
    channel: Mapped[str] = mapped_column(default="console")
    text_version: Mapped[str] = mapped_column(default="")


class Consent(Base):
    """A customer's consent to be addressed on a topic, with the text they saw."""

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_no"], ["customers.tenant_id", "customers.no"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    customer_no: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    until_on: Mapped[date | None]
    channel: Mapped[str] = mapped_column(default="console")
    text_version: Mapped[str] = mapped_column(default="")


class ErasedPhone(Base):
    """A phone whose owner asked to be erased 已要求删除: a keyed index, and no other word."""

    __tablename__ = "erased_phones"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    phone_index: Mapped[bytes] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class Segment(Base):
    """A saved tag expression 客群."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    expr: Mapped[str]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class AudienceBitmap(Base):
    """The index of audiences: 65,536 customers of one dimension value as a roaring bitmap.

    Derived from the truth rows in the same transaction; `rebuild` makes it anew
    (design/performance.md B).
    """

    __tablename__ = "audience_bitmaps"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    dim: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True)
    bm: Mapped[bytes]


sealedcolumns.register("customers", "name", "phone", "remark")
