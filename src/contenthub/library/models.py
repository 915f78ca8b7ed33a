"""Items of the four libraries, their revisions, reviews and pictures."""

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
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, BigInt, new_id
from contenthub.library.review import OFF_SHELF

WORDS_VERSION = 1
"""Raised whenever search_tokens or actions_tokens find other words than those that are kept:
every item's are then written anew (jobs_words.py)."""


class Item(Base):
    """A library entry 素材; its words live in revisions. `state` mirrors the newest revision.

    `title` and `topic` are those of what is, or was last, live: what a draft says meanwhile is
    for the library only. Before the first publication they follow the draft.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_items_list", "tenant_id", "kind", "updated_at"),
        Index("ix_items_author", "tenant_id", "author_id"),
        Index("ix_items_updated", "tenant_id", "updated_at", "id"),
        Index("ix_items_until", "tenant_id", "live_until", "id"),
        Index("ix_items_shared", "tenant_id", "shared_on", "id"),
        Index(
            "ix_items_quiet",
            "tenant_id",
            "shared_on",
            postgresql_where=text("live_revision_id is not null"),
        ),
        # What the sweep asks each second, over all banks: what has just gone.
        Index(
            "ix_items_gone",
            "updated_at",
            postgresql_where=text("state in ('recalled', 'expired')"),
        ),
        Index(
            "ix_items_references_due",
            "references_due_at",
            postgresql_where=text("references_due_at is not null"),
        ),
        Index(
            "ix_items_copies",
            "tenant_id",
            "copy_of_id",
            postgresql_where=text("copy_of_id is not null"),
        ),
        Index(
            "uq_items_form",
            "tenant_id",
            "author_id",
            "form_key",
            unique=True,
            postgresql_where=text("form_key is not null"),
        ),
        # What the sweep asks each second, over all banks: words of an older version.
        Index("ix_items_words_version", "words_version", "tenant_id"),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    kind: Mapped[str]
    topic: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    author_id: Mapped[UUID]
    working_revision_id: Mapped[UUID | None]
    live_revision_id: Mapped[UUID | None]
    recall_reason: Mapped[str] = mapped_column(default="")
    recalled_at: Mapped[datetime | None]
    """When it was last recalled."""
    must_fill: Mapped[list[Any]] = mapped_column(default=list)
    """Names of fields that this bank fills in itself before it submits; set by a kit."""
    held_reason: Mapped[str] = mapped_column(default="")
    """Why nothing of it may be submitted or approved: the bank it came from took it back."""
    copy_of_id: Mapped[UUID | None]
    """The item it was copied from, or whose copy was copied: what reaches that reaches it."""
    live_until: Mapped[datetime | None]
    """When what is live ends; kept by the database beside `live_revision_id` (0033)."""
    shared_on: Mapped[date | None]
    """The bank's day on which somebody last shared it; a busy one may be a day behind."""
    form_key: Mapped[UUID | None]
    """Which opened form it was begun on: that form begins no second item."""
    references_due_at: Mapped[datetime | None]
    """Since when what refers to this product is to be read again by the rules."""
    words_version: Mapped[int] = mapped_column(
        SmallInteger, default=WORDS_VERSION, server_default="0"
    )
    """Which version of the index wrote the words it is found by; an older one is done anew."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Revision(Base):
    """One immutable wording of an item 版本; `hash` is what reviewers approve."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "no"),
        Index("ix_revisions_state", "tenant_id", "state", "item_id", "id"),
        # What the sweep asks each second, over all banks: windows that begin or end.
        Index(
            "ix_revisions_window",
            "state",
            "valid_until",
            postgresql_where=text("state in ('live', 'approved')"),
        ),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint(
            "state in ('draft','in_review','approved','returned','live','superseded','expired',"
            "'recalled','withdrawn')",
            name="state",
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID]
    no: Mapped[int]
    kind: Mapped[str]
    topic: Mapped[str]
    title: Mapped[str]
    fields: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(default="")
    cover_asset_id: Mapped[UUID | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="draft")
    hash: Mapped[str]
    hits: Mapped[list[Any]] = mapped_column(default=list)
    rule_pack: Mapped[str] = mapped_column(default="")
    author_id: Mapped[UUID]
    editors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """Everybody who wrote or submitted it, the author among them (migration 0023)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    live_at: Mapped[datetime | None]

    @property
    def was_stopped(self) -> bool:
        """Whether it was approved for later, and the rules of its hour kept it from going live."""
        return self.state == "returned" and self.approved_at is not None

    @property
    def may_return(self) -> bool:
        """Whether the same wording, saved again, is a new draft: it left the shelf or missed it."""
        return self.state in OFF_SHELF or self.was_stopped


class Review(Base):
    """One step of a second person's look at one exact hash: of a revision, template or push.

    `subject_kind` is 'revision', 'template' or 'push'. A round is one submission: its steps
    share `round_id`, the id of the first. The database itself refuses whoever wrote as reviewer
    and one reviewer in two steps, and an approved subject without a row for every step that
    the submission recorded (migrations 0001, 0006, 0018, 0023).
    """

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_waiting",
            "tenant_id",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_reviews_inbox", "tenant_id", "state", "created_at"),
        Index("ix_reviews_due", "tenant_id", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("uq_reviews_step", "tenant_id", "round_id", "step_no", unique=True),
        Index("uq_reviews_reviewer", "tenant_id", "round_id", "reviewer_id", unique=True),
        CheckConstraint(
            "reviewer_id is null or (reviewer_id <> author_id and reviewer_id <> all (involved))",
            name="four_eyes",
        ),
        CheckConstraint("step_no >= 1 and step_no <= steps_total", name="step"),
        CheckConstraint(
            "acting_for_id is null or (acting_for_id <> author_id and "
            "acting_for_id <> reviewer_id and acting_for_id <> all (involved))",
            name="deputy",
        ),
        CheckConstraint(
            "state in ('waiting','approved','returned','withdrawn') and "
            "(state not in ('approved','returned') or reviewer_id is not null)",
            name="state",
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "reviewer_id"], ["staff.tenant_id", "staff.id"]),
        ForeignKeyConstraint(["tenant_id", "acting_for_id"], ["staff.tenant_id", "staff.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_hash: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    author_id: Mapped[UUID]
    involved: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    """The subject's editors at submission, copied by the database: none of them decides."""
    reviewer_id: Mapped[UUID | None]
    comment: Mapped[str] = mapped_column(default="")
    round_id: Mapped[UUID] = mapped_column(default=new_id)
    step_no: Mapped[int] = mapped_column(default=1)
    steps_total: Mapped[int] = mapped_column(default=1)
    step_name: Mapped[str] = mapped_column(default="")
    step_role: Mapped[str] = mapped_column(default="")
    """Whose step it is; empty: everybody's who may decide reviews."""
    plan: Mapped[list[Any]] = mapped_column(default=list)
    """All steps of the round as the bank had them at submission (flows.Step)."""
    rule_pack: Mapped[str] = mapped_column(default="")
    hits: Mapped[list[Any]] = mapped_column(default=list)
    """What the rules found, as the reviewer saw it when deciding."""
    overrides: Mapped[list[Any]] = mapped_column(default=list)
    """Findings to be weighed that this reviewer kept: rule, where, text, reason."""
    acting_for_id: Mapped[UUID | None]
    """The colleague on leave in whose place the reviewer decided."""
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Asset(Base):
    """A file of the bank 素材文件, kept once per bank and content: it never changes.

    Pictures are encoded anew; of other files `width_px` and `height_px` are 0. `scan` is
    'off' (no scanner), 'waiting', 'clean' or 'infected': what waits or is infected is given to
    nobody. From `deleted_at` on it lies in the waste basket, until it is used again or
    collected.
    """

    __tablename__ = "assets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sha256"),
        CheckConstraint("scan in ('off','waiting','clean','infected')", name="scan"),
        Index("ix_assets_list", "tenant_id", "created_at", "id"),
        # What the sweeps ask each second, over all banks.
        Index("ix_assets_scan", "scan_after", postgresql_where=text("scan = 'waiting'")),
        Index("ix_assets_gone", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[str]
    mime: Mapped[str]
    width_px: Mapped[int]
    height_px: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInt)
    storage_key: Mapped[str]
    thumb_key: Mapped[str] = mapped_column(default="")
    filename: Mapped[str]
    alt_text: Mapped[str] = mapped_column(default="")
    """What a picture shows, in words, for those who do not see it."""
    scan: Mapped[str] = mapped_column(default="off")
    scan_note: Mapped[str] = mapped_column(default="")
    scan_after: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ItemToken(Base):
    """A search token of an item's newest or live wording; `=` on text stays indexed under RLS."""

    __tablename__ = "item_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    """No key of its own to the bank: the item's has it, and hundreds of rows an item ask dearly."""
    token: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    of_live: Mapped[bool] = mapped_column(default=False)
    """Whether the live wording has it: all that is searched for those who see no drafts."""
