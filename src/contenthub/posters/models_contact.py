"""WeCom's 「联系我」 codes of the bank's employees, as far as we asked for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contenthub.db import Base, new_id


class ContactWay(Base):
    """One employee's 「联系我」 code for one channel; `state` is what a scan comes back with.

    Wanted until `config_id` is there, readable once `text` is; `gone_at` when it was deleted.
    """

    __tablename__ = "contact_ways"
    __table_args__ = (
        Index(
            "uq_contact_ways_live",
            "tenant_id",
            "employee_id",
            "channel",
            unique=True,
            postgresql_where=text("gone_at is null"),
        ),
        Index("uq_contact_ways_state", "tenant_id", "state", unique=True),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        CheckConstraint("channel in ('card','poster')", name="channel"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    employee_id: Mapped[UUID]
    channel: Mapped[str]
    userid: Mapped[str]
    """The WeCom account it was asked for; another account needs another code."""
    state: Mapped[str]
    config_id: Mapped[str] = mapped_column(default="", server_default="")
    qr_url: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str] = mapped_column(default="", server_default="")
    """What WeCom's picture says when it is read; our own engine draws it."""
    problem: Mapped[str] = mapped_column(default="", server_default="")
    try_after_at: Mapped[datetime]
    """Not before this is it tried (again); also how a worker keeps others from it."""
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    """When WeCom was first asked to make it, written down before the call; its answer may be
    lost, and then the code is looked for before another is asked for."""
    made_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
